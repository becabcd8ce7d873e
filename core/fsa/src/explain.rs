use crate::authorize::beneath;
use crate::descriptors::{self, Origin, look};
use crate::{FileSystem, SecurityContext};
use lanward_nt::security::{Step, examine, granted};
use lanward_nt::{AccessMask, FileAttributes, NtPath, NtStatus, Sid};
use lanward_vfs::FileKind;
use std::sync::Arc;

/// What somebody may do with a file or directory, and what decided it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Where it was found, in its own case.
    pub path: NtPath,
    /// Whether it is a directory.
    pub is_directory: bool,
    /// Whose it is.
    pub owner: Option<Sid>,
    /// Where its descriptor comes from.
    pub origin: Origin,
    /// What the descriptor and privileges give.
    pub own: AccessMask,
    /// What the rights on the directory it is in add to that: DELETE by DELETE_CHILD, READ_ATTRIBUTES by LIST_DIRECTORY.
    pub by_parent: AccessMask,
    /// The most the machine's own permissions come to for the user it knows; `None` where files are opened as nobody of it.
    pub machine: Option<AccessMask>,
    /// The most that share and account allow.
    pub limit: AccessMask,
    /// What the READONLY attribute or a volume that cannot be written to withholds.
    pub withheld: AccessMask,
    /// What is left: what an open for MAXIMUM_ALLOWED gets.
    pub granted: AccessMask,
}

impl FileSystem {
    /// Goes through what an open of an existing object goes through, telling of each privilege and entry of its descriptor. Blocks.
    ///
    /// # Errors
    /// The object is not there or cannot be looked at.
    pub fn explain(
        self: &Arc<Self>,
        path: &NtPath,
        by: &SecurityContext,
        seen: &mut dyn FnMut(Step<'_>),
    ) -> Result<Explanation, NtStatus> {
        let acting = self.acting_for(by)?;
        let volume = &**acting.volume();
        let opened = look(volume, path, false)?;
        let machine = crate::unix::machine_rights(volume, &opened)?;
        let found = descriptors::of(volume, &opened.path, &*opened.file, &opened.metadata)?;
        let owner = match &by.identity {
            Some(identity) => Some(identity.names.user(opened.metadata.posix.owner)),
            None => found.descriptor.owner.clone(),
        };
        let own = examine(&found.descriptor, &by.token, seen);
        let by_parent = if opened.path.is_root() {
            AccessMask::empty()
        } else {
            let above = descriptors::of_path(volume, &opened.path.parent())?;
            beneath(granted(&above.descriptor, &by.token)).difference(own)
        };
        let is_directory = opened.metadata.kind == FileKind::Directory;
        let marked = opened.metadata.attributes.contains(FileAttributes::READONLY) && !is_directory;
        let may = own.union(by_parent).intersection(by.limit) & machine.unwrap_or(AccessMask::all());
        let fixed = AccessMask::WRITE_DATA | AccessMask::APPEND_DATA | AccessMask::DELETE_CHILD;
        let withheld =
            if marked || self.is_read_only() { may.intersection(fixed) } else { AccessMask::empty() };
        Ok(Explanation {
            path: opened.path,
            is_directory,
            owner,
            origin: found.origin,
            own,
            by_parent,
            machine,
            limit: by.limit,
            withheld,
            granted: may.difference(withheld),
        })
    }
}

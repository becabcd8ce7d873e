//! What the descriptors of an object and of its parent allow somebody who opens, makes, replaces or moves it.
//!
//! As long as nothing is stored in a volume none of this asks it for anything.

use crate::create_check::Wanted;
use crate::descriptors::{self, Origin, default_descriptor};
use crate::name::OpenName;
use crate::offload::short;
use crate::{CreateParams, FileSystem, SecurityContext, unix};
use lanward_nt::security::{Privileges, SecurityDescriptor, granted};
use lanward_nt::{AccessMask, NtPath, NtStatus, Sid};
use lanward_vfs::{Capabilities, Opened, Volume};
use lanward_wire::{Decode as _, Encode as _, Reader};
use std::sync::Arc;

/// What is known of a name before something is made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Making {
    /// Whether it may be made.
    pub(crate) allowed: bool,
    /// The descriptor it gets; without one it has what its parent hands down.
    pub(crate) descriptor: Option<Vec<u8>>,
    /// The permission bits it gets; the volume's choice without.
    pub(crate) mode: Option<u16>,
    /// The rights whoever makes it has on it later.
    pub(crate) maximal: AccessMask,
}

impl FileSystem {
    /// The rights somebody has on an object that was found ([MS-FSA] 2.1.5.1.2.1): those of its own descriptor, DELETE by the parent's
    /// DELETE_CHILD and READ_ATTRIBUTES by its LIST_DIRECTORY. What share and account allow is the most there can be.
    pub(crate) async fn rights_on(
        &self,
        opened: &Opened,
        p: &CreateParams<'_>,
        by: &Arc<SecurityContext>,
    ) -> Result<AccessMask, NtStatus> {
        let machine = self.machine_rights(opened, by).await?;
        if !opened.metadata.secured && !self.volume().secured() {
            return Ok(by.most() & machine);
        }
        let (volume, path, file) = (Arc::clone(self.volume()), opened.path.clone(), Arc::clone(&opened.file));
        let (metadata, context, by_backup) = (opened.metadata, Arc::clone(by), by.for_backup(p.options));
        let asked = p.desired_access;
        let rights = short(self.is_slow(), move || {
            let own = descriptors::of(&*volume, &path, &*file, &metadata)?;
            let rights = granted(&own.descriptor, &context.token) | by_backup;
            let rights = with_parents(&*volume, &path, rights, &context)?;
            let most = machine & context.most().union(AccessMask::SYNCHRONIZE);
            context.audit(&own.descriptor, &path, asked, rights & most);
            Ok(rights)
        });
        Ok(rights.await? & machine & by.most().union(AccessMask::SYNCHRONIZE))
    }

    /// Whether something may be made, and with which descriptor ([MS-FSA] 2.1.5.1.1).
    ///
    /// # Errors
    /// What is wrong with the descriptor that is given: INVALID_SECURITY_DESCR, INVALID_OWNER, PRIVILEGE_NOT_HELD.
    pub(crate) async fn making(
        &self,
        p: &CreateParams<'_>,
        name: &OpenName,
        wanted: &Wanted,
        by: &Arc<SecurityContext>,
    ) -> Result<Making, NtStatus> {
        let keeps = self.volume().capabilities().contains(Capabilities::SECURITY);
        let given = match p.security_descriptor.filter(|_| keeps && p.disposition.creates()) {
            Some(bytes) => Some(read_given(bytes, by)?),
            None => None,
        };
        let free = Making { allowed: true, descriptor: None, mode: None, maximal: by.most() };
        let secured = self.volume().secured();
        if !p.disposition.creates() || name.path.is_root() || (!secured && given.is_none()) {
            return Ok(free);
        }
        let (volume, parent, context) = (Arc::clone(self.volume()), name.path.parent(), Arc::clone(by));
        let (is_directory, by_backup) = (wanted.directory, by.for_backup(p.options));
        short(self.is_slow(), move || {
            let above = if secured {
                match descriptors::of_path(&*volume, &parent) {
                    Ok(above) => above,
                    // Whoever makes the name says what is wrong with its path.
                    Err(_) => return Ok(free),
                }
            } else {
                let descriptor = default_descriptor(Sid::administrators(), true);
                descriptors::Effective { descriptor, origin: Origin::Default }
            };
            let rights = granted(&above.descriptor, &context.token) | by_backup;
            let allowed = rights.contains(adding(is_directory));
            if above.origin == Origin::Default && given.is_none() {
                return Ok(Making { allowed, ..free });
            }
            let token = &context.token;
            let new =
                SecurityDescriptor::for_new_object(&above.descriptor, given.as_ref(), is_directory, token);
            let maximal = granted(&new, token) | by_backup | beneath(rights);
            let (mode, whole) = match context.identity.as_ref().filter(|_| given.is_some()) {
                Some(identity) => {
                    let (mode, whole) = unix::mode_to_make(identity, &new);
                    (Some(mode), whole && above.origin == Origin::Default)
                }
                None => (None, false),
            };
            Ok(Making {
                allowed,
                descriptor: (!whole).then(|| new.to_bytes()),
                mode,
                maximal: maximal & context.most().union(AccessMask::SYNCHRONIZE),
            })
        })
        .await
    }

    /// Whether somebody may put a file or directory into the directory `parent` by renaming or linking.
    ///
    /// # Errors
    /// ACCESS_DENIED, or why nobody can tell.
    pub(crate) async fn check_adding(
        &self,
        parent: NtPath,
        is_directory: bool,
        by: &Arc<SecurityContext>,
    ) -> Result<(), NtStatus> {
        if !self.volume().secured() {
            return Ok(());
        }
        let (volume, context) = (Arc::clone(self.volume()), Arc::clone(by));
        short(self.is_slow(), move || {
            let above = descriptors::of_path(&*volume, &parent)?;
            let restores = context.token.privileges.contains(Privileges::RESTORE);
            let may = granted(&above.descriptor, &context.token).contains(adding(is_directory));
            if may || restores { Ok(()) } else { Err(NtStatus::ACCESS_DENIED) }
        })
        .await
    }

    /// Whether somebody may take away what has a name, to put something else there.
    ///
    /// # Errors
    /// ACCESS_DENIED, or why nobody can tell.
    pub(crate) async fn check_replacing(
        &self,
        target: NtPath,
        secured: bool,
        by: &Arc<SecurityContext>,
    ) -> Result<(), NtStatus> {
        if !secured && !self.volume().secured() {
            return Ok(());
        }
        let (volume, context) = (Arc::clone(self.volume()), Arc::clone(by));
        short(self.is_slow(), move || {
            let own = descriptors::of_path(&*volume, &target)?;
            let rights = granted(&own.descriptor, &context.token);
            let rights = with_parents(&*volume, &target, rights, &context)?;
            if rights.contains(AccessMask::DELETE) { Ok(()) } else { Err(NtStatus::ACCESS_DENIED) }
        })
        .await
    }
}

/// What making something in a directory needs.
pub(crate) const fn adding(is_directory: bool) -> AccessMask {
    // FILE_ADD_SUBDIRECTORY and FILE_ADD_FILE.
    if is_directory { AccessMask::APPEND_DATA } else { AccessMask::WRITE_DATA }
}

/// The rights on what is in a directory that rights on the directory give.
pub(crate) fn beneath(parent: AccessMask) -> AccessMask {
    let mut rights = AccessMask::empty();
    rights.set(AccessMask::DELETE, parent.contains(AccessMask::DELETE_CHILD));
    rights.set(AccessMask::READ_ATTRIBUTES, parent.contains(AccessMask::READ_DATA));
    rights
}

fn with_parents(
    volume: &dyn Volume,
    path: &NtPath,
    rights: AccessMask,
    by: &SecurityContext,
) -> Result<AccessMask, NtStatus> {
    let by_parent = AccessMask::DELETE | AccessMask::READ_ATTRIBUTES;
    if path.is_root() || rights.contains(by_parent) {
        return Ok(rights);
    }
    let above = descriptors::of_path(volume, &path.parent())?;
    Ok(rights | beneath(granted(&above.descriptor, &by.token)))
}

/// A descriptor somebody gives to what is made.
fn read_given(bytes: &[u8], by: &SecurityContext) -> Result<SecurityDescriptor, NtStatus> {
    let given = SecurityDescriptor::decode(&mut Reader::new(bytes));
    let mut given = given.map_err(|_| NtStatus::INVALID_SECURITY_DESCR)?;
    if let Some(owner) = &given.owner {
        check_owner(owner, by)?;
        // The machine makes it its maker's.
        if by.identity.is_some() && *owner != by.token.user {
            return Err(NtStatus::INVALID_OWNER);
        }
    }
    match given.sacl {
        Some(Some(_)) if !by.token.privileges.contains(Privileges::SECURITY) => {
            return Err(NtStatus::PRIVILEGE_NOT_HELD);
        }
        Some(Some(_)) | None => {}
        Some(None) => given.sacl = None,
    }
    Ok(given)
}

/// Anybody may make himself or a group of his the owner; a restorer anybody ([MS-FSA] 2.1.5.17: "not a valid owner SID [...] as determined in an
/// implementation-specific manner").
///
/// # Errors
/// INVALID_OWNER.
pub(crate) fn check_owner(owner: &Sid, by: &SecurityContext) -> Result<(), NtStatus> {
    let may = by.token.has(owner) || by.token.privileges.contains(Privileges::RESTORE);
    if may { Ok(()) } else { Err(NtStatus::INVALID_OWNER) }
}

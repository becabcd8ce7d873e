use super::{Classes, UnixIdentity, descriptor_of};
use crate::descriptors::{self, Effective, Origin};
use lanward_nt::security::{SecurityDescriptor, SecurityInformation};
use lanward_nt::{NtPath, NtStatus};
use lanward_vfs::{File, FileKind, Metadata, PosixState, Volume};
use lanward_wire::Encode as _;

/// The descriptor a client is shown: who owns the object is the machine's to say, and what else there is only as far as something is stored.
pub(crate) fn shown(found: Effective, metadata: &Metadata, identity: &UnixIdentity) -> SecurityDescriptor {
    let is_directory = metadata.kind == FileKind::Directory;
    let of_mode = descriptor_of(metadata.posix, is_directory, &*identity.names);
    match found.origin {
        Origin::Default => of_mode,
        Origin::Stored | Origin::Inherited => {
            SecurityDescriptor { owner: of_mode.owner, group: of_mode.group, ..found.descriptor }
        }
    }
}

/// Gives an object the parts of `changed` that `info` names: owner, group and mode with the user's own credentials, and what a mode cannot say as
/// a stored descriptor.
///
/// # Errors
/// INVALID_OWNER: that is nobody of this machine; PRIVILEGE_NOT_HELD, ACCESS_DENIED: the machine does not let the user; what storing answers.
pub(crate) fn change(
    (volume, path, file): (&dyn Volume, &NtPath, &dyn File),
    identity: &UnixIdentity,
    info: SecurityInformation,
    changed: &SecurityDescriptor,
) -> Result<(), NtStatus> {
    let names = &*identity.names;
    let before = file.metadata()?.posix;
    let (mut owner, mut group) = (None, None);
    if let Some(sid) = changed.owner.as_ref().filter(|_| info.contains(SecurityInformation::OWNER)) {
        owner = Some(names.user_number(sid).ok_or(NtStatus::INVALID_OWNER)?).filter(|n| *n != before.owner);
    }
    if let Some(sid) = changed.group.as_ref().filter(|_| info.contains(SecurityInformation::GROUP)) {
        group = Some(names.group_number(sid).ok_or(NtStatus::INVALID_OWNER)?).filter(|n| *n != before.group);
    }
    if owner.is_some() || group.is_some() {
        file.set_owner(owner, group)?;
    }
    let metadata = file.metadata()?;
    let (mode, whole) = Classes::of(metadata.posix, names).mode_of(changed);
    if info.contains(SecurityInformation::DACL) {
        let mode = metadata.posix.permissions() & !0o777 | mode;
        if mode != metadata.posix.permissions() {
            file.set_mode(mode)?;
        }
    }
    let lists = SecurityInformation::DACL | SecurityInformation::SACL | SecurityInformation::LABEL;
    if !info.intersects(lists) && !metadata.secured {
        return Ok(());
    }
    if !whole || descriptors::beneath_others(volume, path, metadata.kind == FileKind::Directory)? {
        return file.set_security(&changed.to_bytes());
    }
    if metadata.secured { file.remove_security() } else { Ok(()) }
}

/// The permission bits for something that is made with a descriptor, and whether they say all of it.
pub(crate) fn mode_to_make(identity: &UnixIdentity, new: &SecurityDescriptor) -> (u16, bool) {
    let (owner, group) = (identity.user.user, identity.user.group);
    Classes::of(PosixState { mode: 0, owner, group }, &*identity.names).mode_of(new)
}

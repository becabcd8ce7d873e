//! The descriptors that count for an object. Everything here may block.

use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
use lanward_nt::{AccessMask, FileAttributes, NtPath, NtStatus, Sid};
use lanward_vfs::{Data, File, FileKind, Intent, Metadata, OpenRequest, Opened, Volume, Wait};
use lanward_wire::{Decode as _, Encode as _, Reader};

/// A descriptor and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effective {
    pub(crate) descriptor: SecurityDescriptor,
    pub(crate) origin: Origin,
}

/// Where an object's descriptor comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// It is stored with the object.
    Stored,
    /// The object has none; the nearest directory above that has one hands entries down.
    Inherited,
    /// Nothing is stored that concerns the object: everybody may do everything.
    Default,
}

/// What counts for an open object. `path` is where it was found.
pub(crate) fn of(
    volume: &dyn Volume,
    path: &NtPath,
    file: &dyn File,
    m: &Metadata,
) -> Result<Effective, NtStatus> {
    if m.secured {
        return Ok(Effective { descriptor: stored(file)?, origin: Origin::Stored });
    }
    handed_down(volume, path, m.kind == FileKind::Directory)
}

/// What counts for what a path names.
pub(crate) fn of_path(volume: &dyn Volume, path: &NtPath) -> Result<Effective, NtStatus> {
    let opened = look(volume, path, false)?;
    of(volume, &opened.path, &*opened.file, &opened.metadata)
}

/// What everybody has where nothing says otherwise: everything.
pub(crate) fn default_descriptor(owner: Sid, is_directory: bool) -> SecurityDescriptor {
    let inherit = if is_directory { Ace::OBJECT_INHERIT | Ace::CONTAINER_INHERIT } else { 0 };
    let everyone = Ace::allow(Sid::everyone(), AccessMask::FILE_ALL_ACCESS, inherit);
    SecurityDescriptor {
        control: 0,
        owner: Some(owner),
        group: Some(Sid::users()),
        sacl: None,
        dacl: Some(Some(Acl::new(vec![everyone]))),
    }
}

/// What is stored with an object that says it has something. What cannot be understood lets only administrators in.
fn stored(file: &dyn File) -> Result<SecurityDescriptor, NtStatus> {
    let bytes = file.security()?.unwrap_or_default();
    Ok(SecurityDescriptor::decode(&mut Reader::new(&bytes)).unwrap_or_else(|_| SecurityDescriptor {
        owner: Some(Sid::administrators()),
        group: Some(Sid::administrators()),
        dacl: Some(Some(Acl::new(vec![Ace::allow(Sid::administrators(), AccessMask::FILE_ALL_ACCESS, 0)]))),
        ..SecurityDescriptor::default()
    }))
}

/// What an object without a descriptor inherits from the nearest directory above it that has one, through those between. An entry that is not
/// inheritable says nothing about what is beneath.
fn handed_down(volume: &dyn Volume, path: &NtPath, is_directory: bool) -> Result<Effective, NtStatus> {
    let default = || Effective {
        descriptor: default_descriptor(Sid::administrators(), is_directory),
        origin: Origin::Default,
    };
    if !volume.secured() {
        return Ok(default());
    }
    let (mut at, mut between) = (path.clone(), 0);
    let mut above = loop {
        if at.is_root() {
            return Ok(default());
        }
        at = at.parent();
        let opened = look(volume, &at, false)?;
        if opened.metadata.secured {
            break stored(&*opened.file)?;
        }
        between += 1;
    };
    let administrators = Sid::administrators();
    let down = |above: &SecurityDescriptor, is_directory| {
        SecurityDescriptor::inherited(above, is_directory, &administrators, &administrators)
    };
    for _ in 0..between {
        let Some(next) = down(&above, true) else { return Ok(default()) };
        above = next;
    }
    Ok(down(&above, is_directory)
        .map_or_else(default, |descriptor| Effective { descriptor, origin: Origin::Inherited }))
}

/// Whether something stored above reaches down to what has this path.
pub(crate) fn beneath_others(
    volume: &dyn Volume,
    path: &NtPath,
    is_directory: bool,
) -> Result<bool, NtStatus> {
    Ok(handed_down(volume, path, is_directory)?.origin != Origin::Default)
}

/// Stores with an object what it inherits where it is, before it gets a name in another directory: there it would inherit something else, and who may
/// only move or link it could give himself every right on it.
pub(crate) fn keep(volume: &dyn Volume, path: &NtPath, file: &dyn File) -> Result<(), NtStatus> {
    if !volume.secured() {
        return Ok(());
    }
    let metadata = file.metadata()?;
    if metadata.secured || !matches!(metadata.kind, FileKind::File | FileKind::Directory) {
        return Ok(());
    }
    let found = handed_down(volume, path, metadata.kind == FileKind::Directory)?;
    if found.origin == Origin::Default { Ok(()) } else { file.set_security(&found.descriptor.to_bytes()) }
}

/// A handle that serves nothing but the state of an object.
pub(crate) fn look(volume: &dyn Volume, path: &NtPath, no_follow: bool) -> Result<Opened, NtStatus> {
    look_for(volume, path, no_follow, Data::empty())
}

/// A handle to list a directory with.
pub(crate) fn look_into(volume: &dyn Volume, path: &NtPath) -> Result<Opened, NtStatus> {
    look_for(volume, path, true, Data::READ)
}

fn look_for(volume: &dyn Volume, path: &NtPath, no_follow: bool, data: Data) -> Result<Opened, NtStatus> {
    volume.open(&OpenRequest {
        path,
        intent: Intent::Open,
        data,
        make_directory: false,
        attributes: FileAttributes::empty(),
        security: None,
        mode: None,
        no_follow,
        posix: None,
        wait: Wait::Allowed,
    })
}

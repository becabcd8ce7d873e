//! Security descriptors, each in an extended attribute of its object.
//!
//! That there is one is said in the attribute that is read anyhow ([`crate::dos`]), so that an object without one costs nothing. Both
//! travel together when an object is copied or moved with its attributes. The root says whether a directory beneath it may have one.

use crate::dos::{self, Dos};
use crate::metadata::{Stored, stat};
use crate::open::Handle;
use crate::status::status;
use crate::stored::{change_stored, read_stored};
use crate::volume::Shared;
use lanward_sys::act_as_self;
use lanward_vfs::{Capabilities, NtStatus, Result};
use rustix::fd::AsFd;
use rustix::fs::{XattrFlags, fgetxattr, fsetxattr, getxattr};
use rustix::io::Errno;
use std::ffi::CStr;
use std::path::Path;
use std::sync::atomic::Ordering;

/// The attribute's name. Value: a version byte (1), then the descriptor in its self-relative form.
const NAME: &CStr = c"user.lanward.acl";
const VERSION: u8 = 1;
/// On a root: a directory beneath it may have a descriptor. The value says nothing.
const BENEATH: &CStr = c"user.lanward.acls";
/// Longest value; the kernel takes no more.
const LONGEST: usize = 65536;
/// Names looked at in a root for directories that brought a descriptor along.
const LOOKED_AT: usize = 4096;

fn failed(errno: Errno) -> NtStatus {
    match errno {
        Errno::OPNOTSUPP | Errno::NOSYS => NtStatus::NOT_SUPPORTED,
        Errno::NOSPC | Errno::TOOBIG | Errno::RANGE => NtStatus::DISK_FULL,
        e => status(e),
    }
}

/// What an object's attribute holds, if the object says that there is one. A value that cannot be read is an empty descriptor, which is for the
/// object store to be careful about, and not none.
pub(crate) fn read(shared: &Shared, handle: &Handle) -> Result<Option<Vec<u8>>> {
    if !shared.capabilities.contains(Capabilities::SECURITY) {
        return Err(NtStatus::NOT_SUPPORTED);
    }
    let state = stat(&handle.fd).map_err(status)?;
    match read_stored(shared, handle, &state) {
        Stored::Some(Dos { secured: true, .. }) => {}
        _ => return Ok(None),
    }
    let mut value = vec![0; 1024];
    let outcome = match act_as_self(|| handle.xattr(NAME, &mut value)) {
        Err(Errno::RANGE) => {
            value.resize(LONGEST, 0);
            act_as_self(|| handle.xattr(NAME, &mut value))
        }
        outcome => outcome,
    };
    match outcome {
        Ok(length) => value.truncate(length),
        Err(Errno::NODATA) => value.clear(),
        Err(e) => return Err(failed(e)),
    }
    Ok(Some(value.split_first().filter(|(v, _)| **v == VERSION).map_or_else(Vec::new, |(_, d)| d.to_vec())))
}

/// Stores a descriptor, and says so.
pub(crate) fn write(shared: &Shared, handle: &Handle, directory: bool, descriptor: &[u8]) -> Result<()> {
    if !shared.capabilities.contains(Capabilities::SECURITY) {
        return Err(NtStatus::NOT_SUPPORTED);
    }
    let value = [&[VERSION], descriptor].concat();
    if value.len() > LONGEST {
        return Err(NtStatus::DISK_FULL);
    }
    act_as_self(|| handle.set_xattr(NAME, &value)).map_err(failed)?;
    change_stored(shared, handle, |dos| Dos { secured: true, ..dos })?;
    if directory {
        note_directory(shared);
    }
    Ok(())
}

/// Takes the descriptor away: first the word that there is one.
pub(crate) fn remove(shared: &Shared, handle: &Handle) -> Result<()> {
    if !shared.capabilities.contains(Capabilities::SECURITY) {
        return Err(NtStatus::NOT_SUPPORTED);
    }
    change_stored(shared, handle, |dos| Dos { secured: false, ..dos })?;
    match act_as_self(|| handle.remove_xattr(NAME)) {
        Ok(()) | Err(Errno::NODATA) => Ok(()),
        Err(e) => Err(failed(e)),
    }
}

/// A directory has a descriptor: from now on somebody may inherit.
pub(crate) fn note_directory(shared: &Shared) {
    if shared.secured.swap(true, Ordering::Relaxed) {
        return;
    }
    // A root that cannot be written to is looked through again next time.
    if let Err(error) = act_as_self(|| fsetxattr(&*shared.root, BENEATH, &[1], XattrFlags::empty())) {
        tracing::debug!(%error, "the root cannot say that there are descriptors beneath it");
    }
}

fn dos_of(read: impl FnOnce(&mut [u8]) -> rustix::io::Result<usize>) -> Dos {
    let mut value = [0; dos::LONGEST];
    let length = read(&mut value).unwrap_or_default();
    Dos::decode(value.get(..length).unwrap_or_default())
}

/// Whether a directory at or beneath `path` may have a descriptor: the root says so, or one above that reaches down to it, or one of the
/// directories directly in it.
pub(crate) fn may_be_secured(path: &Path, root: impl AsFd) -> bool {
    let above = path.ancestors().any(|path| {
        dos_of(|value| getxattr(path, dos::NAME, value)).secured
            || getxattr(path, BENEATH, &mut [0; 1]).is_ok()
    });
    if above || fgetxattr(&root, dos::NAME, &mut [0; dos::LONGEST]) == Err(Errno::OPNOTSUPP) {
        return above;
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten().take(LOOKED_AT);
    let mut directories = entries.filter(|e| e.file_type().is_ok_and(|kind| kind.is_dir()));
    directories.any(|e| dos_of(|value| getxattr(e.path(), dos::NAME, value)).secured)
}

#[cfg(test)]
mod tests {
    use crate::{LocalVolume, Options};
    use lanward_nt::{FileAttributes, NtPath, NtStatus};
    use lanward_vfs::{Capabilities, Data, Intent, OpenRequest, Volume as _, Wait};

    #[test]
    fn what_cannot_have_its_descriptor_is_not_made() {
        let root = tempfile::TempDir::new().unwrap();
        let volume = LocalVolume::open(root.path(), Options::default()).unwrap();
        if !volume.capabilities().contains(Capabilities::SECURITY) {
            return;
        }
        let path = NtPath::new("new".into()).unwrap();
        let make = |make_directory, length: usize| {
            let made = volume.open(&OpenRequest {
                path: &path,
                intent: Intent::Create,
                data: Data::READ,
                make_directory,
                attributes: FileAttributes::empty(),
                security: Some(&vec![1; length]),
                mode: None,
                no_follow: false,
                posix: None,
                wait: Wait::Allowed,
            });
            made.map(|opened| (opened.metadata.link_count, opened.file.security().unwrap().unwrap().len()))
        };
        for directory in [false, true] {
            assert_eq!(make(directory, 70_000), Err(NtStatus::DISK_FULL));
            assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 0);
        }
        assert_eq!(make(false, 100), Ok((1, 100)));
        assert_eq!(make(false, 100), Err(NtStatus::OBJECT_NAME_COLLISION));
        assert_eq!(std::fs::read_dir(root.path()).unwrap().count(), 1);
    }
}

//! Where named streams are kept: as files in `.lanward/streams/ID` at the share's root, a folder for each object that has some.
//!
//! ID is random and kept with the object in an extended attribute, beside the object's number: a copied attribute names another object and
//! means nothing, and so streams follow renames and links without being touched and never come to a file they do not belong to. Whatever is
//! in the depot carries a mark where DOS attributes would be, which every look at an object reads anyway: through the share it is not there,
//! whichever way leads to it.

use crate::beneath;
use crate::dos;
use crate::index::matches;
use crate::metadata::{kind, stat};
use crate::open::Handle;
use crate::scan;
use crate::status::status;
use lanward_nt::NtString;
use lanward_sys::act_as_self;
use lanward_vfs::{FileKind, NtStatus, Result};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{AtFlags, Mode, OFlags, Statx, XattrFlags, fgetxattr, fsetxattr, mkdirat, unlinkat};
use rustix::io::Errno;
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::ffi::{CStr, CString};
use std::hash::BuildHasher as _;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The folder at the root that is nobody's but ours.
pub(crate) const NAME: &[u8] = b".lanward";
const STREAMS: &[u8] = b"streams";
/// The attribute that leads from an object to its streams. Value: a version byte (1), the ID's 16 bytes, the object's number as 8; little
/// endian.
const ATTRIBUTE: &CStr = c"user.lanward.streams";
const VERSION: u8 = 1;
/// The attribute of a folder that says whose it is. Value: the object's number as 8 bytes, little endian. Who can change the attributes of files
/// on this machine could name a folder of somebody else's in them, and so both have to agree.
const OF: &CStr = c"user.lanward.of";
const LENGTH: usize = 1 /* version */ + 16 /* ID */ + 8 /* number */;

/// Which folder of the depot an object's streams are in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Id([u8; 16]);

impl Id {
    fn name(self) -> Vec<u8> {
        self.0.iter().flat_map(|b| format!("{b:02x}").into_bytes()).collect()
    }

    fn from_name(name: &[u8]) -> Option<Self> {
        let mut id = [0; 16];
        let text = str::from_utf8(name).ok().filter(|t| t.len() == 2 * id.len() && t.is_ascii())?;
        for (at, byte) in id.iter_mut().enumerate() {
            *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
        }
        Some(Self(id)).filter(|id| id.name() == name)
    }

    /// From an attribute's value, if it is one of the object with this number.
    fn decode(value: &[u8], inode: u64) -> Option<Self> {
        let (&[VERSION], rest) = value.split_first_chunk::<1>()? else { return None };
        let (id, number) = rest.split_first_chunk::<16>()?;
        (number == inode.to_le_bytes()).then_some(Self(*id))
    }

    fn encode(self, inode: u64) -> Vec<u8> {
        [&[VERSION][..], &self.0, &inode.to_le_bytes()].concat()
    }
}

/// What is to be taken away with an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Doomed {
    id: Id,
    object: u64,
}

/// Whether a component at the root is the depot's name, in whatever case.
pub(crate) fn is_reserved(units: &[u16]) -> bool {
    units.first() == Some(&0x2e) && units.len() == NAME.len() && matches(NAME, units)
}

/// Whether a path beneath the root is the depot's or leads into it.
pub(crate) fn holds(path: &[u8]) -> bool {
    path.strip_prefix(NAME).is_some_and(|rest| matches!(rest.first(), None | Some(b'/')))
}

/// The depot of a volume.
#[derive(Debug)]
pub(crate) struct Depot {
    root: Arc<OwnedFd>,
    /// `.lanward/streams`, once it was there.
    directory: Mutex<Option<Arc<OwnedFd>>>,
    /// Whether it was: without it nothing has streams, and nobody asks.
    in_use: AtomicBool,
    /// Held while a stream gets or loses a name.
    changing: Mutex<()>,
    keys: RandomState,
    made: AtomicU64,
    /// Whether files are other people's: then a folder that says nothing, as older ones do, is nobody's.
    pub(crate) shared: AtomicBool,
}

impl Depot {
    pub(crate) fn new(root: Arc<OwnedFd>) -> Self {
        let depot = Self {
            root,
            directory: Mutex::default(),
            in_use: AtomicBool::new(false),
            changing: Mutex::default(),
            keys: RandomState::new(),
            made: AtomicU64::new(0),
            shared: AtomicBool::new(false),
        };
        let _ = depot.directory();
        depot
    }

    /// Keeps others from giving and taking names.
    pub(crate) fn lock(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn place(&self) -> MutexGuard<'_, Option<Arc<OwnedFd>>> {
        self.directory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The directory of all folders, if there is one.
    pub(crate) fn directory(&self) -> Option<Arc<OwnedFd>> {
        let mut place = self.place();
        if place.is_none() {
            let path = [NAME, STREAMS].join(&b'/');
            let flags = OFlags::RDONLY | OFlags::DIRECTORY;
            *place = Some(Arc::new(beneath::open_straight(&*self.root, &path, flags).ok()?));
            self.in_use.store(true, Ordering::Release);
        }
        place.clone()
    }

    fn make_directory(&self) -> Result<Arc<OwnedFd>> {
        if let Some(directory) = self.directory() {
            return Ok(directory);
        }
        make_private(&*self.root, NAME).and_then(|above| make_private(above, STREAMS)).map_err(status)?;
        self.directory().ok_or(NtStatus::UNEXPECTED_IO_ERROR)
    }

    /// The ID an open object has.
    pub(crate) fn id(handle: &Handle) -> Result<Option<Id>> {
        let mut value = [0; LENGTH];
        let Ok(length) = handle.xattr(ATTRIBUTE, &mut value) else { return Ok(None) };
        let inode = stat(&handle.fd).map_err(status)?.stx_ino;
        Ok(Id::decode(value.get(..length).unwrap_or_default(), inode))
    }

    /// Whether anything has streams, as far as is known without asking.
    pub(crate) fn is_in_use(&self) -> bool {
        self.in_use.load(Ordering::Acquire)
    }

    /// The ID of what is about to lose the name `name`, if that is its last and streams are kept for it.
    pub(crate) fn doomed(&self, directory: impl AsFd, name: &[u8], state: &Statx) -> Option<Doomed> {
        let last = match kind(state) {
            FileKind::Directory => true,
            FileKind::File => state.stx_nlink == 1,
            FileKind::Special | FileKind::Symlink => false,
        };
        if !last || !self.is_in_use() {
            return None;
        }
        let value = act_as_self(|| attribute_at(directory, name))?;
        Some(Doomed { id: Id::decode(&value, state.stx_ino)?, object: state.stx_ino })
    }

    /// The ID that what has this name in a directory has; a period is the directory itself.
    ///
    /// # Errors
    /// It cannot be told, as where the attributes may not be read.
    pub(crate) fn id_at(directory: &OwnedFd, name: &[u8]) -> rustix::io::Result<Option<Id>> {
        let value = match attribute_of(directory, name) {
            Err(Errno::NODATA | Errno::NOENT | Errno::OPNOTSUPP) => return Ok(None),
            // Somebody else put something of another length there.
            Err(Errno::RANGE) => return Ok(None),
            outcome => outcome?,
        };
        match crate::metadata::stat_at(directory, name) {
            Err(Errno::NOENT) => Ok(None),
            state => Ok(Id::decode(&value, state?.stx_ino)),
        }
    }

    /// Every ID there is a folder for.
    pub(crate) fn ids(&self) -> HashSet<Id> {
        let mut ids = HashSet::new();
        if let Some(directory) = self.directory() {
            let _ = scan::names(&*directory, |name| {
                ids.extend(Id::from_name(name));
                ControlFlow::Continue(())
            });
        }
        ids
    }

    /// The folder of the streams of the object with this number, if it has one.
    pub(crate) fn folder(&self, id: Option<Id>, object: u64) -> Result<Option<Arc<OwnedFd>>> {
        let Some(id) = id else { return Ok(None) };
        Ok(self.folder_named(id)?.filter(|folder| self.is_of(folder, object)))
    }

    /// The folder of this name, whosever it is.
    pub(crate) fn folder_named(&self, id: Id) -> Result<Option<Arc<OwnedFd>>> {
        let Some(directory) = self.directory() else { return Ok(None) };
        match beneath::open_straight(&*directory, &id.name(), OFlags::RDONLY | OFlags::DIRECTORY) {
            Ok(folder) => Ok(Some(Arc::new(folder))),
            Err(Errno::NOENT) => Ok(None),
            Err(e) => Err(status(e)),
        }
    }

    fn is_of(&self, folder: &OwnedFd, object: u64) -> bool {
        let mut value = [0; 8];
        match fgetxattr(folder, OF, &mut value) {
            Ok(8) => value == object.to_le_bytes(),
            _ => !self.shared.load(Ordering::Relaxed),
        }
    }

    /// The folder of an object's streams; a new one is there before the object is told of it, so that at worst a folder is left over.
    /// To be called with [`Depot::lock`].
    pub(crate) fn make_folder(&self, handle: &Handle, state: &Statx) -> Result<Arc<OwnedFd>> {
        let known = Self::id(handle)?;
        if let Some(folder) = self.folder(known, state.stx_ino)? {
            return Ok(folder);
        }
        let directory = self.make_directory()?;
        // A folder of that name may be somebody else's: nobody gets it by asking for it.
        let id = self.new_id(state);
        let folder = match make_private(&*directory, &id.name()) {
            // Somebody took the whole depot away.
            Err(Errno::NOENT) => {
                *self.place() = None;
                make_private(&*self.make_directory()?, &id.name())
            }
            outcome => outcome,
        }
        .map_err(status)?;
        let bound = fsetxattr(&folder, OF, &state.stx_ino.to_le_bytes(), XattrFlags::empty());
        if let Err(e) = bound.and_then(|()| handle.set_xattr(ATTRIBUTE, &id.encode(state.stx_ino))) {
            self.discard_folder(id, &folder);
            return Err(status(e));
        }
        Ok(Arc::new(folder))
    }

    fn new_id(&self, state: &Statx) -> Id {
        let count = self.made.fetch_add(1, Ordering::Relaxed);
        let time = (state.stx_ctime.tv_sec, state.stx_ctime.tv_nsec);
        let half = |which: u8| self.keys.hash_one((which, count, state.stx_ino, time)).to_le_bytes();
        let mut id = [0; 16];
        id[..8].copy_from_slice(&half(0));
        id[8..].copy_from_slice(&half(1));
        Id(id)
    }

    /// Takes an object's folder away, with whatever is in it. What cannot be taken now is left over.
    pub(crate) fn discard(&self, doomed: Doomed) {
        act_as_self(|| {
            if let Ok(Some(folder)) = self.folder(Some(doomed.id), doomed.object) {
                self.discard_folder(doomed.id, &folder);
            }
        });
    }

    /// The same of a folder whose object is gone.
    pub(crate) fn discard_orphan(&self, id: Id) {
        if let Ok(Some(folder)) = self.folder_named(id) {
            self.discard_folder(id, &folder);
        }
    }

    fn discard_folder(&self, id: Id, folder: &OwnedFd) {
        let Some(directory) = self.directory() else { return };
        let _ = scan::names(folder, |name| {
            let _ = unlinkat(folder, name, AtFlags::empty());
            ControlFlow::Continue(())
        });
        let _ = unlinkat(&*directory, id.name(), AtFlags::REMOVEDIR);
    }
}

/// The attribute's value of a name, not of what it may lead to; `None` for what has none or may not be asked.
fn attribute_at(directory: impl AsFd, name: &[u8]) -> Option<Vec<u8>> {
    attribute_of(directory, name).ok()
}

fn attribute_of(directory: impl AsFd, name: &[u8]) -> rustix::io::Result<Vec<u8>> {
    let mut value = [0; LENGTH];
    let path = CString::new(name).map_err(|_| Errno::INVAL)?;
    let length = match lanward_sys::getxattrat(&directory, &path, ATTRIBUTE, &mut value) {
        Err(Errno::NOSYS | Errno::PERM) => {
            let fd = beneath::open_straight(&directory, name, OFlags::PATH)?;
            Handle { fd, path_only: true }.xattr(ATTRIBUTE, &mut value)?
        }
        outcome => outcome?,
    };
    Ok(value.get(..length).unwrap_or_default().to_vec())
}

/// Marks what no client is to see.
pub(crate) fn mark(fd: impl AsFd) -> rustix::io::Result<()> {
    fsetxattr(fd, dos::NAME, dos::PRIVATE, XattrFlags::empty())
}

/// The directory `name`, which is made and marked if it is not there.
fn make_private(directory: impl AsFd, name: &[u8]) -> rustix::io::Result<OwnedFd> {
    let made = match mkdirat(&directory, name, Mode::RWXU) {
        Ok(()) => true,
        Err(Errno::EXIST) => false,
        Err(e) => return Err(e),
    };
    let fd = beneath::open_straight(&directory, name, OFlags::RDONLY | OFlags::DIRECTORY)?;
    if made && let Err(e) = mark(&fd) {
        let _ = unlinkat(&directory, name, AtFlags::REMOVEDIR);
        return Err(e);
    }
    Ok(fd)
}

/// The name in a folder that `name` means, without regard to case.
pub(crate) fn find(folder: &OwnedFd, name: &NtString, exact: &[u8]) -> Result<Option<Vec<u8>>> {
    match crate::metadata::stat_at(folder, exact) {
        Ok(_) => return Ok(Some(exact.to_vec())),
        Err(Errno::NOENT) => {}
        Err(e) => return Err(status(e)),
    }
    let mut found = None;
    scan::names(folder, |own| {
        if crate::stream_name::decode(own).is_some_and(|n| n.eq_ignore_case(name)) {
            found = Some(own.to_vec());
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    })
    .map_err(status)?;
    Ok(found)
}

/// Whether an object has no name any more.
pub(crate) fn is_gone(fd: impl AsFd) -> Result<bool> {
    Ok(stat(fd).map_err(status)?.stx_nlink == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_is_one_objects() {
        let id = Id([7; 16]);
        let value = id.encode(0x0102);
        assert_eq!(value.len(), LENGTH);
        assert_eq!((value[0], value[17], value[18], value[19]), (1, 2, 1, 0));
        assert_eq!(Id::decode(&value, 0x0102), Some(id));
        assert_eq!(Id::decode(&value, 0x0103), None, "a copied attribute means nothing");
        assert_eq!(Id::decode(&value[..24], 0x0102), None);
        assert_eq!(Id::decode(&[2; LENGTH], u64::from_le_bytes([2; 8])), None);
        assert_eq!(id.name(), b"07".repeat(16));
        assert_eq!(Id::from_name(&id.name()), Some(id));
        assert_eq!(Id::from_name(b"07"), None);
        assert_eq!(Id::from_name(&b"+7".repeat(16)), None);
    }

    #[test]
    fn the_name_is_reserved_in_any_case() {
        for name in [".lanward", ".LanWard"] {
            assert!(is_reserved(NtString::from(name).units()), "{name}");
        }
        for name in ["lanward", ".lanward2", ".lanwar", ""] {
            assert!(!is_reserved(NtString::from(name).units()), "{name}");
        }
    }
}

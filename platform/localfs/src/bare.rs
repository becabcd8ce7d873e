//! Which objects are known to have nothing stored with them, so that listing a directory again asks the system half as much.
//!
//! Setting an extended attribute always changes an object's change time on the file systems this is used for, and nobody can set that
//! time. So an object that had none of ours has none for as long as its change time is the same, if the clock had moved on visibly between
//! that time and the look at the attribute: a change after the look then cannot bear the same time.

use rustix::fs::Statx;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Coarsest time stamps there are are whole seconds.
const VISIBLY: Duration = Duration::from_secs(2);
const CHUNKS: usize = 128;
/// Objects remembered in a chunk; neighbours by number share one, so that few are ever made.
const SLOTS: usize = 512;

/// Fingerprints of objects as they were, by their number: a newer one takes the place of an older.
#[derive(Debug)]
pub(crate) struct Bare {
    /// Where this holds; `None` for nowhere.
    device: Option<(u32, u32)>,
    chunks: Box<[OnceLock<Box<[AtomicU64]>>]>,
    keys: RandomState,
}

impl Bare {
    /// For the objects on the file system of `root`, if its change times `can` be relied on.
    pub(crate) fn new(root: &Statx, can: bool) -> Self {
        Self {
            device: can.then_some((root.stx_dev_major, root.stx_dev_minor)),
            chunks: (0..CHUNKS).map(|_| OnceLock::new()).collect(),
            keys: RandomState::new(),
        }
    }

    /// Whether this object, as it is now, is known to have nothing.
    pub(crate) fn knows(&self, state: &Statx) -> bool {
        let Some((chunk, slot)) = self.place(state) else { return false };
        chunk.get().is_some_and(|c| c[slot].load(Ordering::Relaxed) == self.fingerprint(state))
    }

    /// The object had nothing when that was read, after its state and before `now`.
    pub(crate) fn note(&self, state: &Statx, now: SystemTime) {
        let Some((chunk, slot)) = self.place(state) else { return };
        let Ok(seconds) = u64::try_from(state.stx_ctime.tv_sec) else { return };
        let changed = UNIX_EPOCH + Duration::new(seconds, state.stx_ctime.tv_nsec);
        if now.duration_since(changed).is_ok_and(|age| age > VISIBLY) {
            let chunk = chunk.get_or_init(|| (0..SLOTS).map(|_| AtomicU64::new(0)).collect());
            chunk[slot].store(self.fingerprint(state), Ordering::Relaxed);
        }
    }

    fn place(&self, state: &Statx) -> Option<(&OnceLock<Box<[AtomicU64]>>, usize)> {
        if self.device != Some((state.stx_dev_major, state.stx_dev_minor)) {
            return None;
        }
        let number = usize::try_from(state.stx_ino).unwrap_or_default();
        Some((&self.chunks[number / SLOTS % CHUNKS], number % SLOTS))
    }

    /// Never 0, which says nothing.
    fn fingerprint(&self, state: &Statx) -> u64 {
        self.keys.hash_one((state.stx_ino, state.stx_ctime.tv_sec, state.stx_ctime.tv_nsec)) | 1
    }
}

#[cfg(test)]
mod tests {
    use crate::metadata::stat;
    use crate::{LocalVolume, Options};
    use lanward_nt::{FileAttributes, NtPath};
    use lanward_vfs::{Volume as _, Wait};
    use std::fs::File;
    use std::time::{Duration, SystemTime};

    #[test]
    fn what_was_bare_is_so_until_it_changes() {
        let root = tempfile::TempDir::new().unwrap();
        let volume = LocalVolume::open(root.path(), Options::default()).unwrap();
        let file = File::create(root.path().join("f")).unwrap();
        let bare = super::Bare::new(&stat(&file).unwrap(), true);
        let state = stat(&file).unwrap();
        assert!(!bare.knows(&state));
        bare.note(&state, SystemTime::now());
        assert!(!bare.knows(&state), "it may change again within the same tick");
        let later = SystemTime::now() + Duration::from_secs(3);
        bare.note(&state, later);
        assert!(bare.knows(&state));
        assert!(!super::Bare::new(&state, false).knows(&state));
        volume.shared.bare.note(&state, later);
        let look = || volume.lookup(&NtPath::new("f".into()).unwrap(), Wait::Allowed).unwrap().1.attributes;
        assert_eq!(look(), FileAttributes::ARCHIVE);
        let hidden = [1, 2, 0, 0, 0];
        if rustix::fs::fsetxattr(&file, crate::dos::NAME, &hidden, rustix::fs::XattrFlags::empty()).is_err() {
            return;
        }
        // The clock of the change may stand still for a tick.
        while stat(&file).unwrap().stx_ctime.tv_nsec == state.stx_ctime.tv_nsec {
            rustix::fs::fsetxattr(&file, crate::dos::NAME, &hidden, rustix::fs::XattrFlags::empty()).unwrap();
        }
        assert!(!bare.knows(&stat(&file).unwrap()));
        assert_eq!(look(), FileAttributes::HIDDEN);
    }
}

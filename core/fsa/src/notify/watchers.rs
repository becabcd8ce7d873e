use super::watch::Watch;
use super::{Change, NotifyAction};
use lanward_nt::{NtPath, NtStatus, NtString};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Directories of one file system that may be watched at once.
const MOST: usize = 1 << 16;
const BACKSLASH: u16 = 0x5c;

type Table = HashMap<Box<[u16]>, Vec<Arc<Watch>>>;

/// [MS-FSA] 2.1.1.1 ChangeNotifyList: who watches which directory. Its lock is taken after a file's state, never before it.
#[derive(Debug, Default)]
pub(crate) struct Watchers {
    /// How many there are: all that an operation looks at while there are none.
    count: AtomicUsize,
    table: Mutex<Table>,
    pub(crate) held: Arc<AtomicUsize>,
}

impl Watchers {
    /// Whether anybody watches anything.
    pub(crate) fn is_active(&self) -> bool {
        self.count.load(Ordering::Relaxed) != 0
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// # Errors
    /// INSUFFICIENT_RESOURCES.
    pub(crate) fn add(&self, directory: &NtPath, watch: Arc<Watch>) -> Result<(), NtStatus> {
        let mut table = self.table();
        if self.count.load(Ordering::Relaxed) >= MOST {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        table.entry(directory.as_string().units().into()).or_default().push(watch);
        self.count.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    /// `directory` is where it most likely is.
    pub(crate) fn remove(&self, directory: &NtPath, watch: &Arc<Watch>) {
        let mut table = self.table();
        let is_there = |watches: &Vec<Arc<Watch>>| watches.iter().any(|w| Arc::ptr_eq(w, watch));
        let units = directory.as_string().units();
        let there = table.get(units).is_some_and(is_there).then_some(units);
        let key = there.or_else(|| table.iter().find(|(_, w)| is_there(w)).map(|(key, _)| &**key));
        let Some(key) = key.map(<[u16]>::to_vec) else { return };
        if let Some(watches) = table.get_mut(&*key) {
            watches.retain(|w| !Arc::ptr_eq(w, watch));
            if watches.is_empty() {
                table.remove(&*key);
            }
            self.count.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// A directory is to be deleted: those who wait for changes in it are told so.
    pub(crate) fn delete_pending(&self, directory: &NtPath) {
        if !self.is_active() {
            return;
        }
        let watches = self.table().get(directory.as_string().units()).cloned().unwrap_or_default();
        for watch in watches {
            watch.end(NtStatus::DELETE_PENDING, false);
        }
    }

    /// A directory has another name: so has what is watched in it. Answers what was found, with its new path.
    pub(crate) fn moved(&self, from: &NtPath, to: &NtPath) -> Vec<(Arc<Watch>, NtPath)> {
        if !self.is_active() {
            return Vec::new();
        }
        let mut table = self.table();
        let old: Vec<Box<[u16]>> = table.keys().filter(|key| rest_of(from, key).is_some()).cloned().collect();
        let mut moved = Vec::new();
        for key in old {
            let (Some(watches), Some(rest)) = (table.remove(&key), rest_of(from, &key)) else { continue };
            let units = [to.as_string().units(), rest].concat();
            if let Some(path) = NtPath::new(NtString(units.clone())) {
                moved.extend(watches.iter().map(|w| (Arc::clone(w), path.clone())));
            }
            table.entry(units.into_boxed_slice()).or_default().extend(watches);
        }
        moved
    }

    /// [MS-FSA] 2.1.4.1: tells whoever watches a directory above, all changes at once.
    pub(crate) fn tell(&self, changes: &[Change<'_>]) {
        let mut told: Vec<(Arc<Watch>, NotifyAction, &[u16])> = Vec::new();
        {
            let table = self.table();
            for change in changes {
                for (above, name) in ancestors(change.path) {
                    let parent = !name.contains(&BACKSLASH);
                    let wanted = |w: &&Arc<Watch>| {
                        (w.tree || parent) && w.filter.intersects(change.filter) && w.shows(change.path)
                    };
                    let watches = table.get(above).into_iter().flatten().filter(wanted);
                    told.extend(watches.map(|w| (Arc::clone(w), change.action, name)));
                }
            }
        }
        // Stable: what one is told stays in order, however many there are.
        told.sort_by_key(|(watch, ..)| Arc::as_ptr(watch).addr());
        for of_one in told.chunk_by(|(a, ..), (b, ..)| Arc::ptr_eq(a, b)) {
            if let Some((watch, ..)) = of_one.first() {
                watch.tell(of_one.iter().map(|(_, action, name)| (*action, *name)));
            }
        }
    }
}

/// The directories above a path from the nearest on, each with what follows it.
fn ancestors(path: &[u16]) -> impl Iterator<Item = (&[u16], &[u16])> {
    let cuts = path.iter().enumerate().rev().filter(|(_, u)| **u == BACKSLASH);
    let above = cuts.map(|(i, _)| (&path[..i], &path[i + 1..]));
    above.chain((!path.is_empty()).then_some((&path[..0], path)))
}

/// What of `path` follows `directory`: nothing, or something that begins with a backslash.
fn rest_of<'a>(directory: &NtPath, path: &'a [u16]) -> Option<&'a [u16]> {
    let rest = path.strip_prefix(directory.as_string().units())?;
    matches!(rest.first(), None | Some(&BACKSLASH)).then_some(rest)
}

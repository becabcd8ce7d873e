//! Finding directories and the names in them, without regard to case.

use crate::beneath;
use crate::index::{Folded, Index, matches};
use crate::name::decode;
use crate::path::{Component, joined};
use crate::scan;
use crate::short_names::{is_depot, rank};
use crate::status::status;
use crate::watches::{Known, Limits, Watches};
use lanward_nt::ShortName;
use lanward_sys::{act_as_self, is_acting, permits};
use lanward_vfs::{NtStatus, Result, Wait};
use rustix::fd::OwnedFd;
use rustix::fs::{Access, AtFlags, OFlags, StatxFlags, statx};
use rustix::io::Errno;
use std::collections::hash_map::RandomState;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Names read before a call that may not wait gives up.
const NAMES_WITHOUT_WAITING: usize = 4096;
/// Longest time to wait for another thread to read a directory.
const PATIENCE: Duration = Duration::from_secs(30);
const ATTEMPTS: usize = 4;

/// A directory that was found.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    pub(crate) fd: Arc<OwnedFd>,
    /// Its path beneath the root as the disk has it; links that were followed appear as themselves.
    pub(crate) path: Vec<u8>,
    pub(crate) watch: Option<i32>,
}

/// The directories beneath a root.
#[derive(Debug)]
pub(crate) struct Directories {
    root: Arc<OwnedFd>,
    watches: Mutex<Watches>,
    built: Condvar,
    keys: RandomState,
    most_names: usize,
    scans: AtomicU64,
}

impl Directories {
    /// `events`: whether inotify tells of all changes here.
    pub(crate) fn new(root: Arc<OwnedFd>, events: bool, limits: Limits) -> Self {
        let keys = RandomState::new();
        let watches = Mutex::new(Watches::new(events, limits, keys.clone()));
        Self {
            root,
            watches,
            built: Condvar::new(),
            keys,
            most_names: limits.names,
            scans: AtomicU64::new(0),
        }
    }

    /// How many times a directory was read from end to end to find a name.
    pub(crate) fn scans(&self) -> u64 {
        self.scans.load(Ordering::Relaxed)
    }

    /// Hash of a name without its case.
    pub(crate) fn folded(&self, units: &[u16]) -> Folded {
        Folded::new(units, &self.keys)
    }

    /// What is known, as of now.
    fn watches(&self) -> MutexGuard<'_, Watches> {
        let mut watches = self.watches.lock().unwrap_or_else(PoisonError::into_inner);
        watches.drain();
        watches
    }

    /// The directory at `path` and the name in it that `name` means, when both are known already: one call of the system.
    pub(crate) fn find_known(
        &self,
        path: &[u8],
        name: Component<'_>,
    ) -> Option<(Directory, Option<Vec<u8>>)> {
        let folded = self.folded(name.units);
        let mut watches = self.watches();
        let (watch, fd) = watches.at_path(path)?;
        let Some(Known::Complete(index)) = watches.known(watch) else { return None };
        let own = index.find(folded, name.units, name.bytes).map(<[u8]>::to_vec);
        drop(watches);
        let directory = Directory { fd, path: path.to_vec(), watch: Some(watch) };
        Some((self.reached(directory).ok()?, own))
    }

    /// The directory at `path`, when it is known already and no link leads there: one call of the system.
    pub(crate) fn at(&self, path: &[u8]) -> Option<Arc<OwnedFd>> {
        self.watches().at_path(path).map(|(_, fd)| fd)
    }

    /// A directory has become one that no path leads through: nothing that was known counts.
    pub(crate) fn forget_paths(&self) {
        self.watches().forget_paths();
    }

    /// The directory `components` lead to.
    ///
    /// # Errors
    /// OBJECT_PATH_NOT_FOUND, ACCESS_DENIED, CANT_WAIT.
    pub(crate) fn find_directory(&self, components: &[Component<'_>], wait: Wait) -> Result<Directory> {
        let whole = components.iter().fold(Vec::new(), |path, c| joined(&path, c.bytes));
        let generation = {
            let mut watches = self.watches();
            if let Some((watch, fd)) = watches.at_path(&whole) {
                drop(watches);
                let known = Directory { fd, path: whole.clone(), watch: Some(watch) };
                match self.reached(known) {
                    // It has moved this very moment.
                    Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => {}
                    outcome => return outcome.map_err(status),
                }
                watches = self.watches();
            }
            watches.generation()
        };
        let mut walk = Walk { directories: self, generation, straight: true, wait };
        let root = walk.adopt(Arc::clone(&self.root), Vec::new());
        let found = components.iter().try_fold(root, |at, component| walk.child(&at, component))?;
        if is_acting() && !permits(&*found.fd, Access::EXEC_OK).map_err(status)? {
            return Err(NtStatus::ACCESS_DENIED);
        }
        Ok(found)
    }

    /// A directory that was known, for whom this thread acts: what others found is no proof that they may go there. The period at the end
    /// asks for the right to search the directory itself, without which nobody is told what is in it.
    fn reached(&self, known: Directory) -> rustix::io::Result<Directory> {
        if !is_acting() {
            return Ok(known);
        }
        let fd = beneath::open_straight(
            &*self.root,
            &joined(&known.path, b"."),
            OFlags::PATH | OFlags::DIRECTORY,
        )?;
        Ok(Directory { fd: Arc::new(fd), ..known })
    }

    /// The name in `directory` that `name` means, if there is one.
    ///
    /// # Errors
    /// CANT_WAIT, ACCESS_DENIED or an I/O error.
    pub(crate) fn find_name(
        &self,
        directory: &Directory,
        name: Component<'_>,
        wait: Wait,
    ) -> Result<Option<Vec<u8>>> {
        let folded = self.folded(name.units);
        let find = |index: &Index| index.find(folded, name.units, name.bytes).map(<[u8]>::to_vec);
        match self.in_index(directory, wait, find)? {
            Some(found) => Ok(found),
            None => self.scan(directory, name, wait),
        }
    }

    /// The name in `directory` that has `name` as its 8.3 name, where nothing has it as its name. Only what has the shape of one is looked
    /// for.
    ///
    /// # Errors
    /// CANT_WAIT, ACCESS_DENIED or an I/O error.
    pub(crate) fn find_short(
        &self,
        directory: &Directory,
        name: &[u16],
        wait: Wait,
    ) -> Result<Option<Vec<u8>>> {
        if !ShortName::is_made(name) {
            return Ok(None);
        }
        let (wanted, at_root) = (ShortName::of(name), directory.path.is_empty());
        let folded = self.folded(wanted.units());
        let find = |index: &Index| index.find_short(folded, wanted, at_root).map(<[u8]>::to_vec);
        if let Some(found) = self.in_index(directory, wait, find)? {
            return Ok(found);
        }
        let mut first: Option<Vec<u8>> = None;
        self.look_through(directory, wait, |own| {
            let has_it = ShortName::beside(decode(own).units()) == wanted && !is_depot(own, at_root);
            if has_it && first.as_ref().is_none_or(|first| rank(own) < rank(first)) {
                first = Some(own.to_vec());
            }
            false
        })?;
        Ok(first)
    }

    /// The 8.3 name by which `name`, which is in `directory`, is found, if that is known without reading the directory each time.
    ///
    /// # Errors
    /// CANT_WAIT, ACCESS_DENIED or an I/O error.
    pub(crate) fn short_name(
        &self,
        directory: &Directory,
        name: Component<'_>,
        wait: Wait,
    ) -> Result<ShortName> {
        let (short, at_root) = (ShortName::beside(name.units), directory.path.is_empty());
        let folded = self.folded(short.units());
        let has_it = |index: &Index| {
            index.find(folded, short.units(), &[]).is_none()
                && index.find_short(folded, short, at_root) == Some(name.bytes)
        };
        let has_it = !short.units().is_empty() && self.in_index(directory, wait, has_it)? == Some(true);
        Ok(if has_it { short } else { ShortName::default() })
    }

    /// Looks into the index of a directory, which is made if there is none; `None` if there can be none.
    fn in_index<T>(
        &self,
        directory: &Directory,
        wait: Wait,
        look: impl Fn(&Index) -> T,
    ) -> Result<Option<T>> {
        let mut watch = directory.watch;
        for _ in 0..ATTEMPTS {
            let mut watches = self.watches();
            if watch.is_none_or(|w| watches.known(w).is_none()) {
                watch = act_as_self(|| watches.watch(&directory.fd));
            }
            let Some((w, known)) = watch.and_then(|w| watches.known(w).map(|known| (w, known))) else {
                break;
            };
            match known {
                Known::Complete(index) => return Ok(Some(look(index))),
                Known::TooLarge => break,
                Known::Building(_) if wait == Wait::Never => return Err(NtStatus::CANT_WAIT),
                Known::Building(_) => {
                    let building = |s: &mut Watches| matches!(s.known(w), Some(Known::Building(_)));
                    drop(self.built.wait_timeout_while(watches, PATIENCE, building));
                }
                Known::Nothing => {
                    *known = Known::Building(Vec::new());
                    drop(watches);
                    self.build(directory, w, wait)?;
                }
            }
        }
        Ok(None)
    }

    /// Reads a directory's names into an index.
    fn build(&self, directory: &Directory, watch: i32, wait: Wait) -> Result<()> {
        self.scans.fetch_add(1, Ordering::Relaxed);
        let limit = if wait == Wait::Never { NAMES_WITHOUT_WAITING } else { self.most_names };
        let mut index = Index::default();
        // What is known of a directory is everybody's: it must not depend on who asked first.
        let names =
            |each: &mut dyn FnMut(&[u8]) -> ControlFlow<()>| act_as_self(|| scan::names(&directory.fd, each));
        let outcome = names(&mut |name| {
            index.insert(name, &self.keys);
            if index.count() > limit { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        let mut watches = self.watches();
        let answer = match outcome {
            Ok(()) if index.count() <= limit => {
                watches.complete(watch, index);
                Ok(())
            }
            Ok(()) if wait == Wait::Never => {
                Self::give_up(&mut watches, watch, Known::Nothing, Err(NtStatus::CANT_WAIT))
            }
            Ok(()) => Self::give_up(&mut watches, watch, Known::TooLarge, Ok(())),
            // It may be searched but not read: the exact name is all there is to go by.
            Err(Errno::ACCESS) => Self::give_up(&mut watches, watch, Known::TooLarge, Ok(())),
            Err(e) => Self::give_up(&mut watches, watch, Known::Nothing, Err(status(e))),
        };
        drop(watches);
        self.built.notify_all();
        answer
    }

    fn give_up(watches: &mut Watches, watch: i32, instead: Known, answer: Result<()>) -> Result<()> {
        if let Some(known) = watches.known(watch) {
            *known = instead;
        }
        answer
    }

    /// Looks through the whole directory.
    fn scan(&self, directory: &Directory, name: Component<'_>, wait: Wait) -> Result<Option<Vec<u8>>> {
        match statx(&*directory.fd, name.bytes, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE) {
            Ok(_) => return Ok(Some(name.bytes.to_vec())),
            Err(Errno::NOENT) => {}
            Err(e) => return Err(status(e)),
        }
        self.look_through(directory, wait, |own| matches(own, name.units))
    }

    /// The first name that `is_it`.
    fn look_through(
        &self,
        directory: &Directory,
        wait: Wait,
        mut is_it: impl FnMut(&[u8]) -> bool,
    ) -> Result<Option<Vec<u8>>> {
        self.scans.fetch_add(1, Ordering::Relaxed);
        let (mut found, mut seen) = (None, 0);
        let outcome = scan::names(&directory.fd, |own| {
            seen += 1;
            if is_it(own) {
                found = Some(own.to_vec());
            }
            let enough = found.is_some() || (wait == Wait::Never && seen > NAMES_WITHOUT_WAITING);
            if enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        match outcome {
            Ok(()) if found.is_none() && wait == Wait::Never && seen > NAMES_WITHOUT_WAITING => {
                Err(NtStatus::CANT_WAIT)
            }
            Ok(()) => Ok(found),
            Err(Errno::ACCESS) => Ok(None),
            Err(e) => Err(status(e)),
        }
    }
}

/// One way down from the root.
struct Walk<'a> {
    directories: &'a Directories,
    generation: u64,
    /// Whether no link was followed yet.
    straight: bool,
    wait: Wait,
}

impl Walk<'_> {
    fn adopt(&self, fd: Arc<OwnedFd>, path: Vec<u8>) -> Directory {
        let mut watches = self.directories.watches();
        let watch = act_as_self(|| watches.watch(&fd));
        if let Some(watch) = watch.filter(|_| self.straight) {
            watches.map(watch, &path, self.generation);
        }
        Directory { fd, path, watch }
    }

    fn child(&mut self, parent: &Directory, name: &Component<'_>) -> Result<Directory> {
        match self.enter(parent, name.bytes) {
            Err(Errno::NOENT) => {}
            outcome => return outcome.map_err(above),
        }
        let found = match self.directories.find_name(parent, *name, self.wait)? {
            None => self.directories.find_short(parent, name.units, self.wait)?,
            found => found,
        };
        match found {
            Some(own) if own != name.bytes => self.enter(parent, &own).map_err(above),
            _ => Err(NtStatus::OBJECT_PATH_NOT_FOUND),
        }
    }

    fn enter(&mut self, parent: &Directory, name: &[u8]) -> rustix::io::Result<Directory> {
        let path = joined(&parent.path, name);
        if self.straight
            && !is_acting()
            && let Some((watch, fd)) = self.directories.watches().at_path(&path)
        {
            return Ok(Directory { fd, path, watch: Some(watch) });
        }
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        let fd = match beneath::open_straight(&*parent.fd, name, flags) {
            // A link perhaps: it counts from the root whether it leads out.
            Err(Errno::LOOP | Errno::NOTDIR) => {
                self.straight = false;
                beneath::open(&*self.directories.root, &path, flags)?
            }
            outcome => outcome?,
        };
        crate::reparse::check_way(&fd)?;
        Ok(self.adopt(Arc::new(fd), path))
    }
}

/// What an error about a directory means for a path that goes on beneath it.
fn above(errno: Errno) -> NtStatus {
    match status(errno) {
        NtStatus::OBJECT_NAME_NOT_FOUND => NtStatus::OBJECT_PATH_NOT_FOUND,
        other => other,
    }
}

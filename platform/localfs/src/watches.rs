//! What is known about directories, kept true by inotify.
//!
//! The kernel queues an event before the call that caused it returns, whoever made the call. So once the queue is drained an index is
//! exact, and so is the map from paths to directories: all directories above a mapped one are watched too. When events were lost, everything
//! is forgotten; when watches run out, directories are read from end to end instead.

use crate::events::{self, Event, WATCHED};
use crate::index::Index;
use rustix::fd::{AsRawFd as _, OwnedFd};
use rustix::fs::inotify::{self, CreateFlags, ReadFlags};
use rustix::io::Errno;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::sync::Arc;

const BUFFER: usize = 16 * 1024;
/// Changes a directory may see while it is read; after more it is read again.
const LONGEST_LOG: usize = 1 << 16;

/// How much may be known at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) directories: usize,
    pub(crate) names: usize,
}

/// A name that came (true) or went while its directory was read.
pub(crate) type Change = (bool, Box<[u8]>);

/// What is known about a directory's names.
#[derive(Debug, Default)]
pub(crate) enum Known {
    #[default]
    Nothing,
    /// It is being read; what changed since is kept.
    Building(Vec<Change>),
    Complete(Index),
    /// More names than are ever kept.
    TooLarge,
}

/// A watched directory.
struct Watched {
    fd: Arc<OwnedFd>,
    /// Its path when no link leads there; then it is in the map of paths.
    path: Option<Box<[u8]>>,
    known: Known,
    used: u64,
}

/// All of it; one lock, held for moments.
pub(crate) struct Watches {
    inotify: Option<OwnedFd>,
    directories: HashMap<i32, Watched>,
    paths: HashMap<Box<[u8]>, i32>,
    keys: RandomState,
    /// Counts the moments at which a path may have come to mean another directory.
    generation: u64,
    names: usize,
    tick: u64,
    limits: Limits,
    buffer: Box<[u8]>,
}

impl fmt::Debug for Watches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Watches");
        out.field("directories", &self.directories.len()).field("names", &self.names).finish_non_exhaustive()
    }
}

impl Watches {
    /// Watches directories if `events` are told here and the system allows it.
    pub(crate) fn new(events: bool, limits: Limits, keys: RandomState) -> Self {
        let flags = CreateFlags::NONBLOCK | CreateFlags::CLOEXEC;
        let inotify = events.then(|| inotify::init(flags)).and_then(|outcome| {
            outcome
                .inspect_err(|e| {
                    tracing::warn!("no inotify ({e}): names are looked for in whole directories");
                })
                .ok()
        });
        Self {
            inotify,
            directories: HashMap::new(),
            paths: HashMap::new(),
            keys,
            generation: 0,
            names: 0,
            tick: 0,
            limits,
            buffer: vec![0; BUFFER].into_boxed_slice(),
        }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.generation
    }

    /// Takes up what happened since the last time.
    pub(crate) fn drain(&mut self) {
        let Some(inotify) = self.inotify.take() else { return };
        let mut buffer = std::mem::take(&mut self.buffer);
        loop {
            match rustix::io::read(&inotify, &mut *buffer) {
                Ok(count) => {
                    for event in events::events(&buffer[..count]) {
                        self.apply(&inotify, &event);
                    }
                    // Room for another event was left, so there was none.
                    if count + events::LONGEST <= buffer.len() {
                        break;
                    }
                }
                Err(Errno::INTR) => {}
                Err(_) => break,
            }
        }
        self.buffer = buffer;
        self.inotify = Some(inotify);
        if self.names > self.limits.names {
            self.evict(-1);
        }
    }

    fn apply(&mut self, inotify: &OwnedFd, event: &Event<'_>) {
        if event.flags.contains(ReadFlags::QUEUE_OVERFLOW) {
            tracing::debug!("events were lost, forgetting {} directories", self.directories.len());
            self.generation += 1;
            for watch in self.directories.keys().copied().collect::<Vec<_>>() {
                self.forget(inotify, watch);
            }
            return;
        }
        if event.flags.intersects(ReadFlags::DELETE_SELF | ReadFlags::IGNORED | ReadFlags::UNMOUNT) {
            self.generation += 1;
            self.forget(inotify, event.watch);
            return;
        }
        let moved = ReadFlags::MOVED_FROM | ReadFlags::MOVED_TO | ReadFlags::DELETE;
        if event.flags.contains(ReadFlags::ISDIR) && event.flags.intersects(moved) {
            self.generation += 1;
            self.forget_child(inotify, event);
        }
        let Some(watched) = self.directories.get_mut(&event.watch) else { return };
        let came = event.flags.intersects(ReadFlags::CREATE | ReadFlags::MOVED_TO);
        match &mut watched.known {
            Known::Building(log) if log.len() < LONGEST_LOG => log.push((came, event.name.into())),
            Known::Building(_) => watched.known = Known::Nothing,
            Known::Complete(index) => {
                self.names -= index.count();
                if came {
                    index.insert(event.name, &self.keys);
                } else {
                    index.remove(event.name, &self.keys);
                }
                self.names += index.count();
            }
            Known::Nothing | Known::TooLarge => {}
        }
    }

    /// A directory's child directory left its name or came to it: what was mapped there and beneath is no longer.
    fn forget_child(&mut self, inotify: &OwnedFd, event: &Event<'_>) {
        let Some(path) = self.directories.get(&event.watch).and_then(|w| w.path.as_deref()) else { return };
        let gone = crate::path::joined(path, event.name);
        if !self.paths.contains_key(&*gone) {
            return;
        }
        let beneath = |p: &[u8]| p.strip_prefix(&*gone).is_some_and(|r| r.is_empty() || r.starts_with(b"/"));
        let watches: Vec<i32> = self.paths.iter().filter(|(p, _)| beneath(p)).map(|(_, w)| *w).collect();
        for watch in watches {
            self.forget(inotify, watch);
        }
    }

    fn forget(&mut self, inotify: &OwnedFd, watch: i32) {
        let Some(watched) = self.directories.remove(&watch) else { return };
        if let Some(path) = watched.path {
            self.paths.remove(&path);
        }
        if let Known::Complete(index) = watched.known {
            self.names -= index.count();
        }
        // It fails for a directory that is gone, whose watch went with it.
        let _ = inotify::remove_watch(inotify, watch);
    }

    /// Unmaps every path; what is known of the directories themselves stays.
    pub(crate) fn forget_paths(&mut self) {
        self.generation += 1;
        self.paths.clear();
        for watched in self.directories.values_mut() {
            watched.path = None;
        }
    }

    /// The directory a path leads to without a link, if it is mapped.
    pub(crate) fn at_path(&mut self, path: &[u8]) -> Option<(i32, Arc<OwnedFd>)> {
        let watch = *self.paths.get(path)?;
        self.tick += 1;
        let watched = self.directories.get_mut(&watch)?;
        watched.used = self.tick;
        Some((watch, Arc::clone(&watched.fd)))
    }

    /// Watches a directory; `None` when that cannot be.
    pub(crate) fn watch(&mut self, fd: &Arc<OwnedFd>) -> Option<i32> {
        let watch = self.add_watch(fd)?;
        self.tick += 1;
        let used = self.tick;
        let new = || Watched { fd: Arc::clone(fd), path: None, known: Known::Nothing, used };
        self.directories.entry(watch).or_insert_with(new).used = used;
        if self.directories.len() > self.limits.directories {
            self.evict(watch);
        }
        Some(watch)
    }

    fn add_watch(&mut self, fd: &OwnedFd) -> Option<i32> {
        let name = format!("/proc/self/fd/{}", fd.as_raw_fd());
        let outcome = inotify::add_watch(self.inotify.as_ref()?, &*name, WATCHED);
        if outcome != Err(Errno::NOSPC) || self.directories.is_empty() {
            return outcome.ok();
        }
        // The user's watches are used up: make do with what there is.
        self.limits.directories = (self.directories.len() / 2).max(16);
        tracing::warn!("inotify watches are used up, keeping {} directories", self.limits.directories);
        self.evict(-1);
        inotify::add_watch(self.inotify.as_ref()?, &*name, WATCHED).ok()
    }

    /// Maps `path` to a watched directory if that still is true: nothing moved since `generation`, and what is above is mapped too.
    pub(crate) fn map(&mut self, watch: i32, path: &[u8], generation: u64) {
        let above = path.iter().rposition(|b| *b == b'/').map_or(&b""[..], |cut| &path[..cut]);
        if generation != self.generation || !(path.is_empty() || self.paths.contains_key(above)) {
            return;
        }
        let Some(watched) = self.directories.get_mut(&watch) else { return };
        if watched.path.is_none() {
            watched.path = Some(path.into());
            self.paths.insert(path.into(), watch);
        }
    }

    /// What is known about the names of a watched directory.
    pub(crate) fn known(&mut self, watch: i32) -> Option<&mut Known> {
        self.tick += 1;
        let watched = self.directories.get_mut(&watch)?;
        watched.used = self.tick;
        Some(&mut watched.known)
    }

    /// A directory was read: its names, and what happened meanwhile, are what is known.
    pub(crate) fn complete(&mut self, watch: i32, mut index: Index) {
        let Some(Known::Building(log)) = self.known(watch).map(std::mem::take) else { return };
        for (came, name) in log {
            if came {
                index.insert(&name, &self.keys);
            } else {
                index.remove(&name, &self.keys);
            }
        }
        self.names += index.count();
        if let Some(known) = self.known(watch) {
            *known = Known::Complete(index);
        }
        if self.names > self.limits.names {
            self.evict(watch);
        }
    }

    /// Forgets what was used longest ago, a quarter more than must be, and what is mapped beneath it; `keep` stays.
    fn evict(&mut self, keep: i32) {
        let mut order: Vec<(u64, i32)> = self.directories.iter().map(|(w, d)| (d.used, *w)).collect();
        order.sort_unstable();
        let Some(inotify) = self.inotify.take() else { return };
        let (directories, names) = (self.limits.directories / 4 * 3, self.limits.names / 4 * 3);
        for (_, watch) in order {
            if self.directories.len() <= directories && self.names <= names {
                break;
            }
            let keeps = |d: &Watched| matches!(d.known, Known::Building(_)) || d.path.as_deref() == Some(b"");
            if watch != keep && !self.directories.get(&watch).is_none_or(keeps) {
                self.forget(&inotify, watch);
            }
        }
        self.unmap_orphans();
        self.inotify = Some(inotify);
    }

    /// Without a watch on every directory above, a path could change unseen.
    fn unmap_orphans(&mut self) {
        let mut paths: Vec<Box<[u8]>> = self.paths.keys().cloned().collect();
        paths.sort_unstable_by_key(|p| p.len());
        for path in paths {
            let above = path.iter().rposition(|b| *b == b'/').map_or(&b""[..], |cut| &path[..cut]);
            if path.is_empty() || self.paths.contains_key(above) {
                continue;
            }
            if let Some(watched) = self.paths.remove(&path).and_then(|w| self.directories.get_mut(&w)) {
                watched.path = None;
            }
        }
    }
}

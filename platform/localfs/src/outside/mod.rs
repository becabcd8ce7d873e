//! Changes that others make to the files of this volume, told by inotify to whoever asked.
//!
//! One thread and one inotify descriptor for each volume that anybody watches.

mod own;
mod round;
mod watched;

use crate::beneath;
use crate::depot;
use crate::path::{EncodedPath, joined};
use crate::scan;
use crate::status::status;
use lanward_nt::NtPath;
use lanward_vfs::{FileNumber, Listener, NtStatus, Result, Subscription};
pub(crate) use own::Own;
use own::OwnChanges;
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::{AsRawFd as _, OwnedFd};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::fs::{FileType, OFlags};
use rustix::io::Errno;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use watched::Watched;

/// What is told of a directory.
const EVENTS: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::MODIFY)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::ONLYDIR);
/// Directories watched at once; of larger trees only a part is.
const MOST_DIRECTORIES: usize = 16 * 1024;
/// Directories watched before a subscription is answered; the thread does the rest.
const AT_ONCE: usize = 256;

/// What a volume has to do with it.
#[derive(Debug)]
pub(crate) struct Outside {
    root: Arc<OwnedFd>,
    /// Whether inotify tells of all changes here.
    events: bool,
    running: Mutex<Option<Arc<Core>>>,
    /// Whether events can come: all that an operation looks at while none can.
    active: Arc<AtomicBool>,
}

/// What the thread and those who are told share.
#[derive(Debug)]
pub(crate) struct Core {
    root: Arc<OwnedFd>,
    inotify: OwnedFd,
    wake: OwnedFd,
    stop: AtomicBool,
    active: Arc<AtomicBool>,
    own: Mutex<OwnChanges>,
    watched: Mutex<Watched>,
}

/// A change of our own is under way; it may have returned when this is dropped.
#[derive(Debug)]
pub(crate) struct Changing {
    core: Arc<Core>,
    own: Vec<Own>,
}

impl Outside {
    pub(crate) fn new(root: Arc<OwnedFd>, events: bool) -> Self {
        Self { root, events, running: Mutex::default(), active: Arc::default() }
    }

    /// Says that names or files are about to be changed through this volume. One load while nobody watches.
    pub(crate) fn changing<const N: usize>(&self, own: impl FnOnce() -> [Own; N]) -> Option<Changing> {
        if !self.active.load(Ordering::Relaxed) {
            return None;
        }
        let core = self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let own = Vec::from(own());
        let first = {
            let mut changes = core.own();
            own.iter().cloned().fold(false, |first, own| changes.begin(own) | first)
        };
        if first {
            core.wake();
        }
        Some(Changing { core, own })
    }

    /// The same of one file's data or attributes.
    pub(crate) fn changing_file(&self, number: FileNumber) -> Option<Changing> {
        self.changing(|| [Own::File(number)])
    }

    pub(crate) fn subscribe(
        &self,
        directory: &NtPath,
        tree: bool,
        listener: Listener,
    ) -> Result<Subscription> {
        if !self.events {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        let path = EncodedPath::new(directory)?.bytes;
        let core = self.core()?;
        let flags = OFlags::PATH | OFlags::DIRECTORY;
        let fd = beneath::open(&*self.root, &path, flags).map_err(status)?;
        let id = {
            let mut watched = core.watched();
            // From here on changes of our own are noted, before the first event can come, until the thread has removed the last watch.
            self.active.store(true, Ordering::Relaxed);
            watched.enter(&path, tree, listener)
        };
        let subscription = {
            let (core, path) = (Arc::clone(&core), path.clone());
            Subscription::new(move || {
                core.watched().leave(&path, id);
                core.wake();
            })
        };
        core.watch(&path, &fd).map_err(|_| NtStatus::INSUFFICIENT_RESOURCES)?;
        if tree {
            core.watch_beneath(path.into(), AT_ONCE);
        }
        Ok(subscription)
    }

    /// The running thread, started when there is none.
    fn core(&self) -> Result<Arc<Core>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(core) = &*running {
            return Ok(Arc::clone(core));
        }
        let failed = |e: Errno| {
            tracing::warn!("no inotify ({e}): changes made by others are not seen");
            NtStatus::NOT_SUPPORTED
        };
        let core = Arc::new(Core {
            root: Arc::clone(&self.root),
            inotify: inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC).map_err(failed)?,
            wake: eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC).map_err(failed)?,
            stop: AtomicBool::new(false),
            active: Arc::clone(&self.active),
            own: Mutex::default(),
            watched: Mutex::default(),
        });
        let of_thread = Arc::clone(&core);
        std::thread::Builder::new()
            .name("changes".to_owned())
            .spawn(move || round::run(&of_thread))
            .map_err(|_| NtStatus::INSUFFICIENT_RESOURCES)?;
        *running = Some(Arc::clone(&core));
        Ok(core)
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        if let Some(core) = self.running.get_mut().unwrap_or_else(PoisonError::into_inner).take() {
            core.stop.store(true, Ordering::Relaxed);
            core.wake();
        }
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        let mut changes = self.core.own();
        self.own.iter().for_each(|own| changes.end(own));
    }
}

impl Core {
    fn own(&self) -> MutexGuard<'_, OwnChanges> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        // It fails only when the thread has been woken four thousand million times and not looked.
        let _ = rustix::io::write(&self.wake, &1u64.to_ne_bytes());
    }

    /// Watches an open directory.
    fn watch(&self, path: &[u8], fd: &OwnedFd) -> rustix::io::Result<()> {
        let name = format!("/proc/self/fd/{}", fd.as_raw_fd());
        let mut watched = self.watched();
        if !watched.contains(path) && watched.count() >= MOST_DIRECTORIES {
            return Err(Errno::NOSPC);
        }
        let watch = inotify::add_watch(&self.inotify, &*name, EVENTS)?;
        watched.add(path, watch);
        Ok(())
    }

    /// Watches what is beneath a directory, up to `limit` directories; what is left goes to the thread.
    fn watch_beneath(&self, path: Box<[u8]>, limit: usize) {
        let (mut todo, mut done) = (vec![path], 0);
        while let Some(path) = todo.pop() {
            if done >= limit {
                todo.push(path);
                break;
            }
            for (name, directory) in self.children(&path) {
                let child = joined(&path, &name);
                if !directory || depot::holds(&child) {
                    continue;
                }
                done += 1;
                if self.watch_directory(&child) == Err(Errno::NOSPC) {
                    tracing::warn!("too many directories to watch: changes in some are not seen");
                    return;
                }
                todo.push(child.into_boxed_slice());
            }
        }
        if !todo.is_empty() {
            self.watched().unfinished.extend(todo);
            self.wake();
        }
    }

    /// Watches the directory at `path` if it still is one and no link.
    fn watch_directory(&self, path: &[u8]) -> rustix::io::Result<()> {
        let fd = beneath::open(&*self.root, path, OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW)?;
        self.watch(path, &fd)
    }

    /// The names in a directory, and whether each is a directory itself.
    fn children(&self, path: &[u8]) -> Vec<(Vec<u8>, bool)> {
        let mut children = Vec::new();
        let Ok(fd) = beneath::open(&*self.root, path, OFlags::PATH | OFlags::DIRECTORY) else {
            return children;
        };
        // One that went meanwhile has no names.
        let _ = scan::entries(&fd, |name, kind| {
            let directory = match kind {
                FileType::Unknown => {
                    beneath::open_straight(&fd, name, OFlags::PATH | OFlags::DIRECTORY).is_ok()
                }
                kind => kind == FileType::Directory,
            };
            children.push((name.to_vec(), directory));
            ControlFlow::Continue(())
        });
        children
    }
}

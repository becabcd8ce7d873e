//! The thread that reads events and tells them.

use super::{Core, Own};
use crate::beneath;
use crate::depot;
use crate::events::{self, Event};
use crate::metadata::{number, stat};
use crate::path::{joined, shown};
use lanward_vfs::{ChangeKind, FileNumber, Listener, VolumeChange};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::fs::inotify::{self, ReadFlags};
use rustix::io::Errno;
use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

const BUFFER: usize = 64 * 1024;
/// Events are read in heaps: who writes a file piece by piece causes one for each.
const HEAP: Duration = Duration::from_millis(5);
/// How long changes of our own are kept that cause no event.
const KEPT: Timespec = Timespec { tv_sec: 0, tv_nsec: 20_000_000 };
/// How long the second half of a rename may take.
const PAIR: Timespec = Timespec { tv_sec: 0, tv_nsec: 10_000_000 };
/// Directories watched in one go for trees that were too large at first.
const IN_ONE_GO: usize = 1024;

/// Reads after which a change that was told is told again, as somebody may never let the queue become empty.
const READS: usize = 16;
/// Names taken away that may still turn up elsewhere; the oldest is given up for one more.
const MOST_MOVED: usize = 256;

/// A name that was taken away and may turn up elsewhere.
struct Moved {
    cookie: u32,
    path: Vec<u8>,
    directory: bool,
    own: bool,
}

/// What has been seen while the queue is being emptied.
#[derive(Default)]
struct Round {
    moved: Vec<Moved>,
    /// Names that were found in directories that are new; their events are told already.
    found: HashSet<Vec<u8>>,
    /// Changes of files that are told already.
    told: HashSet<(Vec<u8>, bool)>,
}

/// Reads and tells until the volume is gone.
pub(super) fn run(core: &Core) {
    let mut buffer = vec![0; BUFFER];
    loop {
        let patience = if core.own().is_empty() { None } else { Some(KEPT) };
        let mut fds = [PollFd::new(&core.inotify, PollFlags::IN), PollFd::new(&core.wake, PollFlags::IN)];
        let ready = poll(&mut fds, patience.as_ref());
        if core.stop.load(Ordering::Relaxed) || !matches!(ready, Ok(_) | Err(Errno::INTR)) {
            return;
        }
        if !fds[0].revents().is_empty() {
            std::thread::sleep(HEAP);
        }
        // Emptied, so that it can wake again.
        let _ = rustix::io::read(&core.wake, &mut [0; 8]);
        core.empty_queue(&mut buffer);
        core.tidy();
    }
}

impl Core {
    fn empty_queue(&self, buffer: &mut [u8]) {
        self.own().begin_round();
        let mut round = Round::default();
        self.read_events(buffer, &mut round);
        if !round.moved.is_empty() {
            let mut fds = [PollFd::new(&self.inotify, PollFlags::IN)];
            let _ = poll(&mut fds, Some(&PAIR));
            self.read_events(buffer, &mut round);
        }
        for moved in std::mem::take(&mut round.moved) {
            self.went(&moved);
        }
        self.own().end_round();
    }

    fn read_events(&self, buffer: &mut [u8], round: &mut Round) {
        for reads in 1usize.. {
            if reads.is_multiple_of(READS) {
                round.told.clear();
            }
            match rustix::io::read(&self.inotify, &mut *buffer) {
                Ok(0) => return,
                Ok(count) => events::events(&buffer[..count]).for_each(|event| self.apply(&event, round)),
                Err(Errno::INTR) => {}
                Err(_) => return,
            }
        }
    }

    fn tidy(&self) {
        let unused = {
            let mut watched = self.watched();
            if watched.untidy { watched.tidy() } else { Vec::new() }
        };
        self.remove_watches(unused);
        {
            let watched = self.watched();
            if watched.is_idle() {
                self.active.store(false, Ordering::Relaxed);
            }
        }
        let unfinished = std::mem::take(&mut self.watched().unfinished);
        for path in unfinished {
            if self.watched().is_tree(&path) {
                self.watch_beneath(path, IN_ONE_GO);
            }
        }
    }

    fn remove_watches(&self, watches: Vec<i32>) {
        for watch in watches {
            // It fails for a directory that is gone.
            let _ = inotify::remove_watch(&self.inotify, watch);
        }
    }

    fn apply(&self, event: &Event<'_>, round: &mut Round) {
        if event.flags.contains(ReadFlags::QUEUE_OVERFLOW) {
            return self.lost();
        }
        if event.flags.contains(ReadFlags::IGNORED) {
            return self.watched().forget(event.watch);
        }
        // Of a directory itself its parent's watch tells.
        if event.name.is_empty() {
            return;
        }
        let directories = self.watched().paths(event.watch);
        for directory in directories {
            self.apply_at(joined(&directory, event.name), event, round);
        }
    }

    fn apply_at(&self, path: Vec<u8>, event: &Event<'_>, round: &mut Round) {
        let directory = event.flags.contains(ReadFlags::ISDIR);
        if depot::holds(&path) {
            return;
        }
        // A name that is seen again has not moved to where it is looked for.
        while let Some(i) = round.moved.iter().position(|m| m.path == path) {
            self.went(&round.moved.swap_remove(i));
        }
        if event.flags.contains(ReadFlags::MOVED_FROM) {
            let own = self.own().is_own(&Own::Goes(path.clone()));
            if round.moved.len() >= MOST_MOVED {
                self.went(&round.moved.remove(0));
            }
            round.moved.push(Moved { cookie: event.cookie, path, directory, own });
        } else if event.flags.contains(ReadFlags::MOVED_TO) {
            let from = round.moved.iter().position(|m| m.cookie == event.cookie);
            let from = from.map(|i| round.moved.swap_remove(i));
            self.came_by_move(&path, directory, from);
        } else if event.flags.contains(ReadFlags::CREATE) {
            self.came(&path, directory, round);
        } else if event.flags.contains(ReadFlags::DELETE) {
            let own = self.own().is_own(&Own::Goes(path.clone()));
            self.went(&Moved { cookie: 0, path, directory, own });
        } else if event.flags.intersects(ReadFlags::MODIFY | ReadFlags::ATTRIB) {
            self.changed(&path, directory, event.flags.contains(ReadFlags::MODIFY), round);
        }
    }

    /// A name went, for good as far as can be seen from here.
    fn went(&self, gone: &Moved) {
        if gone.directory {
            let unused = self.watched().forget_beneath(&gone.path);
            self.remove_watches(unused);
        }
        if !gone.own {
            self.tell(&gone.path, ChangeKind::Removed, gone.directory, None);
        }
    }

    fn came(&self, path: &[u8], directory: bool, round: &mut Round) {
        let is_own = self.own().came(&Own::Comes(path.to_vec()));
        if !round.found.remove(path) && !is_own {
            self.tell(path, ChangeKind::Added, directory, self.number(path));
        }
        if directory && self.watched().is_tree(path) {
            self.adopt(path, round);
        }
    }

    /// A directory is new: what came in it before it was watched is told too.
    fn adopt(&self, path: &[u8], round: &mut Round) {
        if self.watch_directory(path).is_err() {
            return;
        }
        for (name, directory) in self.children(path) {
            let child = joined(path, &name);
            if round.found.insert(child.clone()) && !self.own().is_own(&Own::Comes(child.clone())) {
                self.tell(&child, ChangeKind::Added, directory, self.number(&child));
            }
            if directory {
                self.adopt(&child, round);
            }
        }
    }

    fn came_by_move(&self, path: &[u8], directory: bool, from: Option<Moved>) {
        if directory {
            if let Some(from) = &from {
                let unused = self.watched().forget_beneath(&from.path);
                self.remove_watches(unused);
            }
            if self.watched().is_tree(path) && self.watch_directory(path).is_ok() {
                self.watch_beneath(path.into(), IN_ONE_GO);
            }
        }
        let own = self.own().came(&Own::Comes(path.to_vec()));
        let number = self.number(path);
        match from {
            Some(from) if !from.own && !own => return self.tell_rename(&from.path, path, directory, number),
            Some(from) if !from.own => self.tell(&from.path, ChangeKind::Removed, directory, None),
            _ => {}
        }
        if !own {
            self.tell(path, ChangeKind::Added, directory, number);
        }
    }

    fn changed(&self, path: &[u8], directory: bool, data: bool, round: &mut Round) {
        if !round.told.insert((path.to_vec(), data)) {
            return;
        }
        let Some(number) = self.number(path) else { return };
        {
            let own = self.own();
            // Where the volume has given the name away since, which file it was of cannot be seen any more.
            if own.is_own(&Own::File(number)) || own.awaits(&Own::Comes(path.to_vec())) {
                return;
            }
        }
        let kind = if data { ChangeKind::Data } else { ChangeKind::Attributes };
        self.tell(path, kind, directory, Some(number));
    }

    /// Events were lost.
    fn lost(&self) {
        let (everybody, trees) = {
            let watched = self.watched();
            (watched.everybody(), watched.trees())
        };
        for (path, listener) in everybody {
            let Ok(path) = shown(&path) else { continue };
            listener(&VolumeChange { kind: ChangeKind::Lost, path: &path, directory: true, number: None });
        }
        for path in trees {
            self.watch_beneath(path, IN_ONE_GO);
        }
    }

    /// Which file a name is of.
    fn number(&self, path: &[u8]) -> Option<FileNumber> {
        let fd = beneath::open(&*self.root, path, OFlags::PATH | OFlags::NOFOLLOW).ok()?;
        stat(&fd).ok().map(|stat| number(&stat))
    }

    fn listeners(&self, path: &[u8]) -> Vec<(u64, Listener)> {
        let above = path.iter().rposition(|b| *b == b'/').map_or(&b""[..], |cut| &path[..cut]);
        self.watched().listeners(above)
    }

    fn tell(&self, path: &[u8], kind: ChangeKind<'_>, directory: bool, number: Option<FileNumber>) {
        let Ok(name) = shown(path) else { return };
        for (_, listener) in self.listeners(path) {
            listener(&VolumeChange { kind, path: &name, directory, number });
        }
    }

    /// Who watches only one of two directories sees a name come or go.
    fn tell_rename(&self, from: &[u8], to: &[u8], directory: bool, number: Option<FileNumber>) {
        let (Ok(old), Ok(new)) = (shown(from), shown(to)) else { return };
        let (of_old, of_new) = (self.listeners(from), self.listeners(to));
        let among = |all: &[(u64, Listener)], id: u64| all.iter().any(|(other, _)| *other == id);
        for (id, listener) in &of_old {
            let kind =
                if among(&of_new, *id) { ChangeKind::Renamed { to: &new } } else { ChangeKind::Removed };
            listener(&VolumeChange { kind, path: &old, directory, number });
        }
        for (_, listener) in of_new.iter().filter(|(id, _)| !among(&of_old, *id)) {
            listener(&VolumeChange { kind: ChangeKind::Added, path: &new, directory, number });
        }
    }
}

//! Streams whose file went while nobody of ours was looking: found by a walk through the share when it is opened, and taken away when a
//! second walk at least a day later has not found the file either.
//!
//! One walk proves nothing: what moves meanwhile may be missed, and what was moved out of the share may come back.

use crate::beneath;
use crate::depot::{Depot, Id};
use crate::metadata::stat;
use crate::path::joined;
use crate::scan;
use crate::volume::Shared;
use rustix::fd::OwnedFd;
use rustix::fs::{AtFlags, OFlags, StatxFlags, statx, unlinkat};
use rustix::io::{Errno, Result};
use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The file in a folder of the depot whose time says since when its object is missed. No stream has such a name.
const MISSING: &[u8] = b".missing";
/// How long it must have been missed.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);
/// Between two directories: there is no hurry.
const PACE: Duration = Duration::from_millis(1);

/// Looks for orphans on a thread of its own, until it is done or the volume is gone.
pub(crate) fn look(shared: &Arc<Shared>) {
    if !shared.depot.is_in_use() || shared.read_only {
        return;
    }
    let shared = Arc::downgrade(shared);
    let thread = std::thread::Builder::new().name("orphans".to_owned());
    // Without a thread they are found another time.
    let _ = thread.spawn(move || sweep(&shared, SystemTime::now(), PACE));
}

/// Answers how many folders were taken away.
fn sweep(shared: &Weak<Shared>, now: SystemTime, pace: Duration) -> Option<usize> {
    let mut missed = shared.upgrade()?.depot.ids();
    let mut todo = vec![Vec::new()];
    while let Some(path) = todo.pop() {
        if missed.is_empty() {
            return Some(0);
        }
        let shared = shared.upgrade()?;
        // What cannot be looked into may have them: nothing is known then.
        look_into(&shared, &path, &mut missed, &mut todo).ok()?;
        drop(shared);
        std::thread::sleep(pace);
    }
    let shared = shared.upgrade()?;
    let _changing = shared.depot.lock();
    let gone = missed.into_iter().filter(|id| is_overdue(&shared.depot, *id, now));
    Some(gone.map(|id| shared.depot.discard_orphan(id)).count())
}

/// Takes what has an owner in this directory out of `missed`.
fn look_into(shared: &Shared, path: &[u8], missed: &mut HashSet<Id>, todo: &mut Vec<Vec<u8>>) -> Result<()> {
    let directory = match beneath::open_straight(&*shared.root, path, OFlags::PATH | OFlags::DIRECTORY) {
        // It went, or is no directory any more.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
        outcome => outcome?,
    };
    if let Some(id) = Depot::id_of_path(&directory) {
        found(shared, id, missed);
    }
    scan::names(&directory, |name| {
        let child = joined(path, name);
        if crate::depot::holds(&child) {
            return ControlFlow::Continue(());
        }
        match statx(&directory, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE | StatxFlags::NLINK) {
            Ok(state) if crate::metadata::kind(&state) == lanward_vfs::FileKind::Directory => {
                todo.push(child);
            }
            Ok(_) => {
                if let Some(id) = Depot::id_at(&directory, name) {
                    found(shared, id, missed);
                }
            }
            Err(_) => {}
        }
        ControlFlow::Continue(())
    })
}

fn found(shared: &Shared, id: Id, missed: &mut HashSet<Id>) {
    if missed.remove(&id)
        && let Ok(Some(folder)) = shared.depot.folder_named(id)
    {
        let _ = unlinkat(&*folder, MISSING, AtFlags::empty());
    }
}

/// Whether a folder's object has been missed for long enough; notes since when it is.
fn is_overdue(depot: &Depot, id: Id, now: SystemTime) -> bool {
    let Ok(Some(folder)) = depot.folder_named(id) else { return false };
    match since(&folder) {
        Some(since) => now.duration_since(since).is_ok_and(|time| time > PATIENCE),
        None => {
            let _ = beneath::create(&*folder, MISSING, OFlags::WRONLY, beneath::FILE).map(crate::depot::mark);
            false
        }
    }
}

fn since(folder: &OwnedFd) -> Option<SystemTime> {
    let state = stat(beneath::open_straight(folder, MISSING, OFlags::PATH).ok()?).ok()?;
    let seconds = u64::try_from(state.stx_mtime.tv_sec).ok()?;
    Some(UNIX_EPOCH + Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LocalVolume, Options};
    use lanward_nt::{FileAttributes, NtPath};
    use lanward_vfs::{Capabilities, Data, Intent, OpenRequest, Volume as _, Wait};
    use std::fs;

    fn with_stream(volume: &LocalVolume, name: &str) {
        let request = OpenRequest {
            path: &NtPath::new(name.into()).unwrap(),
            intent: Intent::OpenOrCreate,
            data: Data::READ,
            make_directory: false,
            attributes: FileAttributes::empty(),
            security: None,
            mode: None,
            no_follow: false,
            posix: None,
            wait: Wait::Allowed,
        };
        let file = volume.open(&request).unwrap().file;
        file.open_stream(&"s".into(), Intent::Create, Data::WRITE).unwrap();
    }

    #[test]
    fn what_stays_away_for_a_day_is_gone() {
        let root = tempfile::TempDir::new().unwrap();
        let volume = LocalVolume::open(root.path(), Options::default()).unwrap();
        if !volume.capabilities().contains(Capabilities::NAMED_STREAMS) {
            return;
        }
        let at = |name: &str| root.path().join(name);
        fs::create_dir_all(at("d/e")).unwrap();
        for name in ["stays", "d\\e\\deep", "d\\goes", "away"] {
            with_stream(&volume, name);
        }
        let elsewhere = tempfile::TempDir::new_in(root.path().parent().unwrap()).unwrap();
        let shared = Arc::downgrade(&volume.shared);
        let count = || fs::read_dir(at(".lanward/streams")).unwrap().count();
        let (now, day) = (SystemTime::now(), Duration::from_secs(24 * 3600 + 60));
        let sweep = |now| sweep(&shared, now, Duration::ZERO);
        assert_eq!((sweep(now), count()), (Some(0), 4));
        fs::remove_file(at("d/goes")).unwrap();
        fs::rename(at("away"), elsewhere.path().join("away")).unwrap();
        assert_eq!((sweep(now), count()), (Some(0), 4), "they are missed for the first time");
        assert_eq!((sweep(now + day / 2), count()), (Some(0), 4));
        fs::rename(elsewhere.path().join("away"), at("back")).unwrap();
        assert_eq!((sweep(now + day), count()), (Some(1), 3));
        fs::rename(at("back"), elsewhere.path().join("away")).unwrap();
        assert_eq!((sweep(now + day), count()), (Some(0), 3), "it came back: that counts anew");
    }
}

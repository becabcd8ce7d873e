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
use lanward_vfs::FileKind;
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
    if let Some(id) = Depot::id_at(&directory, b".")? {
        found(shared, id, missed);
    }
    let mut unknown = Ok(());
    scan::names(&directory, |name| {
        let child = joined(path, name);
        if crate::depot::holds(&child) {
            return ControlFlow::Continue(());
        }
        unknown = look_at(&directory, name).map(|seen| match seen {
            Seen::Directory => todo.push(child),
            Seen::Owner(id) => found(shared, id, missed),
            Seen::Nothing => {}
        });
        if unknown.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    unknown
}

/// What a name was found to be.
enum Seen {
    Directory,
    /// It has streams.
    Owner(Id),
    Nothing,
}

fn look_at(directory: &OwnedFd, name: &[u8]) -> Result<Seen> {
    let state = statx(directory, name, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::TYPE);
    match state.map(|state| crate::metadata::kind(&state)) {
        Ok(FileKind::Directory) => Ok(Seen::Directory),
        Ok(FileKind::File) => Ok(Depot::id_at(directory, name)?.map_or(Seen::Nothing, Seen::Owner)),
        Ok(FileKind::Special | FileKind::Symlink) | Err(Errno::NOENT) => Ok(Seen::Nothing),
        Err(error) => Err(error),
    }
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
    fn what_cannot_be_asked_proves_nothing() {
        let root = tempfile::TempDir::new().unwrap();
        let volume = LocalVolume::open(root.path(), Options::default()).unwrap();
        if !volume.capabilities().contains(Capabilities::NAMED_STREAMS) {
            return;
        }
        with_stream(&volume, "f");
        let mode = |path: &std::path::Path, bits| {
            fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(bits)).unwrap();
        };
        mode(root.path(), 0o755);
        mode(&root.path().join("f"), 0o200);
        let mut missed = volume.shared.depot.ids();
        let nobody = lanward_sys::Credentials { user: 65534, group: 65534, groups: &[] };
        let look = || look_into(&volume.shared, b"", &mut missed, &mut Vec::new());
        let outcome = match rustix::process::geteuid().is_root() {
            true => lanward_sys::act_as(nobody, look).unwrap(),
            false => {
                let mut look = look;
                look()
            }
        };
        assert_eq!((outcome, missed.len()), (Err(Errno::ACCESS), 1), "whose they are could not be read");
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

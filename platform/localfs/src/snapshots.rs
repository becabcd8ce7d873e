//! Folders that hold a share as it was: found by a pattern, told apart by their time.

use crate::beneath;
use crate::scan;
use crate::volume::{LocalVolume, Options};
use lanward_nt::{CivilTime, FileTime, GmtToken};
use rustix::fd::{AsFd, OwnedFd};
use rustix::fs::{Mode, OFlags, open};
use std::ffi::OsStr;
use std::io;
use std::ops::ControlFlow;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// Most snapshots that are looked at.
const MOST: usize = 4096;
/// Longest description of a snapshot that is read.
const LONGEST_INFO: usize = 64 << 10;
const DIRECTORY: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY);

/// Why a pattern is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternError {
    /// No component has a `*`, or several have.
    NotOneWildcard,
    /// It goes up with `..`, or has other components that are no names.
    NotAPath,
}

/// Where the snapshots of a directory are, by a pattern such as `.snapshots/*`, `.snapshots/*/snapshot` or `/tank/.zfs/snapshot/auto-*/home`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshots {
    /// The directory itself.
    root: PathBuf,
    /// The folder whose names are snapshots, from the root or from `/`.
    folder: PathBuf,
    /// What stands before and behind the `*`.
    before: Vec<u8>,
    after: Vec<u8>,
    /// The path within a snapshot.
    within: PathBuf,
    real_modes: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// When it was made, to the second.
    pub time: FileTime,
    name: Vec<u8>,
}

impl Snapshots {
    /// The snapshots of the directory at `root`; `pattern` is relative to it, or absolute. One component has a `*`.
    ///
    /// # Errors
    /// It is no such pattern.
    pub fn new(root: &Path, pattern: &Path) -> Result<Self, PatternError> {
        let good =
            |c: &Component<'_>| matches!(c, Component::Normal(_) | Component::RootDir | Component::CurDir);
        if !pattern.components().all(|c| good(&c)) {
            return Err(PatternError::NotAPath);
        }
        let stars = |c: &Component<'_>| c.as_os_str().as_bytes().iter().filter(|b| **b == b'*').count();
        if pattern.components().map(|c| stars(&c)).sum::<usize>() != 1 {
            return Err(PatternError::NotOneWildcard);
        }
        let (mut folder, mut within, mut wildcard) = (PathBuf::new(), PathBuf::new(), None);
        for component in pattern.components() {
            match wildcard {
                None if stars(&component) == 1 => wildcard = Some(component.as_os_str().as_bytes()),
                None => folder.push(component),
                Some(_) => within.push(component),
            }
        }
        let (before, after) = wildcard
            .and_then(|w| w.iter().position(|b| *b == b'*').map(|at| (&w[..at], &w[at + 1..])))
            .ok_or(PatternError::NotOneWildcard)?;
        let (root, before, after) = (root.to_owned(), before.to_vec(), after.to_vec());
        Ok(Self { root, folder, before, after, within, real_modes: false })
    }

    /// With what [`Options::real_modes`] says.
    #[must_use]
    pub fn real_modes(self, real_modes: bool) -> Self {
        Self { real_modes, ..self }
    }

    /// The snapshots there are now, the latest first; of several of one second the first by name.
    ///
    /// # Errors
    /// Their folder cannot be read. That there is none is no error.
    pub fn list(&self) -> io::Result<Vec<Snapshot>> {
        let folder = match self.open_folder() {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            outcome => outcome?,
        };
        let mut names: Vec<Vec<u8>> = Vec::new();
        scan::names(&folder, |name| {
            if self.is_meant(name) {
                names.push(name.to_vec());
            }
            if names.len() < MOST { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        names.sort_unstable();
        let mut found: Vec<Snapshot> = Vec::new();
        for name in names {
            let Ok(time) = self.time_of(&folder, &name) else { continue };
            if !found.iter().any(|s| s.time == time) {
                found.push(Snapshot { time, name });
            }
        }
        found.sort_by_key(|s| std::cmp::Reverse(s.time));
        Ok(found)
    }

    /// Serves a snapshot; nothing can be changed in it.
    ///
    /// # Errors
    /// It is gone.
    pub fn open(&self, snapshot: &Snapshot, label: &str) -> io::Result<Arc<LocalVolume>> {
        let folder = self.open_folder()?;
        let root = self.open_root(&folder, &snapshot.name)?;
        let options = Options {
            label: label.to_owned(),
            read_only: true,
            real_modes: self.real_modes,
            ..Options::default()
        };
        LocalVolume::at(root, true, options)
    }

    /// Whoever may write in the share may make links in it: none is followed on the way to a snapshot.
    fn open_folder(&self) -> io::Result<OwnedFd> {
        if self.folder.is_absolute() {
            return Ok(open(&self.folder, DIRECTORY | OFlags::CLOEXEC, Mode::empty())?);
        }
        let root = open(&self.root, DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        Ok(beneath::open_straight(root, self.folder.as_os_str().as_bytes(), DIRECTORY)?)
    }

    fn open_root(&self, folder: impl AsFd, name: &[u8]) -> io::Result<OwnedFd> {
        let path = Path::new(OsStr::from_bytes(name)).join(&self.within);
        Ok(beneath::open_straight(folder, path.as_os_str().as_bytes(), DIRECTORY)?)
    }

    fn is_meant(&self, name: &[u8]) -> bool {
        name.len() > self.before.len() + self.after.len()
            && name.starts_with(&self.before)
            && name.ends_with(&self.after)
    }

    /// What a description beside it says, else its name, else when the folder was made.
    fn time_of(&self, folder: &OwnedFd, name: &[u8]) -> io::Result<FileTime> {
        let root = self.open_root(folder, name)?;
        if let Some(time) = described(folder, name).or_else(|| named(name)) {
            return Ok(time);
        }
        let made =
            crate::metadata::metadata(&crate::metadata::stat(&root)?, crate::metadata::Stored::Nowhere);
        Ok(GmtToken::new(made.creation_time).time())
    }
}

/// The date in snapper's `info.xml`, which is in UTC.
fn described(folder: &OwnedFd, name: &[u8]) -> Option<FileTime> {
    let path = [name, b"/info.xml"].concat();
    let file = beneath::open_straight(folder, &path, OFlags::RDONLY).ok()?;
    let mut text = vec![0; LONGEST_INFO];
    let length = rustix::io::read(&file, &mut *text).ok()?;
    let text = String::from_utf8_lossy(&text[..length]).into_owned();
    let (date, _) = text.split_once("<date>")?.1.split_once("</date>")?;
    named(date.as_bytes())
}

/// The time in a name: a year, a month and a day, perhaps an hour, a minute and a second, with or without signs between them, in UTC.
fn named(name: &[u8]) -> Option<FileTime> {
    (0..name.len()).find_map(|at| {
        let starts_number = at == 0 || !name[at - 1].is_ascii_digit();
        starts_number.then(|| time_at(&name[at..])).flatten()
    })
}

fn time_at(text: &[u8]) -> Option<FileTime> {
    let mut rest = text;
    let year = digits(&mut rest, 4).filter(|year| (1970..2200).contains(year))?;
    let (month, day) = (digits(&mut rest, 2)?, digits(&mut rest, 2)?);
    let hour = digits(&mut rest, 2);
    let minute = hour.and_then(|_| digits(&mut rest, 2));
    let second = minute.and_then(|_| digits(&mut rest, 2));
    let (hour, minute) = if minute.is_some() { (hour, minute) } else { (None, None) };
    let part = |n: Option<u16>| n.unwrap_or(0);
    CivilTime { year, month, day, hour: part(hour), minute: part(minute), second: part(second) }.file_time()
}

/// The next `count` digits, behind at most one sign.
fn digits(rest: &mut &[u8], count: usize) -> Option<u16> {
    let sign = matches!(rest.first(), Some(b'-' | b'_' | b'.' | b':' | b' ' | b'T' | b't'));
    let from = rest.get(usize::from(sign && count == 2)..)?;
    let number = from.get(..count).filter(|d| d.iter().all(u8::is_ascii_digit))?;
    *rest = &from[count..];
    std::str::from_utf8(number).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_names() {
        let at = |name: &str| named(name.as_bytes()).map(|t| GmtToken::new(t).to_string());
        for (name, time) in [
            ("@GMT-2024.05.06-07.08.09", "@GMT-2024.05.06-07.08.09"),
            ("auto-2024-05-06_07-08-09", "@GMT-2024.05.06-07.08.09"),
            ("20240506T070809Z", "@GMT-2024.05.06-07.08.09"),
            ("zfs-auto-snap_hourly-2024-05-06-0708", "@GMT-2024.05.06-07.08.00"),
            ("2024-05-06", "@GMT-2024.05.06-00.00.00"),
            ("2024-05-06 07:08:09", "@GMT-2024.05.06-07.08.09"),
            ("daily_2024.05.06_07", "@GMT-2024.05.06-00.00.00"),
        ] {
            assert_eq!(at(name).as_deref(), Some(time), "{name}");
        }
        for name in ["12", "before-update", "2024-13-06", "120240506", "2024", ""] {
            assert_eq!(at(name), None, "{name}");
        }
    }

    #[test]
    fn patterns() {
        let new = |pattern: &str| Snapshots::new(Path::new("/srv"), Path::new(pattern));
        let snapper = new(".snapshots/*/snapshot").unwrap();
        assert_eq!((snapper.folder, snapper.within), (".snapshots".into(), "snapshot".into()));
        let zfs = new("/tank/.zfs/snapshot/auto-*").unwrap();
        assert!(zfs.is_meant(b"auto-1") && !zfs.is_meant(b"auto-") && !zfs.is_meant(b"1"));
        assert_eq!(zfs.folder, Path::new("/tank/.zfs/snapshot"));
        for bad in ["", ".snapshots", "*/*", "a**", "/"] {
            assert_eq!(new(bad), Err(PatternError::NotOneWildcard), "{bad}");
        }
        assert_eq!(new("../*"), Err(PatternError::NotAPath));
    }

    #[test]
    fn found_by_their_time_and_never_through_a_link() {
        let root = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        std::fs::create_dir(outside.path().join("snapshot")).unwrap();
        let at = |name: &str| root.path().join(".snapshots").join(name);
        std::fs::create_dir_all(at("7/snapshot")).unwrap();
        std::fs::write(at("7/info.xml"), "<snapshot><date>2023-01-02 03:04:05</date></snapshot>").unwrap();
        std::fs::create_dir_all(at("2024-01-01/snapshot")).unwrap();
        std::fs::create_dir_all(at("2024-01-01 00:00:00/snapshot")).unwrap();
        std::fs::create_dir_all(at("2025-01-01")).unwrap();
        std::os::unix::fs::symlink(outside.path(), at("2022-01-01")).unwrap();
        let snapshots = Snapshots::new(root.path(), Path::new(".snapshots/*/snapshot")).unwrap();
        let list = snapshots.list().unwrap();
        let times: Vec<_> = list.iter().map(|s| GmtToken::new(s.time).to_string()).collect();
        assert_eq!(times, ["@GMT-2024.01.01-00.00.00", "@GMT-2023.01.02-03.04.05"]);
        assert!(snapshots.open(&list[1], "x").is_ok());
        let gone = Snapshot { time: FileTime(0), name: b"2022-01-01".to_vec() };
        assert!(snapshots.open(&gone, "x").is_err());
        let nowhere = Snapshots::new(root.path(), Path::new("nowhere/*")).unwrap();
        assert_eq!(nowhere.list().unwrap(), []);
    }
}

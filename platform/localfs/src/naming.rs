//! Giving names and taking them away, always in a directory that is held open and with a single name.

use crate::directories::Directory;
use crate::metadata::{kind, number, stat, stat_at};
use crate::outside::Own;
use crate::path::{Component, EncodedPath, joined, shown};
use crate::status::status;
use crate::volume::{Shared, open_path};
use lanward_nt::NtPath;
use lanward_vfs::{FileKind, FileNumber, NtStatus, Result, Wait};
use rustix::fs::{AtFlags, OFlags, RenameFlags, Statx, linkat, renameat, renameat_with, unlinkat};
use rustix::io::Errno;
use std::sync::atomic::{AtomicU64, Ordering};

/// A name that is there.
pub(crate) struct Found {
    pub(crate) directory: Directory,
    pub(crate) name: Vec<u8>,
    pub(crate) stat: Statx,
}

/// A name that is to be.
struct Target<'a> {
    directory: Directory,
    name: Component<'a>,
    /// What is there, in its own case.
    existing: Option<(Vec<u8>, Statx)>,
}

impl Shared {
    /// The name a path ends in, if it still leads to `expected` (itself or, being a link, by where it leads).
    fn find(&self, path: &EncodedPath<'_>, expected: FileNumber) -> Result<Found> {
        let (above, name) = path.split().ok_or(NtStatus::ACCESS_DENIED)?;
        let directory = self.directories.find_directory(&above, Wait::Allowed)?;
        let (name, stat) = self.find_in(&directory, name)?.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        if number(&stat) != expected && self.follow(&directory, &name, &stat) != Some(expected) {
            return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
        }
        Ok(Found { directory, name, stat })
    }

    fn find_in(&self, directory: &Directory, name: Component<'_>) -> Result<Option<(Vec<u8>, Statx)>> {
        match stat_at(&*directory.fd, name.bytes) {
            Ok(stat) => return Ok(Some((name.bytes.to_vec(), stat))),
            Err(Errno::NOENT) => {}
            Err(e) => return Err(status(e)),
        }
        let Some(own) = self.directories.find_name(directory, name, Wait::Allowed)? else { return Ok(None) };
        match stat_at(&*directory.fd, &own) {
            Ok(stat) => Ok(Some((own, stat))),
            Err(Errno::NOENT) => Ok(None),
            Err(e) => Err(status(e)),
        }
    }

    fn follow(&self, directory: &Directory, name: &[u8], link: &Statx) -> Option<FileNumber> {
        if kind(link) != FileKind::Symlink {
            return None;
        }
        let fd = open_path(self, &joined(&directory.path, name), OFlags::empty()).ok()?;
        stat(&fd).ok().map(|s| number(&s))
    }

    fn target<'a>(&self, path: &'a EncodedPath<'_>) -> Result<Target<'a>> {
        let (above, name) = path.split().ok_or(NtStatus::ACCESS_DENIED)?;
        let directory = self.directories.find_directory(&above, Wait::Allowed)?;
        let existing = self.find_in(&directory, name)?;
        Ok(Target { directory, name, existing })
    }

    pub(crate) fn rename(
        &self,
        from: &EncodedPath<'_>,
        expected: FileNumber,
        to: &EncodedPath<'_>,
        replace: bool,
    ) -> Result<NtPath> {
        let source = self.find(from, expected)?;
        let (_, last) = to.split().ok_or(NtStatus::ACCESS_DENIED)?;
        let _making = self.lock_name(last.units);
        let target = self.target(to)?;
        let (old, new) = (&*source.directory.fd, &*target.directory.fd);
        let _own = self.outside.changing(|| target.takes(Own::Goes(source.path())));
        match &target.existing {
            None => rename_new(&source, &target)?,
            // A change of case alone; to the name it has, nothing.
            Some((own, stat))
                if number(stat) == number(&source.stat) && source.is(&target.directory, own) =>
            {
                if own != target.name.bytes {
                    renameat(old, &source.name, new, target.name.bytes).map_err(failed)?;
                }
            }
            // [MS-FSA] 2.1.5.15.12 TargetExistsSameFile: another name of the file takes the new case, this one goes.
            Some((own, stat)) if number(stat) == number(&source.stat) => {
                unlinkat(old, &source.name, AtFlags::empty()).map_err(failed)?;
                recase(&target, own)?;
            }
            Some(_) if !replace => return Err(NtStatus::OBJECT_NAME_COLLISION),
            Some((_, stat))
                if kind(stat) == FileKind::Directory || kind(&source.stat) == FileKind::Directory =>
            {
                return Err(NtStatus::ACCESS_DENIED);
            }
            Some((own, stat)) => {
                let streams = self.depot.doomed(new, own, stat);
                renameat(old, &source.name, new, own).map_err(failed)?;
                streams.into_iter().for_each(|id| self.depot.discard(id));
                recase(&target, own)?;
            }
        }
        shown(&joined(&target.directory.path, target.name.bytes))
    }

    pub(crate) fn link(
        &self,
        from: &EncodedPath<'_>,
        expected: FileNumber,
        to: &EncodedPath<'_>,
        replace: bool,
    ) -> Result<()> {
        let source = self.find(from, expected)?;
        if kind(&source.stat) == FileKind::Directory {
            return Err(NtStatus::FILE_IS_A_DIRECTORY);
        }
        let (_, last) = to.split().ok_or(NtStatus::ACCESS_DENIED)?;
        let _making = self.lock_name(last.units);
        let target = self.target(to)?;
        let _own = self.outside.changing(|| target.takes(Own::Comes(target.path())));
        let Some((own, stat)) = &target.existing else {
            return link_as(&source, &target.directory, target.name.bytes);
        };
        if !replace {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        if number(stat) == number(&source.stat) {
            return Ok(());
        }
        if kind(stat) == FileKind::Directory {
            return Err(NtStatus::ACCESS_DENIED);
        }
        // Linked beside it first, so that there always is a file of this name.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let beside =
            format!(".lanward-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)).into_bytes();
        let path = joined(&target.directory.path, &beside);
        let _beside = self.outside.changing(|| [Own::Comes(path.clone()), Own::Goes(path.clone())]);
        link_as(&source, &target.directory, &beside)?;
        let fd = &*target.directory.fd;
        let streams = self.depot.doomed(fd, own, stat);
        renameat(fd, &beside, fd, own).map_err(|e| {
            let _ = unlinkat(fd, &beside, AtFlags::empty());
            failed(e)
        })?;
        streams.into_iter().for_each(|id| self.depot.discard(id));
        recase(&target, own)
    }

    pub(crate) fn remove(&self, path: &EncodedPath<'_>, expected: FileNumber) -> Result<()> {
        let found = self.find(path, expected)?;
        let directory = kind(&found.stat) == FileKind::Directory;
        let flags = if directory { AtFlags::REMOVEDIR } else { AtFlags::empty() };
        let _own = self.outside.changing(|| [Own::Goes(found.path())]);
        let streams = self.depot.doomed(&*found.directory.fd, &found.name, &found.stat);
        unlinkat(&*found.directory.fd, &found.name, flags).map_err(|e| match e {
            Errno::EXIST => NtStatus::DIRECTORY_NOT_EMPTY,
            e => failed(e),
        })?;
        streams.into_iter().for_each(|id| self.depot.discard(id));
        Ok(())
    }
}

impl Target<'_> {
    fn path(&self) -> Vec<u8> {
        joined(&self.directory.path, self.name.bytes)
    }

    /// What there is to be seen when the name is given to something: also when it gets its case only afterwards.
    fn takes(&self, from: Own) -> [Own; 4] {
        let existing = self.existing.as_ref().map_or(self.name.bytes, |(own, _)| own);
        let existing = joined(&self.directory.path, existing);
        [from, Own::Comes(existing.clone()), Own::Goes(existing), Own::Comes(self.path())]
    }
}

impl Found {
    pub(crate) fn path(&self) -> Vec<u8> {
        joined(&self.directory.path, &self.name)
    }

    /// Whether this is the name `own` in `directory`.
    fn is(&self, directory: &Directory, own: &[u8]) -> bool {
        let same = |a: &Directory, b: &Directory| {
            a.path == b.path || stat(&*a.fd).ok().map(|s| number(&s)) == stat(&*b.fd).ok().map(|s| number(&s))
        };
        self.name == own && same(&self.directory, directory)
    }
}

/// Renames to a name nothing has, and never over one that has come meanwhile.
fn rename_new(source: &Found, target: &Target<'_>) -> Result<()> {
    let (old, new) = (&*source.directory.fd, &*target.directory.fd);
    match renameat_with(old, &source.name, new, target.name.bytes, RenameFlags::NOREPLACE) {
        // A file system that knows no flags; or a directory into itself, which fails again.
        Err(Errno::INVAL | Errno::NOSYS) => {
            renameat(old, &source.name, new, target.name.bytes).map_err(failed)
        }
        outcome => outcome.map_err(failed),
    }
}

/// Gives what is called `own` the case that was asked for.
fn recase(target: &Target<'_>, own: &[u8]) -> Result<()> {
    let fd = &*target.directory.fd;
    if own == target.name.bytes {
        return Ok(());
    }
    renameat(fd, own, fd, target.name.bytes).map_err(failed)
}

pub(crate) fn link_as(source: &Found, directory: &Directory, name: &[u8]) -> Result<()> {
    linkat(&*source.directory.fd, &source.name, &*directory.fd, name, AtFlags::empty()).map_err(|e| match e {
        Errno::OPNOTSUPP | Errno::NOSYS => NtStatus::NOT_SUPPORTED,
        e => failed(e),
    })
}

pub(crate) fn failed(errno: Errno) -> NtStatus {
    match errno {
        Errno::XDEV => NtStatus::NOT_SAME_DEVICE,
        e => status(e),
    }
}

//! What the system says about an object, as a client sees it.

use crate::dos::{self, Dos};
use lanward_nt::fscc::ReparseTag;
use lanward_nt::{FileAttributes, FileTime};
use lanward_vfs::{FileKind, FileNumber, Metadata, PosixState};
use rustix::fd::AsFd;
use rustix::fs::{AtFlags, FileType, Statx, StatxFlags, StatxTimestamp, makedev, statx};
use rustix::io::{Errno, Result};

/// What is asked of the system.
pub(crate) const MASK: StatxFlags = StatxFlags::BASIC_STATS.union(StatxFlags::BTIME);

/// An open object's own state.
pub(crate) fn stat(fd: impl AsFd) -> Result<Statx> {
    statx(fd, c"", AtFlags::EMPTY_PATH, MASK)
}

/// What a name in a directory names, a link itself.
pub(crate) fn stat_at(directory: impl AsFd, name: &[u8]) -> Result<Statx> {
    statx(directory, name, AtFlags::SYMLINK_NOFOLLOW, MASK)
}

/// Which file it is.
pub(crate) fn number(stat: &Statx) -> FileNumber {
    FileNumber { device: makedev(stat.stx_dev_major, stat.stx_dev_minor), inode: stat.stx_ino }
}

/// What it is.
pub(crate) fn kind(stat: &Statx) -> FileKind {
    match FileType::from_raw_mode(stat.stx_mode.into()) {
        FileType::Directory => FileKind::Directory,
        FileType::RegularFile => FileKind::File,
        FileType::Symlink => FileKind::Symlink,
        _ => FileKind::Special,
    }
}

/// What the extended attribute said, from the outcome of reading it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stored {
    /// There is none, or there is one.
    Some(Dos),
    /// The file system has no such thing.
    Nowhere,
}

impl Stored {
    /// Whether this is nothing a client is to find.
    pub(crate) fn is_private(self) -> bool {
        matches!(self, Self::Some(dos) if dos.private)
    }

    /// From a read of the attribute into `value`. What may not be read is taken for not there.
    pub(crate) fn from_read(outcome: Result<usize>, value: &[u8]) -> Self {
        match outcome {
            Ok(length) => Self::Some(Dos::decode(value.get(..length).unwrap_or_default())),
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => Self::Nowhere,
            Err(_) => Self::Some(Dos::default()),
        }
    }
}

/// Both together.
pub(crate) fn metadata(stat: &Statx, stored: Stored) -> Metadata {
    let kind = kind(stat);
    let directory = kind == FileKind::Directory;
    let (dos, nowhere) = match stored {
        Stored::Some(dos) => (dos, false),
        Stored::Nowhere => (Dos::default(), true),
    };
    let mut attributes = dos.attributes.unwrap_or(dos::default_attributes(directory));
    attributes.set(FileAttributes::DIRECTORY, directory);
    let reparse_tag = match kind {
        FileKind::Symlink => Some(ReparseTag::SYMLINK),
        FileKind::Special => Some(ReparseTag::NFS),
        FileKind::File | FileKind::Directory => dos.reparse_tag,
    };
    attributes.set(FileAttributes::REPARSE_POINT, reparse_tag.is_some());
    if nowhere && !directory && stat.stx_mode & OWNER_WRITE == 0 {
        attributes |= FileAttributes::READONLY;
    }
    if attributes.is_empty() {
        attributes = FileAttributes::NORMAL;
    }
    let data = kind == FileKind::File;
    let last_write_time = time(&stat.stx_mtime);
    let change = dos.change.filter(|c| c.written == last_write_time);
    Metadata {
        number: number(stat),
        kind,
        attributes,
        creation_time: dos.creation_time.unwrap_or_else(|| birth(stat)),
        last_access_time: time(&stat.stx_atime),
        last_write_time,
        change_time: change.map_or_else(|| time(&stat.stx_ctime), |c| c.time),
        end_of_file: if data { stat.stx_size } else { 0 },
        allocation_size: if data { stat.stx_blocks.saturating_mul(512) } else { 0 },
        reparse_tag,
        link_count: stat.stx_nlink,
        ea_size: 0,
        secured: dos.secured,
        posix: PosixState { mode: dos.shown_mode(stat.stx_mode), owner: stat.stx_uid, group: stat.stx_gid },
    }
}

/// The owner's right to write, which stands for READONLY where nothing else can.
pub(crate) const OWNER_WRITE: u16 = 0o200;

/// When it was made: the file system's word, or the earliest time there is.
fn birth(stat: &Statx) -> FileTime {
    if stat.stx_mask & StatxFlags::BTIME.bits() != 0 {
        return time(&stat.stx_btime);
    }
    time(&stat.stx_mtime).min(time(&stat.stx_ctime))
}

pub(crate) fn time(t: &StatxTimestamp) -> FileTime {
    FileTime::from_unix(t.tv_sec, t.tv_nsec)
}

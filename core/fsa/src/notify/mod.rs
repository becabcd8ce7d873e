//! Telling of changes in directories ([MS-FSA] 2.1.4.1, 2.1.5.11).
//!
//! Every operation that changes something says so to [`FileSystem::report`](crate::FileSystem) and its like, which cost one load while nobody
//! watches. What others change on the volume comes from [`lanward_vfs::Volume::watch`], for the directories that are watched.

mod event_buffer;
mod open;
mod outside;
mod report;
mod request;
mod watch;
mod watchers;

pub(crate) use event_buffer::{EventBuffer, entries};
pub(crate) use open::OpenNotify;
pub(crate) use report::Change;
pub(crate) use watchers::Watchers;

use bitflags::bitflags;

bitflags! {
    /// [MS-SMB2] 2.2.35 CompletionFilter: kinds of changes.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub struct NotifyFilter: u32 {
        /// A file's name came, went or changed.
        const FILE_NAME = 0x0001;
        /// A directory's name came, went or changed.
        const DIR_NAME = 0x0002;
        /// Attributes.
        const ATTRIBUTES = 0x0004;
        /// A file's length.
        const SIZE = 0x0008;
        /// The time of the last write.
        const LAST_WRITE = 0x0010;
        /// The time of the last access.
        const LAST_ACCESS = 0x0020;
        /// The time of creation.
        const CREATION = 0x0040;
        /// Extended attributes.
        const EA = 0x0080;
        /// The security descriptor.
        const SECURITY = 0x0100;
        /// A named stream came, went or changed its name.
        const STREAM_NAME = 0x0200;
        /// A named stream's length.
        const STREAM_SIZE = 0x0400;
        /// A named stream's data.
        const STREAM_WRITE = 0x0800;
    }
}

impl NotifyFilter {
    /// Names of files or of directories.
    pub(crate) const fn name(directory: bool) -> Self {
        if directory { Self::DIR_NAME } else { Self::FILE_NAME }
    }

    /// What a write changes.
    pub(crate) const WRITTEN: Self = Self::SIZE.union(Self::LAST_WRITE);
    /// What a file differs in from another that takes its name ([MS-FSA] 2.1.5.15.12).
    pub(crate) const REPLACED: Self = Self::ATTRIBUTES
        .union(Self::WRITTEN)
        .union(Self::LAST_ACCESS)
        .union(Self::CREATION)
        .union(Self::SECURITY)
        .union(Self::EA);
}

/// [MS-FSCC] 2.7.1 Action
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub enum NotifyAction {
    /// A name came.
    Added = 1,
    /// A name went.
    Removed = 2,
    /// What is there changed.
    Modified = 3,
    /// A name went because of a rename within its directory.
    RenamedOldName = 4,
    /// And this is what came instead.
    RenamedNewName = 5,
    /// A named stream came.
    AddedStream = 6,
    /// A named stream went.
    RemovedStream = 7,
    /// A named stream's data changed.
    ModifiedStream = 8,
}

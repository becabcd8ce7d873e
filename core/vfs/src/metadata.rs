use lanward_nt::fscc::{FileNetworkOpenInformation, ReparseTag};
use lanward_nt::{FileAttributes, FileTime};

/// Which file an object is, stable for as long as it exists: the same for every name it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileNumber {
    /// The file system within the volume.
    pub device: u64,
    /// The file within the file system.
    pub inode: u64,
}

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A directory.
    Directory,
    /// A file with data.
    File,
    /// A device, FIFO or socket: visible, never opened for data.
    Special,
    /// A symbolic link that was not followed.
    Symlink,
}

/// What POSIX says of an object, as `stat` has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct PosixState {
    /// `st_mode`: the kind of file and its twelve permission bits.
    pub mode: u16,
    /// The number of its owner.
    pub owner: u32,
    /// The number of its group.
    pub group: u32,
}

impl PosixState {
    /// The twelve permission bits of a mode.
    pub const PERMISSIONS: u16 = 0o7777;

    /// The twelve permission bits.
    #[must_use]
    pub const fn permissions(self) -> u16 {
        self.mode & Self::PERMISSIONS
    }
}

/// What a volume knows about an object without reading its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// Which file it is.
    pub number: FileNumber,
    /// What it is.
    pub kind: FileKind,
    /// DOS attributes as [MS-FSCC] 2.6 has them, with DIRECTORY where it applies; never empty (NORMAL if nothing else).
    pub attributes: FileAttributes,
    /// When the file was made.
    pub creation_time: FileTime,
    /// When its data was last read.
    pub last_access_time: FileTime,
    /// When its data was last written.
    pub last_write_time: FileTime,
    /// When anything about it last changed.
    pub change_time: FileTime,
    /// Length of the data in bytes; 0 for a directory.
    pub end_of_file: u64,
    /// Bytes the volume keeps for it; 0 for a directory.
    pub allocation_size: u64,
    /// What kind of reparse point it is, if it is one: then REPARSE_POINT is among the attributes.
    pub reparse_tag: Option<ReparseTag>,
    /// Names the file has.
    pub link_count: u32,
    /// Bytes its extended attributes would fill as [MS-FSCC] 2.4.15 entries, 0 if it has none (or the volume does not tell here).
    pub ea_size: u32,
    /// Whether a security descriptor is stored with it ([`crate::File::security`]).
    pub secured: bool,
    /// Mode, owner and group.
    pub posix: PosixState,
}

impl From<Metadata> for FileNetworkOpenInformation {
    fn from(m: Metadata) -> Self {
        Self {
            creation_time: m.creation_time,
            last_access_time: m.last_access_time,
            last_write_time: m.last_write_time,
            change_time: m.change_time,
            allocation_size: m.allocation_size,
            end_of_file: m.end_of_file,
            attributes: m.attributes,
        }
    }
}

/// Times and attributes to set; `None` leaves a thing as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BasicUpdate {
    /// When the file was made.
    pub creation_time: Option<FileTime>,
    /// When its data was last read.
    pub last_access_time: Option<FileTime>,
    /// When its data was last written.
    pub last_write_time: Option<FileTime>,
    /// When anything about it last changed: what is shown until something changes again. Without one it becomes the time of this update.
    pub change_time: Option<FileTime>,
    /// SPARSE_FILE: whether the file is shown to have holes. What `attributes` says does not touch it.
    pub sparse: Option<bool>,
    /// DOS attributes; only [`FileAttributes::SETTABLE`] ones are stored.
    pub attributes: Option<FileAttributes>,
}

/// A stretch of a file that has storage behind it ([MS-FSCC] 2.3.52).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AllocatedRange {
    /// First byte.
    pub offset: u64,
    /// Length in bytes.
    pub length: u64,
}

/// What a volume says about itself ([MS-FSCC] 2.5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeInformation {
    /// A number that stays the same for the same volume.
    pub serial: u32,
    /// The volume's label.
    pub label: String,
    /// When it was made, as far as known.
    pub creation_time: FileTime,
    /// The file system's name as clients see it (`NTFS` makes them use what we can do).
    pub file_system: String,
    /// Size in bytes.
    pub total_bytes: u64,
    /// Free bytes, those kept for the system included.
    pub free_bytes: u64,
    /// Free bytes for this server's user.
    pub available_bytes: u64,
    /// Bytes in an allocation unit; a power of two.
    pub allocation_unit: u32,
    /// Longest name of one component in UTF-16 units.
    pub maximum_component: u32,
    /// Files it can have and how many of them can still be made, where that is known.
    pub files: Option<(u64, u64)>,
}

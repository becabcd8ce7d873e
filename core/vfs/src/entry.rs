use crate::Metadata;
use lanward_nt::{NtString, ShortName};

/// One name in a directory. `.` and `..` are never among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// The name as a client sees it.
    pub name: NtString,
    /// Its 8.3 name, if it was asked for: see [`crate::Volume::short_name`].
    pub short_name: ShortName,
    /// What it names; a symbolic link that leads out of the volume or nowhere is left out by the volume.
    pub metadata: Metadata,
}

/// What of a directory a listing is to show.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// Which names matter; others are passed over before anything is asked about them.
    pub names: &'a dyn Fn(&NtString) -> bool,
    /// Whether entries are to have their 8.3 names, which is to be said from the first entry on.
    pub short_names: bool,
}

impl Wanted<'_> {
    /// All names, without their 8.3 names.
    pub const ALL: Wanted<'static> = Wanted { names: &|_| true, short_names: false };
}

/// [MS-FSCC] 2.4.15: one extended attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendedAttribute {
    /// FILE_NEED_EA and its like.
    pub flags: u8,
    /// The name without its terminator; compared without case.
    pub name: Vec<u8>,
    /// The value; an empty one removes the attribute when set.
    pub value: Vec<u8>,
}

/// One stream of an object ([MS-FSA] 2.1.1.5 Per Stream).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamEntry {
    /// Its name in the case the volume has it; empty for the data of a file.
    pub name: NtString,
    /// Length in bytes.
    pub size: u64,
    /// Bytes the volume keeps for it.
    pub allocation_size: u64,
}

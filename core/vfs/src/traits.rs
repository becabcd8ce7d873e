use crate::{
    AllocatedRange, BasicUpdate, DirectoryEntry, ExtendedAttribute, FileKind, FileNumber, Listener, Metadata,
    Permitted, Quota, QuotaLimits, StreamEntry, Subscription, UnixUser, VolumeInformation, Wanted,
};
use bitflags::bitflags;
use lanward_nt::fscc::{FileObjectId, ReparsePoint};
use lanward_nt::{FileAttributes, NtPath, NtStatus, NtString, ShortName, Sid};
use std::os::fd::BorrowedFd;
use std::sync::Arc;

/// What every call here answers.
pub type Result<T> = std::result::Result<T, NtStatus>;

/// Whether a call may block its thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// It may: this thread is for waiting.
    Allowed,
    /// It may not: answer [`NtStatus::CANT_WAIT`] instead.
    Never,
}

/// What an open does about a name that exists or does not. Nothing here truncates: overwriting is a second step, after the rules of
/// sharing have been asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// The name must be new (OBJECT_NAME_COLLISION otherwise).
    Create,
    /// The name must exist (OBJECT_NAME_NOT_FOUND otherwise).
    Open,
    /// Either.
    OpenOrCreate,
}

bitflags! {
    /// What the handle will be used for. A handle that asks for neither serves metadata only, and opens where the data may not be read.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Data: u8 {
        /// The data will be read or the directory listed.
        const READ = 1;
        /// The data will be written.
        const WRITE = 2;
    }
}

bitflags! {
    /// What a volume can do beyond reading and writing.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Capabilities: u32 {
        /// Extended attributes.
        const EXTENDED_ATTRIBUTES = 1;
        /// Several names for one file.
        const HARD_LINKS = 2;
        /// Stores DOS attributes and creation times (a volume without them derives both).
        const DOS_ATTRIBUTES = 4;
        /// Holes: allocated ranges and zeroing.
        const SPARSE_FILES = 8;
        /// Writing is refused by the volume itself.
        const READ_ONLY = 16;
        /// Calls may block for long (a network file system): even opens answer CANT_WAIT.
        const SLOW = 32;
        /// Files can share stretches of their data until one of them writes there.
        const BLOCK_REFCOUNTING = 0x1_0000;
        /// Keeps an object id with a file.
        const OBJECT_IDS = 0x2_0000;
        /// Security descriptors.
        const SECURITY = 64;
        /// Keeps reparse points with files and directories.
        const REPARSE_POINTS = 0x4_0000;
        /// Named streams of files and directories.
        const NAMED_STREAMS = 0x10_0000;
        /// Names that differ in case alone can stand beside each other, and are told apart when they are asked for exactly
        /// ([`OpenRequest::posix`]).
        const CASE_SENSITIVE = 0x20_0000;
        /// Counts what each user's files take.
        const QUOTAS = 0x100_0000;
        /// Refuses users more than their limits.
        const QUOTAS_ENFORCED = 0x200_0000;
    }
}

/// One open of a volume.
#[derive(Debug, Clone, Copy)]
pub struct OpenRequest<'a> {
    /// Where; found without regard to case, made in the case given.
    pub path: &'a NtPath,
    /// What to do about an existing or missing name.
    pub intent: Intent,
    /// What the handle will be used for.
    pub data: Data,
    /// Make a directory (with `Create` and `OpenOrCreate`). An existing object is opened whatever it is: the caller looks at its kind.
    pub make_directory: bool,
    /// Attributes of an object that is made.
    pub attributes: FileAttributes,
    /// Security descriptor of an object that is made, for a volume with [`Capabilities::SECURITY`]; see [`File::set_security`].
    pub security: Option<&'a [u8]>,
    /// Permission bits of an object that is made; the volume's own choice without.
    pub mode: Option<u16>,
    /// Open a symbolic link itself instead of following it (FILE_OPEN_REPARSE_POINT).
    pub no_follow: bool,
    /// Find names as POSIX does, on a volume with [`Capabilities::CASE_SENSITIVE`]: only as they are spelled, by no 8.3 name and through no link
    /// on the way (STOPPED_ON_SYMLINK); what is listed through the handle are links themselves. An object that is made gets these permission
    /// bits, and they are shown afterwards.
    pub posix: Option<u16>,
    /// Whether this may block.
    pub wait: Wait,
}

/// What an open found or made.
#[derive(Debug)]
pub struct Opened {
    /// The handle.
    pub file: Arc<dyn File>,
    /// As it was at the open.
    pub metadata: Metadata,
    /// The path in the case the volume has it.
    pub path: NtPath,
    /// Whether the object was made by this open.
    pub created: bool,
}

/// What an open of a stream found or made.
#[derive(Debug)]
pub struct OpenedStream {
    /// The handle. Data and length are the stream's; everything else is the object's it belongs to, but that it is never a directory.
    pub file: Arc<dyn File>,
    /// The stream's name in the case the volume has it.
    pub name: NtString,
    /// Whether the stream was made by this open.
    pub created: bool,
}

/// A tree of files. Paths are looked up without regard to case and strictly beneath the volume's root. A component that no name matches
/// finds what has it as its 8.3 name ([`Volume::short_name`]), but as the last one of a path that is renamed, linked or removed.
///
/// Statuses a path can answer: OBJECT_NAME_NOT_FOUND (the last component), OBJECT_PATH_NOT_FOUND (one before it, or one that is no
/// directory), OBJECT_NAME_INVALID, OBJECT_NAME_COLLISION, ACCESS_DENIED, DISK_FULL, TOO_MANY_OPENED_FILES, STOPPED_ON_SYMLINK.
pub trait Volume: Send + Sync + std::fmt::Debug {
    /// What the volume can do.
    fn capabilities(&self) -> Capabilities;

    /// Whether a directory may have a security descriptor stored with it: as long as none has, nobody need look for what is inherited. Once
    /// true it stays so.
    fn secured(&self) -> bool {
        false
    }

    /// The same volume, used on behalf of a user of this machine: what the machine does not permit them is ACCESS_DENIED, and what they make is
    /// theirs. `None` for a volume that knows no users.
    fn acting_as(&self, _who: &Arc<UnixUser>) -> Option<Arc<dyn Volume>> {
        None
    }

    /// What the machine permits whom this volume acts for to do with an open object, found at `path`. `None` when it acts for nobody: then all
    /// is permitted. Blocks no longer than an open does.
    ///
    /// # Errors
    /// See the trait.
    fn permits(&self, _path: &NtPath, _file: &dyn File) -> Result<Option<Permitted>> {
        Ok(None)
    }

    /// What the volume says about itself, sizes as they are now.
    ///
    /// # Errors
    /// The volume is gone.
    fn information(&self) -> Result<VolumeInformation>;

    /// Opens or makes a file or directory.
    ///
    /// # Errors
    /// See the trait.
    fn open(&self, request: &OpenRequest<'_>) -> Result<Opened>;

    /// What a path names, without opening it; symbolic links within the volume are followed.
    /// Answers the path in the volume's own case beside it.
    ///
    /// # Errors
    /// See the trait.
    fn lookup(&self, path: &NtPath, wait: Wait) -> Result<(NtPath, Metadata)>;

    /// The 8.3 name by which what `path` names, in the volume's own case, is found: what [`ShortName::beside`] makes of its name, unless
    /// something has that for its name. Where several would have one, the first by name without its case has it and the others have none,
    /// and so it is in listings. Empty, too, where the whole directory would have to be read to know.
    ///
    /// # Errors
    /// See the trait.
    fn short_name(&self, path: &NtPath, wait: Wait) -> Result<ShortName>;

    /// Gives `from` the name `to`; `number` is what `from` must still name. With `replace` an existing file at `to` goes
    /// (never a directory). A change of case alone is a rename. Answers the new path.
    ///
    /// # Errors
    /// OBJECT_NAME_COLLISION without `replace`; NOT_SAME_DEVICE; else see the trait.
    fn rename(&self, from: &NtPath, number: FileNumber, to: &NtPath, replace: bool) -> Result<NtPath>;

    /// Gives the file at `from` a further name.
    ///
    /// # Errors
    /// NOT_SUPPORTED, FILE_IS_A_DIRECTORY, OBJECT_NAME_COLLISION; else see the trait.
    fn link(&self, from: &NtPath, number: FileNumber, to: &NtPath, replace: bool) -> Result<()>;

    /// As [`Volume::rename`] on a volume with [`Capabilities::CASE_SENSITIVE`], but as POSIX has it: `to` is no other name that differs in case,
    /// and with `replace` an empty directory gives way to a directory.
    ///
    /// # Errors
    /// DIRECTORY_NOT_EMPTY; NOT_SUPPORTED; else as [`Volume::rename`].
    fn rename_exactly(
        &self,
        _from: &NtPath,
        _number: FileNumber,
        _to: &NtPath,
        _replace: bool,
    ) -> Result<NtPath> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// As [`Volume::link`] without replacing anything, on a volume with [`Capabilities::CASE_SENSITIVE`]: `to` is no other name that differs in
    /// case.
    ///
    /// # Errors
    /// As [`Volume::link`].
    fn link_exactly(&self, _from: &NtPath, _number: FileNumber, _to: &NtPath) -> Result<()> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// Takes a name away. A symbolic link goes itself, not what it leads to.
    ///
    /// # Errors
    /// DIRECTORY_NOT_EMPTY; else see the trait.
    fn remove(&self, path: &NtPath, number: FileNumber) -> Result<()>;

    /// Tells `listener` of changes in a directory, and with `tree` of those beneath it, that others make: nothing that is done through this
    /// volume is told. What changes after this answered is told, but in a large tree deeper directories follow a little later.
    ///
    /// # Errors
    /// NOT_SUPPORTED: the volume does not see such changes; INSUFFICIENT_RESOURCES; else see the trait.
    fn watch(&self, _directory: &NtPath, _tree: bool, _listener: Listener) -> Result<Subscription> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// What a user takes of the volume, which has [`Capabilities::QUOTAS`], and may take; `None` for one of whom nothing is known. Blocks.
    ///
    /// # Errors
    /// NOT_SUPPORTED, ACCESS_DENIED, or an I/O error.
    fn quota(&self, _owner: &Sid) -> Result<Option<Quota>> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// The same of up to `limit` users behind `after` in the volume's own order, or from the first one on. Blocks.
    ///
    /// # Errors
    /// As for [`Volume::quota`].
    fn quotas(&self, _after: Option<&Sid>, _limit: usize) -> Result<Vec<Quota>> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// Sets what a user may take, or forgets what was set. Blocks.
    ///
    /// # Errors
    /// NOT_SUPPORTED; ACCESS_DENIED: this server may not; INVALID_PARAMETER: nobody's files are counted under this SID; an I/O error.
    fn set_quota(&self, _owner: &Sid, _limits: Option<QuotaLimits>) -> Result<()> {
        Err(NtStatus::NOT_SUPPORTED)
    }
}

/// An open file or directory. Closing is dropping. Offsets and lengths are bytes.
pub trait File: Send + Sync + std::fmt::Debug {
    /// As it is now.
    ///
    /// # Errors
    /// An I/O error.
    fn metadata(&self) -> Result<Metadata>;

    /// Reads at `offset`; fewer bytes than asked only at the end of the file, 0 behind it.
    ///
    /// # Errors
    /// CANT_WAIT, FILE_IS_A_DIRECTORY or an I/O error.
    fn read(&self, offset: u64, buf: &mut [u8], wait: Wait) -> Result<usize>;

    /// Reads like [`File::read`], appending at most `length` bytes to `buf` (which a backend may fill without zeroing it first).
    ///
    /// # Errors
    /// As [`File::read`]; `buf` is then as it was.
    fn read_into(&self, offset: u64, length: usize, buf: &mut Vec<u8>, wait: Wait) -> Result<usize> {
        let start = buf.len();
        buf.resize(start + length, 0);
        let outcome = self.read(offset, &mut buf[start..], wait);
        buf.truncate(start + outcome.as_ref().map_or(0, |n| *n));
        outcome
    }

    /// How many of the `length` bytes at `offset` can be sent through [`File::descriptor`] without waiting for a disk; fewer only where the file
    /// ends. `None`: read them instead.
    fn in_memory(&self, _offset: u64, _length: usize) -> Option<usize> {
        None
    }

    /// A descriptor whose bytes are the file's, to be sent from without copying. Only [`File::in_memory`] says when that pays.
    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        None
    }

    /// Writes all of `data` at `offset`, growing the file; holes read as zero.
    ///
    /// # Errors
    /// CANT_WAIT (nothing or a part was written: repeat all of it), DISK_FULL, or an I/O error.
    fn write(&self, offset: u64, data: &[u8], wait: Wait) -> Result<()>;

    /// Everything written is on stable storage when this answers. Blocks.
    ///
    /// # Errors
    /// An I/O error: what was written may be lost.
    fn flush(&self) -> Result<()>;

    /// Cuts or grows the file.
    ///
    /// # Errors
    /// DISK_FULL, or an I/O error.
    fn set_end_of_file(&self, length: u64) -> Result<()>;

    /// Keeps storage for at least `length` bytes without changing the file's length.
    ///
    /// # Errors
    /// DISK_FULL; a volume that cannot answers success.
    fn reserve(&self, length: u64) -> Result<()>;

    /// Sets times and attributes. Even when nothing is given, a change time that was set before no longer shows.
    ///
    /// # Errors
    /// ACCESS_DENIED or an I/O error.
    fn set_basic(&self, update: &BasicUpdate) -> Result<()>;

    /// Appends up to `limit` further entries to `entries` and answers whether the directory may have more. Entries appear in the volume's
    /// order; the position is the handle's.
    ///
    /// # Errors
    /// NOT_A_DIRECTORY, CANT_WAIT or an I/O error.
    fn list(
        &self,
        wanted: &Wanted<'_>,
        limit: usize,
        entries: &mut Vec<DirectoryEntry>,
        wait: Wait,
    ) -> Result<bool>;

    /// Sets the position of [`File::list`] back to the first entry.
    ///
    /// # Errors
    /// NOT_A_DIRECTORY or an I/O error.
    fn rewind(&self) -> Result<()>;

    /// Stretches with storage within `offset..offset+length`, in order, at most `limit` of them.
    ///
    /// # Errors
    /// NOT_SUPPORTED, or an I/O error.
    fn allocated_ranges(&self, _offset: u64, _length: u64, _limit: usize) -> Result<Vec<AllocatedRange>> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// Makes `offset..offset+length` read as zero without growing the file, giving the storage back where it can.
    ///
    /// # Errors
    /// NOT_SUPPORTED, or an I/O error.
    fn zero(&self, _offset: u64, _length: u64) -> Result<()> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// The security descriptor stored with the object, as it was given to [`File::set_security`].
    ///
    /// # Errors
    /// NOT_SUPPORTED, or an I/O error.
    fn security(&self) -> Result<Option<Vec<u8>>> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// Stores a self-relative security descriptor ([MS-DTYP] 2.4.6) with the object in the place of the one before. What it says is nobody's
    /// concern here.
    ///
    /// # Errors
    /// NOT_SUPPORTED, DISK_FULL, ACCESS_DENIED or an I/O error.
    fn set_security(&self, _descriptor: &[u8]) -> Result<()> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// Takes the stored descriptor away.
    ///
    /// # Errors
    /// NOT_SUPPORTED, ACCESS_DENIED or an I/O error.
    fn remove_security(&self) -> Result<()> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// What the machine permits whom this handle acts for, but for taking names away.
    ///
    /// # Errors
    /// An I/O error.
    fn permitted(&self) -> Result<Option<Permitted>> {
        Ok(None)
    }

    /// Sets the permission bits that are shown ([`Metadata::posix`]).
    ///
    /// # Errors
    /// NOT_SUPPORTED, ACCESS_DENIED or an I/O error.
    fn set_mode(&self, _permissions: u16) -> Result<()> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// Sets the numbers of owner and group.
    ///
    /// # Errors
    /// PRIVILEGE_NOT_HELD: they would change and cannot; NOT_SUPPORTED, ACCESS_DENIED or an I/O error.
    fn set_owner(&self, _owner: Option<u32>, _group: Option<u32>) -> Result<()> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// All extended attributes.
    ///
    /// # Errors
    /// EAS_NOT_SUPPORTED, or an I/O error.
    fn extended_attributes(&self) -> Result<Vec<ExtendedAttribute>> {
        Err(NtStatus::EAS_NOT_SUPPORTED)
    }

    /// Sets one extended attribute, or removes it when its value is empty.
    ///
    /// # Errors
    /// EAS_NOT_SUPPORTED, EA_TOO_LARGE, or an I/O error.
    fn set_extended_attribute(&self, _attribute: &ExtendedAttribute) -> Result<()> {
        Err(NtStatus::EAS_NOT_SUPPORTED)
    }

    /// Copies up to `length` bytes of `source` at `source_offset` to `offset` here without their going through this process, and answers how
    /// many: fewer where the source ends. Blocks.
    ///
    /// # Errors
    /// NOT_SUPPORTED (as for stretches of one file that overlap): read and write them instead; DISK_FULL, or an I/O error.
    fn copy_from(&self, _source: &dyn File, _source_offset: u64, _offset: u64, _length: u64) -> Result<u64> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// Makes `offset..offset+length` share the storage of `source`, a file of the same volume, at `source_offset`. All are multiples of the
    /// allocation unit; the stretches do not overlap and lie within both files. Blocks.
    ///
    /// # Errors
    /// NOT_SUPPORTED, DISK_FULL, or an I/O error.
    fn share_extents(
        &self,
        _source: &dyn File,
        _source_offset: u64,
        _offset: u64,
        _length: u64,
    ) -> Result<()> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// The object id that was set ([MS-FSCC] 2.1.3).
    ///
    /// # Errors
    /// NOT_SUPPORTED, or an I/O error.
    fn object_id(&self) -> Result<Option<FileObjectId>> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// Sets the object id, or takes it away.
    ///
    /// # Errors
    /// NOT_SUPPORTED, ACCESS_DENIED, DISK_FULL, or an I/O error.
    fn set_object_id(&self, _id: Option<&FileObjectId>) -> Result<()> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// The reparse point that was set, or what stands for one: a symbolic link that was not followed, a device, FIFO or socket.
    ///
    /// # Errors
    /// NOT_SUPPORTED, or an I/O error.
    fn reparse_point(&self) -> Result<Option<ReparsePoint>> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// Makes a file or directory a reparse point, or an ordinary one again. No path leads through it as long as it is one: what lies beneath
    /// answers STOPPED_ON_SYMLINK.
    ///
    /// # Errors
    /// NOT_SUPPORTED, ACCESS_DENIED for what is one by its nature, DISK_FULL, or an I/O error.
    fn set_reparse_point(&self, _point: Option<&ReparsePoint>) -> Result<()> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// All streams of the object this handle is of, or whose stream it is: the data of a file first.
    ///
    /// # Errors
    /// An I/O error.
    fn streams(&self) -> Result<Vec<StreamEntry>> {
        let metadata = self.metadata()?;
        let data = StreamEntry {
            name: NtString::default(),
            size: metadata.end_of_file,
            allocation_size: metadata.allocation_size,
        };
        Ok((metadata.kind != FileKind::Directory).then_some(data).into_iter().collect())
    }

    /// Whether the object may have named streams: a cheap question before the dear one.
    fn may_have_streams(&self) -> bool {
        true
    }

    /// Opens or makes a named stream of the object. `name` is found without regard to case and made in the case given. Blocks no longer
    /// than an open does.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND, OBJECT_NAME_COLLISION, OBJECT_NAME_INVALID, NOT_SUPPORTED, FILE_DELETED when the object has no name any more,
    /// or an I/O error.
    fn open_stream(self: Arc<Self>, _name: &NtString, _intent: Intent, _data: Data) -> Result<OpenedStream> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// Gives the stream `from`, which this is a handle of, the name `to`. With `replace` an empty stream of that name goes. An empty `to` makes
    /// it the data of the file, which must be empty, and this handle one of the file's data; other handles of the stream keep what it was.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND, OBJECT_NAME_COLLISION, OBJECT_NAME_INVALID, NOT_SUPPORTED, INVALID_PARAMETER when what is to be replaced is not
    /// empty, or an I/O error.
    fn rename_stream(&self, _from: &NtString, _to: &NtString, _replace: bool) -> Result<()> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    /// Takes a named stream of the object away. Handles of it outlive it.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND, NOT_SUPPORTED, or an I/O error.
    fn remove_stream(&self, _name: &NtString) -> Result<()> {
        Err(NtStatus::NOT_SUPPORTED)
    }
}

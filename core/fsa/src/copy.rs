use crate::offload::blocking;
use crate::read_write::MAX_FILE_SIZE;
use crate::{FileOpen, LockOwner};
use lanward_nt::{AccessMask, FileAttributes, NtStatus};
use lanward_vfs::Capabilities;
use std::sync::Arc;

const MAX_SIGNED: u64 = 0x7fff_ffff_ffff_ffff;
/// Bytes moved at once: a chunk of any copy is read whole before it is written, so that a copy onto itself is right.
const PIECE: usize = 1 << 20;
/// From so many bytes on it pays to ask the volume to copy them itself, on a thread that may wait.
const INSIDE: u64 = 64 << 10;

impl FileOpen {
    /// Copies `length` bytes from `source` to here and answers how many were copied ([MS-SMB2] 3.3.5.15.6). The two may be on different volumes.
    ///
    /// # Errors
    /// ACCESS_DENIED, FILE_LOCK_CONFLICT, INVALID_VIEW_SIZE when the source ends before, DISK_FULL, INVALID_PARAMETER.
    pub async fn copy_range(
        &self,
        source: &Self,
        source_offset: u64,
        offset: u64,
        length: u32,
    ) -> Result<u32, NtStatus> {
        self.check_file()?;
        source.check_file()?;
        source.require(AccessMask::READ_DATA | AccessMask::EXECUTE)?;
        self.require(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA)?;
        let whole = u64::from(length);
        let fits = |start: u64| start.checked_add(whole).filter(|end| *end <= MAX_SIGNED);
        let (Some(source_end), Some(_)) = (fits(source_offset), fits(offset)) else {
            return Err(NtStatus::INVALID_PARAMETER);
        };
        if source_end > source.metadata()?.end_of_file {
            return Err(NtStatus::INVALID_VIEW_SIZE);
        }
        if offset + whole > MAX_FILE_SIZE {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.check_append_only(offset)?;
        self.check_backup_room(offset + whole).await?;
        source.check_locks(LockOwner::default(), source_offset, whole, false)?;
        self.before_change(LockOwner::default(), offset, whole).await?;
        let inside = match whole >= INSIDE {
            true => self.copy_inside(source, source_offset, offset, whole).await?,
            false => 0,
        };
        let done = inside
            + self.copy_through(source, source_offset + inside, offset + inside, whole - inside).await?;
        self.keep_times()?;
        Ok(u32::try_from(done).unwrap_or(length))
    }

    /// What the volume copies itself.
    async fn copy_inside(&self, source: &Self, from: u64, to: u64, length: u64) -> Result<u64, NtStatus> {
        let (file, source) = (Arc::clone(&self.file), Arc::clone(&source.file));
        match blocking(move || file.copy_from(&*source, from, to, length)).await {
            Err(NtStatus::NOT_SUPPORTED) => Ok(0),
            outcome => outcome,
        }
    }

    /// What goes through memory.
    async fn copy_through(&self, source: &Self, from: u64, to: u64, length: u64) -> Result<u64, NtStatus> {
        let mut done = 0u64;
        let mut buf = Vec::new();
        while done < length {
            buf.clear();
            let wanted = usize::try_from(length - done).unwrap_or(PIECE).min(PIECE);
            let got = source.read_volume(from + done, wanted, &mut buf).await?;
            if got == 0 {
                break;
            }
            self.write_volume(to + done, &buf).await?;
            done += u64::try_from(got).unwrap_or(0);
        }
        Ok(done)
    }

    /// Makes a stretch of this file share the storage of one of `source` ([MS-FSA] 2.1.5.10.4). Offsets and length are multiples of the
    /// volume's allocation unit. The file does not grow: beyond its end there is nothing to share with.
    ///
    /// # Errors
    /// INVALID_DEVICE_REQUEST: the volume cannot; MEDIA_WRITE_PROTECTED, INVALID_PARAMETER (unaligned, another volume, a source that may not
    /// be read), NOT_SUPPORTED (beyond the end of the source, overlapping, a sparse source of a target that is not), FILE_LOCK_CONFLICT,
    /// ACCESS_DENIED, DISK_FULL.
    pub async fn duplicate_extents(
        &self,
        source: &Self,
        source_offset: u64,
        offset: u64,
        length: u64,
    ) -> Result<(), NtStatus> {
        self.check_duplicable()?;
        let unit = u64::from(self.file_system.volume().information()?.allocation_unit.max(1));
        if [source_offset, offset, length].iter().any(|n| n % unit != 0) {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        if length == 0 {
            return Ok(());
        }
        if self.is_directory() || source.is_directory() {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        let readable = AccessMask::READ_DATA | AccessMask::EXECUTE;
        if !source.granted_access().intersects(readable) || !self.file_system.is_same(&source.file_system) {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.require(AccessMask::WRITE_DATA)?;
        let end_of = |start: u64| start.checked_add(length).filter(|end| *end <= MAX_SIGNED);
        let (Some(source_end), Some(end)) = (end_of(source_offset), end_of(offset)) else {
            return Err(NtStatus::INVALID_PARAMETER);
        };
        let (from, to) = (source.metadata()?, self.metadata()?);
        let sparse = |m: &lanward_vfs::Metadata| m.attributes.contains(FileAttributes::SPARSE_FILE);
        let same = Arc::ptr_eq(&self.node, &source.node) && self.stream == source.stream;
        if source_end > from.end_of_file
            || (sparse(&from) && !sparse(&to))
            || (same && source_offset < end && offset < source_end)
        {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        self.before_change(LockOwner::default(), offset, length).await?;
        source.check_locks(LockOwner::default(), source_offset, length, false)?;
        // The file does not grow: what lies beyond its end is passed over, and its last part of a unit is copied.
        let length = end.min(to.end_of_file).saturating_sub(offset);
        let (shared, tail) = (length - length % unit, length % unit);
        let (file, from) = (Arc::clone(&self.file), Arc::clone(&source.file));
        if shared > 0 {
            blocking(move || file.share_extents(&*from, source_offset, offset, shared)).await?;
        }
        self.copy_through(source, source_offset + shared, offset + shared, tail).await?;
        self.keep_times()
    }

    fn check_duplicable(&self) -> Result<(), NtStatus> {
        if !self.file_system.volume().capabilities().contains(Capabilities::BLOCK_REFCOUNTING) {
            return Err(NtStatus::INVALID_DEVICE_REQUEST);
        }
        if self.file_system.is_read_only() {
            return Err(NtStatus::MEDIA_WRITE_PROTECTED);
        }
        Ok(())
    }
}

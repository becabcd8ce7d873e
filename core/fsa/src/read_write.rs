use crate::offload::{blocking, would_block};
use crate::{FileOpen, LockOwner};
use lanward_nt::{AccessMask, CreateOptions, FileAttributes, FileTime, NtStatus};
use lanward_vfs::{BasicUpdate, File, Wait};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes at the end of the file, wherever that is, by an open that may append only.
const AT_END: u64 = u64::MAX;
const MAX_OFFSET: u64 = 0x7fff_ffff_ffff_ffff;
/// Longest file, as NTFS has it ([MS-FSA] 2.1.5.4 MaxFileSize): clients are told that this is what they talk to.
pub(crate) const MAX_FILE_SIZE: u64 = 0x0fff_ffff_0000;
const READ_RIGHTS: AccessMask = AccessMask::READ_DATA.union(AccessMask::EXECUTE);
pub(crate) const WRITE_RIGHTS: AccessMask = AccessMask::WRITE_DATA.union(AccessMask::APPEND_DATA);

/// Bytes of a file that were in memory when they were asked for.
#[derive(Debug)]
pub struct FileRange {
    /// Whose bytes; its descriptor is there.
    pub file: Arc<dyn File>,
    /// The first one.
    pub offset: u64,
    /// How many; a file that is cut meanwhile has fewer.
    pub length: usize,
}

impl FileOpen {
    /// Appends up to `length` bytes at `offset` to `buf` and answers how many ([MS-FSA] 2.1.5.3).
    ///
    /// # Errors
    /// END_OF_FILE when fewer than `minimum` (or none of a non-zero `length`) are there, ACCESS_DENIED, FILE_LOCK_CONFLICT,
    /// INVALID_PARAMETER, INVALID_DEVICE_REQUEST for a directory; `buf` is then as it was.
    pub async fn read(
        &self,
        offset: u64,
        length: u32,
        minimum: u32,
        buf: &mut Vec<u8>,
    ) -> Result<usize, NtStatus> {
        self.read_as(LockOwner::default(), offset, length, minimum, buf).await
    }

    /// The same for one process of the client.
    ///
    /// # Errors
    /// As [`FileOpen::read`].
    pub async fn read_as(
        &self,
        owner: LockOwner,
        offset: u64,
        length: u32,
        minimum: u32,
        buf: &mut Vec<u8>,
    ) -> Result<usize, NtStatus> {
        let end = self.check_read(owner, offset, length)?;
        if length == 0 {
            return if minimum == 0 { Ok(0) } else { Err(NtStatus::END_OF_FILE) };
        }
        let before = buf.len();
        let done = self.read_volume(offset, usize::try_from(length).unwrap_or(usize::MAX), buf).await?;
        if done == 0 || done < usize::try_from(minimum).unwrap_or(usize::MAX) {
            buf.truncate(before);
            return Err(NtStatus::END_OF_FILE);
        }
        self.note_position(end.min(offset.saturating_add(u64::try_from(done).unwrap_or(0))));
        Ok(done)
    }

    /// The same bytes as a range that can be sent from where it lies, if all of it is in memory; `None`: use [`FileOpen::read`].
    ///
    /// # Errors
    /// As [`FileOpen::read`].
    pub fn read_in_place(
        &self,
        offset: u64,
        length: u32,
        minimum: u32,
    ) -> Result<Option<FileRange>, NtStatus> {
        self.read_in_place_as(LockOwner::default(), offset, length, minimum)
    }

    /// The same for one process of the client.
    ///
    /// # Errors
    /// As [`FileOpen::read`].
    pub fn read_in_place_as(
        &self,
        owner: LockOwner,
        offset: u64,
        length: u32,
        minimum: u32,
    ) -> Result<Option<FileRange>, NtStatus> {
        let end = self.check_read(owner, offset, length)?;
        let wanted = usize::try_from(length).unwrap_or(usize::MAX);
        let Some(length) = self.file.in_memory(offset, wanted).filter(|n| *n > 0) else { return Ok(None) };
        if length < usize::try_from(minimum).unwrap_or(usize::MAX) {
            return Err(NtStatus::END_OF_FILE);
        }
        self.note_position(end.min(offset.saturating_add(u64::try_from(length).unwrap_or(0))));
        Ok(Some(FileRange { file: Arc::clone(&self.file), offset, length }))
    }

    /// Where a read that is allowed would end.
    fn check_read(&self, owner: LockOwner, offset: u64, length: u32) -> Result<u64, NtStatus> {
        if self.is_directory() {
            return Err(NtStatus::INVALID_DEVICE_REQUEST);
        }
        self.require(READ_RIGHTS)?;
        let end = offset.checked_add(u64::from(length)).filter(|end| *end <= MAX_OFFSET);
        let end = end.ok_or(NtStatus::INVALID_PARAMETER)?;
        if length != 0 {
            self.check_locks(owner, offset, u64::from(length), false)?;
        }
        Ok(end)
    }

    /// Reads without a right asked for or a lock looked at.
    pub(crate) async fn read_volume(
        &self,
        offset: u64,
        length: usize,
        buf: &mut Vec<u8>,
    ) -> Result<usize, NtStatus> {
        let outcome = self.file.read_into(offset, length, buf, Wait::Never);
        if !would_block(&outcome) {
            return outcome;
        }
        let (file, mut taken) = (Arc::clone(&self.file), std::mem::take(buf));
        let (outcome, taken) = blocking(move || {
            let outcome = file.read_into(offset, length, &mut taken, Wait::Allowed);
            Ok((outcome, taken))
        })
        .await?;
        *buf = taken;
        outcome
    }

    /// Writes `data` at `offset` ([MS-FSA] 2.1.5.4); for an open that may append but not write, `u64::MAX` is the end of the file.
    ///
    /// # Errors
    /// ACCESS_DENIED, FILE_LOCK_CONFLICT, DISK_FULL, INVALID_PARAMETER, INVALID_DEVICE_REQUEST for a directory.
    pub async fn write(&self, offset: u64, data: &[u8], write_through: bool) -> Result<u32, NtStatus> {
        self.write_as(LockOwner::default(), offset, data, write_through).await
    }

    /// The same for one process of the client.
    ///
    /// # Errors
    /// As [`FileOpen::write`].
    pub async fn write_as(
        &self,
        owner: LockOwner,
        offset: u64,
        data: &[u8],
        write_through: bool,
    ) -> Result<u32, NtStatus> {
        if self.is_directory() {
            return Err(NtStatus::INVALID_DEVICE_REQUEST);
        }
        self.require(WRITE_RIGHTS)?;
        let length = u32::try_from(data.len()).map_err(|_| NtStatus::INVALID_PARAMETER)?;
        let offset = self.write_offset(offset)?;
        let end = offset.checked_add(u64::from(length)).filter(|end| *end <= MAX_OFFSET);
        let end = end.ok_or(NtStatus::INVALID_PARAMETER)?;
        if length == 0 {
            return Ok(0);
        }
        if end > MAX_FILE_SIZE {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.check_append_only(offset)?;
        if self.takes_backups() {
            self.check_backup_room(end).await?;
        }
        self.before_change(owner, offset, u64::from(length)).await?;
        let before = self.before_write()?;
        self.write_volume(offset, data).await?;
        self.note_changed()?;
        self.note_write_time(before.as_ref())?;
        // Clients with processes know by themselves where they write.
        if owner == LockOwner::default() {
            self.note_position(end);
        }
        if write_through || self.mode.load(Ordering::Relaxed) & CreateOptions::WRITE_THROUGH.bits() != 0 {
            let file = Arc::clone(&self.file);
            blocking(move || file.flush()).await?;
        }
        Ok(length)
    }

    /// Writes without a right asked for or a lock looked at.
    pub(crate) async fn write_volume(&self, offset: u64, data: &[u8]) -> Result<(), NtStatus> {
        let outcome = self.file.write(offset, data, Wait::Never);
        if !would_block(&outcome) {
            return outcome;
        }
        let (file, data) = (Arc::clone(&self.file), data.to_vec());
        blocking(move || file.write(offset, &data, Wait::Allowed)).await
    }

    /// Puts everything written on stable storage ([MS-FSA] 2.1.5.7).
    ///
    /// # Errors
    /// ACCESS_DENIED for an open that may not write, or an I/O error.
    pub async fn flush(&self) -> Result<(), NtStatus> {
        self.require(WRITE_RIGHTS)?;
        let file = Arc::clone(&self.file);
        blocking(move || file.flush()).await?;
        self.tell_held_times()
    }

    /// # Errors
    /// FILE_LOCK_CONFLICT.
    pub(crate) fn check_locks(
        &self,
        owner: LockOwner,
        offset: u64,
        length: u64,
        writing: bool,
    ) -> Result<(), NtStatus> {
        let state = self.node.state();
        let locks = state.stream(self.stream).map(|s| &s.locks).filter(|l| !l.is_empty());
        if locks.is_some_and(|l| l.blocks_io((self.id, owner), offset, length, writing)) {
            return Err(NtStatus::FILE_LOCK_CONFLICT);
        }
        Ok(())
    }

    /// After the data changed otherwise than by a write, which is told.
    ///
    /// # Errors
    /// What the volume answers.
    pub(crate) fn keep_times(&self) -> Result<(), NtStatus> {
        self.note_changed()?;
        self.settle_write_time()
    }

    /// After the data changed, which is told: an open that set the write or the change time keeps it ([MS-FSA] 2.1.4.17 UserSetModificationTime and
    /// UserSetChangeTime).
    ///
    /// # Errors
    /// What the volume answers.
    fn note_changed(&self) -> Result<(), NtStatus> {
        self.report_written();
        self.note_entry_changed();
        self.node.note_own_change();
        let (last_write_time, change_time) = (self.kept_write_time(), self.sticky_change_time());
        let attributes = if self.archived.load(Ordering::Relaxed) { None } else { self.archive()? };
        if last_write_time.is_none() && change_time.is_none() && attributes.is_none() {
            return Ok(());
        }
        let update = BasicUpdate { last_write_time, change_time, attributes, ..BasicUpdate::default() };
        let outcome = self.file.set_basic(&update);
        self.node.note_own_change();
        outcome
    }

    /// The attributes with the mark of what was written since it was archived, unless they have it ([MS-FSA] 2.1.4.17).
    fn archive(&self) -> Result<Option<FileAttributes>, NtStatus> {
        let attributes = self.file.metadata()?.attributes;
        self.archived.store(true, Ordering::Relaxed);
        let marked = attributes.difference(FileAttributes::NORMAL) | FileAttributes::ARCHIVE;
        Ok((!attributes.contains(FileAttributes::ARCHIVE)).then_some(marked & FileAttributes::SETTABLE))
    }

    /// The change time this open keeps.
    pub(crate) fn sticky_change_time(&self) -> Option<FileTime> {
        kept(&self.sticky_change_time)
    }

    fn write_offset(&self, offset: u64) -> Result<u64, NtStatus> {
        if offset == AT_END && !self.rights.granted.contains(AccessMask::WRITE_DATA) {
            return Ok(self.file.metadata()?.end_of_file);
        }
        Ok(offset)
    }

    /// An open that may append but not write touches nothing that is there.
    pub(crate) fn check_append_only(&self, offset: u64) -> Result<(), NtStatus> {
        if self.rights.granted.contains(AccessMask::WRITE_DATA) || offset >= self.file.metadata()?.end_of_file
        {
            return Ok(());
        }
        Err(NtStatus::ACCESS_DENIED)
    }

    /// [MS-FSA] does so for synchronous opens only; clients that look at all expect it of every open.
    fn note_position(&self, position: u64) {
        self.position.store(position, Ordering::Relaxed);
    }
}

/// A time an open keeps, if it keeps one.
fn kept(time: &AtomicU64) -> Option<FileTime> {
    Some(FileTime(time.load(Ordering::Relaxed))).filter(|t| t.0 != 0)
}

use crate::FileOpen;
use crate::offload::{blocking, short};
use crate::read_write::MAX_FILE_SIZE;
use lanward_nt::{AccessMask, FileAttributes, NtStatus};
use lanward_vfs::{AllocatedRange, BasicUpdate, Capabilities};
use std::sync::Arc;

/// [MS-ERREF] STATUS_INVALID_VIEW_SIZE: a source ends before what is to be copied.
const INVALID_VIEW_SIZE: NtStatus = NtStatus(0xc000_001f);
const MAX_SIGNED: u64 = 0x7fff_ffff_ffff_ffff;
/// Bytes moved at once.
const PIECE: usize = 1 << 20;

impl FileOpen {
    /// Stretches with storage within a range, at most `limit` ([MS-FSA] 2.1.5.10.22). A file that is not marked as sparse has no holes, and
    /// on a volume that cannot tell no file has.
    ///
    /// # Errors
    /// ACCESS_DENIED, INVALID_PARAMETER.
    pub async fn query_allocated_ranges(
        &self,
        offset: u64,
        length: u64,
        limit: usize,
    ) -> Result<Vec<AllocatedRange>, NtStatus> {
        self.check_file()?;
        self.require(AccessMask::READ_DATA)?;
        if offset.checked_add(length).is_none_or(|end| end > MAX_SIGNED) {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        if length == 0 {
            return Ok(Vec::new());
        }
        let file = Arc::clone(&self.file);
        short(self.file_system.is_slow(), move || {
            let metadata = file.metadata()?;
            if metadata.attributes.contains(FileAttributes::SPARSE_FILE) {
                let ranges = file.allocated_ranges(offset, length, limit);
                if ranges != Err(NtStatus::NOT_SUPPORTED) {
                    return ranges;
                }
            }
            let length = length.min(metadata.end_of_file.saturating_sub(offset));
            Ok((length > 0).then_some(AllocatedRange { offset, length }).into_iter().collect())
        })
        .await
    }

    /// Makes `offset..beyond` read as zero; the file does not grow ([MS-FSA] 2.1.5.10.39).
    ///
    /// # Errors
    /// ACCESS_DENIED, INVALID_PARAMETER, FILE_LOCK_CONFLICT.
    pub async fn zero_data(&self, offset: u64, beyond: u64) -> Result<(), NtStatus> {
        self.check_file()?;
        self.require(AccessMask::WRITE_DATA)?;
        if beyond > MAX_SIGNED || offset > beyond {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let end = beyond.min(self.metadata()?.end_of_file);
        if offset >= end {
            return Ok(());
        }
        self.check_locks(offset, end - offset, true)?;
        let file = Arc::clone(&self.file);
        match short(self.file_system.is_slow(), move || file.zero(offset, end - offset)).await {
            Err(NtStatus::NOT_SUPPORTED) => self.write_zeros(offset, end).await?,
            outcome => outcome?,
        }
        self.keep_times()
    }

    async fn write_zeros(&self, mut offset: u64, end: u64) -> Result<(), NtStatus> {
        let zeros = vec![0; PIECE];
        while offset < end {
            let length = usize::try_from(end - offset).unwrap_or(PIECE).min(PIECE);
            self.write_volume(offset, &zeros[..length]).await?;
            offset += u64::try_from(length).unwrap_or(0);
            // A hole can be longer than any disk: others get their turn, and whoever asked may give up.
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Marks the file as one that may have holes, or fills them and takes the mark away ([MS-FSA] 2.1.5.10.38).
    ///
    /// # Errors
    /// ACCESS_DENIED, INVALID_PARAMETER for a directory, INVALID_DEVICE_REQUEST without holes, MEDIA_WRITE_PROTECTED, DISK_FULL.
    pub async fn set_sparse(&self, sparse: bool) -> Result<(), NtStatus> {
        self.check_file()?;
        if self.file_system.is_read_only() {
            return Err(NtStatus::MEDIA_WRITE_PROTECTED);
        }
        self.require(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA | AccessMask::WRITE_ATTRIBUTES)?;
        if !self.file_system.volume().capabilities().contains(Capabilities::SPARSE_FILES) {
            return Err(NtStatus::INVALID_DEVICE_REQUEST);
        }
        let (file, change_time) = (Arc::clone(&self.file), self.sticky_change_time());
        blocking(move || {
            let metadata = file.metadata()?;
            if metadata.attributes.contains(FileAttributes::SPARSE_FILE) == sparse {
                return Ok(());
            }
            if !sparse {
                file.reserve(metadata.end_of_file)?;
            }
            file.set_basic(&BasicUpdate { sparse: Some(sparse), change_time, ..BasicUpdate::default() })
        })
        .await
    }

    /// Copies `length` bytes from `source` to here and answers how many were copied ([MS-SMB2] 3.3.5.15.6).
    ///
    /// # Errors
    /// ACCESS_DENIED, FILE_LOCK_CONFLICT, INVALID_VIEW_SIZE (0xc000001f) when the source ends before, DISK_FULL, INVALID_PARAMETER.
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
            return Err(INVALID_VIEW_SIZE);
        }
        if offset + whole > MAX_FILE_SIZE {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.check_append_only(offset)?;
        source.check_locks(source_offset, whole, false)?;
        self.check_locks(offset, whole, true)?;
        let mut done = 0u64;
        let mut buf = Vec::new();
        while done < whole {
            buf.clear();
            let wanted = usize::try_from(whole - done).unwrap_or(PIECE).min(PIECE);
            let got = source.read_volume(source_offset + done, wanted, &mut buf).await?;
            if got == 0 {
                break;
            }
            self.write_volume(offset + done, &buf).await?;
            done += u64::try_from(got).unwrap_or(0);
        }
        self.keep_times()?;
        Ok(u32::try_from(done).unwrap_or(length))
    }

    fn check_file(&self) -> Result<(), NtStatus> {
        if self.is_directory() { Err(NtStatus::INVALID_PARAMETER) } else { Ok(()) }
    }
}

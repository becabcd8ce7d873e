use crate::notify::NotifyFilter;
use crate::offload::{blocking, short};
use crate::volume_information::SECTOR;
use crate::{FileOpen, LockOwner};
use lanward_nt::fscc::{ByteRange, FileRegion, NtfsVolumeData};
use lanward_nt::{AccessMask, FileAttributes, NtStatus};
use lanward_vfs::{AllocatedRange, BasicUpdate, Capabilities};
use std::sync::Arc;

const MAX_SIGNED: u64 = 0x7fff_ffff_ffff_ffff;
/// Bytes moved at once.
const PIECE: usize = 1 << 20;
/// What trimming counts in.
const PAGE: u64 = 4096;

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
        self.before_change(LockOwner::default(), offset, end - offset).await?;
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
        .await?;
        self.report_modified(NotifyFilter::ATTRIBUTES);
        Ok(())
    }

    /// Gives back the storage of ranges whose content nobody needs any more ([MS-FSA] 2.1.5.10.6) and answers how many it did something about.
    ///
    /// # Errors
    /// INVALID_DEVICE_REQUEST: the volume cannot; INVALID_PARAMETER, INTEGER_OVERFLOW, ACCESS_DENIED, FILE_LOCK_CONFLICT.
    pub async fn trim(&self, ranges: &[ByteRange]) -> Result<u32, NtStatus> {
        self.check_file()?;
        self.require(AccessMask::WRITE_DATA)?;
        if !self.file_system.volume().capabilities().contains(Capabilities::SPARSE_FILES) {
            return Err(NtStatus::INVALID_DEVICE_REQUEST);
        }
        if self.file_system.is_read_only() {
            return Err(NtStatus::MEDIA_WRITE_PROTECTED);
        }
        let mut done = 0;
        for range in ranges {
            let Some((offset, length)) = whole_pages(*range, self.metadata()?.end_of_file)? else { continue };
            self.before_change(LockOwner::default(), offset, length).await?;
            let file = Arc::clone(&self.file);
            short(self.file_system.is_slow(), move || file.zero(offset, length)).await?;
            done += 1;
        }
        if done > 0 {
            self.keep_times()?;
        }
        Ok(done)
    }

    /// The parts of a range that were written and those that were not ([MS-FSA] 2.1.5.10.24): here everything up to the end of the file
    /// counts as written.
    ///
    /// # Errors
    /// INVALID_PARAMETER, ACCESS_DENIED.
    pub fn query_file_regions(&self, wanted: FileRegion) -> Result<Vec<FileRegion>, NtStatus> {
        self.check_file()?;
        self.require(AccessMask::READ_DATA)?;
        let ByteRange { offset, length } = wanted.range;
        let end = offset.checked_add(length).filter(|end| *end <= MAX_SIGNED);
        let end = end.filter(|_| length > 0).ok_or(NtStatus::INVALID_PARAMETER)?;
        if wanted.usage & FileRegion::VALID_CACHED_DATA == 0 {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let end_of_file = self.metadata()?.end_of_file;
        if offset > end_of_file || (offset == end_of_file && end_of_file > 0) {
            return Ok(Vec::new());
        }
        let range = ByteRange { offset, length: end.min(end_of_file) - offset };
        let usage = if end_of_file == 0 { 0 } else { wanted.usage };
        Ok(vec![FileRegion { range, usage }])
    }

    /// [MS-FSA] 2.1.5.10.11 FSCTL_GET_NTFS_VOLUME_DATA. There is no master file table to tell of.
    ///
    /// # Errors
    /// The volume is gone.
    pub fn volume_data(&self) -> Result<NtfsVolumeData, NtStatus> {
        let volume = self.file_system.volume().information()?;
        let clusters = |bytes: u64| bytes / u64::from(volume.allocation_unit.max(1));
        Ok(NtfsVolumeData {
            volume_serial_number: volume.serial.into(),
            number_sectors: volume.total_bytes / u64::from(SECTOR),
            total_clusters: clusters(volume.total_bytes),
            free_clusters: clusters(volume.free_bytes),
            total_reserved: clusters(volume.free_bytes.saturating_sub(volume.available_bytes)),
            bytes_per_sector: SECTOR,
            bytes_per_cluster: volume.allocation_unit,
            bytes_per_file_record_segment: 1024,
        })
    }

    pub(crate) fn check_file(&self) -> Result<(), NtStatus> {
        if self.is_directory() { Err(NtStatus::INVALID_PARAMETER) } else { Ok(()) }
    }
}

/// What of a range is whole pages of a file this long; `None` for nothing.
fn whole_pages(range: ByteRange, end_of_file: u64) -> Result<Option<(u64, u64)>, NtStatus> {
    let overflow = NtStatus::INTEGER_OVERFLOW;
    let end = range.offset.checked_add(range.length).ok_or(overflow)?;
    let start = range.offset.checked_next_multiple_of(PAGE).ok_or(overflow)?;
    // The last page of a file goes with the file's last byte.
    let end = if end >= end_of_file { end_of_file.next_multiple_of(PAGE) } else { end - end % PAGE };
    Ok((start < end).then(|| (start, end - start)))
}

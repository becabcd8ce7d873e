use crate::caching::Act;
use crate::notify::NotifyFilter;
use crate::offload::short;
use crate::read_write::MAX_FILE_SIZE;
use crate::{FileInformationClass, FileOpen};
use lanward_nt::fscc::{
    FileBasicInformation, FileDispositionInformation, FileDispositionInformationEx, FileLengthInformation,
    FileModeInformation, FilePositionInformation, FileRenameInformation,
};
use lanward_nt::{AccessMask, CreateOptions, FileAttributes, FileTime, NtStatus};
use lanward_vfs::BasicUpdate;
use lanward_wire::{Decode, DecodeError, Reader};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// [MS-ERREF] STATUS_SHORT_NAMES_NOT_ENABLED_ON_VOLUME
const SHORT_NAMES_NOT_ENABLED_ON_VOLUME: NtStatus = NtStatus(0xc000_019f);
/// A time that stops its own updates through this open, and one that resumes them.
const STOP: u64 = u64::MAX;
const RESUME: u64 = u64::MAX - 1;
const MAX_SIGNED: u64 = 0x7fff_ffff_ffff_ffff;
/// Bytes of a rename or link structure before the name.
const RENAME_FIXED: usize = 20;
/// What of the mode may be changed ([MS-FSA] 2.1.5.15.8).
const SETTABLE_MODE: CreateOptions = CreateOptions::WRITE_THROUGH
    .union(CreateOptions::SEQUENTIAL_ONLY)
    .union(CreateOptions::SYNCHRONOUS_IO_ALERT)
    .union(CreateOptions::SYNCHRONOUS_IO_NONALERT);

impl FileOpen {
    /// Changes the file ([MS-FSA] 2.1.5.15).
    ///
    /// # Errors
    /// INFO_LENGTH_MISMATCH, INVALID_INFO_CLASS, INVALID_PARAMETER, ACCESS_DENIED and what the volume answers.
    pub async fn set_information(&self, class: FileInformationClass, data: &[u8]) -> Result<(), NtStatus> {
        type Class = FileInformationClass;
        if self.is_closed() {
            return Err(NtStatus::FILE_CLOSED);
        }
        match class {
            Class::BASIC => self.set_basic(decoded(data)?).await,
            Class::RENAME => {
                let wanted = renamed(data, FileRenameInformation::decode_plain)?;
                self.rename(&wanted, wanted.replace_if_exists & 1 != 0, self.posix).await
            }
            Class::RENAME_EX => {
                let wanted = renamed(data, FileRenameInformation::decode_ex)?;
                let posix = self.posix || wanted.replace_if_exists & 2 != 0;
                self.rename(&wanted, wanted.replace_if_exists & 1 != 0, posix).await
            }
            Class::LINK => self.link(&renamed(data, FileRenameInformation::decode_plain)?).await,
            Class::DISPOSITION => {
                let delete = decoded::<FileDispositionInformation>(data)?.delete_pending;
                self.set_disposition(if delete { FileDispositionInformationEx::FLAG_DELETE } else { 0 }).await
            }
            Class::DISPOSITION_EX => self.set_disposition_ex(decoded(data)?).await,
            Class::END_OF_FILE => self.set_end_of_file(decoded(data)?).await,
            Class::ALLOCATION => self.set_allocation(decoded(data)?).await,
            Class::POSITION => self.set_position(decoded(data)?),
            Class::MODE => self.set_mode(decoded(data)?),
            Class::FULL_EA => self.set_extended_attributes(data).await,
            Class::VALID_DATA_LENGTH => {
                decoded::<FileLengthInformation>(data)?;
                Err(NtStatus::PRIVILEGE_NOT_HELD)
            }
            Class::SHORT_NAME => Err(SHORT_NAMES_NOT_ENABLED_ON_VOLUME),
            Class::PIPE | Class::PIPE_REMOTE => Err(NtStatus::INVALID_PARAMETER),
            Class::OBJECT_ID | Class::QUOTA => Err(NtStatus::NOT_SUPPORTED),
            _ => Err(NtStatus::INVALID_INFO_CLASS),
        }
    }

    /// [MS-FSA] 2.1.5.15.2
    async fn set_basic(&self, wanted: FileBasicInformation) -> Result<(), NtStatus> {
        self.require(AccessMask::WRITE_ATTRIBUTES)?;
        let times =
            [wanted.creation_time, wanted.last_access_time, wanted.last_write_time, wanted.change_time];
        if times.iter().any(|t| t.0 > MAX_SIGNED && t.0 < RESUME) {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let refused = if self.is_directory() { FileAttributes::TEMPORARY } else { FileAttributes::DIRECTORY };
        if wanted.attributes.intersects(refused) {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.note_times(&wanted)?;
        let given = |t: FileTime| (t.0 != 0 && t.0 < RESUME).then_some(t);
        let attributes =
            wanted.attributes.intersection(FileAttributes::SETTABLE).difference(FileAttributes::NORMAL);
        let mut update = BasicUpdate {
            creation_time: given(wanted.creation_time),
            last_access_time: given(wanted.last_access_time),
            last_write_time: given(wanted.last_write_time),
            change_time: given(wanted.change_time),
            attributes: (!wanted.attributes.is_empty()).then_some(attributes),
            sparse: None,
        };
        if update == BasicUpdate::default() {
            return Ok(());
        }
        update.change_time = update.change_time.or(self.sticky_change_time());
        let file = Arc::clone(&self.file);
        short(self.file_system.is_slow(), move || file.set_basic(&update)).await?;
        if let Some(attributes) = update.attributes {
            self.archived.store(attributes.contains(FileAttributes::ARCHIVE), Ordering::Relaxed);
        }
        if update.last_write_time.is_some() {
            self.settle_write_time()?;
        }
        self.tell_changed();
        self.report_modified(changes(&update));
        Ok(())
    }

    /// Whether later changes through this open leave the write and the change time alone.
    fn note_times(&self, wanted: &FileBasicInformation) -> Result<(), NtStatus> {
        if wanted.last_write_time.0 | wanted.change_time.0 == 0 {
            return Ok(());
        }
        let now = self.file.metadata()?;
        let note = |sticky: &AtomicU64, wanted: FileTime, is: FileTime| match wanted.0 {
            0 => {}
            RESUME => sticky.store(0, Ordering::Relaxed),
            STOP => sticky.store(is.0, Ordering::Relaxed),
            time => sticky.store(time, Ordering::Relaxed),
        };
        note(&self.sticky_write_time, wanted.last_write_time, now.last_write_time);
        self.note_set_write_time();
        note(&self.sticky_change_time, wanted.change_time, now.change_time);
        Ok(())
    }

    /// [MS-FSA] 2.1.5.15.5
    async fn set_end_of_file(&self, wanted: FileLengthInformation) -> Result<(), NtStatus> {
        self.check_length(wanted)?;
        self.check_backup_room(wanted.length).await?;
        self.break_caches(Act::Change).await?;
        self.look_up_kept_time()?;
        let file = Arc::clone(&self.file);
        short(self.file_system.is_slow(), move || file.set_end_of_file(wanted.length)).await?;
        self.tell_changed();
        self.keep_times()
    }

    /// [MS-FSA] 2.1.5.15.1: less than the file's length cuts it.
    async fn set_allocation(&self, wanted: FileLengthInformation) -> Result<(), NtStatus> {
        self.check_length(wanted)?;
        self.check_backup_room(wanted.length).await?;
        self.break_caches(Act::Change).await?;
        self.look_up_kept_time()?;
        let file = Arc::clone(&self.file);
        let cut = wanted.length < file.metadata()?.end_of_file;
        short(self.file_system.is_slow(), move || {
            if cut { file.set_end_of_file(wanted.length) } else { file.reserve(wanted.length) }
        })
        .await?;
        self.tell_changed();
        self.keep_times()
    }

    fn check_length(&self, wanted: FileLengthInformation) -> Result<(), NtStatus> {
        if self.is_directory() || wanted.length > MAX_FILE_SIZE {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.require(AccessMask::WRITE_DATA)
    }

    /// [MS-FSA] 2.1.5.15.10
    fn set_position(&self, wanted: FilePositionInformation) -> Result<(), NtStatus> {
        if wanted.current_byte_offset > MAX_SIGNED {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.position.store(wanted.current_byte_offset, Ordering::Relaxed);
        Ok(())
    }

    /// [MS-FSA] 2.1.5.15.8
    fn set_mode(&self, wanted: FileModeInformation) -> Result<(), NtStatus> {
        let new = CreateOptions::from_bits_retain(wanted.mode);
        let synchronous = CreateOptions::SYNCHRONOUS_IO_ALERT | CreateOptions::SYNCHRONOUS_IO_NONALERT;
        let old = CreateOptions::from_bits_retain(self.mode.load(Ordering::Relaxed));
        let turns = new.intersects(synchronous) != old.intersects(synchronous);
        if !SETTABLE_MODE.contains(new) || new.contains(synchronous) || turns {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.mode.store(old.difference(SETTABLE_MODE).union(new).bits(), Ordering::Relaxed);
        Ok(())
    }
}

/// What an update of times and attributes is to those who watch.
fn changes(update: &BasicUpdate) -> NotifyFilter {
    let mut filter = NotifyFilter::empty();
    filter.set(NotifyFilter::ATTRIBUTES, update.attributes.is_some());
    filter.set(NotifyFilter::CREATION, update.creation_time.is_some());
    filter.set(NotifyFilter::LAST_ACCESS, update.last_access_time.is_some());
    filter.set(NotifyFilter::LAST_WRITE, update.last_write_time.is_some());
    filter
}

fn decoded<'a, T: Decode<'a>>(data: &'a [u8]) -> Result<T, NtStatus> {
    T::decode(&mut Reader::new(data)).map_err(|_| NtStatus::INFO_LENGTH_MISMATCH)
}

fn renamed(
    data: &[u8],
    decode: impl FnOnce(&mut Reader<'_>) -> Result<FileRenameInformation, DecodeError>,
) -> Result<FileRenameInformation, NtStatus> {
    if data.len() < RENAME_FIXED {
        return Err(NtStatus::INFO_LENGTH_MISMATCH);
    }
    let wanted = decode(&mut Reader::new(data)).map_err(|_| NtStatus::INVALID_PARAMETER)?;
    // An odd length would have been rounded down by the decoder.
    let odd = data[16] & 1 != 0;
    if odd || wanted.root_directory != 0 || matches!(wanted.file_name.units(), [] | [0x5c, ..]) {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    Ok(wanted)
}

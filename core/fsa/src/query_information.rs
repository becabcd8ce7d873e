use crate::volume_information::{cut, whole};
use crate::{FileInformationClass, FileOpen};
use lanward_nt::fscc::{
    FileAccessInformation, FileAlignmentInformation, FileAttributeTagInformation, FileBasicInformation,
    FileCompressionInformation, FileEaInformation, FileIdInformation, FileInternalInformation,
    FileModeInformation, FileNameInformation, FileNetworkOpenInformation, FilePositionInformation,
    FileStandardInformation,
};
use lanward_nt::{AccessMask, NtStatus, NtString, ShortName};
use lanward_vfs::Metadata;
use lanward_wire::{BudgetedWriter, Encode, Writer};
use std::sync::atomic::Ordering;

/// What of FileAllInformation must fit at least: up to the name, and by the structure's alignment four bytes more ([MS-FSCC] 2.4.2).
const ALL_FIXED: usize = 104;
/// The same of a length and a name ([MS-FSCC] 2.4.32).
const NAME_FIXED: usize = 8;

impl FileOpen {
    /// Writes information about the file ([MS-FSA] 2.1.5.12). `input` is the FILE_GET_EA_INFORMATION list for the class that takes one.
    ///
    /// # Errors
    /// BUFFER_OVERFLOW: what was written is good but cut; INFO_LENGTH_MISMATCH, INVALID_INFO_CLASS, ACCESS_DENIED.
    pub async fn query_information(
        &self,
        class: FileInformationClass,
        input: &[u8],
        out: &mut BudgetedWriter<'_>,
    ) -> Result<(), NtStatus> {
        self.query_information_of(None, class, input, out).await
    }

    /// The same of a file whose metadata were told a moment ago, when it was opened: the volume is not asked again.
    ///
    /// # Errors
    /// As [`FileOpen::query_information`].
    pub async fn query_information_of(
        &self,
        known: Option<&Metadata>,
        class: FileInformationClass,
        input: &[u8],
        out: &mut BudgetedWriter<'_>,
    ) -> Result<(), NtStatus> {
        type Class = FileInformationClass;
        self.check_query(class)?;
        let metadata = || known.map_or_else(|| self.metadata(), |known| Ok(*known));
        match class {
            Class::BASIC | Class::EA | Class::NETWORK_OPEN | Class::ATTRIBUTE_TAG => {
                of_metadata(class, &metadata()?, out).unwrap_or(Err(NtStatus::INVALID_INFO_CLASS))
            }
            Class::STANDARD => whole(out, &self.standard(&metadata()?)),
            Class::INTERNAL => whole(out, &FileInternalInformation { index_number: self.file_id() }),
            Class::ACCESS => whole(out, &self.access()),
            Class::POSITION => whole(out, &self.current_position()),
            Class::MODE => whole(out, &self.current_mode()),
            Class::ALIGNMENT => whole(out, &FileAlignmentInformation { alignment_requirement: 0 }),
            Class::ALL => cut(out, ALL_FIXED, &All { open: self, metadata: metadata()? }),
            Class::NAME => cut(out, NAME_FIXED, &FileNameInformation { file_name: self.full_name() }),
            Class::NORMALIZED_NAME => {
                let file_name = NtString(self.full_name().units()[1..].to_vec());
                cut(out, NAME_FIXED, &FileNameInformation { file_name })
            }
            Class::ALTERNATE_NAME => self.alternate_name(out).await,
            Class::STREAM => self.query_streams(out).await,
            Class::COMPRESSION => whole(out, &self.compression()?),
            Class::POSIX if self.posix => whole(out, &self.posix_information(&metadata()?)),
            Class::ID => whole(out, &self.id_information()?),
            Class::FULL_EA => self.query_extended_attributes(input, out).await,
            Class::PIPE | Class::PIPE_LOCAL | Class::PIPE_REMOTE => Err(NtStatus::INVALID_PARAMETER),
            Class::OBJECT_ID
            | Class::REPARSE_POINT
            | Class::QUOTA
            | Class::HARD_LINK
            | Class::STANDARD_LINK => Err(NtStatus::NOT_SUPPORTED),
            _ => Err(NtStatus::INVALID_INFO_CLASS),
        }
    }

    /// What a class needs the open to be allowed ([MS-FSA] 2.1.5.12).
    fn check_query(&self, class: FileInformationClass) -> Result<(), NtStatus> {
        type Class = FileInformationClass;
        let needed = match class {
            Class::ALL
            | Class::BASIC
            | Class::NETWORK_OPEN
            | Class::ATTRIBUTE_TAG
            | Class::POSIX
            | Class::PIPE
            | Class::PIPE_LOCAL => AccessMask::READ_ATTRIBUTES,
            Class::FULL_EA => AccessMask::READ_EA,
            _ => AccessMask::all(),
        };
        self.require(needed)
    }

    pub(crate) fn standard(&self, m: &Metadata) -> FileStandardInformation {
        standard(m, self.is_directory(), self.delete_pending())
    }

    const fn access(&self) -> FileAccessInformation {
        FileAccessInformation { access_flags: self.rights.granted.bits() }
    }

    fn current_position(&self) -> FilePositionInformation {
        FilePositionInformation { current_byte_offset: self.position.load(Ordering::Relaxed) }
    }

    fn current_mode(&self) -> FileModeInformation {
        FileModeInformation { mode: self.mode.load(Ordering::Relaxed) }
    }

    /// The path with a backslash in front, and with the stream that is open.
    fn full_name(&self) -> NtString {
        let mut units = vec![0x5c];
        units.extend_from_slice(self.path().as_string().units());
        let stream = self.stream_name();
        if !stream.units().is_empty() {
            units.extend(crate::stream::full_name(&stream));
        }
        NtString(units)
    }

    /// [MS-FSA] 2.1.5.12.5; the root's name is a period.
    async fn alternate_name(&self, out: &mut BudgetedWriter<'_>) -> Result<(), NtStatus> {
        let path = self.path();
        let own = ShortName::of(path.file_name());
        let file_name = match () {
            () if path.is_root() => ".".into(),
            () if ShortName::beside(path.file_name()).units().is_empty() => own.into(),
            () if self.short_name(path).await? == own => own.into(),
            () => return Err(NtStatus::OBJECT_NAME_NOT_FOUND),
        };
        cut(out, NAME_FIXED, &FileNameInformation { file_name })
    }

    fn compression(&self) -> Result<FileCompressionInformation, NtStatus> {
        Ok(FileCompressionInformation {
            compressed_file_size: self.metadata()?.end_of_file,
            compression_format: 0,
            compression_unit_shift: 0,
            chunk_shift: 0,
            cluster_shift: 0,
        })
    }

    fn id_information(&self) -> Result<FileIdInformation, NtStatus> {
        let serial = self.file_system.volume().information()?.serial;
        Ok(FileIdInformation { volume_serial_number: u64::from(serial), file_id: u128::from(self.file_id()) })
    }
}

/// [MS-FSCC] 2.4.2 FileAllInformation.
struct All<'a> {
    open: &'a FileOpen,
    metadata: Metadata,
}

impl Encode for All<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let Self { open, metadata } = self;
        basic(metadata).encode(w);
        open.standard(metadata).encode(w);
        FileInternalInformation { index_number: open.file_id() }.encode(w);
        FileEaInformation { ea_size: metadata.ea_size }.encode(w);
        open.access().encode(w);
        open.current_position().encode(w);
        open.current_mode().encode(w);
        FileAlignmentInformation { alignment_requirement: 0 }.encode(w);
        FileNameInformation { file_name: open.full_name() }.encode(w);
    }
}

/// Writes what a class says that metadata alone say; `None` for another.
pub(crate) fn of_metadata(
    class: FileInformationClass,
    m: &Metadata,
    out: &mut BudgetedWriter<'_>,
) -> Option<Result<(), NtStatus>> {
    type Class = FileInformationClass;
    Some(match class {
        Class::BASIC => whole(out, &basic(m)),
        Class::EA => whole(out, &FileEaInformation { ea_size: m.ea_size }),
        Class::NETWORK_OPEN => whole(out, &FileNetworkOpenInformation::from(*m)),
        Class::ATTRIBUTE_TAG => {
            let reparse_tag = m.reparse_tag.unwrap_or_default().0;
            whole(out, &FileAttributeTagInformation { attributes: m.attributes, reparse_tag })
        }
        _ => return None,
    })
}

/// FileStandardInformation of an object with these metadata.
pub(crate) fn standard(m: &Metadata, directory: bool, delete_pending: bool) -> FileStandardInformation {
    // A directory has one name, whatever else the volume counts.
    let links = if directory { 1 } else { m.link_count };
    FileStandardInformation {
        allocation_size: m.allocation_size,
        end_of_file: m.end_of_file,
        number_of_links: links.saturating_sub(u32::from(delete_pending)),
        delete_pending,
        directory,
    }
}

const fn basic(m: &Metadata) -> FileBasicInformation {
    FileBasicInformation {
        creation_time: m.creation_time,
        last_access_time: m.last_access_time,
        last_write_time: m.last_write_time,
        change_time: m.change_time,
        attributes: m.attributes,
    }
}

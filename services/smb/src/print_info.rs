//! What clients ask of a print job that they are sending, and set of it ([MS-FSCC] 2.4), in SMB 2 and SMB 1.

use lanward_fsa::FileInformationClass;
use lanward_nt::fscc::{FileBasicInformation, FileNameInformation, FileStandardInformation};
use lanward_nt::{AccessMask, FileAttributes, NtStatus};
use lanward_server::JobWriter;
use lanward_wire::{BudgetedWriter, Encode};

/// FILE_GENERIC_WRITE
const ACCESS: AccessMask = AccessMask::FILE_GENERIC_WRITE;

/// # Errors
/// PRINT_CANCELLED: the job is gone; INFO_LENGTH_MISMATCH; INVALID_PARAMETER for what jobs do not tell.
pub(crate) fn query(
    job: &JobWriter,
    class: FileInformationClass,
    out: &mut BudgetedWriter<'_>,
) -> Result<(), NtStatus> {
    let standard = standard_of(job)?;
    let basic = basic_of(job)?;
    let written = match class {
        FileInformationClass::BASIC => out.push(0, |w| basic.encode(w)),
        FileInformationClass::STANDARD => out.push(0, |w| standard.encode(w)),
        FileInformationClass::INTERNAL | FileInformationClass::POSITION => out.push(0, |w| w.u64(0)),
        FileInformationClass::EA | FileInformationClass::MODE | FileInformationClass::ALIGNMENT => {
            out.push(0, |w| w.u32(0))
        }
        FileInformationClass::ACCESS => out.push(0, |w| w.u32(ACCESS.bits())),
        FileInformationClass::ALL => out.push(0, |w| {
            basic.encode(w);
            standard.encode(w);
            w.u64(0); // IndexNumber
            w.u32(0); // EaSize
            w.u32(ACCESS.bits());
            w.u64(0); // CurrentByteOffset
            w.u32(0); // Mode
            w.u32(0); // AlignmentRequirement
            FileNameInformation { file_name: "\\".into() }.encode(w);
        }),
        _ => return Err(NtStatus::INVALID_PARAMETER),
    };
    written.map_err(|_| NtStatus::INFO_LENGTH_MISMATCH)
}

/// # Errors
/// PRINT_CANCELLED: the job is gone.
pub(crate) fn standard_of(job: &JobWriter) -> Result<FileStandardInformation, NtStatus> {
    let bytes = job.job().ok_or(NtStatus::PRINT_CANCELLED)?.bytes;
    Ok(FileStandardInformation {
        allocation_size: bytes,
        end_of_file: bytes,
        number_of_links: 1,
        delete_pending: false,
        directory: false,
    })
}

fn basic_of(job: &JobWriter) -> Result<FileBasicInformation, NtStatus> {
    let submitted = job.job().ok_or(NtStatus::PRINT_CANCELLED)?.submitted;
    Ok(FileBasicInformation {
        creation_time: submitted,
        last_access_time: submitted,
        last_write_time: submitted,
        change_time: submitted,
        attributes: FileAttributes::NORMAL,
    })
}

/// Times and sizes that clients set of what they copy: a job is as long as what is written, and nothing else is kept of them.
///
/// # Errors
/// INVALID_PARAMETER for everything else.
pub(crate) const fn set(class: FileInformationClass) -> Result<(), NtStatus> {
    match class {
        FileInformationClass::BASIC
        | FileInformationClass::ALLOCATION
        | FileInformationClass::END_OF_FILE
        | FileInformationClass::POSITION => Ok(()),
        _ => Err(NtStatus::INVALID_PARAMETER),
    }
}

//! What clients ask of an open pipe before they talk to it, and how it is to be read ([MS-FSCC] 2.4.37, 2.4.38, 2.4.47), and what they ask of files
//! and of pipes alike.

use lanward_fsa::FileInformationClass;
use lanward_nt::fscc::{FileBasicInformation, FileNameInformation, FileStandardInformation};
use lanward_nt::{AccessMask, FileAttributes, FileTime, NtStatus};
use lanward_server::{PipeMode, PipeOpen};
use lanward_wire::{BudgetedWriter, Encode, Reader};

/// FILE_PIPE_FULL_DUPLEX and FILE_PIPE_CLIENT_END
const FULL_DUPLEX: u32 = 2;
const CLIENT_END: u32 = 0;

/// NamedPipeState
const CONNECTED: u32 = 3;
const CLOSING: u32 = 4;

/// Bytes a pipe is said to hold in each direction.
const QUOTA: u32 = 4096;

/// # Errors
/// FILE_CLOSED, INFO_LENGTH_MISMATCH, INVALID_PARAMETER for what pipes do not tell.
pub(crate) fn query(
    pipe: &PipeOpen,
    class: FileInformationClass,
    out: &mut BudgetedWriter<'_>,
) -> Result<(), NtStatus> {
    let peek = pipe.peek(0, &mut Vec::new())?;
    let available = u32::try_from(peek.available).unwrap_or(u32::MAX);
    let written = match class {
        FileInformationClass::BASIC => out.push(0, |w| BASIC.encode(w)),
        FileInformationClass::STANDARD => out.push(0, |w| standard(available).encode(w)),
        FileInformationClass::INTERNAL | FileInformationClass::POSITION => out.push(0, |w| w.u64(0)),
        FileInformationClass::EA | FileInformationClass::MODE | FileInformationClass::ALIGNMENT => {
            out.push(0, |w| w.u32(0))
        }
        FileInformationClass::ACCESS => out.push(0, |w| w.u32(ACCESS.bits())),
        FileInformationClass::NAME => out.push(0, |w| name(pipe).encode(w)),
        FileInformationClass::ALL => out.push(0, |w| {
            BASIC.encode(w);
            standard(available).encode(w);
            w.u64(0); // IndexNumber
            w.u32(0); // EaSize
            w.u32(ACCESS.bits());
            w.u64(0); // CurrentByteOffset
            w.u32(0); // Mode
            w.u32(0); // AlignmentRequirement
            name(pipe).encode(w);
        }),
        FileInformationClass::PIPE => out.push(0, |w| {
            let PipeMode { message_read, nonblocking } = pipe.mode();
            w.u32(message_read.into());
            w.u32(nonblocking.into());
        }),
        FileInformationClass::PIPE_LOCAL => out.push(0, |w| {
            let state = if peek.connected { CONNECTED } else { CLOSING };
            let (instances, current) = (u32::MAX, 1);
            // FILE_PIPE_MESSAGE_TYPE is 1, FILE_PIPE_BYTE_STREAM_TYPE 0.
            for field in [pipe.is_message_type().into(), FULL_DUPLEX, instances, current] {
                w.u32(field);
            }
            for field in [QUOTA, available, QUOTA, QUOTA, state, CLIENT_END] {
                w.u32(field);
            }
        }),
        _ => return Err(NtStatus::INVALID_PARAMETER),
    };
    written.map_err(|_| NtStatus::INFO_LENGTH_MISMATCH)
}

/// Nobody made a pipe at any time, and it is nothing but a pipe.
const BASIC: FileBasicInformation = FileBasicInformation {
    creation_time: FileTime(0),
    last_access_time: FileTime(0),
    last_write_time: FileTime(0),
    change_time: FileTime(0),
    attributes: FileAttributes::NORMAL,
};

/// FILE_GENERIC_READ and FILE_GENERIC_WRITE
const ACCESS: AccessMask = AccessMask::from_bits_retain(0x0012_019f);

/// FileStandardInformation of a pipe.
///
/// # Errors
/// FILE_CLOSED
pub(crate) fn standard_of(pipe: &PipeOpen) -> Result<FileStandardInformation, NtStatus> {
    let available = pipe.peek(0, &mut Vec::new())?.available;
    Ok(standard(u32::try_from(available).unwrap_or(u32::MAX)))
}

fn standard(available: u32) -> FileStandardInformation {
    FileStandardInformation {
        allocation_size: QUOTA.into(),
        end_of_file: available.into(),
        number_of_links: 1,
        delete_pending: true,
        directory: false,
    }
}

fn name(pipe: &PipeOpen) -> FileNameInformation {
    FileNameInformation { file_name: format!("\\{}", pipe.name()).as_str().into() }
}

/// # Errors
/// INFO_LENGTH_MISMATCH; INVALID_PARAMETER for a mode there is not and for what pipes do not take.
pub(crate) fn set(pipe: &PipeOpen, class: FileInformationClass, input: &[u8]) -> Result<(), NtStatus> {
    if class != FileInformationClass::PIPE {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    let mut r = Reader::new(input);
    let mut mode = |name| r.u32(name).map_err(|_| NtStatus::INFO_LENGTH_MISMATCH);
    let (read_mode, completion_mode) = (mode("ReadMode")?, mode("CompletionMode")?);
    if read_mode > 1 || completion_mode > 1 {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    pipe.set_mode(PipeMode { message_read: read_mode == 1, nonblocking: completion_mode == 1 })?;
    Ok(())
}

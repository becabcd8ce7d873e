//! The FSCTLs about an open file or pipe that any dialect may ask for ([MS-FSCC] 2.3, [MS-SMB2] 3.3.5.15, [MS-SMB] 2.2.7.2).

pub(crate) mod copy;
mod object_id;
mod ranges;
mod reparse;

use crate::snapshots;
use lanward_fsa::FileOpen;
use lanward_nt::NtStatus;
use lanward_nt::fscc::CtlCode;
use lanward_server::{PipeOpen, TreeConnect};
use lanward_smb2::messages::{NamedPipeState, PipePeekResponse, PipeWaitRequest};
use lanward_vfs::Capabilities;
use lanward_wire::{Decode, DecodeError, Encode, Reader, ReplyBudget};
use std::time::Duration;

/// SUCCESS, or a status that comes with what was written.
pub(crate) type Answer = Result<NtStatus, NtStatus>;

/// [MS-FSCC] 2.3.18: no file here is compressed.
const COMPRESSION_FORMAT_NONE: u16 = 0;

/// Bytes of MARK_HANDLE_INFO of a 64-bit client.
pub(crate) const MARK_HANDLE_INFO: usize = 24;

/// Carries a control out on a file of a tree connect.
///
/// # Errors
/// What the control says; NOT_SUPPORTED or INVALID_DEVICE_REQUEST for one that nothing here carries out.
pub(crate) async fn on_file(
    tree: &TreeConnect,
    file: &FileOpen,
    (code, input): (CtlCode, &[u8]),
    budget: ReplyBudget,
    out: &mut Vec<u8>,
) -> Answer {
    match code {
        CtlCode::SET_SPARSE => ranges::set_sparse(file, input).await,
        CtlCode::SET_ZERO_DATA => ranges::set_zero_data(file, input).await,
        CtlCode::QUERY_ALLOCATED_RANGES => ranges::allocated_ranges(file, input, budget, out).await,
        CtlCode::QUERY_FILE_REGIONS => ranges::file_regions(file, input, budget, out),
        CtlCode::FILE_LEVEL_TRIM => ranges::trim(file, input, budget, out).await,
        CtlCode::CREATE_OR_GET_OBJECT_ID => {
            object_id::answer(file.create_or_get_object_id().await, budget, out)
        }
        CtlCode::GET_OBJECT_ID => object_id::answer(file.object_id().await, budget, out),
        CtlCode::SET_OBJECT_ID => object_id::set(file, input).await,
        CtlCode::SET_OBJECT_ID_EXTENDED => object_id::extend(file, input).await,
        CtlCode::DELETE_OBJECT_ID => file.delete_object_id().await.map(|()| NtStatus::SUCCESS),
        CtlCode::GET_COMPRESSION => {
            let written = budget.writer(out).push(1, |w| w.u16(COMPRESSION_FORMAT_NONE));
            written.map_err(|_| NtStatus::INVALID_PARAMETER)?;
            Ok(NtStatus::SUCCESS)
        }
        CtlCode::SET_COMPRESSION => match Reader::new(input).u16("CompressionState").map_err(malformed)? {
            COMPRESSION_FORMAT_NONE => Ok(NtStatus::SUCCESS),
            _ => Err(NtStatus::NOT_SUPPORTED),
        },
        CtlCode::GET_NTFS_VOLUME_DATA => {
            let data = file.volume_data()?;
            let written = budget.writer(out).push(1, |w| data.encode(w));
            written.map_err(|_| NtStatus::BUFFER_TOO_SMALL)?;
            Ok(NtStatus::SUCCESS)
        }
        // [MS-FSA] 2.1.5.10.18: whatever the name is.
        CtlCode::IS_PATHNAME_VALID => Ok(NtStatus::SUCCESS),
        CtlCode::SRV_ENUMERATE_SNAPSHOTS => snapshots::enumerate(tree, budget, out).await,
        CtlCode::GET_REPARSE_POINT => reparse::get(file, budget, out).await,
        CtlCode::SET_REPARSE_POINT => reparse::set(file, input).await,
        CtlCode::DELETE_REPARSE_POINT => reparse::delete(file, input).await,
        code => Err(refusal(file, code, input)),
    }
}

/// What a control is answered that nothing here carries out: not for this server, or not for this volume ([MS-SMB2] 3.3.5.15).
fn refusal(file: &FileOpen, code: CtlCode, input: &[u8]) -> NtStatus {
    match code {
        // [MS-FSA] 2.1.5.10.20 and .21: no volume here has storage that copies by itself.
        CtlCode::OFFLOAD_WRITE
            if file.file_system().volume().capabilities().contains(Capabilities::READ_ONLY) =>
        {
            NtStatus::MEDIA_WRITE_PROTECTED
        }
        CtlCode::OFFLOAD_READ | CtlCode::OFFLOAD_WRITE => NtStatus::NOT_SUPPORTED,
        CtlCode::MARK_HANDLE if input.len() < MARK_HANDLE_INFO => NtStatus::INVALID_PARAMETER,
        // What servers let through to the file system, and no file system here knows.
        CtlCode::FILESYSTEM_GET_STATISTICS
        | CtlCode::FIND_FILES_BY_SID
        | CtlCode::GET_INTEGRITY_INFORMATION
        | CtlCode::GET_RETRIEVAL_POINTERS
        | CtlCode::GET_RETRIEVAL_POINTERS_AND_REFCOUNT
        | CtlCode::GET_RETRIEVAL_POINTER_COUNT
        | CtlCode::LMR_SET_LINK_TRACKING_INFORMATION
        | CtlCode::MARK_HANDLE
        | CtlCode::QUERY_FAT_BPB
        | CtlCode::QUERY_ON_DISK_VOLUME_INFO
        | CtlCode::QUERY_SHARED_VIRTUAL_DISK_SUPPORT
        | CtlCode::QUERY_SPARING_INFO
        | CtlCode::READ_FILE_USN_DATA
        | CtlCode::REFS_STREAM_SNAPSHOT_MANAGEMENT
        | CtlCode::SET_DEFECT_MANAGEMENT
        | CtlCode::SET_INTEGRITY_INFORMATION
        | CtlCode::SET_INTEGRITY_INFORMATION_EX
        | CtlCode::SET_ZERO_ON_DEALLOCATION
        | CtlCode::STORAGE_QOS_CONTROL
        | CtlCode::SVHDX_ASYNC_TUNNEL_REQUEST
        | CtlCode::SVHDX_SYNC_TUNNEL_REQUEST
        | CtlCode::WRITE_USN_CLOSE_RECORD => NtStatus::INVALID_DEVICE_REQUEST,
        // FSCTL_SRV_READ_HASH among them (3.3.5.15.7): there is no branch cache.
        _ => NtStatus::NOT_SUPPORTED,
    }
}

/// [MS-FSCC] 2.3.49 FSCTL_PIPE_WAIT. Times there are relative, and clients write them as negative numbers.
///
/// # Errors
/// As [`TreeConnect::wait_for_pipe`].
pub(crate) async fn pipe_wait(tree: &TreeConnect, input: &[u8]) -> Answer {
    let wait = PipeWaitRequest::decode(&mut Reader::new(input)).map_err(malformed)?;
    let limit = wait.timeout.map(|time| Duration::from_nanos(time.unsigned_abs().saturating_mul(100)));
    // "If TimeoutSpecified is FALSE [...] the server MUST wait forever".
    tree.wait_for_pipe(&wait.name.to_nt_string(), Some(limit.unwrap_or(Duration::MAX))).await?;
    Ok(NtStatus::SUCCESS)
}

/// What could be read of a pipe ([MS-FSCC] 2.3.46).
pub(crate) fn peek(pipe: &PipeOpen, budget: ReplyBudget, out: &mut Vec<u8>) -> Answer {
    /// The fixed part of FSCTL_PIPE_PEEK's reply.
    const FIXED: usize = 16;
    let mut data = Vec::new();
    let peek = pipe.peek(budget.limit().saturating_sub(FIXED), &mut data)?;
    let response = PipePeekResponse {
        named_pipe_state: if peek.connected { NamedPipeState::CONNECTED } else { NamedPipeState::CLOSING },
        read_data_available: count(peek.available),
        number_of_messages: count(peek.messages),
        message_length: count(peek.message_length),
        data: &data,
    };
    budget.writer(out).push(1, |w| response.encode(w)).map_err(|_| NtStatus::BUFFER_TOO_SMALL)?;
    let cut = peek.message_length > data.len();
    Ok(if cut { NtStatus::BUFFER_OVERFLOW } else { NtStatus::SUCCESS })
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// What a client is told whose bytes are none.
pub(crate) fn malformed(error: DecodeError) -> NtStatus {
    tracing::debug!(%error, "Malformed request");
    NtStatus::INVALID_PARAMETER
}

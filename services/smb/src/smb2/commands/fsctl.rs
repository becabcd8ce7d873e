//! The FSCTLs that are about a file or a pipe ([MS-SMB2] 3.3.5.15, [MS-FSCC] 2.3).

use super::{fsctl_copy, fsctl_object_id, fsctl_ranges, fsctl_reparse, snapshots};
use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use lanward_fsa::FileOpen;
use lanward_nt::NtStatus;
use lanward_server::PipeOpen;
use lanward_smb2::Dialect;
use lanward_smb2::messages::{CtlCode, IoctlRequest, NamedPipeState, PipePeekResponse, PipeWaitRequest};
use lanward_vfs::Capabilities;
use lanward_wire::{Decode, Encode, Reader, ReplyBudget};
use std::sync::Arc;

/// [MS-FSCC] 2.3.18: no file here is compressed.
const COMPRESSION_FORMAT_NONE: u16 = 0;

pub(super) async fn on_file(
    context: &mut Context<'_>,
    file: &Arc<FileOpen>,
    request: &IoctlRequest<'_>,
    budget: ReplyBudget,
    out: &mut Out,
) -> Outcome {
    let input = request.input;
    match request.ctl_code {
        CtlCode::SET_SPARSE => fsctl_ranges::set_sparse(file, input).await,
        CtlCode::SET_ZERO_DATA => fsctl_ranges::set_zero_data(file, input).await,
        CtlCode::QUERY_ALLOCATED_RANGES => fsctl_ranges::allocated_ranges(file, input, budget, out).await,
        CtlCode::QUERY_FILE_REGIONS => fsctl_ranges::file_regions(file, input, budget, out),
        CtlCode::FILE_LEVEL_TRIM => fsctl_ranges::trim(file, input, budget, out).await,
        CtlCode::SRV_REQUEST_RESUME_KEY => fsctl_copy::resume_key(request, budget, out),
        CtlCode::SRV_COPYCHUNK | CtlCode::SRV_COPYCHUNK_WRITE => {
            fsctl_copy::copychunk(context, file, request, budget, out).await
        }
        CtlCode::DUPLICATE_EXTENTS_TO_FILE => fsctl_copy::duplicate_extents(context, file, input).await,
        CtlCode::DUPLICATE_EXTENTS_TO_FILE_EX => fsctl_copy::duplicate_extents_ex(context, file, input).await,
        CtlCode::CREATE_OR_GET_OBJECT_ID => {
            fsctl_object_id::answer(file.create_or_get_object_id().await, budget, out)
        }
        CtlCode::GET_OBJECT_ID => fsctl_object_id::answer(file.object_id().await, budget, out),
        CtlCode::SET_OBJECT_ID => fsctl_object_id::set(file, input).await,
        CtlCode::SET_OBJECT_ID_EXTENDED => fsctl_object_id::extend(file, input).await,
        CtlCode::DELETE_OBJECT_ID => {
            file.delete_object_id().await.map(|()| NtStatus::SUCCESS).map_err(Into::into)
        }
        CtlCode::GET_COMPRESSION => {
            let format = COMPRESSION_FORMAT_NONE;
            let written = budget.writer(out.vec()).push(1, |w| w.u16(format));
            written.map_err(|_| NtStatus::INVALID_PARAMETER)?;
            Ok(NtStatus::SUCCESS)
        }
        CtlCode::SET_COMPRESSION => match Reader::new(input).u16("CompressionState")? {
            COMPRESSION_FORMAT_NONE => Ok(NtStatus::SUCCESS),
            _ => Err(NtStatus::NOT_SUPPORTED.into()),
        },
        CtlCode::GET_NTFS_VOLUME_DATA => {
            let data = file.volume_data()?;
            let written = budget.writer(out.vec()).push(1, |w| data.encode(w));
            written.map_err(|_| NtStatus::BUFFER_TOO_SMALL)?;
            Ok(NtStatus::SUCCESS)
        }
        // [MS-FSA] 2.1.5.10.18: whatever the name is.
        CtlCode::IS_PATHNAME_VALID => Ok(NtStatus::SUCCESS),
        CtlCode::SRV_ENUMERATE_SNAPSHOTS => snapshots::enumerate(context, budget, out).await,
        CtlCode::GET_REPARSE_POINT => fsctl_reparse::get(file, budget, out).await,
        CtlCode::SET_REPARSE_POINT => fsctl_reparse::set(file, input).await,
        CtlCode::DELETE_REPARSE_POINT => fsctl_reparse::delete(file, input).await,
        code => Err(refusal(context, file, code, input).into()),
    }
}

/// What a control is answered that nothing here carries out: not for this server, or not for this volume ([MS-SMB2] 3.3.5.15).
fn refusal(context: &Context<'_>, file: &FileOpen, code: CtlCode, input: &[u8]) -> NtStatus {
    /// MARK_HANDLE_INFO of a 64-bit client.
    const MARK_HANDLE_INFO: usize = 24;
    match code {
        // [MS-FSA] 2.1.5.10.20 and .21: no volume here has storage that copies by itself.
        CtlCode::OFFLOAD_WRITE
            if file.file_system().volume().capabilities().contains(Capabilities::READ_ONLY) =>
        {
            NtStatus::MEDIA_WRITE_PROTECTED
        }
        CtlCode::OFFLOAD_READ | CtlCode::OFFLOAD_WRITE => NtStatus::NOT_SUPPORTED,
        CtlCode::MARK_HANDLE if input.len() < MARK_HANDLE_INFO => NtStatus::INVALID_PARAMETER,
        // [MS-SMB2] 3.3.5.15.19
        CtlCode::MARK_HANDLE if context.dialect() != Some(Dialect::V3_1_1) => NtStatus::NOT_SUPPORTED,
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

pub(super) async fn on_pipe(
    context: &Context<'_>,
    pipe: &Arc<PipeOpen>,
    code: CtlCode,
    input: &[u8],
    budget: ReplyBudget,
    out: &mut Out,
) -> Outcome {
    match code {
        CtlCode::PIPE_TRANSCEIVE => {
            context.expect_wait();
            let read = tokio::select! {
                outcome = pipe.transact(input, budget.limit(), out.vec()) => outcome?,
                () = context.unit.cancelled() => return Err(NtStatus::CANCELLED.into()),
            };
            Ok(if read.more { NtStatus::BUFFER_OVERFLOW } else { NtStatus::SUCCESS })
        }
        CtlCode::PIPE_PEEK => peek(pipe, budget, out),
        _ => Err(NtStatus::NOT_SUPPORTED.into()),
    }
}

/// Every pipe here takes as many clients as come, so nobody has to wait ([MS-FSCC] 2.3.49).
pub(super) fn pipe_wait(context: &Context<'_>, request: &IoctlRequest<'_>) -> Outcome {
    let wait = PipeWaitRequest::decode(&mut Reader::new(request.input))?;
    let pipes = context.connection.service.server.pipes();
    if !context.tree()?.core.is_ipc() || !pipes.contains(&wait.name.to_nt_string()) {
        return Err(NtStatus::OBJECT_NAME_NOT_FOUND.into());
    }
    Ok(NtStatus::SUCCESS)
}

fn peek(pipe: &PipeOpen, budget: ReplyBudget, out: &mut Out) -> Outcome {
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
    budget.writer(out.vec()).push(1, |w| response.encode(w)).map_err(|_| NtStatus::BUFFER_TOO_SMALL)?;
    let cut = peek.message_length > data.len();
    Ok(if cut { NtStatus::BUFFER_OVERFLOW } else { NtStatus::SUCCESS })
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

//! The FSCTLs that are about a file or a pipe ([MS-SMB2] 3.3.5.15, [MS-FSCC] 2.3).

use crate::smb2::context::{Context, Fault, Outcome};
use crate::smb2::reply::Out;
use lanward_fsa::FileOpen;
use lanward_nt::{AccessMask, NtStatus};
use lanward_server::{OpenBody, PipeOpen};
use lanward_smb2::messages::{
    CtlCode, IoctlRequest, NamedPipeState, PipePeekResponse, PipeWaitRequest, SrvCopychunkCopy,
    SrvCopychunkResponse, SrvRequestResumeKeyResponse,
};
use lanward_wire::{Decode, Encode, Reader, ReplyBudget};
use std::sync::Arc;

/// [MS-SMB2] 3.3.3: ServerSideCopyMaxNumberofChunks, ServerSideCopyMaxChunkSize, ServerSideCopyMaxDataSize
const MAX_CHUNKS: u32 = 256;
const MAX_CHUNK: u32 = 1 << 20;
const MAX_COPY: u32 = 16 << 20;

/// [MS-FSCC] 2.3.18: no file here is compressed.
const COMPRESSION_FORMAT_NONE: u16 = 0;

pub(super) async fn on_file(
    context: &mut Context<'_>,
    file: &Arc<FileOpen>,
    request: &IoctlRequest<'_>,
    budget: ReplyBudget,
    out: &mut Out,
) -> Outcome {
    match request.ctl_code {
        CtlCode::SET_SPARSE => {
            // An absent buffer means TRUE ([MS-FSCC] 2.3.64).
            file.set_sparse(request.input.first().is_none_or(|b| *b != 0)).await?;
            Ok(NtStatus::SUCCESS)
        }
        CtlCode::SET_ZERO_DATA => {
            let (offset, beyond) = pair(request.input)?;
            file.zero_data(offset, beyond).await?;
            Ok(NtStatus::SUCCESS)
        }
        CtlCode::QUERY_ALLOCATED_RANGES => allocated_ranges(file, request.input, budget, out).await,
        CtlCode::SRV_REQUEST_RESUME_KEY => resume_key(request, budget, out),
        CtlCode::SRV_COPYCHUNK | CtlCode::SRV_COPYCHUNK_WRITE => {
            copychunk(context, file, request, budget, out).await
        }
        CtlCode::CREATE_OR_GET_OBJECT_ID | CtlCode::GET_OBJECT_ID => object_id(file, budget, out),
        CtlCode::GET_COMPRESSION => {
            budget
                .writer(out.vec())
                .push(1, |w| w.u16(COMPRESSION_FORMAT_NONE))
                .map_err(|_| NtStatus::INVALID_PARAMETER)?;
            Ok(NtStatus::SUCCESS)
        }
        CtlCode::SET_COMPRESSION => match Reader::new(request.input).u16("CompressionState")? {
            COMPRESSION_FORMAT_NONE => Ok(NtStatus::SUCCESS),
            _ => Err(NtStatus::NOT_SUPPORTED.into()),
        },
        CtlCode::GET_REPARSE_POINT => Err(NtStatus::NOT_A_REPARSE_POINT.into()),
        // [MS-SMB2] 3.3.5.15: what the object store does not know.
        _ => Err(NtStatus::INVALID_DEVICE_REQUEST.into()),
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

/// [MS-FSCC] 2.1.3.1 FILE_OBJECTID_BUFFER: what tells the file from every other, twice over, in no domain.
fn object_id(file: &FileOpen, budget: ReplyBudget, out: &mut Out) -> Outcome {
    let number = file.file_number();
    let written = budget.writer(out.vec()).push(1, |w| {
        for _ in 0..2 {
            w.u64(number.inode);
            w.u64(number.device);
        }
        w.zeros(32);
    });
    written.map_err(|_| NtStatus::INVALID_PARAMETER)?;
    Ok(NtStatus::SUCCESS)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

async fn allocated_ranges(file: &FileOpen, input: &[u8], budget: ReplyBudget, out: &mut Out) -> Outcome {
    const ENTRY: usize = 16;
    let (offset, length) = pair(input)?;
    let fit = budget.limit() / ENTRY;
    let ranges = file.query_allocated_ranges(offset, length, fit + 1).await?;
    let mut writer = budget.writer(out.vec());
    for range in ranges.iter().take(fit) {
        let entry = writer.push(1, |w| {
            w.u64(range.offset);
            w.u64(range.length);
        });
        entry.map_err(|_| NtStatus::BUFFER_TOO_SMALL)?;
    }
    match ranges.len() > fit {
        false => Ok(NtStatus::SUCCESS),
        true if fit == 0 => Err(NtStatus::BUFFER_TOO_SMALL.into()),
        true => Ok(NtStatus::BUFFER_OVERFLOW),
    }
}

/// [MS-SMB2] 3.3.5.15.5: the key names the open; only its own session can use it.
fn resume_key(request: &IoctlRequest<'_>, budget: ReplyBudget, out: &mut Out) -> Outcome {
    let mut resume_key = [0; 24];
    resume_key[..8].copy_from_slice(&request.file_id.persistent.to_le_bytes());
    resume_key[8..16].copy_from_slice(&request.file_id.volatile.to_le_bytes());
    let response = SrvRequestResumeKeyResponse { resume_key };
    budget.writer(out.vec()).push(1, |w| response.encode(w)).map_err(|_| NtStatus::INVALID_PARAMETER)?;
    Ok(NtStatus::SUCCESS)
}

/// [MS-SMB2] 3.3.5.15.6 Handling a Server-Side Data Copy Request
async fn copychunk(
    context: &Context<'_>,
    target: &Arc<FileOpen>,
    request: &IoctlRequest<'_>,
    budget: ReplyBudget,
    out: &mut Out,
) -> Outcome {
    const RESPONSE: usize = 12;
    let copy = SrvCopychunkCopy::decode(&mut Reader::new(request.input))?;
    if budget.limit() < RESPONSE {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let source = copy_source(context, &copy)?;
    // Whoever may execute a file may have its bytes copied from it, as with a READ.
    let readable = AccessMask::READ_DATA | AccessMask::EXECUTE;
    let reads_target = request.ctl_code == CtlCode::SRV_COPYCHUNK;
    let may_write = target.granted_access().intersects(AccessMask::WRITE_DATA | AccessMask::APPEND_DATA);
    if !may_write
        || (reads_target && !target.granted_access().contains(AccessMask::READ_DATA))
        || !source.granted_access().intersects(readable)
    {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let total: u64 = copy.chunks.iter().map(|c| u64::from(c.length)).sum();
    let too_much = copy.chunks.len() > MAX_CHUNKS as usize
        || copy.chunks.iter().any(|c| c.length == 0 || c.length > MAX_CHUNK)
        || total > u64::from(MAX_COPY);
    if too_much {
        // The client learns the limits and tries again within them.
        answer(MAX_CHUNKS, MAX_CHUNK, MAX_COPY, budget, out)?;
        return Ok(NtStatus::INVALID_PARAMETER);
    }
    let (mut chunks, mut written) = (0, 0);
    for chunk in &copy.chunks {
        match target.copy_range(&source, chunk.source_offset, chunk.target_offset, chunk.length).await {
            Ok(n) => {
                chunks += 1;
                written += n;
            }
            Err(status) => {
                answer(chunks, 0, written, budget, out)?;
                return Ok(status);
            }
        }
    }
    answer(chunks, 0, written, budget, out)?;
    Ok(NtStatus::SUCCESS)
}

fn copy_source(context: &Context<'_>, copy: &SrvCopychunkCopy) -> Result<Arc<FileOpen>, NtStatus> {
    let mut id = [0; 8];
    id.copy_from_slice(&copy.source_key[8..16]);
    let entry =
        context.session()?.open_entry(u64::from_le_bytes(id)).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
    match entry.open.body() {
        OpenBody::File(file) => Ok(file.clone()),
        OpenBody::Pipe(_) => Err(NtStatus::OBJECT_NAME_NOT_FOUND),
    }
}

fn answer(
    chunks: u32,
    chunk_bytes: u32,
    total: u32,
    budget: ReplyBudget,
    out: &mut Out,
) -> Result<(), Fault> {
    let response = SrvCopychunkResponse {
        chunks_written: chunks,
        chunk_bytes_written: chunk_bytes,
        total_bytes_written: total,
    };
    let written = budget.writer(out.vec()).push(1, |w| response.encode(w));
    written.map_err(|_| Fault::Status(NtStatus::INVALID_PARAMETER))
}

/// Two 64-bit numbers, as several FSCTLs take them.
fn pair(input: &[u8]) -> Result<(u64, u64), Fault> {
    let mut r = Reader::new(input);
    Ok((r.u64("FileOffset")?, r.u64("Length")?))
}

//! The subcommands of SMB_COM_TRANSACTION on pipes ([MS-CIFS] 3.3.5.57.2 to 3.3.5.57.12).

use super::reply::Reply;
use super::{paths, searches};
use crate::smb1::context::{Context, Outcome};
use crate::smb1::pipes;
use crate::smb1::status::INVALID_SMB;
use lanward_nt::{AccessMask, NtStatus};
use lanward_server::{PipeMode, PipeOpen};
use lanward_smb1::subcommands::{
    BytesWritten, Parameters, PipeInfo, PipeInfoRequest, PipePeek, PipeState, TransCode,
};
use lanward_smb1::{PipeStatus, Transaction};
use std::sync::Arc;
use std::time::Duration;

/// [MS-CIFS] 2.2.5.5.2 NamedPipeState
const CONNECTED: u16 = 3;
const CLOSING: u16 = 4;
/// Bytes a pipe is said to hold in each direction.
const BUFFER: u16 = 4096;
/// The level of TRANS_QUERY_NMPIPE_INFO.
const INFO: u16 = 1;

pub(super) async fn carry_out(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    if !context.tree()?.core.is_ipc() {
        return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
    }
    let code = transaction.setup.first().copied().map(TransCode).ok_or(NtStatus::INVALID_PARAMETER)?;
    match code {
        TransCode::WAIT_NMPIPE => return wait(context, transaction).await,
        TransCode::CALL_NMPIPE => return call(context, transaction, reply).await,
        _ => {}
    }
    let pipe = &*pipe(context, transaction)?;
    match code {
        TransCode::SET_NMPIPE_STATE => set_state(pipe, transaction, context),
        TransCode::QUERY_NMPIPE_STATE => query_state(pipe, reply),
        TransCode::QUERY_NMPIPE_INFO => query_info(pipe, transaction, context, reply),
        TransCode::PEEK_NMPIPE => peek(pipe, reply),
        TransCode::TRANSACT_NMPIPE => transact(context, pipe, &transaction.data, reply).await,
        TransCode::READ_NMPIPE => read(context, pipe, reply).await,
        TransCode::RAW_READ_NMPIPE => raw_read(context, pipe, reply).await,
        TransCode::WRITE_NMPIPE | TransCode::RAW_WRITE_NMPIPE => {
            write(context, pipe, &transaction.data, reply).await
        }
        _ => Err(INVALID_SMB.into()),
    }
}

/// The pipe whose FID is behind the code.
///
/// # Errors
/// INVALID_HANDLE: there is none.
fn pipe(context: &mut Context<'_>, transaction: &Transaction) -> Result<Arc<PipeOpen>, NtStatus> {
    let fid = transaction.setup.get(1).copied().ok_or(NtStatus::INVALID_PARAMETER)?;
    let entry = context.open(fid)?;
    entry.open.pipe().cloned().ok_or(NtStatus::INVALID_HANDLE)
}

/// [MS-CIFS] 3.3.5.57.2
fn set_state(pipe: &PipeOpen, transaction: &Transaction, context: &Context<'_>) -> Outcome {
    let state = PipeState::decode(&transaction.parameters, context.text)?.state;
    pipe.set_mode(PipeMode {
        message_read: state.contains(PipeStatus::MESSAGE_READ),
        nonblocking: state.contains(PipeStatus::NONBLOCKING),
    })?;
    Ok(NtStatus::SUCCESS)
}

/// [MS-CIFS] 3.3.5.57.4
fn query_state(pipe: &PipeOpen, reply: &mut Reply) -> Outcome {
    reply.set_parameters(&PipeState { state: pipes::status(pipe) })?;
    Ok(NtStatus::SUCCESS)
}

/// [MS-CIFS] 3.3.5.57.5
fn query_info(
    pipe: &PipeOpen,
    transaction: &Transaction,
    context: &Context<'_>,
    reply: &mut Reply,
) -> Outcome {
    if PipeInfoRequest::decode(&transaction.parameters, context.text)?.level != INFO {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let text = reply.text();
    let pipe_name = format!("\\PIPE\\{}", pipe.name()).as_str().into();
    let terminator = if text.unicode { 2 } else { 1 };
    let length = text.bytes(&pipe_name).len() + terminator;
    let info = PipeInfo {
        output_buffer_size: BUFFER,
        input_buffer_size: BUFFER,
        maximum_instances: u8::MAX,
        current_instances: 1,
        pipe_name_length: u8::try_from(length).unwrap_or(u8::MAX),
        pipe_name,
    };
    match reply.data().push_truncated(|w| info.encode(w, text)) {
        Ok(()) => Ok(NtStatus::SUCCESS),
        Err(_) => Ok(NtStatus::BUFFER_OVERFLOW),
    }
}

/// [MS-CIFS] 3.3.5.57.6
fn peek(pipe: &PipeOpen, reply: &mut Reply) -> Outcome {
    const PARAMETERS: usize = 6;
    reply.expect_parameters(PARAMETERS)?;
    let limit = reply.data_budget().limit();
    let peek = pipe.peek(limit, reply.data_bytes())?;
    let short = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
    reply.set_parameters(&PipePeek {
        read_data_available: short(peek.available),
        message_bytes_length: short(peek.message_length),
        named_pipe_state: if peek.connected { CONNECTED } else { CLOSING },
    })?;
    Ok(NtStatus::SUCCESS)
}

/// [MS-CIFS] 3.3.5.57.7
async fn transact(context: &Context<'_>, pipe: &PipeOpen, message: &[u8], reply: &mut Reply) -> Outcome {
    let limit = reply.data_budget().limit();
    let read = tokio::select! {
        biased;
        read = pipe.transact(message, limit, reply.data_bytes()) => read?,
        () = context.unit.cancelled() => return Err(NtStatus::CANCELLED.into()),
    };
    Ok(if read.more { NtStatus::BUFFER_OVERFLOW } else { NtStatus::SUCCESS })
}

/// [MS-CIFS] 3.3.5.57.9
async fn read(context: &Context<'_>, pipe: &PipeOpen, reply: &mut Reply) -> Outcome {
    let limit = reply.data_budget().limit();
    let read = tokio::select! {
        biased;
        read = pipe.read(limit, reply.data_bytes()) => read?,
        () = context.unit.cancelled() => return Err(NtStatus::CANCELLED.into()),
    };
    Ok(if read.more { NtStatus::BUFFER_OVERFLOW } else { NtStatus::SUCCESS })
}

/// [MS-CIFS] 3.3.5.57.3: what there is, wherever messages end; waits for the first byte only.
async fn raw_read(context: &Context<'_>, pipe: &PipeOpen, reply: &mut Reply) -> Outcome {
    read(context, pipe, reply).await?;
    let limit = reply.data_budget().limit();
    loop {
        let data = reply.data_bytes();
        if data.len() >= limit || pipe.peek(0, &mut Vec::new())?.available == 0 {
            return Ok(NtStatus::SUCCESS);
        }
        let room = limit - data.len();
        pipe.read(room, data).await?;
    }
}

/// [MS-CIFS] 3.3.5.57.8, 3.3.5.57.10
async fn write(context: &Context<'_>, pipe: &PipeOpen, message: &[u8], reply: &mut Reply) -> Outcome {
    const PARAMETERS: usize = 2;
    reply.expect_parameters(PARAMETERS)?;
    let written = tokio::select! {
        biased;
        written = pipe.write(message) => written?,
        () = context.unit.cancelled() => return Err(NtStatus::CANCELLED.into()),
    };
    reply.set_parameters(&BytesWritten { bytes_written: u16::try_from(written).unwrap_or(u16::MAX) })?;
    Ok(NtStatus::SUCCESS)
}

/// [MS-CIFS] 3.3.5.57.11
async fn wait(context: &Context<'_>, transaction: &Transaction) -> Outcome {
    /// NMPWAIT_USE_DEFAULT_WAIT
    const USUAL: u32 = 0;
    /// NMPWAIT_WAIT_FOREVER
    const FOREVER: u32 = u32::MAX;
    let name = crate::smb1::paths::pipe_name(&transaction.name);
    let limit = match transaction.timeout {
        USUAL => None,
        FOREVER => Some(Duration::MAX),
        milliseconds => Some(Duration::from_millis(milliseconds.into())),
    };
    let tree = Arc::clone(&context.tree()?.core);
    tokio::select! {
        biased;
        free = tree.wait_for_pipe(&name, limit) => free?,
        () = context.unit.cancelled() => return Err(NtStatus::CANCELLED.into()),
    }
    Ok(NtStatus::SUCCESS)
}

/// [MS-CIFS] 3.3.5.57.12: opens a pipe, writes a message, reads the answer and closes it.
async fn call(context: &mut Context<'_>, transaction: &Transaction, reply: &mut Reply) -> Outcome {
    let named = paths::named(context, &transaction.name).await?;
    let access = AccessMask::READ_DATA | AccessMask::WRITE_DATA;
    let open = paths::open(context, &named, paths::Opening::existing(access)).await?;
    let called = match open.pipe() {
        Some(pipe) => transact(context, pipe, &transaction.data, reply).await,
        None => Err(NtStatus::INVALID_DEVICE_REQUEST.into()),
    };
    searches::close(&open).await;
    called
}

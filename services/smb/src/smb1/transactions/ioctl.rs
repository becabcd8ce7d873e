//! NT_TRANSACT_IOCTL ([MS-CIFS] 3.3.5.59.2, [MS-SMB] 3.3.5.10.1).

use super::nt_transact::setup_bytes;
use super::reply::Reply;
use crate::fsctl::copy::{self, ResumeKey};
use crate::fsctl::{self, copy::Copychunk};
use crate::smb1::context::{Context, Outcome};
use crate::smb1::session::OpenEntry;
use lanward_fsa::FileOpen;
use lanward_nt::NtStatus;
use lanward_nt::fscc::CtlCode;
use lanward_server::{OpenBody, PipeOpen};
use lanward_smb1::Transaction;
use lanward_smb1::subcommands::{IoctlSetup, Parameters};
use std::sync::Arc;

pub(super) async fn fsctl(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let setup = setup_bytes(transaction);
    let request = IoctlSetup::decode(&setup, context.text)?;
    let entry = context.open(request.fid)?;
    if request.is_fsctl == 0 {
        return Err(NtStatus::NOT_SUPPORTED.into());
    }
    let code = CtlCode(request.function_code);
    match entry.open.body() {
        OpenBody::File(file) => on_file(context, (&entry, file), (code, &transaction.data), reply).await,
        OpenBody::Pipe(pipe) => on_pipe(context, pipe, (code, &transaction.data), reply).await,
        OpenBody::PrintJob(_) | OpenBody::Device(_) => Err(NtStatus::NOT_SUPPORTED.into()),
    }
}

async fn on_file(
    context: &Context<'_>,
    (entry, file): (&OpenEntry, &Arc<FileOpen>),
    (code, input): (CtlCode, &[u8]),
    reply: &mut Reply,
) -> Outcome {
    let budget = reply.data_budget();
    let out = reply.data_bytes();
    Ok(match code {
        CtlCode::SRV_REQUEST_RESUME_KEY => copy::resume_key(key_of(entry), budget, out)?,
        CtlCode::SRV_COPYCHUNK | CtlCode::SRV_COPYCHUNK_WRITE => {
            let copy = Copychunk { code, input, whole_files: false };
            copy.carry_out(file, |key| source(context, key), budget, out).await?
        }
        code => {
            let answer = fsctl::on_file(&context.tree()?.core, file, (code, input), budget, out).await;
            // [MS-SMB] 3.3.5.10.1: what this server has not is said to be so.
            answer.map_err(|status| match status {
                NtStatus::INVALID_DEVICE_REQUEST => NtStatus::NOT_SUPPORTED,
                other => other,
            })?
        }
    })
}

/// What stands for an open that is copied from ([MS-SMB] 2.2.7.2.2.2): its id, and its FID to find it by.
fn key_of(entry: &OpenEntry) -> ResumeKey {
    let mut key = ResumeKey::default();
    key[..8].copy_from_slice(&entry.open.id().0.to_le_bytes());
    key[8..10].copy_from_slice(&entry.fid.to_le_bytes());
    key
}

/// The file a key stands for, if its user is the same.
fn source(context: &Context<'_>, key: &ResumeKey) -> Option<Arc<FileOpen>> {
    let entry = context.connection.opens().get(u16::from_le_bytes([key[8], key[9]])).cloned()?;
    let same = key_of(&entry) == *key && entry.uid == context.header.user_id && !entry.open.is_closed();
    entry.open.file().filter(|_| same).cloned()
}

async fn on_pipe(
    context: &Context<'_>,
    pipe: &PipeOpen,
    (code, input): (CtlCode, &[u8]),
    reply: &mut Reply,
) -> Outcome {
    let budget = reply.data_budget();
    match code {
        CtlCode::PIPE_TRANSCEIVE => {
            let read = tokio::select! {
                biased;
                read = pipe.transact(input, budget.limit(), reply.data_bytes()) => read?,
                () = context.unit.cancelled() => return Err(NtStatus::CANCELLED.into()),
            };
            Ok(if read.more { NtStatus::BUFFER_OVERFLOW } else { NtStatus::SUCCESS })
        }
        CtlCode::PIPE_PEEK => Ok(fsctl::peek(pipe, budget, reply.data_bytes())?),
        _ => Err(NtStatus::NOT_SUPPORTED.into()),
    }
}

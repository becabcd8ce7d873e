//! From messages to transactions: the first part, the further ones, and what becomes of the whole ([MS-CIFS] 3.3.5.2.5).

use super::reply::Reply;
use super::{nt_transact, trans2, transaction};
use crate::smb1::context::{Context, Fault, Outcome};
use crate::smb1::reply::Out;
use crate::smb1::status::INVALID_SMB;
use lanward_nt::NtStatus;
use lanward_smb1::messages::{TransactionFlags, TransactionRequest, TransactionSecondaryRequest};
use lanward_smb1::{AssemblyError, Body, Command, Transaction};

/// The severity of a warning ([MS-ERREF] 2.3).
const WARNING: u32 = 2;

/// The first message of a transaction: carries it out, or waits for its further parts.
pub(in crate::smb1) async fn primary(
    context: &mut Context<'_>,
    command: Command,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = TransactionRequest::decode(command, body)?;
    let state = &context.connection.transactions;
    let begun = state.assembly().begin(&context.header, &request, state.now());
    match begun.map_err(refusal)? {
        Some(transaction) => carry_out(context, command, &transaction, out).await,
        None => {
            out.empty();
            Ok(NtStatus::SUCCESS)
        }
    }
}

/// A further part of a transaction. Nobody answers it but with the answer to the whole.
pub(in crate::smb1) async fn secondary(
    context: &mut Context<'_>,
    command: Command,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let part = TransactionSecondaryRequest::decode(command, body)?;
    let state = &context.connection.transactions;
    let added = state.assembly().add(&context.header, &part, state.now());
    let Some(transaction) = added.map_err(refusal)? else {
        out.silence();
        return Ok(NtStatus::SUCCESS);
    };
    // The answer is one to the first message.
    context.header.command = command.primary();
    out.begin(command.primary());
    carry_out(context, command.primary(), &transaction, out).await
}

async fn carry_out(
    context: &mut Context<'_>,
    command: Command,
    transaction: &Transaction,
    out: &mut Out,
) -> Outcome {
    let mut reply = Reply::new(command, transaction, context.text);
    let status = match command {
        Command::TRANSACTION => transaction::carry_out(context, transaction, &mut reply).await,
        Command::TRANSACTION2 => trans2::carry_out(context, transaction, &mut reply).await,
        _ => nt_transact::carry_out(context, transaction, &mut reply).await,
    };
    if transaction.flags.contains(TransactionFlags::DISCONNECT_TID) {
        disconnect(context).await;
    }
    let answered = !transaction.flags.contains(TransactionFlags::NO_RESPONSE);
    match status {
        Err(Fault::Disconnect(reason)) => return Err(Fault::Disconnect(reason)),
        _ if !answered => {
            out.silence();
            return Ok(NtStatus::SUCCESS);
        }
        _ => {}
    }
    let status = match status {
        // What is a warning and no error has an answer with it, though there may be nothing in that.
        Err(Fault::Status(status)) if status.0 >> 30 == WARNING => {
            reply = Reply::new(command, transaction, context.text);
            status
        }
        other => other?,
    };
    reply.send(command, context.connection.client().max_buffer_size.into(), out);
    Ok(status)
}

/// [MS-CIFS] 2.2.4.33.1 DISCONNECT_TID: the tree connect is not needed any more.
async fn disconnect(context: &mut Context<'_>) {
    context.connection.end_tree(context.header.tree_id).await;
    context.tree = None;
}

fn refusal(error: AssemblyError) -> Fault {
    tracing::debug!(?error, "Part of a transaction refused");
    Fault::Status(match error {
        AssemblyError::TooLarge | AssemblyError::TooMany => NtStatus::INSUFF_SERVER_RESOURCES,
        AssemblyError::Duplicate | AssemblyError::Unknown | AssemblyError::Beyond => INVALID_SMB,
    })
}

//! What SMB_COM_TRANSACTION is for by its name: mailslots, requests of the Remote Administration Protocol, pipes ([MS-CIFS] 3.3.5.57).

use super::reply::Reply;
use super::{mailslot, pipes};
use crate::smb1::context::{Context, Outcome};
use lanward_nt::{NtStatus, NtString};
use lanward_server::LanmanRequest;
use lanward_smb1::Transaction;

pub(super) async fn carry_out(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let name = transaction.name.to_uppercase();
    if name == "\\PIPE\\LANMAN".into() {
        return lanman(context, transaction, reply).await;
    }
    if has_prefix(&name, "\\MAILSLOT\\") {
        return mailslot::write(context, transaction);
    }
    if name == "\\PIPE".into() || has_prefix(&name, "\\PIPE\\") {
        return pipes::carry_out(context, transaction, reply).await;
    }
    Err(NtStatus::NOT_SUPPORTED.into())
}

fn has_prefix(name: &NtString, prefix: &str) -> bool {
    name.units().starts_with(NtString::from(prefix).units())
}

/// [MS-CIFS] 3.3.5.57.1 Receiving a RAP Transaction Request
async fn lanman(context: &Context<'_>, transaction: &Transaction, reply: &mut Reply) -> Outcome {
    let request = LanmanRequest {
        parameters: &transaction.parameters,
        data: &transaction.data,
        max_parameters: reply.parameter_limit(),
        max_data: reply.data_limit(),
        code_page: context.text.code_page,
    };
    let tree = context.tree()?.core.clone();
    let answer = tokio::select! {
        biased;
        answer = tree.lanman(request) => answer?,
        () = context.unit.cancelled() => return Err(NtStatus::CANCELLED.into()),
    };
    reply.write_parameters(|w| w.bytes(&answer.parameters))?;
    reply.data().push(1, |w| w.bytes(&answer.data)).map_err(|_| NtStatus::INTERNAL_ERROR)?;
    Ok(NtStatus::SUCCESS)
}

//! NT_TRANSACT_QUERY_SECURITY_DESC and NT_TRANSACT_SET_SECURITY_DESC ([MS-CIFS] 3.3.5.59.3, 3.3.5.59.5).

use super::reply::Reply;
use crate::smb1::context::{Context, Outcome};
use lanward_nt::NtStatus;
use lanward_smb1::Transaction;
use lanward_smb1::subcommands::{Parameters, SecurityDescRequest, SecurityDescResponse};

pub(super) async fn query(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    const PARAMETERS: usize = 4;
    let request = SecurityDescRequest::decode(&transaction.parameters, context.text)?;
    reply.expect_parameters(PARAMETERS)?;
    let file = context.file(request.fid)?;
    let descriptor = file.query_security(request.security_information).await?;
    let length_needed = u32::try_from(descriptor.len()).unwrap_or(u32::MAX);
    reply.set_parameters(&SecurityDescResponse { length_needed })?;
    match reply.data().push(0, |w| w.bytes(&descriptor)) {
        Ok(()) => Ok(NtStatus::SUCCESS),
        // The client is told how much room it needs.
        Err(_) => Ok(NtStatus::BUFFER_TOO_SMALL),
    }
}

pub(super) async fn set(context: &mut Context<'_>, transaction: &Transaction) -> Outcome {
    let request = SecurityDescRequest::decode(&transaction.parameters, context.text)?;
    let file = context.file(request.fid)?;
    file.set_security(request.security_information, &transaction.data).await?;
    Ok(NtStatus::SUCCESS)
}

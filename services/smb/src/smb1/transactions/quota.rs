//! NT_TRANSACT_QUERY_QUOTA and NT_TRANSACT_SET_QUOTA ([MS-SMB] 3.3.5.10.4, 3.3.5.10.5).

use super::reply::Reply;
use crate::smb1::context::{Context, Outcome};
use lanward_fsa::QuotaScope;
use lanward_nt::NtStatus;
use lanward_smb1::Transaction;
use lanward_smb1::subcommands::{Parameters, QueryQuotaRequest, QueryQuotaResponse, SetQuotaRequest};

pub(super) async fn query(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    const PARAMETERS: usize = 4;
    let request = QueryQuotaRequest::decode(&transaction.parameters, context.text)?;
    reply.expect_parameters(PARAMETERS)?;
    let file = context.file(request.fid)?;
    if !file.counts_quotas() {
        return Err(NtStatus::NOT_SUPPORTED.into());
    }
    let scope = scope(&request, &transaction.data)?;
    let outcome = file.query_quota(scope, request.return_single_entry != 0, &mut reply.data()).await;
    let status = match outcome {
        Ok(()) => NtStatus::SUCCESS,
        Err(NtStatus::NO_MORE_ENTRIES) => NtStatus::NO_MORE_ENTRIES,
        Err(status) => return Err(status.into()),
    };
    let quota_data_size = u32::try_from(reply.data_bytes().len()).unwrap_or(u32::MAX);
    reply.set_parameters(&QueryQuotaResponse { quota_data_size })?;
    Ok(status)
}

/// Whose quota is asked for: that of the SIDs in a list, that of everybody from one on, or that of everybody.
fn scope<'a>(request: &QueryQuotaRequest, data: &'a [u8]) -> Result<QuotaScope<'a>, NtStatus> {
    let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
    if request.sid_list_length != 0 {
        let list = data.get(..index(request.sid_list_length)).ok_or(NtStatus::INVALID_PARAMETER)?;
        return Ok(QuotaScope::Named(list));
    }
    if request.start_sid_length != 0 {
        let from = index(request.start_sid_offset);
        let end = from.saturating_add(index(request.start_sid_length));
        return data.get(from..end).map(QuotaScope::From).ok_or(NtStatus::INVALID_PARAMETER);
    }
    Ok(if request.restart_scan != 0 { QuotaScope::First } else { QuotaScope::Next })
}

pub(super) async fn set(context: &mut Context<'_>, transaction: &Transaction) -> Outcome {
    let request = SetQuotaRequest::decode(&transaction.parameters, context.text)?;
    context.file(request.fid)?.set_quota(&transaction.data).await?;
    Ok(NtStatus::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_quota_is_asked_for() {
        let all = QueryQuotaRequest::default();
        assert_eq!(scope(&all, b"abcd"), Ok(QuotaScope::Next));
        let first = QueryQuotaRequest { restart_scan: 1, ..all.clone() };
        assert_eq!(scope(&first, b"abcd"), Ok(QuotaScope::First));
        let from = QueryQuotaRequest { start_sid_length: 2, start_sid_offset: 1, ..all.clone() };
        assert_eq!(scope(&from, b"abcd"), Ok(QuotaScope::From(b"bc")));
        let named = QueryQuotaRequest { sid_list_length: 3, ..from.clone() };
        assert_eq!(scope(&named, b"abcd"), Ok(QuotaScope::Named(b"abc")));
        for lie in [
            QueryQuotaRequest { start_sid_length: u32::MAX, ..from },
            QueryQuotaRequest { sid_list_length: 5, ..all },
        ] {
            assert_eq!(scope(&lie, b"abcd"), Err(NtStatus::INVALID_PARAMETER));
        }
    }
}

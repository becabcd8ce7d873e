//! [MS-SMB2] 3.3.5.20.4 Handling SMB2_0_INFO_QUOTA

use crate::smb2::context::Fault;
use lanward_fsa::{FileOpen, QuotaScope};
use lanward_nt::NtStatus;
use lanward_smb2::messages::{QueryQuotaInfo, QuotaSids};
use lanward_wire::{BudgetedWriter, Decode, Reader};

/// What there is to tell, SUCCESS or NO_MORE_ENTRIES for nothing more.
pub(in crate::smb2) async fn query(
    file: &FileOpen,
    input: &[u8],
    out: &mut BudgetedWriter<'_>,
) -> Result<NtStatus, Fault> {
    if !file.counts_quotas() {
        return Err(NtStatus::NOT_SUPPORTED.into());
    }
    let request = QueryQuotaInfo::decode(&mut Reader::new(input)).map_err(|_| NtStatus::INVALID_PARAMETER)?;
    let scope = match request.sids {
        QuotaSids::List(list) => QuotaScope::Named(list),
        QuotaSids::From(sid) => QuotaScope::From(sid),
        QuotaSids::All if request.restart_scan => QuotaScope::First,
        QuotaSids::All => QuotaScope::Next,
    };
    match file.query_quota(scope, request.return_single, out).await {
        Ok(()) => Ok(NtStatus::SUCCESS),
        Err(NtStatus::NO_MORE_ENTRIES) => Ok(NtStatus::NO_MORE_ENTRIES),
        Err(status) => Err(status.into()),
    }
}

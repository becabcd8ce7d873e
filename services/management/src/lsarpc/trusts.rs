//! There are no trusted domains, and a server that stands alone cannot have any.

use super::objects::{VIEW_LOCAL, policy};
use crate::call::Call;
use crate::operations::Refusal;
use lanward_nt::NtStatus;
use lanward_rpc::lsarpc::{
    DeleteTrustedDomainRequest, DeleteTrustedDomainResponse, EnumerateTrustedDomainsExRequest,
    EnumerateTrustedDomainsExResponse, EnumerateTrustedDomainsRequest, EnumerateTrustedDomainsResponse,
    OpenTrustedDomainByNameRequest, OpenTrustedDomainByNameResponse, OpenTrustedDomainRequest,
    OpenTrustedDomainResponse, QueryTrustedDomainInfoByNameRequest, QueryTrustedDomainInfoByNameResponse,
    QueryTrustedDomainInfoRequest, QueryTrustedDomainInfoResponse,
};

/// [MS-LSAD] 3.1.4.7.8 LsarEnumerateTrustedDomains
pub(super) fn enumerate(
    call: &Call<'_>,
    request: EnumerateTrustedDomainsRequest,
) -> Result<EnumerateTrustedDomainsResponse, Refusal> {
    policy(call, &request.policy, VIEW_LOCAL)?;
    Err(NtStatus::NO_MORE_ENTRIES.into())
}

/// [MS-LSAD] 3.1.4.7.7 LsarEnumerateTrustedDomainsEx
pub(super) fn enumerate_ex(
    call: &Call<'_>,
    request: EnumerateTrustedDomainsExRequest,
) -> Result<EnumerateTrustedDomainsExResponse, Refusal> {
    policy(call, &request.policy, VIEW_LOCAL)?;
    Err(NtStatus::NO_MORE_ENTRIES.into())
}

/// [MS-LSAD] 3.1.4.7.1 LsarOpenTrustedDomain
pub(super) fn open(
    call: &Call<'_>,
    request: OpenTrustedDomainRequest,
) -> Result<OpenTrustedDomainResponse, Refusal> {
    policy(call, &request.policy, 0)?;
    Err(NtStatus::OBJECT_NAME_NOT_FOUND.into())
}

/// [MS-LSAD] 3.1.4.7.9 LsarOpenTrustedDomainByName
pub(super) fn open_by_name(
    call: &Call<'_>,
    request: OpenTrustedDomainByNameRequest,
) -> Result<OpenTrustedDomainByNameResponse, Refusal> {
    policy(call, &request.policy, 0)?;
    Err(NtStatus::OBJECT_NAME_NOT_FOUND.into())
}

/// [MS-LSAD] 3.1.4.7.2 LsarQueryTrustedDomainInfo
pub(super) fn query(
    call: &Call<'_>,
    request: QueryTrustedDomainInfoRequest,
) -> Result<QueryTrustedDomainInfoResponse, Refusal> {
    policy(call, &request.policy, VIEW_LOCAL)?;
    Err(NtStatus::OBJECT_NAME_NOT_FOUND.into())
}

/// [MS-LSAD] 3.1.4.7.5 LsarQueryTrustedDomainInfoByName
pub(super) fn query_by_name(
    call: &Call<'_>,
    request: QueryTrustedDomainInfoByNameRequest,
) -> Result<QueryTrustedDomainInfoByNameResponse, Refusal> {
    policy(call, &request.policy, VIEW_LOCAL)?;
    Err(NtStatus::OBJECT_NAME_NOT_FOUND.into())
}

/// [MS-LSAD] 3.1.4.7.4 LsarDeleteTrustedDomain
pub(super) fn delete(
    call: &Call<'_>,
    request: DeleteTrustedDomainRequest,
) -> Result<DeleteTrustedDomainResponse, Refusal> {
    policy(call, &request.policy, 0)?;
    Err(NtStatus::OBJECT_NAME_NOT_FOUND.into())
}

use super::objects::{LOOKUP_NAMES, VIEW_LOCAL, policy};
use crate::call::Call;
use crate::operations::Refusal;
use crate::page::page;
use lanward_nt::NtStatus;
use lanward_rpc::Counted;
use lanward_rpc::lsarpc::{
    EnumeratePrivilegesRequest, EnumeratePrivilegesResponse, LookupPrivilegeDisplayNameRequest,
    LookupPrivilegeDisplayNameResponse, LookupPrivilegeNameRequest, LookupPrivilegeNameResponse,
    LookupPrivilegeValueRequest, LookupPrivilegeValueResponse, Luid, PrivilegeDefinition,
};
use lanward_server::{PRIVILEGES, privilege_by_luid, privilege_by_name};

/// English (United States), the only language there is.
const LANGUAGE: u16 = 0x0409;

/// Bytes that are "approximately" any length a client prefers: all there are have room in them. Some clients take the length for a number of
/// entries, and MORE_ENTRIES for a failure.
const LEAST: u32 = 8 * 1024;

/// [MS-LSAD] 3.1.4.8.1 LsarEnumeratePrivileges
pub(super) fn enumerate(
    call: &Call<'_>,
    request: EnumeratePrivilegesRequest,
) -> Result<EnumeratePrivilegesResponse, Refusal> {
    policy(call, &request.policy, VIEW_LOCAL)?;
    let length = request.preferred_length.max(LEAST);
    let page = page(PRIVILEGES.iter(), request.resume, length, |p| 16 + 2 * p.name.len());
    let status = page.status_or(NtStatus::NO_MORE_ENTRIES);
    let definition = |p: &lanward_server::Privilege| PrivilegeDefinition {
        name: p.name.into(),
        value: Luid { low: p.luid, high: 0 },
    };
    let privileges = Counted(page.entries.into_iter().map(definition).collect());
    Ok(EnumeratePrivilegesResponse { resume: page.next, privileges, status })
}

/// [MS-LSAD] 3.1.4.8.2 LsarLookupPrivilegeValue
pub(super) fn value(
    call: &Call<'_>,
    request: LookupPrivilegeValueRequest,
) -> Result<LookupPrivilegeValueResponse, Refusal> {
    policy(call, &request.policy, LOOKUP_NAMES)?;
    let found = privilege_by_name(&request.name.string().to_string_lossy());
    let low = found.ok_or(NtStatus::NO_SUCH_PRIVILEGE)?.luid;
    Ok(LookupPrivilegeValueResponse { value: Luid { low, high: 0 }, status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.8.3 LsarLookupPrivilegeName
pub(super) fn name(
    call: &Call<'_>,
    request: LookupPrivilegeNameRequest,
) -> Result<LookupPrivilegeNameResponse, Refusal> {
    policy(call, &request.policy, LOOKUP_NAMES)?;
    let found = privilege_by_luid(request.value.low).filter(|_| request.value.high == 0);
    let name = Some(found.ok_or(NtStatus::NO_SUCH_PRIVILEGE)?.name.into());
    Ok(LookupPrivilegeNameResponse { name, status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.8.4 LsarLookupPrivilegeDisplayName
pub(super) fn display_name(
    call: &Call<'_>,
    request: LookupPrivilegeDisplayNameRequest,
) -> Result<LookupPrivilegeDisplayNameResponse, Refusal> {
    policy(call, &request.policy, LOOKUP_NAMES)?;
    let found = privilege_by_name(&request.name.string().to_string_lossy());
    let display_name = Some(found.ok_or(NtStatus::NO_SUCH_PRIVILEGE)?.display_name.into());
    Ok(LookupPrivilegeDisplayNameResponse { display_name, language: LANGUAGE, status: NtStatus::SUCCESS })
}

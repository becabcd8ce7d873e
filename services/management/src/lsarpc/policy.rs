use super::objects::{
    GET_PRIVATE, Object, Open, POLICY, SERVER_ADMIN, TRUST_ADMIN, VIEW_AUDIT, VIEW_LOCAL, policy,
};
use crate::call::Call;
use crate::operations::Refusal;
use lanward_nt::{Guid, NtStatus, NtString};
use lanward_rpc::lsarpc::{
    AuditEventsInfo, DnsDomainInfo, DomainInfo, OpenPolicy2Request, OpenPolicy2Response, OpenPolicyRequest,
    OpenPolicyResponse, PdAccountInfo, PolicyInformation, QueryDomainPolicyRequest,
    QueryDomainPolicyResponse, QueryPolicy2Request, QueryPolicy2Response, QueryPolicyRequest,
    QueryPolicyResponse, ReplicaSourceInfo, ServerRoleInfo, SetPolicy2Request, SetPolicy2Response,
    SetPolicyRequest, SetPolicyResponse,
};
use lanward_rpc::{ContextHandle, Enumeration};
use lanward_server::Act;

/// Categories of audit events ([MS-LSAD] 2.2.4.20 POLICY_AUDIT_EVENT_TYPE).
const AUDIT_CATEGORIES: u32 = 9;

fn open_policy(call: &Call<'_>, access: u32) -> Result<ContextHandle, Refusal> {
    call.caller.may(Act::QueryPolicy)?;
    let granted = POLICY.grant(call.caller, access, None)?;
    Ok(call.handles.open(Open { object: Object::Policy, granted })?)
}

/// [MS-LSAD] 3.1.4.4.2 LsarOpenPolicy
pub(super) fn open(call: &Call<'_>, request: OpenPolicyRequest) -> Result<OpenPolicyResponse, Refusal> {
    let policy = open_policy(call, request.access)?;
    Ok(OpenPolicyResponse { policy, status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.4.1 LsarOpenPolicy2
pub(super) fn open2(call: &Call<'_>, request: OpenPolicy2Request) -> Result<OpenPolicy2Response, Refusal> {
    let policy = open_policy(call, request.access)?;
    Ok(OpenPolicy2Response { policy, status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.4.4 LsarQueryInformationPolicy
pub(super) fn query(call: &Call<'_>, request: QueryPolicyRequest) -> Result<QueryPolicyResponse, Refusal> {
    let information = Some(information(call, &request.policy, request.class.0)?);
    Ok(QueryPolicyResponse { information, status: NtStatus::SUCCESS })
}

/// [MS-LSAD] 3.1.4.4.3 LsarQueryInformationPolicy2
pub(super) fn query2(call: &Call<'_>, request: QueryPolicy2Request) -> Result<QueryPolicy2Response, Refusal> {
    let information = Some(information(call, &request.policy, request.class.0)?);
    Ok(QueryPolicy2Response { information, status: NtStatus::SUCCESS })
}

fn information(call: &Call<'_>, handle: &ContextHandle, class: u16) -> Result<PolicyInformation, Refusal> {
    let right = match class {
        1 | 2 | 10 | 11 => VIEW_AUDIT,
        4 => GET_PRIVATE,
        _ => VIEW_LOCAL,
    };
    policy(call, handle, right)?;
    let server = &call.caller.server;
    let identity = server.identity();
    let nothing = || NtString::default().into();
    let account_domain =
        || Box::new(DomainInfo { name: identity.name.as_str().into(), sid: Some(identity.sid.clone()) });
    let dns = || {
        // A workgroup has a name and nothing else.
        Box::new(DnsDomainInfo {
            name: identity.workgroup.as_str().into(),
            dns_domain: nothing(),
            dns_forest: nothing(),
            guid: Guid([0; 16]),
            sid: None,
        })
    };
    Ok(match class {
        2 => PolicyInformation::AuditEvents(Box::new(AuditEventsInfo {
            auditing_mode: 0,
            options: Some(vec![0; AUDIT_CATEGORIES as usize]),
            maximum_count: AUDIT_CATEGORIES,
        })),
        3 => PolicyInformation::PrimaryDomain(Box::new(DomainInfo {
            name: identity.workgroup.as_str().into(),
            sid: None,
        })),
        4 => PolicyInformation::PdAccount(Box::new(PdAccountInfo { name: nothing() })),
        5 => PolicyInformation::AccountDomain(account_domain()),
        6 => PolicyInformation::ServerRole(Box::new(ServerRoleInfo { padding: 0, role: Enumeration(3) })),
        7 => PolicyInformation::ReplicaSource(Box::new(ReplicaSourceInfo {
            source: nothing(),
            account: nothing(),
        })),
        12 => PolicyInformation::DnsDomain(dns()),
        13 => PolicyInformation::DnsDomainInt(dns()),
        14 => PolicyInformation::LocalAccountDomain(account_domain()),
        // 3.1.4.4.3: modification information is not asked for, and there is no audit log.
        _ => return Err(NtStatus::INVALID_PARAMETER.into()),
    })
}

/// [MS-LSAD] 3.1.4.4.6 LsarSetInformationPolicy: what the server is called and who its domain is come from its configuration.
pub(super) fn set(call: &Call<'_>, request: SetPolicyRequest) -> Result<SetPolicyResponse, Refusal> {
    refuse_setting(call, &request.policy, request.class.0).map(|status| SetPolicyResponse { status })
}

/// [MS-LSAD] 3.1.4.4.5 LsarSetInformationPolicy2
pub(super) fn set2(call: &Call<'_>, request: SetPolicy2Request) -> Result<SetPolicy2Response, Refusal> {
    refuse_setting(call, &request.policy, request.class.0).map(|status| SetPolicy2Response { status })
}

fn refuse_setting(call: &Call<'_>, handle: &ContextHandle, class: u16) -> Result<NtStatus, Refusal> {
    match class {
        3 | 5 | 12..=14 => policy(call, handle, TRUST_ADMIN)?,
        2 | 4 | 6 | 7 | 9 => policy(call, handle, SERVER_ADMIN)?,
        _ => return Ok(NtStatus::INVALID_PARAMETER),
    }
    Ok(NtStatus::NOT_SUPPORTED)
}

/// [MS-LSAD] 3.1.4.4.7 LsarQueryDomainInformationPolicy: there is none without a domain.
pub(super) fn query_domain(
    call: &Call<'_>,
    request: QueryDomainPolicyRequest,
) -> Result<QueryDomainPolicyResponse, Refusal> {
    policy(call, &request.policy, VIEW_LOCAL)?;
    Err(NtStatus::OBJECT_NAME_NOT_FOUND.into())
}

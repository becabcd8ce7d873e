use super::objects::{ENUMERATE_DOMAINS, LOOKUP_DOMAIN, Object, opened, server};
use crate::call::Call;
use crate::names::builtin;
use crate::operations::Refusal;
use crate::page::page;
use lanward_nt::{NtStatus, NtString};
use lanward_rpc::samr::{
    Connect2Request, Connect2Response, Connect3Request, Connect3Response, Connect4Request, Connect4Response,
    Connect5Request, Connect5Response, ConnectRequest, ConnectResponse, EnumerateDomainsRequest,
    EnumerateDomainsResponse, LookupDomainRequest, LookupDomainResponse, RidName,
};
use lanward_rpc::{ContextHandle, Counted};
use lanward_server::Act;

fn connected(call: &Call<'_>, access: u32) -> Result<ContextHandle, Refusal> {
    call.caller.may(Act::ListAccounts)?;
    Ok(opened(call, Object::Server, access)?.0)
}

/// [MS-SAMR] 3.1.5.1.4 SamrConnect
pub(super) fn connect(call: &Call<'_>, request: ConnectRequest) -> Result<ConnectResponse, Refusal> {
    Ok(ConnectResponse { server: connected(call, request.access)?, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.1.3 SamrConnect2
pub(super) fn connect2(call: &Call<'_>, request: Connect2Request) -> Result<Connect2Response, Refusal> {
    Ok(Connect2Response { server: connected(call, request.access)?, status: NtStatus::SUCCESS })
}

/// SamrConnect3: not used by Windows any more, and by others still.
pub(super) fn connect3(call: &Call<'_>, request: Connect3Request) -> Result<Connect3Response, Refusal> {
    Ok(Connect3Response { server: connected(call, request.access)?, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.1.2 SamrConnect4
pub(super) fn connect4(call: &Call<'_>, request: Connect4Request) -> Result<Connect4Response, Refusal> {
    Ok(Connect4Response { server: connected(call, request.access)?, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.1.1 SamrConnect5
pub(super) fn connect5(call: &Call<'_>, request: Connect5Request) -> Result<Connect5Response, Refusal> {
    /// Passwords may come under AES ([MS-SAMR] 2.2.7.15).
    const AES: u32 = 0x10;
    if request.in_version != 1 || request.in_level != 1 {
        return Err(NtStatus::NOT_SUPPORTED.into());
    }
    // The union of revisions has an arm whatever the status is.
    let (server, status) = match connected(call, request.access) {
        Ok(server) => (server, NtStatus::SUCCESS),
        Err(Refusal::Status(status)) => (ContextHandle::NULL, status),
        Err(fault) => return Err(fault),
    };
    let (out_version, out_level, revision, features) = (1, 1, 3, AES);
    Ok(Connect5Response { out_version, out_level, revision, features, server, status })
}

/// [MS-SAMR] 3.1.5.11.1 SamrLookupDomainInSamServer
pub(super) fn lookup_domain(
    call: &Call<'_>,
    request: LookupDomainRequest,
) -> Result<LookupDomainResponse, Refusal> {
    server(call, &request.server, LOOKUP_DOMAIN)?;
    let identity = call.caller.server.identity();
    let (name, builtin) = (request.name.0.ok_or(NtStatus::INVALID_PARAMETER)?, builtin());
    let sid = if name.eq_ignore_case(&identity.name.as_str().into()) {
        identity.sid.clone()
    } else if name.eq_ignore_case(&builtin.name) {
        builtin.sid
    } else {
        return Err(NtStatus::NO_SUCH_DOMAIN.into());
    };
    Ok(LookupDomainResponse { sid: Some(sid), status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.2.1 SamrEnumerateDomainsInSamServer
pub(super) fn enumerate_domains(
    call: &Call<'_>,
    request: EnumerateDomainsRequest,
) -> Result<EnumerateDomainsResponse, Refusal> {
    server(call, &request.server, ENUMERATE_DOMAINS)?;
    let own: NtString = call.caller.server.identity().name.as_str().into();
    let names = [own, builtin().name];
    let page =
        page(names.into_iter(), request.resume, request.preferred_length, |name| 16 + 2 * name.units().len());
    let status = page.status_or(NtStatus::SUCCESS);
    let domains: Vec<_> =
        page.entries.into_iter().map(|name| RidName { rid: 0, name: name.into() }).collect();
    let count = u32::try_from(domains.len()).unwrap_or(u32::MAX);
    Ok(EnumerateDomainsResponse { resume: page.next, domains: Some(Counted(domains)), count, status })
}

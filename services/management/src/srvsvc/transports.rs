use crate::enumeration::Wanted;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::StatusResponse;
use lanward_rpc::srvsvc::{
    ServerTransportEnumRequest, ServerTransportEnumResponse, ServerTransportExRequest,
    ServerTransportRequest, TransportInfo,
};
use lanward_server::{Act, Caller, Server, Transport};

/// SVTI2_REMAP_PIPE_NAMES and SVTI2_SCOPED_NAME ([MS-SRVS] 2.2.4.96).
const FLAGS: u32 = 6;

/// Longest name of a domain, in characters.
const LONGEST_DOMAIN: usize = 15;

/// [MS-SRVS] 3.1.4.24 NetrServerTransportEnum: what the server listens on.
pub(super) fn transport_enum(
    caller: &Caller,
    request: &ServerTransportEnumRequest,
) -> ServerTransportEnumResponse {
    let wanted = Wanted {
        level: request.level,
        preferred_maximum_length: request.preferred_maximum_length,
        resume_handle: request.resume_handle,
    };
    if caller.may(Act::Administer).is_err() {
        return wanted.refused(win32::ACCESS_DENIED);
    }
    if !matches!(request.level, 0..=2) {
        return wanted.refused(win32::INVALID_LEVEL);
    }
    let server = &caller.server;
    wanted.part(&server.transports(), |transport| Some(transport_info(transport, server)))
}

/// [MS-SRVS] 3.1.4.22 NetrServerTransportAdd.
pub(super) fn transport_add(caller: &Caller, request: &ServerTransportRequest) -> StatusResponse {
    add(caller, request.level, 0, &request.transport)
}

/// [MS-SRVS] 3.1.4.23 NetrServerTransportAddEx.
pub(super) fn transport_add_ex(caller: &Caller, request: &ServerTransportExRequest) -> StatusResponse {
    add(caller, request.level, 3, &request.transport)
}

/// [MS-SRVS] 3.1.4.25 NetrServerTransportDel. The level is ignored.
pub(super) fn transport_del(caller: &Caller, request: &ServerTransportRequest) -> StatusResponse {
    delete(caller, &request.transport)
}

/// [MS-SRVS] 3.1.4.26 NetrServerTransportDelEx.
pub(super) fn transport_del_ex(caller: &Caller, request: &ServerTransportExRequest) -> StatusResponse {
    if caller.may(Act::Administer).is_ok() && request.level > 1 {
        return StatusResponse { status: win32::INVALID_LEVEL };
    }
    delete(caller, &request.transport)
}

/// Where the server listens follows the machine's interfaces and its configuration, so that nothing can be bound from afar: [MS-SMB2] 3.3.4.21
/// answers ERROR_NOT_SUPPORTED then, and so does this.
fn add(caller: &Caller, level: u32, highest: u32, transport: &TransportInfo) -> StatusResponse {
    let no_address = transport.address.as_ref().is_none_or(Vec::is_empty);
    let long = transport.domain.as_ref().is_some_and(|domain| domain.units().len() > LONGEST_DOMAIN);
    let status = if caller.may(Act::Administer).is_err() {
        win32::ACCESS_DENIED
    } else if level > highest {
        win32::INVALID_LEVEL
    } else if transport.name.is_none() || no_address || long || transport.flags & !FLAGS != 0 {
        win32::INVALID_PARAMETER
    } else {
        win32::NOT_SUPPORTED
    };
    StatusResponse { status }
}

fn delete(caller: &Caller, transport: &TransportInfo) -> StatusResponse {
    let status = match &transport.name {
        _ if caller.may(Act::Administer).is_err() => win32::ACCESS_DENIED,
        None => win32::INVALID_PARAMETER,
        Some(name) if is_bound(&caller.server, name, transport.address.as_deref()) => win32::NOT_SUPPORTED,
        Some(_) => win32::NET_NAME_NOT_FOUND,
    };
    StatusResponse { status }
}

/// Whether there is a transport of the name for the server of the address, which may end with blanks.
fn is_bound(server: &Server, name: &NtString, address: Option<&[u8]>) -> bool {
    let own = netbios_name(&server.identity().name);
    let same = |a: &[u8]| a.trim_ascii_end().eq_ignore_ascii_case(own.trim_ascii_end());
    let named = || server.transports().iter().any(|t| name.eq_ignore_case(&(&*t.name()).into()));
    address.is_some_and(same) && named()
}

fn transport_info(transport: &Transport, server: &Server) -> TransportInfo {
    TransportInfo {
        connections: transport.connections(),
        name: Some((&*transport.name()).into()),
        address: Some(netbios_name(&server.identity().name)),
        network_address: Some(transport.address().ip().to_canonical().to_string().as_str().into()),
        domain: Some(server.identity().workgroup.as_str().into()),
        ..TransportInfo::default()
    }
}

/// "The name MUST be 16 characters long, and the last character MUST be a blank."
fn netbios_name(name: &str) -> Vec<u8> {
    let letters = name.bytes().map(|b| b.to_ascii_uppercase());
    letters.chain(std::iter::repeat(b' ')).take(15).chain([b' ']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_padded() {
        assert_eq!(netbios_name("nas"), b"NAS             ");
        assert_eq!(netbios_name("a-name-that-is-too-long"), b"A-NAME-THAT-IS- ");
    }
}

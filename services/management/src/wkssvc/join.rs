use crate::win32;
use lanward_rpc::wkssvc::{
    EnumerateComputerNamesRequest, EnumerateComputerNamesResponse, GetJoinInformationResponse,
    GetJoinableOusResponse,
};
use lanward_server::{Act, Caller};

/// NetSetupWorkgroupName ([MS-WKST] 2.2.3.1).
const WORKGROUP: u16 = 2;

/// [MS-WKST] 3.2.4.12 NetrGetJoinInformation: a workgroup.
pub(super) fn join_information(caller: &Caller) -> GetJoinInformationResponse {
    if caller.may(Act::QueryPolicy).is_err() {
        return GetJoinInformationResponse { status: win32::ACCESS_DENIED, ..Default::default() };
    }
    let workgroup = caller.server.identity().workgroup.as_str();
    let name = Some(workgroup.into());
    GetJoinInformationResponse { name, join_status: WORKGROUP, status: win32::SUCCESS }
}

/// [MS-WKST] 3.2.4.21 NetrEnumerateComputerNames: there is one name.
pub(super) fn enumerate_computer_names(
    caller: &Caller,
    request: &EnumerateComputerNamesRequest,
) -> EnumerateComputerNamesResponse {
    const IGNORE_UNSUPPORTED_FLAGS: u32 = 1;
    let refused = |status| EnumerateComputerNamesResponse { names: None, status };
    if caller.may(Act::Administer).is_err() {
        return refused(win32::ACCESS_DENIED);
    }
    if request.reserved & !IGNORE_UNSUPPORTED_FLAGS != 0 && request.reserved & IGNORE_UNSUPPORTED_FLAGS == 0 {
        return refused(win32::INVALID_FLAGS);
    }
    let name = caller.server.identity().name.as_str().into();
    let names = match request.name_type {
        // NetPrimaryComputerName, NetAllComputerNames
        0 | 2 => vec![name],
        // NetAlternateComputerNames
        1 => Vec::new(),
        _ => return refused(win32::INVALID_PARAMETER),
    };
    EnumerateComputerNamesResponse { names: Some(names), status: win32::SUCCESS }
}

/// [MS-WKST] 3.2.4.17 NetrGetJoinableOUs2: none.
pub(super) const fn no_units(status: u32) -> GetJoinableOusResponse {
    GetJoinableOusResponse { status }
}

//! [C706] chapter 2.12.3 and appendix Q, [MS-RPCE] 2.2.1.3: the management interface that every endpoint has.

use crate::call::Call;
use crate::endpoint::Interface;
use lanward_rpc::mgmt::{
    InquireInterfacesResponse, InquirePrincipalRequest, InquirePrincipalResponse, InquireStatisticsRequest,
    InquireStatisticsResponse, IsListeningResponse, StopListeningResponse,
};
use lanward_rpc::pdu::AuthenticationType;
use lanward_rpc::{Fault, mgmt};
use std::sync::atomic::Ordering;

/// RPC_S_UNKNOWN_AUTHN_SERVICE
const UNKNOWN_AUTHENTICATION: u32 = 1747;

pub(crate) const INTERFACE: Interface =
    Interface { id: mgmt::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        mgmt::INQUIRE_INTERFACES => {
            let interfaces = call.endpoint.interfaces.iter().map(|interface| interface.id).collect();
            call.results(|w| InquireInterfacesResponse { interfaces, status: 0 }.encode(w))
        }
        mgmt::INQUIRE_STATISTICS => {
            let request = call.arguments(InquireStatisticsRequest::decode)?;
            let statistics = statistics(call, request.count);
            call.results(|w| InquireStatisticsResponse { statistics, status: 0 }.encode(w))
        }
        mgmt::IS_LISTENING => call.results(|w| IsListeningResponse { status: 0, listening: true }.encode(w)),
        // Whoever may end the server has other ways.
        mgmt::STOP_LISTENING => {
            call.results(|w| StopListeningResponse { status: crate::win32::ACCESS_DENIED }.encode(w))
        }
        mgmt::INQUIRE_PRINCIPAL => {
            let request = call.arguments(InquirePrincipalRequest::decode)?;
            let response = principal(call, &request);
            call.results(|w| response.encode(w))
        }
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

/// Calls and packets in and out, as many of them as are asked for.
fn statistics(call: &Call<'_>, count: u32) -> Vec<u32> {
    let statistics = &call.endpoint.runtime.statistics;
    let [calls_in, packets_in, packets_out] =
        [&statistics.calls_in, &statistics.packets_in, &statistics.packets_out]
            .map(|n| n.load(Ordering::Relaxed));
    // The server calls nobody.
    let all = [calls_in, 0, packets_in, packets_out];
    all.into_iter().take(usize::try_from(count).unwrap_or(usize::MAX)).collect()
}

/// [MS-RPCE] 2.2.1.3.4: the name under which the server would be known to the provider, if there is room for it.
fn principal(call: &Call<'_>, request: &InquirePrincipalRequest) -> InquirePrincipalResponse {
    let provider = u8::try_from(request.provider).map(AuthenticationType);
    let known = matches!(provider, Ok(AuthenticationType::NTLM | AuthenticationType::SPNEGO));
    let refused = |status| InquirePrincipalResponse { size: request.size, name: Vec::new(), status };
    if !known {
        return refused(UNKNOWN_AUTHENTICATION);
    }
    let name = call.caller.server.identity().name.as_bytes().to_vec();
    match request.fits(&name) {
        true => InquirePrincipalResponse { size: request.size, name, status: 0 },
        false => refused(crate::win32::INSUFFICIENT_BUFFER),
    }
}

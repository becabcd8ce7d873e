//! What must hold whatever a client asks over `\\PIPE\\LANMAN`.

use crate::rpc_oracle::administrator;
use lanward_server::{
    Caller, LanmanRequest, LanmanResponse, NullSessions, RestrictAnonymous, Settings, User, Zone,
};
use lanward_smb1::rap::opcode;
use lanward_wire::CodePage;
use std::sync::Arc;

/// Bounds that an input chooses from.
const BOUNDS: [u32; 12] = [0, 1, 2, 3, 7, 8, 9, 20, 27, 512, 4096, 0xffff];

/// A server that nobody but this input knows is asked for what `data` says: the first byte chooses who asks (an administrator, a user, nobody), the next
/// two the bounds of the answer, the fourth a call whose opcode and ParamDesc are put in front (or, all ones, nothing is), then come the length of the
/// parameters in 16 bits, the parameters, and data. The answer is within its bounds, and the next request is answered.
///
/// # Panics
/// Something does not hold: a fault in the server.
pub fn call(data: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(ask(data));
}

async fn ask(data: &[u8]) {
    let &[who, max_parameters, max_data, which, low, high, ref rest @ ..] = data else { return };
    let caller = caller(who);
    let bound = |choice: u8| BOUNDS[usize::from(choice) % BOUNDS.len()];
    let length = usize::from(u16::from_le_bytes([low, high])).min(rest.len());
    let (given, sent) = rest.split_at(length);
    let mut parameters = Vec::new();
    if which != 0xff {
        let (opcode, descriptor) = opcode::ALL[usize::from(which) % opcode::ALL.len()];
        parameters.extend_from_slice(&opcode.to_le_bytes());
        parameters.extend_from_slice(descriptor.as_bytes());
        parameters.push(0);
    }
    parameters.extend_from_slice(given);
    let request = LanmanRequest {
        parameters: &parameters,
        data: sent,
        max_parameters: bound(max_parameters),
        max_data: bound(max_data),
        code_page: CodePage::Cp437,
    };
    let response = answer(&caller, request).await;
    assert!(
        response.parameters.len() as u64 <= u64::from(request.max_parameters),
        "parameters pass their bound"
    );
    assert!(response.data.len() as u64 <= u64::from(request.max_data), "data passes its bound");
    let next = LanmanRequest {
        parameters: b"\x0d\0WrLh\0B16\0\0\0\xff\xff",
        data: &[],
        max_parameters: 6,
        max_data: 64,
        ..request
    };
    let next = answer(&caller, next).await;
    assert_eq!(
        (next.parameters.get(..2), next.data.len()),
        (Some(&[0, 0][..]), 16),
        "the next request is answered"
    );
}

async fn answer(caller: &Caller, request: LanmanRequest<'_>) -> LanmanResponse {
    caller.server.lanman().answer(caller, request).await.expect("something answers")
}

fn caller(who: u8) -> Caller {
    let administrator = administrator();
    if who.is_multiple_of(3) {
        return administrator;
    }
    let null_sessions = NullSessions { restrict: RestrictAnonymous::Nothing, ..NullSessions::default() };
    let zone = Zone { anonymous_allowed: true, plaintext: true, null_sessions, ..Zone::default() };
    administrator.server.replace_settings(Settings { default_zone: Arc::new(zone), ..Settings::default() });
    let user = if who % 3 == 1 {
        User { is_admin: false, groups: Vec::new(), ..User::clone(&administrator.user) }
    } else {
        User::anonymous()
    };
    Caller { user: Arc::new(user), ..administrator }
}

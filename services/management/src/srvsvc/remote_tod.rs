use crate::win32;
use lanward_rpc::srvsvc::{RemoteTodResponse, TimeOfDay};
use std::time::{SystemTime, UNIX_EPOCH};

/// [MS-SRVS] 3.1.4.21 NetrRemoteTOD.
pub(crate) fn remote_tod() -> RemoteTodResponse {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let time = TimeOfDay::from_unix(now.as_secs(), now.subsec_nanos());
    RemoteTodResponse { time: Some(time), status: win32::SUCCESS }
}

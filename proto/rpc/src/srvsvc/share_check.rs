use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.16 NetrShareCheck (Opnum 20), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareCheckRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Device: a path on the server
    pub device: NtString,
}

impl Arguments for ShareCheckRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string("Device", &mut self.device)
    }
}

/// [MS-SRVS] 3.1.4.16 NetrShareCheck (Opnum 20), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareCheckResponse {
    /// Type ([MS-SRVS] 2.2.2.4)
    pub share_type: u32,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for ShareCheckResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.u32("Type", &mut self.share_type)?;
        n.u32("status", &mut self.status)
    }
}

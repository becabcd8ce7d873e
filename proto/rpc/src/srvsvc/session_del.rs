use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.6 NetrSessionDel (Opnum 13), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionDelRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// ClientName: a computer with `\\\\` in front
    pub client: Option<NtString>,
    /// UserName
    pub user: Option<NtString>,
}

impl Arguments for SessionDelRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string_pointer("ClientName", &mut self.client)?;
        n.string_pointer("UserName", &mut self.user)
    }
}

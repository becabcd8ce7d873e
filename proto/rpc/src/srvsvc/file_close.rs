use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.4 NetrFileClose (Opnum 11), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileCloseRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// FileId
    pub id: u32,
}

impl Arguments for FileCloseRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.u32("FileId", &mut self.id)
    }
}

use super::ShareInfo;
use crate::information::level_and_union;
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.11 NetrShareSetInfo (Opnum 17), what the client gives; the server returns a [`super::ParameterErrorResponse`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareSetInfoRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// NetName
    pub name: NtString,
    /// Level
    pub level: u32,
    /// ShareInfo
    pub share: Option<ShareInfo>,
    /// ParmErr
    pub parameter_error: Option<u32>,
}

impl Arguments for ShareSetInfoRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string("NetName", &mut self.name)?;
        level_and_union(&mut self.level, &mut self.share, n)?;
        n.u32_pointer("ParmErr", &mut self.parameter_error)
    }
}

use super::ShareInfo;
use crate::information::level_and_union;
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.7 NetrShareAdd (Opnum 14), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareAddRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Level
    pub level: u32,
    /// InfoStruct
    pub share: Option<ShareInfo>,
    /// ParmErr
    pub parameter_error: Option<u32>,
}

impl Arguments for ShareAddRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        level_and_union(&mut self.level, &mut self.share, n)?;
        n.u32_pointer("ParmErr", &mut self.parameter_error)
    }
}

/// What operations return that say which member was wrong.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParameterErrorResponse {
    /// The first member that is not valid ([MS-SRVS] 2.2.2.11, 2.2.2.12); present if the client gave one.
    pub parameter_error: Option<u32>,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for ParameterErrorResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.u32_pointer("ParmErr", &mut self.parameter_error)?;
        n.u32("status", &mut self.status)
    }
}

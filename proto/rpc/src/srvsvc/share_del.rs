use super::ShareInfo;
use crate::information::level_and_union;
use crate::ndr::{Arguments, ContextHandle, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.12 NetrShareDel (Opnum 18), 3.1.4.13 NetrShareDelSticky (Opnum 19) and 3.1.4.14 NetrShareDelStart (Opnum 37), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareDelRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// NetName
    pub name: NtString,
    /// Reserved: any
    pub reserved: u32,
}

impl Arguments for ShareDelRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string("NetName", &mut self.name)?;
        n.u32("Reserved", &mut self.reserved)
    }
}

/// [MS-SRVS] 3.1.4.14 NetrShareDelStart (Opnum 37), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareDelStartResponse {
    /// The share that is to go; null for none.
    pub handle: ContextHandle,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for ShareDelStartResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.context_handle("ContextHandle", &mut self.handle)?;
        n.u32("status", &mut self.status)
    }
}

/// [MS-SRVS] 3.1.4.15 NetrShareDelCommit (Opnum 38), what the client gives; what the server returns is a [`ShareDelStartResponse`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareDelCommitRequest {
    /// From NetrShareDelStart.
    pub handle: ContextHandle,
}

impl Arguments for ShareDelCommitRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.context_handle("ContextHandle", &mut self.handle)
    }
}

/// [MS-SRVS] 3.1.4.47 NetrShareDelEx (Opnum 57), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareDelExRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Level: 503
    pub level: u32,
    /// ShareInfo: its name and server name count
    pub share: Option<ShareInfo>,
}

impl Arguments for ShareDelExRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        level_and_union(&mut self.level, &mut self.share, n)
    }
}

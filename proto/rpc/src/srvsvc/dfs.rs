//! What of the NetrDfs operations ([MS-SRVS] 3.1.4.35 to 3.1.4.43) a server reads that manages no distributed file system: nothing; and what
//! it returns.

use crate::ndr::{Arguments, Ndr};
use lanward_nt::{Guid, NtString};
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.35 NetrDfsGetVersion (Opnum 43), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DfsGetVersionResponse {
    /// Version
    pub version: u32,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for DfsGetVersionResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.u32("Version", &mut self.version)?;
        n.u32("status", &mut self.status)
    }
}

/// [MS-SRVS] 3.1.4.39 NetrDfsCreateExitPoint (Opnum 48), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DfsCreateExitPointRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Uid
    pub uid: Guid,
    /// Prefix
    pub prefix: NtString,
    /// Type
    pub entry_type: u32,
    /// ShortPrefixLen in characters, up to 32
    pub short_prefix_length: u32,
}

/// [MS-SRVS] 3.1.4.39 NetrDfsCreateExitPoint (Opnum 48), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DfsCreateExitPointResponse {
    /// ShortPrefix: as long as the client said.
    pub short_prefix: Vec<u16>,
    /// A Win32 error.
    pub status: u32,
}

/// [MS-SRVS] 3.1.4.43 NetrDfsManagerReportSiteInfo (Opnum 52), what a server returns that knows of no sites.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DfsReportSiteInfoResponse {
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for DfsCreateExitPointRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.guid("Uid", &mut self.uid)?;
        n.string("Prefix", &mut self.prefix)?;
        n.u32("Type", &mut self.entry_type)?;
        n.u32("ShortPrefixLen", &mut self.short_prefix_length)
    }
}

impl Arguments for DfsCreateExitPointResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.unit_array("ShortPrefix", &mut self.short_prefix)?;
        n.u32("status", &mut self.status)
    }
}

impl Arguments for DfsReportSiteInfoResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        let mut present = false;
        n.pointer("ppSiteInfo", &mut present)?;
        n.u32("status", &mut self.status)
    }
}

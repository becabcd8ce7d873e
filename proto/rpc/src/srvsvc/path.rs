use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.29 NetprPathType (Opnum 30), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathTypeRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// PathName
    pub path: NtString,
    /// Flags
    pub flags: u32,
}

impl Arguments for PathTypeRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string("PathName", &mut self.path)?;
        n.u32("Flags", &mut self.flags)
    }
}

/// [MS-SRVS] 3.1.4.29 NetprPathType (Opnum 30), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathTypeResponse {
    /// PathType ([MS-SRVS] 2.2.2.9)
    pub path_type: u32,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for PathTypeResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.u32("PathType", &mut self.path_type)?;
        n.u32("status", &mut self.status)
    }
}

/// [MS-SRVS] 3.1.4.30 NetprPathCanonicalize (Opnum 31), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathCanonicalizeRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// PathName
    pub path: NtString,
    /// OutbufLen in bytes
    pub output_length: u32,
    /// Prefix
    pub prefix: NtString,
    /// PathType, or 0
    pub path_type: u32,
    /// Flags
    pub flags: u32,
}

impl Arguments for PathCanonicalizeRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string("PathName", &mut self.path)?;
        n.u32("OutbufLen", &mut self.output_length)?;
        n.string("Prefix", &mut self.prefix)?;
        n.u32("PathType", &mut self.path_type)?;
        n.u32("Flags", &mut self.flags)
    }
}

/// [MS-SRVS] 3.1.4.30 NetprPathCanonicalize (Opnum 31), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathCanonicalizeResponse {
    /// The path in UTF-16, zeros behind it: as long as the client said.
    pub output: Vec<u8>,
    /// PathType of the canonical path
    pub path_type: u32,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for PathCanonicalizeResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.byte_array("Outbuf", &mut self.output)?;
        n.u32("PathType", &mut self.path_type)?;
        n.u32("status", &mut self.status)
    }
}

/// [MS-SRVS] 3.1.4.31 NetprPathCompare (Opnum 32), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PathCompareRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// PathName1
    pub first: NtString,
    /// PathName2
    pub second: NtString,
    /// PathType
    pub path_type: u32,
    /// Flags
    pub flags: u32,
}

impl Arguments for PathCompareRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string("PathName1", &mut self.first)?;
        n.string("PathName2", &mut self.second)?;
        n.u32("PathType", &mut self.path_type)?;
        n.u32("Flags", &mut self.flags)
    }
}

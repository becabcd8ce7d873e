use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.32 NetprNameValidate (Opnum 33), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameValidateRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Name
    pub name: NtString,
    /// NameType ([MS-SRVS] 2.2.2.8)
    pub name_type: u32,
    /// Flags
    pub flags: u32,
}

impl Arguments for NameValidateRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string("Name", &mut self.name)?;
        n.u32("NameType", &mut self.name_type)?;
        n.u32("Flags", &mut self.flags)
    }
}

/// [MS-SRVS] 3.1.4.33 NetprNameCanonicalize (Opnum 34), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameCanonicalizeRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Name
    pub name: NtString,
    /// OutbufLen in characters
    pub output_length: u32,
    /// NameType ([MS-SRVS] 2.2.2.8)
    pub name_type: u32,
    /// Flags
    pub flags: u32,
}

impl Arguments for NameCanonicalizeRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string("Name", &mut self.name)?;
        n.u32("OutbufLen", &mut self.output_length)?;
        n.u32("NameType", &mut self.name_type)?;
        n.u32("Flags", &mut self.flags)
    }
}

/// [MS-SRVS] 3.1.4.33 NetprNameCanonicalize (Opnum 34), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameCanonicalizeResponse {
    /// The name, zeros behind it: as long as the client said.
    pub output: Vec<u16>,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for NameCanonicalizeResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.unit_array("Outbuf", &mut self.output)?;
        n.u32("status", &mut self.status)
    }
}

/// [MS-SRVS] 3.1.4.34 NetprNameCompare (Opnum 35), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NameCompareRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Name1
    pub first: NtString,
    /// Name2
    pub second: NtString,
    /// NameType ([MS-SRVS] 2.2.2.8)
    pub name_type: u32,
    /// Flags
    pub flags: u32,
}

impl Arguments for NameCompareRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string("Name1", &mut self.first)?;
        n.string("Name2", &mut self.second)?;
        n.u32("NameType", &mut self.name_type)?;
        n.u32("Flags", &mut self.flags)
    }
}

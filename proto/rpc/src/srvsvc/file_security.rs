use crate::information::{Entry, Members, whole};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 2.2.4.106 ADT_SECURITY_DESCRIPTOR.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdtSecurityDescriptor {
    /// A self-relative SECURITY_DESCRIPTOR.
    pub buffer: Option<Vec<u8>>,
}

impl Entry for AdtSecurityDescriptor {
    fn has_level(_: u32) -> bool {
        true
    }

    fn members<N: Ndr>(&mut self, _: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        m.counted_byte_array("SecurityDescriptor", &mut self.buffer)
    }
}

/// [MS-SRVS] 3.1.4.27 NetrpGetFileSecurity (Opnum 39), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GetFileSecurityRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// ShareName
    pub share: Option<NtString>,
    /// lpFileName: from the root of the share
    pub path: NtString,
    /// RequestedInformation ([MS-DTYP] 2.4.7)
    pub information: u32,
}

impl Arguments for GetFileSecurityRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string_pointer("ShareName", &mut self.share)?;
        n.string("lpFileName", &mut self.path)?;
        n.u32("RequestedInformation", &mut self.information)
    }
}

/// [MS-SRVS] 3.1.4.27 NetrpGetFileSecurity (Opnum 39), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GetFileSecurityResponse {
    /// The descriptor.
    pub descriptor: Option<AdtSecurityDescriptor>,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for GetFileSecurityResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.referent_of("SecurityDescriptor", &mut self.descriptor)?;
        self.descriptor.as_mut().map_or(Ok(()), |d| whole(d, 0, n))?;
        n.u32("status", &mut self.status)
    }
}

/// [MS-SRVS] 3.1.4.28 NetrpSetFileSecurity (Opnum 40), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetFileSecurityRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// ShareName
    pub share: Option<NtString>,
    /// lpFileName: from the root of the share
    pub path: NtString,
    /// SecurityInformation ([MS-DTYP] 2.4.7)
    pub information: u32,
    /// SecurityDescriptor
    pub descriptor: AdtSecurityDescriptor,
}

impl Arguments for SetFileSecurityRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string_pointer("ShareName", &mut self.share)?;
        n.string("lpFileName", &mut self.path)?;
        n.u32("SecurityInformation", &mut self.information)?;
        whole(&mut self.descriptor, 0, n)
    }
}

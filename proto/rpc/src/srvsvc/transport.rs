use crate::Alignment;
use crate::information::{Entry, EnumResponse, Members, enumeration, length_of, whole};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// SERVER_TRANSPORT_INFO_0 to 3 ([MS-SRVS] 2.2.4.93 to 2.2.4.96) in one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TransportInfo {
    /// numberofvcs
    pub connections: u32,
    /// transportname
    pub name: Option<NtString>,
    /// transportaddress
    pub address: Option<Vec<u8>>,
    /// networkaddress
    pub network_address: Option<NtString>,
    /// domain: levels from 1
    pub domain: Option<NtString>,
    /// flags: levels from 2
    pub flags: u32,
    /// passwordlength: level 3
    pub password_length: u32,
}

impl Entry for TransportInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 0..=3)
    }

    fn members<N: Ndr>(&mut self, level: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        m.u32("numberofvcs", &mut self.connections)?;
        m.string("transportname", &mut self.name)?;
        m.byte_array("transportaddress", &mut self.address)?;
        m.u32("transportaddresslength", &mut length_of(self.address.as_ref()))?;
        m.string("networkaddress", &mut self.network_address)?;
        if level >= 1 {
            m.string("domain", &mut self.domain)?;
        }
        if level >= 2 {
            m.u32("flags", &mut self.flags)?;
        }
        if level >= 3 {
            m.u32("passwordlength", &mut self.password_length)?;
            // Nobody here has a use for one.
            m.bytes("password", &mut [0; 256])?;
        }
        Ok(())
    }
}

/// [MS-SRVS] 3.1.4.24 NetrServerTransportEnum (Opnum 26), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerTransportEnumRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// The level of the structures to return.
    pub level: u32,
    /// PreferedMaximumLength in bytes.
    pub preferred_maximum_length: u32,
    /// ResumeHandle
    pub resume_handle: Option<u32>,
}

/// What the server returns.
pub type ServerTransportEnumResponse = EnumResponse<TransportInfo>;

impl Arguments for ServerTransportEnumRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        let Self { level, preferred_maximum_length, resume_handle, .. } = self;
        enumeration::<TransportInfo>(level, preferred_maximum_length, resume_handle, n)
    }
}

/// [MS-SRVS] 3.1.4.22 NetrServerTransportAdd (Opnum 25) and 3.1.4.25 NetrServerTransportDel (Opnum 27), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerTransportRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Level: 0
    pub level: u32,
    /// Buffer
    pub transport: TransportInfo,
}

impl Arguments for ServerTransportRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.u32("Level", &mut self.level)?;
        whole(&mut self.transport, 0, n)
    }
}

/// [MS-SRVS] 3.1.4.23 NetrServerTransportAddEx (Opnum 41) and 3.1.4.26 NetrServerTransportDelEx (Opnum 53), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerTransportExRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Level: 0 to 3
    pub level: u32,
    /// Buffer
    pub transport: TransportInfo,
}

impl Arguments for ServerTransportExRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.u32("Level", &mut self.level)?;
        arm(self.level, &mut self.transport, n)
    }
}

/// [MS-SRVS] 2.2.3.9 TRANSPORT_INFO: its arms are the structures themselves.
fn arm(level: u32, transport: &mut TransportInfo, n: &mut impl Ndr) -> Result<(), DecodeError> {
    let mut switch = level;
    n.union_switch(Alignment::Pointer, "TRANSPORT_INFO", &mut switch)?;
    if switch != level || !TransportInfo::has_level(level) {
        return Err(DecodeError::unexpected("Level", level));
    }
    whole(transport, level, n)
}

use crate::information::{Entry, EnumResponse, Members, enumeration, whole};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-WKST] 2.2.5.8 WKSTA_TRANSPORT_INFO_0.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkstationTransportInfo {
    /// quality_of_service
    pub quality_of_service: u32,
    /// number_of_vcs
    pub connections: u32,
    /// transport_name
    pub name: Option<NtString>,
    /// transport_address
    pub address: Option<NtString>,
    /// wan_ish
    pub wide_area: u32,
}

impl Entry for WorkstationTransportInfo {
    fn has_level(level: u32) -> bool {
        level == 0
    }

    fn members<N: Ndr>(&mut self, _: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        m.u32("quality_of_service", &mut self.quality_of_service)?;
        m.u32("number_of_vcs", &mut self.connections)?;
        m.string("transport_name", &mut self.name)?;
        m.string("transport_address", &mut self.address)?;
        m.u32("wan_ish", &mut self.wide_area)
    }
}

/// [MS-WKST] 3.2.4.4 NetrWkstaTransportEnum (Opnum 5), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkstationTransportEnumRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// The level of the structures to return.
    pub level: u32,
    /// PreferredMaximumLength in bytes.
    pub preferred_maximum_length: u32,
    /// ResumeHandle
    pub resume_handle: Option<u32>,
}

/// What the server returns.
pub type WorkstationTransportEnumResponse = EnumResponse<WorkstationTransportInfo>;

impl Arguments for WorkstationTransportEnumRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        let Self { level, preferred_maximum_length, resume_handle, .. } = self;
        enumeration::<WorkstationTransportInfo>(level, preferred_maximum_length, resume_handle, n)
    }
}

/// [MS-WKST] 3.2.4.5 NetrWkstaTransportAdd (Opnum 6), what the client gives; the server returns a
/// [`crate::srvsvc::ParameterErrorResponse`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkstationTransportAddRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Level: 0
    pub level: u32,
    /// TransportInfo
    pub transport: WorkstationTransportInfo,
    /// ErrorParameter
    pub parameter_error: Option<u32>,
}

/// [MS-WKST] 3.2.4.6 NetrWkstaTransportDel (Opnum 7), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkstationTransportDelRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// TransportName
    pub name: Option<NtString>,
    /// ForceLevel: 0 to 2
    pub force_level: u32,
}

impl Arguments for WorkstationTransportAddRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.u32("Level", &mut self.level)?;
        whole(&mut self.transport, 0, n)?;
        n.u32_pointer("ErrorParameter", &mut self.parameter_error)
    }
}

impl Arguments for WorkstationTransportDelRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string_pointer("TransportName", &mut self.name)?;
        n.u32("ForceLevel", &mut self.force_level)
    }
}

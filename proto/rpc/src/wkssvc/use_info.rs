use crate::information::{Entry, EnumResponse, Members, enumeration, level_and_union, union};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// USE_INFO_0 to 3 ([MS-WKST] 2.2.5.22 to 2.2.5.25) in one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UseInfo {
    /// local
    pub local: Option<NtString>,
    /// remote
    pub remote: Option<NtString>,
    /// password
    pub password: Option<NtString>,
    /// status
    pub status: u32,
    /// asg_type
    pub resource_type: u32,
    /// refcount
    pub references: u32,
    /// usecount
    pub uses: u32,
    /// username
    pub user: Option<NtString>,
    /// domainname
    pub domain: Option<NtString>,
    /// flags
    pub flags: u32,
}

impl Entry for UseInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 0..=3)
    }

    fn is_enumerable(level: u32) -> bool {
        matches!(level, 0..=2)
    }

    fn members<N: Ndr>(&mut self, level: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        m.string("local", &mut self.local)?;
        m.string("remote", &mut self.remote)?;
        if level >= 1 {
            m.string("password", &mut self.password)?;
            m.u32("status", &mut self.status)?;
            m.u32("asg_type", &mut self.resource_type)?;
            m.u32("refcount", &mut self.references)?;
            m.u32("usecount", &mut self.uses)?;
        }
        if level >= 2 {
            m.string("username", &mut self.user)?;
            m.string("domainname", &mut self.domain)?;
        }
        if level >= 3 {
            m.u32("flags", &mut self.flags)?;
        }
        Ok(())
    }
}

/// [MS-WKST] 3.2.4.10 NetrUseEnum (Opnum 11), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UseEnumRequest {
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
pub type UseEnumResponse = EnumResponse<UseInfo>;

impl Arguments for UseEnumRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        let Self { level, preferred_maximum_length, resume_handle, .. } = self;
        enumeration::<UseInfo>(level, preferred_maximum_length, resume_handle, n)
    }
}

/// [MS-WKST] 3.2.4.7 NetrUseAdd (Opnum 8), what the client gives; the server returns a [`crate::srvsvc::ParameterErrorResponse`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UseAddRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Level: 0 to 3
    pub level: u32,
    /// InfoStruct
    pub connection: Option<UseInfo>,
    /// ErrorParameter
    pub parameter_error: Option<u32>,
}

/// [MS-WKST] 3.2.4.8 NetrUseGetInfo (Opnum 9) and 3.2.4.9 NetrUseDel (Opnum 10), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UseRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// UseName
    pub name: NtString,
    /// Level or ForceLevel
    pub level: u32,
}

/// [MS-WKST] 3.2.4.8 NetrUseGetInfo (Opnum 9), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UseGetInfoResponse {
    /// The level of the structure.
    pub level: u32,
    /// The connection, if there is one and the level exists.
    pub connection: Option<UseInfo>,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for UseAddRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        level_and_union(&mut self.level, &mut self.connection, n)?;
        n.u32_pointer("ErrorParameter", &mut self.parameter_error)
    }
}

impl Arguments for UseRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string("UseName", &mut self.name)?;
        n.u32("Level", &mut self.level)
    }
}

impl Arguments for UseGetInfoResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        union(&mut self.level, &mut self.connection, n)?;
        n.u32("status", &mut self.status)
    }
}

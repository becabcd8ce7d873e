use crate::information::{Entry, EnumResponse, Members, enumeration};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// WKSTA_USER_INFO_0 and 1 ([MS-WKST] 2.2.5.9, 2.2.5.10) in one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UserInfo {
    /// username
    pub name: Option<NtString>,
    /// logon_domain
    pub domain: Option<NtString>,
    /// oth_domains
    pub other_domains: Option<NtString>,
    /// logon_server
    pub logon_server: Option<NtString>,
}

impl Entry for UserInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 0 | 1)
    }

    fn members<N: Ndr>(&mut self, level: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        m.string("username", &mut self.name)?;
        if level == 0 {
            return Ok(());
        }
        m.string("logon_domain", &mut self.domain)?;
        m.string("oth_domains", &mut self.other_domains)?;
        m.string("logon_server", &mut self.logon_server)
    }
}

/// [MS-WKST] 3.2.4.3 NetrWkstaUserEnum (Opnum 2), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WorkstationUserEnumRequest {
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
pub type WorkstationUserEnumResponse = EnumResponse<UserInfo>;

impl Arguments for WorkstationUserEnumRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        let Self { level, preferred_maximum_length, resume_handle, .. } = self;
        enumeration::<UserInfo>(level, preferred_maximum_length, resume_handle, n)
    }
}

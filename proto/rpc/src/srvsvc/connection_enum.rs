use crate::information::{Entry, EnumResponse, Members, enumeration};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// CONNECTION_INFO_0 and 1 ([MS-SRVS] 2.2.4.1, 2.2.4.2) in one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConnectionInfo {
    /// coni_id
    pub id: u32,
    /// coni_type ([MS-SRVS] 2.2.2.4)
    pub share_type: u32,
    /// coni_num_opens
    pub opens: u32,
    /// coni_num_users
    pub users: u32,
    /// coni_time: seconds it has been there
    pub seconds: u32,
    /// coni_username
    pub user: Option<NtString>,
    /// coni_netname: the share, or the computer where a share was asked for
    pub name: Option<NtString>,
}

impl Entry for ConnectionInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 0 | 1)
    }

    fn members<N: Ndr>(&mut self, level: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        m.u32("id", &mut self.id)?;
        if level == 0 {
            return Ok(());
        }
        m.u32("type", &mut self.share_type)?;
        m.u32("num_opens", &mut self.opens)?;
        m.u32("num_users", &mut self.users)?;
        m.u32("time", &mut self.seconds)?;
        m.string("username", &mut self.user)?;
        m.string("netname", &mut self.name)
    }
}

/// [MS-SRVS] 3.1.4.1 NetrConnectionEnum (Opnum 8), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConnectionEnumRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// Qualifier: a share, or a computer with `\\\\` in front
    pub qualifier: Option<NtString>,
    /// The level of the structures to return.
    pub level: u32,
    /// PreferedMaximumLength in bytes.
    pub preferred_maximum_length: u32,
    /// ResumeHandle
    pub resume_handle: Option<u32>,
}

/// What the server returns.
pub type ConnectionEnumResponse = EnumResponse<ConnectionInfo>;

impl Arguments for ConnectionEnumRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string_pointer("Qualifier", &mut self.qualifier)?;
        let Self { level, preferred_maximum_length, resume_handle, .. } = self;
        enumeration::<ConnectionInfo>(level, preferred_maximum_length, resume_handle, n)
    }
}

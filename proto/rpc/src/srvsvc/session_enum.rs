use crate::information::{Entry, EnumResponse, Members, enumeration};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// SESSION_INFO_0, 1, 2, 10 and 502 ([MS-SRVS] 2.2.4.11 to 2.2.4.15) in one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionInfo {
    /// cname
    pub client: Option<NtString>,
    /// username
    pub user: Option<NtString>,
    /// num_opens
    pub opens: u32,
    /// time: seconds it has been there
    pub seconds: u32,
    /// idle_time
    pub idle_seconds: u32,
    /// user_flags ([MS-SRVS] 2.2.2.3)
    pub user_flags: u32,
    /// cltype_name
    pub client_type: Option<NtString>,
    /// transport
    pub transport: Option<NtString>,
}

impl Entry for SessionInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 0 | 1 | 2 | 10 | 502)
    }

    fn members<N: Ndr>(&mut self, level: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        m.string("cname", &mut self.client)?;
        if level == 0 {
            return Ok(());
        }
        m.string("username", &mut self.user)?;
        if level != 10 {
            m.u32("num_opens", &mut self.opens)?;
        }
        m.u32("time", &mut self.seconds)?;
        m.u32("idle_time", &mut self.idle_seconds)?;
        if level != 10 {
            m.u32("user_flags", &mut self.user_flags)?;
        }
        if matches!(level, 2 | 502) {
            m.string("cltype_name", &mut self.client_type)?;
        }
        if level == 502 {
            m.string("transport", &mut self.transport)?;
        }
        Ok(())
    }
}

/// [MS-SRVS] 3.1.4.5 NetrSessionEnum (Opnum 12), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SessionEnumRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// ClientName: a computer with `\\\\` in front
    pub client: Option<NtString>,
    /// UserName
    pub user: Option<NtString>,
    /// The level of the structures to return.
    pub level: u32,
    /// PreferedMaximumLength in bytes.
    pub preferred_maximum_length: u32,
    /// ResumeHandle
    pub resume_handle: Option<u32>,
}

/// What the server returns.
pub type SessionEnumResponse = EnumResponse<SessionInfo>;

impl Arguments for SessionEnumRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string_pointer("ClientName", &mut self.client)?;
        n.string_pointer("UserName", &mut self.user)?;
        let Self { level, preferred_maximum_length, resume_handle, .. } = self;
        enumeration::<SessionInfo>(level, preferred_maximum_length, resume_handle, n)
    }
}

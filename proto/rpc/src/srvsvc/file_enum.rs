use crate::information::{Entry, EnumResponse, Members, enumeration};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// FILE_INFO_2 and 3 ([MS-SRVS] 2.2.4.6, 2.2.4.7) in one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileInfo {
    /// fi_id
    pub id: u32,
    /// fi3_permissions
    pub permissions: u32,
    /// fi3_num_locks
    pub locks: u32,
    /// fi3_pathname
    pub path: Option<NtString>,
    /// fi3_username
    pub user: Option<NtString>,
}

impl Entry for FileInfo {
    fn has_level(level: u32) -> bool {
        matches!(level, 2 | 3)
    }

    fn members<N: Ndr>(&mut self, level: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        m.u32("id", &mut self.id)?;
        if level == 2 {
            return Ok(());
        }
        m.u32("permissions", &mut self.permissions)?;
        m.u32("num_locks", &mut self.locks)?;
        m.string("pathname", &mut self.path)?;
        m.string("username", &mut self.user)
    }
}

/// [MS-SRVS] 3.1.4.2 NetrFileEnum (Opnum 9), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileEnumRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// BasePath
    pub base_path: Option<NtString>,
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
pub type FileEnumResponse = EnumResponse<FileInfo>;

impl Arguments for FileEnumRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.string_pointer("BasePath", &mut self.base_path)?;
        n.string_pointer("UserName", &mut self.user)?;
        let Self { level, preferred_maximum_length, resume_handle, .. } = self;
        enumeration::<FileInfo>(level, preferred_maximum_length, resume_handle, n)
    }
}

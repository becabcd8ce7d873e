use super::FileInfo;
use crate::information::union;
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.3 NetrFileGetInfo (Opnum 10), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileGetInfoRequest {
    /// ServerName
    pub server_name: Option<NtString>,
    /// FileId
    pub id: u32,
    /// The level of the structure to return.
    pub level: u32,
}

impl Arguments for FileGetInfoRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)?;
        n.u32("FileId", &mut self.id)?;
        n.u32("Level", &mut self.level)
    }
}

/// [MS-SRVS] 3.1.4.3 NetrFileGetInfo (Opnum 10), what the server returns.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FileGetInfoResponse {
    /// The level of the structure.
    pub level: u32,
    /// The file, if there is one and the level exists.
    pub file: Option<FileInfo>,
    /// A Win32 error.
    pub status: u32,
}

impl Arguments for FileGetInfoResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        union(&mut self.level, &mut self.file, n)?;
        n.u32("status", &mut self.status)
    }
}

//! [MS-SRVS]: the server service's operations and their arguments.

mod alias;
mod char_dev;
mod connection_enum;
mod dfs;
mod file_close;
mod file_enum;
mod file_get_info;
mod file_security;
mod name;
pub mod opnum;
mod path;
mod remote_tod;
#[cfg(test)]
pub(crate) mod round_trips;
mod server_disk_enum;
mod server_get_info;
mod server_parameters;
mod server_statistics;
mod session_del;
mod session_enum;
mod share_add;
mod share_check;
mod share_del;
mod share_enum;
mod share_get_info;
mod share_info;
mod share_set_info;
mod transport;

pub use alias::{AliasInfo, ServerAliasEnumRequest, ServerAliasEnumResponse, ServerAliasRequest};
pub use char_dev::{CharDevEnumRequest, CharDevEnumResponse, CharDevGetInfoRequest, CharDevGetInfoResponse};
pub use connection_enum::{ConnectionEnumRequest, ConnectionEnumResponse, ConnectionInfo};
pub use dfs::{
    DfsCreateExitPointRequest, DfsCreateExitPointResponse, DfsGetVersionResponse, DfsReportSiteInfoResponse,
};
pub use file_close::FileCloseRequest;
pub use file_enum::{FileEnumRequest, FileEnumResponse, FileInfo};
pub use file_get_info::{FileGetInfoRequest, FileGetInfoResponse};
pub use file_security::{
    AdtSecurityDescriptor, GetFileSecurityRequest, GetFileSecurityResponse, SetFileSecurityRequest,
};
pub use name::{NameCanonicalizeRequest, NameCanonicalizeResponse, NameCompareRequest, NameValidateRequest};
pub use opnum::{REMOTE_TOD, SERVER_GET_INFO, SHARE_ENUM, SHARE_GET_INFO};
pub use path::{
    PathCanonicalizeRequest, PathCanonicalizeResponse, PathCompareRequest, PathTypeRequest, PathTypeResponse,
};
pub use remote_tod::{RemoteTodRequest, RemoteTodResponse, TimeOfDay};
pub use server_disk_enum::{ServerDiskEnumRequest, ServerDiskEnumResponse};
pub use server_get_info::{
    ServerGetInfoRequest, ServerGetInfoResponse, ServerInfo, ServerSetInfoRequest, ServerType,
};
pub use server_parameters::ServerParameters;
pub use server_statistics::{ServerStatistics, ServerStatisticsRequest, ServerStatisticsResponse};
pub use session_del::SessionDelRequest;
pub use session_enum::{SessionEnumRequest, SessionEnumResponse, SessionInfo};
pub use share_add::{ParameterErrorResponse, ShareAddRequest};
pub use share_check::{ShareCheckRequest, ShareCheckResponse};
pub use share_del::{ShareDelCommitRequest, ShareDelExRequest, ShareDelRequest, ShareDelStartResponse};
pub use share_enum::{ShareEnumRequest, ShareEnumResponse};
pub use share_get_info::{ShareGetInfoRequest, ShareGetInfoResponse};
pub use share_info::{ShareFields, ShareInfo, ShareType};
pub use share_set_info::ShareSetInfoRequest;
pub use transport::{
    ServerTransportEnumRequest, ServerTransportEnumResponse, ServerTransportExRequest,
    ServerTransportRequest, TransportInfo,
};

use crate::SyntaxId;
use lanward_nt::Guid;

/// 4b324fc8-1670-01d3-1278-5a47bf6ee188, version 3.0 ([MS-SRVS] 1.9).
pub const INTERFACE: SyntaxId = SyntaxId {
    uuid: Guid::from_fields(0x4b32_4fc8, 0x1670, 0x01d3, [0x12, 0x78, 0x5a, 0x47, 0xbf, 0x6e, 0xe1, 0x88]),
    major: 3,
    minor: 0,
};

/// MAX_PREFERRED_LENGTH ([MS-SRVS] 2.2.2.2): all that there is.
pub const MAX_PREFERRED_LENGTH: u32 = u32::MAX;

//! [MS-SRVS]: the server service's operations and their arguments.

mod remote_tod;
mod server_get_info;
mod share_enum;
mod share_get_info;
mod share_info;

pub use remote_tod::{RemoteTodRequest, RemoteTodResponse, TimeOfDay};
pub use server_get_info::{ServerGetInfoRequest, ServerGetInfoResponse, ServerInfo, ServerType};
pub use share_enum::{ShareEnumRequest, ShareEnumResponse};
pub use share_get_info::{ShareGetInfoRequest, ShareGetInfoResponse};
pub use share_info::{ShareFields, ShareInfo, ShareType};

use crate::SyntaxId;
use lanward_nt::Guid;

/// 4b324fc8-1670-01d3-1278-5a47bf6ee188, version 3.0 ([MS-SRVS] 1.9).
pub const INTERFACE: SyntaxId = SyntaxId {
    uuid: Guid::from_fields(0x4b32_4fc8, 0x1670, 0x01d3, [0x12, 0x78, 0x5a, 0x47, 0xbf, 0x6e, 0xe1, 0x88]),
    major: 3,
    minor: 0,
};

/// Opnum of NetrShareEnum.
pub const SHARE_ENUM: u16 = 15;
/// Opnum of NetrShareGetInfo.
pub const SHARE_GET_INFO: u16 = 16;
/// Opnum of NetrServerGetInfo.
pub const SERVER_GET_INFO: u16 = 21;
/// Opnum of NetrRemoteTOD.
pub const REMOTE_TOD: u16 = 28;

/// MAX_PREFERRED_LENGTH ([MS-SRVS] 2.2.2.2): all that there is.
pub const MAX_PREFERRED_LENGTH: u32 = u32::MAX;

//! [MS-WKST]: the workstation service's operations and their arguments.

mod join;
pub mod opnum;
#[cfg(test)]
mod round_trips;
mod statistics;
mod transport;
mod use_info;
mod user_enum;
mod workstation_get_info;

pub use join::{
    EncryptedPassword, EnumerateComputerNamesRequest, EnumerateComputerNamesResponse,
    GetJoinInformationRequest, GetJoinInformationResponse, GetJoinableOusResponse, ValidateNameRequest,
};
pub use opnum::WORKSTATION_GET_INFO;
pub use statistics::{WorkstationStatistics, WorkstationStatisticsRequest, WorkstationStatisticsResponse};
pub use transport::{
    WorkstationTransportAddRequest, WorkstationTransportDelRequest, WorkstationTransportEnumRequest,
    WorkstationTransportEnumResponse, WorkstationTransportInfo,
};
pub use use_info::{UseAddRequest, UseEnumRequest, UseEnumResponse, UseGetInfoResponse, UseInfo, UseRequest};
pub use user_enum::{UserInfo, WorkstationUserEnumRequest, WorkstationUserEnumResponse};
pub use workstation_get_info::{
    WorkstationGetInfoRequest, WorkstationGetInfoResponse, WorkstationInfo, WorkstationSetInfoRequest,
};

use crate::SyntaxId;
use lanward_nt::Guid;

/// 6bffd098-a112-3610-9833-46c3f87e345a, version 1.0 ([MS-WKST] 1.9).
pub const INTERFACE: SyntaxId = SyntaxId {
    uuid: Guid::from_fields(0x6bff_d098, 0xa112, 0x3610, [0x98, 0x33, 0x46, 0xc3, 0xf8, 0x7e, 0x34, 0x5a]),
    major: 1,
    minor: 0,
};

//! [MS-SCMR]: the service control manager.

mod change;
mod control;
mod enumerate;
mod lock;
mod names;
mod open;
mod query;
mod query_config;
mod start;
mod status;

pub use change::{ChangeServiceConfigRequest, ChangeServiceConfigResponse, NO_CHANGE};
pub use control::{Control, ControlRequest, StatusResponse};
pub use enumerate::{EnumServicesRequest, EnumServicesResponse, ServiceEntry};
pub use lock::{LockStatus, LockStatusRequest, LockStatusResponse};
pub use names::{NameRequest, NameResponse};
pub use open::{HandleResponse, OpenManagerRequest, OpenServiceRequest};
pub use query::{BufferResponse, QueryRequest, SetSecurityRequest};
pub use query_config::{QueryConfigRequest, QueryConfigResponse, ServiceConfig};
pub use start::StartRequest;
pub use status::{ServiceStatus, State};

use crate::SyntaxId;
use lanward_nt::Guid;

/// 367abb81-9844-35f1-ad32-98f038001003, version 2.0
pub const INTERFACE: SyntaxId = SyntaxId {
    uuid: Guid::from_fields(0x367a_bb81, 0x9844, 0x35f1, [0xad, 0x32, 0x98, 0xf0, 0x38, 0x00, 0x10, 0x03]),
    major: 2,
    minor: 0,
};

/// RCloseServiceHandle
pub const CLOSE_HANDLE: u16 = 0;
/// RControlService
pub const CONTROL_SERVICE: u16 = 1;
/// RDeleteService
pub const DELETE_SERVICE: u16 = 2;
/// RLockServiceDatabase
pub const LOCK_DATABASE: u16 = 3;
/// RQueryServiceObjectSecurity
pub const QUERY_OBJECT_SECURITY: u16 = 4;
/// RSetServiceObjectSecurity
pub const SET_OBJECT_SECURITY: u16 = 5;
/// RQueryServiceStatus
pub const QUERY_STATUS: u16 = 6;
/// RUnlockServiceDatabase
pub const UNLOCK_DATABASE: u16 = 8;
/// RNotifyBootConfigStatus
pub const NOTIFY_BOOT_CONFIG_STATUS: u16 = 9;
/// RChangeServiceConfigW
pub const CHANGE_CONFIG: u16 = 11;
/// RCreateServiceW
pub const CREATE_SERVICE: u16 = 12;
/// REnumDependentServicesW
pub const ENUM_DEPENDENT_SERVICES: u16 = 13;
/// REnumServicesStatusW
pub const ENUM_SERVICES_STATUS: u16 = 14;
/// ROpenSCManagerW
pub const OPEN_MANAGER: u16 = 15;
/// ROpenServiceW
pub const OPEN_SERVICE: u16 = 16;
/// RQueryServiceConfigW
pub const QUERY_CONFIG: u16 = 17;
/// RQueryServiceLockStatusW
pub const QUERY_LOCK_STATUS: u16 = 18;
/// RStartServiceW
pub const START_SERVICE: u16 = 19;
/// RGetServiceDisplayNameW
pub const DISPLAY_NAME: u16 = 20;
/// RGetServiceKeyNameW
pub const KEY_NAME: u16 = 21;
/// RQueryServiceConfig2W
pub const QUERY_CONFIG_2: u16 = 39;
/// RQueryServiceStatusEx
pub const QUERY_STATUS_EX: u16 = 40;
/// REnumServicesStatusExW
pub const ENUM_SERVICES_STATUS_EX: u16 = 42;

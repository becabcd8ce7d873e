//! The operations' numbers ([MS-SRVS] 3.1.4).

/// NetrConnectionEnum
pub const CONNECTION_ENUM: u16 = 8;
/// NetrFileEnum
pub const FILE_ENUM: u16 = 9;
/// NetrFileGetInfo
pub const FILE_GET_INFO: u16 = 10;
/// NetrFileClose
pub const FILE_CLOSE: u16 = 11;
/// NetrSessionEnum
pub const SESSION_ENUM: u16 = 12;
/// NetrSessionDel
pub const SESSION_DEL: u16 = 13;
/// NetrShareAdd
pub const SHARE_ADD: u16 = 14;
/// NetrShareEnum
pub const SHARE_ENUM: u16 = 15;
/// NetrShareGetInfo
pub const SHARE_GET_INFO: u16 = 16;
/// NetrShareSetInfo
pub const SHARE_SET_INFO: u16 = 17;
/// NetrShareDel
pub const SHARE_DEL: u16 = 18;
/// NetrShareDelSticky
pub const SHARE_DEL_STICKY: u16 = 19;
/// NetrShareCheck
pub const SHARE_CHECK: u16 = 20;
/// NetrServerGetInfo
pub const SERVER_GET_INFO: u16 = 21;
/// NetrServerSetInfo
pub const SERVER_SET_INFO: u16 = 22;
/// NetrServerDiskEnum
pub const SERVER_DISK_ENUM: u16 = 23;
/// NetrServerStatisticsGet
pub const SERVER_STATISTICS_GET: u16 = 24;
/// NetrServerTransportAdd
pub const SERVER_TRANSPORT_ADD: u16 = 25;
/// NetrServerTransportEnum
pub const SERVER_TRANSPORT_ENUM: u16 = 26;
/// NetrServerTransportDel
pub const SERVER_TRANSPORT_DEL: u16 = 27;
/// NetrRemoteTOD
pub const REMOTE_TOD: u16 = 28;
/// NetprPathType
pub const PATH_TYPE: u16 = 30;
/// NetprPathCanonicalize
pub const PATH_CANONICALIZE: u16 = 31;
/// NetprPathCompare
pub const PATH_COMPARE: u16 = 32;
/// NetprNameValidate
pub const NAME_VALIDATE: u16 = 33;
/// NetprNameCanonicalize
pub const NAME_CANONICALIZE: u16 = 34;
/// NetprNameCompare
pub const NAME_COMPARE: u16 = 35;
/// NetrShareEnumSticky
pub const SHARE_ENUM_STICKY: u16 = 36;
/// NetrShareDelStart
pub const SHARE_DEL_START: u16 = 37;
/// NetrShareDelCommit
pub const SHARE_DEL_COMMIT: u16 = 38;
/// NetrpGetFileSecurity
pub const GET_FILE_SECURITY: u16 = 39;
/// NetrpSetFileSecurity
pub const SET_FILE_SECURITY: u16 = 40;
/// NetrServerTransportAddEx
pub const SERVER_TRANSPORT_ADD_EX: u16 = 41;
/// NetrDfsGetVersion
pub const DFS_GET_VERSION: u16 = 43;
/// NetrDfsCreateLocalPartition
pub const DFS_CREATE_LOCAL_PARTITION: u16 = 44;
/// NetrDfsDeleteLocalPartition
pub const DFS_DELETE_LOCAL_PARTITION: u16 = 45;
/// NetrDfsSetLocalVolumeState
pub const DFS_SET_LOCAL_VOLUME_STATE: u16 = 46;
/// NetrDfsCreateExitPoint
pub const DFS_CREATE_EXIT_POINT: u16 = 48;
/// NetrDfsDeleteExitPoint
pub const DFS_DELETE_EXIT_POINT: u16 = 49;
/// NetrDfsModifyPrefix
pub const DFS_MODIFY_PREFIX: u16 = 50;
/// NetrDfsFixLocalVolume
pub const DFS_FIX_LOCAL_VOLUME: u16 = 51;
/// NetrDfsManagerReportSiteInfo
pub const DFS_MANAGER_REPORT_SITE_INFO: u16 = 52;
/// NetrServerTransportDelEx
pub const SERVER_TRANSPORT_DEL_EX: u16 = 53;
/// NetrServerAliasAdd
pub const SERVER_ALIAS_ADD: u16 = 54;
/// NetrServerAliasEnum
pub const SERVER_ALIAS_ENUM: u16 = 55;
/// NetrServerAliasDel
pub const SERVER_ALIAS_DEL: u16 = 56;
/// NetrShareDelEx
pub const SHARE_DEL_EX: u16 = 57;

//! The operations' numbers ([MS-WKST] 3.2.4).

/// NetrWkstaGetInfo
pub const WORKSTATION_GET_INFO: u16 = 0;
/// NetrWkstaSetInfo
pub const WORKSTATION_SET_INFO: u16 = 1;
/// NetrWkstaUserEnum
pub const WORKSTATION_USER_ENUM: u16 = 2;
/// NetrWkstaTransportEnum
pub const WORKSTATION_TRANSPORT_ENUM: u16 = 5;
/// NetrWkstaTransportAdd
pub const WORKSTATION_TRANSPORT_ADD: u16 = 6;
/// NetrWkstaTransportDel
pub const WORKSTATION_TRANSPORT_DEL: u16 = 7;
/// NetrUseAdd
pub const USE_ADD: u16 = 8;
/// NetrUseGetInfo
pub const USE_GET_INFO: u16 = 9;
/// NetrUseDel
pub const USE_DEL: u16 = 10;
/// NetrUseEnum
pub const USE_ENUM: u16 = 11;
/// NetrWorkstationStatisticsGet
pub const WORKSTATION_STATISTICS_GET: u16 = 13;
/// NetrGetJoinInformation
pub const GET_JOIN_INFORMATION: u16 = 20;
/// NetrJoinDomain2
pub const JOIN_DOMAIN: u16 = 22;
/// NetrUnjoinDomain2
pub const UNJOIN_DOMAIN: u16 = 23;
/// NetrRenameMachineInDomain2
pub const RENAME_MACHINE_IN_DOMAIN: u16 = 24;
/// NetrValidateName2
pub const VALIDATE_NAME: u16 = 25;
/// NetrGetJoinableOUs2
pub const GET_JOINABLE_OUS: u16 = 26;
/// NetrAddAlternateComputerName
pub const ADD_ALTERNATE_COMPUTER_NAME: u16 = 27;
/// NetrRemoveAlternateComputerName
pub const REMOVE_ALTERNATE_COMPUTER_NAME: u16 = 28;
/// NetrSetPrimaryComputerName
pub const SET_PRIMARY_COMPUTER_NAME: u16 = 29;
/// NetrEnumerateComputerNames
pub const ENUMERATE_COMPUTER_NAMES: u16 = 30;

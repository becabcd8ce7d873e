//! The calls and their numbers ([MS-RAP] 2.5.4; those that are not there are of the LAN Manager remote API, which it descends from), and the
//! ParamDesc each must come with.

use super::Descriptor;

macro_rules! calls {
    ($($(#[$doc:meta])* $name:ident = $opcode:literal, $($descriptor:literal)*;)*) => {
        $($(#[$doc])* pub const $name: u16 = $opcode;)*

        /// Whether a request with this ParamDesc may come for an opcode; `None` for an opcode that nobody knows.
        #[must_use]
        pub fn is_described(opcode: u16, descriptor: Descriptor<'_>) -> Option<bool> {
            let known: &[&str] = match opcode {
                $($opcode => &[$($descriptor),*],)*
                _ => return None,
            };
            Some(known.iter().any(|known| known.as_bytes() == descriptor.0))
        }

        /// Every opcode that is known, with a ParamDesc it may come with.
        pub const ALL: &[(u16, &str)] = &[$($(($opcode, $descriptor),)*)*];
    };
}

calls! {
    /// NetShareEnum
    SHARE_ENUM = 0x00, "WrLeh";
    /// NetShareGetInfo
    SHARE_GET_INFO = 0x01, "zWrLh";
    /// NetShareSetInfo
    SHARE_SET_INFO = 0x02, "zWsTP";
    /// NetShareAdd
    SHARE_ADD = 0x03, "WsT";
    /// NetShareDel
    SHARE_DEL = 0x04, "zW";
    /// NetShareCheck
    SHARE_CHECK = 0x05, "zh";
    /// NetSessionEnum
    SESSION_ENUM = 0x06, "WrLeh";
    /// NetSessionGetInfo
    SESSION_GET_INFO = 0x07, "zWrLh";
    /// NetSessionDel
    SESSION_DEL = 0x08, "zW";
    /// NetConnectionEnum
    CONNECTION_ENUM = 0x09, "zWrLeh";
    /// NetFileEnum
    FILE_ENUM = 0x0a, "zWrLeh";
    /// NetFileGetInfo
    FILE_GET_INFO = 0x0b, "WWrLh";
    /// NetFileClose
    FILE_CLOSE = 0x0c, "W";
    /// NetServerGetInfo
    SERVER_GET_INFO = 0x0d, "WrLh";
    /// NetServerSetInfo
    SERVER_SET_INFO = 0x0e, "WsTP";
    /// NetServerDiskEnum
    SERVER_DISK_ENUM = 0x0f, "WrLeh";
    /// NetServiceEnum
    SERVICE_ENUM = 0x27, "WrLeh";
    /// NetServiceGetInfo
    SERVICE_GET_INFO = 0x60, "zWrLh";
    /// NetGroupEnum
    GROUP_ENUM = 0x2f, "WrLeh";
    /// NetGroupAdd
    GROUP_ADD = 0x30, "WsT";
    /// NetGroupDel
    GROUP_DEL = 0x31, "z";
    /// NetGroupAddUser
    GROUP_ADD_USER = 0x32, "zz";
    /// NetGroupDelUser
    GROUP_DEL_USER = 0x33, "zz";
    /// NetGroupGetUsers
    GROUP_GET_USERS = 0x34, "zWrLeh";
    /// NetUserEnum
    USER_ENUM = 0x35, "WrLeh";
    /// NetUserDel; clients describe it with and without the reserved word they send.
    USER_DEL = 0x37, "z" "zW";
    /// NetUserGetInfo
    USER_GET_INFO = 0x38, "zWrLh";
    /// NetUserGetGroups
    USER_GET_GROUPS = 0x3b, "zWrLeh";
    /// NetWkstaGetInfo
    WKSTA_GET_INFO = 0x3f, "WrLh";
    /// NetPrintQEnum
    PRINT_Q_ENUM = 0x45, "WrLeh";
    /// NetPrintQGetInfo
    PRINT_Q_GET_INFO = 0x46, "zWrLh";
    /// NetPrintQPause
    PRINT_Q_PAUSE = 0x4a, "z";
    /// NetPrintQContinue
    PRINT_Q_CONTINUE = 0x4b, "z";
    /// NetPrintJobEnum
    PRINT_JOB_ENUM = 0x4c, "zWrLeh";
    /// NetPrintJobGetInfo
    PRINT_JOB_GET_INFO = 0x4d, "WWrLh";
    /// NetPrintJobDelete
    PRINT_JOB_DELETE = 0x51, "W";
    /// NetPrintJobPause
    PRINT_JOB_PAUSE = 0x52, "W";
    /// NetPrintJobContinue
    PRINT_JOB_CONTINUE = 0x53, "W";
    /// NetPrintDestEnum
    PRINT_DEST_ENUM = 0x54, "WrLeh";
    /// NetPrintDestGetInfo
    PRINT_DEST_GET_INFO = 0x55, "zWrLh";
    /// NetRemoteTOD
    REMOTE_TOD = 0x5b, "rL";
    /// NetPrintQPurge
    PRINT_Q_PURGE = 0x67, "z";
    /// NetServerEnum2
    SERVER_ENUM2 = 0x68, "WrLehDz" "WrLehDO";
    /// NetAccessGetUserPerms
    ACCESS_GET_USER_PERMS = 0x69, "zzh";
    /// NetGroupGetInfo
    GROUP_GET_INFO = 0x6a, "zWrLh";
    /// NetFileEnum2
    FILE_ENUM2 = 0x70, "zzWrLehb8g8" "OzWrLehb8g8" "zOWrLehb8g8" "OOWrLehb8g8";
    /// NetUserAdd2
    USER_ADD2 = 0x71, "WsTWW";
    /// NetUserPasswordSet2
    USER_PASSWORD_SET2 = 0x73, "zb16b16WW";
    /// NetFileGetInfo2
    FILE_GET_INFO2 = 0x7c, "DWrLh";
    /// NetFileClose2
    FILE_CLOSE2 = 0x7d, "D";
    /// NetWkstaUserLogon
    WKSTA_USER_LOGON = 0x84, "zzWb54WrLh" "OOWb54WrLh";
    /// NetWkstaUserLogoff; 2.5.10.3.1 and 3.2.5.18 agree on the descriptor but for the empty names some leave out.
    WKSTA_USER_LOGOFF = 0x85, "zzWb38WrLh" "OOWb38WrLh";
    /// NetPrintJobSetInfo
    PRINT_JOB_SET_INFO = 0x93, "WWsTP";
    /// SamOEMChgPasswordUser2_P
    OEM_CHANGE_PASSWORD = 0xd6, "zsT";
    /// NetServerEnum3
    SERVER_ENUM3 = 0xd7, "WrLehDzz";
}

//! User objects ([MS-SAMR] 3.1.5.4.4, 3.1.5.5.5, 3.1.5.6.4, 3.1.5.7.3).

use crate::lsarpc::SecurityDescriptorBytes;
use crate::ndr::{operation, structure, union};
use crate::{ContextHandle, Enumeration, Halves, Text, Varying};

structure! {
    /// [MS-SAMR] 2.2.6.5 SAMPR_LOGON_HOURS
    LogonHours { units_per_week: u16, hours: Option<Varying<u8, 1260>>, }
}
structure! {
    /// [MS-SAMR] 2.2.6.6 SAMPR_USER_ALL_INFORMATION; which members count is in `fields`.
    UserAllInformation {
        last_logon: Halves,
        last_logoff: Halves,
        password_last_set: Halves,
        account_expires: Halves,
        password_can_change: Halves,
        password_must_change: Halves,
        user_name: Text,
        full_name: Text,
        home_directory: Text,
        home_drive: Text,
        script_path: Text,
        profile_path: Text,
        admin_comment: Text,
        workstations: Text,
        user_comment: Text,
        parameters: Text,
        lm_owf_password: Text,
        nt_owf_password: Text,
        private_data: Text,
        security_descriptor: SecurityDescriptorBytes,
        user_id: u32,
        primary_group_id: u32,
        control: u32,
        fields: u32,
        logon_hours: LogonHours,
        bad_password_count: u16,
        logon_count: u16,
        country_code: u16,
        code_page: u16,
        lm_password_present: u8,
        nt_password_present: u8,
        password_expired: u8,
        private_data_sensitive: u8,
    }
}
structure! {
    /// [MS-SAMR] 2.2.6.7 SAMPR_USER_GENERAL_INFORMATION
    UserGeneralInformation {
        user_name: Text,
        full_name: Text,
        primary_group_id: u32,
        admin_comment: Text,
        user_comment: Text,
    }
}
structure! {
    /// [MS-SAMR] 2.2.6.8 SAMPR_USER_PREFERENCES_INFORMATION
    UserPreferencesInformation { user_comment: Text, reserved: Text, country_code: u16, code_page: u16, }
}
structure! {
    /// [MS-SAMR] 2.2.6.11 SAMPR_USER_LOGON_INFORMATION
    UserLogonInformation {
        user_name: Text,
        full_name: Text,
        user_id: u32,
        primary_group_id: u32,
        home_directory: Text,
        home_drive: Text,
        script_path: Text,
        profile_path: Text,
        workstations: Text,
        last_logon: Halves,
        last_logoff: Halves,
        password_last_set: Halves,
        password_can_change: Halves,
        password_must_change: Halves,
        logon_hours: LogonHours,
        bad_password_count: u16,
        logon_count: u16,
        control: u32,
    }
}
structure! {
    /// [MS-SAMR] 2.2.6.12 SAMPR_USER_ACCOUNT_INFORMATION
    UserAccountInformation {
        user_name: Text,
        full_name: Text,
        user_id: u32,
        primary_group_id: u32,
        home_directory: Text,
        home_drive: Text,
        script_path: Text,
        profile_path: Text,
        admin_comment: Text,
        workstations: Text,
        last_logon: Halves,
        last_logoff: Halves,
        logon_hours: LogonHours,
        bad_password_count: u16,
        logon_count: u16,
        password_last_set: Halves,
        account_expires: Halves,
        control: u32,
    }
}
structure! {
    /// [MS-SAMR] 2.2.6.15 SAMPR_USER_NAME_INFORMATION
    UserNameInformation { user_name: Text, full_name: Text, }
}
structure! {
    /// [MS-SAMR] 2.2.6.18 SAMPR_USER_HOME_INFORMATION
    UserHomeInformation { home_directory: Text, home_drive: Text, }
}
structure! {
    /// [MS-SAMR] 2.2.6.23 SAMPR_USER_INTERNAL1_INFORMATION: hashes under the session key.
    UserInternal1Information {
        nt_owf: [u8; 16],
        lm_owf: [u8; 16],
        nt_present: u8,
        lm_present: u8,
        password_expired: u8,
    }
}
structure! {
    /// [MS-SAMR] 2.2.6.24 SAMPR_USER_INTERNAL4_INFORMATION
    UserInternal4Information { all: UserAllInformation, password: [u8; 516], }
}
structure! {
    /// [MS-SAMR] 2.2.6.25 SAMPR_USER_INTERNAL4_INFORMATION_NEW
    UserInternal4InformationNew { all: UserAllInformation, password: [u8; 532], }
}
structure! {
    /// [MS-SAMR] 2.2.6.27 SAMPR_USER_INTERNAL5_INFORMATION
    UserInternal5Information { password: [u8; 516], password_expired: u8, }
}
structure! {
    /// [MS-SAMR] 2.2.6.28 SAMPR_USER_INTERNAL5_INFORMATION_NEW
    UserInternal5InformationNew { password: [u8; 532], password_expired: u8, }
}
structure! {
    /// [MS-SAMR] 2.2.6.32 SAMPR_ENCRYPTED_PASSWORD_AES
    EncryptedPasswordAes {
        auth_data: [u8; 64],
        salt: [u8; 16],
        cipher_length: u32,
        cipher: Option<Vec<u8>>,
        iterations: u64,
    }
}
structure! {
    /// [MS-SAMR] 2.2.6.30 SAMPR_USER_INTERNAL7_INFORMATION
    UserInternal7Information { password: EncryptedPasswordAes, password_expired: u8, }
}
structure! {
    /// [MS-SAMR] 2.2.6.31 SAMPR_USER_INTERNAL8_INFORMATION
    UserInternal8Information { all: UserAllInformation, password: EncryptedPasswordAes, }
}
union! {
    /// [MS-SAMR] 2.2.6.29 SAMPR_USER_INFO_BUFFER
    UserInformation {
        1 => General(UserGeneralInformation),
        2 => Preferences(UserPreferencesInformation),
        3 => Logon(UserLogonInformation),
        4 => LogonHours(LogonHours),
        5 => Account(UserAccountInformation),
        6 => Name(UserNameInformation),
        7 => AccountName(Text),
        8 => FullName(Text),
        9 => PrimaryGroup(u32),
        10 => Home(UserHomeInformation),
        11 => Script(Text),
        12 => Profile(Text),
        13 => AdminComment(Text),
        14 => Workstations(Text),
        16 => Control(u32),
        17 => Expires(Halves),
        18 => Internal1(UserInternal1Information),
        20 => Parameters(Text),
        21 => All(UserAllInformation),
        23 => Internal4(UserInternal4Information),
        24 => Internal5(UserInternal5Information),
        25 => Internal4New(UserInternal4InformationNew),
        26 => Internal5New(UserInternal5InformationNew),
        31 => Internal7(UserInternal7Information),
        32 => Internal8(UserInternal8Information),
    }
}

operation! {
    /// [MS-SAMR] 3.1.5.4.5 SamrCreateUserInDomain
    12 CreateUserRequest { domain: ContextHandle, name: Text, access: u32, }
    => CreateUserResponse { user: ContextHandle, rid: u32, }
}
operation! {
    /// [MS-SAMR] 3.1.5.1.9 SamrOpenUser
    34 OpenUserRequest { domain: ContextHandle, access: u32, rid: u32, }
    => OpenUserResponse { user: ContextHandle, }
}
operation! {
    /// [MS-SAMR] 3.1.5.7.3 SamrDeleteUser
    35 DeleteUserRequest { user: ContextHandle, } => DeleteUserResponse { user: ContextHandle, }
}
operation! {
    /// [MS-SAMR] 3.1.5.5.6 SamrQueryInformationUser
    36 QueryUserRequest { user: ContextHandle, class: Enumeration, }
    => QueryUserResponse { information: Option<UserInformation>, }
}
operation! {
    /// [MS-SAMR] 3.1.5.6.5 SamrSetInformationUser
    37 SetUserRequest { user: ContextHandle, class: Enumeration, information: UserInformation, }
    => SetUserResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.5.5 SamrQueryInformationUser2
    47 QueryUser2Request { user: ContextHandle, class: Enumeration, }
    => QueryUser2Response { information: Option<UserInformation>, }
}
operation! {
    /// [MS-SAMR] 3.1.5.4.4 SamrCreateUser2InDomain
    50 CreateUser2Request { domain: ContextHandle, name: Text, account_type: u32, access: u32, }
    => CreateUser2Response { user: ContextHandle, granted: u32, rid: u32, }
}
operation! {
    /// [MS-SAMR] 3.1.5.6.4 SamrSetInformationUser2
    58 SetUser2Request { user: ContextHandle, class: Enumeration, information: UserInformation, }
    => SetUser2Response { }
}

//! Changes of passwords by whoever knows the old one ([MS-SAMR] 3.1.5.10), and what is asked of new ones (3.1.5.13).

use super::{DomainPasswordInformation, EncryptedPasswordAes};
use crate::ndr::{operation, structure};
use crate::{ByteString, ContextHandle, Text};

structure! {
    /// [MS-SAMR] 2.2.3.6 USER_DOMAIN_PASSWORD_INFORMATION
    #[derive(Default)]
    UserPasswordInformation { minimum_length: u16, properties: u32, }
}
structure! {
    /// Why a password was not taken, as operation 63 tells it.
    PasswordChangeFailure { reason: u32, filter_module: Text, }
}

operation! {
    /// [MS-SAMR] 3.1.5.10.1 SamrChangePasswordUser
    38 ChangePasswordRequest {
        user: ContextHandle,
        lm_present: u8,
        old_lm_by_new_lm: Option<[u8; 16]>,
        new_lm_by_old_lm: Option<[u8; 16]>,
        nt_present: u8,
        old_nt_by_new_nt: Option<[u8; 16]>,
        new_nt_by_old_nt: Option<[u8; 16]>,
        nt_cross_present: u8,
        new_nt_by_new_lm: Option<[u8; 16]>,
        lm_cross_present: u8,
        new_lm_by_new_nt: Option<[u8; 16]>,
    } => ChangePasswordResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.13.4 SamrGetUserDomainPasswordInformation
    44 UserPasswordInformationRequest { user: ContextHandle, }
    => UserPasswordInformationResponse { information: UserPasswordInformation, }
}
operation! {
    /// [MS-SAMR] 3.1.5.10.2 SamrOemChangePasswordUser2
    54 OemChangePasswordRequest {
        server_name: Option<ByteString>,
        user_name: ByteString,
        new_password: Option<[u8; 516]>,
        old_lm_by_new_lm: Option<[u8; 16]>,
    } => OemChangePasswordResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.10.3 SamrUnicodeChangePasswordUser2
    55 UnicodeChangePasswordRequest {
        server_name: Option<Text>,
        user_name: Text,
        new_password: Option<[u8; 516]>,
        old_nt_by_new_nt: Option<[u8; 16]>,
        lm_present: u8,
        new_password_by_lm: Option<[u8; 516]>,
        old_lm_by_new_nt: Option<[u8; 16]>,
    } => UnicodeChangePasswordResponse { }
}
operation! {
    /// [MS-SAMR] 3.1.5.13.3 SamrGetDomainPasswordInformation
    56 PasswordInformationRequest { server_name: Option<Text>, }
    => PasswordInformationResponse { information: UserPasswordInformation, }
}
operation! {
    /// Operation 63, which clients use to be told why a password was not taken: as [MS-SAMR] 3.1.5.10.3, and more.
    63 ChangePassword3Request {
        server_name: Option<Text>,
        user_name: Text,
        new_password: Option<[u8; 516]>,
        old_nt_by_new_nt: Option<[u8; 16]>,
        lm_present: u8,
        new_password_by_lm: Option<[u8; 516]>,
        old_lm_by_new_nt: Option<[u8; 16]>,
        reserved: Option<[u8; 516]>,
    } => ChangePassword3Response {
        policy: Option<DomainPasswordInformation>,
        failure: Option<PasswordChangeFailure>,
    }
}
operation! {
    /// [MS-SAMR] 3.1.5.10.4 SamrUnicodeChangePasswordUser4
    73 ChangePassword4Request {
        server_name: Option<Text>,
        user_name: Text,
        new_password: EncryptedPasswordAes,
    } => ChangePassword4Response { }
}

//! Judging passwords of applications by the server's policy ([MS-SAMR] 3.1.5.13.7).

use crate::ndr::{operation, structure, union};
use crate::{Counted, Enumeration, Text};

structure! {
    /// [MS-SAMR] 2.2.9.2 SAM_VALIDATE_PERSISTED_FIELDS
    PersistedFields {
        present: u32,
        password_last_set: u64,
        bad_password_time: u64,
        lockout_time: u64,
        bad_password_count: u32,
        history_length: u32,
        history: Option<Vec<Counted<u8>>>,
    }
}
structure! {
    /// [MS-SAMR] 2.2.9.4 SAM_VALIDATE_STANDARD_OUTPUT_ARG
    ValidateOutput { changed: PersistedFields, validation: Enumeration, }
}
structure! {
    /// [MS-SAMR] 2.2.9.5 SAM_VALIDATE_AUTHENTICATION_INPUT_ARG
    ValidateAuthentication { fields: PersistedFields, password_matched: u8, }
}
structure! {
    /// [MS-SAMR] 2.2.9.6 SAM_VALIDATE_PASSWORD_CHANGE_INPUT_ARG
    ValidateChange {
        fields: PersistedFields,
        password: Text,
        account: Text,
        hashed_password: Counted<u8>,
        password_matched: u8,
    }
}
structure! {
    /// [MS-SAMR] 2.2.9.7 SAM_VALIDATE_PASSWORD_RESET_INPUT_ARG
    ValidateReset {
        fields: PersistedFields,
        password: Text,
        account: Text,
        hashed_password: Counted<u8>,
        must_change: u8,
        clear_lockout: u8,
    }
}
union! {
    /// [MS-SAMR] 2.2.9.9 SAM_VALIDATE_INPUT_ARG
    ValidateInput {
        1 => Authentication(ValidateAuthentication),
        2 => Change(ValidateChange),
        3 => Reset(ValidateReset),
    }
}
union! {
    /// [MS-SAMR] 2.2.9.10 SAM_VALIDATE_OUTPUT_ARG
    ValidateOutputs {
        1 => Authentication(ValidateOutput),
        2 => Change(ValidateOutput),
        3 => Reset(ValidateOutput),
    }
}

operation! {
    /// [MS-SAMR] 3.1.5.13.7 SamrValidatePassword
    67 ValidatePasswordRequest { kind: Enumeration, input: ValidateInput, }
    => ValidatePasswordResponse { output: Option<ValidateOutputs>, }
}

//! Secret objects ([MS-LSAD] 3.1.4.6).

use crate::ndr::{operation, structure};
use crate::{ContextHandle, Text, Varying};

structure! {
    /// [MS-LSAD] 2.2.6.1 LSAPR_CR_CIPHER_VALUE: a value under the session key.
    CipherValue { length: u32, maximum_length: u32, bytes: Option<Varying<u8>>, }
}

operation! {
    /// [MS-LSAD] 3.1.4.6.1 LsarCreateSecret
    16 CreateSecretRequest { policy: ContextHandle, name: Text, access: u32, }
    => CreateSecretResponse { secret: ContextHandle, }
}
operation! {
    /// [MS-LSAD] 3.1.4.6.2 LsarOpenSecret
    28 OpenSecretRequest { policy: ContextHandle, name: Text, access: u32, }
    => OpenSecretResponse { secret: ContextHandle, }
}
operation! {
    /// [MS-LSAD] 3.1.4.6.3 LsarSetSecret
    29 SetSecretRequest { secret: ContextHandle, current: Option<CipherValue>, old: Option<CipherValue>, }
    => SetSecretResponse { }
}
operation! {
    /// [MS-LSAD] 3.1.4.6.4 LsarQuerySecret
    30 QuerySecretRequest {
        secret: ContextHandle,
        current: Option<Option<CipherValue>>,
        current_set: Option<u64>,
        old: Option<Option<CipherValue>>,
        old_set: Option<u64>,
    } => QuerySecretResponse {
        current: Option<Option<CipherValue>>,
        current_set: Option<u64>,
        old: Option<Option<CipherValue>>,
        old_set: Option<u64>,
    }
}

use core::fmt;
use lanward_nt::NtString;
use lanward_wire::Writer;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::ntlm::crypto;

macro_rules! secret {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        pub struct $name([u8; 16]);

        impl $name {
            /// From its 16 bytes.
            #[must_use]
            pub const fn new(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes. Whoever copies them answers for wiping the copy.
            #[must_use]
            pub const fn expose(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }

        impl Eq for $name {}
    )*};
}

secret! {
    /// What an account store keeps of a password: [MS-NLMP] 3.3.1 NTOWFv1, the MD4 of the UTF-16LE password. As good as the
    /// password itself to whoever has it; wiped when dropped and never printed.
    NtHash;
    /// [MS-NLMP] 3.3.1 LMOWFv1: what clients of LAN Manager's days prove a password by. Weaker than the password: kept only where that is
    /// wanted.
    LmHash;
    /// A 16-byte key both ends share; wiped when dropped, never printed, compared in constant time.
    SessionKey;
}

impl NtHash {
    /// [MS-NLMP] 3.3.1 NTOWFv1 of a password.
    #[must_use]
    pub fn of_password(password: &NtString) -> Self {
        let mut utf16 = Vec::with_capacity(password.units().len().saturating_mul(2));
        Writer::new(&mut utf16).utf16(password.units());
        let hash = Self(crypto::md4(&utf16));
        utf16.zeroize();
        hash
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ms_nlmp_4_2_2_1_2_ntowfv1() {
        let hash = NtHash::of_password(&"Password".into());
        assert_eq!(crate::ntlm::testing::hex("a4f49c406510bdcab6824ee7c30fd852"), hash.expose());
        assert_eq!(format!("{hash:?}"), "NtHash(..)");
    }
}

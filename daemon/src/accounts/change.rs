//! What can be done to the accounts, here or through a running daemon.

use lanward_auth::NtHash;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A change of the accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    Add { name: String, admin: bool, hash: Hash },
    Remove { name: String },
    Password { name: String, hash: Hash },
    Disable { name: String },
    Enable { name: String },
}

/// What anybody may know of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct AccountInfo {
    pub(crate) name: String,
    pub(crate) rid: u32,
    pub(crate) admin: bool,
    pub(crate) disabled: bool,
}

/// A password's hash on its way to the daemon of the same user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hash(pub(crate) NtHash);

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{:032x}", u128::from_be_bytes(*self.0.expose())))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let hash = u128::from_str_radix(&digits, 16).map_err(|_| D::Error::custom("not a hash"))?;
        Ok(Self(NtHash::new(hash.to_be_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_survives_the_way() {
        let hash = Hash(NtHash::new([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 255]));
        let json = serde_json::to_string(&hash).unwrap();
        assert_eq!(json, "\"000102030405060708090a0b0c0d0eff\"");
        assert_eq!(serde_json::from_str::<Hash>(&json).unwrap(), hash);
        assert!(serde_json::from_str::<Hash>("\"secret\"").is_err());
    }
}

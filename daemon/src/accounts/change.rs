//! What can be done to the accounts, here or through a running daemon.

use lanward_auth::NtHash;
use lanward_nt::FileTime;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::net::Ipv4Addr;
use std::str::FromStr;

/// A change of the accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Change {
    Add {
        name: String,
        admin: bool,
        hash: Hash,
        #[serde(default)]
        lm_hash: Option<Hash>,
    },
    Remove {
        name: String,
    },
    Password {
        name: String,
        hash: Hash,
        #[serde(default)]
        lm_hash: Option<Hash>,
    },
    Disable {
        name: String,
    },
    Enable {
        name: String,
    },
    /// Forget the wrong passwords that locked it.
    Unlock {
        name: String,
    },
    Set {
        name: String,
        attributes: Box<UserAttributes>,
    },
    AddGroup {
        name: String,
        comment: String,
    },
    RemoveGroup {
        name: String,
    },
    AddMember {
        group: String,
        member: String,
    },
    RemoveMember {
        group: String,
        member: String,
    },
    Policy(PolicyInfo),
}

/// What is to be changed of a user; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct UserAttributes {
    pub(crate) rename: Option<String>,
    pub(crate) full_name: Option<String>,
    pub(crate) comment: Option<String>,
    pub(crate) home_directory: Option<String>,
    pub(crate) home_drive: Option<String>,
    pub(crate) profile_path: Option<String>,
    pub(crate) script_path: Option<String>,
    pub(crate) workstations: Option<String>,
    /// The first moment at which it has ended; the inner `None` for never.
    pub(crate) expires: Option<Option<u64>>,
    pub(crate) must_change: Option<bool>,
    pub(crate) password_expires: Option<bool>,
    pub(crate) admin: Option<bool>,
    pub(crate) dial_in: Option<bool>,
    /// The inner `None` for one of the pool.
    pub(crate) dial_in_address: Option<Option<Ipv4Addr>>,
}

/// What anybody may know of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct AccountInfo {
    pub(crate) name: String,
    pub(crate) rid: u32,
    pub(crate) admin: bool,
    pub(crate) disabled: bool,
    pub(crate) locked: bool,
    pub(crate) must_change: bool,
    pub(crate) full_name: String,
    pub(crate) comment: String,
    pub(crate) groups: Vec<String>,
    /// As `YYYY-MM-DD`, UTC.
    pub(crate) expires: Option<String>,
    pub(crate) password_set: Option<String>,
    /// Wrong passwords since the last right one, as far as the running server knows.
    pub(crate) bad_passwords: u16,
    #[serde(default)]
    pub(crate) dial_in: bool,
    #[serde(default)]
    pub(crate) dial_in_address: Option<Ipv4Addr>,
}

/// What anybody may know of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct GroupInfo {
    /// `BUILTIN\NAME` for those that every server has.
    pub(crate) name: String,
    pub(crate) sid: String,
    pub(crate) comment: String,
    pub(crate) members: Vec<String>,
}

/// What is asked of passwords; what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct PolicyInfo {
    pub(crate) min_password_length: Option<u16>,
    pub(crate) password_history: Option<u16>,
    pub(crate) complexity: Option<bool>,
    /// In days; 0 for never.
    pub(crate) max_password_age: Option<u32>,
    /// Wrong passwords; 0 for never.
    pub(crate) lockout_threshold: Option<u16>,
    /// In minutes; 0 until somebody unlocks it.
    pub(crate) lockout_duration: Option<u32>,
    /// In minutes; 0 for ever.
    pub(crate) lockout_window: Option<u32>,
    /// Administrators are locked for everybody too.
    pub(crate) lockout_administrators: Option<bool>,
}

/// A day: midnight, UTC, when it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Date(pub(crate) FileTime);

/// Seconds in a day.
const DAY: i64 = 86_400;

impl FromStr for Date {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WANTED: &str = "a day is written YYYY-MM-DD";
        let mut parts = text.splitn(3, '-').map(str::parse::<i64>);
        let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day))) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(WANTED);
        };
        if !(1601..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
            return Err(WANTED);
        }
        let date = Self(FileTime::from_unix(days_since_1970(year, month, day) * DAY, 0));
        // The 31st of a month with 30 days is no day.
        if date.to_string() == format!("{year:04}-{month:02}-{day:02}") { Ok(date) } else { Err(WANTED) }
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let days = self.0.to_unix().0.div_euclid(DAY);
        // Years from March on, so that the leap day is the last; eras of 400 years.
        let shifted = days + 719_468;
        let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
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

    #[test]
    fn days() {
        for (text, unix) in [("1970-01-01", 0), ("2000-02-29", 951_782_400), ("2026-12-31", 1_798_675_200)] {
            let date: Date = text.parse().unwrap();
            assert_eq!((date.0.to_unix().0, date.to_string().as_str()), (unix, text));
        }
        for bad in ["", "2026", "2026-13-01", "2026-02-30", "2026-1-1x", "1500-01-01", "today"] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
    }
}

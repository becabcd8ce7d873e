use super::{AccountControl, DomainPolicy, RID_NONE};
use lanward_auth::{LmHash, NtHash};
use lanward_nt::{FileTime, NtStatus, NtString};
use std::net::Ipv4Addr;

/// A user, with the attributes of [MS-SAMR] 3.1.1.3 that a stand-alone server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserAccount {
    /// The relative identifier, never used again.
    pub rid: u32,
    /// As it was written when it was added; found without regard to case.
    pub name: NtString,
    /// FullName
    pub full_name: NtString,
    /// AdminComment: what administrators say of the account.
    pub comment: NtString,
    /// UserComment
    pub user_comment: NtString,
    /// HomeDirectory
    pub home_directory: NtString,
    /// HomeDirectoryDrive
    pub home_drive: NtString,
    /// ScriptPath
    pub script_path: NtString,
    /// ProfilePath
    pub profile_path: NtString,
    /// WorkStations: computers it may sign in from, between commas; from everywhere when it is empty.
    pub workstations: NtString,
    /// Parameters: whatever clients keep there.
    pub parameters: NtString,
    /// Of what kind it is.
    pub control: AccountControl,
    /// The password's hash. Nobody can sign in to an account without one.
    pub hash: Option<NtHash>,
    /// The password's LM hash, where one is kept for clients that know nothing better.
    pub lm_hash: Option<LmHash>,
    /// Earlier passwords' hashes, the latest first.
    pub history: Vec<NtHash>,
    /// When the password was set; 0 if nobody knows.
    pub password_set: FileTime,
    /// It must be changed before the account can be used.
    pub must_change: bool,
    /// When the account ends; `None` for never.
    pub expires: Option<FileTime>,
    /// PrimaryGroupId
    pub primary_group: u32,
    /// When it may sign in.
    pub logon_hours: LogonHours,
    /// CountryCode
    pub country: u16,
    /// CodePage
    pub code_page: u16,
    /// It may dial in.
    pub dial_in: bool,
    /// The address it always has when it has dialled in; one of the pool if there is none.
    pub dial_in_address: Option<Ipv4Addr>,
}

impl UserAccount {
    /// An account with nothing but a name.
    #[must_use]
    pub fn new(rid: u32, name: NtString) -> Self {
        let none = NtString::default;
        Self {
            rid,
            name,
            full_name: none(),
            comment: none(),
            user_comment: none(),
            home_directory: none(),
            home_drive: none(),
            script_path: none(),
            profile_path: none(),
            workstations: none(),
            parameters: none(),
            control: AccountControl::NORMAL,
            hash: None,
            lm_hash: None,
            history: Vec::new(),
            password_set: FileTime(0),
            must_change: false,
            expires: None,
            primary_group: RID_NONE,
            logon_hours: LogonHours::default(),
            country: 0,
            code_page: 0,
            dial_in: false,
            dial_in_address: None,
        }
    }

    /// Whether the account is switched off.
    #[must_use]
    pub const fn is_disabled(&self) -> bool {
        self.control.contains(AccountControl::DISABLED)
    }

    /// When its password must be changed; `None` for never.
    #[must_use]
    pub fn password_ends(&self, policy: &DomainPolicy) -> Option<FileTime> {
        if self.must_change {
            return Some(FileTime(0));
        }
        let kept = self.control.contains(AccountControl::DONT_EXPIRE_PASSWORD) || self.password_set.0 == 0;
        let age = policy.max_password_age.filter(|_| !kept)?;
        Some(later(self.password_set, age))
    }

    /// Why somebody with the right password may not come in now ([MS-SAMR] 3.1.5.14.6 and the statuses of [MS-ERREF]).
    #[must_use]
    pub fn barred(&self, workstation: &NtString, policy: &DomainPolicy, now: FileTime) -> Option<NtStatus> {
        if self.is_disabled() {
            return Some(NtStatus::ACCOUNT_DISABLED);
        }
        if self.expires.is_some_and(|end| end <= now) {
            return Some(NtStatus::ACCOUNT_EXPIRED);
        }
        if self.control.intersects(AccountControl::WORKSTATION_TRUST | AccountControl::SERVER_TRUST) {
            return Some(NtStatus::NOLOGON_WORKSTATION_TRUST_ACCOUNT);
        }
        if !self.logon_hours.allow(now) {
            return Some(NtStatus::INVALID_LOGON_HOURS);
        }
        if !self.may_come_from(workstation) {
            return Some(NtStatus::INVALID_WORKSTATION);
        }
        let ends = self.password_ends(policy).filter(|end| *end <= now)?;
        Some(if ends.0 == 0 { NtStatus::PASSWORD_MUST_CHANGE } else { NtStatus::PASSWORD_EXPIRED })
    }

    fn may_come_from(&self, workstation: &NtString) -> bool {
        const COMMA: u16 = 0x2c;
        let bare = |name: &[u16]| {
            NtString(name.iter().copied().filter(|u| !b"\\ ".map(u16::from).contains(u)).collect())
        };
        let wanted = bare(workstation.units());
        let named = self.workstations.units();
        named.is_empty() || named.split(|u| *u == COMMA).any(|name| bare(name).eq_ignore_case(&wanted))
    }
}

/// A time this much later.
pub(super) fn later(time: FileTime, by: core::time::Duration) -> FileTime {
    FileTime(time.0.saturating_add(u64::try_from(by.as_nanos() / 100).unwrap_or(u64::MAX)))
}

/// [MS-SAMR] 2.2.6.5 SAMPR_LOGON_HOURS: a bit for each hour of the week, from Sunday midnight UTC on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogonHours(pub [u8; 21]);

impl Default for LogonHours {
    fn default() -> Self {
        Self([0xff; 21])
    }
}

impl LogonHours {
    /// Whether the hour of this moment is one of them.
    #[must_use]
    pub fn allow(self, now: FileTime) -> bool {
        // 1601-01-01 was a Monday.
        let hour = (now.0 / 36_000_000_000 + 24) % 168;
        let (byte, bit) = (hour / 8, hour % 8);
        usize::try_from(byte).is_ok_and(|at| self.0.get(at).is_some_and(|b| b >> bit & 1 == 1))
    }
}

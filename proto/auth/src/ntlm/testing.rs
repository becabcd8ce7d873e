//! What the tests of this crate share: hexadecimal, and the common values of [MS-NLMP] 4.2.1.

use lanward_nt::FileTime;

use crate::{Account, AccountLookup, Accounts, Claim, NtHash};

pub(crate) const SERVER_CHALLENGE: [u8; 8] = [0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef];

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).expect("hexadecimal") as u8)
        .collect();
    assert!(digits.len().is_multiple_of(2));
    digits.chunks(2).map(|d| d[0] << 4 | d[1]).collect()
}

pub(crate) fn password_hash() -> NtHash {
    NtHash::of_password(&"Password".into())
}

/// One account, `User` of `Domain`, password `Password`; whoever is called `visitor` is a guest, and `locked` is locked.
pub(crate) struct OneAccount {
    pub(crate) barred: Option<lanward_nt::NtStatus>,
}

impl Accounts for OneAccount {
    fn look_up(&self, claim: &Claim, _now: FileTime) -> AccountLookup {
        let user = &claim.user;
        if user.eq_ignore_case(&"locked".into()) {
            return AccountLookup::Locked;
        }
        if user.eq_ignore_case(&"visitor".into()) {
            return AccountLookup::Guest;
        }
        if !user.eq_ignore_case(&"User".into()) {
            return AccountLookup::Unknown;
        }
        AccountLookup::Found(Account {
            name: "User".into(),
            domain: "SERVER".into(),
            rid: 1000,
            nt_hash: password_hash(),
            lm_hash: None,
            wrong: lanward_nt::NtStatus::LOGON_FAILURE,
            barred: self.barred,
        })
    }

    fn tried(&self, _claim: &Claim, _right: bool, _now: FileTime) {}
}

use lanward_nt::{FileTime, NtStatus, NtString};

use crate::{Claim, LmHash, NtHash};

/// Where the acceptors look up who a name belongs to.
pub trait Accounts {
    /// The account a claim names, as the client sent it. The user may be `name@domain`; the domain may be empty, the server's own name or
    /// anything else. Names are compared without regard to case ([MS-NLMP] 3.2.5.1.2).
    fn look_up(&self, claim: &Claim, now: FileTime) -> AccountLookup;

    /// Told whether a claim's password was right, for an account that was found or for nobody's.
    fn tried(&self, claim: &Claim, right: bool, now: FileTime);
}

/// What a look-up found.
#[derive(Debug, Clone)]
pub enum AccountLookup {
    /// An account, usable or not.
    Found(Account),
    /// Nobody. The client is told what a wrong password would be told, after the same work.
    Unknown,
    /// Too many wrong passwords came for this name, be it an account's or not. Right and wrong ones are told the same, after the same work.
    Locked,
    /// Too many logons have failed where this one comes from: it is not looked at, whatever it would prove.
    Refused,
    /// Whoever this is may come in as a guest, whatever the password. The session has no key anyone could trust.
    Guest,
}

/// What the acceptors need of an account.
#[derive(Debug, Clone)]
pub struct Account {
    /// The name as the store has it.
    pub name: NtString,
    /// The domain or computer the account belongs to.
    pub domain: NtString,
    /// The relative identifier within that domain.
    pub rid: u32,
    /// The password's NT hash.
    pub nt_hash: NtHash,
    /// The password's LM hash, where one is kept.
    pub lm_hash: Option<LmHash>,
    /// What a wrong password is told: `LOGON_FAILURE`, or `ACCOUNT_LOCKED_OUT` where any other account would be locked.
    pub wrong: NtStatus,
    /// Why the account cannot be used now (`ACCOUNT_DISABLED`, `PASSWORD_EXPIRED`, `INVALID_LOGON_HOURS`, ...). Told only to those who
    /// know the password.
    pub barred: Option<NtStatus>,
}

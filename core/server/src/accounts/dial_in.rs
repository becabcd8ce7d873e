use super::logon::denied;
use super::{LogonsFrom, PasswordProperties, UserAccount};
use crate::Server;
use lanward_auth::mschap::{
    AUTHENTICATOR_RESPONSE, ENCRYPTED_PASSWORD, MppeKeys, MsChapV2Proof, NewPassword, is_right_v1, user_of,
};
use lanward_auth::{Account, AccountLookup, Accounts as _, Claim, LmHash, NtHash};
use lanward_nt::{FileTime, NtStatus, NtString};
use lanward_wire::CodePage;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

/// How somebody who dials in proves a name.
#[derive(Debug, Clone, Copy)]
pub enum DialInProof<'a> {
    /// MS-CHAP of version 1, by the NT hash (RFC 2433, 6). Whether it is taken is for the caller to say.
    MsChapV1 {
        /// What was sent.
        challenge: &'a [u8; 8],
        /// What came back.
        nt_response: &'a [u8; 24],
    },
    /// MS-CHAPv2.
    MsChapV2(&'a MsChapV2Proof),
    /// A new password, which is known by the old one (RFC 2759, 7).
    ChangePassword {
        /// Made with the new password.
        proof: &'a MsChapV2Proof,
        /// The new password under the old one's hash.
        encrypted_password: &'a [u8; ENCRYPTED_PASSWORD],
        /// The old password's hash under the new one's.
        encrypted_hash: &'a [u8; 16],
    },
}

/// Somebody who may dial in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialIn {
    /// The account's name.
    pub user: NtString,
    /// Its relative identifier.
    pub rid: u32,
    /// What proves to the client that the server knows the password; version 1 has no such thing.
    pub authenticator_response: Option<[u8; AUTHENTICATOR_RESPONSE]>,
    /// What encryption starts with.
    pub keys: MppeKeys,
    /// The address that is always this account's.
    pub address: Option<Ipv4Addr>,
}

/// Why somebody may not dial in. All but the first are told only to those who know the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DialInRefusal {
    /// A wrong password, nobody's name, or too many of either.
    Wrong(&'static str),
    /// Not at this time.
    RestrictedLogonHours,
    /// The account is switched off or has ended.
    AccountDisabled,
    /// The password must be changed first.
    PasswordExpired,
    /// The account may not dial in.
    NoDialInPermission,
    /// The password was not changed.
    NotChanged,
}

impl DialInRefusal {
    /// The number MS-CHAP has for it (RFC 2759, 6).
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::RestrictedLogonHours => 646,
            Self::AccountDisabled => 647,
            Self::PasswordExpired => 648,
            Self::NoDialInPermission => 649,
            Self::Wrong(_) => 691,
            Self::NotChanged => 709,
        }
    }

    /// In words, for logs.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::RestrictedLogonHours => "not at this time",
            Self::AccountDisabled => "the account is disabled or has expired",
            Self::PasswordExpired => "the password has expired",
            Self::NoDialInPermission => "the account may not dial in",
            Self::Wrong(reason) => reason,
            Self::NotChanged => "the new password was not taken",
        }
    }

    const fn of_status(status: NtStatus) -> Self {
        match status {
            NtStatus::INVALID_LOGON_HOURS => Self::RestrictedLogonHours,
            NtStatus::ACCOUNT_DISABLED | NtStatus::ACCOUNT_EXPIRED => Self::AccountDisabled,
            NtStatus::PASSWORD_EXPIRED | NtStatus::PASSWORD_MUST_CHANGE => Self::PasswordExpired,
            _ => Self::NoDialInPermission,
        }
    }
}

const NO_ACCOUNT: DialInRefusal = DialInRefusal::Wrong("no such account");
const WRONG_PASSWORD: DialInRefusal = DialInRefusal::Wrong("wrong password");
const LOCKED: DialInRefusal = DialInRefusal::Wrong("the account is locked after too many wrong passwords");
const TOO_MANY: DialInRefusal = DialInRefusal::Wrong("too many logons failed from here");

/// Bytes that names are of where they are not UTF-8: those of Windows in Western Europe.
const CODE_PAGE: CodePage = CodePage::Cp1252;

impl LogonsFrom<'_> {
    /// Judges somebody who dials in. Wrong passwords count like those at any other logon, and nobody learns whether there is such an account.
    /// `name` is as it was sent: a domain in front of it is not looked at. A change of a password may wait for a disk.
    ///
    /// # Errors
    /// Why it may not.
    pub fn dial_in(
        &self,
        name: &[u8],
        proof: DialInProof<'_>,
        now: FileTime,
    ) -> Result<DialIn, DialInRefusal> {
        let claim = claim(name);
        let (account, refusal) = match self.look_up(&claim, now) {
            AccountLookup::Found(account) => (Some(account), WRONG_PASSWORD),
            AccountLookup::Unknown | AccountLookup::Guest => (None, NO_ACCOUNT),
            // The work is the same, and what comes of it is not looked at.
            AccountLookup::Locked => (None, LOCKED),
            AccountLookup::Refused => return Err(TOO_MANY),
        };
        // Nobody's hash: whatever is held against it is wrong.
        let nobody = NtHash::new([0; 16]);
        let (hash, lm_hash) =
            account.as_ref().map_or((&nobody, None), |account| (&account.nt_hash, account.lm_hash.as_ref()));
        let proved = prove(name, proof, hash, lm_hash).filter(|_| account.is_some());
        if refusal != LOCKED {
            self.tried(&claim, proved.is_some(), now);
        }
        let (Some(account), Some(proved)) = (account, proved) else { return Err(refusal) };
        let user = self.permitted(&account)?;
        match (account.barred.map(DialInRefusal::of_status), &proved.new) {
            (None, None) => {}
            (None | Some(DialInRefusal::PasswordExpired), Some(new)) => {
                self.change_password(&user, &account.nt_hash, new, now)?;
            }
            (Some(refusal), _) => return Err(refusal),
        }
        let Proved { authenticator_response, keys, .. } = proved;
        let (rid, address) = (user.rid, user.dial_in_address);
        Ok(DialIn { user: user.name.clone(), rid, authenticator_response, keys, address })
    }

    fn permitted(&self, account: &Account) -> Result<Arc<UserAccount>, DialInRefusal> {
        let directory = self.book.directory();
        // `barred` tells one reason: of a password that is over, this one would be forgotten with the old password.
        let user = directory.user(account.rid).filter(|user| user.dial_in && !denied(&directory, user));
        user.cloned().ok_or(DialInRefusal::NoDialInPermission)
    }

    fn change_password(
        &self,
        user: &UserAccount,
        old: &NtHash,
        new: &NewPassword,
        now: FileTime,
    ) -> Result<(), DialInRefusal> {
        let directory = self.book.directory();
        let refused = directory.policy().properties.contains(PasswordProperties::REFUSE_CHANGE)
            || directory.may_change_password(user, now).is_err()
            || directory.judge_password(user, Some(new.text()), new.hash()).is_err();
        if refused {
            return Err(DialInRefusal::NotChanged);
        }
        let changed =
            self.book.change(|draft| draft.replace_password(user.rid, old, new.hash().clone(), now));
        changed.map_err(|_| DialInRefusal::NotChanged)
    }
}

/// What follows from a proof that is right.
struct Proved {
    new: Option<NewPassword>,
    authenticator_response: Option<[u8; AUTHENTICATOR_RESPONSE]>,
    keys: MppeKeys,
}

fn prove(name: &[u8], proof: DialInProof<'_>, hash: &NtHash, lm_hash: Option<&LmHash>) -> Option<Proved> {
    let v2 = |proof: &MsChapV2Proof, hash: &NtHash| {
        let answer = || (Some(proof.answer(hash, name)), proof.keys(hash));
        proof.is_right(hash, name).then(answer)
    };
    match proof {
        DialInProof::MsChapV1 { challenge, nt_response } => {
            let right = is_right_v1(hash, challenge, nt_response);
            let keys = right.then(|| MppeKeys::v1(hash, lm_hash, challenge))?;
            Some(Proved { new: None, authenticator_response: None, keys })
        }
        DialInProof::MsChapV2(proof) => {
            let (authenticator_response, keys) = v2(proof, hash)?;
            Some(Proved { new: None, authenticator_response, keys })
        }
        DialInProof::ChangePassword { proof, encrypted_password, encrypted_hash } => {
            let new = NewPassword::open(encrypted_password, encrypted_hash, hash)?;
            let (authenticator_response, keys) = v2(proof, new.hash())?;
            Some(Proved { new: Some(new), authenticator_response, keys })
        }
    }
}

/// Whom a name is of.
fn claim(name: &[u8]) -> Claim {
    let user = user_of(name);
    let domain = name.strip_suffix(user).and_then(|front| front.strip_suffix(b"\\")).unwrap_or_default();
    Claim { domain: text(domain), user: text(user), workstation: NtString::default() }
}

fn text(bytes: &[u8]) -> NtString {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(_) => NtString(CODE_PAGE.decode(bytes)),
    }
}

impl Server {
    /// Judges somebody who dials in from `peer`, as [`LogonsFrom::dial_in`] does, and counts what failed.
    ///
    /// # Errors
    /// Why it may not.
    pub fn judge_dial_in(
        &self,
        peer: IpAddr,
        name: &[u8],
        proof: DialInProof<'_>,
        now: FileTime,
    ) -> Result<DialIn, DialInRefusal> {
        let judged = self.logons_from(peer).dial_in(name, proof, now);
        if matches!(judged, Err(DialInRefusal::Wrong(_))) {
            self.count_failed_logon();
        }
        judged
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccountBook, DomainPolicy};
    use lanward_auth::mschap::{encrypt_password, nt_response_v1, nt_response_v2};
    use lanward_nt::Sid;
    use std::time::Duration;

    const MINUTE: u64 = 600_000_000;
    const NOW: FileTime = FileTime(1_000_000 * MINUTE);
    const PASSWORD: &str = "clientPass";

    fn hash(password: &str) -> NtHash {
        NtHash::of_password(&password.into())
    }

    /// A book with ann, who may dial in.
    fn book() -> AccountBook {
        let book = AccountBook::transient("HERE", Sid::new(5, &[21, 1, 2, 3]));
        add(&book, "ann", |user| (user.dial_in, user.dial_in_address) = (true, Some([10, 0, 0, 9].into())));
        book
    }

    fn add(book: &AccountBook, name: &str, change: impl FnOnce(&mut UserAccount)) -> u32 {
        let added = book.change(|draft| {
            let rid = draft.add_user(name.into())?;
            draft.set_password(rid, hash(PASSWORD), NOW)?;
            draft.update_user(rid, change)?;
            Ok(rid)
        });
        added.unwrap()
    }

    fn update(book: &AccountBook, change: impl FnOnce(&mut UserAccount)) {
        let rid = book.directory().user_named(&"ann".into()).unwrap().rid;
        book.change(|draft| draft.update_user(rid, change)).unwrap();
    }

    fn from(book: &AccountBook) -> LogonsFrom<'_> {
        book.logons_from([10, 1, 1, 1].into(), None)
    }

    fn v2(name: &str, password: &str) -> MsChapV2Proof {
        let (authenticator_challenge, peer_challenge) = ([3; 16], [4; 16]);
        let hash = hash(password);
        let nt_response = nt_response_v2(&hash, &authenticator_challenge, &peer_challenge, name.as_bytes());
        MsChapV2Proof { authenticator_challenge, peer_challenge, nt_response }
    }

    fn dial(book: &AccountBook, name: &str, password: &str) -> Result<DialIn, DialInRefusal> {
        from(book).dial_in(name.as_bytes(), DialInProof::MsChapV2(&v2(name, password)), NOW)
    }

    fn change(book: &AccountBook, old: &str, new: &str) -> Result<DialIn, DialInRefusal> {
        let (password, encrypted_hash) = encrypt_password(&new.into(), &hash(old), [7; 512]).unwrap();
        let proof = v2("ann", new);
        let proof = DialInProof::ChangePassword {
            proof: &proof,
            encrypted_password: &password,
            encrypted_hash: &encrypted_hash,
        };
        from(book).dial_in(b"ann", proof, NOW)
    }

    #[test]
    fn whoever_knows_the_password_and_may_dial_in_comes_in_with_keys() {
        let book = book();
        for name in ["ann", "ANN", "HERE\\ann", "else\\where\\Ann", "ann@here"] {
            let dialled = dial(&book, name, PASSWORD).unwrap();
            let proof = v2(name, PASSWORD);
            assert_eq!((dialled.user, dialled.address), ("ann".into(), Some([10, 0, 0, 9].into())));
            assert_eq!(dialled.authenticator_response, Some(proof.answer(&hash(PASSWORD), name.as_bytes())));
            assert_eq!(dialled.keys, proof.keys(&hash(PASSWORD)));
        }
        let challenge = [5; 8];
        let nt_response = nt_response_v1(&hash(PASSWORD), &challenge);
        let proof = DialInProof::MsChapV1 { challenge: &challenge, nt_response: &nt_response };
        let dialled = from(&book).dial_in(b"ann", proof, NOW).unwrap();
        assert_eq!(dialled.keys, MppeKeys::v1(&hash(PASSWORD), None, &challenge));
        assert_eq!(dialled.authenticator_response, None);
        let wrong = DialInProof::MsChapV1 { challenge: &challenge, nt_response: &[0; 24] };
        assert_eq!(from(&book).dial_in(b"ann", wrong, NOW), Err(WRONG_PASSWORD));
    }

    #[test]
    fn a_name_in_another_character_set_is_found() {
        let book = book();
        add(&book, "J\u{fc}rgen", |user| user.dial_in = true);
        let name = b"J\xfcrgen";
        let (authenticator_challenge, peer_challenge) = ([3; 16], [4; 16]);
        let nt_response = nt_response_v2(&hash(PASSWORD), &authenticator_challenge, &peer_challenge, name);
        let proof = MsChapV2Proof { authenticator_challenge, peer_challenge, nt_response };
        assert!(from(&book).dial_in(name, DialInProof::MsChapV2(&proof), NOW).is_ok());
    }

    #[test]
    fn reasons_are_told_only_to_those_who_know_the_password() {
        let book = book();
        add(&book, "bob", |_| ());
        assert_eq!(dial(&book, "bob", PASSWORD), Err(DialInRefusal::NoDialInPermission));
        type Set = fn(&mut UserAccount);
        let reasons: [(Set, DialInRefusal); 4] = [
            (|user| user.control.insert(crate::AccountControl::DISABLED), DialInRefusal::AccountDisabled),
            (|user| user.expires = Some(NOW), DialInRefusal::AccountDisabled),
            (|user| user.logon_hours = crate::LogonHours([0; 21]), DialInRefusal::RestrictedLogonHours),
            (|user| user.must_change = true, DialInRefusal::PasswordExpired),
        ];
        for (set, refusal) in reasons {
            let book = self::book();
            update(&book, set);
            assert_eq!(dial(&book, "ann", PASSWORD), Err(refusal));
            assert_eq!(dial(&book, "ann", "wrong"), Err(WRONG_PASSWORD));
        }
        for name in ["nobody", "", "\\", "bob\\"] {
            let refused = dial(&book, name, PASSWORD).unwrap_err();
            assert_eq!((refused, refused.number()), (NO_ACCOUNT, WRONG_PASSWORD.number()));
        }
        book.set_guests(true);
        assert_eq!(dial(&book, "nobody", PASSWORD), Err(NO_ACCOUNT), "guests stay away");
    }

    #[test]
    fn a17_nobody_learns_which_names_there_are() {
        let book = book();
        add(&book, "bob", |user| user.control.insert(crate::AccountControl::DISABLED));
        for name in ["ann", "bob", "nobody", ""] {
            let refused = dial(&book, name, "wrong").unwrap_err();
            assert!(matches!(refused, DialInRefusal::Wrong(_)));
            assert_eq!(refused.number(), 691, "{name}");
        }
        // Nobody's account has a hash of its own, and whoever sends what it makes is nobody all the same.
        let (authenticator_challenge, peer_challenge) = ([3; 16], [4; 16]);
        let zeros = NtHash::new([0; 16]);
        let nt_response = nt_response_v2(&zeros, &authenticator_challenge, &peer_challenge, b"nobody");
        let proof = MsChapV2Proof { authenticator_challenge, peer_challenge, nt_response };
        let refused = from(&book).dial_in(b"nobody", DialInProof::MsChapV2(&proof), NOW);
        assert_eq!(refused, Err(NO_ACCOUNT));
    }

    #[test]
    fn guessing_locks_names_whether_they_are_somebodys_or_not() {
        let book = book();
        book.change(|draft| {
            draft.set_policy(DomainPolicy { lockout_threshold: 3, ..DomainPolicy::default() });
            Ok(())
        })
        .unwrap();
        for name in ["ann", "nobody"] {
            let refusals: Vec<_> = (0..5).map(|_| dial(&book, name, "wrong").unwrap_err()).collect();
            assert_ne!(refusals[2], LOCKED);
            assert_eq!(refusals[3..], [LOCKED, LOCKED], "{name}");
            assert!(refusals.iter().all(|refusal| refusal.number() == 691));
            assert_eq!(dial(&book, name, PASSWORD), Err(LOCKED));
        }
        let few = book.logons_from([10, 9, 9, 9].into(), Some(1));
        let other = v2("other", "wrong");
        let outcome =
            [(); 3].map(|()| few.dial_in(b"other", DialInProof::MsChapV2(&other), NOW).unwrap_err());
        assert_eq!(outcome, [NO_ACCOUNT, TOO_MANY, TOO_MANY]);
    }

    #[test]
    fn an_expired_password_is_changed_by_who_knows_it() {
        let book = book();
        update(&book, |user| user.must_change = true);
        assert_eq!(change(&book, "wrong", "Another-1"), Err(WRONG_PASSWORD));
        assert_eq!(change(&book, PASSWORD, "short"), Err(DialInRefusal::NotChanged));
        let dialled = change(&book, PASSWORD, "Another-1").unwrap();
        assert_eq!(dialled.keys, v2("ann", "Another-1").keys(&hash("Another-1")));
        assert_eq!(dial(&book, "ann", PASSWORD), Err(WRONG_PASSWORD));
        assert!(dial(&book, "ann", "Another-1").is_ok());
        update(&book, |user| user.control.insert(crate::AccountControl::DISABLED));
        assert_eq!(change(&book, "Another-1", "Another-2"), Err(DialInRefusal::AccountDisabled));
        update(&book, |user| (user.dial_in, user.control) = (false, crate::AccountControl::NORMAL));
        assert_eq!(change(&book, "Another-1", "Another-2"), Err(DialInRefusal::NoDialInPermission));
    }

    #[test]
    fn who_may_not_come_over_the_network_does_not_with_a_new_password() {
        let book = book();
        update(&book, |user| user.must_change = true);
        let rid = book.directory().user_named(&"ann".into()).unwrap().rid;
        let deny =
            crate::Rights { system_access: crate::SystemAccess::DENY_NETWORK, ..crate::Rights::default() };
        book.change(|draft| draft.set_rights(Sid::new(5, &[21, 1, 2, 3]).child(rid), deny)).unwrap();
        assert_eq!(change(&book, PASSWORD, "Another-1"), Err(DialInRefusal::NoDialInPermission));
    }

    #[test]
    fn a_password_is_not_changed_against_the_policy() {
        let book = book();
        let policy = DomainPolicy { min_password_age: Duration::from_secs(60), ..DomainPolicy::default() };
        book.change(|draft| {
            draft.set_policy(policy);
            Ok(())
        })
        .unwrap();
        assert_eq!(change(&book, PASSWORD, "Another-1"), Err(DialInRefusal::NotChanged));
        let properties = PasswordProperties::REFUSE_CHANGE;
        book.change(|draft| {
            draft.set_policy(DomainPolicy { properties, ..DomainPolicy::default() });
            Ok(())
        })
        .unwrap();
        assert_eq!(change(&book, PASSWORD, "Another-1"), Err(DialInRefusal::NotChanged));
        assert!(dial(&book, "ann", PASSWORD).is_ok());
    }
}

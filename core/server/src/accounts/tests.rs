use super::*;
use lanward_auth::{AccountLookup, Accounts, Claim, NtHash};
use lanward_nt::{FileTime, NtStatus, NtString, Sid};
use proptest::prelude::*;
use std::net::Ipv4Addr;
use std::sync::Mutex;
use std::time::Duration;

const MINUTE: u64 = 600_000_000;
const NOW: FileTime = FileTime(1_000_000 * MINUTE);

fn domain() -> Sid {
    Sid::new(5, &[21, 1, 2, 3])
}

fn book() -> AccountBook {
    AccountBook::transient("HERE", domain())
}

fn add(book: &AccountBook, name: &str) -> u32 {
    let added = book.change(|draft| {
        let rid = draft.add_user(name.into())?;
        draft.set_password(rid, NtHash::new([1; 16]), NOW)?;
        Ok(rid)
    });
    added.unwrap()
}

fn claim(user: &str) -> Claim {
    Claim { domain: "ANY".into(), user: user.into(), workstation: "\\\\Desk".into() }
}

/// Where somebody signs in from.
fn from(book: &AccountBook, host: u8) -> LogonsFrom<'_> {
    book.logons_from(Ipv4Addr::new(10, 0, 0, host).into(), None)
}

fn look_up(book: &AccountBook, user: &str) -> AccountLookup {
    from(book, 1).look_up(&claim(user), NOW)
}

fn barred(book: &AccountBook, user: &str) -> Option<NtStatus> {
    match look_up(book, user) {
        AccountLookup::Found(account) => account.barred,
        other => panic!("{user}: {other:?}"),
    }
}

#[test]
fn names_of_unlike_case_are_one() {
    let book = book();
    let rid = add(&book, "Ängström");
    assert_eq!(book.change(|d| d.add_user("äNGSTRÖM".into())), Err(NtStatus::USER_EXISTS));
    assert_eq!(book.change(|d| d.add_group("ÄNGSTRÖM".into())), Err(NtStatus::USER_EXISTS));
    assert_eq!(book.change(|d| d.add_user("none".into())), Err(NtStatus::GROUP_EXISTS));
    assert_eq!(book.change(|d| d.add_alias("administrators".into())), Err(NtStatus::ALIAS_EXISTS));
    for name in ["ängström", "ÄNGSTRÖM@here"] {
        let AccountLookup::Found(account) = look_up(&book, name) else { panic!("{name} is known") };
        assert_eq!((account.name, account.domain), ("Ängström".into(), "HERE".into()));
        assert_eq!((account.rid, account.barred), (rid, None));
    }
    book.change(|d| d.update_user(rid, |user| user.name = "Ångström".into())).unwrap();
    assert!(matches!(look_up(&book, "ängström"), AccountLookup::Unknown));
    assert!(matches!(look_up(&book, "ångström"), AccountLookup::Found(_)));
    for bad in ["", "a/b", " a", "a.", "a\u{7}", "ann@here", &"a".repeat(65)] {
        assert_eq!(book.change(|d| d.add_user(bad.into())), Err(NtStatus::INVALID_ACCOUNT_NAME), "{bad}");
    }
}

#[test]
fn strangers_are_guests_only_where_there_are_any() {
    let book = book();
    add(&book, "ann");
    assert!(matches!(look_up(&book, "eve"), AccountLookup::Unknown));
    book.set_guests(true);
    assert!(matches!(look_up(&book, "eve"), AccountLookup::Guest));
    assert!(matches!(look_up(&book, "ann"), AccountLookup::Found(_)));
}

#[test]
fn nobody_signs_in_to_an_account_without_a_password() {
    let book = book();
    book.change(|d| d.add_user("ann".into())).unwrap();
    assert!(matches!(look_up(&book, "ann"), AccountLookup::Unknown));
}

#[test]
fn why_somebody_is_barred() {
    let book = book();
    let rid = add(&book, "ann");
    let change = |edit: fn(&mut UserAccount)| book.change(|d| d.update_user(rid, edit)).unwrap();
    assert_eq!(barred(&book, "ann"), None);
    change(|user| user.must_change = true);
    assert_eq!(barred(&book, "ann"), Some(NtStatus::PASSWORD_MUST_CHANGE));
    change(|user| user.workstations = "LAPTOP,desk".into());
    assert_eq!(barred(&book, "ann"), Some(NtStatus::PASSWORD_MUST_CHANGE));
    change(|user| user.workstations = "LAPTOP".into());
    assert_eq!(barred(&book, "ann"), Some(NtStatus::INVALID_WORKSTATION));
    change(|user| user.logon_hours = LogonHours([0; 21]));
    assert_eq!(barred(&book, "ann"), Some(NtStatus::INVALID_LOGON_HOURS));
    change(|user| user.expires = Some(NOW));
    assert_eq!(barred(&book, "ann"), Some(NtStatus::ACCOUNT_EXPIRED));
    change(|user| user.control |= AccountControl::DISABLED);
    assert_eq!(barred(&book, "ann"), Some(NtStatus::ACCOUNT_DISABLED));

    let rid = add(&book, "bob");
    let age = Some(Duration::from_secs(60));
    book.change(|d| {
        d.set_policy(DomainPolicy { max_password_age: age, ..DomainPolicy::default() });
        d.update_user(rid, |user| user.password_set = FileTime(NOW.0 - MINUTE))
    })
    .unwrap();
    assert_eq!(barred(&book, "bob"), Some(NtStatus::PASSWORD_EXPIRED));
    book.change(|d| d.update_user(rid, |user| user.control |= AccountControl::DONT_EXPIRE_PASSWORD)).unwrap();
    assert_eq!(barred(&book, "bob"), None);
    let deny = Rights { system_access: SystemAccess::DENY_NETWORK, ..Rights::default() };
    book.change(|d| d.set_rights(domain().child(rid), deny)).unwrap();
    assert_eq!(barred(&book, "bob"), Some(NtStatus::LOGON_TYPE_NOT_GRANTED));
}

#[test]
fn hours_are_counted_from_sunday() {
    // 2026-11-22 is a Sunday.
    let midnight = FileTime::from_unix(1_795_305_600, 0);
    let mut first = [0; 21];
    first[0] = 1;
    assert!(LogonHours(first).allow(midnight));
    assert!(!LogonHours(first).allow(FileTime(midnight.0 - 1)));
    assert!(!LogonHours(first).allow(FileTime(midnight.0 + 60 * MINUTE)));
    let mut last = [0; 21];
    last[20] = 0x80;
    assert!(LogonHours(last).allow(FileTime(midnight.0 - 1)));
}

#[test]
fn guessing_locks_whoever_it_is() {
    let book = book();
    add(&book, "ann");
    for name in ["ann", "nobody"] {
        for _ in 0..9 {
            from(&book, 1).tried(&claim(name), false, NOW);
            assert!(!matches!(look_up(&book, name), AccountLookup::Locked), "{name}");
        }
        from(&book, 1).tried(&claim(&name.to_uppercase()), false, NOW);
        assert!(matches!(look_up(&book, name), AccountLookup::Locked), "{name}");
        let later = FileTime(NOW.0 + 10 * MINUTE);
        assert!(!matches!(from(&book, 1).look_up(&claim(name), later), AccountLookup::Locked), "{name}");
    }
    let directory = book.directory();
    let ann = directory.user_named(&"ann".into()).unwrap();
    assert!(book.is_locked(ann, NOW));
    book.unlock(ann.rid);
    assert!(matches!(look_up(&book, "ann"), AccountLookup::Found(_)));
}

#[test]
fn what_wrong_passwords_are_told_does_not_say_who_is_an_administrator() {
    let book = book();
    let (ann, eve) = (add(&book, "ann"), add(&book, "eve"));
    book.change(|draft| draft.set_admin(ann, true)).unwrap();
    let told = |host: u8, name: &str, at: u64| {
        let time = FileTime(NOW.0 + at);
        match from(&book, host).look_up(&claim(name), time) {
            AccountLookup::Found(account) => {
                from(&book, host).tried(&claim(name), false, time);
                account.wrong
            }
            AccountLookup::Unknown => {
                from(&book, host).tried(&claim(name), false, time);
                NtStatus::LOGON_FAILURE
            }
            AccountLookup::Locked => NtStatus::ACCOUNT_LOCKED_OUT,
            other => panic!("{other:?}"),
        }
    };
    let guesses = (0..12u64)
        .map(|n| (1, n))
        .chain((0..12).map(|n| (2, 20 + n)))
        .chain([(2, 11 * MINUTE), (1, 12 * MINUTE)]);
    for (host, at) in guesses {
        let of_anyone = told(host, "eve", at);
        assert_eq!(told(host, "ann", at), of_anyone, "host {host}, {at}");
        assert_eq!(told(host, "nobody", at), of_anyone, "host {host}, {at}");
    }
    book.unlock(ann);
    book.unlock(eve);
    (0..12).for_each(|n| assert_ne!(told(1, "ann", 20 * MINUTE + n), NtStatus::SUCCESS));
    let AccountLookup::Found(account) =
        from(&book, 3).look_up(&claim("ann"), FileTime(NOW.0 + 20 * MINUTE + 20))
    else {
        panic!("the right password counts elsewhere")
    };
    assert_eq!((account.wrong, account.barred), (NtStatus::ACCOUNT_LOCKED_OUT, None));
    from(&book, 3).tried(&claim("ann"), true, FileTime(NOW.0 + 20 * MINUTE + 21));
    assert_eq!(told(3, "ann", 20 * MINUTE + 22), NtStatus::ACCOUNT_LOCKED_OUT, "nor by her signing in");
}

#[test]
fn an_administrator_is_locked_for_the_host_that_guesses_and_no_other() {
    let book = book();
    let rid = add(&book, "ann");
    book.change(|draft| draft.set_admin(rid, true)).unwrap();
    let wrong = |host: u8| (0..10).for_each(|_| from(&book, host).tried(&claim("ann"), false, NOW));
    let locked = |host: u8| matches!(from(&book, host).look_up(&claim("ann"), NOW), AccountLookup::Locked);
    wrong(1);
    assert!(locked(1) && !locked(2), "who could unlock it is not kept out");
    let directory = book.directory();
    let attempts = book.attempts(directory.user(rid).unwrap());
    assert_eq!(attempts.bad_passwords, 10, "they are counted");
    from(&book, 2).tried(&claim("ann"), true, NOW);
    assert!(locked(1), "its signing in elsewhere helps nobody to guess on");
    book.unlock(rid);
    assert!(!locked(1));
    for host in 0..u32::try_from(attempts::HOSTS).unwrap() * 2 {
        let host = Ipv4Addr::from_bits(0x0b00_0000 + host).into();
        book.logons_from(host, None).tried(&claim("ann"), false, FileTime(NOW.0 + 1));
    }
    assert_eq!(book.attempts.kept().1, attempts::HOSTS);
    book.change(|draft| {
        let mut policy = draft.directory().policy().clone();
        policy.properties |= PasswordProperties::LOCKOUT_ADMINS;
        draft.set_policy(policy);
        Ok(())
    })
    .unwrap();
    book.unlock(rid);
    wrong(1);
    assert!(locked(1) && locked(2), "the policy says so");
}

#[test]
fn without_a_window_nothing_is_forgotten_until_it_is_right() {
    let book = book();
    add(&book, "ann");
    book.change(|draft| {
        let mut policy = draft.directory().policy().clone();
        (policy.lockout_window, policy.lockout_threshold) = (Duration::ZERO, 3);
        draft.set_policy(policy);
        Ok(())
    })
    .unwrap();
    let wrong = |at: u64| from(&book, 1).tried(&claim("ann"), false, FileTime(NOW.0 + at * 60 * MINUTE));
    let locked = |at: u64| {
        let at = FileTime(NOW.0 + at * 60 * MINUTE);
        matches!(from(&book, 1).look_up(&claim("ann"), at), AccountLookup::Locked)
    };
    (0..2).for_each(wrong);
    from(&book, 1).tried(&claim("ann"), true, NOW);
    (2..4).for_each(wrong);
    assert!(!locked(4));
    wrong(4);
    assert!(locked(4) && !locked(5), "as long as locks last");
}

#[test]
fn what_was_wrong_is_forgotten_after_a_while_or_when_it_is_right() {
    let book = book();
    add(&book, "ann");
    let wrong = |times: u16, at| (0..times).for_each(|_| from(&book, 1).tried(&claim("ann"), false, at));
    wrong(9, NOW);
    from(&book, 1).tried(&claim("ann"), true, NOW);
    wrong(9, NOW);
    let later = FileTime(NOW.0 + 10 * MINUTE);
    wrong(9, later);
    assert!(matches!(from(&book, 1).look_up(&claim("ann"), later), AccountLookup::Found(_)));
    let directory = book.directory();
    let attempts = book.attempts(directory.user_named(&"ann".into()).unwrap());
    assert_eq!((attempts.bad_passwords, attempts.last_logon, attempts.logons), (9, NOW, 1));
    wrong(1, later);
    assert!(matches!(from(&book, 1).look_up(&claim("ann"), later), AccountLookup::Locked));
}

#[test]
fn names_of_nobody_take_bounded_memory_and_unlock_no_account() {
    let book = book();
    add(&book, "ann");
    (0..10).for_each(|_| from(&book, 1).tried(&claim("ann"), false, NOW));
    for n in 0..u64::try_from(attempts::STRANGERS).unwrap() * 2 {
        from(&book, 1).tried(&claim(&format!("{n}{}", "x".repeat(500))), false, FileTime(NOW.0 + n));
    }
    assert_eq!(book.attempts.kept().0, attempts::STRANGERS);
    assert!(matches!(look_up(&book, "ann"), AccountLookup::Locked));
}

#[test]
fn members_have_what_their_groups_have() {
    let book = book();
    let ann = add(&book, "ann");
    let (staff, local) = book
        .change(|d| {
            let staff = d.add_group("staff".into())?;
            d.add_group_member(staff, ann)?;
            assert_eq!(d.add_group_member(staff, ann), Err(NtStatus::MEMBER_IN_GROUP));
            assert_eq!(d.add_group_member(RID_NONE, ann), Err(NtStatus::MEMBER_IN_GROUP));
            let local = d.add_alias("local".into())?;
            d.add_alias_member(AliasDomain::Account, local, domain().child(staff))?;
            let no = d.add_alias_member(AliasDomain::Account, local, domain().child(local));
            assert_eq!(no, Err(NtStatus::INVALID_MEMBER));
            let no = d.add_alias_member(AliasDomain::Account, local, domain().child(9_999));
            assert_eq!(no, Err(NtStatus::NO_SUCH_MEMBER));
            let no = d.add_alias_member(AliasDomain::Account, local, Sid::users());
            assert_eq!(no, Err(NtStatus::INVALID_MEMBER));
            d.add_alias_member(AliasDomain::Builtin, 551, domain().child(local))?;
            Ok((staff, local))
        })
        .unwrap();
    let (groups, privileges) = book.standing(ann);
    let backup = Sid::new(5, &[32, 551]);
    for sid in [domain().child(RID_NONE), domain().child(staff), domain().child(local), Sid::users(), backup]
    {
        assert!(groups.contains(&sid), "{sid}");
    }
    assert!(!groups.contains(&Sid::administrators()));
    assert_eq!(
        privileges,
        lanward_nt::security::Privileges::BACKUP | lanward_nt::security::Privileges::RESTORE
    );
    assert_eq!(book.directory().group_named(&"builtin\\USERS".into()), Some(Sid::users()));
    assert_eq!(book.directory().group_named(&"Staff".into()), Some(domain().child(staff)));

    book.change(|d| d.remove_user(ann)).unwrap();
    let directory = book.directory();
    assert!(directory.group(staff).unwrap().members.is_empty());
    book.change(|d| d.remove_group(staff)).unwrap();
    assert!(book.directory().alias(AliasDomain::Account, local).unwrap().members.is_empty());
    assert_eq!(book.change(|d| d.remove_group(RID_NONE)), Err(NtStatus::SPECIAL_ACCOUNT));
    let builtin = book.change(|d| d.remove_alias(AliasDomain::Builtin, RID_ADMINISTRATORS));
    assert_eq!(builtin, Err(NtStatus::SPECIAL_ACCOUNT));
}

#[test]
fn passwords_are_judged_by_the_policy() {
    let book = book();
    let rid = add(&book, "ann");
    book.change(|d| {
        d.set_policy(DomainPolicy {
            password_history: 2,
            properties: PasswordProperties::COMPLEX,
            min_password_age: Duration::from_secs(60),
            ..DomainPolicy::default()
        });
        d.set_password(rid, NtHash::new([2; 16]), NOW)
    })
    .unwrap();
    let directory = book.directory();
    let ann = directory.user(rid).unwrap();
    let judge = |password: &str, hash: u8| {
        directory.judge_password(ann, Some(&password.into()), &NtHash::new([hash; 16]))
    };
    assert_eq!(judge("Abc123!", 9), Err(PasswordFault::TooShort));
    assert_eq!(judge("abcdefghi1", 9), Err(PasswordFault::NotComplex));
    assert_eq!(judge("Xx1!xANNx", 9), Err(PasswordFault::NotComplex));
    assert_eq!(judge("Abcdefg1", 9), Ok(()));
    for used in [1, 2] {
        assert_eq!(judge("Abcdefg1", used), Err(PasswordFault::InHistory));
    }
    assert_eq!(directory.may_change_password(ann, NOW), Err(PasswordFault::TooEarly));
    assert_eq!(directory.may_change_password(ann, FileTime(NOW.0 + MINUTE)), Ok(()));
}

/// Cannot be written to.
#[derive(Debug, Default)]
struct Failing(Mutex<Vec<AccountChange>>);

impl AccountStore for Failing {
    fn load(&self) -> Result<Kept, NtStatus> {
        Ok(Kept::default())
    }

    fn write(&self, changes: &[AccountChange]) -> Result<(), NtStatus> {
        let mut seen = self.0.lock().unwrap();
        let first = seen.is_empty();
        seen.extend(changes.iter().cloned());
        if first { Ok(()) } else { Err(NtStatus::INTERNAL_DB_ERROR) }
    }
}

#[test]
fn what_cannot_be_kept_does_not_happen() {
    let store = std::sync::Arc::new(Failing::default());
    let book = AccountBook::new("HERE", domain(), store).unwrap();
    assert_eq!(book.change(|d| d.add_user("ann".into())), Err(NtStatus::INTERNAL_DB_ERROR));
    assert!(book.directory().find(&"ann".into()).is_none());
    assert!(book.change(|_| Ok(())).is_ok(), "what changes nothing needs no store");
}

#[derive(Debug, Clone)]
enum Step {
    User(u8),
    Group(u8),
    Alias(u8),
    Rename(u8, u8),
    Remove(u8),
    Member(u8, u8),
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0..6u8;
    prop_oneof![
        n.clone().prop_map(Step::User),
        n.clone().prop_map(Step::Group),
        n.clone().prop_map(Step::Alias),
        (n.clone(), n.clone()).prop_map(|(a, b)| Step::Rename(a, b)),
        n.clone().prop_map(Step::Remove),
        (n.clone(), n).prop_map(|(a, b)| Step::Member(a, b)),
    ]
}

fn name(n: u8) -> NtString {
    format!("name{n}").as_str().into()
}

fn take(draft: &mut Draft, step: &Step) -> Result<(), NtStatus> {
    let find = |draft: &Draft, n: u8| draft.directory().find(&name(n)).ok_or(NtStatus::NOT_FOUND);
    match *step {
        Step::User(n) => draft.add_user(name(n)).map(drop),
        Step::Group(n) => draft.add_group(name(n)).map(drop),
        Step::Alias(n) => draft.add_alias(name(n)).map(drop),
        Step::Rename(from, to) => match find(draft, from)? {
            Principal::User(rid) => draft.update_user(rid, |user| user.name = name(to)),
            Principal::Group(rid) => draft.update_group(rid, |group| group.name = name(to)),
            Principal::Alias(rid) => draft.update_alias(AliasDomain::Account, rid, |a| a.name = name(to)),
        },
        Step::Remove(n) => match find(draft, n)? {
            Principal::User(rid) => draft.remove_user(rid),
            Principal::Group(rid) => draft.remove_group(rid),
            Principal::Alias(rid) => draft.remove_alias(AliasDomain::Account, rid),
        },
        Step::Member(of, who) => {
            let who = find(draft, who)?.rid();
            match find(draft, of)? {
                Principal::User(_) => Ok(()),
                Principal::Group(rid) => draft.add_group_member(rid, who),
                Principal::Alias(rid) => {
                    draft.add_alias_member(AliasDomain::Account, rid, domain().child(who))
                }
            }
        }
    }
}

proptest! {
    /// Every name leads to whoever has it and back, members are there, and the store was told enough to have the same again.
    #[test]
    fn names_members_and_store_agree(steps in proptest::collection::vec(step(), 0..60)) {
        let book = book();
        for step in &steps {
            let _ = book.change(|draft| take(draft, step));
            let directory = book.directory();
            let all = directory.users.len() + directory.groups.len() + directory.aliases(AliasDomain::Account).count();
            prop_assert_eq!(directory.names.len(), all);
            for (name, principal) in &directory.names {
                prop_assert_eq!(&directory.name_of(*principal).unwrap().to_uppercase(), name);
                prop_assert_eq!(directory.principal(principal.rid()), Some(*principal));
            }
            for group in directory.groups() {
                prop_assert!(group.members.iter().all(|rid| directory.user(*rid).is_some()));
            }
            for alias in directory.aliases(AliasDomain::Account) {
                let known = |sid: &Sid| domain().rid_of(sid).is_some_and(|rid| directory.principal(rid).is_some());
                prop_assert!(alias.members.iter().all(known));
            }
        }
    }
}

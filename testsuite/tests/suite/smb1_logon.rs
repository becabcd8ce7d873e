//! SMB 1 where its zone serves it: which dialect, and who comes in with which proof; and nothing of it elsewhere.

use crate::support::refused;
use lanward_client::Error;
use lanward_client::smb1::{Connection, Form, Login, Options, Scope};
use lanward_nt::NtStatus;
use lanward_server::Zone;
use lanward_smb1::Dialect;
use lanward_smb1::messages::SecurityMode;
use lanward_testsuite::{ALICE, BOB, Plan, Site};

const FORMS: [Form; 6] =
    [Form::Plaintext, Form::PlaintextUnicode, Form::Lm, Form::NtlmV1, Form::NtlmV2, Form::Spnego];

/// NT LM 0.12, with SPNEGO where the form is that.
fn connect(site: &Site, form: Form) -> Connection {
    let options = Options { extended_security: form == Form::Spnego, ..Options::only(Dialect::NtLm) };
    site.connect_smb1(options).unwrap()
}

fn log_in(site: &Site, (user, password): (&str, &str), form: Form) -> Result<String, Error> {
    let session = connect(site, form).login_with(&Login::user(user, password, form))?;
    Ok(session.primary_domain)
}

#[test]
fn outside_a_zone_that_names_it_there_is_no_smb1() {
    let site = Site::new().unwrap();
    for dialect in Dialect::ALL {
        let outcome = site.connect_smb1(Options::only(dialect));
        assert!(outcome.as_ref().is_err_and(Error::is_disconnect), "{dialect:?}: {outcome:?}");
    }
    let all = site.connect_smb1(Options::default());
    assert!(all.is_err_and(|error| error.is_disconnect()));
    site.settles().unwrap();
}

/// Core and Core Plus know no users, so they are there only where shares have passwords.
#[test]
fn the_zone_says_which_dialects_there_are() {
    let cases = [
        (Dialect::Core, Dialect::NtLm, true, Dialect::Core),
        (Dialect::Core, Dialect::NtLm, false, Dialect::LanMan1),
        (Dialect::CorePlus, Dialect::LanMan2, true, Dialect::CorePlus),
        (Dialect::LanMan1, Dialect::LanMan2, false, Dialect::LanMan1),
        (Dialect::NtLm, Dialect::NtLm, false, Dialect::NtLm),
    ];
    for (min, newest, share_level, oldest) in cases {
        let plan = Plan::default().zone(|z| (z.min_dialect, z.share_level) = (min.number(), share_level));
        let site = plan.zone(|z| z.max_dialect = newest.number()).start().unwrap();
        for dialect in Dialect::ALL {
            let outcome = site.connect_smb1(Options::only(dialect));
            if (oldest..=newest).contains(&dialect) {
                assert_eq!(outcome.unwrap().negotiated().dialect, Some(dialect));
            } else {
                assert!(matches!(outcome, Err(Error::Unable(_))), "{dialect:?} of {oldest:?} to {newest:?}");
            }
        }
        let any = site.connect_smb1(Options::default()).unwrap();
        assert_eq!(any.negotiated().dialect, Some(newest), "the newest of all that are offered");
    }
}

#[test]
fn every_proof_has_a_floor_of_its_own() {
    type Change = fn(&mut Zone);
    let floors: [(&str, Change, &[Form]); 4] = [
        ("nothing", |_| (), &[]),
        ("NTLMv1", |z| z.ntlmv1 = true, &[Form::NtlmV1]),
        ("LM", |z| z.lm = true, &[]),
        ("plaintext", |z| z.plaintext = true, &[Form::Plaintext, Form::PlaintextUnicode]),
    ];
    for (name, change, more) in floors {
        let site = Plan::default().smb1().zone(change).start().unwrap();
        for form in FORMS {
            let allowed = more.contains(&form) || [Form::NtlmV2, Form::Spnego].contains(&form);
            let outcome = log_in(&site, ALICE, form);
            match allowed {
                true => drop(outcome.unwrap()),
                false => assert_eq!(refused(outcome), NtStatus::LOGON_FAILURE, "{form:?}, floor {name}"),
            }
            let wrong = log_in(&site, (ALICE.0, "wrong"), form);
            assert_eq!(refused(wrong), NtStatus::LOGON_FAILURE, "{form:?}, floor {name}");
            let unknown = log_in(&site, ("nobody-here", ALICE.1), form);
            assert_eq!(refused(unknown), NtStatus::LOGON_FAILURE, "{form:?}, floor {name}");
        }
        site.settles().unwrap();
    }
}

#[test]
fn ntlmv1_within_spnego_has_the_same_floor() {
    for (ntlmv1, allowed) in [(false, false), (true, true)] {
        let site = Plan::default().smb1().zone(|z| z.ntlmv1 = ntlmv1).start().unwrap();
        let login = Login { ntlmv1: true, ..Login::user(ALICE.0, ALICE.1, Form::Spnego) };
        let outcome = connect(&site, Form::Spnego).login_with(&login);
        assert_eq!(outcome.is_ok(), allowed, "{outcome:?}");
    }
}

#[test]
fn the_right_password_of_a_disabled_account_says_so_and_a_wrong_one_does_not() {
    let site = Plan::default().smb1().zone(|z| z.plaintext = true).start().unwrap();
    for form in [Form::Spnego, Form::NtlmV2, Form::Plaintext] {
        assert_eq!(refused(log_in(&site, BOB, form)), NtStatus::ACCOUNT_DISABLED, "{form:?}");
        assert_eq!(refused(log_in(&site, (BOB.0, "wrong"), form)), NtStatus::LOGON_FAILURE, "{form:?}");
    }
}

#[test]
fn nobody_comes_in_where_nobody_may() {
    for allowed in [false, true] {
        let site = Plan::default().smb1().zone(|z| z.anonymous_allowed = allowed).start().unwrap();
        for form in [Form::Spnego, Form::NtlmV2] {
            let mut c = connect(&site, form);
            let session = c.login_with(&Login::anonymous(form));
            let Ok(session) = session else {
                assert!(!allowed, "{form:?}: {session:?}");
                continue;
            };
            assert!(allowed && !c.is_signing(), "{form:?}");
            c.tree_connect(&session, "IPC$").unwrap();
            assert_eq!(refused(c.tree_connect(&session, "data")), NtStatus::ACCESS_DENIED);
            assert_eq!(site.counts().users, 0, "a NULL session takes nobody's place");
        }
    }
}

#[test]
fn older_dialects_prove_with_what_they_have() {
    let site = Plan::default().smb1().zone(|z| (z.plaintext, z.ntlmv1) = (true, true)).start().unwrap();
    for dialect in [Dialect::LanMan1, Dialect::LanMan2, Dialect::LanMan21] {
        let mut c = site.connect_smb1(Options::only(dialect)).unwrap();
        let session = c.login_with(&Login::user(ALICE.0, ALICE.1, Form::Plaintext)).unwrap();
        c.tree_connect(&session, "data").unwrap();
        let rows: Vec<_> = site.server.sessions().iter().map(|s| s.user().name.to_string()).collect();
        assert_eq!(rows, [ALICE.0], "{dialect:?}");
        drop(c);
        site.settles().unwrap();
    }
}

#[test]
fn shares_have_passwords_where_the_zone_says_so() {
    let plan = Plan::default().smb1().zone(|z| (z.share_level, z.plaintext) = (true, true));
    let mut plan = plan;
    plan.accounts.add_user("data", "OfTheShare");
    let site = plan.start().unwrap();
    for dialect in [Dialect::Core, Dialect::CorePlus] {
        let mut c = site.connect_smb1(Options::only(dialect)).unwrap();
        let wrong = c.core_tree_connect(Scope::default(), "data", "wrong");
        assert!(matches!(wrong, Err(Error::Smb1 { .. })), "{wrong:?}");
        let tree = c.core_tree_connect(Scope::default(), "data", "OfTheShare").unwrap();
        assert_eq!((site.counts().sessions, site.counts().trees), (1, 1));
        c.tree_disconnect(tree).unwrap();
        assert_eq!((site.counts().sessions, site.counts().trees), (0, 0), "{dialect:?}");
    }
    let c = site.connect_smb1(Options::only(Dialect::NtLm)).unwrap();
    assert!(!c.negotiated().security_mode.contains(SecurityMode::USER_SECURITY));
}

#[test]
fn who_is_logged_on_twice_is_two_sessions_and_logs_off_one_by_one() {
    let site = Plan::default().smb1().start().unwrap();
    let (mut c, tree) = site.alice_smb1(Options::default()).unwrap();
    let second = c.login(ALICE.0, ALICE.1).unwrap();
    assert_ne!(second.user_id, tree.user_id);
    let its_tree = c.tree_connect(&second, "data").unwrap();
    assert_eq!((site.counts().sessions, site.counts().trees), (2, 2));
    let first = c.sessions().iter().find(|s| s.user_id == tree.user_id).unwrap().clone();
    c.logoff(&first).unwrap();
    assert_eq!((site.counts().sessions, site.counts().trees), (1, 1));
    c.tree_disconnect(its_tree).unwrap();
    c.echo(b"still there").unwrap();
}

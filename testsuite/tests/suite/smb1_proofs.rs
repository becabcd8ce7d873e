//! Who comes in over SMB1, by which proof, and in which zone (behaviours 1.5, 3.10; [MS-CIFS] 3.3.5.42, 3.3.5.43).

use crate::support::refused;
use lanward_client::smb1::{Connection, Form, Login, Options};
use lanward_nt::{FileTime, NtStatus};
use lanward_server::{Authentication, Zone};
use lanward_smb1::Dialect;
use lanward_smb1::messages::SecurityMode;
use lanward_testsuite::{ALICE, BOB, Plan, Site};

const FORMS: [Form; 6] =
    [Form::Plaintext, Form::PlaintextUnicode, Form::Lm, Form::NtlmV1, Form::NtlmV2, Form::Spnego];

/// ERRDOS, ERRnoaccess: as clients of before NT are told.
const NO_ACCESS: NtStatus = NtStatus(0x0005_0001);

/// A site whose zone names SMB1, and whose accounts have LM hashes.
fn site(change: impl FnOnce(&mut Zone)) -> Site {
    let plan = Plan::default().zone(|zone| {
        zone.min_dialect = Dialect::Core.number();
        change(zone);
    });
    plan.accounts.change(|draft| {
        for (user, password) in [ALICE, BOB] {
            let rid = draft.directory().user_named(&user.into()).map(|user| user.rid).unwrap_or_default();
            draft.keep_lm_hash(rid, lanward_auth::LmHash::of_password(password.to_uppercase().as_bytes()))?;
        }
        Ok(())
    });
    plan.start().unwrap()
}

fn connect(site: &Site, dialect: Dialect, form: Form) -> Connection {
    let options = Options { extended_security: form == Form::Spnego, ..Options::only(dialect) };
    Connection::connect(site.address, options).unwrap()
}

fn log_on(
    site: &Site,
    dialect: Dialect,
    form: Form,
    (user, password): (&str, &str),
) -> Result<Authentication, NtStatus> {
    let mut c = connect(site, dialect, form);
    let outcome = c.login_with(&Login::user(user, password, form));
    let session = outcome.map_err(|error| error.status().expect("a status"))?;
    c.tree_connect(&session, "data").unwrap();
    Ok(site.server.sessions()[0].protection().authentication)
}

#[test]
fn each_proof_is_taken_where_the_zone_takes_it() {
    let expected = |zone: &Zone, form| match form {
        Form::Plaintext | Form::PlaintextUnicode => zone.plaintext.then_some(Authentication::Plaintext),
        Form::Lm => zone.lm.then_some(Authentication::Lm),
        Form::NtlmV1 => zone.ntlmv1.then_some(Authentication::NtlmV1),
        Form::NtlmV2 | Form::Spnego => Some(Authentication::NtlmV2),
    };
    for bits in 0..8u8 {
        let site = site(|zone| {
            (zone.plaintext, zone.lm, zone.ntlmv1) = (bits & 1 != 0, bits & 2 != 0, bits & 4 != 0);
        });
        let zone = Zone::clone(&site.server.settings().default_zone);
        for form in FORMS {
            let seen = log_on(&site, Dialect::NtLm, form, ALICE);
            assert_eq!(seen, expected(&zone, form).ok_or(NtStatus::LOGON_FAILURE), "{form:?} {zone:?}");
            site.settles().unwrap();
            let wrong = log_on(&site, Dialect::NtLm, form, (ALICE.0, "Secret00x"));
            assert_eq!(wrong, Err(NtStatus::LOGON_FAILURE), "{form:?}");
            let barred = log_on(&site, Dialect::NtLm, form, BOB);
            let told = if expected(&zone, form).is_some() {
                NtStatus::ACCOUNT_DISABLED
            } else {
                NtStatus::LOGON_FAILURE
            };
            assert_eq!(barred, Err(told), "{form:?}");
        }
    }
}

#[test]
fn dialects_before_nt_log_on_by_lm_or_plain_text() {
    let site = site(|zone| (zone.lm, zone.plaintext) = (true, true));
    for dialect in [Dialect::LanMan1, Dialect::LanMan2, Dialect::LanMan21] {
        for (form, proof) in [(Form::Lm, Authentication::Lm), (Form::Plaintext, Authentication::Plaintext)] {
            assert_eq!(log_on(&site, dialect, form, ALICE), Ok(proof), "{dialect:?}");
            site.settles().unwrap();
        }
        // Old clients write passwords in capitals.
        let capitals = ALICE.1.to_uppercase();
        assert_eq!(log_on(&site, dialect, Form::Lm, (ALICE.0, &capitals)), Ok(Authentication::Lm));
        site.settles().unwrap();
    }
}

#[test]
fn smb1_is_spoken_in_a_zone_that_names_it_only() {
    let site = Plan::default().start().unwrap();
    for dialect in Dialect::ALL {
        assert!(Connection::connect(site.address, Options::only(dialect)).is_err(), "{dialect:?}");
        site.change_zone(|zone| zone.min_dialect = dialect.number());
        let spoken = Connection::connect(site.address, Options::only(dialect));
        assert_eq!(
            spoken.is_ok(),
            dialect >= Dialect::LanMan1,
            "without users a zone must have passwords of shares"
        );
        site.change_zone(|zone| zone.share_level = true);
        assert!(Connection::connect(site.address, Options::only(dialect)).is_ok(), "{dialect:?}");
        site.change_zone(|zone| (zone.share_level, zone.min_dialect) = (false, 0x0202));
    }
    // What is newer than the zone's newest is not spoken either.
    site.change_zone(|zone| (zone.min_dialect, zone.max_dialect) = (0x0100, Dialect::LanMan21.number()));
    let c = Connection::connect(site.address, Options::default()).unwrap();
    assert_eq!(c.negotiated().dialect, Some(Dialect::LanMan21));
}

#[test]
fn a_password_opens_a_share_where_the_zone_has_no_users() {
    let plan = Plan::default().zone(|zone| {
        (zone.min_dialect, zone.share_level, zone.plaintext) = (0x0100, true, true);
    });
    // Whoever knows the password of the account with the share's name knows the share's.
    plan.accounts.change(|draft| {
        let rid = draft.add_user("data".into())?;
        draft.set_password(rid, lanward_auth::NtHash::of_password(&"open".into()), FileTime(0))
    });
    let site = plan.start().unwrap();
    for dialect in Dialect::ALL {
        let mut c = connect(&site, dialect, Form::Plaintext);
        assert!(!c.negotiated().security_mode.contains(SecurityMode::USER_SECURITY), "{dialect:?}");
        let nobody = lanward_client::smb1::Scope::default();
        if dialect < Dialect::LanMan1 {
            assert_eq!(refused(c.core_tree_connect(nobody, "data", "wrong")), NO_ACCESS);
            c.core_tree_connect(nobody, "data", "OPEN").unwrap();
            continue;
        }
        let connect = |c: &mut Connection, password: &[u8]| c.tree_connect_as(nobody, "data", "A:", password);
        let told = if dialect == Dialect::NtLm { NtStatus::LOGON_FAILURE } else { NO_ACCESS };
        assert_eq!(refused(connect(&mut c, b"wrong\0")), told, "{dialect:?}");
        let tree = connect(&mut c, b"open\0").unwrap().tree;
        assert_eq!(site.counts().trees, 1);
        c.tree_disconnect(tree).unwrap();
        assert_eq!(site.counts().sessions, 0, "the session was the tree connect's");
        drop(c);
        site.settles().unwrap();
    }
}

#[test]
fn null_sessions_and_guests_come_in_where_the_zone_lets_them() {
    for form in [Form::Spnego, Form::NtlmV2] {
        let site = site(|_| ());
        let anonymous = |site: &Site| {
            let mut c = connect(site, Dialect::NtLm, form);
            c.login_anonymous().map(|_| c)
        };
        assert_eq!(refused(anonymous(&site)), NtStatus::ACCESS_DENIED, "{form:?}");
        site.change_zone(|zone| zone.anonymous_allowed = true);
        let c = anonymous(&site).unwrap();
        assert_eq!(site.server.anonymous_sessions(), 1);
        drop(c);
        site.settles().unwrap();
    }
}

#[test]
fn a_zone_that_requires_signing_lets_nobody_in_who_cannot() {
    let site = site(|zone| (zone.signing_required, zone.lm, zone.plaintext) = (true, true, true));
    assert_eq!(log_on(&site, Dialect::LanMan21, Form::Lm, ALICE), Err(NO_ACCESS));
    assert_eq!(site.counts().sessions, 0);
}

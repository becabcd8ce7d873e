//! SMB1's signatures: when they begin, and that the policy that is written is the policy that runs (behaviours 3.1 to 3.4, CVE-2016-2114;
//! [MS-SMB] 3.3.5.1, 3.3.5.3, [MS-CIFS] 3.3.5.2.3).

use crate::support::refused;
use lanward_client::Error;
use lanward_client::smb1::{Connection, Form, Login, Options, Protection, Request, Scope, Signing, Tree};
use lanward_nt::NtStatus;
use lanward_smb1::messages::{EchoRequest, Empty, PathRequest, TreeConnectAndxRequest};
use lanward_smb1::{Command, Dialect, Flags2, SequenceNumber};
use lanward_testsuite::{ALICE, Plan, Site};

const FORMS: [Form; 3] = [Form::Spnego, Form::NtlmV2, Form::NtlmV1];

fn site(signing_required: bool) -> Site {
    let zone = |zone: &mut lanward_server::Zone| {
        zone.min_dialect = Dialect::NtLm.number();
        (zone.signing_required, zone.ntlmv1) = (signing_required, true);
    };
    Plan::default().zone(zone).start().unwrap()
}

fn log_on(site: &Site, signing: Signing, form: Form) -> Result<(Connection, Tree), Error> {
    let options = Options { extended_security: form == Form::Spnego, ..Options::default().signing(signing) };
    let mut c = Connection::connect(site.address, options)?;
    let session = c.login_with(&Login::user(ALICE.0, ALICE.1, form))?;
    let tree = c.tree_connect(&session, "data")?;
    Ok((c, tree))
}

#[test]
fn what_a_domain_distributes_is_there_only_for_who_signs() {
    let files = lanward_fsa::FileSystem::new(lanward_vfs::MemVolume::new(|| lanward_nt::FileTime(1)));
    let share = lanward_server::ShareDefinition::disk("SYSVOL", files, "SYSVOL");
    let plan = Plan::default().smb1().define(share);
    let site = plan.zone(|zone| zone.ntlmv1 = true).start().unwrap();
    for (signing, expected) in
        [(Signing::Disabled, NtStatus::ACCESS_DENIED), (Signing::Required, NtStatus::SUCCESS)]
    {
        let mut c = Connection::connect(site.address, Options::default().signing(signing)).unwrap();
        let session = c.login(ALICE.0, ALICE.1).unwrap();
        let outcome = c.tree_connect(&session, "sysvol");
        assert_eq!(outcome.map_or_else(|e| e.status().unwrap(), |_| NtStatus::SUCCESS), expected);
    }
}

/// Something that a tree connect is needed for, protected so.
fn ask(c: &mut Connection, tree: Tree, protection: Option<Protection>) -> NtStatus {
    let body = PathRequest { path: "\\".into() };
    let request = Request { protection, ..Request::new(Command::CHECK_DIRECTORY, tree, &body) };
    c.call(&request).unwrap().status()
}

#[test]
fn signing_begins_as_the_table_says() {
    // Rows: what the client's policy makes of a server that can, and of one that requires it. True: all is signed.
    let table = [
        (Signing::Disabled, [Some(false), None]),
        (Signing::Declined, [Some(false), Some(true)]),
        (Signing::Enabled, [Some(true), Some(true)]),
        (Signing::Required, [Some(true), Some(true)]),
    ];
    for (required, column) in [(false, 0), (true, 1)] {
        let site = site(required);
        for (client, row) in table {
            for form in FORMS {
                let outcome = log_on(&site, client, form);
                let Some(signed) = row[column] else {
                    assert!(outcome.is_err(), "{client:?} {form:?}");
                    continue;
                };
                let (mut c, tree) = outcome.unwrap();
                assert_eq!(c.sequence().is_some(), signed, "{client:?}, server {required}, {form:?}");
                assert_eq!(ask(&mut c, tree, None), NtStatus::SUCCESS);
                drop(c);
                site.settles().unwrap();
            }
        }
    }
}

#[test]
fn whatever_the_flags_say_nothing_unsigned_is_executed_where_signing_is_required() {
    let site = site(true);
    for form in FORMS {
        let options = Options {
            verify: false,
            extended_security: form == Form::Spnego,
            ..Options::default().signing(Signing::Enabled)
        };
        let mut c = Connection::connect(site.address, options).unwrap();
        let session = c.login_with(&Login::user(ALICE.0, ALICE.1, form)).unwrap();
        let tree = c.tree_connect(&session, "data").unwrap();
        for flags in [Flags2::SECURITY_SIGNATURE, Flags2::empty(), Flags2::SECURITY_SIGNATURE_REQUIRED] {
            let kept =
                c.flags2().difference(Flags2::SECURITY_SIGNATURE | Flags2::SECURITY_SIGNATURE_REQUIRED);
            let before = site.server.statistics().permission_errors;
            let body = PathRequest { path: "made".into() };
            let request = Request {
                flags2: Some(kept | flags),
                protection: Some(Protection::Plain),
                ..Request::new(Command::CREATE_DIRECTORY, tree, &body)
            };
            assert_eq!(c.call(&request).unwrap().status(), NtStatus::ACCESS_DENIED, "{flags:?}");
            assert_eq!(site.server.statistics().permission_errors, before + 1);
        }
        // A refused request takes no number: whoever has the key goes on.
        let body = PathRequest { path: "made".into() };
        let there = c.call(&Request::new(Command::CHECK_DIRECTORY, tree, &body)).unwrap().status();
        assert_ne!(there, NtStatus::SUCCESS, "nothing was made");
        assert_ne!(there, NtStatus::ACCESS_DENIED);
        drop(c);
        site.settles().unwrap();
    }
}

#[test]
fn the_policy_is_read_when_it_is_used() {
    let site = site(false);
    let (mut c, tree) = log_on(&site, Signing::Disabled, Form::Spnego).unwrap();
    assert_eq!(ask(&mut c, tree, None), NtStatus::SUCCESS);
    site.change_zone(|zone| zone.signing_required = true);
    assert_eq!(ask(&mut c, tree, None), NtStatus::ACCESS_DENIED);
    assert_eq!(refused(c.tree_disconnect(tree)), NtStatus::ACCESS_DENIED);
    let elsewhere = Tree { user_id: 0, ..tree };
    assert_eq!(refused(c.tree_disconnect(elsewhere)), NtStatus::ACCESS_DENIED, "nor as nobody");
    site.change_zone(|zone| zone.signing_required = false);
    assert_eq!(ask(&mut c, tree, None), NtStatus::SUCCESS);
}

#[test]
fn another_number_is_a_wrong_signature() {
    let site = site(true);
    let (mut c, tree) = log_on(&site, Signing::Required, Form::Spnego).unwrap();
    let next = c.sequence().unwrap();
    for wrong in [next.0.wrapping_sub(2), next.0 + 1, next.0 + 2] {
        let protection = Some(Protection::SignedAs(SequenceNumber(wrong)));
        assert_eq!(ask(&mut c, tree, protection), NtStatus::ACCESS_DENIED, "{wrong}");
    }
    assert_eq!(c.sequence(), Some(next));
    assert_eq!(ask(&mut c, tree, None), NtStatus::SUCCESS, "the right one still counts");
    assert_eq!(ask(&mut c, tree, Some(Protection::SignedAs(next))), NtStatus::ACCESS_DENIED, "once");
}

#[test]
fn every_answer_is_signed_and_a_cancel_takes_one_number() {
    let site = site(true);
    // The client verifies each answer by its number.
    let (mut c, tree) = log_on(&site, Signing::Required, Form::NtlmV2).unwrap();
    let first = c.sequence().unwrap().0;
    assert_eq!(ask(&mut c, tree, None), NtStatus::SUCCESS);
    assert_eq!(c.echo(b"there?").unwrap(), b"there?");
    assert_eq!(c.sequence(), Some(SequenceNumber(first + 4)));
    // An NT_CANCEL that means nothing: no answer, and one number.
    let cancel = Request { answered: Some(false), ..Request::new(Command::NT_CANCEL, tree, &Empty {}) };
    c.send(&cancel).unwrap();
    assert_eq!(c.sequence(), Some(SequenceNumber(first + 5)));
    assert_eq!(ask(&mut c, tree, None), NtStatus::SUCCESS);
    // What is refused is signed too.
    let nowhere = Tree { id: 0x7777, ..tree };
    assert_ne!(ask(&mut c, nowhere, None), NtStatus::SUCCESS);
    assert_eq!(ask(&mut c, tree, None), NtStatus::SUCCESS);
}

#[test]
fn a_session_on_a_connection_that_signs_is_signed_from_its_first_message() {
    let site = site(false);
    let (mut c, tree) = log_on(&site, Signing::Required, Form::Spnego).unwrap();
    let second = c.login(ALICE.0, ALICE.1).unwrap();
    assert_ne!(second.user_id, tree.user_id);
    let other = c.tree_connect(&second, "data").unwrap();
    assert_eq!(ask(&mut c, other, None), NtStatus::SUCCESS);
    c.logoff(&second).unwrap();
    assert_eq!(ask(&mut c, tree, None), NtStatus::SUCCESS, "signing outlives the sessions");
    let body =
        TreeConnectAndxRequest { path: "\\\\x\\data".into(), service: "?????".into(), ..Default::default() };
    let unsigned = Request {
        protection: Some(Protection::Plain),
        ..Request::new(Command::TREE_CONNECT_ANDX, Scope { user_id: tree.user_id, tree_id: 0 }, &body)
    };
    c.options_mut().verify = false;
    assert_eq!(c.call(&unsigned).unwrap().status(), NtStatus::ACCESS_DENIED);
    let body = EchoRequest { echo_count: 1, data: b"x" };
    let echo = Request {
        protection: Some(Protection::Plain),
        ..Request::new(Command::ECHO, Scope::default(), &body)
    };
    assert_eq!(c.call(&echo).unwrap().status(), NtStatus::ACCESS_DENIED, "not even that");
}

//! Signatures of SMB 1 (behaviours 3.1 to 3.4): when they begin, what they are worth, and that nobody in the path takes them away.

use crate::support::refused;
use lanward_client::Error;
use lanward_client::smb1::{Connection, Form, Login, Options, Protection, Request, Scope, Signing};
use lanward_fsa::FileSystem;
use lanward_nt::{FileTime, NtStatus};
use lanward_server::ShareDefinition;
use lanward_smb1::messages::{SecurityMode, TreeConnectAndxRequest};
use lanward_smb1::{Command, Dialect, DosError, Flags, Flags2, Header, SequenceNumber};
use lanward_testsuite::{ALICE, Plan, Proxy, Site, Toward};
use lanward_vfs::MemVolume;
use lanward_wire::{Decode as _, Reader};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Where SecurityMode is in the answer to NEGOTIATE: behind the header, WordCount and DialectIndex.
const SECURITY_MODE: usize = 32 + 1 + 2;

/// Flags2 of a header, the low byte.
const FLAGS2: usize = 10;

fn site(required: bool) -> Site {
    let plan = Plan::default().smb1().zone(|z| (z.ntlmv1, z.plaintext) = (true, true));
    plan.zone(|z| z.signing_required = required).start().unwrap()
}

fn options(form: Form, signing: Signing) -> Options {
    Options { extended_security: form == Form::Spnego, ..Options::only(Dialect::NtLm).signing(signing) }
}

fn log_in(c: &mut Connection, form: Form) -> Result<Scope, Error> {
    let session = c.login_with(&Login::user(ALICE.0, ALICE.1, form))?;
    Ok(Scope::from(&session))
}

fn tree_connect<'a>(path: &str) -> TreeConnectAndxRequest<'a> {
    TreeConnectAndxRequest {
        password: &[0],
        path: path.into(),
        service: "?????".into(),
        ..TreeConnectAndxRequest::default()
    }
}

/// [MS-SMB] 3.2.4.2.4 and 3.3.5.3. Our server's policy is Enabled or Required.
#[test]
fn signing_begins_where_one_requires_it_or_both_can() {
    for required in [false, true] {
        let site = site(required);
        for form in [Form::Spnego, Form::NtlmV2, Form::NtlmV1] {
            for signing in Signing::ALL {
                let label = format!("{form:?}, required {required}, client {signing:?}");
                let mut c = site.connect_smb1(options(form, signing)).unwrap();
                let mode = c.negotiated().security_mode;
                assert!(mode.contains(SecurityMode::SIGNATURES_ENABLED));
                assert_eq!(mode.contains(SecurityMode::SIGNATURES_REQUIRED), required);
                let scope = log_in(&mut c, form);
                if required && signing == Signing::Disabled {
                    assert!(matches!(scope, Err(Error::Unable(_))), "{label}");
                    continue;
                }
                let expected = required || matches!(signing, Signing::Enabled | Signing::Required);
                let scope = scope.unwrap_or_else(|error| panic!("{label}: {error}"));
                assert_eq!(c.is_signing(), expected, "{label}");
                // The client verifies every answer.
                c.tree_connect(scope, "data").unwrap_or_else(|error| panic!("{label}: {error}"));
                assert_eq!(c.echo(b"echo").unwrap(), b"echo", "{label}");
                let sessions = site.server.sessions();
                assert_eq!(sessions[0].protection().signing_required, expected, "{label}");
                drop((c, sessions));
                site.settles().unwrap();
            }
        }
    }
}

#[test]
fn who_does_not_sign_where_it_is_required_does_nothing() {
    let site = site(true);
    for form in [Form::Spnego, Form::NtlmV2] {
        let before = site.server.statistics().permission_errors;
        let mut c = site.connect_smb1(options(form, Signing::Enabled)).unwrap();
        let scope = log_in(&mut c, form).unwrap();
        let body = tree_connect("\\\\TESTSITE\\data");
        let request = Request::new(Command::TREE_CONNECT_ANDX, scope, &body);
        let plain = c.call(&request.clone().protection(Protection::Plain)).unwrap();
        assert_eq!(plain.status(), NtStatus::ACCESS_DENIED, "{form:?}");
        assert_eq!(site.counts().trees, 0);
        assert_eq!(site.server.statistics().permission_errors, before + 1);
        // It was not counted: what is signed goes on where it was.
        c.call(&request).unwrap().check(&[]).unwrap();
        drop(c);
        site.settles().unwrap();
    }
}

#[test]
fn a_password_as_it_is_has_no_key_to_sign_with() {
    let (lax, strict) = (site(false), site(true));
    let login = Login::user(ALICE.0, ALICE.1, Form::Plaintext);
    let mut c = lax.connect_smb1(options(Form::Plaintext, Signing::Enabled)).unwrap();
    c.login_with(&login).unwrap();
    assert!(!c.is_signing());
    let mut c = strict.connect_smb1(options(Form::Plaintext, Signing::Enabled)).unwrap();
    assert_eq!(refused(c.login_with(&login)), NtStatus::ACCESS_DENIED);
    let mut c = strict.connect_smb1(Options::only(Dialect::LanMan21).signing(Signing::Declined)).unwrap();
    let Err(Error::Smb1 { status, .. }) = c.login_with(&login) else {
        panic!("no dialect before NT LM 0.12 signs")
    };
    assert_eq!(DosError::from_wire(status.0), DosError { class: 1, code: 5 });
}

#[test]
fn a_number_is_good_once_and_in_its_turn() {
    let site = site(false);
    let (mut c, tree) = site.alice_smb1(options(Form::Spnego, Signing::Required)).unwrap();
    let next = c.sequence().unwrap();
    let body = tree_connect("\\\\TESTSITE\\data");
    let request = Request::new(Command::TREE_CONNECT_ANDX, tree, &body);
    for wrong in [0, 2, next.0 - 2, next.0 - 1, next.0 + 1, next.0 + 2, u32::MAX] {
        let reply = c.call(&request.clone().protection(Protection::SignedAs(SequenceNumber(wrong)))).unwrap();
        assert_eq!(reply.status(), NtStatus::ACCESS_DENIED, "{wrong}, where {next:?} is next");
    }
    assert_eq!(site.counts().trees, 1);
    c.call(&request).unwrap().check(&[]).unwrap();
    assert_eq!((site.counts().trees, c.sequence()), (2, Some(SequenceNumber(next.0 + 2))));
}

#[test]
fn no_bit_of_a_signed_request_can_be_changed() {
    let site = site(false);
    let (mut c, tree) = site.alice_smb1(options(Form::Spnego, Signing::Required)).unwrap();
    let body = tree_connect("\\\\TESTSITE\\data");
    let (message, ticket) = c.compose(&Request::new(Command::TREE_CONNECT_ANDX, tree, &body));
    let mut signed = message;
    c.sign_as(&mut signed, c.sequence().unwrap()).unwrap();
    // Every byte but those by which it is known for a message, and for the one that is answered.
    let whose = [4, 9, 12, 13, 26, 27, 30, 31];
    for at in (4..signed.len()).filter(|at| !whose.contains(at)) {
        let mut changed = signed.clone();
        changed[at] ^= 0x10;
        c.send_frame(&changed).unwrap();
        let reply = c.receive(ticket).unwrap();
        assert_eq!(reply.status().0 & 0xffff_00ff, NtStatus::ACCESS_DENIED.0 & 0xffff_00ff, "byte {at}");
    }
    assert_eq!(site.counts().trees, 1);
    c.send_frame(&signed).unwrap();
    assert_eq!(c.receive(ticket).unwrap().status(), NtStatus::SUCCESS);
}

#[test]
fn the_policy_is_read_when_it_is_used() {
    let site = site(false);
    let (mut c, tree) = site.alice_smb1(options(Form::Spnego, Signing::Disabled)).unwrap();
    c.tree_connect(tree, "data").unwrap();
    site.change_zone(|z| z.signing_required = true);
    assert_eq!(refused(c.tree_connect(tree, "data")), NtStatus::ACCESS_DENIED);
    site.change_zone(|z| z.signing_required = false);
    c.tree_connect(tree, "data").unwrap();
}

#[test]
fn what_must_be_encrypted_is_not_there_for_smb1() {
    let files = FileSystem::new(MemVolume::new(FileTime::default));
    let share =
        |encrypt| ShareDefinition { encrypt, ..ShareDefinition::disk("vault", files.clone(), "vault") };
    let site = Plan::default().smb1().define(share(true)).start().unwrap();
    let mut c = site.connect_smb1(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    assert_eq!(refused(c.tree_connect(&session, "vault")), NtStatus::ACCESS_DENIED);
    site.server.replace_share(share(false)).unwrap();
    let tree = c.tree_connect(&session, "vault").unwrap();
    c.write_file(tree, "\\a", b"a").unwrap();
    site.change_zone(|z| z.encryption_required = true);
    assert_eq!(refused(c.read_file(tree, "\\a")), NtStatus::ACCESS_DENIED);
    site.change_zone(|z| z.encryption_required = false);
    c.read_file(tree, "\\a").unwrap();
    site.change_zone(|z| z.min_dialect = 0x0210);
    assert!(c.read_file(tree, "\\a").is_err_and(|e| e.is_disconnect()), "SMB1 is served no more");
}

/// Somebody in the path who takes bits away, from SecurityMode of the server or Flags2 of the client.
fn without(site: &Site, mode: SecurityMode, flags2: Flags2) -> Proxy {
    let [low, _] = flags2.bits().to_le_bytes();
    let strip = move |toward, index, frame: &mut Vec<u8>| {
        if toward == Toward::Client && index == 0 {
            frame[SECURITY_MODE] &= !mode.bits();
        }
        if toward == Toward::Server {
            frame[FLAGS2] &= !low;
        }
    };
    Proxy::start(site.address, strip).unwrap()
}

fn nothing_happens_through(site: &Site, proxy: &Proxy, form: Form, signing: Signing) {
    let (mode, label) = (site.server.statistics().permission_errors, format!("{form:?}, client {signing:?}"));
    let options = Options { verify: false, ..options(form, signing) };
    let Ok(mut c) = Connection::connect(proxy.address, options) else { return };
    let Ok(scope) = log_in(&mut c, form) else { return };
    let outcome = c.tree_connect(scope, "data");
    assert_eq!(site.counts().trees, 0, "{label}: {outcome:?}");
    assert!(outcome.is_err(), "{label}");
    assert!(site.server.statistics().permission_errors > mode, "{label}");
}

#[test]
fn nobody_in_the_path_takes_signing_away_where_the_server_requires_it() {
    let site = site(true);
    let modes = [
        SecurityMode::SIGNATURES_REQUIRED,
        SecurityMode::SIGNATURES_REQUIRED | SecurityMode::SIGNATURES_ENABLED,
    ];
    let every = Flags2::SECURITY_SIGNATURE | Flags2::SECURITY_SIGNATURE_REQUIRED;
    for mode in modes {
        for form in [Form::Spnego, Form::NtlmV2] {
            // A client that believes what it reads does not sign.
            for signing in [Signing::Disabled, Signing::Declined] {
                nothing_happens_through(&site, &without(&site, mode, Flags2::empty()), form, signing);
            }
            // A client that signs finds its flags gone, which its signature covers.
            for signing in [Signing::Enabled, Signing::Required] {
                nothing_happens_through(&site, &without(&site, mode, every), form, signing);
            }
        }
    }
}

#[test]
fn nobody_in_the_path_takes_signing_away_where_the_client_requires_it() {
    let site = site(false);
    let every = SecurityMode::SIGNATURES_REQUIRED | SecurityMode::SIGNATURES_ENABLED;
    let stripped = without(&site, every, Flags2::empty());
    let mut c = Connection::connect(stripped.address, options(Form::Spnego, Signing::Required)).unwrap();
    assert!(matches!(log_in(&mut c, Form::Spnego), Err(Error::Unable(_))));
    for flags2 in [Flags2::SECURITY_SIGNATURE, Flags2::SECURITY_SIGNATURE_REQUIRED] {
        let stripped = without(&site, SecurityMode::empty(), flags2);
        let mut c = Connection::connect(stripped.address, options(Form::Spnego, Signing::Required)).unwrap();
        // The server signs all the same for the flag that is left, and what is signed with it does not arrive as it was sent.
        if let Ok(scope) = log_in(&mut c, Form::Spnego) {
            let outcome = c.tree_connect(scope, "data");
            let untouched = flags2 == Flags2::SECURITY_SIGNATURE_REQUIRED;
            assert_eq!(outcome.is_ok(), untouched, "{flags2:?}: requests carry the other flag alone");
            assert_eq!(site.counts().trees, usize::from(untouched));
        }
    }
}

/// Somebody in the path, or who relays a logon, has no key: whatever rides behind a logon in its own message is not done.
#[test]
fn nothing_rides_on_a_logon_but_a_tree_connect() {
    let site = site(true);
    let ride = |toward, index, frame: &mut Vec<u8>| {
        if toward != Toward::Server || index != 1 {
            return;
        }
        let utf16 =
            |text: &str| text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        let connect = [&[0, 0][..], &utf16("\\\\TESTSITE\\data"), b"?????\0"].concat();
        let make = [&[4, 0][..], &utf16("\\ridden")].concat();
        let mut andx = Header::LEN + 1;
        for (command, words, bytes) in [
            (Command::TREE_CONNECT_ANDX, &[0xff, 0, 0, 0, 0, 0, 1, 0][..], connect),
            (Command::CREATE_DIRECTORY, &[][..], make),
        ] {
            // Strings are at even places: WordCount, words, ByteCount and one byte are before their padding.
            frame.resize(frame.len().next_multiple_of(2) + 1, 0);
            let offset = u16::try_from(frame.len()).unwrap().to_le_bytes();
            frame[andx] = command.0;
            frame[andx + 2..andx + 4].copy_from_slice(&offset);
            andx = frame.len() + 1;
            frame.push(u8::try_from(words.len() / 2).unwrap());
            frame.extend_from_slice(words);
            frame.extend_from_slice(&u16::try_from(bytes.len()).unwrap().to_le_bytes());
            frame.extend_from_slice(&bytes);
        }
    };
    let proxy = Proxy::start(site.address, ride).unwrap();
    let options = Options { verify: false, ..options(Form::NtlmV2, Signing::Enabled) };
    let mut c = Connection::connect(proxy.address, options).unwrap();
    log_in(&mut c, Form::NtlmV2).ok();
    let (mut c, tree) = site.alice_smb1(Options::default()).unwrap();
    let there = c.on_path(tree, Command::CHECK_DIRECTORY, "\\ridden");
    assert_eq!(refused(there), NtStatus::OBJECT_NAME_NOT_FOUND);
}

#[test]
fn nothing_unsigned_leaves_a_server_that_requires_signing() {
    let site = site(true);
    let (unsigned, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (bad, all) = (unsigned.clone(), seen.clone());
    let watch = move |toward, _, frame: &mut Vec<u8>| {
        let header = Header::decode(&mut Reader::new(frame)).unwrap();
        let before = [Command::NEGOTIATE, Command::SESSION_SETUP_ANDX].contains(&header.command);
        if toward != Toward::Client || (before && header.status != 0) || header.command == Command::NEGOTIATE
        {
            return;
        }
        assert!(header.flags.contains(Flags::REPLY));
        all.fetch_add(1, Ordering::SeqCst);
        let signed = header.flags2.contains(Flags2::SECURITY_SIGNATURE) && header.security_features != [0; 8];
        bad.fetch_add(usize::from(!signed), Ordering::SeqCst);
    };
    let proxy = Proxy::start(site.address, watch).unwrap();
    let mut c = Connection::connect(proxy.address, options(Form::Spnego, Signing::Enabled)).unwrap();
    let scope = log_in(&mut c, Form::Spnego).unwrap();
    let tree = c.tree_connect(scope, "data").unwrap();
    assert_eq!(refused(c.tree_connect(scope, "nowhere")), NtStatus::BAD_NETWORK_NAME);
    let body = tree_connect("\\\\TESTSITE\\data");
    let request = Request::new(Command::TREE_CONNECT_ANDX, scope, &body);
    c.options_mut().verify = false;
    c.call(&request.clone().protection(Protection::Plain)).unwrap();
    c.call(&request.protection(Protection::SignedAs(SequenceNumber(1)))).unwrap();
    c.options_mut().verify = true;
    c.echo(b"x").unwrap();
    c.tree_disconnect(tree).unwrap();
    let session = c.sessions()[0].clone();
    c.logoff(&session).unwrap();
    assert_eq!((unsigned.load(Ordering::SeqCst), seen.load(Ordering::SeqCst)), (0, 8));
}

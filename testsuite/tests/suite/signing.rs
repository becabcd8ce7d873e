//! The policy that is written is the policy that runs (behaviours 3.2 to 3.6, CVE-2016-2114, CVE-2023-3347).

use crate::support::{protections, refused};
use lanward_client::{Connection, Create, Error, Options, Protection, Request, Scope, Tree};
use lanward_nt::fscc::CtlCode;
use lanward_nt::{AccessMask, Guid, NtStatus};
use lanward_server::ShareDefinition;
use lanward_smb2::messages::{
    Capabilities, CloseRequest, EchoRequest, IoctlFlags, IoctlRequest, NegotiateRequest, ReadRequest,
    SecurityMode, TreeConnectRequest, ValidateNegotiateInfoRequest,
};
use lanward_smb2::{Command, Dialect, FileId, HeaderFlags, TreeId, Utf16};
use lanward_testsuite::{ALICE, Plan, Site};
use lanward_vfs::MemVolume;
use lanward_wire::Encode as _;

fn root_open() -> Create<'static> {
    Create::open("", AccessMask::READ_ATTRIBUTES)
}

/// An unsigned, unsealed CREATE in a session that has keys.
fn unsigned_create(c: &mut Connection, tree: Tree) -> NtStatus {
    let body = root_open().request(&[]);
    c.call(&Request::new(Command::CREATE, tree, &body).protection(Protection::Plain)).unwrap().status()
}

#[test]
fn unsigned_requests_are_refused_where_either_side_requires_signing() {
    for (server, client) in [(false, false), (false, true), (true, false), (true, true)] {
        let site = Plan::default().zone(|z| z.signing_required = server).start().unwrap();
        for dialect in Dialect::ALL {
            let options = Options { verify: false, ..Options::only(dialect) };
            let (mut c, tree) = site.alice(if client { options.signed() } else { options }).unwrap();
            let required = c.negotiated().security_mode.contains(SecurityMode::SIGNING_REQUIRED);
            assert_eq!(required, server, "{dialect}");
            let expected = if server || client { NtStatus::ACCESS_DENIED } else { NtStatus::SUCCESS };
            assert_eq!(
                unsigned_create(&mut c, tree),
                expected,
                "{dialect}, server {server}, client {client}"
            );
            assert_eq!(site.counts().opens, usize::from(!(server || client)));
            drop(c);
            site.settles().unwrap();
        }
    }
}

#[test]
fn the_policy_is_read_when_it_is_used() {
    let site = Site::new().unwrap();
    for dialect in Dialect::ALL {
        let (mut c, tree) = site.alice(Options::only(dialect)).unwrap();
        assert_eq!(unsigned_create(&mut c, tree), NtStatus::SUCCESS);
        site.change_zone(|zone| zone.signing_required = true);
        assert_eq!(unsigned_create(&mut c, tree), NtStatus::ACCESS_DENIED, "{dialect}");
        site.change_zone(|zone| zone.signing_required = false);
        assert_eq!(unsigned_create(&mut c, tree), NtStatus::SUCCESS);
    }
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    site.change_zone(|zone| zone.encryption_required = true);
    assert_eq!(unsigned_create(&mut c, tree), NtStatus::ACCESS_DENIED);
}

#[test]
fn a_wrong_signature_is_refused() {
    let site = Site::new().unwrap();
    for dialect in Dialect::ALL {
        let (mut c, tree) = site.alice(Options { verify: false, ..Options::only(dialect).signed() }).unwrap();
        let body = root_open().request(&[]);
        let (mut message, ids) = c.compose(&[Request::new(Command::CREATE, tree, &body)]).unwrap();
        c.sign(tree.session, &mut message).unwrap();
        message[64 + 24] ^= 1;
        c.send_frame(&message).unwrap();
        assert_eq!(c.receive(ids[0]).unwrap().status(), NtStatus::ACCESS_DENIED, "{dialect}");
        assert_eq!(site.counts().opens, 0);
    }
}

#[test]
fn a_signed_negotiate_is_no_negotiate() {
    let site = Site::new().unwrap();
    let mut c = Connection::open(site.address, Options::default()).unwrap();
    let body = NegotiateRequest {
        security_mode: SecurityMode::SIGNING_ENABLED,
        capabilities: Capabilities::empty(),
        client_guid: Guid([1; 16]),
        dialects: vec![0x0210],
        contexts: Vec::new(),
    };
    let request = Request::new(Command::NEGOTIATE, Scope::default(), &body).flags(HeaderFlags::SIGNED);
    assert_eq!(c.call(&request).unwrap().status(), NtStatus::INVALID_PARAMETER);
}

#[test]
fn an_unsigned_tree_connect_ends_a_connection_of_3_1_1() {
    let site = Site::new().unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let path = lanward_client::utf16(r"\\server\data");
    let body = TreeConnectRequest { path: Utf16(&path), ..TreeConnectRequest::default() };
    let outcome = c.call(&Request::new(Command::TREE_CONNECT, session, &body).protection(Protection::Plain));
    assert!(outcome.is_err_and(|e| e.is_disconnect()));
    drop(c);
    site.settles().unwrap();
}

fn validate(c: &mut Connection, tree: Tree, seen: &ValidateNegotiateInfoRequest) -> Result<NtStatus, Error> {
    let input = seen.to_bytes();
    let body = IoctlRequest {
        ctl_code: CtlCode::VALIDATE_NEGOTIATE_INFO,
        file_id: FileId::RELATED,
        max_input_response: 0,
        max_output_response: 24,
        flags: IoctlFlags::IS_FSCTL,
        input: &input,
    };
    let request = Request::new(Command::IOCTL, tree, &body).protection(Protection::Signed);
    Ok(c.call(&request)?.status())
}

#[test]
fn what_was_negotiated_is_validated() {
    let site = Site::new().unwrap();
    for dialect in [Dialect::V2_1, Dialect::V3_0, Dialect::V3_0_2] {
        let truth = |c: &Connection| ValidateNegotiateInfoRequest {
            capabilities: if dialect.is_smb3() { c.options().capabilities } else { Capabilities::empty() },
            client_guid: c.negotiated().client_guid,
            security_mode: SecurityMode::SIGNING_ENABLED,
            dialects: vec![dialect.revision()],
        };
        let lies: [fn(&mut ValidateNegotiateInfoRequest); 4] = [
            |v| v.capabilities = Capabilities::DFS,
            |v| v.client_guid = Guid([9; 16]),
            |v| v.security_mode = SecurityMode::SIGNING_REQUIRED,
            |v| v.dialects.push(0x0311),
        ];
        for lie in lies {
            let (mut c, tree) = site.alice(Options::only(dialect)).unwrap();
            let mut seen = truth(&c);
            assert_eq!(validate(&mut c, tree, &seen).unwrap(), NtStatus::SUCCESS, "{dialect}");
            lie(&mut seen);
            assert!(validate(&mut c, tree, &seen).is_err_and(|e| e.is_disconnect()), "{dialect}");
        }
    }
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let seen = ValidateNegotiateInfoRequest {
        capabilities: Capabilities::empty(),
        client_guid: c.negotiated().client_guid,
        security_mode: SecurityMode::SIGNING_ENABLED,
        dialects: Dialect::ALL.iter().map(|d| d.revision()).collect(),
    };
    assert!(validate(&mut c, tree, &seen).is_err_and(|e| e.is_disconnect()), "3.1.1 needs no validation");
    drop(c);
    site.settles().unwrap();
}

/// Behaviour 3.4: in a session that requires signing no response leaves unsigned, whatever was wrong with the request.
#[test]
fn no_response_leaves_unsigned_where_signing_is_required() {
    let site = Plan::default().zone(|z| z.signing_required = true).start().unwrap();
    for dialect in Dialect::ALL {
        let (mut c, tree) = site.alice(Options { verify: false, ..Options::only(dialect).signed() }).unwrap();
        let file = FileId { persistent: 77, volatile: 77 };
        let nowhere = Scope { tree: TreeId(999), ..tree.into() };
        let close = CloseRequest { file_id: file, ..CloseRequest::default() };
        let read = ReadRequest { file_id: file, length: u32::MAX, ..ReadRequest::default() };
        let missing = lanward_client::utf16("missing");
        let create = Create::open("missing", AccessMask::READ_DATA);
        let create = create.request(&missing);
        let requests = [
            Request::new(Command::ECHO, tree.session, &EchoRequest),
            Request::new(Command::CLOSE, tree, &close),
            Request::new(Command::CLOSE, nowhere, &close),
            Request::new(Command::READ, tree, &read),
            Request::new(Command::CREATE, tree, &create),
            Request::new(Command(0x77), tree, &close),
            // A body of another command.
            Request::new(Command::CREATE, tree, &EchoRequest),
        ];
        for request in requests {
            let reply = c.call(&request).unwrap();
            let command = request.command;
            assert!(
                reply.header.flags.contains(HeaderFlags::SIGNED),
                "{dialect}: {command:?}: {}",
                reply.status()
            );
        }
        let compound = [
            Request::new(Command::CREATE, tree, &create),
            Request::new(Command::CLOSE, tree, &close).related(),
        ];
        for id in c.send_compound(&compound).unwrap() {
            let reply = c.receive(id).unwrap();
            assert!(
                reply.header.flags.contains(HeaderFlags::SIGNED),
                "{dialect}: in a compound: {}",
                reply.status()
            );
        }
    }
}

#[test]
fn sealed_sessions_answer_sealed_and_take_nothing_else() {
    let site = Plan::default().zone(|z| z.encryption_required = true).start().unwrap();
    for dialect in Dialect::ALL {
        let outcome = site.alice(Options::only(dialect));
        if !dialect.is_smb3() {
            assert!(outcome.is_err(), "{dialect} cannot encrypt");
            continue;
        }
        let (mut c, tree) = outcome.unwrap();
        let reply = c.call(&Request::new(Command::ECHO, tree.session, &EchoRequest)).unwrap();
        assert!(reply.sealed, "{dialect}");
        let body = root_open().request(&[]);
        let plain = Request::new(Command::CREATE, tree, &body).protection(Protection::Signed);
        assert_eq!(refused_unverified(&site, dialect, &plain), NtStatus::ACCESS_DENIED);
    }
}

fn refused_unverified(site: &Site, dialect: Dialect, request: &Request<'_>) -> NtStatus {
    let (mut c, tree) = site.alice(Options { verify: false, ..Options::only(dialect) }).unwrap();
    c.call(&Request { scope: tree.into(), ..*request }).unwrap().status()
}

#[test]
fn an_encrypting_share_takes_encrypted_requests_only() {
    let volume = MemVolume::new(|| lanward_nt::FileTime(1));
    let file_system = lanward_fsa::FileSystem::new(volume);
    let share = ShareDefinition { encrypt: true, ..ShareDefinition::disk("data", file_system, "data") };
    let site = Plan::default().define(share).start().unwrap();
    for (name, options) in protections() {
        let smb3 = options.dialects[0].is_smb3();
        let outcome = site.alice(Options { verify: false, ..options });
        if !smb3 {
            assert_eq!(refused(outcome), NtStatus::ACCESS_DENIED, "{name}");
            continue;
        }
        let (mut c, tree) = outcome.unwrap();
        assert!(tree.seal, "{name}");
        c.write_file(tree, "secret", b"x").unwrap();
        let opens = site.counts().opens;
        assert_eq!(unsigned_create(&mut c, tree), NtStatus::ACCESS_DENIED, "{name}");
        assert_eq!(site.counts().opens, opens);
    }
}

#[test]
fn what_a_domain_distributes_is_signed_or_sealed_whatever_the_zone_allows() {
    let files = lanward_fsa::FileSystem::new(MemVolume::new(|| lanward_nt::FileTime(1)));
    let share = |name| ShareDefinition::disk(name, files.clone(), name);
    let site = Plan::default()
        .zone(|z| {
            z.anonymous_allowed = true;
            z.null_sessions.shares = vec!["SYSVOL".into(), "NETLOGON".into()];
        })
        .define(share("SysVol"))
        .define(share("NETLOGON"));
    let site = site.start().unwrap();
    for (dialect, name) in Dialect::ALL.into_iter().flat_map(|d| [(d, "sysvol"), (d, "netlogon")]) {
        let options = Options { verify: false, ..Options::only(dialect) };
        let mut c = site.connect(options.clone()).unwrap();
        let session = c.login(ALICE.0, ALICE.1).unwrap();
        let outcome = c.tree_connect(session, name);
        if dialect.is_smb3() {
            let tree = outcome.unwrap();
            assert!(tree.seal, "{dialect}");
            c.write_file(tree, "gpt.ini", b"policy").unwrap();
            let body = root_open().request(&[]);
            for protection in [Protection::Plain, Protection::Signed] {
                let create = Request::new(Command::CREATE, tree, &body).protection(protection);
                assert_eq!(c.call(&create).unwrap().status(), NtStatus::ACCESS_DENIED, "{dialect}");
            }
        } else {
            assert_eq!(refused(outcome), NtStatus::ACCESS_DENIED, "{dialect}");
            let mut c = site.connect(options.signed()).unwrap();
            let session = c.login(ALICE.0, ALICE.1).unwrap();
            let tree = c.tree_connect(session, name).unwrap();
            c.write_file(tree, "gpt.ini", b"policy").unwrap();
            assert_eq!(unsigned_create(&mut c, tree), NtStatus::ACCESS_DENIED, "{dialect}");
        }
        let mut nobody = site.connect(Options { verify: false, ..Options::only(dialect) }).unwrap();
        let session = nobody.login_anonymous().unwrap();
        assert_eq!(refused(nobody.tree_connect(session, name)), NtStatus::ACCESS_DENIED, "{dialect}");
    }
}

#[test]
fn a_validation_without_room_for_its_answer_ends_the_connection() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::only(Dialect::V3_0_2)).unwrap();
    let truth = ValidateNegotiateInfoRequest {
        capabilities: c.options().capabilities,
        client_guid: c.negotiated().client_guid,
        security_mode: SecurityMode::SIGNING_ENABLED,
        dialects: vec![Dialect::V3_0_2.revision()],
    };
    assert_eq!(validate(&mut c, tree, &truth).unwrap(), NtStatus::SUCCESS);
    let input = truth.to_bytes();
    let body = IoctlRequest {
        ctl_code: CtlCode::VALIDATE_NEGOTIATE_INFO,
        file_id: FileId::RELATED,
        max_input_response: 0,
        max_output_response: 23,
        flags: IoctlFlags::IS_FSCTL,
        input: &input,
    };
    let request = Request::new(Command::IOCTL, tree, &body).protection(Protection::Signed);
    assert!(c.call(&request).is_err_and(|e| e.is_disconnect()));
}

//! Calls as they come over `\PIPE\LANMAN`, and the matrix of MS02-045: no answer passes either bound, whatever is asked.

use crate::tests::passwords::{let_lm_in, oem_change, with_lm_hashes};
use crate::tests::{server, session};
use lanward_auth::NtHash;
use lanward_nt::{FileTime, NtString, Sid};
use lanward_server::{
    BrowseEntry, BrowserRole, Document, LanmanRequest, LanmanResponse, MemorySpool, NetworkList, NewSession,
    NullSessions, PrinterDefinition, RestrictAnonymous, Server, Session, Settings, User, UserKind, Zone,
};
use lanward_smb1::Text;
use lanward_smb1::rap::{
    Descriptor, Field, Output, Parameter, RapRequest, RapResponse, opcode as op, structures, unpack,
};
use lanward_wire::{CodePage, Writer};
use std::sync::Arc;

const NOW: FileTime = FileTime(133_000_000_000_000_000);
const TEXT: Text = Text { unicode: false, code_page: CodePage::Cp437 };

/// An answer that has been read.
#[derive(Debug)]
struct Read {
    status: u16,
    outputs: Vec<Output>,
    rows: Vec<Vec<Field>>,
}

impl Read {
    fn word(&self, place: usize) -> u16 {
        match self.outputs[place] {
            Output::Word(value) => value,
            ref other => panic!("{other:?}"),
        }
    }

    fn names(&self) -> Vec<String> {
        self.rows.iter().map(|row| text(&row[0])).collect()
    }
}

fn text(field: &Field) -> String {
    match field {
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned(),
        Field::Text(string) => string.to_string_lossy(),
        other => panic!("{other:?}"),
    }
}

fn encoded(opcode: u16, descriptor: &str, data: &str, parameters: Vec<Parameter<'_>>) -> Vec<u8> {
    let request = RapRequest {
        opcode,
        parameter_descriptor: Descriptor::new(descriptor),
        data_descriptor: Descriptor::new(data),
        parameters,
        auxiliary_descriptor: Descriptor::default(),
    };
    let mut bytes = Vec::new();
    request.encode(&mut Writer::new(&mut bytes), TEXT);
    bytes
}

async fn raw(session: &Arc<Session>, parameters: &[u8], data: &[u8], bounds: (u32, u32)) -> LanmanResponse {
    let tree = session.tree_connect(&"IPC$".into()).unwrap();
    let (max_parameters, max_data) = bounds;
    let request = LanmanRequest { parameters, data, max_parameters, max_data, code_page: CodePage::Cp437 };
    let response = tree.lanman(request).await.unwrap();
    tree.close().await;
    response
}

/// Asks for structures of a descriptor with all the room there can be.
async fn ask(
    session: &Arc<Session>,
    opcode: u16,
    descriptor: &str,
    structure: Option<Descriptor<'static>>,
    parameters: Vec<Parameter<'_>>,
) -> Read {
    send(session, opcode, descriptor, structure, parameters, &[]).await
}

async fn send(
    session: &Arc<Session>,
    opcode: u16,
    descriptor: &str,
    structure: Option<Descriptor<'static>>,
    parameters: Vec<Parameter<'_>>,
    data: &[u8],
) -> Read {
    let structure = structure.unwrap_or_default();
    let described = String::from_utf8(structure.0.to_vec()).unwrap();
    let request = encoded(opcode, descriptor, &described, parameters);
    let response = raw(session, &request, data, (1024, 65_535)).await;
    let head = RapResponse::decode(&response.parameters, Descriptor::new(descriptor)).unwrap();
    let entries = match (descriptor.contains('e'), head.outputs.first()) {
        (true, Some(Output::Word(entries))) => *entries,
        _ => u16::from(!response.data.is_empty()),
    };
    let rows = unpack(structure, entries, head.converter, &response.data, CodePage::Cp437).unwrap();
    Read { status: head.status, outputs: head.outputs, rows }
}

fn level(level: u16) -> Vec<Parameter<'static>> {
    vec![Parameter::Word(level), Parameter::ReceiveLength(0xffff)]
}

fn named(name: &str, at: u16) -> Vec<Parameter<'static>> {
    std::iter::once(Parameter::Text(name.into())).chain(level(at)).collect()
}

fn servers(at: u16, kinds: u32) -> Vec<Parameter<'static>> {
    let mut parameters = level(at);
    parameters.extend([Parameter::Dword(kinds), Parameter::Null]);
    parameters
}

fn browse(server: &Server, role: BrowserRole) {
    let entry = |name: &str, server_type| BrowseEntry {
        name: name.into(),
        version: (10, 0),
        server_type,
        comment: "about it".into(),
    };
    let list = NetworkList {
        role,
        servers: vec![entry("ALPHA", 0x1003), entry("BETA", 0x2003), entry("TEST", 0x4_1003)],
        groups: vec![entry("GROUP", 0x8000_1000), entry("OTHERS", 0x8000_1000)],
    };
    server.browse_list().publish("10.0.0.1".parse().unwrap(), list);
}

fn nobody(server: &Arc<Server>, restrict: RestrictAnonymous) -> Arc<Session> {
    let null_sessions = NullSessions { restrict, pipes: vec!["x".into()], ..NullSessions::default() };
    let zone = Zone { anonymous_allowed: true, null_sessions, ..Zone::default() };
    server.replace_settings(Settings { default_zone: Arc::new(zone), ..Settings::default() });
    let addresses = ("10.0.0.1:445".parse().unwrap(), "10.0.0.3:999".parse().unwrap());
    let connection = server.admit_connection(addresses.0, addresses.1, NOW).unwrap();
    let new = NewSession {
        id: server.new_session_id(),
        user: User::anonymous(),
        client_name: NtString::default(),
        connection,
        expiry: None,
        now: NOW,
    };
    server.open_session(new).unwrap()
}

#[tokio::test]
async fn shares_at_every_level() {
    let server = server();
    let (admin, user) = (session(&server, true), session(&server, false));
    let short = ask(&user, op::SHARE_ENUM, "WrLeh", structures::share(0), level(0)).await;
    assert_eq!((short.status, short.names()), (0, vec!["data".into(), "IPC$".into(), "Zoo$".into()]));
    let shares = ask(&user, op::SHARE_ENUM, "WrLeh", structures::share(1), level(1)).await;
    let kinds: Vec<_> = shares.rows.iter().map(|row| (row[2].clone(), text(&row[3]))).collect();
    assert_eq!(kinds[0], (Field::Word(0), "things".into()));
    assert_eq!(kinds[1].0, Field::Word(3));
    // Where shares are is for administrators.
    assert_eq!(ask(&user, op::SHARE_ENUM, "WrLeh", structures::share(2), level(2)).await.status, 5);
    let full = ask(&admin, op::SHARE_ENUM, "WrLeh", structures::share(2), level(2)).await;
    assert_eq!((full.status, text(&full.rows[0][7])), (0, "C:\\srv\\data".into()));
    assert_eq!(full.rows[0][5], Field::Word(0xffff));
    assert_eq!(ask(&admin, op::SHARE_ENUM, "WrLeh", structures::share(1), level(3)).await.status, 124);
    let one = ask(&user, op::SHARE_GET_INFO, "zWrLh", structures::share(1), named("DATA", 1)).await;
    assert_eq!((one.status, one.word(0), one.names()), (0, 27, vec!["data".into()]));
    assert_eq!(ask(&user, op::SHARE_GET_INFO, "zWrLh", None, named("none", 1)).await.status, 2310);
    assert_eq!(ask(&user, op::SHARE_GET_INFO, "zWrLh", None, named("", 1)).await.status, 87);
    // Nothing else may be asked with the descriptor of another call.
    assert_eq!(ask(&user, op::SHARE_ENUM, "WrLh", None, level(1)).await.status, 87);
    assert_eq!(ask(&user, 0x7777, "WrLeh", None, level(1)).await.status, 2142);
}

#[tokio::test]
async fn shares_come_and_go() {
    let server = server();
    let (admin, user) = (session(&server, true), session(&server, false));
    let mut data = b"docs\0\0\0\0\0\0\0\0\0".to_vec();
    let mut w = Writer::new(&mut data);
    w.u8(0);
    w.u16(0);
    w.u32(40);
    w.bytes(&[0; 2]);
    w.u16(7);
    w.u16(0);
    w.u32(46);
    w.bytes(&[0; 10]);
    w.bytes(b"Notes\0/srv/docs\0");
    let add = || vec![Parameter::Word(2), Parameter::SendLength(56)];
    let structure = structures::share(2);
    assert_eq!(send(&user, op::SHARE_ADD, "WsT", structure, add(), &data).await.status, 5);
    assert_eq!(send(&admin, op::SHARE_ADD, "WsT", structure, add(), &data[..30]).await.status, 87);
    assert_eq!(send(&admin, op::SHARE_ADD, "WsT", structure, add(), &data).await.status, 0);
    let there = ask(&admin, op::SHARE_GET_INFO, "zWrLh", structure, named("docs", 2)).await;
    assert_eq!((text(&there.rows[0][3]), there.rows[0][5].clone()), ("Notes".into(), Field::Word(7)));
    assert_eq!(text(&there.rows[0][7]), "C:\\srv\\docs");
    let set = |member| {
        vec![
            Parameter::Text("docs".into()),
            Parameter::Word(2),
            Parameter::SendLength(5),
            Parameter::Member(member),
        ]
    };
    assert_eq!(send(&admin, op::SHARE_SET_INFO, "zWsTP", structure, set(4), b"Files\0").await.status, 0);
    assert_eq!(send(&admin, op::SHARE_SET_INFO, "zWsTP", structure, set(6), &[9, 0]).await.status, 0);
    assert_eq!(send(&admin, op::SHARE_SET_INFO, "zWsTP", structure, set(6), &[9]).await.status, 87);
    assert_eq!(send(&user, op::SHARE_SET_INFO, "zWsTP", structure, set(4), b"Mine\0").await.status, 5);
    let changed = server.find_share(&"docs".into()).unwrap();
    assert_eq!((changed.comment.to_string_lossy().as_str(), changed.max_uses), ("Files", Some(9)));
    let check = ask(&admin, op::SHARE_CHECK, "zh", None, vec![Parameter::Text("C:\\srv\\docs".into())]).await;
    assert_eq!((check.status, check.word(0)), (0, 0));
    let remove = || vec![Parameter::Text("docs".into()), Parameter::Word(0)];
    assert_eq!(ask(&user, op::SHARE_DEL, "zW", None, remove()).await.status, 5);
    assert_eq!(ask(&admin, op::SHARE_DEL, "zW", None, remove()).await.status, 0);
    assert_eq!(ask(&admin, op::SHARE_DEL, "zW", None, remove()).await.status, 2310);
}

#[tokio::test]
async fn the_server_and_its_time() {
    let server = server();
    let (admin, user) = (session(&server, true), session(&server, false));
    let info = ask(&user, op::SERVER_GET_INFO, "WrLh", structures::server(1), level(1)).await;
    assert_eq!((info.names(), text(&info.rows[0][4])), (vec!["TEST".into()], "A server".into()));
    let comment = || vec![Parameter::Word(1), Parameter::SendLength(4), Parameter::Member(5)];
    assert_eq!(send(&user, op::SERVER_SET_INFO, "WsTP", None, comment(), b"new\0").await.status, 5);
    let time =
        ask(&user, op::REMOTE_TOD, "rL", Some(structures::TIME_OF_DAY), vec![Parameter::ReceiveLength(64)])
            .await;
    let Field::Dword(seconds) = time.rows[0][0] else { panic!("{time:?}") };
    let Field::Byte(hours) = time.rows[0][2] else { panic!("{time:?}") };
    assert_eq!(u32::from(hours), seconds % 86_400 / 3600);
    let workstation = ask(&user, op::WKSTA_GET_INFO, "WrLh", structures::workstation(10), level(10)).await;
    assert_eq!(
        (text(&workstation.rows[0][0]), text(&workstation.rows[0][2])),
        ("TEST".into(), "GROUP".into())
    );
    assert_eq!(ask(&user, op::WKSTA_GET_INFO, "WrLh", None, level(1)).await.status, 124);
    assert_eq!(ask(&user, op::SERVICE_ENUM, "WrLeh", None, level(2)).await.status, 5);
    let services = ask(&admin, op::SERVICE_ENUM, "WrLeh", structures::service(2), level(2)).await;
    assert_eq!(
        (services.names(), text(&services.rows[0][4])),
        (vec!["LanmanServer".into()], "Server".into())
    );
}

#[tokio::test]
async fn servers_are_listed_by_kind() {
    let server = server();
    let user = session(&server, false);
    let list =
        async |kinds| ask(&user, op::SERVER_ENUM2, "WrLehDO", structures::server(1), servers(1, kinds)).await;
    assert_eq!(list(u32::MAX).await.status, 0x17e6, "without a browser there is no list");
    browse(&server, BrowserRole::Potential);
    assert_eq!(list(u32::MAX).await.status, 71, "a potential browser has none either");
    browse(&server, BrowserRole::Master);
    assert_eq!(list(u32::MAX).await.names(), ["ALPHA", "BETA", "TEST"]);
    assert_eq!(list(0x2000).await.names(), ["BETA"]);
    assert_eq!(list(0x4_0000 | 0x2000).await.names(), ["BETA", "TEST"]);
    assert_eq!(list(0x4000_0000).await.names(), ["ALPHA", "BETA", "TEST"]);
    assert_eq!(list(0x4000_1000).await.names(), ["ALPHA", "TEST"]);
    assert_eq!(list(0x8000_0000).await.names(), ["GROUP", "OTHERS"]);
    assert_eq!(list(0xc000_0000).await.names(), ["GROUP", "OTHERS"]);
    assert_eq!(list(0x8000_0001).await.status, 1);
    assert_eq!(list(0x8).await.status, 0x17e6);
    let of = |domain: &str, first: &str| {
        let mut parameters = level(0);
        parameters.extend([
            Parameter::Dword(u32::MAX),
            Parameter::Text(domain.into()),
            Parameter::Text(first.into()),
        ]);
        parameters
    };
    let enum3 = async |domain, first| {
        ask(&user, op::SERVER_ENUM3, "WrLehDzz", structures::server(0), of(domain, first)).await
    };
    assert_eq!(enum3("group", "").await.names(), ["ALPHA", "BETA", "TEST"]);
    assert_eq!(enum3("test", "").await.names(), ["ALPHA", "BETA", "TEST"], "where accounts log on to");
    assert_eq!(enum3("", "beta").await.names(), ["BETA", "TEST"]);
    assert_eq!(enum3("", "C").await.names(), ["TEST"]);
    assert_eq!(enum3("ELSEWHERE", "").await.status, 0x17e6);
    assert_eq!(enum3("SIXTEEN-LETTERS-", "").await.status, 87);
}

#[tokio::test]
async fn sessions_connections_and_files_are_for_administrators() {
    let server = server();
    let (admin, user) = (session(&server, true), session(&server, false));
    let disk = user.tree_connect(&"data".into()).unwrap();
    let sessions = ask(&admin, op::SESSION_ENUM, "WrLeh", structures::session(2), level(2)).await;
    assert_eq!(sessions.names(), ["10.0.0.2", "10.0.0.2"]);
    assert_eq!(text(&sessions.rows[0][1]), "alice");
    for client in ["10.0.0.2", "\\\\10.0.0.2"] {
        let one = ask(&admin, op::SESSION_GET_INFO, "zWrLh", structures::session(2), named(client, 2)).await;
        assert_eq!((one.status, one.names()), (0, vec!["10.0.0.2".into()]));
    }
    assert_eq!(ask(&admin, op::SESSION_GET_INFO, "zWrLh", None, named("10.9.9.9", 2)).await.status, 2312);
    let connections =
        ask(&admin, op::CONNECTION_ENUM, "zWrLeh", structures::connection(1), named("data", 1)).await;
    assert_eq!((connections.rows.len(), text(&connections.rows[0][6])), (1, "10.0.0.2".into()));
    disk.close().await;
    let files = |resume: &'static [u8]| {
        let mut parameters = vec![Parameter::Null, Parameter::Null];
        parameters.extend(level(3));
        parameters.push(Parameter::Bytes(resume));
        parameters
    };
    let pipe = crate::tests::Peer::bind(&user, "srvsvc", lanward_rpc::srvsvc::INTERFACE).await;
    let open = ask(&admin, op::FILE_ENUM2, "OOWrLehb8g8", structures::file(3), files(&[0; 8])).await;
    let Field::Dword(id) = open.rows[0][0] else { panic!("{open:?}") };
    assert_eq!((open.rows.len(), text(&open.rows[0][3])), (1, "\\PIPE\\srvsvc".into()));
    let Output::Bytes(resume) = open.outputs[2] else { panic!("{open:?}") };
    assert_eq!(resume[..4], id.to_le_bytes());
    let behind = files(resume.to_vec().leak());
    assert_eq!(ask(&admin, op::FILE_ENUM2, "OOWrLehb8g8", structures::file(3), behind).await.rows.len(), 0);
    let get = |id| vec![Parameter::Dword(id), Parameter::Word(3), Parameter::ReceiveLength(4096)];
    let one = ask(&admin, op::FILE_GET_INFO2, "DWrLh", structures::file(3), get(id)).await;
    assert_eq!((one.status, text(&one.rows[0][4])), (0, "alice".into()));
    assert_eq!(ask(&user, op::FILE_CLOSE2, "D", None, vec![Parameter::Dword(id)]).await.status, 5);
    assert_eq!(ask(&admin, op::FILE_CLOSE2, "D", None, vec![Parameter::Dword(id)]).await.status, 0);
    assert_eq!(ask(&admin, op::FILE_GET_INFO2, "DWrLh", None, get(id)).await.status, 2314);
    drop(pipe);
    for (opcode, descriptor, parameters) in [
        (op::SESSION_ENUM, "WrLeh", level(2)),
        (op::SESSION_GET_INFO, "zWrLh", named("10.0.0.2", 2)),
        (op::SESSION_DEL, "zW", vec![Parameter::Text("10.0.0.2".into()), Parameter::Word(0)]),
        (op::CONNECTION_ENUM, "zWrLeh", named("data", 1)),
        (op::FILE_ENUM2, "OOWrLehb8g8", files(&[0; 8])),
        (op::FILE_GET_INFO2, "DWrLh", get(id)),
    ] {
        assert_eq!(ask(&user, opcode, descriptor, None, parameters).await.status, 5, "{opcode:#x}");
    }
    let end = vec![Parameter::Text("10.0.0.2".into()), Parameter::Word(0)];
    assert_eq!(ask(&admin, op::SESSION_DEL, "zW", None, end).await.status, 0);
    assert!(server.sessions().is_empty());
}

#[tokio::test]
async fn accounts_and_groups() {
    let server = server();
    let (admin, user) = (session(&server, true), session(&server, false));
    let book = server.accounts();
    book.change(|draft| {
        let rid = draft.add_user("alice".into())?;
        draft.update_user(rid, |user| user.full_name = "Alice A.".into())?;
        draft.add_user("a name longer than there is room for".into())
    })
    .unwrap();
    for at in [0, 1, 2, 10, 11] {
        let one = ask(&user, op::USER_GET_INFO, "zWrLh", structures::user(at), named("ALICE", at)).await;
        assert_eq!((one.status, one.names()), (0, vec!["alice".into()]), "level {at}");
    }
    let full = ask(&user, op::USER_GET_INFO, "zWrLh", structures::user(11), named("alice", 11)).await;
    assert_eq!(text(&full.rows[0][4]), "Alice A.");
    assert_eq!(full.rows[0].last(), Some(&Field::Word(0)));
    assert_eq!(full.rows[0][18], Field::Word(168));
    assert_eq!(ask(&user, op::USER_GET_INFO, "zWrLh", None, named("bob", 0)).await.status, 2221);
    assert_eq!(ask(&user, op::USER_GET_INFO, "zWrLh", None, named("alice", 3)).await.status, 124);
    let users = ask(&user, op::USER_ENUM, "WrLeh", structures::user(0), level(0)).await;
    assert_eq!(users.names(), ["alice"], "a name that is cut would be another's");
    let mut data = b"friends".to_vec();
    data.resize(22, 0);
    data.extend_from_slice(&26_u32.to_le_bytes());
    data.extend_from_slice(b"All of them\0");
    let add = || vec![Parameter::Word(1), Parameter::SendLength(38)];
    assert_eq!(send(&user, op::GROUP_ADD, "WsT", structures::group(1), add(), &data).await.status, 5);
    assert_eq!(send(&admin, op::GROUP_ADD, "WsT", structures::group(1), add(), &data).await.status, 0);
    assert_eq!(send(&admin, op::GROUP_ADD, "WsT", structures::group(1), add(), &data).await.status, 2223);
    let pair = || vec![Parameter::Text("friends".into()), Parameter::Text("alice".into())];
    assert_eq!(ask(&admin, op::GROUP_ADD_USER, "zz", None, pair()).await.status, 0);
    assert_eq!(ask(&admin, op::GROUP_ADD_USER, "zz", None, pair()).await.status, 2236);
    let groups = ask(&user, op::GROUP_ENUM, "WrLeh", structures::group(1), level(1)).await;
    assert!(groups.rows.iter().any(|row| text(&row[0]) == "friends" && text(&row[2]) == "All of them"));
    let members = named("friends", 0);
    assert_eq!(
        ask(&user, op::GROUP_GET_USERS, "zWrLeh", Some(structures::MEMBER), members).await.names(),
        ["alice"]
    );
    let of = ask(&user, op::USER_GET_GROUPS, "zWrLeh", Some(structures::MEMBER), named("alice", 0)).await;
    assert!(of.names().contains(&"friends".into()));
    assert_eq!(ask(&admin, op::GROUP_DEL_USER, "zz", None, pair()).await.status, 0);
    let group = || vec![Parameter::Text("friends".into())];
    assert_eq!(ask(&admin, op::GROUP_DEL, "z", None, group()).await.status, 0);
    assert_eq!(ask(&admin, op::GROUP_DEL, "z", None, group()).await.status, 2220);
    let alice = || vec![Parameter::Text("alice".into())];
    assert_eq!(ask(&user, op::USER_DEL, "z", None, alice()).await.status, 5);
    assert_eq!(ask(&admin, op::USER_DEL, "z", None, alice()).await.status, 0);
    assert!(book.directory().user_named(&"alice".into()).is_none());
}

#[tokio::test]
async fn passwords_in_the_clear_are_for_zones_that_take_them() {
    let server = server();
    let (admin, user) = (session(&server, true), session(&server, false));
    let mut carol = b"carol".to_vec();
    carol.resize(22, 0);
    carol.extend_from_slice(b"Old secret 1\0\0\0\0");
    carol.resize(58, 0);
    let add = || vec![Parameter::Word(1), Parameter::SendLength(58), Parameter::Word(0), Parameter::Word(12)];
    let change = |old: &'static [u8; 16], new: &'static [u8; 16], encrypted| {
        vec![
            Parameter::Text("carol".into()),
            Parameter::Bytes(old),
            Parameter::Bytes(new),
            Parameter::Word(encrypted),
            Parameter::Word(12),
        ]
    };
    let (old, new) = (b"Old secret 1\0\0\0\0", b"New secret 2\0\0\0\0");
    let structure = structures::user(1);
    assert_eq!(send(&admin, op::USER_ADD2, "WsTWW", structure, add(), &carol).await.status, 5);
    let set =
        async |parameters| ask(&user, op::USER_PASSWORD_SET2, "zb16b16WW", None, parameters).await.status;
    assert_eq!(set(change(old, new, 0)).await, 5);
    let zone = Zone { plaintext: true, ..Zone::default() };
    server.replace_settings(Settings { default_zone: Arc::new(zone), ..Settings::default() });
    assert_eq!(send(&user, op::USER_ADD2, "WsTWW", structure, add(), &carol).await.status, 5);
    assert_eq!(send(&admin, op::USER_ADD2, "WsTWW", structure, add(), &carol).await.status, 0);
    assert_eq!(send(&admin, op::USER_ADD2, "WsTWW", structure, add(), &carol).await.status, 2224);
    let hash = || server.accounts().directory().user_named(&"carol".into()).unwrap().hash.clone();
    assert_eq!(hash(), Some(NtHash::of_password(&"Old secret 1".into())));
    assert_eq!(set(change(new, old, 0)).await, 5, "a wrong old password");
    assert_eq!(set(change(old, new, 1)).await, 87, "nothing is encrypted");
    assert_eq!(set(change(old, new, 0)).await, 0);
    assert_eq!(hash(), Some(NtHash::of_password(&"New secret 2".into())));
    let attempts =
        server.accounts().attempts(server.accounts().directory().user_named(&"carol".into()).unwrap());
    assert_eq!(attempts.bad_passwords, 1, "guesses count");
}

#[tokio::test]
async fn a_password_is_changed_by_its_lm_hash() {
    let server = server();
    with_lm_hashes(&server);
    let user = session(&server, false);
    let change = async |old: &[u8], new: &[u8]| {
        let (buffer, verifier) = oem_change(old, new);
        let (data, length) = ([&buffer[..], &verifier].concat(), Parameter::SendLength(532));
        let structure = Some(Descriptor::new("B516B16"));
        let parameters = vec![Parameter::Text("carol".into()), length];
        send(&user, op::OEM_CHANGE_PASSWORD, "zsT", structure, parameters, &data).await.status
    };
    assert_eq!(change(b"old one", b"New secret").await, 50, "not in this zone");
    let_lm_in(&server);
    assert_eq!(change(b"another", b"New secret").await, 5);
    assert_eq!(change(b"old one", b"New secret").await, 0);
    let directory = server.accounts().directory();
    let carol = directory.user_named(&"carol".into()).unwrap();
    assert_eq!(carol.hash, Some(NtHash::of_password(&"New secret".into())));
    assert!(carol.lm_hash.is_some(), "her client could not log on again");
    let structure = Some(Descriptor::new("B516B16"));
    let parameters = vec![Parameter::Text("carol".into()), Parameter::SendLength(100)];
    let short = send(&user, op::OEM_CHANGE_PASSWORD, "zsT", structure, parameters, &[0; 100]).await;
    assert_eq!(short.status, 87);
}

#[tokio::test]
async fn where_there_are_no_printers_nothing_prints() {
    let server = server();
    let user = session(&server, false);
    for at in 0..=5 {
        let queues = ask(&user, op::PRINT_Q_ENUM, "WrLeh", structures::print_queue(at), level(at)).await;
        assert_eq!((queues.status, queues.word(0), queues.word(1)), (0, 0, 0));
    }
    assert_eq!(ask(&user, op::PRINT_Q_ENUM, "WrLeh", None, level(6)).await.status, 124);
    assert_eq!(ask(&user, op::PRINT_Q_GET_INFO, "zWrLh", None, named("laser", 0)).await.status, 2150);
    assert_eq!(ask(&user, op::PRINT_Q_GET_INFO, "zWrLh", None, named("", 0)).await.status, 87);
    for opcode in [op::PRINT_JOB_DELETE, op::PRINT_JOB_PAUSE, op::PRINT_JOB_CONTINUE] {
        assert_eq!(ask(&user, opcode, "W", None, vec![Parameter::Word(3)]).await.status, 2151);
    }
}

/// A session of somebody else than [`session`] gives.
fn session_of(server: &Arc<Server>, name: &str, rid: u32) -> Arc<Session> {
    let addresses = ("10.0.0.1:139".parse().unwrap(), "10.0.0.3:999".parse().unwrap());
    let connection = server.admit_connection(addresses.0, addresses.1, NOW).unwrap();
    let sid = Sid::new(5, &[21, 1, 2, 3, rid]);
    let user = User { name: name.into(), kind: UserKind::Named, sid, ..User::anonymous() };
    let id = server.new_session_id();
    let client_name = NtString::default();
    server.open_session(NewSession { id, user, client_name, connection, expiry: None, now: NOW }).unwrap()
}

#[tokio::test]
async fn what_prints_is_seen_and_managed() {
    let server = server();
    server.attach_spool(Arc::new(MemorySpool::default())).unwrap();
    for name in ["laser", "a printer with a long name"] {
        let comment = "second floor".into();
        server.replace_printer(PrinterDefinition { comment, ..PrinterDefinition::named(name) }).unwrap();
    }
    let (user, admin, bob) =
        (session(&server, false), session(&server, true), session_of(&server, "bob", 1001));
    let by = user.tree_connect(&"IPC$".into()).unwrap().requester().unwrap();
    let document = Document { name: "report.ps".into(), ..Document::default() };
    let writer = server.start_document(&by, &"laser".into(), document).await.unwrap();
    writer.append(b"%!PS").await.unwrap();
    writer.end().await.unwrap();

    // Names of more than 12 characters are listed where they have room only.
    for (at, count) in [(0, 1), (1, 1), (3, 2), (5, 2)] {
        let queues = ask(&user, op::PRINT_Q_ENUM, "WrLeh", structures::print_queue(at), level(at)).await;
        assert_eq!((queues.status, queues.word(0), queues.word(1)), (0, count, count), "{at}");
        assert!(queues.names().contains(&"laser".to_owned()));
    }
    let queue = structures::print_queue(2);
    let told = ask(&user, op::PRINT_Q_GET_INFO, "zWrLh", queue, named("LASER", 2)).await;
    assert_eq!(
        (told.status, text(&told.rows[0][0]), text(&told.rows[0][9])),
        (0, "laser".into(), "second floor".into())
    );
    assert_eq!(
        (&told.rows[0][10], &told.rows[0][11]),
        (&Field::Word(0), &Field::Word(1)),
        "active, with a job"
    );

    let jobs = ask(&user, op::PRINT_JOB_ENUM, "zWrLeh", structures::print_job(1), named("laser", 1)).await;
    let job = &jobs.rows[0];
    assert_eq!((jobs.word(0), &job[0], text(&job[1])), (1, &Field::Word(1), "alice".into()));
    assert_eq!(
        (text(&job[4]), &job[6], &job[7], text(&job[11])),
        ("RAW".into(), &Field::Word(1), &Field::Word(0), "report.ps".into())
    );
    let about = |at| std::iter::once(Parameter::Word(1)).chain(level(at)).collect();
    let job = ask(&user, op::PRINT_JOB_GET_INFO, "WWrLh", structures::print_job(3), about(3)).await;
    assert_eq!((text(&job.rows[0][2]), text(&job.rows[0][8])), ("alice".into(), "report.ps".into()));
    assert_eq!(ask(&user, op::PRINT_JOB_GET_INFO, "WWrLh", None, about(4)).await.status, 124);

    let control = async |who, opcode| ask(who, opcode, "W", None, vec![Parameter::Word(1)]).await.status;
    for opcode in [op::PRINT_JOB_PAUSE, op::PRINT_JOB_CONTINUE, op::PRINT_JOB_DELETE] {
        assert_eq!(control(&bob, opcode).await, 5, "another's job");
    }
    assert_eq!(control(&user, op::PRINT_JOB_PAUSE).await, 0);
    let job = ask(&user, op::PRINT_JOB_GET_INFO, "WWrLh", structures::print_job(1), about(1)).await;
    assert_eq!(job.rows[0][7], Field::Word(1), "paused");
    assert_eq!(control(&user, op::PRINT_JOB_CONTINUE).await, 0);
    let parameters =
        vec![Parameter::Word(1), Parameter::Word(1), Parameter::SendLength(8), Parameter::Member(11)];
    let named_anew =
        send(&user, op::PRINT_JOB_SET_INFO, "WWsTP", structures::print_job(1), parameters, b"renamed\0")
            .await;
    assert_eq!(named_anew.status, 0);
    assert_eq!(server.print_job(&by, writer.id()).unwrap().document, "renamed".into());

    let queue =
        async |who, opcode| ask(who, opcode, "z", None, vec![Parameter::Text("laser".into())]).await.status;
    for opcode in [op::PRINT_Q_PAUSE, op::PRINT_Q_CONTINUE, op::PRINT_Q_PURGE] {
        assert_eq!(queue(&user, opcode).await, 5, "a user");
    }
    assert_eq!(queue(&admin, op::PRINT_Q_PAUSE).await, 0);
    let told = ask(&user, op::PRINT_Q_GET_INFO, "zWrLh", structures::print_queue(1), named("laser", 1)).await;
    assert_eq!(told.rows[0][10], Field::Word(1), "paused");
    let destinations =
        ask(&user, op::PRINT_DEST_ENUM, "WrLeh", structures::print_destination(3), level(3)).await;
    assert_eq!(destinations.names(), ["a printer with a long name", "laser"]);
    assert_eq!(control(&user, op::PRINT_JOB_DELETE).await, 0);
    assert_eq!(control(&user, op::PRINT_JOB_DELETE).await, 2151);
}

#[tokio::test]
async fn only_ones_own_session_logs_on() {
    let server = server();
    server.accounts().change(|draft| draft.add_user("alice".into())).unwrap();
    let connection = server
        .admit_connection("10.0.0.1:139".parse().unwrap(), "10.0.0.2:999".parse().unwrap(), NOW)
        .unwrap();
    let user = User { name: "alice".into(), kind: UserKind::Named, sid: Sid::users(), ..User::anonymous() };
    let id = server.new_session_id();
    let new = NewSession { id, user, client_name: "PC1".into(), connection, expiry: None, now: NOW };
    let session = server.open_session(new).unwrap();
    let mut who = [0; 54];
    who[..5].copy_from_slice(b"ALICE");
    who[38..41].copy_from_slice(b"pc1");
    let on = async |who: &[u8], at| {
        let parameters = vec![
            Parameter::Null,
            Parameter::Null,
            Parameter::Word(at),
            Parameter::Bytes(who),
            Parameter::Word(54),
            Parameter::ReceiveLength(512),
        ];
        ask(&session, op::WKSTA_USER_LOGON, "OOWb54WrLh", structures::logon(1), parameters).await
    };
    let answer = on(&who, 1).await;
    assert_eq!(
        (answer.status, text(&answer.rows[0][1]), text(&answer.rows[0][14])),
        (0, "alice".into(), "PC1".into())
    );
    assert_eq!(on(&who, 2).await.status, 124);
    who[38..41].copy_from_slice(b"pc2");
    assert_eq!(on(&who, 1).await.status, 5, "another computer");
    who[38..41].copy_from_slice(b"pc1");
    who[0] = b'B';
    assert_eq!(on(&who, 1).await.status, 5, "another user");
}

#[tokio::test]
async fn permissions_are_those_of_the_share() {
    let server = server();
    let (admin, user) = (session(&server, true), session(&server, false));
    let of = |name: &str, path: &str| vec![Parameter::Text(name.into()), Parameter::Text(path.into())];
    let own = ask(&user, op::ACCESS_GET_USER_PERMS, "zzh", None, of("alice", "C:\\srv\\data\\x")).await;
    assert_eq!((own.status, own.word(0)), (0, 0x7f));
    assert_eq!(ask(&user, op::ACCESS_GET_USER_PERMS, "zzh", None, of("alice", "C:\\srv")).await.status, 2222);
    assert_eq!(
        ask(&user, op::ACCESS_GET_USER_PERMS, "zzh", None, of("bob", "C:\\srv\\data")).await.status,
        5
    );
    assert_eq!(
        ask(&admin, op::ACCESS_GET_USER_PERMS, "zzh", None, of("bob", "C:\\srv\\data")).await.status,
        2221
    );
}

/// Behaviours 1.13 and 1.27.
#[tokio::test]
async fn what_nobody_may_list() {
    use RestrictAnonymous::{AllButGranted, Enumeration, Nothing};
    for (restrict, status) in [(Nothing, 0), (Enumeration, 5), (AllButGranted, 5)] {
        let server = server();
        let nobody = nobody(&server, restrict);
        browse(&server, BrowserRole::Master);
        let shares = ask(&nobody, op::SHARE_ENUM, "WrLeh", structures::share(1), level(1)).await;
        let listed =
            ask(&nobody, op::SERVER_ENUM2, "WrLehDO", structures::server(1), servers(1, u32::MAX)).await;
        assert_eq!((shares.status, listed.status), (status, status), "{restrict:?}");
        assert_eq!(ask(&nobody, op::SHARE_ENUM, "WrLeh", None, level(2)).await.status, 5);
        for (opcode, descriptor, parameters) in [
            (op::USER_ENUM, "WrLeh", level(0)),
            (op::USER_GET_INFO, "zWrLh", named("alice", 0)),
            (op::GROUP_ENUM, "WrLeh", level(0)),
            (op::SESSION_ENUM, "WrLeh", level(2)),
        ] {
            assert_eq!(ask(&nobody, opcode, descriptor, None, parameters).await.status, 5, "{opcode:#x}");
        }
        let info = ask(&nobody, op::SERVER_GET_INFO, "WrLh", structures::server(1), level(1)).await;
        assert_eq!(info.status, status, "no pipe is open to it");
    }
}

/// MS02-045 (CVE-2002-0724): whatever a client takes, no more comes, and what comes makes sense.
#[tokio::test]
async fn no_answer_passes_either_bound() {
    let server = server();
    browse(&server, BrowserRole::Master);
    let user = session(&server, true);
    let nobody = nobody(&server, RestrictAnonymous::Nothing);
    for (opcode, descriptor, levels) in [
        (op::SHARE_ENUM, "WrLeh", 0..=3),
        (op::SERVER_ENUM2, "WrLehDO", 0..=2),
        (op::SERVER_ENUM3, "WrLehDzz", 0..=2),
    ] {
        for at in levels {
            let structure =
                if opcode == op::SHARE_ENUM { structures::share(at) } else { structures::server(at) };
            let request = |receive: u16| {
                let mut parameters = vec![Parameter::Word(at), Parameter::ReceiveLength(receive)];
                if opcode != op::SHARE_ENUM {
                    parameters.push(Parameter::Dword(u32::MAX));
                }
                if opcode == op::SERVER_ENUM3 {
                    parameters
                        .extend([Parameter::Text(NtString::default()), Parameter::Text(NtString::default())]);
                }
                encoded(opcode, descriptor, "", parameters)
            };
            let exact = raw(&user, &request(0xffff), &[], (8, 0xffff)).await.data.len() as u32;
            let bounds = [0, 1, 2, 3, 7, 8, 13, 20, exact.saturating_sub(1), exact, 65_535];
            for who in [&user, &nobody] {
                for (max_parameters, max_data, receive) in bounds
                    .into_iter()
                    .flat_map(|a| bounds.map(|b| (a, b)))
                    .flat_map(|(a, b)| bounds.map(|c| (a, b, c)))
                {
                    let receive = u16::try_from(receive).unwrap();
                    let response = raw(who, &request(receive), &[], (max_parameters, max_data)).await;
                    check(&response, (max_parameters, max_data, receive), descriptor, structure, exact);
                }
            }
        }
    }
    assert_eq!(ask(&user, op::SHARE_ENUM, "WrLeh", structures::share(1), level(1)).await.status, 0);
}

fn check(
    response: &LanmanResponse,
    (max_parameters, max_data, receive): (u32, u32, u16),
    descriptor: &str,
    structure: Option<Descriptor<'_>>,
    exact: u32,
) {
    let (parameters, data) = (response.parameters.len() as u32, response.data.len() as u32);
    assert_eq!(parameters, max_parameters.min(8));
    assert!(data <= max_data && data <= u32::from(receive), "{data} bytes for {max_data} and {receive}");
    if parameters < 8 {
        assert_eq!(data, 0, "there is nothing to tell of them");
        return;
    }
    let head = RapResponse::decode(&response.parameters, Descriptor::new(descriptor)).unwrap();
    let [Output::Word(entries), Output::Word(available)] = head.outputs[..] else { panic!("{head:?}") };
    let Some(structure) = structure else {
        assert_eq!((head.status, data), (124, 0));
        return;
    };
    let rows = unpack(structure, entries, head.converter, &response.data, CodePage::Cp437).unwrap();
    assert_eq!(rows.len(), usize::from(entries));
    match head.status {
        0 => assert_eq!((entries, data), (available, exact)),
        234 => assert!(entries > 0 && data > 0 && data < exact),
        2123 => assert!(entries == 0 && data == 0 && available > 0),
        // Level 2 of shares, for nobody.
        5 => assert_eq!((entries, available, data), (0, 0, 0)),
        other => panic!("{other}"),
    }
}

/// Requests that are cut off anywhere, or lie about themselves, are refused, and the next one is answered.
#[tokio::test]
async fn lies_are_refused() {
    let server = server();
    let user = session(&server, true);
    let whole = encoded(op::SHARE_ENUM, "WrLeh", "B13BWz", level(1));
    for end in 0..whole.len() {
        let response = raw(&user, &whole[..end], &[], (8, 4096)).await;
        assert_eq!((response.parameters.get(..2), response.data.len()), (Some(&[87, 0][..]), 0), "{end}");
    }
    for descriptor in ["", "WrLehh", "zzzzzzzzzz", "b65535", "WWWWW", "\u{7f}", "WrLeh "] {
        let response =
            raw(&user, &encoded(op::SHARE_ENUM, descriptor, "B13", level(0)), &[], (64, 4096)).await;
        assert_eq!(response.parameters.get(..2), Some(&[87, 0][..]), "{descriptor}");
    }
    let lies = [&whole[..], &[0xff; 4096]].concat();
    assert_eq!(
        raw(&user, &lies, &[0xff; 4096], (8, 4096)).await.parameters[..2],
        [0, 0],
        "what follows is nothing"
    );
}

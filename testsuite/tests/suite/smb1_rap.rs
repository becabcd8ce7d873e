//! The Remote Administration Protocol in transactions of SMB1, and MS02-045 (CVE-2002-0724): whatever is asked, in whatever parts and with whatever
//! bounds, the answer is within them, and the next request is answered (behaviours 4.7 and 4.8).

use lanward_client::smb1::{Answer, Connection, Options, Part, Transact, Tree};
use lanward_nt::NtStatus;
use lanward_server::{BrowseEntry, BrowserRole, NetworkList, NullSessions, RestrictAnonymous};
use lanward_smb1::rap::{
    Descriptor, Field, Output, Parameter, RapRequest, RapResponse, opcode as op, structures, unpack,
};
use lanward_smb1::{Command, Dialect, Text};
use lanward_testsuite::{ALICE, Plan, Site};
use lanward_wire::{CodePage, Writer};
use std::time::Duration;

const OEM: Text = Text { unicode: false, code_page: CodePage::Cp437 };

/// Everything a client of those years may be, in a zone of its own; and a list of servers.
fn site() -> Site {
    let null_sessions = NullSessions { restrict: RestrictAnonymous::Nothing, ..NullSessions::default() };
    let site = Plan::default()
        .zone(|zone| {
            zone.min_dialect = Dialect::NtLm.number();
            zone.signing_required = false;
            zone.anonymous_allowed = true;
            zone.null_sessions = null_sessions;
        })
        .start()
        .unwrap();
    let entry = |name: &str| BrowseEntry {
        name: name.into(),
        version: (10, 0),
        server_type: 0x9003,
        comment: "what it is for".into(),
    };
    let servers = ["ALPHA", "BETA", "GAMMA"].map(entry).to_vec();
    let list = NetworkList { role: BrowserRole::Master, servers, groups: vec![entry("GROUP")] };
    site.server.browse_list().publish(site.address.ip(), list);
    site
}

fn connect(site: &Site, user: Option<(&str, &str)>) -> (Connection, Tree) {
    let options = Options::default().timeout(Duration::from_secs(10));
    let mut c = Connection::connect(site.address, options).unwrap();
    let session = match user {
        Some((user, password)) => c.login(user, password).unwrap(),
        None => c.login_anonymous().unwrap(),
    };
    let tree = c.tree_connect(&session, "IPC$").unwrap();
    (c, tree)
}

fn lanman(parameters: Vec<u8>, max_parameters: u32, max_data: u32) -> Transact<'static> {
    Transact {
        command: Command::TRANSACTION,
        name: "\\PIPE\\LANMAN",
        parameters,
        max_parameters,
        max_data,
        ..Transact::default()
    }
}

/// An enumeration, its ParamDesc, and the structures it answers with.
fn enumeration(
    opcode: u16,
    level: u16,
    receive: u16,
) -> (Vec<u8>, &'static str, Option<Descriptor<'static>>) {
    let mut parameters = vec![Parameter::Word(level), Parameter::ReceiveLength(receive)];
    let (descriptor, structure) = match opcode {
        op::SHARE_ENUM => ("WrLeh", structures::share(level)),
        op::SERVER_ENUM2 => ("WrLehDz", structures::server(level)),
        _ => ("WrLehDzz", structures::server(level)),
    };
    if opcode != op::SHARE_ENUM {
        parameters.extend([Parameter::Dword(u32::MAX), Parameter::Text("".into())]);
    }
    if opcode == op::SERVER_ENUM3 {
        parameters.push(Parameter::Text("".into()));
    }
    (encoded(opcode, descriptor, structure, parameters), descriptor, structure)
}

fn encoded(
    opcode: u16,
    descriptor: &str,
    data: Option<Descriptor<'_>>,
    parameters: Vec<Parameter<'_>>,
) -> Vec<u8> {
    let request = RapRequest {
        opcode,
        parameter_descriptor: Descriptor::new(descriptor),
        data_descriptor: data.unwrap_or_default(),
        parameters,
        auxiliary_descriptor: Descriptor::default(),
    };
    let mut bytes = Vec::new();
    request.encode(&mut Writer::new(&mut bytes), OEM);
    bytes
}

/// Names in the first field of what came.
fn names(answer: &Answer, descriptor: &str, structure: Descriptor<'_>) -> Vec<String> {
    let head = RapResponse::decode(&answer.parameters, Descriptor::new(descriptor)).unwrap();
    assert_eq!(head.status, 0);
    let Output::Word(entries) = head.outputs[0] else { panic!("{head:?}") };
    let rows = unpack(structure, entries, head.converter, &answer.data, CodePage::Cp437).unwrap();
    let name = |row: Vec<Field>| match &row[0] {
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned(),
        other => panic!("{other:?}"),
    };
    rows.into_iter().map(name).collect()
}

/// The next request on the same connection.
fn still_answers(c: &mut Connection, tree: Tree) {
    let (request, descriptor, structure) = enumeration(op::SHARE_ENUM, 0, 0xffff);
    let answer = c.transact(tree, &lanman(request, 8, 0xffff)).unwrap();
    assert_eq!(names(&answer, descriptor, structure.unwrap()), ["data", "IPC$"]);
}

#[test]
fn no_answer_passes_either_bound_over_the_wire() {
    let site = site();
    for user in [None, Some(ALICE)] {
        let (mut c, tree) = connect(&site, user);
        for opcode in [op::SHARE_ENUM, op::SERVER_ENUM2, op::SERVER_ENUM3] {
            for level in 0..=2 {
                let (whole, ..) = enumeration(opcode, level, 0xffff);
                let exact = c.transact(tree, &lanman(whole, 8, 0xffff)).unwrap().data.len() as u32;
                let bounds = [0, 1, 2, 3, 7, 8, exact.saturating_sub(1), exact, 65_535];
                for (max_parameters, max_data) in bounds.into_iter().flat_map(|a| bounds.map(|b| (a, b))) {
                    for receive in [0, 20, exact, 0xffff] {
                        let receive = u16::try_from(receive).unwrap();
                        let (request, descriptor, structure) = enumeration(opcode, level, receive);
                        let answer = c.transact(tree, &lanman(request, max_parameters, max_data)).unwrap();
                        check(&answer, (max_parameters, max_data, receive), descriptor, structure, exact);
                    }
                }
            }
        }
        still_answers(&mut c, tree);
    }
}

fn check(
    answer: &Answer,
    (max_parameters, max_data, receive): (u32, u32, u16),
    descriptor: &str,
    structure: Option<Descriptor<'_>>,
    exact: u32,
) {
    let (parameters, data) = (answer.parameters.len() as u32, answer.data.len() as u32);
    assert_eq!((answer.status, parameters), (NtStatus::SUCCESS, max_parameters.min(8)));
    assert!(data <= max_data.min(receive.into()), "{data} bytes for {max_data} and {receive}");
    if parameters < 8 {
        assert_eq!(data, 0, "there is nothing to tell of them");
        return;
    }
    let head = RapResponse::decode(&answer.parameters, Descriptor::new(descriptor)).unwrap();
    let [Output::Word(entries), Output::Word(available)] = head.outputs[..] else { panic!("{head:?}") };
    match (head.status, structure) {
        (124, None) | (5, _) => assert_eq!((entries, data), (0, 0)),
        (0, Some(_)) => assert_eq!((entries, data), (available, exact)),
        (234, Some(structure)) => {
            assert!(entries > 0 && data < exact);
            unpack(structure, entries, head.converter, &answer.data, CodePage::Cp437).unwrap();
        }
        (2123, Some(_)) => assert!(entries == 0 && data == 0 && available > 0),
        (status, _) => panic!("{status}"),
    }
}

#[test]
fn requests_come_in_parts() {
    let site = site();
    let (mut c, tree) = connect(&site, Some(ALICE));
    for piece in [1, 3, 7, 16, 64] {
        let (request, descriptor, structure) = enumeration(op::SERVER_ENUM3, 1, 0xffff);
        let answer = c.transact(tree, &lanman(request, 8, 0xffff).piece(piece)).unwrap();
        assert_eq!(names(&answer, descriptor, structure.unwrap()), ["ALPHA", "BETA", "GAMMA"], "{piece}");
    }
}

#[test]
fn lies_about_length_and_descriptor_are_refused_and_the_next_request_is_answered() {
    let site = site();
    for user in [None, Some(ALICE)] {
        let (mut c, tree) = connect(&site, user);
        let (request, ..) = enumeration(op::SHARE_ENUM, 1, 4096);
        // Cut anywhere, with and without what the counts promise.
        for end in 0..request.len() {
            let answer = c.transact(tree, &lanman(request[..end].to_vec(), 8, 4096)).unwrap();
            assert_eq!((answer.parameters.get(..2), answer.data.len()), (Some(&[87, 0][..]), 0), "{end}");
        }
        for descriptor in ["", "WrLehh", "zzzzzzzzzz", "b65535", "WWWWW", "\u{7f}"] {
            let lie =
                encoded(op::SHARE_ENUM, descriptor, None, vec![Parameter::Word(1), Parameter::Word(4096)]);
            let answer = c.transact(tree, &lanman(lie, 8, 4096)).unwrap();
            assert_eq!(answer.parameters.get(..2), Some(&[87, 0][..]), "{descriptor}");
        }
        let unknown = encoded(0x7777, "WrLeh", None, vec![Parameter::Word(1), Parameter::Word(4096)]);
        let answer = c.transact(tree, &lanman(unknown, 8, 4096)).unwrap();
        assert_eq!(answer.parameters.get(..2), Some(&2142_u16.to_le_bytes()[..]));
        still_answers(&mut c, tree);
    }
}

#[test]
fn what_promises_more_than_it_sends_is_no_request_yet() {
    let site = site();
    let (mut c, tree) = connect(&site, Some(ALICE));
    let (request, descriptor, structure) = enumeration(op::SHARE_ENUM, 0, 4096);
    let call = lanman(request.clone(), 8, 4096);
    let part = Part { total_parameters: request.len() as u32 + 9, parameters: &request, ..Part::default() };
    let ticket = c.send_first(tree, &call, &part).unwrap();
    // The server says that it waits for the rest, and meanwhile answers others.
    c.receive(ticket).unwrap().check(&[]).unwrap();
    still_answers(&mut c, tree);
    // The rest is nothing but nine bytes that mean nothing.
    let rest = Part {
        total_parameters: request.len() as u32 + 9,
        parameter_displacement: request.len() as u32,
        parameters: &[0; 9],
        ..Part::default()
    };
    c.send_part(tree, &call, ticket, &rest).unwrap();
    let answer = c.receive_transact(Command::TRANSACTION, ticket).unwrap();
    assert_eq!(names(&answer, descriptor, structure.unwrap()), ["data", "IPC$"]);
}

#[test]
fn every_tree_answers_and_nobody_is_told_what_only_administrators_may_know() {
    let site = site();
    let (mut c, tree) = connect(&site, Some(ALICE));
    let session = c.sessions()[0].clone();
    let disk = c.tree_connect(&session, "data").unwrap();
    // [MS-CIFS] 3.3.5.57.1: the name alone decides.
    for tree in [disk, tree] {
        still_answers(&mut c, tree);
    }
    let (mut nobody, tree) = connect(&site, None);
    for (opcode, descriptor) in
        [(op::SESSION_ENUM, "WrLeh"), (op::USER_ENUM, "WrLeh"), (op::GROUP_ENUM, "WrLeh")]
    {
        let parameters = vec![Parameter::Word(0), Parameter::ReceiveLength(4096)];
        let answer =
            nobody.transact(tree, &lanman(encoded(opcode, descriptor, None, parameters), 8, 4096)).unwrap();
        assert_eq!((answer.parameters.get(..2), answer.data.len()), (Some(&[5, 0][..]), 0), "{opcode:#x}");
    }
    still_answers(&mut nobody, tree);
}

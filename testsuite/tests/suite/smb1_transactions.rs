//! Transactions of SMB1 over the wire: how they are put together, and that no answer is larger than its client takes.

use crate::support::pattern;
use lanward_client::smb1::{Connection, Create, Options, Part, Ticket, Transact, Tree};
use lanward_client::{Error, Result};
use lanward_nt::{AccessMask, NtStatus};
use lanward_smb1::messages::TransactionFlags;
use lanward_smb1::subcommands::{
    FindFirst2Request, FindFirst2Response, FindFlags, FindLevel, FindNext2Request, FindNext2Response,
    NotifyChangeSetup, NtTransactCode, Parameters, QueryFsLevel, QueryFsRequest, QueryLevel,
    QueryPathRequest, SecurityDescRequest, SetFileRequest, SetLevel, SetPathRequest, Trans2Code, TransCode,
};
use lanward_smb1::{Command, Dialect, SmbFileAttributes, Text};
use lanward_testsuite::{ALICE, Plan, Site};
use lanward_wire::Writer;
use std::time::Duration;

/// STATUS_INVALID_SMB
const INVALID_SMB: NtStatus = NtStatus(0x0001_0002);
const DIRECTORIES_TOO: SmbFileAttributes = SmbFileAttributes::from_bits_retain(0x16);

/// A server in whose only zone SMB1 exists.
fn site() -> Site {
    Plan::default().zone(|zone| zone.min_dialect = Dialect::NtLm.number()).start().unwrap()
}

fn alice(site: &Site, options: Options) -> (Connection, Tree) {
    let mut c = Connection::connect(site.address, options.timeout(Duration::from_secs(10))).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(&session, "data").unwrap();
    (c, tree)
}

#[track_caller]
fn refused<T: std::fmt::Debug>(outcome: Result<T>) -> NtStatus {
    let error: Error = outcome.expect_err("the server let it pass");
    error.status().unwrap_or_else(|| panic!("no status: {error}"))
}

fn first(pattern: &str, level: FindLevel, search_count: u16, flags: FindFlags) -> FindFirst2Request {
    FindFirst2Request {
        search_attributes: DIRECTORIES_TOO,
        search_count,
        flags,
        information_level: level,
        search_storage_type: 0,
        file_name: pattern.into(),
    }
}

fn query_path(c: &Connection, level: QueryLevel, name: &str) -> Transact<'static> {
    let request = QueryPathRequest { information_level: level, reserved: 0, file_name: name.into() };
    Transact::trans2(Trans2Code::QUERY_PATH_INFORMATION).parameters(&request, c.text())
}

fn set_path(c: &Connection, level: SetLevel, name: &str, data: &[u8]) -> Transact<'static> {
    let request = SetPathRequest { information_level: level, reserved: 0, file_name: name.into() };
    Transact::trans2(Trans2Code::SET_PATH_INFORMATION).parameters(&request, c.text()).data(data)
}

/// Names and resume keys of SMB_FIND_FILE_NAMES_INFO.
fn names(data: &[u8]) -> Vec<(u32, String)> {
    let number = |at: usize| u32::from_le_bytes(data[at..at + 4].try_into().unwrap());
    let (mut at, mut all) = (0, Vec::new());
    loop {
        let length = number(at + 8) as usize;
        let name = lanward_nt::NtString::from_utf16le(&data[at + 12..at + 12 + length]);
        all.push((number(at + 4), name.to_string()));
        if number(at) == 0 {
            return all;
        }
        at += number(at) as usize;
    }
}

#[test]
fn a_search_goes_on_by_name_by_key_and_where_it_was() {
    let site = site();
    let (mut c, tree) = alice(&site, Options::default());
    let mut expected: Vec<String> = (0..23).map(|n| format!("file number {n:02}.txt")).collect();
    for name in &expected {
        c.write_file(tree, &format!("\\{name}"), b"x").unwrap();
    }
    expected.extend([".".into(), "..".into()]);
    expected.sort();
    let text = c.text();
    for (by_name, by_key) in [(false, false), (true, false), (false, true)] {
        let request = first("\\*", FindLevel::NAMES, 5, FindFlags::CLOSE_AT_EOS);
        let call = Transact::trans2(Trans2Code::FIND_FIRST2).parameters(&request, text);
        let answer = c.transact(tree, &call).unwrap();
        let began = FindFirst2Response::decode(&answer.parameters, text).unwrap();
        let mut found = names(&answer.data);
        assert_eq!(usize::from(began.search_count), found.len());
        let mut end = began.end_of_search != 0;
        while !end {
            let (key, name) = found.last().unwrap().clone();
            let here = if by_name || by_key { FindFlags::empty() } else { FindFlags::CONTINUE_FROM_LAST };
            let request = FindNext2Request {
                sid: began.sid,
                search_count: 4,
                information_level: FindLevel::NAMES,
                resume_key: if by_key { key } else { 0 },
                flags: FindFlags::CLOSE_AT_EOS | here,
                file_name: if by_name { name.as_str().into() } else { "".into() },
            };
            let call = Transact::trans2(Trans2Code::FIND_NEXT2).parameters(&request, text);
            let answer = c.transact(tree, &call).unwrap();
            let next = FindNext2Response::decode(&answer.parameters, text).unwrap();
            end = next.end_of_search != 0;
            if next.search_count > 0 {
                found.extend(names(&answer.data));
            }
        }
        let mut found: Vec<_> = found.into_iter().map(|(_, name)| name).collect();
        found.sort();
        assert_eq!(found, expected);
        let gone = FindNext2Request { sid: began.sid, search_count: 1, ..FindNext2Request::default() };
        let call = Transact::trans2(Trans2Code::FIND_NEXT2).parameters(&gone, text);
        assert_eq!(refused(c.transact(tree, &call)), NtStatus::INVALID_HANDLE, "it was closed at its end");
    }
    assert_eq!(site.counts().opens, 0);
}

#[test]
fn searches_go_back_to_where_the_client_says() {
    let site = site();
    let (mut c, tree) = alice(&site, Options::default());
    for n in 0..9 {
        c.write_file(tree, &format!("\\{n}"), b"").unwrap();
    }
    let text = c.text();
    let call = Transact::trans2(Trans2Code::FIND_FIRST2)
        .parameters(&first("\\*", FindLevel::NAMES, 20, FindFlags::empty()), text);
    let answer = c.transact(tree, &call).unwrap();
    let sid = FindFirst2Response::decode(&answer.parameters, text).unwrap().sid;
    let all = names(&answer.data);
    let next = |c: &mut Connection, name: &str, resume_key: u32| {
        let request = FindNext2Request {
            sid,
            search_count: 20,
            information_level: FindLevel::NAMES,
            resume_key,
            flags: FindFlags::empty(),
            file_name: name.into(),
        };
        let call = Transact::trans2(Trans2Code::FIND_NEXT2).parameters(&request, c.text());
        c.transact(tree, &call).map(|answer| names(&answer.data))
    };
    assert_eq!(next(&mut c, &all[3].1, 0).unwrap(), all[4..]);
    assert_eq!(next(&mut c, "", all[5].0).unwrap(), all[6..]);
    assert_eq!(site.counts().opens, 1);
    c.process_exit(tree, 0x1234).unwrap();
    assert_eq!(site.counts().opens, 0, "a search ends with its process");
}

/// Every level and every subcommand that answers with data.
fn calls(c: &mut Connection, tree: Tree) -> Vec<Transact<'static>> {
    let text = c.text();
    let mut all = Vec::new();
    for level in [1, 2, 3, 0x101, 0x102, 0x103, 0x104, 0x105, 0x106].map(FindLevel) {
        let flags = FindFlags::RETURN_RESUME_KEYS | FindFlags::CLOSE_AFTER_REQUEST;
        let call = Transact::trans2(Trans2Code::FIND_FIRST2).data(&[4, 0, 0, 0]);
        all.push(call.parameters(&first("\\*", level, 100, flags), text));
    }
    let paths =
        [1, 2, 4, 6, 0x101, 0x102, 0x103, 0x104, 0x107, 0x108, 0x109, 0x10b, 1004, 1018, 1022, 1034, 1035];
    all.extend(paths.map(|level| query_path(c, QueryLevel(level), "\\a longer name.txt")));
    for level in [1, 2, 0x102, 0x103, 0x104, 0x105, 1001, 1003, 1005, 1007].map(QueryFsLevel) {
        let request = QueryFsRequest { information_level: level };
        all.push(Transact::trans2(Trans2Code::QUERY_FS_INFORMATION).parameters(&request, text));
    }
    let access = AccessMask::READ_CONTROL | AccessMask::READ_ATTRIBUTES;
    let file = c.create(tree, &Create::open("\\a longer name.txt", access)).unwrap();
    let request = SecurityDescRequest { fid: file.id, reserved: [0; 2], security_information: 7 };
    all.push(Transact::nt(NtTransactCode::QUERY_SECURITY_DESC).parameters(&request, text));
    all
}

#[test]
fn no_answer_is_larger_than_its_client_takes() {
    let site = site();
    for unicode in [true, false] {
        let (mut c, tree) = alice(&site, Options { unicode, ..Options::default() });
        c.write_file(tree, "\\a longer name.txt", &pattern(1000)).unwrap();
        c.write_file(tree, "\\another.txt", b"").unwrap();
        for call in calls(&mut c, tree) {
            let whole = c.transact(tree, &call).unwrap_or_else(|e| panic!("{call:?}: {e}"));
            let longest = u32::try_from(whole.data.len()).unwrap();
            for max_data in
                [0, 1, 2, 3, 4, 12, 13, 22, 23, 40, 63, 64, 94, 95, longest.saturating_sub(1), longest]
            {
                for max_parameters in [0, 1, 2, 9, 10, 100] {
                    let bounded = call.clone().bounds(max_parameters, max_data);
                    let outcome = c.transact(tree, &bounded);
                    if let Ok(answer) = &outcome {
                        assert!(answer.parameters.len() <= max_parameters as usize, "{bounded:?}");
                        assert!(answer.data.len() <= max_data as usize, "{bounded:?}");
                    }
                    if max_data == longest && max_parameters == 100 {
                        assert_eq!(outcome.unwrap().data.len(), whole.data.len(), "what fits is told");
                    }
                }
            }
            assert_eq!(c.echo(b"still here").unwrap(), b"still here");
        }
    }
}

#[test]
fn long_answers_come_in_messages_that_the_client_can_take() {
    let site = site();
    let small = Options { max_buffer_size: 1024, ..Options::default() };
    let (mut c, tree) = alice(&site, small);
    for n in 0..60 {
        c.write_file(tree, &format!("\\a name that is a little longer {n:03}"), b"").unwrap();
    }
    let request = first("\\*", FindLevel::BOTH_DIRECTORY, 100, FindFlags::CLOSE_AFTER_REQUEST);
    let call = Transact::trans2(Trans2Code::FIND_FIRST2).parameters(&request, c.text());
    let answer = c.transact(tree, &call).unwrap();
    assert_eq!(FindFirst2Response::decode(&answer.parameters, c.text()).unwrap().search_count, 62);
    assert!(answer.messages > answer.data.len() / 1024, "{} messages", answer.messages);
    let ticket = c.send_transact(tree, &call).unwrap();
    let reply = c.receive(ticket).unwrap();
    assert!(reply.message().len() <= 1024, "{}", reply.message().len());
}

/// The first part of a call in two parts: parameters without their last byte.
fn begin<'a>(c: &mut Connection, tree: Tree, call: &'a Transact<'_>) -> (Ticket, Part<'a>) {
    let (total, split) = (call.parameters.len(), call.parameters.len() - 1);
    let total_parameters = u32::try_from(total).unwrap();
    let part = Part { total_parameters, parameters: &call.parameters[..split], ..Part::default() };
    let ticket = c.send_first(tree, call, &part).unwrap();
    assert_eq!(c.receive(ticket).unwrap().status(), NtStatus::SUCCESS, "the server waits for the rest");
    let displacement = u32::try_from(split).unwrap();
    (ticket, Part { parameter_displacement: displacement, parameters: &call.parameters[split..], ..part })
}

#[test]
fn further_parts_belong_to_their_own_request() {
    let site = site();
    let (mut c, tree) = alice(&site, Options::default());
    c.write_file(tree, "\\a", b"abc").unwrap();
    let call = query_path(&c, QueryLevel::FILE_STANDARD, "\\a");
    let whole = c.transact(tree, &call).unwrap();
    let (ticket, rest) = begin(&mut c, tree, &call);
    // A part of an NT_TRANSACT is none of a TRANSACTION2, whatever else is the same.
    let other = Transact { command: Command::NT_TRANSACT, ..call.clone() };
    c.send_part(tree, &other, ticket, &rest).unwrap();
    assert_eq!(c.receive(ticket).unwrap().status(), INVALID_SMB);
    let nobodys = Ticket { multiplex_id: ticket.multiplex_id + 7, ..ticket };
    c.send_part(tree, &call, nobodys, &rest).unwrap();
    assert_eq!(c.receive(nobodys).unwrap().status(), INVALID_SMB);
    c.send_part(tree, &call, ticket, &rest).unwrap();
    let answer = c.receive_transact(call.command, ticket).unwrap();
    assert_eq!((answer.parameters, answer.data), (whole.parameters, whole.data));
}

#[test]
fn lies_about_counts_end_a_transaction_and_nothing_else() {
    let site = site();
    let (mut c, tree) = alice(&site, Options::default());
    c.write_file(tree, "\\a", b"abc").unwrap();
    let call = query_path(&c, QueryLevel::FILE_STANDARD, "\\a");
    for (displacement, data_displacement) in [(u32::from(u16::MAX), 0), (0, u32::from(u16::MAX)), (9, 9)] {
        let (ticket, rest) = begin(&mut c, tree, &call);
        let lie = Part {
            parameter_displacement: displacement,
            data_displacement,
            parameters: &call.parameters,
            data: &call.parameters,
            ..rest
        };
        c.send_part(tree, &call, ticket, &lie).unwrap();
        assert_eq!(c.receive(ticket).unwrap().status(), INVALID_SMB);
        c.send_part(tree, &call, ticket, &rest).unwrap();
        assert_eq!(c.receive(ticket).unwrap().status(), INVALID_SMB, "it is over");
        assert!(c.transact(tree, &call).is_ok());
    }
    let huge = Part { total_parameters: u32::from(u16::MAX), total_data: u32::MAX, ..Part::default() };
    let nt = Transact::nt(NtTransactCode::IOCTL);
    let ticket = c.send_first(tree, &nt, &huge).unwrap();
    assert_eq!(c.receive(ticket).unwrap().status(), NtStatus::INSUFF_SERVER_RESOURCES);
    assert!(c.transact(tree, &call).is_ok());
}

#[test]
fn a_transaction_may_want_no_answer_or_its_tree_disconnected() {
    let site = site();
    let (mut c, tree) = alice(&site, Options::default());
    c.write_file(tree, "\\a", b"abc").unwrap();
    let delete = set_path(&c, SetLevel::DISPOSITION, "\\a", &[1]);
    let silent = Transact { flags: TransactionFlags::NO_RESPONSE, ..delete };
    c.send_transact(tree, &silent).unwrap();
    let query = query_path(&c, QueryLevel::FILE_STANDARD, "\\a");
    assert_eq!(refused(c.transact(tree, &query)), NtStatus::OBJECT_NAME_NOT_FOUND);
    let last = query_path(&c, QueryLevel::FILE_STANDARD, "\\");
    let last = Transact { flags: TransactionFlags::DISCONNECT_TID, ..last };
    assert!(c.transact(tree, &last).is_ok());
    assert_eq!(site.counts().trees, 0);
}

#[test]
fn information_is_set_by_path_and_by_handle() {
    let site = site();
    let (mut c, tree) = alice(&site, Options::default());
    c.write_file(tree, "\\a", &pattern(100)).unwrap();
    let standard = |c: &mut Connection, name: &str| {
        let call = query_path(c, QueryLevel::FILE_STANDARD, name);
        c.transact(tree, &call).map(|answer| u64::from_le_bytes(answer.data[8..16].try_into().unwrap()))
    };
    let call = set_path(&c, SetLevel::END_OF_FILE, "\\a", &7u64.to_le_bytes());
    assert_eq!(refused(c.transact(tree, &call)), NtStatus::INVALID_LEVEL, "that one is for handles");
    let call = set_path(&c, SetLevel(1020), "\\a", &7u64.to_le_bytes());
    c.transact(tree, &call).unwrap();
    assert_eq!(standard(&mut c, "\\a").unwrap(), 7);
    // FileRenameInformation, which has a root directory of 32 bits here, and a name in the same directory.
    let file = c.create(tree, &Create::open("\\a", AccessMask::DELETE)).unwrap();
    let mut rename = vec![0; 8];
    rename.extend(2u32.to_le_bytes());
    rename.extend([b'b', 0]);
    let request = SetFileRequest { fid: file.id, information_level: SetLevel(1010), reserved: 0 };
    let call =
        Transact::trans2(Trans2Code::SET_FILE_INFORMATION).parameters(&request, c.text()).data(&rename);
    c.transact(tree, &call).unwrap();
    c.close(file).unwrap();
    assert_eq!(refused(standard(&mut c, "\\a")), NtStatus::OBJECT_NAME_NOT_FOUND);
    assert_eq!(standard(&mut c, "\\b").unwrap(), 7);
    // An extended attribute, there and back.
    let list = [15, 0, 0, 0, 0, 3, 3, 0, b'K', b'E', b'Y', 0, 1, 2, 3];
    let call = set_path(&c, SetLevel::SET_EAS, "\\b", &list);
    c.transact(tree, &call).unwrap();
    let call = query_path(&c, QueryLevel::QUERY_ALL_EAS, "\\b");
    assert_eq!(c.transact(tree, &call).unwrap().data, list);
    for level in [0, 5, 0x110, 0x200, 0x20b, 999, 1200] {
        let call = query_path(&c, QueryLevel(level), "\\b");
        assert_eq!(refused(c.transact(tree, &call)), NtStatus::INVALID_LEVEL, "{level:#x}");
    }
    assert_eq!(site.counts().opens, 0, "what is opened for one request is closed with it");
}

#[test]
fn changes_are_told_and_can_be_waited_for_no_longer() {
    let site = site();
    let (mut c, tree) = alice(&site, Options::default());
    let access = AccessMask::READ_DATA | AccessMask::READ_ATTRIBUTES;
    let directory = c.create(tree, &Create::open("\\", access)).unwrap();
    let setup = NotifyChangeSetup { completion_filter: 3, fid: directory.id, watch_tree: 1, reserved: 0 };
    let mut bytes = Vec::new();
    setup.encode(&mut Writer::new(&mut bytes), Text::default());
    let setup = bytes.chunks(2).map(|word| u16::from_le_bytes([word[0], word[1]])).collect();
    let call = Transact { setup, ..Transact::nt(NtTransactCode::NOTIFY_CHANGE) };
    let ticket = c.send_transact(tree, &call).unwrap();
    c.write_file(tree, "\\new", b"").unwrap();
    let answer = c.receive_transact(call.command, ticket).unwrap();
    assert_eq!(answer.parameters[4..12], [1, 0, 0, 0, 6, 0, 0, 0]);
    assert_eq!(answer.parameters[12..18], [b'n', 0, b'e', 0, b'w', 0]);
    let ticket = c.send_transact(tree, &call).unwrap();
    c.cancel(tree, ticket).unwrap();
    assert_eq!(refused(c.receive_transact(call.command, ticket)), NtStatus::CANCELLED);
    assert_eq!(c.echo(b"x").unwrap(), b"x");
}

#[test]
fn pipes_are_talked_to() {
    let site = site();
    let (mut c, tree) = alice(&site, Options::default());
    let session = c.sessions()[0].clone();
    let ipc = c.tree_connect(&session, "IPC$").unwrap();
    let access = AccessMask::READ_DATA | AccessMask::WRITE_DATA;
    let pipe = c.create(ipc, &Create::open("\\srvsvc", access)).unwrap();
    let state = |c: &mut Connection| {
        let call = Transact::on_pipe("\\PIPE\\", TransCode::QUERY_NMPIPE_STATE, pipe.id);
        c.transact(ipc, &call).unwrap().parameters
    };
    assert_eq!(state(&mut c), [0xff, 0x05]);
    let mut call = Transact::on_pipe("\\PIPE\\", TransCode::SET_NMPIPE_STATE, pipe.id);
    call.parameters = vec![0, 0x80];
    c.transact(ipc, &call).unwrap();
    assert_eq!(state(&mut c), [0xff, 0x84]);
    let read = Transact::on_pipe("\\PIPE\\", TransCode::READ_NMPIPE, pipe.id);
    assert_eq!(refused(c.transact(ipc, &read)), NtStatus::PIPE_EMPTY, "nobody waits in this mode");
    let call = Transact::on_pipe("\\PIPE\\", TransCode::PEEK_NMPIPE, pipe.id);
    assert_eq!(c.transact(ipc, &call).unwrap().parameters, [0, 0, 0, 0, 3, 0]);
    for (name, status) in [("\\PIPE\\srvsvc", None), ("\\PIPE\\none", Some(NtStatus::OBJECT_NAME_NOT_FOUND))]
    {
        let wait = Transact::on_pipe(name, TransCode::WAIT_NMPIPE, 0);
        assert_eq!(c.transact(ipc, &wait).err().and_then(|e| e.status()), status, "{name}");
    }
    // Neither is there a pipe on a disk, nor a mailslot that nobody made.
    let wait = Transact::on_pipe("\\PIPE\\srvsvc", TransCode::WAIT_NMPIPE, 0);
    assert_eq!(refused(c.transact(tree, &wait)), NtStatus::INVALID_DEVICE_REQUEST);
    let slot = Transact::on_pipe("\\MAILSLOT\\none", TransCode::SET_NMPIPE_STATE, 0);
    assert_eq!(refused(c.transact(ipc, &slot)), NtStatus::OBJECT_NAME_NOT_FOUND);
}

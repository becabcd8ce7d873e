//! The catalogue of attacks, as far as SMB2 can express them, where a recording in `corpus/` cannot say it: what needs a running
//! conversation, a right signature or a look at the server's lists. After each the next client is served and nothing is left.

use crate::support::{pattern, protections, refused};
use lanward_client::{Connection, Create, Error, File, Options, Request, Tree, utf16};
use lanward_nt::fscc::CtlCode;
use lanward_nt::{AccessMask, FileTime, NtStatus};
use lanward_server::ShareDefinition;
use lanward_smb2::messages::{
    CloseRequest, CreateDisposition, EchoRequest, InfoType, IoctlFlags, IoctlRequest, IoctlResponse,
    LogoffRequest, QueryDirectoryFlags, QueryDirectoryRequest, QueryDirectoryResponse, QueryInfoRequest,
    QueryInfoResponse, ReadRequest, TreeDisconnectRequest, WriteRequest,
};
use lanward_smb2::{Command, Dialect, FileId, Header, MessageId, Utf16};
use lanward_testsuite::{Counts, Plan, Site};
use lanward_vfs::MemVolume;
use std::time::Duration;

/// The next client is served, and nothing is left of those before.
#[track_caller]
fn unharmed(site: &Site) {
    let (mut next, tree) = site.alice(Options::default()).unwrap();
    next.write_file(tree, "next", b"served").unwrap();
    assert_eq!(next.read_file(tree, "next").unwrap(), b"served");
    drop(next);
    site.settles().unwrap();
}

fn query_info(file: File, info_type: InfoType, class: u8, max: u32) -> QueryInfoRequest<'static> {
    QueryInfoRequest {
        info_type,
        file_info_class: class,
        output_buffer_length: max,
        additional_information: 7,
        file_id: file.id,
        ..QueryInfoRequest::default()
    }
}

/// Behaviour 4.10, C1 and C2: no reply is longer than what was asked for, whatever that was.
#[test]
fn c02_no_information_is_longer_than_asked() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let file = c.create(tree, &Create::new_file("a rather long name.txt")).unwrap().file;
    let mut answered = 0;
    for info_type in [InfoType::FILE, InfoType::FILESYSTEM, InfoType::SECURITY] {
        for class in 0..80 {
            let mut ask = |max: u32| {
                let body = query_info(file, info_type, class, max);
                let reply = c.call(&Request::new(Command::QUERY_INFO, file, &body).payload(65_536)).unwrap();
                let overflow = reply.status() == NtStatus::BUFFER_OVERFLOW;
                (reply.status() == NtStatus::SUCCESS || overflow)
                    .then(|| reply.decode::<QueryInfoResponse<'_>>().unwrap().output.len())
            };
            let Some(whole) = ask(65_536) else { continue };
            answered += 1;
            let exact = u32::try_from(whole).unwrap();
            assert_eq!(ask(exact), Some(whole), "{info_type:?} {class}: what it needs is enough");
            for max in (0..exact).chain([exact + 1]) {
                let length = ask(max).unwrap_or(0);
                assert!(
                    length <= max as usize,
                    "{info_type:?} {class}: {length} bytes where {max} were asked for"
                );
            }
        }
    }
    assert!(answered >= 20, "only {answered} classes are answered");
    drop(c);
    unharmed(&site);
}

#[test]
fn c02_no_listing_is_longer_than_asked() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    for name in ["one", "two", "a much longer name than the others.txt"] {
        c.touch(tree, &Create::new_file(name)).unwrap();
    }
    let root = c.create(tree, &Create::directory("")).unwrap().file;
    let pattern = utf16("*");
    for class in [1, 2, 3, 12, 37, 38] {
        for max in (0..700).step_by(3) {
            let body = QueryDirectoryRequest {
                file_information_class: class,
                flags: QueryDirectoryFlags::RESTART_SCANS,
                file_index: 0,
                file_id: root.id,
                output_buffer_length: max,
                file_name: Utf16(&pattern),
            };
            let reply = c.call(&Request::new(Command::QUERY_DIRECTORY, root, &body)).unwrap();
            if reply.status() == NtStatus::SUCCESS {
                let length = reply.decode::<QueryDirectoryResponse<'_>>().unwrap().output.len();
                assert!(
                    (1..=max as usize).contains(&length),
                    "class {class}: {length} bytes where {max} were asked for"
                );
            }
        }
    }
    drop(c);
    unharmed(&site);
}

#[test]
fn c02_no_control_answers_longer_than_asked() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let file = c.create(tree, &Create::new_file("f")).unwrap().file;
    c.write(file, 0, &pattern(100)).unwrap();
    let range = [0u64.to_le_bytes(), u64::MAX.wrapping_shr(1).to_le_bytes()].concat();
    let codes = [
        CtlCode::QUERY_NETWORK_INTERFACE_INFO,
        CtlCode::QUERY_ALLOCATED_RANGES,
        CtlCode::SRV_REQUEST_RESUME_KEY,
        CtlCode::CREATE_OR_GET_OBJECT_ID,
        CtlCode::GET_COMPRESSION,
        CtlCode::SRV_ENUMERATE_SNAPSHOTS,
        CtlCode::GET_INTEGRITY_INFORMATION,
    ];
    for code in codes {
        for max in 0..200 {
            let body = IoctlRequest {
                ctl_code: code,
                file_id: if code == CtlCode::QUERY_NETWORK_INTERFACE_INFO {
                    FileId::RELATED
                } else {
                    file.id
                },
                max_input_response: 0,
                max_output_response: max,
                flags: IoctlFlags::IS_FSCTL,
                input: &range,
            };
            let reply = c.call(&Request::new(Command::IOCTL, tree, &body)).unwrap();
            if !reply.status().is_error() {
                let length = reply.decode::<IoctlResponse<'_>>().unwrap().output.len();
                assert!(length <= max as usize, "{code:?}: {length} bytes where {max} were asked for");
            }
        }
    }
    drop(c);
    unharmed(&site);
}

#[test]
fn c05_process_id_high_is_ignored() {
    // CVE-2009-3103: every value of the reserved field is the same to the server.
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    for value in [0x26u32, 0x26 << 16, 0xffff_ffff] {
        let (mut message, ids) =
            c.compose(&[Request::new(Command::ECHO, tree.session, &EchoRequest)]).unwrap();
        message[32..36].copy_from_slice(&value.to_le_bytes());
        c.send_frame(&message).unwrap();
        assert_eq!(c.receive(ids[0]).unwrap().status(), NtStatus::SUCCESS);
    }
    drop(c);
    unharmed(&site);
}

#[test]
fn c08_pipe_names_are_keys_and_no_paths() {
    // CVE-2017-7494, CVE-2023-3961
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let ipc = c.tree_connect(tree.session, "IPC$").unwrap();
    let names = [
        "/tmp/evil.so",
        "..\\..\\run\\socket",
        "../../run/socket",
        "np\\..\\x",
        "nothing",
        "\\\\.\\pipe\\x",
        "a/b",
        "",
        "\u{0}",
    ];
    for name in names {
        let create = Create::open(name, AccessMask::GENERIC_READ);
        let status = refused(c.create(ipc, &create));
        let expected =
            [NtStatus::OBJECT_NAME_NOT_FOUND, NtStatus::OBJECT_NAME_INVALID, NtStatus::INVALID_PARAMETER];
        assert!(expected.contains(&status), "{name:?}: {status}");
    }
    assert_eq!(site.counts().opens, 0);
    drop(c);
    unharmed(&site);
}

/// C11: requests of another connection that race with the end of the session they use.
#[test]
fn c11_nothing_is_served_to_a_session_that_is_gone() {
    let site = Plan { workers: 2, ..Plan::default() }.start().unwrap();
    for (name, options) in protections() {
        let (mut c, tree) = site.alice(Options { verify: false, ..options }).unwrap();
        let file =
            c.create(tree, &Create::new_file("f").disposition(CreateDisposition::OPEN_IF)).unwrap().file;
        let ids: Vec<MessageId> = (0..20).map(|n| c.send_write(file, n * 100, &[1; 100]).unwrap()).collect();
        let server = site.server.clone();
        let closer = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(server.close_session(tree.session.0));
        });
        let gone = [
            NtStatus::SUCCESS,
            NtStatus::USER_SESSION_DELETED,
            NtStatus::FILE_CLOSED,
            NtStatus::NETWORK_NAME_DELETED,
        ];
        for id in ids {
            let status = c.receive(id).unwrap().status();
            assert!(gone.contains(&status), "{name}: {status}");
        }
        closer.join().unwrap();
        assert_eq!(refused(c.read(file, 0, 1)), NtStatus::USER_SESSION_DELETED, "{name}");
        drop(c);
        site.settles().unwrap();
    }
    unharmed(&site);
}

/// C11: sessions of other users and other sessions of the same user are out of reach, whatever ids are sent.
#[test]
fn c11_ids_of_another_session_mean_nothing() {
    let site = Site::new().unwrap();
    let (mut victim, theirs) = site.alice(Options::default()).unwrap();
    let file = victim.create(theirs, &Create::new_file("private")).unwrap().file;
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    assert_eq!(refused(c.read(File { tree, ..file }, 0, 1)), NtStatus::FILE_CLOSED);
    assert_eq!(refused(c.close(File { tree, ..file })), NtStatus::FILE_CLOSED);
    assert_eq!(refused(c.create(theirs, &Create::directory(""))), NtStatus::USER_SESSION_DELETED);
    assert_eq!(refused(c.logoff(theirs.session)), NtStatus::USER_SESSION_DELETED);
    // A second tree connect of the same session does not own the file either.
    let other = victim.tree_connect(theirs.session, "data").unwrap();
    assert_eq!(refused(victim.read(File { tree: other, ..file }, 0, 1)), NtStatus::FILE_CLOSED);
    victim.write(file, 0, b"mine").unwrap();
    drop((c, victim));
    unharmed(&site);
}

/// C11: an encrypted session that logs off, disconnects or cancels in the middle of its compounds.
#[test]
fn c11_an_encrypted_session_ends_in_its_own_compound() {
    let site = Site::new().unwrap();
    for dialect in [Dialect::V3_0, Dialect::V3_0_2, Dialect::V3_1_1] {
        let name = utf16("f");
        let create = Create::new_file("f").disposition(CreateDisposition::OPEN_IF);
        let create = create.request(&name);
        let close = CloseRequest { file_id: FileId::RELATED, ..CloseRequest::default() };
        let read = ReadRequest { file_id: FileId::RELATED, length: 1, ..ReadRequest::default() };
        let ends: [(Command, &dyn lanward_wire::Encode); 4] = [
            (Command::LOGOFF, &LogoffRequest),
            (Command::TREE_DISCONNECT, &TreeDisconnectRequest),
            (Command::CANCEL, &EchoRequest),
            (Command::NEGOTIATE, &EchoRequest),
        ];
        for (command, body) in ends {
            let (mut c, tree) =
                site.alice(Options { verify: false, ..Options::only(dialect).sealed() }).unwrap();
            let compound = [
                Request::new(Command::CREATE, tree, &create),
                Request::new(command, tree, body).related(),
                Request::new(Command::READ, tree, &read).related(),
                Request::new(Command::CLOSE, tree, &close).related(),
            ];
            c.send_compound(&compound).unwrap();
            c.shutdown_write().unwrap();
            assert!(c.closes_within(Duration::from_secs(10)).unwrap(), "{dialect}: {command:?}");
            drop(c);
            site.settles().unwrap();
        }
    }
    unharmed(&site);
}

/// C12: every body of every command, cut anywhere and with every byte at its extremes, is answered or ends the connection.
#[test]
fn c12_cut_and_bent_requests_are_survived() {
    let site = Site::new().unwrap();
    let (mut c, mut tree) = site.alice(Options::default()).unwrap();
    let name = utf16("bent");
    let bodies = |file: File| -> Vec<(Command, Vec<u8>)> {
        let create = Create::open("bent", AccessMask::READ_DATA);
        let read = ReadRequest { file_id: file.id, length: 8, ..ReadRequest::default() };
        let write = WriteRequest { file_id: file.id, data: b"12345678", ..WriteRequest::default() };
        let ioctl = IoctlRequest {
            ctl_code: CtlCode::QUERY_ALLOCATED_RANGES,
            file_id: file.id,
            max_input_response: 0,
            max_output_response: 64,
            flags: IoctlFlags::IS_FSCTL,
            input: &[0; 16],
        };
        vec![
            (Command::CREATE, at_header(&create.request(&name))),
            (Command::READ, at_header(&read)),
            (Command::WRITE, at_header(&write)),
            (Command::IOCTL, at_header(&ioctl)),
            (Command::QUERY_INFO, at_header(&query_info(file, InfoType::FILE, 18, 256))),
            (
                Command::CLOSE,
                at_header(&CloseRequest { file_id: FileId::RELATED, ..CloseRequest::default() }),
            ),
        ]
    };
    let mut file = c.create(tree, &Create::new_file("bent")).unwrap().file;
    for index in 0..bodies(file).len() {
        let (command, body) = bodies(file).swap_remove(index);
        let cuts = (0..body.len()).map(|n| body[..n].to_vec());
        let bends = (0..body.len()).flat_map(|at| {
            [0xffu8, 0x7f, 0x80].map(|value| {
                let mut bent = body.clone();
                bent[at] = value;
                bent
            })
        });
        for bytes in cuts.chain(bends) {
            match c.call(&Request::new(command, tree, &Bytes(&bytes))) {
                Ok(_) => {}
                Err(e) if e.is_disconnect() => {
                    drop(c);
                    site.settles().unwrap();
                    (c, tree) = site.alice(Options::default()).unwrap();
                    file = c.create(tree, &Create::open("bent", AccessMask::GENERIC_READ)).unwrap().file;
                }
                Err(e) => panic!("{command:?} {bytes:02x?}: {e}"),
            }
        }
    }
    c.echo(Some(tree.session)).unwrap();
    drop(c);
    unharmed(&site);
}

/// A body that is these bytes.
struct Bytes<'a>(&'a [u8]);

impl lanward_wire::Encode for Bytes<'_> {
    fn encode(&self, w: &mut lanward_wire::Writer<'_>) {
        w.bytes(self.0);
    }
}

/// A body's bytes as they stand behind a header, from which their offsets count.
fn at_header(body: &dyn lanward_wire::Encode) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut w = lanward_wire::Writer::new(&mut bytes);
    w.zeros(Header::LEN);
    body.encode(&mut w);
    bytes.split_off(Header::LEN)
}

/// C13: a WRITE writes what it brought and nothing else.
#[test]
fn c13_a_write_brings_its_own_bytes() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let file = c.create(tree, &Create::new_file("f")).unwrap().file;
    for claimed in [9u32, 100, 65_536, u32::MAX] {
        let body = WriteRequest { file_id: file.id, data: b"12345678", ..WriteRequest::default() };
        let (mut message, ids) = c.compose(&[Request::new(Command::WRITE, tree, &body)]).unwrap();
        message[Header::LEN + 4..][..4].copy_from_slice(&claimed.to_le_bytes());
        c.send_frame(&message).unwrap();
        assert_eq!(c.receive(ids[0]).unwrap().status(), NtStatus::INVALID_PARAMETER);
    }
    assert_eq!(c.close_query(file).unwrap().information.end_of_file, 0);
    drop(c);
    unharmed(&site);
}

/// C14: what a share forbids stays forbidden, by whichever request it is tried (CVE-2023-4091, CVE-2026-1933).
#[test]
fn c14_nothing_changes_on_a_read_only_share() {
    let volume = MemVolume::new(|| FileTime(1));
    let file_system = lanward_fsa::FileSystem::new(volume);
    let writable = ShareDefinition::disk("data", file_system.clone(), "data");
    let read_only = ShareDefinition { read_only: true, ..ShareDefinition::disk("look", file_system, "look") };
    let site = Plan::default().define(writable).define(read_only).start().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    c.write_file(tree, "f", b"kept").unwrap();
    let look = c.tree_connect(tree.session, "look").unwrap();
    let denied = |outcome: Result<(), Error>| {
        let status = refused(outcome);
        assert!(matches!(status, NtStatus::ACCESS_DENIED | NtStatus::MEDIA_WRITE_PROTECTED), "{status}");
    };
    for disposition in
        [CreateDisposition::OVERWRITE, CreateDisposition::OVERWRITE_IF, CreateDisposition::SUPERSEDE]
    {
        denied(c.touch(look, &Create::open("f", AccessMask::READ_DATA).disposition(disposition)));
    }
    denied(c.touch(look, &Create::new_file("new")));
    denied(c.touch(look, &Create::new_directory("new")));
    denied(c.touch(look, &Create::delete_on_close("f")));
    for access in
        [AccessMask::WRITE_DATA, AccessMask::GENERIC_WRITE, AccessMask::DELETE, AccessMask::GENERIC_ALL]
    {
        denied(c.touch(look, &Create::open("f", access)));
    }
    let file = c.create(look, &Create::open("f", AccessMask::MAXIMUM_ALLOWED)).unwrap().file;
    denied(c.write(file, 0, b"lost").map(drop));
    denied(c.rename(file, "g", false));
    denied(c.set_delete(file, true));
    denied(c.set_end_of_file(file, 0));
    c.close(file).unwrap();
    assert_eq!(c.read_file(look, "f").unwrap(), b"kept");
}

/// C15: hundreds of connections that promise long frames before logon keep nobody out and are closed; what they hold is measured in `memory.rs`.
#[test]
fn c15_promises_before_logon_keep_nobody_out() {
    let plan = Plan::default().config(|c| c.max_unauthenticated_frame = 16 << 10);
    let site = plan.settings(|s| s.authentication_deadline = Duration::from_secs(2)).start().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    // As long as a frame may be at most, begun and not ended.
    let mut waiting: Vec<Connection> =
        (0..200).map(|_| Connection::open(site.address, Options::default()).unwrap()).collect();
    for w in &mut waiting {
        w.send_raw(&[0, 0, 0x40, 0, 0xfe, b'S', b'M', b'B']).unwrap();
    }
    site.settles_at(Counts { connections: 201, sessions: 1, trees: 1, opens: 0, users: 1 }).unwrap();
    c.write_file(tree, "served", &pattern(100_000)).unwrap();
    // And longer ones are not even waited for.
    let mut greedy = Connection::open(site.address, Options::default()).unwrap();
    greedy.send_raw(&[0, 0x40, 0, 0, 0xfe, b'S', b'M', b'B']).unwrap();
    assert!(greedy.closes_within(Duration::from_secs(10)).unwrap());
    for mut w in waiting {
        assert!(w.closes_within(Duration::from_secs(10)).unwrap(), "who does not log on is disconnected");
    }
    c.echo(Some(tree.session)).unwrap();
    drop(c);
    unharmed(&site);
}

/// Credits: a client never gets more than the server means to give, however it asks.
#[test]
fn c15_credits_are_never_hoarded() {
    let site = Plan::default().config(|c| c.max_credits = 64).start().unwrap();
    let (mut c, tree) = site.alice(Options { credits: u16::MAX, ..Options::default() }).unwrap();
    for _ in 0..100 {
        let ids: Vec<_> = (0..8)
            .map(|_| {
                let request = Request {
                    credits: Some(u16::MAX),
                    ..Request::new(Command::ECHO, tree.session, &EchoRequest)
                };
                c.send(&request).unwrap()
            })
            .collect();
        for id in ids {
            c.receive(id).unwrap();
        }
        assert!((1..=64).contains(&c.credits()), "{} credits", c.credits());
    }
    // Asking for none still leaves one.
    for _ in 0..100 {
        c.call(&Request { credits: Some(0), ..Request::new(Command::ECHO, tree.session, &EchoRequest) })
            .unwrap();
        assert!(c.credits() >= 1);
    }
    drop(c);
    unharmed(&site);
}

/// CANCELs cost no credits, so they must not bring any either.
#[test]
fn c15_cancels_in_compounds_bring_no_credits() {
    let site = Plan::default().config(|c| c.max_credits = 64).start().unwrap();
    let (mut c, tree) =
        site.alice(Options { credits: u16::MAX, verify: false, ..Options::default() }).unwrap();
    let lock = hold_a_lock(&site, tree, &mut c);
    for _ in 0..20 {
        let mut requests = vec![Request::new(Command::ECHO, tree.session, &EchoRequest)];
        requests.extend((0..8).map(|_| Request {
            message_id: Some(MessageId(0)),
            credits: Some(100),
            ..Request::new(Command::CANCEL, tree.session, &EchoRequest)
        }));
        let ids = c.send_compound(&requests).unwrap();
        c.receive(ids[0]).unwrap();
        assert!(c.credits() <= 64, "{} credits", c.credits());
    }
    drop((c, lock));
    unharmed(&site);
}

/// A request of `c` that waits, and the connection it waits for.
fn hold_a_lock(site: &Site, tree: Tree, c: &mut Connection) -> Connection {
    use lanward_smb2::messages::{LockElement, LockFlags};
    let (mut holder, other) = site.alice(Options::default()).unwrap();
    let create = Create::new_file("held").disposition(CreateDisposition::OPEN_IF);
    let held = holder.create(other, &create).unwrap().file;
    let lock = [LockElement { offset: 0, length: 1, flags: LockFlags::EXCLUSIVE_LOCK }];
    holder.lock(held, &lock).unwrap();
    let file = c.create(tree, &create).unwrap().file;
    let id = c.send_lock(file, &lock).unwrap();
    assert!(c.receive_interim(id).unwrap().is_some());
    holder
}

/// C20: what lies between the old end and a write behind it reads as zeros (CVE-2025-9640).
#[test]
fn c20_holes_are_zeros() {
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let file = c.create(tree, &Create::new_file("hole").disposition(CreateDisposition::CREATE)).unwrap().file;
    c.write(file, 0, &[0xaa; 10_000]).unwrap();
    c.set_end_of_file(file, 5).unwrap();
    c.write(file, 20_000, b"x").unwrap();
    let bytes = c.read(file, 0, 30_000).unwrap();
    assert_eq!(bytes.len(), 20_001);
    assert!(bytes[5..20_000].iter().all(|b| *b == 0));
}

/// C10: entries that lie in each other would let a short list ask for 64 KiB with every 8 bytes of it.
#[test]
fn c10_ea_entries_do_not_overlap() {
    let mut list = Vec::new();
    for n in 0..4 {
        let next: u32 = if n == 3 { 0 } else { 12 };
        list.extend_from_slice(&next.to_le_bytes());
        // Flags, EaNameLength, EaValueLength: as far as the list goes, over all entries that follow.
        list.extend_from_slice(&[0, 1, 12 * (3 - n) + 2, 0, b'A', 0, 1, 1]);
    }
    assert!(lanward_nt::fscc::decode_full_ea(&list).is_err());
    let site = Site::new().unwrap();
    let (mut c, tree) = site.alice(Options::default()).unwrap();
    let file = c.create(tree, &Create::new_file("f")).unwrap().file;
    assert_eq!(refused(c.set_info(file, InfoType::FILE, 15, &list)), NtStatus::EA_LIST_INCONSISTENT);
    drop(c);
    unharmed(&site);
}

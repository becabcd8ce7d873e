//! Services of this machine as named pipes: over SMB 2 and SMB 1, in messages and in bytes.

use crate::pipes::transceive;
use crate::support::refused;
use lanward_client::smb1::{self, Transact};
use lanward_client::{Connection, Create, File, Options, Request, Tree};
use lanward_gateway::{LocalService, ServicePolicy};
use lanward_nt::fscc::CtlCode;
use lanward_nt::{AccessMask, NtStatus, Sid};
use lanward_smb1::subcommands::TransCode;
use lanward_smb2::messages::{InfoType, IoctlFlags, IoctlRequest, PipeWaitRequest};
use lanward_smb2::{Command, FileId, MessageId, Utf16};
use lanward_testsuite::{ALICE, Plan, ROOT, Site};
use lanward_wire::{Encode as _, Writer};
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketType};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

fn policy(socket: &Path) -> ServicePolicy {
    ServicePolicy {
        socket: socket.to_owned(),
        users: vec![Sid::new(5, &[21, 1, 2, 3]).child(1000)],
        zones: vec!["default".to_owned()],
        anonymous: false,
        messages: None,
        instances: 2,
        announce: false,
    }
}

fn site(policy: ServicePolicy) -> (Site, Arc<LocalService>) {
    let site = Plan::default().smb1().start().unwrap();
    let service = Arc::new(LocalService::new(policy));
    site.server.pipes().register("plant\\scale", service.clone());
    (site, service)
}

fn access() -> AccessMask {
    AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE
}

fn open(site: &Site, user: (&str, &str)) -> lanward_client::Result<(Connection, File)> {
    let mut c = site.connect(Options::default())?;
    let session = c.login(user.0, user.1)?;
    let ipc = c.tree_connect(session, "IPC$")?;
    let pipe = c.create(ipc, &Create::open("Plant\\Scale", access()))?.file;
    Ok((c, pipe))
}

/// A service that repeats each message, with how long it was in front of it.
fn packets(path: &Path) -> JoinHandle<()> {
    let listener: OwnedFd = rustix::net::socket(AddressFamily::UNIX, SocketType::SEQPACKET, None).unwrap();
    rustix::net::bind(&listener, &SocketAddrUnix::new(path).unwrap()).unwrap();
    rustix::net::listen(&listener, 4).unwrap();
    thread::spawn(move || {
        for _ in 0..2 {
            let peer = rustix::net::accept(&listener).unwrap();
            let mut buffer = vec![0; 70_000];
            while let Ok((length @ 1.., _)) =
                rustix::net::recv(&peer, buffer.as_mut_slice(), RecvFlags::empty())
            {
                let mut answer = format!("{length}:").into_bytes();
                answer.extend_from_slice(&buffer[..length]);
                rustix::net::send(&peer, &answer, SendFlags::NOSIGNAL).unwrap();
            }
        }
    })
}

#[test]
fn messages_are_kept_apart_over_both_protocols() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scale");
    let service = packets(&path);
    let (site, _) = site(policy(&path));
    let (mut c, pipe) = open(&site, ALICE).unwrap();
    assert_eq!(transceive(&mut c, pipe, b"weigh", 4).unwrap(), b"5:weigh", "in pieces of four");
    c.write(pipe, 0, b"a").unwrap();
    assert_eq!(c.read(pipe, 0, 100).unwrap(), b"1:a");
    assert_eq!(transceive(&mut c, pipe, &vec![7; 50_000], 65_536).unwrap().len(), 50_006);
    let local = c.query_info(pipe, InfoType::FILE, 24, 40).unwrap();
    assert_eq!(local[0], 1, "FILE_PIPE_MESSAGE_TYPE");
    c.close(pipe).unwrap();

    let mut c = site.connect_smb1(smb1::Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let ipc = c.tree_connect(&session, "IPC$").unwrap();
    let pipe = c.create(ipc, &smb1::Create::open("\\plant\\scale", access())).unwrap();
    let call = Transact::on_pipe("\\PIPE\\", TransCode::TRANSACT_NMPIPE, pipe.id).data(b"weigh");
    assert_eq!(c.transact(ipc, &call).unwrap().data, b"5:weigh");
    let wait = Transact::on_pipe("\\PIPE\\plant\\scale", TransCode::WAIT_NMPIPE, 0);
    c.transact(ipc, &wait).unwrap();
    c.close(pipe).unwrap();
    drop((c, site));
    service.join().unwrap();
}

#[test]
fn bytes_come_unasked_and_are_told_who_asks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scale");
    let listener = UnixListener::bind(&path).unwrap();
    let (site, _) = site(ServicePolicy { announce: true, ..policy(&path) });
    let (mut c, pipe) = open(&site, ALICE).unwrap();
    let (stream, _) = listener.accept().unwrap();
    let mut lines = BufReader::new(stream);
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert!(
        line.starts_with("LANWARD 1 user=TESTSITE\\alice sid=S-1-5-21-1-2-3-1000 peer=127.0.0.1"),
        "{line}"
    );
    lines.get_mut().write_all(b"ready\n").unwrap();
    assert_eq!(c.read(pipe, 0, 3).unwrap(), b"rea");
    assert_eq!(c.read(pipe, 0, 100).unwrap(), b"dy\n");
    c.write(pipe, 0, b"weigh\n").unwrap();
    line.clear();
    lines.read_line(&mut line).unwrap();
    assert_eq!(line, "weigh\n");
    // What has no messages is not read in messages.
    assert_eq!(c.query_info(pipe, InfoType::FILE, 24, 40).unwrap()[0], 0, "FILE_PIPE_BYTE_STREAM_TYPE");
    let in_messages = c.set_info(pipe, InfoType::FILE, 23, &[1, 0, 0, 0, 0, 0, 0, 0]);
    assert_eq!(refused(in_messages), NtStatus::INVALID_PARAMETER);
    let outcome = c.ioctl(pipe, CtlCode::PIPE_TRANSCEIVE, b"x", 10);
    assert_eq!(refused(outcome), NtStatus::INVALID_READ_MODE);
    // What was said is still read when the service is gone.
    lines.get_mut().write_all(b"bye").unwrap();
    drop(lines);
    assert_eq!(c.read(pipe, 0, 100).unwrap(), b"bye");
    assert_eq!(refused(c.read(pipe, 0, 100)), NtStatus::PIPE_DISCONNECTED);
    // And the service hears when the client is.
    let (mut d, other) = open(&site, ALICE).unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    d.write(other, 0, b"last").unwrap();
    d.close(other).unwrap();
    let mut heard = Vec::new();
    stream.read_to_end(&mut heard).unwrap();
    assert!(heard.ends_with(b"\nlast"));
}

#[test]
fn who_does_not_read_is_not_read_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scale");
    let listener = UnixListener::bind(&path).unwrap();
    let (site, _) = site(policy(&path));
    let (mut c, pipe) = open(&site, ALICE).unwrap();
    let (mut stream, _) = listener.accept().unwrap();
    const ALL: usize = 8 << 20;
    let talking = thread::spawn(move || {
        stream.write_all(&vec![b'x'; ALL]).unwrap();
        stream
    });
    let mut read = 0;
    while read < ALL {
        let part = c.read(pipe, 0, 65_536).unwrap();
        assert!(!part.is_empty() && part.iter().all(|byte| *byte == b'x'));
        read += part.len();
    }
    assert_eq!(read, ALL, "nothing is lost and nothing is there twice");
    drop(talking.join().unwrap());
}

#[test]
fn nothing_is_there_that_is_not_named_and_nobody_comes_in_who_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scale");
    let (site, service) = site(policy(&path));
    assert_eq!(refused(open(&site, ALICE)), NtStatus::PIPE_NOT_AVAILABLE, "nobody listens");
    let listener = UnixListener::bind(&path).unwrap();
    assert_eq!(refused(open(&site, ROOT)), NtStatus::ACCESS_DENIED, "not even administrators");
    let held = (open(&site, ALICE).unwrap(), open(&site, ALICE).unwrap());
    assert_eq!(refused(open(&site, ALICE)), NtStatus::INSTANCE_NOT_AVAILABLE);
    drop(held);
    drop(listener);
    service.set_policy(ServicePolicy { zones: vec!["elsewhere".to_owned()], ..policy(&path) });
    assert_eq!(refused(open(&site, ALICE)), NtStatus::OBJECT_NAME_NOT_FOUND);
    // NULL sessions come where the zone names the pipe and the pipe names them.
    site.change_zone(|zone| {
        zone.anonymous_allowed = true;
        zone.null_sessions.pipes = vec!["plant\\scale".into()];
    });
    let nobody = |site: &Site| {
        let mut c = site.connect(Options::default())?;
        let session = c.login_anonymous()?;
        let ipc = c.tree_connect(session, "IPC$")?;
        c.create(ipc, &Create::open("plant\\scale", access())).map(drop)
    };
    service.set_policy(policy(&path));
    assert_eq!(refused(nobody(&site)), NtStatus::ACCESS_DENIED);
    std::fs::remove_file(&path).unwrap();
    let _listener = UnixListener::bind(&path).unwrap();
    service.set_policy(ServicePolicy { anonymous: true, ..policy(&path) });
    nobody(&site).unwrap();
}

/// A request to be told when there is an instance of `plant\\scale`, as it is sent.
fn wait_for(name: &str, timeout: Option<i64>) -> Vec<u8> {
    let name: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut input = Vec::new();
    PipeWaitRequest { timeout, name: Utf16(&name) }.encode(&mut Writer::new(&mut input));
    input
}

fn send_wait(c: &mut Connection, ipc: Tree, input: &[u8]) -> MessageId {
    let body = IoctlRequest {
        ctl_code: CtlCode::PIPE_WAIT,
        file_id: FileId::RELATED,
        max_input_response: 0,
        max_output_response: 0,
        flags: IoctlFlags::IS_FSCTL,
        input,
    };
    c.send(&Request::new(Command::IOCTL, ipc, &body)).unwrap()
}

fn at_ipc(site: &Site, user: (&str, &str)) -> (Connection, Tree) {
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(user.0, user.1).unwrap();
    let ipc = c.tree_connect(session, "IPC$").unwrap();
    (c, ipc)
}

#[test]
fn who_waits_for_a_pipe_is_told_when_it_is_free_and_of_no_other() {
    const AT_ONCE: Option<i64> = Some(0);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scale");
    let _listener = UnixListener::bind(&path).unwrap();
    let one = ServicePolicy { instances: 1, ..policy(&path) };
    let (site, service) = site(one.clone());
    let asked = |c: &mut Connection, ipc, input: &[u8]| {
        let waited = c.ioctl_tree(ipc, CtlCode::PIPE_WAIT, input, 0);
        waited.err().and_then(|error| error.status()).unwrap_or(NtStatus::SUCCESS)
    };
    let (mut c, ipc) = at_ipc(&site, ALICE);
    let scale = wait_for("Plant\\Scale", AT_ONCE);
    assert_eq!(asked(&mut c, ipc, &scale), NtStatus::SUCCESS, "nobody has it");
    assert_eq!(asked(&mut c, ipc, &wait_for("srvsvc", AT_ONCE)), NtStatus::SUCCESS);
    // Who may not open it is not told of it.
    let (mut other, of_other) = at_ipc(&site, ROOT);
    assert_eq!(asked(&mut other, of_other, &scale), NtStatus::OBJECT_NAME_NOT_FOUND);
    let (mut d, held) = open(&site, ALICE).unwrap();
    assert_eq!(asked(&mut c, ipc, &scale), NtStatus::IO_TIMEOUT);
    // Until it is free, until nobody waits any more, until it is not there any more.
    let wait = send_wait(&mut c, ipc, &wait_for("plant\\scale", None));
    assert!(c.receive_interim(wait).unwrap().is_some());
    d.close(held).unwrap();
    assert_eq!(c.receive(wait).unwrap().status(), NtStatus::SUCCESS);
    let (_d, _held) = open(&site, ALICE).unwrap();
    let wait = send_wait(&mut c, ipc, &wait_for("plant\\scale", Some(-600_000_000)));
    assert!(c.receive_interim(wait).unwrap().is_some());
    c.cancel(ipc, wait).unwrap();
    assert_eq!(c.receive(wait).unwrap().status(), NtStatus::CANCELLED);
    let wait = send_wait(&mut c, ipc, &wait_for("plant\\scale", None));
    assert!(c.receive_interim(wait).unwrap().is_some());
    service.withdraw();
    assert_eq!(c.receive(wait).unwrap().status(), NtStatus::OBJECT_NAME_NOT_FOUND);
    service.set_policy(ServicePolicy { zones: vec!["elsewhere".to_owned()], ..one.clone() });
    assert_eq!(asked(&mut c, ipc, &scale), NtStatus::OBJECT_NAME_NOT_FOUND);

    let mut c = site.connect_smb1(smb1::Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let ipc = c.tree_connect(&session, "IPC$").unwrap();
    let wait = Transact::on_pipe("\\PIPE\\plant\\scale", TransCode::WAIT_NMPIPE, 0);
    assert_eq!(refused(c.transact(ipc, &wait)), NtStatus::OBJECT_NAME_NOT_FOUND);
    service.set_policy(one);
    for timeout in [0, 1] {
        let wait = Transact { timeout, ..wait.clone() };
        assert_eq!(refused(c.transact(ipc, &wait)), NtStatus::IO_TIMEOUT);
    }
    // NULL sessions learn of those pipes only that are open to them.
    site.change_zone(|zone| {
        zone.anonymous_allowed = true;
        zone.null_sessions.pipes = vec!["srvsvc".into()];
    });
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login_anonymous().unwrap();
    let ipc = c.tree_connect(session, "IPC$").unwrap();
    assert_eq!(asked(&mut c, ipc, &wait_for("srvsvc", AT_ONCE)), NtStatus::SUCCESS);
    assert_eq!(asked(&mut c, ipc, &wait_for("lsarpc", AT_ONCE)), NtStatus::OBJECT_NAME_NOT_FOUND);
}

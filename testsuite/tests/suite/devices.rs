//! Serial lines as shares of the service COMM, over pairs of pseudoterminals and over TCP.

use crate::support::refused;
use lanward_client::smb1::{Connection, Create, File, Options, Request, Tree};
use lanward_client::{Error, Options as Smb2Options};
use lanward_gateway::{TcpPort, TerminalPort};
use lanward_nt::{AccessMask, NtStatus, Sid};
use lanward_server::{
    CommDevice, CommPolicy, CommPort, Entry, Event, Flow, LineSettings, LineTiming, Parity, ReadWait,
    ShareDefinition, StopBits,
};
use lanward_smb1::messages::{
    Empty, OpenAndxRequest, OpenAndxResponse, OpenRequest, ReadAndxRequest, ReadAndxResponse, ReadRequest,
    ReadResponse, WriteAndCloseRequest,
};
use lanward_smb1::serial::{
    DeviceControlBlock, GENERAL_DEVICE, LineControl, SERIAL_DEVICE, TimeoutMode, function,
};
use lanward_smb1::{AccessMode, Command, DosError, ResourceType};
use lanward_testsuite::{ALICE, Counts, Plan, ROOT, Site};
use lanward_wire::{Reader, Writer};
use rustix::pty::OpenptFlags;
use rustix::termios::{self, LocalModes, Termios};
use std::fs::{File as OwnFile, OpenOptions};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

const SETTINGS: LineSettings = LineSettings {
    baud: 9600,
    data_bits: 8,
    parity: Parity::None,
    stop_bits: StopBits::One,
    flow: Flow::empty(),
};

/// Long enough that no test ends by it.
const LONG: Duration = Duration::from_secs(60);

/// A pseudoterminal: what is at the far end of the line, and the path of the near end.
struct Pty {
    far: OwnFile,
    path: PathBuf,
    /// Held open so that the terminal stays what it is between opens.
    near: OwnFile,
}

impl Pty {
    fn new() -> Self {
        let far = rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        rustix::pty::grantpt(&far).unwrap();
        rustix::pty::unlockpt(&far).unwrap();
        let path = PathBuf::from(rustix::pty::ptsname(&far, Vec::new()).unwrap().into_string().unwrap());
        let near = OpenOptions::new().read(true).write(true).open(&path).unwrap();
        Self { far: far.into(), path, near }
    }

    fn modes(&self) -> Termios {
        termios::tcgetattr(&self.near).unwrap()
    }

    /// Reads exactly so many bytes that came over the line.
    fn hear(&mut self, length: usize) -> Vec<u8> {
        let mut heard = vec![0; length];
        self.far.read_exact(&mut heard).unwrap();
        heard
    }
}

fn policy() -> CommPolicy {
    let timing = LineTiming { wait: ReadWait::Something, read: LONG, write: LONG };
    CommPolicy { zones: vec!["default".to_owned()], exclusive: true, idle: None, timing }
}

fn share(port: impl CommPort + 'static, policy: CommPolicy) -> ShareDefinition {
    let alice = Sid::new(5, &[21, 1, 2, 3]).child(1000);
    ShareDefinition::device("line", CommDevice::new(Arc::new(port), policy), vec![alice], "/dev/line")
}

fn plan(share: ShareDefinition) -> Plan {
    Plan::default().smb1().define(share)
}

fn site(pty: &Pty) -> Site {
    plan(share(TerminalPort::new(pty.path.clone(), SETTINGS), policy())).start().unwrap()
}

fn alice(site: &Site) -> (Connection, Tree) {
    let mut c = site.connect_smb1(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let connected = c.tree_connect_as(&session, "line", "COMM", &[0]).unwrap();
    assert_eq!(connected.service, "COMM");
    (c, connected.tree)
}

fn opened(site: &Site) -> (Connection, File) {
    let (mut c, tree) = alice(site);
    let (file, _) = c.core_open(tree, "", AccessMode::READ_WRITE).unwrap();
    (c, file)
}

/// Something of category 1 that answers in the data.
fn asked(c: &mut Connection, file: File, function: u16) -> Vec<u8> {
    c.device_control(file, (SERIAL_DEVICE, function), (&[], &[]), (0, 64)).unwrap().1
}

fn set(c: &mut Connection, file: File, function: u16, packet: &[u8]) -> lanward_client::Result<()> {
    c.device_control(file, (SERIAL_DEVICE, function), (packet, &[]), (0, 0)).map(drop)
}

#[test]
fn bytes_go_both_ways_by_every_command() {
    let mut pty = Pty::new();
    let site = site(&pty);
    let (mut c, tree) = alice(&site);
    // By whatever name, and by every way of opening.
    let (file, response) = c.core_open(tree, "COM1", AccessMode::READ_WRITE).unwrap();
    assert_eq!(response.file_size, 0);
    c.core_write(file, 0, b"AT\r").unwrap();
    assert_eq!(pty.hear(3), b"AT\r", "nothing is made of it");
    pty.far.write_all(b"OK\r\n\x03\x11\x13").unwrap();
    assert_eq!(c.core_read(file, 0, 4).unwrap(), b"OK\r\n", "never more than was asked for");
    assert_eq!(c.core_read(file, 0, 100).unwrap(), b"\x03\x11\x13", "and what there is");
    c.close(file).unwrap();

    let request = OpenAndxRequest {
        access_mode: AccessMode::READ_WRITE,
        open_mode: 1,
        file_name: "\\".into(),
        ..OpenAndxRequest::default()
    };
    let reply = c.call(&Request::new(Command::OPEN_ANDX, tree, &request)).unwrap().check(&[]).unwrap();
    let response: OpenAndxResponse = reply.decode().unwrap();
    assert_eq!(response.resource_type, ResourceType::COMM_DEVICE);
    let file = File { tree, id: response.fid };
    c.write(file, 0, b"more").unwrap();
    assert_eq!(pty.hear(4), b"more");
    pty.far.write_all(b"abc").unwrap();
    assert_eq!(c.read(file, 1 << 40, 100).unwrap(), b"abc", "an offset says nothing");
    let last = WriteAndCloseRequest { fid: file.id, count: 3, data: b"\0bye", ..Default::default() };
    c.call(&Request::new(Command::WRITE_AND_CLOSE, tree, &last)).unwrap().check(&[]).unwrap();
    assert_eq!(pty.hear(3), b"bye");

    let all = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
    let file = c.create(tree, &Create::open("\\line", all)).unwrap();
    c.write(file, 0, b"!").unwrap();
    assert_eq!(pty.hear(1), b"!");
    assert_eq!(refused(c.create(tree, &Create::new_file("\\new"))), NtStatus::OBJECT_NAME_COLLISION);
}

#[test]
fn a_device_is_for_one_at_a_time_and_is_given_back_however_it_is_left() {
    let pty = Pty::new();
    let site = site(&pty);
    let (mut c, file) = opened(&site);
    let (mut d, tree) = alice(&site);
    let again = |d: &mut Connection| d.core_open(tree, "", AccessMode::READ).map(|(file, _)| file);
    assert_eq!(refused(again(&mut d)), NtStatus::SHARING_VIOLATION);
    c.close(file).unwrap();
    let held = again(&mut d).unwrap();
    d.close(held).unwrap();
    let (file, _) = c.core_open(file.tree, "", AccessMode::READ).unwrap();
    c.tree_disconnect(file.tree).unwrap();
    let held = again(&mut d).unwrap();
    d.close(held).unwrap();
    // A client that is gone without a word.
    let (c, _) = opened(&site);
    drop(c);
    site.settles_at(Counts { connections: 2, sessions: 2, trees: 1, opens: 0, users: 1 }).unwrap();
    let held = again(&mut d).unwrap();
    d.close(held).unwrap();
}

#[test]
fn several_share_a_device_that_is_not_exclusive() {
    let mut pty = Pty::new();
    let port = TerminalPort::new(pty.path.clone(), SETTINGS);
    let site = plan(share(port, CommPolicy { exclusive: false, ..policy() })).start().unwrap();
    let ((mut c, one), (mut d, other)) = (opened(&site), opened(&site));
    c.core_write(one, 0, b"a").unwrap();
    d.core_write(other, 0, b"b").unwrap();
    assert_eq!(pty.hear(2), b"ab");
    c.close(one).unwrap();
    d.core_write(other, 0, b"c").unwrap();
    assert_eq!(pty.hear(1), b"c", "the other's line is what it was");
}

#[test]
fn the_terminal_is_as_it_was_before() {
    let pty = Pty::new();
    let before = pty.modes();
    assert!(before.local_modes.contains(LocalModes::ECHO | LocalModes::ICANON));
    let site = site(&pty);
    let (mut c, file) = opened(&site);
    assert!(!pty.modes().local_modes.intersects(LocalModes::ECHO | LocalModes::ICANON));
    assert_eq!(pty.modes().output_speed(), 9600);
    c.close(file).unwrap();
    // The next open waits until the one before it has cleared up.
    let (file, _) = c.core_open(file.tree, "", AccessMode::READ).unwrap();
    assert_eq!(pty.modes().output_speed(), 9600);
    c.close(file).unwrap();
    drop((c, site));
    assert_eq!(pty.modes().local_modes, before.local_modes);
    assert_eq!(pty.modes().output_speed(), before.output_speed());
}

#[test]
fn reads_wait_for_what_comes_until_they_are_given_up() {
    let mut pty = Pty::new();
    let site = site(&pty);
    let (mut c, file) = opened(&site);
    let read = |count| ReadRequest { fid: file.id, count, ..ReadRequest::default() };
    let ticket = c.send(&Request::new(Command::READ, file, &read(10))).unwrap();
    // Somebody else's requests are answered meanwhile.
    assert_eq!(c.echo(b"there?").unwrap(), b"there?");
    pty.far.write_all(b"late").unwrap();
    let reply = c.receive(ticket).unwrap().check(&[]).unwrap();
    assert_eq!(reply.decode::<ReadResponse<'_>>().unwrap().data, b"late");

    let ticket = c.send(&Request::new(Command::READ, file, &read(10))).unwrap();
    c.cancel(file.tree, ticket).unwrap();
    assert_eq!(refused(c.receive(ticket).and_then(|reply| reply.check(&[]))), NtStatus::CANCELLED);
    let ticket = c.send(&Request::new(Command::READ, file, &read(10))).unwrap();
    c.close(file).unwrap();
    assert_eq!(refused(c.receive(ticket).and_then(|reply| reply.check(&[]))), NtStatus::FILE_CLOSED);
}

#[test]
fn timeouts_are_the_requests_own_or_the_control_blocks() {
    let mut pty = Pty::new();
    let site = site(&pty);
    let (mut c, file) = opened(&site);
    let read_andx = |c: &mut Connection, min_count, timeout| {
        let request =
            ReadAndxRequest { fid: file.id, max_count: 8, min_count, timeout, ..Default::default() };
        let reply = c.call(&Request::new(Command::READ_ANDX, file, &request)).unwrap().check(&[]).unwrap();
        reply.decode::<ReadAndxResponse<'_>>().unwrap().data.to_vec()
    };
    assert_eq!(read_andx(&mut c, 1, 1), b"", "that nothing came is no error");
    pty.far.write_all(b"abc").unwrap();
    assert_eq!(read_andx(&mut c, 8, 1), b"abc", "what came until then is told");
    pty.far.write_all(b"12345").unwrap();
    assert_eq!(read_andx(&mut c, 5, 60_000), b"12345");

    let mut block =
        DeviceControlBlock::decode(&mut Reader::new(&asked(&mut c, file, function::GET_DCB_INFORMATION)))
            .unwrap();
    assert_eq!((block.timeout, block.read_timeout), (TimeoutMode::READ_SOMETHING, 5_999));
    for timeout in [TimeoutMode::READ_NORMAL | TimeoutMode::READ_SOMETHING, TimeoutMode::READ_NORMAL] {
        (block.timeout, block.read_timeout) = (timeout, 0);
        let mut packet = Vec::new();
        block.encode(&mut Writer::new(&mut packet));
        set(&mut c, file, function::SET_DCB_INFORMATION, &packet).unwrap();
        assert_eq!(asked(&mut c, file, function::GET_DCB_INFORMATION), packet);
        assert_eq!(c.core_read(file, 0, 5).unwrap(), b"");
    }
    block.timeout = TimeoutMode::empty();
    let mut packet = Vec::new();
    block.encode(&mut Writer::new(&mut packet));
    assert_eq!(
        refused(set(&mut c, file, function::SET_DCB_INFORMATION, &packet)),
        NtStatus::INVALID_PARAMETER
    );
}

#[test]
fn the_line_is_asked_and_set() {
    let mut pty = Pty::new();
    let site = site(&pty);
    let (mut c, file) = opened(&site);
    assert_eq!(asked(&mut c, file, function::GET_BAUD_RATE), 9600u16.to_le_bytes());
    set(&mut c, file, function::SET_BAUD_RATE, &2400u16.to_le_bytes()).unwrap();
    assert_eq!(pty.modes().output_speed(), 2400);
    // As the specification's note has it: the rate is data, and the line's control parameters.
    let rate = 4800u16.to_le_bytes();
    c.device_control(file, (SERIAL_DEVICE, function::SET_BAUD_RATE), (&[], &rate), (0, 0)).unwrap();
    assert_eq!(pty.modes().output_speed(), 4800);
    set(&mut c, file, function::SET_LONG_BAUD_RATE, &[0x00, 0xc2, 0x01, 0x00, 0x00]).unwrap();
    assert_eq!(asked(&mut c, file, function::GET_LONG_BAUD_RATE)[..4], 115_200u32.to_le_bytes());
    assert_eq!(asked(&mut c, file, function::GET_BAUD_RATE), u16::MAX.to_le_bytes());

    let control = LineControl { data_bits: 8, ..LineControl::default() };
    let line = (SERIAL_DEVICE, function::GET_LINE_CONTROL);
    let (parameters, data) = c.device_control(file, line, (&[], &[]), (4, 4)).unwrap();
    assert_eq!((LineControl::decode(&mut Reader::new(&parameters)), &data[..]), (Ok(control), &[][..]));
    let (parameters, data) = c.device_control(file, line, (&[], &[]), (0, 4)).unwrap();
    assert_eq!((&parameters[..], &data[..]), (&[][..], &[8, 0, 0, 0][..]), "where there is room");
    let small = c.device_control(file, line, (&[], &[]), (3, 3));
    assert_eq!(refused(small), NtStatus::BUFFER_TOO_SMALL, "never more than there is room for");
    set(&mut c, file, function::SET_LINE_CONTROL, &[8, 0, 2]).unwrap();
    for impossible in [&[9, 0, 0][..], &[8, 5, 0], &[8, 0, 1], &[8, 0]] {
        let outcome = set(&mut c, file, function::SET_LINE_CONTROL, impossible);
        assert_eq!(refused(outcome), NtStatus::INVALID_PARAMETER, "{impossible:?}");
    }
    // A pseudoterminal takes eight bits only, and says nothing of it: the client hears of it all the same.
    let seven = set(&mut c, file, function::SET_LINE_CONTROL, &[7, 2, 0]);
    assert_eq!(refused(seven), NtStatus::INVALID_PARAMETER);

    pty.far.write_all(b"12345").unwrap();
    assert_eq!(c.core_read(file, 0, 1).unwrap(), b"1");
    assert_eq!(asked(&mut c, file, function::GET_INQUEUE_COUNT)[..2], 4u16.to_le_bytes());
    assert_eq!(asked(&mut c, file, function::GET_COMM_EVENT)[0] & 1, 1);
    let flush = (GENERAL_DEVICE, function::FLUSH_INPUT);
    c.device_control(file, flush, (&[0], &[]), (0, 0)).unwrap();
    assert_eq!(asked(&mut c, file, function::GET_INQUEUE_COUNT)[..2], [0, 0]);
    assert_eq!(asked(&mut c, file, function::GET_COMM_ERROR), [0, 0]);
    assert_eq!(asked(&mut c, file, function::GET_MODEM_INPUT), [0], "a pseudoterminal has no modem");
    set(&mut c, file, function::SET_BREAK_ON, &[]).unwrap();
    assert_eq!(asked(&mut c, file, function::GET_COMM_STATUS), [0x20]);
    set(&mut c, file, function::SET_BREAK_OFF, &[]).unwrap();
    assert_eq!(asked(&mut c, file, function::GET_COMM_STATUS), [0]);

    for (wanted, status) in [
        ((SERIAL_DEVICE, 0x7f), NtStatus::NOT_SUPPORTED),
        ((SERIAL_DEVICE, 0x5f), NtStatus::NOT_SUPPORTED),
        ((SERIAL_DEVICE, function::SET_TRANSMIT_TIMEOUT), NtStatus::NOT_IMPLEMENTED),
        ((SERIAL_DEVICE, function::SET_MODEM_CONTROL), NtStatus::NOT_SUPPORTED),
        ((0x53, 0x60), NtStatus::NOT_SUPPORTED),
    ] {
        assert_eq!(
            refused(c.device_control(file, wanted, (&[1, 0xff], &[]), (64, 64))),
            status,
            "{wanted:?}"
        );
    }
}

#[test]
fn what_is_no_device_is_not_asked_and_a_device_is_no_folder() {
    let pty = Pty::new();
    let site = site(&pty);
    let (mut c, file) = opened(&site);
    let query = Request::new(Command::QUERY_INFORMATION_DISK, file, &Empty {});
    assert_eq!(refused(c.call(&query).and_then(|r| r.check(&[]))), NtStatus::INVALID_DEVICE_REQUEST);
    for command in [Command::CREATE_DIRECTORY, Command::DELETE_DIRECTORY, Command::CHECK_DIRECTORY] {
        assert_eq!(refused(c.on_path(file.tree, command, "\\x")), NtStatus::INVALID_DEVICE_REQUEST);
    }
    assert_eq!(refused(c.delete(file.tree, "\\x")), NtStatus::INVALID_DEVICE_REQUEST);
    c.core_write(file, 0, b"x").unwrap();
}

#[test]
fn it_is_there_for_whom_and_where_it_is_said_and_for_nobody_else() {
    let pty = Pty::new();
    let site = site(&pty);
    let mut c = site.connect_smb1(Options::default()).unwrap();
    let session = c.login(ROOT.0, ROOT.1).unwrap();
    assert_eq!(refused(c.tree_connect(&session, "line")), NtStatus::ACCESS_DENIED, "not even administrators");
    let mut c = site.connect_smb1(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    for service in ["A:", "LPT1:", "IPC"] {
        let outcome = c.tree_connect_as(&session, "line", service, &[0]).map(drop);
        assert_eq!(refused(outcome), NtStatus::BAD_DEVICE_TYPE);
    }
    assert_eq!(c.tree_connect_as(&session, "line", "?????", &[0]).unwrap().service, "COMM");
    site.change_zone(|zone| zone.name = "elsewhere".to_owned());
    assert_eq!(refused(c.tree_connect(&session, "line")), NtStatus::BAD_NETWORK_NAME);
}

#[test]
fn smb2_has_no_type_of_share_for_it() {
    let pty = Pty::new();
    let site = site(&pty);
    let mut c = site.connect(Smb2Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    assert_eq!(refused(c.tree_connect(session, "line")), NtStatus::BAD_DEVICE_TYPE);
    assert_eq!(site.counts().trees, 0);
}

#[test]
fn opens_and_refusals_are_told() {
    let pty = Pty::new();
    let site = site(&pty);
    site.server.attend_events(true);
    let (mut c, file) = opened(&site);
    c.core_write(file, 0, b"four").unwrap();
    let (mut d, tree) = alice(&site);
    assert!(d.core_open(tree, "", AccessMode::READ).is_err());
    c.close(file).unwrap();
    let mut told = Vec::new();
    for record in site.server.take_events(Duration::ZERO) {
        match record.entry {
            Entry::Happened(Event::DeviceOpened { who, status, .. }) => {
                told.push(format!("{} {status}", who.user.to_string_lossy()));
            }
            Entry::Happened(Event::DeviceClosed { octets: (read, written), .. }) => {
                told.push(format!("{read} {written}"));
            }
            _ => {}
        }
    }
    assert_eq!(told, ["alice STATUS_SUCCESS", "alice STATUS_SHARING_VIOLATION", "0 4"]);
}

#[test]
fn a_line_may_be_at_the_end_of_a_connection() {
    let far = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = TcpPort::new(far.local_addr().unwrap().to_string());
    let site = plan(share(port, policy())).start().unwrap();
    let (mut c, file) = opened(&site);
    let (mut peer, _) = far.accept().unwrap();
    c.core_write(file, 0, b"\xff\xfeAT\r").unwrap();
    let mut heard = [0; 5];
    peer.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"\xff\xfeAT\r");
    peer.write_all(b"OK").unwrap();
    assert_eq!(c.core_read(file, 0, 1).unwrap(), b"O");
    let flush = (GENERAL_DEVICE, function::FLUSH_INPUT);
    c.device_control(file, flush, (&[0], &[]), (0, 0)).unwrap();
    let baud = c.device_control(file, (SERIAL_DEVICE, function::GET_BAUD_RATE), (&[], &[]), (0, 2));
    assert_eq!(refused(baud), NtStatus::NOT_SUPPORTED);
    drop(peer);
    let gone: Error = c.core_read(file, 0, 1).unwrap_err();
    assert_eq!(gone.status(), Some(NtStatus::DEVICE_NOT_CONNECTED));
    c.close(file).unwrap();
    drop(far);
    let (mut c, tree) = alice(&site);
    assert_eq!(refused(c.core_open(tree, "", AccessMode::READ)), NtStatus::NO_SUCH_DEVICE);
}

#[test]
fn old_clients_are_refused_in_their_own_words() {
    let pty = Pty::new();
    let site = site(&pty);
    let (_held, _) = opened(&site);
    let mut c = site.connect_smb1(Options { nt_status: false, ..Options::default() }).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(&session, "line").unwrap();
    let request = OpenRequest { access_mode: AccessMode::READ, ..OpenRequest::default() };
    let reply = c.call(&Request::new(Command::OPEN, tree, &request)).unwrap();
    assert_eq!(reply.dos_error(), Some(DosError { class: 1, code: 32 }), "ERRbadshare");
}

//! The client of SMB 1 against a peer that says exactly what a test wants.

use lanward_client::Error;
use lanward_client::smb1::{Connection, File, OplockBreak, Options, Request, Scope, Transact, Tree};
use lanward_netbios::{NegativeReason, SessionPacket};
use lanward_nt::NtStatus;
use lanward_smb1::messages::{
    Empty, LockType, LockingAndxRequest, TransactionRequest, TransactionResponse, TransactionSecondaryRequest,
};
use lanward_smb1::subcommands::Trans2Code;
use lanward_smb1::{Chain, Command, Flags, Header, Message as _, MessageWriter, Text, Transactions};
use lanward_wire::{Decode as _, Encode as _, Reader};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

const TREE: Tree = Tree { user_id: 7, id: 9 };

fn options() -> Options {
    Options::default().timeout(Duration::from_millis(500))
}

/// An address, and a peer that runs `script` on its end of each of `connections`.
fn peer(
    connections: usize,
    script: impl Fn(usize, TcpStream) + Send + 'static,
) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let peer = std::thread::spawn(move || {
        (0..connections).for_each(|n| script(n, listener.accept().unwrap().0));
    });
    (address, peer)
}

fn read_frame(s: &mut TcpStream) -> Vec<u8> {
    let mut length = [0; 4];
    s.read_exact(&mut length).unwrap();
    let mut frame = vec![0; usize::try_from(u32::from_be_bytes(length) & 0x00ff_ffff).unwrap()];
    s.read_exact(&mut frame).unwrap();
    frame
}

fn write_frame(s: &mut TcpStream, message: &[u8]) {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    s.write_all(&[&length[..], message].concat()).unwrap();
}

fn header(message: &[u8]) -> Header {
    Header::decode(&mut Reader::new(message)).unwrap()
}

/// A message to the client with the header of its request, and what `write` adds.
fn answer(request: &Header, write: impl FnOnce(&mut MessageWriter<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let header = Header { flags: request.flags | Flags::REPLY, ..*request };
    write(&mut MessageWriter::new(&mut bytes, &header));
    bytes
}

#[test]
fn a_call_goes_and_comes_in_parts() {
    let (parameters, data): (Vec<u8>, Vec<u8>) = ((0..50).collect(), (0..200).collect());
    let (address, peer) = peer(1, move |_, mut s| {
        let mut transactions = Transactions::new(1 << 16, Duration::MAX);
        let (mut whole, mut parts) = (None, 0);
        while whole.is_none() {
            let bytes = read_frame(&mut s);
            let header = header(&bytes);
            let (command, mut body) = Chain::new(&bytes, &header, Text::default()).next().unwrap().unwrap();
            parts += 1;
            if command == Command::TRANSACTION2 {
                let request = TransactionRequest::decode(command, &mut body).unwrap();
                whole = transactions.begin(&header, &request, Duration::ZERO).unwrap();
                write_frame(&mut s, &answer(&header, |w| w.body(command, |_| (), |_, _| ())));
            } else {
                let part = TransactionSecondaryRequest::decode(command, &mut body).unwrap();
                assert_eq!(part.fid, Some(0xffff));
                whole = transactions.add(&header, &part, Duration::ZERO).unwrap();
            }
            let Some(call) = &whole else { continue };
            // What came goes back, the last part first.
            let header = Header { command: Command::TRANSACTION2, ..header };
            for at in [150, 0] {
                let response = TransactionResponse {
                    total_parameters: 50,
                    total_data: 200,
                    data_displacement: at,
                    data: if at == 0 { &call.data[..150] } else { &call.data[150..] },
                    parameters: if at == 0 { &call.parameters } else { &[] },
                    ..TransactionResponse::default()
                };
                let message = answer(&header, |w| response.encode(Command::TRANSACTION2, w));
                write_frame(&mut s, &message);
            }
        }
        assert_eq!(parts, 4, "250 bytes, 64 in each message");
    });
    let mut c = Connection::open(address, options()).unwrap();
    let call = Transact {
        parameters: parameters.clone(),
        ..Transact::trans2(Trans2Code::QUERY_PATH_INFORMATION).data(&data).piece(64)
    };
    let got = c.transact(TREE, &call).unwrap();
    assert_eq!((got.parameters, got.data, got.messages), (parameters, data, 2));
    peer.join().unwrap();
}

#[test]
fn breaks_come_between_answers() {
    let (address, peer) = peer(1, |_, mut s| {
        let request = header(&read_frame(&mut s));
        let notice = LockingAndxRequest {
            fid: 5,
            lock_type: LockType::OPLOCK_RELEASE,
            new_oplock_level: 1,
            ..LockingAndxRequest::default()
        };
        let mut bytes = Vec::new();
        let command = Command::LOCKING_ANDX;
        let unasked = Header { command, tree_id: 9, multiplex_id: 0xffff, ..Header::default() };
        notice.encode(command, &mut MessageWriter::new(&mut bytes, &unasked));
        write_frame(&mut s, &bytes);
        let refused = Header { status: NtStatus::ACCESS_DENIED.0, ..request };
        write_frame(&mut s, &answer(&refused, |w| w.body(Command::INVALID, |_| (), |_, _| ())));
        let acknowledged = read_frame(&mut s);
        let (_, mut body) =
            Chain::new(&acknowledged, &header(&acknowledged), Text::default()).next().unwrap().unwrap();
        let acknowledged = LockingAndxRequest::decode(&mut body).unwrap();
        assert_eq!((acknowledged.fid, acknowledged.lock_type), (5, LockType::OPLOCK_RELEASE));
    });
    let mut c = Connection::open(address, options()).unwrap();
    let request = Request::new(Command::CHECK_DIRECTORY, TREE, &Empty {});
    let refused = c.call(&request).unwrap().check(&[]).unwrap_err();
    assert!(matches!(
        refused,
        Error::Smb1 { command: Command::CHECK_DIRECTORY, status: NtStatus::ACCESS_DENIED }
    ));
    let told = c.receive_break(Duration::from_millis(1)).unwrap();
    assert_eq!(told, OplockBreak { tree_id: 9, fid: 5, level: 1 });
    c.acknowledge_break(File { tree: TREE, id: told.fid }, told.level).unwrap();
    peer.join().unwrap();
}

#[test]
fn a_session_of_netbios_may_be_elsewhere_or_refused() {
    let (elsewhere, there) = peer(1, |_, mut s| {
        assert_eq!(read_frame(&mut s).len(), 68);
        s.write_all(&SessionPacket::Positive.to_bytes()).unwrap();
        s.write_all(&SessionPacket::KeepAlive.to_bytes()).unwrap();
        let request = header(&read_frame(&mut s));
        s.write_all(&SessionPacket::KeepAlive.to_bytes()).unwrap();
        write_frame(&mut s, &answer(&request, |w| w.body(Command::ECHO, |w| w.u16(1), |w, _| w.bytes(b"x"))));
    });
    let (address, here) = peer(2, move |n, mut s| {
        assert_eq!(read_frame(&mut s).len(), 68);
        let SocketAddr::V4(elsewhere) = elsewhere else { panic!("no IPv4") };
        let packet = match n {
            0 => SessionPacket::Retarget { address: *elsewhere.ip(), port: elsewhere.port() },
            _ => SessionPacket::Negative(NegativeReason::CALLED_NOT_PRESENT),
        };
        s.write_all(&packet.to_bytes()).unwrap();
    });
    let mut c = Connection::open(address, options().netbios("*SMBSERVER")).unwrap();
    assert_eq!(c.echo(b"x").unwrap(), b"x");
    let refused = Connection::open(address, options().netbios("NOBODY")).unwrap_err();
    assert!(matches!(refused, Error::Netbios(NegativeReason::CALLED_NOT_PRESENT)));
    here.join().unwrap();
    there.join().unwrap();
}

#[test]
fn every_field_of_a_header_can_be_chosen() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut c = Connection::open(listener.local_addr().unwrap(), options()).unwrap();
    let body = Empty {};
    let plain = Request::new(Command::ECHO, Scope { user_id: 1, tree_id: 2 }, &body);
    let request = Request {
        command: Some(Command(0x6e)),
        status: 3,
        flags: Some(Flags::OPLOCK),
        flags2: Some(lanward_smb1::Flags2::EAS),
        process_id: Some(4),
        multiplex_id: Some(5),
        ..plain.clone()
    };
    let (bytes, ticket) = c.compose(&request);
    assert_eq!((ticket.process_id, ticket.multiplex_id), (4, 5));
    let chosen = Header {
        command: Command(0x6e),
        status: 3,
        flags: Flags::OPLOCK,
        flags2: lanward_smb1::Flags2::EAS,
        process_id: 4,
        security_features: [0; 8],
        tree_id: 2,
        user_id: 1,
        multiplex_id: 5,
    };
    assert_eq!(header(&bytes), chosen);
    let ids: Vec<u16> = (0..3).map(|_| c.compose(&plain).1.multiplex_id).collect();
    assert_eq!(ids, [1, 2, 3]);
}

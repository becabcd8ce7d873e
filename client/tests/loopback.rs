//! The socket, the credits and the compounds, against a peer that says exactly what a test wants.

use lanward_client::{Connection, Error, Options, Request, Scope};
use lanward_nt::NtStatus;
use lanward_smb2::messages::EchoRequest;
use lanward_smb2::{AsyncId, Command, Header, HeaderFlags, MessageId};
use lanward_wire::Encode as _;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

/// A connection, and a peer that runs `script` on its end of it.
fn with_peer(script: impl FnOnce(TcpStream) + Send + 'static) -> (Connection, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let peer = std::thread::spawn(move || script(listener.accept().unwrap().0));
    let options = Options::default().timeout(Duration::from_millis(500));
    (Connection::open(address, options).unwrap(), peer)
}

fn reply(id: u64, status: NtStatus, credits: u16, flags: HeaderFlags) -> Vec<u8> {
    let header = Header {
        command: Command::ECHO,
        status: status.0,
        credits,
        flags: flags | HeaderFlags::SERVER_TO_REDIR,
        message_id: MessageId(id),
        async_id: AsyncId(if flags.contains(HeaderFlags::ASYNC_COMMAND) { 77 } else { 0 }),
        ..Header::default()
    };
    let mut bytes = header.to_bytes();
    bytes.extend_from_slice(&[4, 0, 0, 0]);
    bytes
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut frame = u32::try_from(message.len()).unwrap().to_be_bytes().to_vec();
    frame.extend_from_slice(message);
    frame
}

fn echo() -> Request<'static> {
    Request::new(Command::ECHO, Scope::default(), &EchoRequest)
}

#[test]
fn replies_in_pieces_and_out_of_order() {
    let (mut c, peer) = with_peer(|mut s| {
        let one = framed(&reply(0, NtStatus::SUCCESS, 3, HeaderFlags::empty()));
        let later = [2, 1].map(|id| framed(&reply(id, NtStatus::SUCCESS, 1, HeaderFlags::empty())));
        let all = [one, later.concat()].concat();
        let (first, second) = all.split_at(9);
        s.write_all(first).unwrap();
        s.flush().unwrap();
        s.write_all(second).unwrap();
        let _ = s.read_to_end(&mut Vec::new());
    });
    assert_eq!(c.call(&echo()).unwrap().message_id(), MessageId(0));
    assert_eq!(c.credits(), 3);
    let ids = [c.send(&echo()).unwrap(), c.send(&echo()).unwrap()];
    for id in ids {
        assert_eq!(c.receive(id).unwrap().message_id(), id);
    }
    assert_eq!(c.credits(), 3);
    drop(c);
    peer.join().unwrap();
}

#[test]
fn an_interim_response_is_not_the_answer() {
    let (mut c, peer) = with_peer(|mut s| {
        let pending = framed(&reply(0, NtStatus::PENDING, 1, HeaderFlags::ASYNC_COMMAND));
        let last = framed(&reply(0, NtStatus::CANCELLED, 0, HeaderFlags::ASYNC_COMMAND));
        s.write_all(&pending).unwrap();
        let mut request = [0; 4 + 64 + 4];
        s.read_exact(&mut request).unwrap();
        let mut cancel = [0; 4 + 64 + 4];
        s.read_exact(&mut cancel).unwrap();
        assert_eq!(cancel[4 + 12], 0x0c);
        assert_eq!(cancel[4 + 32], 77);
        s.write_all(&last).unwrap();
    });
    let id = c.send(&echo()).unwrap();
    assert_eq!(c.receive_interim(id).unwrap(), Some(AsyncId(77)));
    c.cancel(Scope::default(), id).unwrap();
    let answer = c.receive(id).unwrap().check(&[]);
    assert_eq!(answer.unwrap_err().status(), Some(NtStatus::CANCELLED));
    assert_eq!(c.async_id(id), None);
    peer.join().unwrap();
}

#[test]
fn a_compound_is_aligned_and_its_answers_are_taken_apart() {
    let (mut c, peer) = with_peer(|mut s| {
        let mut request = [0; 4 + 72 + 68];
        s.read_exact(&mut request).unwrap();
        assert_eq!(request[4 + 20], 72);
        assert_eq!(request[4 + 72 + 16], 4); // RELATED_OPERATIONS
        let mut first = reply(1, NtStatus::SUCCESS, 1, HeaderFlags::empty());
        first.resize(72, 0);
        first[20] = 72;
        let second = reply(2, NtStatus::ACCESS_DENIED, 1, HeaderFlags::empty());
        s.write_all(&framed(&[first, second].concat())).unwrap();
    });
    let (bytes, _) = c.compose(&[Request { credit_charge: Some(0), ..echo() }]).unwrap();
    assert_eq!(bytes.len(), 68);
    // The one credit of a new connection is spent: a compound of two must be given ids of its own.
    let requests = [1, 2].map(|n| Request { message_id: Some(MessageId(n)), ..echo() });
    let ids = c.send_compound(&[requests[0], requests[1].related()]).unwrap();
    assert_eq!(c.receive(ids[1]).unwrap().status(), NtStatus::ACCESS_DENIED);
    assert_eq!(c.receive(ids[0]).unwrap().status(), NtStatus::SUCCESS);
    peer.join().unwrap();
}

#[test]
fn what_breaks_the_protocol_is_an_error() {
    let mut outside = reply(0, NtStatus::SUCCESS, 1, HeaderFlags::empty());
    outside[20] = 200;
    let mut request = reply(0, NtStatus::SUCCESS, 1, HeaderFlags::empty());
    request[16] = 0;
    let short = reply(0, NtStatus::SUCCESS, 1, HeaderFlags::empty())[..60].to_vec();
    for bad in [outside, request, short, vec![0xfd, b'S', b'M', b'B', 0, 0], Vec::new()] {
        let (mut c, peer) = with_peer(move |mut s| s.write_all(&framed(&bad)).unwrap());
        let id = c.send(&echo()).unwrap();
        let error = c.receive(id).unwrap_err();
        assert!(matches!(error, Error::Protocol(_) | Error::Decode(_)), "{error}");
        peer.join().unwrap();
    }
    let (mut c, peer) = with_peer(|mut s| s.write_all(&[0, 0xff, 0xff, 0xff]).unwrap());
    let id = c.send(&echo()).unwrap();
    let error = c.receive(id).unwrap_err();
    assert!(matches!(error, Error::Closed | Error::Io(_)), "{error}");
    peer.join().unwrap();
}

#[test]
fn waits_end() {
    let (mut c, peer) = with_peer(|mut s| {
        let _ = s.read_to_end(&mut Vec::new());
    });
    let id = c.send(&echo()).unwrap();
    assert!(matches!(c.receive_within(id, Duration::from_millis(30)), Err(Error::TimedOut)));
    assert!(!c.closes_within(Duration::from_millis(30)).unwrap());
    // Without credits nothing can be sent, and the wait for one ends too.
    assert!(matches!(c.send(&echo()), Err(Error::TimedOut)));
    c.shutdown_write().unwrap();
    peer.join().unwrap();
    assert!(c.closes_within(Duration::from_secs(5)).unwrap());
}

//! Every message in every state, and what time brings.

use lanward_wire::Encode;

use super::*;
use crate::control::vectors::messages;
use crate::control::{ControlMessageType, StartReply, StartReplyResult};

const fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

fn rng(octets: &mut [u8]) {
    octets.fill(0x5a);
}

fn bytes_of(message_type: ControlMessageType) -> Vec<u8> {
    let known = messages().into_iter().find(|(message, _)| message.message_type() == message_type);
    known.expect("every type is there").1
}

/// What comes of one message: what is for others, and what is said.
fn feed(
    connection: &mut ControlConnection,
    message_type: ControlMessageType,
    now: Duration,
) -> Vec<ControlStep> {
    feed_bytes(connection, &bytes_of(message_type), now)
}

fn feed_bytes(connection: &mut ControlConnection, bytes: &[u8], now: Duration) -> Vec<ControlStep> {
    let mut input = bytes;
    let steps = core::iter::from_fn(|| connection.receive(&mut input, now)).collect();
    assert!(input.is_empty());
    steps
}

/// What was said since it was last asked.
fn said(connection: &mut ControlConnection) -> Vec<ControlMessage> {
    let output = connection.output().to_vec();
    connection.sent(output.len(), Duration::ZERO);
    let (mut framing, mut input, mut all) = (Framing::new(), &output[..], Vec::new());
    while let Some(message) = framing.next(&mut input).expect("well formed") {
        all.push(message);
    }
    all
}

fn types(messages: &[ControlMessage]) -> Vec<ControlMessageType> {
    messages.iter().map(ControlMessage::message_type).collect()
}

fn server() -> ControlConnection {
    ControlConnection::accept(ControlConfig::new("lab"), Admission::Accept, secs(0))
}

fn client() -> ControlConnection {
    ControlConnection::originate(ControlConfig::new("lab"), secs(0))
}

fn established_server() -> ControlConnection {
    let mut connection = server();
    assert_eq!(feed(&mut connection, ControlMessageType::START_REQUEST, secs(0)).len(), 1);
    assert_eq!(types(&said(&mut connection)), [ControlMessageType::START_REPLY]);
    connection
}

fn established_client() -> ControlConnection {
    let mut connection = client();
    assert_eq!(types(&said(&mut connection)), [ControlMessageType::START_REQUEST]);
    assert_eq!(feed(&mut connection, ControlMessageType::START_REPLY, secs(0)).len(), 1);
    connection
}

/// What a state makes of a message.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Established,
    Call,
    Nothing,
    Says(ControlMessageType),
    Closes(CloseReason),
    SaysAndCloses(ControlMessageType, CloseReason),
}

fn outcome(mut connection: ControlConnection, message_type: ControlMessageType) -> Outcome {
    said(&mut connection);
    let steps = feed(&mut connection, message_type, secs(1));
    let said = said(&mut connection);
    match (&steps[..], &said[..], connection.closed()) {
        ([ControlStep::Established { .. }], ..) => Outcome::Established,
        ([ControlStep::Call(_)], [], None) => Outcome::Call,
        ([], [], None) => Outcome::Nothing,
        ([], [message], None) => Outcome::Says(message.message_type()),
        ([], [], Some(reason)) => Outcome::Closes(reason),
        ([], [message], Some(reason)) => Outcome::SaysAndCloses(message.message_type(), reason),
        other => panic!("{message_type:?}: {other:?}"),
    }
}

#[test]
fn every_message_in_every_state() {
    use ControlMessageType as Type;
    type Make = fn() -> ControlConnection;
    let stopping: Make = || {
        let mut connection = established_server();
        connection.stop(CloseReason::Shutdown, secs(0));
        connection
    };
    let refused = Outcome::Closes(CloseReason::UnexpectedMessage);
    for number in 1..=15 {
        let message_type = Type(number);
        let answers_start = |own| {
            if message_type == own {
                Outcome::Established
            } else {
                Outcome::Closes(CloseReason::UnexpectedMessage)
            }
        };
        assert_eq!(outcome(server(), message_type), answers_start(Type::START_REQUEST));
        assert_eq!(outcome(client(), message_type), answers_start(Type::START_REPLY));
        for connection in [established_server(), established_client()] {
            let expected = match message_type {
                Type::START_REQUEST | Type::START_REPLY => &refused,
                Type::STOP_REQUEST => &Outcome::SaysAndCloses(Type::STOP_REPLY, CloseReason::PeerStopped),
                Type::ECHO_REQUEST => &Outcome::Says(Type::ECHO_REPLY),
                Type::STOP_REPLY | Type::ECHO_REPLY => &Outcome::Nothing,
                _ => &Outcome::Call,
            };
            assert_eq!(&outcome(connection, message_type), expected, "{message_type:?}");
        }
        let expected = match message_type {
            Type::STOP_REPLY => Outcome::Closes(CloseReason::Shutdown),
            Type::STOP_REQUEST => Outcome::SaysAndCloses(Type::STOP_REPLY, CloseReason::Shutdown),
            _ => Outcome::Nothing,
        };
        assert_eq!(outcome(stopping(), message_type), expected, "{message_type:?}");
        let mut closed = stopping();
        closed.lost(secs(0));
        assert_eq!(outcome(closed, message_type), Outcome::Closes(CloseReason::Shutdown));
    }
}

#[test]
fn versions_are_judged_by_their_major_part() {
    for (version, accepted) in
        [(0x0100u16, true), (0x0101, true), (0x01ff, true), (0, false), (0x0200, false), (0xffff, false)]
    {
        let mut request = bytes_of(ControlMessageType::START_REQUEST);
        request[12..14].copy_from_slice(&version.to_be_bytes());
        let mut connection = server();
        feed_bytes(&mut connection, &request, secs(0));
        let replies = said(&mut connection);
        let [ControlMessage::StartReply(StartReply { version: said, result, .. })] = &replies[..] else {
            panic!("{replies:?}");
        };
        assert_eq!(*said, 0x0100);
        if accepted {
            assert_eq!((*result, connection.closed()), (StartReplyResult::OK, None));
        } else {
            assert_eq!(
                (*result, connection.closed()),
                (StartReplyResult::VERSION, Some(CloseReason::Version))
            );
        }
    }
    let mut reply = bytes_of(ControlMessageType::START_REPLY);
    reply[12] = 2;
    let mut connection = client();
    said(&mut connection);
    feed_bytes(&mut connection, &reply, secs(0));
    assert_eq!(types(&said(&mut connection)), [ControlMessageType::STOP_REQUEST]);
    assert_eq!(connection.state(), ControlState::WaitStopReply(CloseReason::Version));
}

#[test]
fn a_server_says_why_not() {
    for (admission, result, error, reason) in [
        (
            Admission::NotAuthorized,
            StartReplyResult::NOT_AUTHORIZED,
            GeneralError::NONE,
            CloseReason::NotAuthorized,
        ),
        (
            Admission::NoResource,
            StartReplyResult::GENERAL_ERROR,
            GeneralError::NO_RESOURCE,
            CloseReason::NoResource,
        ),
    ] {
        let mut connection = ControlConnection::accept(ControlConfig::new("lab"), admission, secs(0));
        assert_eq!(feed(&mut connection, ControlMessageType::START_REQUEST, secs(0)), []);
        let replies = said(&mut connection);
        let [ControlMessage::StartReply(reply)] = &replies[..] else { panic!("{replies:?}") };
        assert_eq!((reply.result, reply.error), (result, error));
        assert_eq!(connection.closed(), Some(reason));
    }
}

#[test]
fn a_client_takes_zero_for_success_and_nothing_else() {
    for (result, closed) in [(0, None), (1, None), (2, Some(CloseReason::StartRefused))] {
        let mut reply = bytes_of(ControlMessageType::START_REPLY);
        reply[14] = result;
        let mut connection = client();
        feed_bytes(&mut connection, &reply, secs(0));
        assert_eq!(connection.closed(), closed);
    }
}

#[test]
fn who_says_nothing_is_hung_up_on() {
    for mut connection in [server(), client()] {
        said(&mut connection);
        assert_eq!(connection.deadline(), Some(secs(30)));
        // Octets that make no message change nothing.
        feed_bytes(&mut connection, &[0, 156], secs(29));
        connection.tick(secs(29), &mut rng);
        assert_eq!(connection.closed(), None);
        connection.tick(secs(30), &mut rng);
        assert_eq!(connection.closed(), Some(CloseReason::StartTimeout));
        assert_eq!(connection.deadline(), None);
    }
}

#[test]
fn a_message_that_has_begun_must_end() {
    let mut connection = established_server();
    let echo = bytes_of(ControlMessageType::ECHO_REQUEST);
    feed_bytes(&mut connection, &echo[..9], secs(10));
    feed_bytes(&mut connection, &echo[9..12], secs(39));
    connection.tick(secs(39), &mut rng);
    assert_eq!(connection.closed(), None);
    connection.tick(secs(40), &mut rng);
    assert_eq!(connection.closed(), Some(CloseReason::MessageTimeout));
}

#[test]
fn a_silent_peer_is_asked_for_an_echo() {
    let mut connection = established_server();
    assert_eq!(connection.deadline(), Some(secs(60)));
    connection.tick(secs(60), &mut rng);
    assert_eq!(said(&mut connection), [ControlMessage::EchoRequest(EchoRequest { identifier: 0x5a5a_5a5a })]);
    assert_eq!(connection.deadline(), Some(secs(120)));
    let mut answered = EchoReply { identifier: 1, result: 1, error: GeneralError::NONE };
    feed_bytes(&mut connection, &ControlMessage::EchoReply(answered.clone()).to_bytes(), secs(61));
    assert_eq!(connection.deadline(), Some(secs(120)), "another one's echo is none");
    answered.identifier = 0x5a5a_5a5a;
    feed_bytes(&mut connection, &ControlMessage::EchoReply(answered).to_bytes(), secs(70));
    assert_eq!(connection.deadline(), Some(secs(130)));
    connection.tick(secs(130), &mut rng);
    said(&mut connection);
    connection.tick(secs(190), &mut rng);
    assert_eq!(connection.closed(), Some(CloseReason::EchoTimeout));
}

#[test]
fn a_peer_that_does_not_agree_to_end_is_left() {
    let mut connection = established_client();
    connection.stop(CloseReason::Local, secs(5));
    connection.tick(secs(7), &mut rng);
    assert_eq!(connection.closed(), None);
    connection.tick(secs(8), &mut rng);
    assert_eq!(connection.closed(), Some(CloseReason::Local));
}

#[test]
fn the_end_of_the_connection_is_what_was_wanted_or_not() {
    let mut connection = established_client();
    connection.lost(secs(1));
    assert_eq!(connection.closed(), Some(CloseReason::ConnectionLost));
    let mut connection = established_client();
    connection.stop(CloseReason::Administrator, secs(1));
    connection.lost(secs(1));
    assert_eq!(connection.closed(), Some(CloseReason::Administrator));
}

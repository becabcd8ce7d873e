//! Every message about calls, at either end and wherever the call is.

use core::time::Duration;

use super::*;
use crate::control::ControlMessageType as Type;
use crate::control::vectors::messages;

const NOW: Duration = Duration::ZERO;

fn config() -> ControlConfig {
    ControlConfig::new("lab")
}

/// The call is 0x2222 here and 0x1111 at the client.
fn server() -> (Calls, CallKey) {
    let mut calls = Calls::new(End::Concentrator, 2);
    let CallStep::Requested(key, _) = calls.receive(message(Type::OUTGOING_CALL_REQUEST), NOW) else {
        panic!("there is room");
    };
    let Some(ControlMessage::OutgoingCallReply(reply)) = calls.take(key, 0x2222, &config(), NOW) else {
        panic!("it waits");
    };
    assert_eq!((reply.call_id, reply.peer_call_id), (0x2222, 0x1111));
    assert_eq!((reply.result, reply.receive_window), (OutgoingCallReplyResult::CONNECTED, 64));
    (calls, key)
}

/// The call is 0x1111 here.
fn asking() -> (Calls, CallKey) {
    let mut calls = Calls::new(End::NetworkServer, 1);
    let (key, request) = calls.ask(0x1111, &config(), NOW).unwrap();
    assert_eq!(request.message_type(), Type::OUTGOING_CALL_REQUEST);
    assert_eq!(calls.ask(0x1112, &config(), NOW), None);
    (calls, key)
}

/// And 0x2222 at the server.
fn client() -> (Calls, CallKey) {
    let (mut calls, key) = asking();
    assert_eq!(calls.receive(message(Type::OUTGOING_CALL_REPLY), NOW), CallStep::Connected(key));
    assert_eq!(calls.find(key).unwrap().peer_call_id, 0x2222);
    (calls, key)
}

fn message(message_type: Type) -> ControlMessage {
    messages().swap_remove(usize::from(message_type.0) - 1).0
}

fn refused(step: CallStep) -> GeneralError {
    let CallStep::Reply(ControlMessage::OutgoingCallReply(reply)) = step else { panic!("{step:?}") };
    assert_eq!((reply.call_id, reply.result), (0, OutgoingCallReplyResult::GENERAL_ERROR));
    reply.error
}

#[test]
fn a_server_makes_this_of_every_message() {
    for number in 7..=15 {
        let (mut calls, key) = server();
        let step = calls.receive(message(Type(number)), NOW);
        match Type(number) {
            Type::OUTGOING_CALL_REQUEST => assert_eq!(refused(step), GeneralError::BAD_CALL_ID),
            Type::INCOMING_CALL_REQUEST => {
                let CallStep::Reply(ControlMessage::IncomingCallReply(reply)) = step else { panic!() };
                assert_eq!((reply.call_id, reply.peer_call_id), (0, 0x3333));
                assert_eq!(reply.result, IncomingCallReplyResult::DO_NOT_ACCEPT);
            }
            Type::CALL_CLEAR_REQUEST => assert_eq!(step, CallStep::Ended(key, CloseReason::PeerCleared)),
            Type::CALL_DISCONNECT_NOTIFY | Type::WAN_ERROR_NOTIFY | Type::SET_LINK_INFO => {
                assert_eq!(step, CallStep::Ignored);
            }
            _ => assert_eq!(step, CallStep::Violation),
        }
        assert_eq!(calls.find(key).map(|call| call.state), Some(CallState::Established));
    }
}

#[test]
fn a_client_makes_this_of_every_message() {
    for number in 7..=15 {
        for (established, (mut calls, key)) in [(false, asking()), (true, client())] {
            let step = calls.receive(message(Type(number)), NOW);
            match Type(number) {
                Type::OUTGOING_CALL_REPLY if !established => assert_eq!(step, CallStep::Connected(key)),
                Type::INCOMING_CALL_REQUEST => assert!(matches!(step, CallStep::Reply(_))),
                Type::CALL_DISCONNECT_NOTIFY => {
                    assert_eq!(step, CallStep::Ended(key, CloseReason::PeerDisconnected));
                }
                Type::CALL_CLEAR_REQUEST | Type::WAN_ERROR_NOTIFY | Type::SET_LINK_INFO => {
                    assert_eq!(step, CallStep::Ignored);
                }
                _ => assert_eq!(step, CallStep::Violation, "{:?}", Type(number)),
            }
        }
    }
}

#[test]
fn a_server_refuses_what_is_too_much_or_makes_no_sense() {
    let (mut calls, _) = server();
    let request = |call_id, phone_number_len| {
        let ControlMessage::OutgoingCallRequest(request) = message(Type::OUTGOING_CALL_REQUEST) else {
            panic!()
        };
        ControlMessage::OutgoingCallRequest(OutgoingCallRequest { call_id, phone_number_len, ..request })
    };
    assert_eq!(refused(calls.receive(request(7, 65535), NOW)), GeneralError::BAD_VALUE);
    assert!(matches!(calls.receive(request(7, 64), NOW), CallStep::Requested(..)));
    assert_eq!(refused(calls.receive(request(8, 0), NOW)), GeneralError::NO_RESOURCE);
    assert_eq!(calls.iter().count(), 2);
}

#[test]
fn what_a_peer_calls_another_call_names_none() {
    let (mut calls, _) = server();
    for call_id in [0, 0x2222, 0xffff] {
        let clear = ControlMessage::CallClearRequest(CallClearRequest { call_id });
        assert_eq!(calls.receive(clear, NOW), CallStep::Ignored);
    }
}

#[test]
fn a_call_may_be_zero_at_the_server() {
    let (mut calls, key) = asking();
    let ControlMessage::OutgoingCallReply(reply) = message(Type::OUTGOING_CALL_REPLY) else { panic!() };
    let unknown = OutgoingCallReply { peer_call_id: 0x9999, ..reply.clone() };
    assert_eq!(calls.receive(ControlMessage::OutgoingCallReply(unknown), NOW), CallStep::Violation);
    let zero = OutgoingCallReply { call_id: 0, ..reply };
    assert_eq!(calls.receive(ControlMessage::OutgoingCallReply(zero), NOW), CallStep::Connected(key));
}

#[test]
fn a_disconnect_may_name_the_only_call_wrongly() {
    for call_id in [0x2222, 0x1111, 0x2222u16.swap_bytes()] {
        let (mut calls, key) = client();
        let ControlMessage::CallDisconnectNotify(notify) = message(Type::CALL_DISCONNECT_NOTIFY) else {
            panic!()
        };
        let notify = Box::new(CallDisconnectNotify { call_id, ..*notify });
        let step = calls.receive(ControlMessage::CallDisconnectNotify(notify), NOW);
        assert_eq!(step, CallStep::Ended(key, CloseReason::PeerDisconnected));
    }
}

#[test]
fn the_result_is_the_reason_but_in_the_profile_of_windows() {
    for (profile, result, window) in [
        (Profile::Rfc, CallDisconnectResult::ADMIN_SHUTDOWN, 64),
        (Profile::Windows, CallDisconnectResult::ZERO, 0),
    ] {
        let config = ControlConfig { profile, ..config() };
        let mut calls = Calls::new(End::Concentrator, 1);
        let CallStep::Requested(key, _) = calls.receive(message(Type::OUTGOING_CALL_REQUEST), NOW) else {
            panic!()
        };
        let Some(ControlMessage::OutgoingCallReply(reply)) = calls.take(key, 1, &config, NOW) else {
            panic!()
        };
        assert_eq!(reply.receive_window, window);
        let Some(ControlMessage::CallDisconnectNotify(notify)) =
            calls.end(key, CloseReason::Administrator, &config, NOW)
        else {
            panic!()
        };
        assert_eq!((notify.call_id, notify.result), (1, result));
        assert!(calls.is_empty());
    }
}

#[test]
fn a_client_waits_for_the_server_to_agree() {
    let (mut calls, key) = client();
    let clear = calls.end(key, CloseReason::Local, &config(), NOW);
    assert_eq!(clear, Some(ControlMessage::CallClearRequest(CallClearRequest { call_id: 0x1111 })));
    assert_eq!(calls.end(key, CloseReason::Local, &config(), NOW), None);
    let ended = CallStep::Ended(key, CloseReason::PeerDisconnected);
    assert_eq!(calls.receive(message(Type::CALL_DISCONNECT_NOTIFY), NOW), ended);
}

//! Every type of message, with every length, in every state of either end.

use super::*;

/// Both ends, in each state they can be in.
fn states() -> Vec<(&'static str, Alone)> {
    let mut requested = Alone::established();
    requested.tcp(&bytes_of(Type::OUTGOING_CALL_REQUEST));
    let mut cleared = Alone::called();
    cleared.tcp(&bytes_of(Type::CALL_CLEAR_REQUEST));
    let mut stopping = Alone::called();
    stopping.tunnel.stop(CloseReason::Shutdown, secs(0), &mut rng, &mut stopping.events);
    let mut closed = Alone::called();
    closed.tcp(&bytes_of(Type::STOP_REQUEST));
    let mut asking = Alone::client();
    asking.tcp(&bytes_of(Type::START_REPLY));
    let dialled = || {
        let mut end = Alone::client();
        end.tcp(&bytes_of(Type::START_REPLY));
        end.tcp(&bytes_of(Type::OUTGOING_CALL_REPLY));
        end
    };
    let mut clearing = dialled();
    let call = clearing.tunnel.calls().next().unwrap().0;
    clearing.tunnel.end_call(call, CloseReason::Local, secs(0), &mut clearing.events);
    let mut disconnected = dialled();
    disconnected.tcp(&bytes_of(Type::CALL_DISCONNECT_NOTIFY));
    let mut gone = dialled();
    gone.tunnel.tcp_lost(secs(0), &mut gone.events);
    vec![
        ("server: idle", Alone::server()),
        ("server: established", Alone::established()),
        ("server: a call is requested", requested),
        ("server: with a call", Alone::called()),
        ("server: after its call", cleared),
        ("server: stopping", stopping),
        ("server: closed", closed),
        ("client: wait for the reply", Alone::client()),
        ("client: wait for the call", asking),
        ("client: with a call", dialled()),
        ("client: wait for the end of the call", clearing),
        ("client: stopping", disconnected),
        ("client: closed", gone),
    ]
}

#[test]
fn every_type_with_every_length_in_every_state() {
    let types = messages();
    for (pick, (message, bytes)) in types.iter().enumerate() {
        let size = u16::try_from(bytes.len()).unwrap();
        for len in [0, 1, 2, 11, 12, size - 1, size, size + 1, 65535] {
            for (state, mut end) in states() {
                end.said();
                let over = end.closed();
                let mut sent = bytes.clone();
                sent[..2].copy_from_slice(&len.to_be_bytes());
                // As much as the length says, up to more than any buffer there is.
                sent.resize(sent.len().max(usize::from(len).min(1000)), 0);
                end.tcp(&sent);
                let context = format!("{state}: {:?} of {len}", message.message_type());
                assert!(end.tunnel.tcp_output().len() <= 148 + sent.len(), "{context}");
                if len != size && over.is_none() {
                    assert_eq!(end.closed(), Some(CloseReason::BadLength), "{context}");
                }
                if len == size && state == "server: with a call" {
                    let closes = [1, 2, 3, 8, 10, 11].contains(&(pick + 1));
                    assert_eq!(end.closed().is_some(), closes, "{context}");
                }
                // Whatever it was, it comes to an end.
                end.pass(secs(600));
                assert!(end.closed().is_some(), "{context}");
                assert_eq!(end.tunnel.deadline(), None, "{context}");
                assert!(end.tunnel.calls().next().is_none(), "{context}");
            }
        }
    }
}

#[test]
fn a_whole_conversation_split_at_every_octet() {
    let stream: Vec<u8> = [
        Type::START_REQUEST,
        Type::OUTGOING_CALL_REQUEST,
        Type::SET_LINK_INFO,
        Type::ECHO_REQUEST,
        Type::CALL_CLEAR_REQUEST,
        Type::STOP_REQUEST,
    ]
    .into_iter()
    .flat_map(bytes_of)
    .collect();
    let converse = |pieces: &[&[u8]]| {
        let mut end = Alone::server();
        for piece in pieces {
            end.tcp(piece);
            let state = end.tunnel.calls().next().map(|(.., state)| state);
            if state == Some(CallState::Requested) {
                end.accept();
            }
        }
        (end.said(), end.closed())
    };
    let octets: Vec<&[u8]> = stream.chunks(1).collect();
    let (said, closed) = converse(&octets);
    let types: Vec<_> = said.iter().map(ControlMessage::message_type).collect();
    assert_eq!(
        types,
        [
            Type::START_REPLY,
            Type::OUTGOING_CALL_REPLY,
            Type::ECHO_REPLY,
            Type::CALL_DISCONNECT_NOTIFY,
            Type::STOP_REPLY
        ]
    );
    assert_eq!(closed, Some(CloseReason::PeerStopped));
    // A call is taken between two pieces: up to there they may be cut anywhere.
    let called = 156 + 168;
    for at in 0..=called {
        let (head, rest) = stream.split_at(at);
        let (middle, tail) = rest.split_at(called - at);
        assert_eq!(converse(&[head, middle, tail]), (said.clone(), closed));
    }
    for at in called..=stream.len() {
        let (head, rest) = stream.split_at(called);
        let (middle, tail) = rest.split_at(at - called);
        assert_eq!(converse(&[head, middle, tail]), (said.clone(), closed));
    }
}

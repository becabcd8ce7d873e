//! What has broken others' control connections, by the rows of the catalogue. Wherever it says so, the connection is closed and nobody else notices.

use super::*;
use crate::control::{CallClearRequest, EchoReply, GeneralError, OutgoingCallReply, OutgoingCallReplyResult};

/// What becomes of either end, wherever it is, that is sent this.
fn closes(octets: &[u8], reason: CloseReason) {
    beside(|| {
        let mut dialled = Alone::client();
        dialled.tcp(&bytes_of(Type::START_REPLY));
        dialled.tcp(&bytes_of(Type::OUTGOING_CALL_REPLY));
        for mut end in [Alone::server(), Alone::established(), Alone::called(), Alone::client(), dialled] {
            let had_call = end.tunnel.calls().next().is_some();
            end.said();
            end.tcp(octets);
            assert_eq!(end.closed(), Some(reason), "{octets:x?}");
            assert_eq!(end.down(), vec![reason; usize::from(had_call)]);
            assert_eq!(end.said(), [], "nothing is said to it");
        }
    });
}

#[test]
fn c01_strings_and_counters_are_never_believed() {
    // The trigger was never published: every field of every message at its largest, at either end.
    beside(|| {
        for (_, good) in messages() {
            for at in (12..good.len()).step_by(2) {
                for mut end in [Alone::called(), Alone::client()] {
                    let mut bytes = good.clone();
                    bytes[at..].fill(0xff);
                    end.tcp(&bytes);
                    end.pass(secs(600));
                    assert!(end.closed().is_some());
                }
            }
        }
    });
}

#[test]
fn c02_length_zero_and_one() {
    closes(&[0, 0], CloseReason::BadLength);
    closes(&[0, 1], CloseReason::BadLength);
}

#[test]
fn c03_length_too_small_or_too_large() {
    let mut request = bytes_of(Type::START_REQUEST);
    for len in [2u16, 11, 12, 15, 155, 157, 0xffff] {
        request[..2].copy_from_slice(&len.to_be_bytes());
        closes(&request[..12], CloseReason::BadLength);
    }
}

#[test]
fn c04_length_zero_of_an_unknown_type() {
    closes(&[0, 0, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 0xff, 0, 0], CloseReason::BadLength);
}

#[test]
fn c05_an_unhandled_type_does_not_stop_the_cursor() {
    closes(&[0, 16, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 0x10, 0, 0, 0, 0, 0, 0], CloseReason::UnknownMessage);
}

#[test]
fn c06_less_than_a_header() {
    for len in 2..16 {
        closes(&[0, len, 0, 1, 0x1a, 0x2b, 0x3c, 0x4d, 0, 5, 0, 0], CloseReason::BadLength);
    }
}

#[test]
fn c07_magic_and_types_that_are_wrong() {
    let mut echo = bytes_of(Type::ECHO_REQUEST);
    echo[7] = 0x4e;
    closes(&echo, CloseReason::BadMagic);
    echo[7] = 0x4d;
    echo[3] = 2;
    closes(&echo, CloseReason::BadMessageType);
    echo[3] = 1;
    for control_type in [0u16, 16, 0xffff] {
        echo[8..10].copy_from_slice(&control_type.to_be_bytes());
        closes(&echo, CloseReason::UnknownMessage);
    }
}

#[test]
fn c08_an_octet_at_a_time_and_then_silence() {
    beside(|| {
        let mut end = Alone::server();
        for octet in &bytes_of(Type::START_REQUEST)[..29] {
            end.tcp(&[*octet]);
            end.pass(secs(1));
        }
        assert_eq!(end.closed(), None);
        end.pass(secs(1));
        assert_eq!(end.closed(), Some(CloseReason::StartTimeout));
        let mut end = Alone::called();
        end.tcp(&bytes_of(Type::ECHO_REQUEST)[..12]);
        end.pass(secs(30));
        assert_eq!(end.closed(), Some(CloseReason::MessageTimeout));
    });
}

#[test]
fn c09_messages_in_one_segment() {
    beside(|| {
        let mut end = Alone::server();
        end.tcp(&[bytes_of(Type::START_REQUEST), bytes_of(Type::OUTGOING_CALL_REQUEST)].concat());
        end.accept();
        let types: Vec<_> = end.said().iter().map(ControlMessage::message_type).collect();
        assert_eq!(types, [Type::START_REPLY, Type::OUTGOING_CALL_REPLY]);
    });
}

#[test]
fn c10_a_peer_that_asks_and_never_reads() {
    beside(|| {
        let mut end = Alone::called();
        end.said();
        for _ in 0..1000 {
            end.tcp(&bytes_of(Type::ECHO_REQUEST));
            end.pass(ms(50));
            assert!(end.tunnel.tcp_output().len() <= ControlConnection::MAX_OUTPUT);
        }
        assert_eq!(end.closed(), Some(CloseReason::PeerDoesNotRead));
        let mut end = Alone::called();
        end.pass(secs(30));
        assert_eq!(end.closed(), Some(CloseReason::PeerDoesNotRead), "a reply that nobody takes");
    });
}

#[test]
fn c11_what_was_not_written_stays_in_order() {
    beside(|| {
        let mut end = Alone::established();
        end.tcp(&bytes_of(Type::ECHO_REQUEST));
        let mut all = Vec::new();
        while let Some(octet) = end.tunnel.tcp_output().first().copied() {
            all.push(octet);
            end.tunnel.tcp_sent(1, secs(0));
        }
        let mut whole = Alone::established();
        whole.tcp(&bytes_of(Type::ECHO_REQUEST));
        assert_eq!(all, whole.tunnel.tcp_output());
    });
}

#[test]
fn c12_a_call_that_is_cleared_with_odd_ids() {
    beside(|| {
        for call_id in [0u16, 1, 0xe60c, 0xffff] {
            let mut end = Alone::established();
            let mut request = bytes_of(Type::OUTGOING_CALL_REQUEST);
            request[12..14].copy_from_slice(&0xe60cu16.to_be_bytes());
            end.tcp(&request);
            let clear = ControlMessage::CallClearRequest(CallClearRequest { call_id }).to_bytes();
            end.tcp(&clear);
            end.tcp(&clear);
            let cleared = call_id == 0xe60c;
            assert_eq!(end.down(), vec![CloseReason::PeerCleared; usize::from(cleared)]);
            assert_eq!(end.closed(), None);
            // What was cleared while it waited is not taken any more.
            let before = end.events.len();
            end.accept();
            assert_eq!(end.tunnel.calls().count(), usize::from(!cleared));
            assert_eq!(end.events.len() > before, !cleared);
        }
    });
}

#[test]
fn c13_messages_in_every_wrong_order() {
    // Every pair and triple of types, from the start: each is answered, ignored or closes.
    beside(|| {
        for first in 1..=15 {
            for second in 1..=15 {
                for mut end in [Alone::server(), Alone::called(), Alone::client()] {
                    for number in [first, second, first] {
                        end.tcp(&bytes_of(Type(number)));
                    }
                    end.pass(secs(600));
                    assert!(end.closed().is_some());
                    assert!(end.events.len() < 64);
                }
            }
        }
        let mut end = Alone::server();
        end.tcp(&bytes_of(Type::OUTGOING_CALL_REQUEST));
        assert_eq!(end.closed(), Some(CloseReason::UnexpectedMessage), "a call before there is a connection");
    });
}

#[test]
fn c14_what_is_late_finds_nobody() {
    beside(|| {
        let mut end = Alone::established();
        end.tcp(&bytes_of(Type::OUTGOING_CALL_REQUEST));
        let (late, ..) = end.tunnel.calls().next().unwrap();
        end.tcp(&bytes_of(Type::CALL_CLEAR_REQUEST));
        end.tcp(&bytes_of(Type::OUTGOING_CALL_REQUEST));
        let (new, ..) = end.tunnel.calls().next().unwrap();
        assert_ne!(late, new);
        let before = end.events.len();
        end.tunnel.accept_call(late, 0x2222, server_link(), secs(0), &mut rng, &mut end.events);
        end.tunnel.refuse_call(late, false, secs(0), &mut end.events);
        end.tunnel.close_call(late, CloseReason::Local, secs(0), &mut rng, &mut end.events);
        assert_eq!(end.events.len(), before);
        assert_eq!(end.tunnel.calls().count(), 1);
        end.tunnel.tcp_lost(secs(0), &mut end.events);
        let before = end.events.len();
        end.tunnel.accept_call(new, 0x2222, server_link(), secs(0), &mut rng, &mut end.events);
        end.tcp(&bytes_of(Type::ECHO_REQUEST));
        end.pass(secs(60));
        assert_eq!(end.events.len(), before, "nothing follows the end");
    });
}

#[test]
fn c16_garbage_to_the_port() {
    closes(b"GET / HTTP/1.0\r\n\r\n", CloseReason::BadLength);
    closes(&[0xff; 64], CloseReason::BadLength);
    closes(&[0, 16, 3, 1, 0, 1], CloseReason::BadMessageType);
}

#[test]
fn c17_replies_nobody_asked_for() {
    beside(|| {
        let after = |message_type| {
            let mut end = Alone::called();
            end.said();
            end.tcp(&bytes_of(message_type));
            assert_eq!(end.said(), []);
            end.closed()
        };
        assert_eq!(after(Type::START_REQUEST), Some(CloseReason::UnexpectedMessage));
        assert_eq!(after(Type::START_REPLY), Some(CloseReason::UnexpectedMessage));
        assert_eq!(after(Type::STOP_REPLY), None);
        assert_eq!(after(Type::ECHO_REPLY), None);
    });
}

#[test]
fn c18_calls_without_end_on_one_connection() {
    beside(|| {
        let mut end = Alone::called();
        end.said();
        for call_id in 0..90u16 {
            let mut request = bytes_of(Type::OUTGOING_CALL_REQUEST);
            request[12..14].copy_from_slice(&call_id.to_be_bytes());
            end.tcp(&request);
            let said = end.said();
            let [ControlMessage::OutgoingCallReply(reply)] = &said[..] else { panic!("{said:?}") };
            assert_eq!(reply.result, OutgoingCallReplyResult::GENERAL_ERROR);
            assert_eq!(reply.error, GeneralError::NO_RESOURCE);
            assert_eq!(end.tunnel.calls().count(), 1);
        }
        for _ in 0..100 {
            end.tcp(&bytes_of(Type::OUTGOING_CALL_REQUEST));
        }
        assert_eq!(end.closed(), Some(CloseReason::Flood));
        // Connections without a call, and those that were refused one, do not stay.
        let mut end = Alone::established();
        end.said();
        end.pass(secs(30));
        assert_eq!(end.said().len(), 1);
        end.pass(secs(3));
        assert_eq!(end.closed(), Some(CloseReason::NoCall));
    });
}

#[test]
fn c19_a_flood_of_echoes() {
    beside(|| {
        let mut end = Alone::called();
        end.said();
        let mut answered = 0;
        for _ in 0..600 {
            end.tcp(&bytes_of(Type::ECHO_REQUEST));
            answered += end.said().len();
            end.pass(ms(20));
        }
        assert_eq!(end.closed(), None, "fifty in a second are suffered");
        assert!((100..=140).contains(&answered), "{answered} answers in 12 s");
        assert!(end.tunnel.control_counters().echoes_unanswered > 400);
        end.tcp(&bytes_of(Type::ECHO_REQUEST).repeat(1000));
        assert_eq!(end.closed(), Some(CloseReason::Flood));
    });
}

#[test]
fn c20_strings_of_anything() {
    beside(|| {
        for fill in [&[0xff][..], b"\x1b[31m", b"%n%s", b"A", b"\r\n"] {
            let mut request = bytes_of(Type::START_REQUEST);
            let strings: Vec<u8> = fill.iter().copied().cycle().take(128).collect();
            request[28..].copy_from_slice(&strings);
            let mut end = Alone::server();
            end.tcp(&request);
            let [TunnelEvent::Established { host, vendor }] = &end.events[..] else { panic!() };
            for shown in [host.to_string(), vendor.to_string()] {
                assert!(shown.len() <= 256 && shown.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            }
            let mut call = bytes_of(Type::OUTGOING_CALL_REQUEST);
            call[36..38].copy_from_slice(&[0xff, 0xff]);
            call[40..].copy_from_slice(&strings);
            end.said();
            end.tcp(&call);
            let said = end.said();
            let [ControlMessage::OutgoingCallReply(reply)] = &said[..] else { panic!("{said:?}") };
            assert_eq!(reply.error, GeneralError::BAD_VALUE);
        }
    });
}

#[test]
fn c21_ids_of_others_mean_nothing() {
    beside(|| {
        let mut first = Alone::called();
        let mut second = Alone::established();
        // What the first one calls its call, and what the server calls it, name nothing on the second.
        for call_id in [0x1111u16, 0x2222, 0] {
            second.tcp(&ControlMessage::CallClearRequest(CallClearRequest { call_id }).to_bytes());
            let mut info = bytes_of(Type::SET_LINK_INFO);
            info[12..14].copy_from_slice(&call_id.to_be_bytes());
            second.tcp(&info);
        }
        assert_eq!((second.closed(), second.down()), (None, vec![]));
        assert_eq!(first.tunnel.calls().count(), 1);
        first.said();
        first.tcp(&bytes_of(Type::OUTGOING_CALL_REQUEST));
        let said = first.said();
        let [ControlMessage::OutgoingCallReply(reply)] = &said[..] else { panic!("{said:?}") };
        assert_eq!((reply.call_id, reply.peer_call_id), (0, 0x1111));
        assert_eq!(reply.error, GeneralError::BAD_CALL_ID);
        // 0 is an id as any other where a peer gives it.
        let mut zero = Alone::established();
        let mut request = bytes_of(Type::OUTGOING_CALL_REQUEST);
        request[12..14].fill(0);
        zero.tcp(&request);
        zero.accept();
        zero.tcp(&ControlMessage::CallClearRequest(CallClearRequest { call_id: 0 }).to_bytes());
        assert_eq!(zero.down(), [CloseReason::PeerCleared]);
    });
}

#[test]
fn c22_windows_delays_and_speeds_of_any_size() {
    beside(|| {
        for octet in [0, 0xff] {
            let mut request = bytes_of(Type::OUTGOING_CALL_REQUEST);
            request[16..36].fill(octet);
            request[20..24].fill(0);
            let mut end = Alone::established();
            end.tcp(&request);
            end.accept();
            assert_eq!(end.tunnel.calls().next().map(|call| call.2), Some(CallState::Established));
            let sends = end.events.iter().any(|event| matches!(event, TunnelEvent::Gre(_)));
            assert!(sends, "a window of nothing holds nothing back");
        }
    });
}

#[test]
fn c23_versions() {
    beside(|| {
        for (version, reason) in [
            (0u16, Some(CloseReason::Version)),
            (0x0101, None),
            (0x0200, Some(CloseReason::Version)),
            (0xffff, Some(CloseReason::Version)),
        ] {
            let mut request = bytes_of(Type::START_REQUEST);
            request[12..14].copy_from_slice(&version.to_be_bytes());
            let mut end = Alone::server();
            end.tcp(&request);
            assert_eq!(end.closed(), reason);
            assert_eq!(end.said().len(), 1, "it is told");
        }
    });
}

#[test]
fn c26_a_server_that_repeats_itself_or_invents_calls() {
    beside(|| {
        let dialled = || {
            let mut end = Alone::client();
            end.tcp(&bytes_of(Type::START_REPLY));
            end
        };
        let mut end = dialled();
        end.tcp(&bytes_of(Type::START_REPLY));
        assert_eq!(end.closed(), Some(CloseReason::UnexpectedMessage));
        let mut end = dialled();
        end.tcp(&bytes_of(Type::OUTGOING_CALL_REPLY));
        end.tcp(&bytes_of(Type::OUTGOING_CALL_REPLY));
        assert_eq!(end.closed(), Some(CloseReason::UnexpectedMessage));
        let mut end = dialled();
        let mut reply = bytes_of(Type::OUTGOING_CALL_REPLY);
        reply[14..16].copy_from_slice(&[9, 9]);
        end.tcp(&reply);
        assert_eq!(end.closed(), Some(CloseReason::UnexpectedMessage));
        let mut end = Alone::client();
        let mut short = bytes_of(Type::START_REPLY);
        short[1] = 155;
        end.tcp(&short[..155]);
        assert_eq!(end.closed(), Some(CloseReason::BadLength));
        // A call that is 0 at the server is one.
        let mut end = dialled();
        let refusal =
            OutgoingCallReply::refusal(0x1111, OutgoingCallReplyResult::CONNECTED, GeneralError::NONE);
        end.tcp(&ControlMessage::OutgoingCallReply(refusal).to_bytes());
        assert_eq!(end.closed(), None);
        assert_eq!(end.tunnel.calls().next().map(|call| call.2), Some(CallState::Established));
    });
}

#[test]
fn c27_ends_in_every_odd_order() {
    beside(|| {
        let ends: [&[Type]; 4] = [
            &[Type::CALL_DISCONNECT_NOTIFY, Type::STOP_REQUEST, Type::CALL_DISCONNECT_NOTIFY],
            &[Type::STOP_REPLY, Type::CALL_DISCONNECT_NOTIFY, Type::STOP_REPLY],
            &[Type::CALL_CLEAR_REQUEST, Type::CALL_CLEAR_REQUEST, Type::STOP_REQUEST],
            &[Type::STOP_REQUEST, Type::CALL_CLEAR_REQUEST, Type::OUTGOING_CALL_REQUEST],
        ];
        for order in ends {
            for mut end in [Alone::called(), {
                let mut end = Alone::client();
                end.tcp(&bytes_of(Type::START_REPLY));
                end.tcp(&bytes_of(Type::OUTGOING_CALL_REPLY));
                end
            }] {
                order.iter().for_each(|message_type| end.tcp(&bytes_of(*message_type)));
                end.tunnel.tcp_lost(end.now, &mut end.events);
                end.pass(secs(10));
                assert_eq!(end.down().len(), 1);
                assert!(end.closed().is_some());
            }
        }
    });
}

#[test]
fn an_echo_of_ours_is_answered_by_ours() {
    let mut end = Alone::called();
    end.said();
    // The link would give up long before; here only the control connection is asked.
    end.tunnel.sessions.clear();
    end.pass(secs(60));
    let said = end.said();
    let [ControlMessage::EchoRequest(request)] = &said[..] else { panic!("{said:?}") };
    let reply = EchoReply { identifier: request.identifier, result: 1, error: GeneralError::NONE };
    end.tcp(&ControlMessage::EchoReply(reply).to_bytes());
    end.pass(secs(59));
    assert_eq!(end.closed(), None);
}

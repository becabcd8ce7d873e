//! Messages byte for byte, as other dissectors read them, both ways.

use lanward_wire::{Decode, Encode, Reader};

use super::*;

/// All fifteen, with the octets that are not zero at the end of each.
#[expect(clippy::too_many_lines, reason = "a table")]
pub(crate) fn messages() -> Vec<(ControlMessage, Vec<u8>)> {
    let pad = |hex: &str, at: usize, tail: &[u8], len: usize| {
        let digits: Vec<u8> = hex.bytes().filter(|byte| *byte != b' ').collect();
        let mut bytes: Vec<u8> = digits
            .chunks(2)
            .map(|pair| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap())
            .collect();
        bytes.resize(len, 0);
        bytes[at..at + tail.len()].copy_from_slice(tail);
        bytes
    };
    let (framing, bearer) =
        (FramingType::ASYNC | FramingType::SYNC, BearerType::ANALOG | BearerType::DIGITAL);
    let (host, vendor) = (FixedText::new("lab"), FixedText::new("test"));
    let start = |hex| pad(hex, 92, b"test", 156);
    vec![
        (
            ControlMessage::StartRequest(StartRequest {
                version: 0x0100,
                framing,
                bearer,
                maximum_channels: 0,
                firmware: 1,
                host,
                vendor,
            }),
            start("009c00011a2b3c4d00010000010000000000000300000003000000016c6162"),
        ),
        (
            ControlMessage::StartReply(StartReply {
                version: 0x0100,
                result: StartReplyResult::OK,
                error: GeneralError::NONE,
                framing,
                bearer,
                maximum_channels: 1,
                firmware: 1,
                host,
                vendor,
            }),
            start("009c00011a2b3c4d00020000010001000000000300000003000100016c6162"),
        ),
        (
            ControlMessage::StopRequest(StopRequest { reason: StopReason::NONE }),
            pad("001000011a2b3c4d0003000001000000", 0, &[], 16),
        ),
        (
            ControlMessage::StopReply(StopReply { result: 1, error: GeneralError::NONE }),
            pad("001000011a2b3c4d0004000001000000", 0, &[], 16),
        ),
        (
            ControlMessage::EchoRequest(EchoRequest { identifier: 0x0102_0304 }),
            pad("001000011a2b3c4d0005000001020304", 0, &[], 16),
        ),
        (
            ControlMessage::EchoReply(EchoReply {
                identifier: 0x0102_0304,
                result: 1,
                error: GeneralError::NONE,
            }),
            pad("001400011a2b3c4d00060000010203040100 0000", 0, &[], 20),
        ),
        (
            ControlMessage::OutgoingCallRequest(OutgoingCallRequest {
                call_id: 0x1111,
                serial: 1,
                minimum_bps: 300,
                maximum_bps: 100_000_000,
                bearer,
                framing,
                receive_window: 64,
                processing_delay: 0,
                phone_number_len: 0,
                phone_number: FixedText::default(),
                subaddress: FixedText::default(),
            }),
            pad("00a800011a2b3c4d00070000 1111 0001 0000012c 05f5e100 00000003 00000003 0040", 0, &[], 168),
        ),
        (
            ControlMessage::OutgoingCallReply(OutgoingCallReply {
                call_id: 0x2222,
                peer_call_id: 0x1111,
                result: OutgoingCallReplyResult::CONNECTED,
                error: GeneralError::NONE,
                cause: 0,
                connect_speed: 100_000_000,
                receive_window: 64,
                processing_delay: 0,
                channel: 0,
            }),
            pad("002000011a2b3c4d00080000 2222 1111 01 00 0000 05f5e100 0040 0000 00000000", 0, &[], 32),
        ),
        (
            ControlMessage::IncomingCallRequest(IncomingCallRequest {
                call_id: 0x3333,
                serial: 2,
                bearer,
                channel: 0,
                dialed_number_len: 0,
                dialing_number_len: 0,
                dialed_number: FixedText::default(),
                dialing_number: FixedText::default(),
                subaddress: FixedText::new("sub"),
            }),
            pad("00dc00011a2b3c4d00090000 3333 0002 00000003 00000000 0000 0000", 156, b"sub", 220),
        ),
        (
            ControlMessage::IncomingCallReply(IncomingCallReply {
                call_id: 0x4444,
                peer_call_id: 0x3333,
                result: IncomingCallReplyResult::CONNECT,
                error: GeneralError::NONE,
                receive_window: 64,
                transmit_delay: 0,
            }),
            pad("001800011a2b3c4d000a0000 4444 3333 01 00 0040 0000 0000", 0, &[], 24),
        ),
        (
            ControlMessage::IncomingCallConnected(IncomingCallConnected {
                peer_call_id: 0x4444,
                connect_speed: 64_000,
                receive_window: 64,
                transmit_delay: 0,
                framing: FramingType::ASYNC,
            }),
            pad("001c00011a2b3c4d000b0000 4444 0000 0000fa00 0040 0000 00000001", 0, &[], 28),
        ),
        (
            ControlMessage::CallClearRequest(CallClearRequest { call_id: 0x1111 }),
            pad("001000011a2b3c4d000c0000 1111 0000", 0, &[], 16),
        ),
        (
            ControlMessage::CallDisconnectNotify(Box::new(CallDisconnectNotify {
                call_id: 0x2222,
                result: CallDisconnectResult::REQUEST,
                error: GeneralError::NONE,
                cause: 0,
                statistics: FixedText::new("rx=1"),
            })),
            pad("009400011a2b3c4d000d0000 2222 04 00 0000 0000", 20, b"rx=1", 148),
        ),
        (
            ControlMessage::WanErrorNotify(WanErrorNotify {
                peer_call_id: 0x1111,
                crc_errors: 1,
                framing_errors: 2,
                hardware_overruns: 3,
                buffer_overruns: 4,
                time_out_errors: 5,
                alignment_errors: 6,
            }),
            pad(
                "002800011a2b3c4d000e0000 1111 0000 00000001 00000002 00000003 00000004 00000005 00000006",
                0,
                &[],
                40,
            ),
        ),
        (
            ControlMessage::SetLinkInfo(SetLinkInfo {
                peer_call_id: 0x2222,
                send_accm: u32::MAX,
                receive_accm: u32::MAX,
            }),
            pad("001800011a2b3c4d000f0000 2222 0000 ffffffff ffffffff", 0, &[], 24),
        ),
    ]
}

#[test]
fn all_fifteen_messages_both_ways() {
    let messages = messages();
    assert_eq!(messages.len(), 15);
    for (number, (message, bytes)) in (1u16..).zip(&messages) {
        assert_eq!(message.message_type(), ControlMessageType(number));
        assert_eq!(&message.to_bytes(), bytes, "{message:?}");
        assert_eq!(Some(bytes.len()), message.message_type().exact_len());
        assert_eq!(ControlMessage::decode(&mut Reader::new(bytes)).as_ref(), Ok(message));
    }
}

#[test]
fn a_phone_number_longer_than_its_field_is_a_bad_value() {
    let (_, mut bytes) = messages().swap_remove(6);
    bytes[36..38].copy_from_slice(&[0xff, 0xff]);
    let Ok(ControlMessage::OutgoingCallRequest(request)) = ControlMessage::decode(&mut Reader::new(&bytes))
    else {
        panic!("it decodes");
    };
    assert!(request.has_bad_value());
}

//! Messages byte for byte, as other dissectors read them, both ways.

use lanward_wire::{Decode, Encode, Reader};

use super::*;
use crate::octets::octets;

/// All fifteen, with what `messages.csv` has for each.
pub(crate) fn messages() -> Vec<(ControlMessage, Vec<u8>)> {
    let (framing, bearer) =
        (FramingType::ASYNC | FramingType::SYNC, BearerType::ANALOG | BearerType::DIGITAL);
    let (host, vendor) = (FixedText::new("lab"), FixedText::new("test"));
    let sender = Sender { framing, bearer, maximum_channels: 0, firmware: 1, host, vendor };
    let messages = [
        ControlMessage::StartRequest(StartRequest { version: 0x0100, sender }),
        ControlMessage::StartReply(StartReply {
            version: 0x0100,
            result: StartReplyResult::OK,
            error: GeneralError::NONE,
            sender: Sender { maximum_channels: 1, ..sender },
        }),
        ControlMessage::StopRequest(StopRequest { reason: StopReason::NONE }),
        ControlMessage::StopReply(StopReply { result: 1, error: GeneralError::NONE }),
        ControlMessage::EchoRequest(EchoRequest { identifier: 0x0102_0304 }),
        ControlMessage::EchoReply(EchoReply {
            identifier: 0x0102_0304,
            result: 1,
            error: GeneralError::NONE,
        }),
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
        ControlMessage::IncomingCallReply(IncomingCallReply {
            call_id: 0x4444,
            peer_call_id: 0x3333,
            result: IncomingCallReplyResult::CONNECT,
            error: GeneralError::NONE,
            receive_window: 64,
            transmit_delay: 0,
        }),
        ControlMessage::IncomingCallConnected(IncomingCallConnected {
            peer_call_id: 0x4444,
            connect_speed: 64_000,
            receive_window: 64,
            transmit_delay: 0,
            framing: FramingType::ASYNC,
        }),
        ControlMessage::CallClearRequest(CallClearRequest { call_id: 0x1111 }),
        ControlMessage::CallDisconnectNotify(Box::new(CallDisconnectNotify {
            call_id: 0x2222,
            result: CallDisconnectResult::REQUEST,
            error: GeneralError::NONE,
            cause: 0,
            statistics: FixedText::new("rx=1"),
        })),
        ControlMessage::WanErrorNotify(WanErrorNotify {
            peer_call_id: 0x1111,
            crc_errors: 1,
            framing_errors: 2,
            hardware_overruns: 3,
            buffer_overruns: 4,
            time_out_errors: 5,
            alignment_errors: 6,
        }),
        ControlMessage::SetLinkInfo(SetLinkInfo {
            peer_call_id: 0x2222,
            send_accm: u32::MAX,
            receive_accm: u32::MAX,
        }),
    ];
    let written = include_str!("messages.csv").lines().filter(|line| !line.starts_with('#'));
    let written = written.map(|line| octets(line.split_once(',').expect("a name and octets").1));
    messages.into_iter().zip(written).collect()
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

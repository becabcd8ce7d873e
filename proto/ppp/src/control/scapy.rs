//! Another implementation builds the same messages, octet for octet.

use std::process::{Command, Stdio};

use lanward_wire::{Decode, Encode, Reader};

use super::*;
use crate::gre::GreHeader;

/// What scapy builds, in order; `None` where it is not installed.
fn built() -> Option<Vec<Vec<u8>>> {
    let python =
        if std::path::Path::new("/usr/bin/python3").exists() { "/usr/bin/python3" } else { "python3" };
    let command = |code: &str| {
        let output = Command::new(python).args(["-c", code]).stdin(Stdio::null()).output().ok()?;
        output.status.success().then_some(output.stdout)
    };
    command("import scapy.layers.pptp")?;
    let lines = command(include_str!("scapy_messages.py")).expect("it is there, and builds messages");
    let octet = |pair: &[u8]| u8::from_str_radix(core::str::from_utf8(pair).unwrap(), 16).unwrap();
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Some(lines.map(|line| line.chunks(2).map(octet).collect()).collect())
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn expected() -> Vec<ControlMessage> {
    vec![
        ControlMessage::StartRequest(StartRequest {
            version: 0x0102,
            sender: Sender {
                framing: FramingType::ASYNC,
                bearer: BearerType::DIGITAL,
                maximum_channels: 0x0304,
                firmware: 0x0506,
                host: FixedText::new("host"),
                vendor: FixedText::new("vendor"),
            },
        }),
        ControlMessage::StartReply(StartReply {
            version: 0x0102,
            result: StartReplyResult::EXISTS,
            error: GeneralError::NO_RESOURCE,
            sender: Sender {
                framing: FramingType::SYNC,
                bearer: BearerType::ANALOG,
                maximum_channels: 0x0506,
                firmware: 0x0708,
                host: FixedText::new(&"H".repeat(64)),
                vendor: FixedText::new(&"V".repeat(64)),
            },
        }),
        ControlMessage::StopRequest(StopRequest { reason: StopReason::LOCAL_SHUTDOWN }),
        ControlMessage::StopReply(StopReply { result: 2, error: GeneralError::PAC_ERROR }),
        ControlMessage::EchoRequest(EchoRequest { identifier: 0x0102_0304 }),
        ControlMessage::EchoReply(EchoReply {
            identifier: 0x0506_0708,
            result: 2,
            error: GeneralError::NOT_CONNECTED,
        }),
        ControlMessage::OutgoingCallRequest(OutgoingCallRequest {
            call_id: 0x0102,
            serial: 0x0304,
            minimum_bps: 0x0506_0708,
            maximum_bps: 0x090a_0b0c,
            bearer: BearerType::DIGITAL,
            framing: FramingType::ASYNC | FramingType::SYNC,
            receive_window: 0x0d0e,
            processing_delay: 0x0f10,
            phone_number_len: 5,
            phone_number: FixedText::new("12345"),
            subaddress: FixedText::new("sub"),
        }),
        ControlMessage::OutgoingCallReply(OutgoingCallReply {
            call_id: 0x0102,
            peer_call_id: 0x0304,
            result: OutgoingCallReplyResult::NO_DIAL_TONE,
            error: GeneralError::PAC_ERROR,
            cause: 0x0708,
            connect_speed: 0x090a_0b0c,
            receive_window: 0x0d0e,
            processing_delay: 0x0f10,
            channel: 0x1112_1314,
        }),
        ControlMessage::IncomingCallRequest(IncomingCallRequest {
            call_id: 0x0102,
            serial: 0x0304,
            bearer: BearerType::ANALOG,
            channel: 0x0506_0708,
            dialed_number_len: 3,
            dialing_number_len: 4,
            dialed_number: FixedText::new("123"),
            dialing_number: FixedText::new("4567"),
            subaddress: FixedText::new("sub"),
        }),
        ControlMessage::IncomingCallReply(IncomingCallReply {
            call_id: 0x0102,
            peer_call_id: 0x0304,
            result: IncomingCallReplyResult::DO_NOT_ACCEPT,
            error: GeneralError::BAD_CALL_ID,
            receive_window: 0x0607,
            transmit_delay: 0x0809,
        }),
        ControlMessage::IncomingCallConnected(IncomingCallConnected {
            peer_call_id: 0x0102,
            connect_speed: 0x0304_0506,
            receive_window: 0x0708,
            transmit_delay: 0x090a,
            framing: FramingType::SYNC,
        }),
        ControlMessage::CallClearRequest(CallClearRequest { call_id: 0x0102 }),
        ControlMessage::CallDisconnectNotify(Box::new(CallDisconnectNotify {
            call_id: 0x0102,
            result: CallDisconnectResult::ADMIN_SHUTDOWN,
            error: GeneralError::NO_RESOURCE,
            cause: 0x0506,
            statistics: FixedText::new("in=1 out=2"),
        })),
        ControlMessage::WanErrorNotify(WanErrorNotify {
            peer_call_id: 0x0102,
            crc_errors: 1,
            framing_errors: 2,
            hardware_overruns: 3,
            buffer_overruns: 4,
            time_out_errors: 5,
            alignment_errors: 6,
        }),
        ControlMessage::SetLinkInfo(SetLinkInfo {
            peer_call_id: 0x0102,
            send_accm: 0x0304_0506,
            receive_accm: 0x0708_090a,
        }),
    ]
}

#[test]
fn scapy_builds_what_is_built_here() {
    let Some(built) = built() else {
        eprintln!("skipped: python3-scapy is not installed");
        return;
    };
    let messages = expected();
    assert_eq!(built.len(), messages.len() + 3);
    for (message, bytes) in messages.iter().zip(&built) {
        assert_eq!(&message.to_bytes(), bytes, "{message:?}");
        assert_eq!(ControlMessage::decode(&mut Reader::new(bytes)).as_ref(), Ok(message));
    }
    for (packet, sequence, acknowledgement) in [
        (&built[15], Some(0x0304_0506), None),
        (&built[16], Some(0x0304_0506), Some(0x0708_090a)),
        (&built[17], None, Some(0x0708_090a)),
    ] {
        let header = GreHeader::decode(packet).unwrap();
        assert_eq!((header.call_id, header.sequence), (0x0102, sequence));
        assert_eq!(header.acknowledgement, acknowledgement);
        let payload: &[u8] = if sequence.is_some() { b"frame" } else { b"" };
        assert_eq!(&packet[header.payload], payload);
    }
}

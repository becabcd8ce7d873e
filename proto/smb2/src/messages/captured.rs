//! Messages that smbclient, smbtorture and a Samba server really sent each other: what they wrote is what is read and
//! written here.

use super::*;
use crate::oracle::fuzz_decode;
use crate::{Command, Dialect, Header, MultiProtocolNegotiate, Utf16};
use lanward_nt::fscc::CtlCode;
use lanward_nt::{AccessMask, FileAttributes, Guid};
use lanward_wire::{Decode, Encode, Reader, Writer};
use proptest::prelude::*;
use std::fmt::Debug;

struct Captured {
    is_request: bool,
    bytes: Vec<u8>,
}

fn captured() -> Vec<Captured> {
    let parse = |line: &str| {
        let (direction, hex) = line.split_once(' ').unwrap();
        let digits = hex.as_bytes().as_chunks::<2>().0;
        let byte = |d: &[u8; 2]| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap();
        Captured { is_request: direction == "request", bytes: digits.iter().map(byte).collect() }
    };
    include_str!("captured.txt").lines().map(parse).collect()
}

/// Where senders may write what they like: the one byte of ErrorData that ByteCount does not count, and the offsets
/// of the empty buffers of an IOCTL request.
fn means_nothing(header: &Header, at: usize) -> bool {
    match header.command {
        Command::IOCTL if !header.is_response() => matches!(at, 88..92 | 100..104),
        _ => header.status != 0 && at == 72,
    }
}

/// The body is read, and the message written from header and body is the message that was read. Padding that only some
/// senders append may be missing.
fn same<'a, T: Decode<'a> + Encode + Debug>(header: &Header, r: &mut Reader<'a>) {
    let whole = r.whole();
    let body = T::decode(r).unwrap_or_else(|e| panic!("{:?}: {e}", header.command));
    let mut buf = Vec::new();
    let mut w = Writer::new(&mut buf);
    header.encode(&mut w);
    body.encode(&mut w);
    let (common, padding) = whole.split_at(buf.len().min(whole.len()));
    let differs = |at: &usize| buf.get(*at) != common.get(*at) && !means_nothing(header, *at);
    assert_eq!((0..buf.len()).find(differs), None, "{:?}: {body:?}", header.command);
    assert!(padding.len() < 8 && padding.iter().all(|b| *b == 0), "{body:?} left {padding:?}");
}

fn request(header: &Header, r: &mut Reader<'_>) {
    match header.command {
        Command::NEGOTIATE => same::<NegotiateRequest<'_>>(header, r),
        Command::SESSION_SETUP => same::<SessionSetupRequest<'_>>(header, r),
        Command::LOGOFF => same::<LogoffRequest>(header, r),
        Command::TREE_CONNECT => same::<TreeConnectRequest<'_>>(header, r),
        Command::TREE_DISCONNECT => same::<TreeDisconnectRequest>(header, r),
        Command::CREATE => same::<CreateRequest<'_>>(header, r),
        Command::CLOSE => same::<CloseRequest>(header, r),
        Command::FLUSH => same::<FlushRequest>(header, r),
        Command::READ => same::<ReadRequest<'_>>(header, r),
        Command::WRITE => same::<WriteRequest<'_>>(header, r),
        Command::LOCK => same::<LockRequest>(header, r),
        Command::IOCTL => same::<IoctlRequest<'_>>(header, r),
        Command::CANCEL => same::<CancelRequest>(header, r),
        Command::ECHO => same::<EchoRequest>(header, r),
        Command::QUERY_DIRECTORY => same::<QueryDirectoryRequest<'_>>(header, r),
        Command::CHANGE_NOTIFY => same::<ChangeNotifyRequest>(header, r),
        Command::QUERY_INFO => same::<QueryInfoRequest<'_>>(header, r),
        Command::SET_INFO => same::<SetInfoRequest<'_>>(header, r),
        Command::OPLOCK_BREAK => same::<OplockBreakRequest>(header, r),
        other => panic!("{other:?}"),
    }
}

fn response(header: &Header, r: &mut Reader<'_>) {
    let status = header.nt_status();
    if status.0 != 0 && header.command != Command::SESSION_SETUP {
        return same::<ErrorResponse<'_>>(header, r);
    }
    match header.command {
        Command::NEGOTIATE => same::<NegotiateResponse<'_>>(header, r),
        Command::SESSION_SETUP => same::<SessionSetupResponse<'_>>(header, r),
        Command::LOGOFF => same::<LogoffResponse>(header, r),
        Command::TREE_CONNECT => same::<TreeConnectResponse>(header, r),
        Command::TREE_DISCONNECT => same::<TreeDisconnectResponse>(header, r),
        Command::CREATE => same::<CreateResponse<'_>>(header, r),
        Command::CLOSE => same::<CloseResponse>(header, r),
        Command::FLUSH => same::<FlushResponse>(header, r),
        Command::READ => same::<ReadResponse<'_>>(header, r),
        Command::WRITE => same::<WriteResponse>(header, r),
        Command::LOCK => same::<LockResponse>(header, r),
        Command::IOCTL => same::<IoctlResponse<'_>>(header, r),
        Command::ECHO => same::<EchoResponse>(header, r),
        Command::QUERY_DIRECTORY => same::<QueryDirectoryResponse<'_>>(header, r),
        Command::CHANGE_NOTIFY => same::<ChangeNotifyResponse<'_>>(header, r),
        Command::QUERY_INFO => same::<QueryInfoResponse<'_>>(header, r),
        Command::SET_INFO => same::<SetInfoResponse>(header, r),
        Command::OPLOCK_BREAK => same::<OplockBreakResponse>(header, r),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_was_read_is_what_is_written() {
    let mut commands = std::collections::BTreeSet::new();
    for message in captured() {
        fuzz_decode(&message.bytes);
        let mut r = Reader::new(&message.bytes);
        if message.bytes.starts_with(&MultiProtocolNegotiate::PROTOCOL_ID) {
            assert!(
                MultiProtocolNegotiate::decode(&mut r)
                    .unwrap()
                    .offers(MultiProtocolNegotiate::SMB_2_WILDCARD)
            );
            continue;
        }
        let header = Header::decode(&mut r).unwrap();
        assert_eq!(header.is_response(), !message.is_request);
        commands.insert((message.is_request, header.command));
        if message.is_request { request(&header, &mut r) } else { response(&header, &mut r) }
    }
    // Every command but the server's notification, both ways; CANCEL has no answer.
    assert_eq!(commands.len(), 19 + 18);
}

proptest! {
    #[test]
    fn damaged_messages_panic_nowhere(pick: prop::sample::Index, damage: Vec<(prop::sample::Index, u8)>, cut: u8) {
        let mut messages = captured();
        let mut bytes = messages.swap_remove(pick.index(messages.len())).bytes;
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        bytes.truncate(bytes.len().saturating_sub(usize::from(cut) / 16));
        fuzz_decode(&bytes);
        // The same behind a body's start: payloads of controls and errors.
        fuzz_decode(bytes.get(Header::LEN..).unwrap_or_default());
    }

    #[test]
    fn arbitrary_bytes_panic_nowhere(data: Vec<u8>, size in 0u16..100) {
        fuzz_decode(&data);
        let mut message = vec![0; Header::LEN];
        message.extend_from_slice(&size.to_le_bytes());
        message.extend_from_slice(&data);
        fuzz_decode(&message);
    }
}

fn bodies<'a, T: Decode<'a>>(messages: &'a [Captured], is_request: bool, command: Command) -> Vec<T> {
    let of_command = |m: &&Captured| {
        let header = Header::decode(&mut Reader::new(&m.bytes));
        m.is_request == is_request && header.is_ok_and(|h| h.command == command && h.nt_status().0 == 0)
    };
    let decode = |m: &'a Captured| {
        let mut r = Reader::new(&m.bytes);
        r.skip(Header::LEN, "Header").unwrap();
        T::decode(&mut r).unwrap()
    };
    messages.iter().filter(of_command).map(decode).collect()
}

#[test]
fn a_negotiate_of_smbclient() {
    let messages = captured();
    let requests: Vec<NegotiateRequest<'_>> = bodies(&messages, true, Command::NEGOTIATE);
    let newest = requests.iter().find(|r| r.offers(Dialect::V3_1_1)).unwrap();
    assert_eq!(newest.dialects, Dialect::ALL.map(Dialect::revision));
    let ciphers = newest.contexts.iter().find_map(|c| match c {
        NegotiateContext::Encryption(ciphers) => Some(ciphers.as_slice()),
        _ => None,
    });
    assert!(ciphers.unwrap().contains(&CipherId::AES_128_GCM));
    let responses: Vec<NegotiateResponse<'_>> = bodies(&messages, false, Command::NEGOTIATE);
    assert!(responses.iter().any(|r| r.dialect_revision == Dialect::WILDCARD && r.contexts.is_empty()));
    let newest = responses.iter().find(|r| r.dialect_revision == 0x0311).unwrap();
    assert!(newest.contexts.contains(&NegotiateContext::Signing(vec![SigningAlgorithmId::AES_GMAC])));
}

#[test]
fn creates_of_smbtorture() {
    let messages = captured();
    let requests: Vec<CreateRequest<'_>> = bodies(&messages, true, Command::CREATE);
    let contexts: Vec<_> = requests.iter().flat_map(|r| r.contexts.requests().map(Result::unwrap)).collect();
    let has = |wanted: fn(&CreateRequestContext<'_>) -> bool| contexts.iter().any(wanted);
    assert!(has(
        |c| matches!(c, CreateRequestContext::Lease(l) if l.state.contains(LeaseState::READ_CACHING))
    ));
    assert!(has(|c| matches!(c, CreateRequestContext::LeaseV2(_))));
    assert!(has(|c| matches!(c, CreateRequestContext::DurableHandleRequestV2 { .. })));
    assert!(has(|c| matches!(c, CreateRequestContext::DurableHandleReconnectV2 { .. })));
    assert!(has(|c| matches!(c, CreateRequestContext::AppInstanceId(id) if *id != Guid::default())));
    assert!(has(|c| matches!(c, CreateRequestContext::TimewarpToken(_))));
    assert!(has(|c| matches!(c, CreateRequestContext::EaBuffer(ea) if ea.len() == 48)));
    assert!(!has(|c| matches!(c, CreateRequestContext::Unknown(_))));

    let responses: Vec<CreateResponse<'_>> = bodies(&messages, false, Command::CREATE);
    let contexts: Vec<_> =
        responses.iter().flat_map(|r| r.contexts.responses().map(Result::unwrap)).collect();
    let maximal = contexts.iter().find_map(|c| match c {
        CreateResponseContext::MaximalAccess { query_status, maximal_access } => {
            Some((query_status.0, *maximal_access))
        }
        _ => None,
    });
    assert_eq!(maximal, Some((0, AccessMask::FILE_ALL_ACCESS)));
    assert!(contexts.iter().any(|c| matches!(c, CreateResponseContext::LeaseV2(l) if l.epoch > 0)));
    assert!(responses.iter().any(|r| r.information.attributes.contains(FileAttributes::ARCHIVE)));
}

#[test]
fn controls_of_smbtorture() {
    let messages = captured();
    let inputs: Vec<IoctlRequest<'_>> = bodies(&messages, true, Command::IOCTL);
    let input = |code| Reader::new(inputs.iter().find(|i| i.ctl_code == code).unwrap().input);
    let copy = SrvCopychunkCopy::decode(&mut input(CtlCode::SRV_COPYCHUNK)).unwrap();
    assert_eq!(copy.chunks.iter().map(|c| c.length).collect::<Vec<_>>(), [4096]);
    let validate =
        ValidateNegotiateInfoRequest::decode(&mut input(CtlCode::VALIDATE_NEGOTIATE_INFO)).unwrap();
    assert!(validate.dialects.contains(&0x0210));

    let outputs: Vec<IoctlResponse<'_>> = bodies(&messages, false, Command::IOCTL);
    let output = |code| outputs.iter().find(|i| i.ctl_code == code).unwrap().output;
    let key = SrvRequestResumeKeyResponse::decode(&mut Reader::new(output(CtlCode::SRV_REQUEST_RESUME_KEY)))
        .unwrap();
    assert_ne!(key.resume_key, [0; 24]);
    assert_eq!(key.to_bytes(), output(CtlCode::SRV_REQUEST_RESUME_KEY));
    let interfaces =
        NetworkInterfaceInfo::decode_list(output(CtlCode::QUERY_NETWORK_INTERFACE_INFO)).unwrap();
    let loopback = InterfaceAddress::Ip(std::net::Ipv4Addr::LOCALHOST.into());
    assert_eq!(interfaces.iter().map(|i| i.address).collect::<Vec<_>>(), [loopback]);
}

#[test]
fn changes_of_a_directory() {
    let messages = captured();
    let outputs: Vec<ChangeNotifyResponse<'_>> = bodies(&messages, false, Command::CHANGE_NOTIFY);
    let entries: Vec<_> = FileNotifyInformation::entries(outputs[0].output).map(Result::unwrap).collect();
    assert_eq!(entries.len(), 1);
    assert!(entries[0].action.name().is_some());
    assert!(Utf16::is_whole(entries[0].file_name) && !entries[0].file_name.is_empty());
}

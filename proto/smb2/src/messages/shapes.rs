//! Single messages by hand: examples of the specifications, and shapes that must be refused.

use super::round_trips::{body, message};
use super::*;
use crate::{
    AsyncId, Command, Header, HeaderFlags, MessageId, MultiProtocolNegotiate, SessionId, TreeId, Utf16,
};
use lanward_nt::NtStatus;
use lanward_wire::{Decode, Encode, Reader, Writer};

#[test]
fn shapes_of_create_contexts_that_are_refused() {
    let mut list = CreateContextList::new();
    list.push(b"MxAc", |_| {});
    list.push(b"QFid", |w| w.u64(1));
    let good = list.contexts().as_bytes().to_vec();
    assert_eq!(good.len(), 24 + 32);
    assert_eq!(list.contexts().find(b"QFid"), Some(&[1, 0, 0, 0, 0, 0, 0, 0][..]));
    // (position, byte): Next to itself, unaligned, behind the end; a short name; a name or datum outside.
    for (at, byte) in
        [(0, 8), (0, 20), (0, 64), (6, 3), (4, 8), (4, 22), (24 + 10, 8), (24 + 10, 40), (24 + 12, 9)]
    {
        let mut bad = good.clone();
        bad[at] = byte;
        assert!(CreateContexts::new(&bad).is_err(), "{at} {byte}");
    }
    assert!(CreateContexts::new(&good[..40]).is_err());
    let mut many = CreateContextList::new();
    (0..300).for_each(|_| many.push(b"QFid", |_| {}));
    assert!(CreateContexts::new(many.contexts().as_bytes()).is_err());
}

#[test]
fn buffers_before_the_buffer_are_refused() {
    let token = SessionSetupRequest { security_buffer: &[1, 2, 3], ..SessionSetupRequest::default() };
    let mut bytes = message(&token);
    bytes[64 + 12] = 70;
    assert!(body::<SessionSetupRequest<'_>>(&bytes).is_err());
    bytes[64 + 12] = 89;
    assert!(body::<SessionSetupRequest<'_>>(&bytes).is_err());
    // An empty buffer may be anywhere.
    bytes[64 + 14] = 0;
    assert!(body::<SessionSetupRequest<'_>>(&bytes).is_ok());
    bytes[64] = 24;
    assert!(body::<SessionSetupRequest<'_>>(&bytes).is_err());
}

#[test]
fn smb1_negotiate_of_a_client() {
    let mut bytes = Vec::new();
    let dialects = [&b"NT LM 0.12"[..], MultiProtocolNegotiate::SMB_2_002];
    MultiProtocolNegotiate::encode_request(&dialects, &mut Writer::new(&mut bytes));
    let read = MultiProtocolNegotiate::decode(&mut Reader::new(&bytes)).unwrap();
    assert!(read.dialects().eq(dialects));
    assert!(!read.offers(MultiProtocolNegotiate::SMB_2_WILDCARD));
}

/// The example of [MS-SMB2] 2.2.2.2.1.1.
#[test]
fn a_symbolic_link_of_the_specification() {
    let substitute = lanward_wire::utf16le_bytes(r"\??\D:\DonHall\MiscDocuments\PDocs");
    let print = lanward_wire::utf16le_bytes(r"D:\DonHall\MiscDocuments\PDocs");
    let link = SymbolicLinkError {
        unparsed_path_length: 0x2e,
        flags: 0,
        substitute_name: Utf16(&substitute),
        print_name: Utf16(&print),
    };
    let bytes = link.to_bytes();
    assert_eq!(bytes[4..12], *b"SYML\x0c\x00\x00\xa0");
    assert_eq!(bytes[16..20], [0, 0, 0x44, 0]);
    assert_eq!(bytes.len(), 4 + usize::from(bytes[0]));
    assert_eq!(SymbolicLinkError::decode(&mut Reader::new(&bytes)), Ok(link));
}

#[test]
fn error_contexts_stand_at_multiples_of_eight() {
    let redirect = ShareRedirect {
        addresses: vec![std::net::Ipv4Addr::new(192, 0, 2, 1).into(), std::net::Ipv6Addr::LOCALHOST.into()],
        resource_name: Utf16(b"s\0"),
    };
    let redirect_bytes = redirect.to_bytes();
    let mut data = Vec::new();
    let mut w = Writer::new(&mut data);
    ErrorContext { error_id: ErrorId::DEFAULT, data: &[1] }.encode(&mut w);
    w.align(8);
    ErrorContext { error_id: ErrorId::SHARE_REDIRECT, data: &redirect_bytes }.encode(&mut w);
    let error = ErrorResponse { context_count: 2, data: &data };
    let contexts: Vec<_> = error.contexts().map(Result::unwrap).collect();
    assert_eq!(contexts[0].data, [1]);
    assert_eq!(ShareRedirect::decode(&mut Reader::new(contexts[1].data)), Ok(redirect));
    assert!(ErrorResponse { context_count: 3, data: &data }.contexts().any(|c| c.is_err()));
}

#[test]
fn an_answer_keeps_the_ids_and_drops_the_rest() {
    let request = Header {
        credit_charge: 4,
        command: Command::READ,
        credits: 100,
        flags: HeaderFlags::SIGNED | HeaderFlags::RELATED_OPERATIONS,
        next_command: 120,
        message_id: MessageId(9),
        tree_id: TreeId(3),
        session_id: SessionId(4),
        signature: [1; 16],
        status: 0x0000_0007,
        ..Header::default()
    };
    assert_eq!(request.channel_sequence(), 7);
    let answer = request.response(NtStatus::END_OF_FILE);
    assert!(answer.is_response() && answer.is_related() && !answer.is_async());
    assert_eq!((answer.nt_status(), answer.tree_id, answer.credits), (NtStatus::END_OF_FILE, TreeId(3), 0));
    assert_eq!((answer.next_command, answer.signature, answer.credit_charge), (0, [0; 16], 4));
    let interim = request.async_response(NtStatus::PENDING, AsyncId(5));
    assert!(interim.is_async());
    assert_eq!(Header::decode(&mut Reader::new(&interim.to_bytes())), Ok(interim));
}

#[test]
fn a_quota_query_with_a_list_is_of_that_list() {
    let list = QueryQuotaInfo { return_single: true, restart_scan: false, sids: QuotaSids::List(&[1, 2, 3]) };
    let mut bytes = list.to_bytes();
    assert_eq!(bytes, [1, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3]);
    assert_eq!(QueryQuotaInfo::decode(&mut Reader::new(&bytes)), Ok(list));
    // [MS-SMB2] 3.3.5.20.4: StartSidLength and StartSidOffset are ignored then.
    bytes[8] = 1;
    assert_eq!(QueryQuotaInfo::decode(&mut Reader::new(&bytes)), Ok(list));
    bytes[4] = 0;
    bytes[12] = 2;
    let from = QueryQuotaInfo::decode(&mut Reader::new(&bytes)).unwrap();
    assert_eq!(from.sids, QuotaSids::From(&[3]));
}

#[test]
fn a_lease_break_is_told_by_its_size() {
    let notification = LeaseBreakNotification {
        new_epoch: 2,
        flags: LeaseBreakFlags::ACK_REQUIRED,
        lease_key: LeaseKey::default(),
        current_lease_state: LeaseState::all(),
        new_lease_state: LeaseState::READ_CACHING,
    };
    let lease = LeaseBreakAcknowledgment { lease_state: LeaseState::READ_CACHING, ..Default::default() };
    let oplock = OplockBreak { oplock_level: OplockLevel::II, ..Default::default() };
    let all = [
        (OplockBreakResponse::LeaseNotification(notification), 44),
        (OplockBreakResponse::Lease(lease), 36),
        (OplockBreakResponse::Oplock(oplock), 24),
    ];
    for (response, size) in all {
        let bytes = message(&response);
        assert_eq!(bytes.len(), Header::LEN + size);
        assert_eq!(body(&bytes), Ok(response));
    }
    let mut bytes = message(&OplockBreakRequest::Lease(lease));
    assert_eq!(body(&bytes), Ok(OplockBreakRequest::Lease(lease)));
    bytes[64] = 44; // a client does not notify
    assert!(body::<OplockBreakRequest>(&bytes).is_err());
}

#[test]
fn payloads_of_controls() {
    macro_rules! there_and_back {
        ($($ty:ident = $value:expr, $len:expr;)*) => {$(
            let value = $value;
            let bytes = value.to_bytes();
            assert_eq!(bytes.len(), $len, "{}", stringify!($ty));
            assert_eq!($ty::decode(&mut Reader::new(&bytes)), Ok(value));
            // Cut anywhere it is no panic; what the structure needs is needed.
            let cut = (0..bytes.len()).filter(|n| $ty::decode(&mut Reader::new(&bytes[..*n])).is_ok()).count();
            assert_eq!(cut, 0, "{}", stringify!($ty));
        )*};
    }
    let chunk = SrvCopychunk { source_offset: 1, target_offset: 2, length: 3 };
    let transform = RdmaCryptoTransform {
        transform_type: RdmaTransformType::SIGNING,
        signature: &[1; 16],
        nonce: &[2; 12],
    };
    there_and_back! {
        SrvCopychunkCopy = SrvCopychunkCopy { source_key: [9; 24], chunks: vec![chunk, chunk] }, 32 + 48;
        SrvCopychunkResponse = SrvCopychunkResponse { chunks_written: 1, chunk_bytes_written: 2, total_bytes_written: 3 }, 12;
        PipeWaitRequest = PipeWaitRequest { timeout: Some(-5), name: Utf16(b"s\0") }, 16;
        NetworkResiliencyRequest = NetworkResiliencyRequest { timeout: 120_000 }, 8;
        SrvReadHashRequest = SrvReadHashRequest { hash_type: HashType::PEER_DIST, length: 9, ..Default::default() }, 24;
        SrvHashRetrieveHashBased = SrvHashRetrieveHashBased { offset: 4, buffer: &[1, 2] }, 18;
        SrvHashRetrieveFileBased = SrvHashRetrieveFileBased { buffer: &[1], ..Default::default() }, 25;
        SrvSnapshotArray = SrvSnapshotArray {
            number_of_snapshots: 1,
            number_of_snapshots_returned: 1,
            snapshot_array_size: 4,
            snapshots: &[0; 4],
        }, 16;
        ValidateNegotiateInfoRequest = ValidateNegotiateInfoRequest { dialects: vec![0x0311], ..Default::default() }, 26;
        ValidateNegotiateInfoResponse = ValidateNegotiateInfoResponse { dialect: 0x0302, ..Default::default() }, 24;
        RdmaTransform = RdmaTransform {
            channel: Channel::RDMA_V1,
            transforms: vec![transform, transform],
            descriptors: &[3; 16],
        }, 16 + 2 * 40 + 16;
    }
    let peek =
        PipePeekResponse { named_pipe_state: NamedPipeState::CONNECTED, data: &[1], ..Default::default() };
    assert_eq!(PipePeekResponse::decode(&mut Reader::new(&peek.to_bytes())), Ok(peek));
}

#[test]
fn interfaces_are_152_bytes_each() {
    let interface = |address| NetworkInterfaceInfo {
        if_index: 2,
        capability: InterfaceCapability::RSS_CAPABLE,
        link_speed: 1_000_000_000,
        address,
    };
    let list = [
        interface(InterfaceAddress::Ip(std::net::Ipv4Addr::new(192, 0, 2, 1).into())),
        interface(InterfaceAddress::Ip("2001:db8::1".parse().unwrap())),
        interface(InterfaceAddress::Unknown(9)),
    ];
    let mut bytes = Vec::new();
    NetworkInterfaceInfo::encode_list(&list, &mut Writer::new(&mut bytes));
    assert_eq!(bytes.len(), 3 * NetworkInterfaceInfo::LEN);
    assert_eq!(NetworkInterfaceInfo::decode_list(&bytes), Ok(list.to_vec()));
    bytes[0] = 8; // within itself
    assert!(NetworkInterfaceInfo::decode_list(&bytes).is_err());
}

//! Whatever a sender may say, the receiver reads: values of every message that has a variable part, there and back.
//! The fixed messages are in the captures beside this.

use super::*;
use crate::oracle::fuzz_decode;
use crate::{AsyncId, Command, CompressedPayload, CompressedPayloads, CompressionTransform, FileId, Header};
use crate::{HeaderFlags, MessageId, SessionId, TreeId, Utf16};
use lanward_nt::fscc::CtlCode;
use lanward_nt::fscc::FileNetworkOpenInformation;
use lanward_nt::{AccessMask, CreateOptions, FileAttributes, FileTime, Guid, NtStatus, ShareAccess, Sid};
use lanward_wire::{Decode, DecodeError, Encode, Reader, ReplyBudget, Writer};
use proptest::collection::vec;
use proptest::prelude::*;

fn entry(name: &[u8]) -> FileNotifyInformation<'_> {
    FileNotifyInformation { action: NotifyAction::ADDED, file_name: Utf16(name) }
}

/// A message whose header is zeros and whose body this is.
pub(super) fn message(body: &impl Encode) -> Vec<u8> {
    let mut buf = Vec::new();
    let mut w = Writer::new(&mut buf);
    w.zeros(Header::LEN);
    body.encode(&mut w);
    buf
}

pub(super) fn body<'a, T: Decode<'a>>(message: &'a [u8]) -> Result<T, DecodeError> {
    let mut r = Reader::new(message);
    r.skip(Header::LEN, "Header")?;
    T::decode(&mut r)
}

macro_rules! there_and_back {
    ($ty:ident, $value:expr) => {{
        let value = $value;
        let bytes = message(&value);
        prop_assert_eq!(body::<$ty<'_>>(&bytes), Ok(value));
        fuzz_decode(&bytes);
    }};
}

fn file_id() -> impl Strategy<Value = FileId> {
    any::<(u64, u64)>().prop_map(|(persistent, volatile)| FileId { persistent, volatile })
}

fn name() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..40)
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..200)
}

proptest! {
    #[test]
    fn header(ids: (u64, u32, u32, u64, u64), flags: u32, words: (u16, u32, u16, u16, u32), signature: [u8; 16]) {
        let flags = HeaderFlags::from_bits_retain(flags);
        let is_async = flags.contains(HeaderFlags::ASYNC_COMMAND);
        let header = Header {
            credit_charge: words.0,
            status: words.1,
            command: Command(words.2),
            credits: words.3,
            flags,
            next_command: words.4,
            message_id: MessageId(ids.0),
            process_id: if is_async { 0 } else { ids.1 },
            tree_id: TreeId(if is_async { 0 } else { ids.2 }),
            async_id: AsyncId(if is_async { ids.3 } else { 0 }),
            session_id: SessionId(ids.4),
            signature,
        };
        let bytes = header.to_bytes();
        prop_assert_eq!(bytes.len(), Header::LEN);
        prop_assert_eq!(Header::decode(&mut Reader::new(&bytes)), Ok(header));
    }

    #[test]
    fn negotiate(dialects in vec(any::<u16>(), 1..9), salt in name(), ids: Vec<u16>, text in name(), other in 0x101u16.., versions: Vec<[u8; 16]>, token in data()) {
        let contexts = vec![
            NegotiateContext::PreauthIntegrity { hash_algorithms: vec![HashAlgorithm::SHA_512], salt: &salt },
            NegotiateContext::Encryption(ids.iter().copied().map(CipherId).collect()),
            NegotiateContext::Compression {
                flags: COMPRESSION_FLAG_CHAINED,
                algorithms: ids.iter().copied().map(CompressionAlgorithm).collect(),
            },
            NegotiateContext::NetName(Utf16(&text)),
            NegotiateContext::Transport(ACCEPT_TRANSPORT_LEVEL_SECURITY),
            NegotiateContext::RdmaTransform(ids.iter().copied().map(RdmaTransformId).collect()),
            NegotiateContext::Signing(ids.iter().copied().map(SigningAlgorithmId).collect()),
            NegotiateContext::Posix(versions.into_iter().map(Guid).collect()),
            NegotiateContext::Unknown { context_type: NegotiateContextType(other), data: &text },
        ];
        let old = NegotiateRequest { dialects: dialects.iter().map(|d| d & 0x30f).collect(), ..NegotiateRequest::default() };
        there_and_back!(NegotiateRequest, old);
        let newest = [&dialects[..], &[0x0311]].concat();
        let request = NegotiateRequest { dialects: newest, contexts: contexts.clone(), ..NegotiateRequest::default() };
        there_and_back!(NegotiateRequest, request);
        let response = NegotiateResponse {
            security_mode: SecurityMode::SIGNING_ENABLED,
            dialect_revision: 0x0311,
            capabilities: Capabilities::LARGE_MTU,
            max_read_size: 8 << 20,
            system_time: FileTime(1),
            security_buffer: &token,
            contexts,
            ..NegotiateResponse::default()
        };
        there_and_back!(NegotiateResponse, response);
        let old = NegotiateResponse { dialect_revision: 0x0210, security_buffer: &token, ..NegotiateResponse::default() };
        there_and_back!(NegotiateResponse, old);
    }

    #[test]
    fn session_setup_and_tree_connect(token in data(), id: u64, path in name(), flags: u16, contexts in vec((any::<u16>(), data()), 0..4)) {
        let request = SessionSetupRequest {
            previous_session_id: SessionId(id),
            security_mode: SecurityMode::SIGNING_REQUIRED,
            security_buffer: &token,
            ..SessionSetupRequest::default()
        };
        there_and_back!(SessionSetupRequest, request);
        let response = SessionSetupResponse { session_flags: SessionFlags::ENCRYPT_DATA, security_buffer: &token };
        there_and_back!(SessionSetupResponse, response);
        let flags = TreeConnectFlags::from_bits_retain(flags);
        let contexts = contexts.iter().map(|(context_type, data)| TreeConnectContext {
            context_type: TreeConnectContextType(*context_type),
            data,
        });
        let extended = flags.contains(TreeConnectFlags::EXTENSION_PRESENT);
        let contexts = if extended { contexts.collect() } else { Vec::new() };
        there_and_back!(TreeConnectRequest, TreeConnectRequest { flags, path: Utf16(&path), contexts });
    }

    #[test]
    fn create(name in name(), words: (u32, u32, u32), guid: [u8; 16], id in file_id(), blob in data()) {
        let guid = Guid(guid);
        let key = LeaseKey(guid);
        let v2 = LeaseContextV2 { key, epoch: 7, parent_key: key, ..LeaseContextV2::default() };
        let unknown = CreateContext { name: b"some16byteslong.", data: &blob };
        let requests = [
            CreateRequestContext::EaBuffer(&blob),
            CreateRequestContext::SecurityDescriptor(&blob),
            CreateRequestContext::DurableHandleRequest,
            CreateRequestContext::DurableHandleReconnect(id),
            CreateRequestContext::QueryMaximalAccess(None),
            CreateRequestContext::QueryMaximalAccess(Some(FileTime(9))),
            CreateRequestContext::AllocationSize(words.0.into()),
            CreateRequestContext::TimewarpToken(FileTime(words.0.into())),
            CreateRequestContext::QueryOnDiskId,
            CreateRequestContext::Lease(LeaseContext { key, ..LeaseContext::default() }),
            CreateRequestContext::LeaseV2(v2),
            CreateRequestContext::DurableHandleRequestV2 {
                timeout: words.1,
                flags: DurableHandleFlags::PERSISTENT,
                create_guid: guid,
            },
            CreateRequestContext::DurableHandleReconnectV2 {
                file_id: id,
                create_guid: guid,
                flags: DurableHandleFlags::empty(),
            },
            CreateRequestContext::AppInstanceId(guid),
            CreateRequestContext::AppInstanceVersion { high: words.1.into(), low: words.2.into() },
            CreateRequestContext::Posix(words.2),
            CreateRequestContext::Aapl(&blob),
            CreateRequestContext::Unknown(unknown),
        ];
        let mut list = CreateContextList::new();
        there_and_back!(CreateRequest, CreateRequest { name: Utf16(&name), contexts: list.contexts(), ..CreateRequest::default() });
        requests.iter().for_each(|c| list.push_request(c));
        let request = CreateRequest {
            requested_oplock_level: OplockLevel::LEASE,
            impersonation_level: ImpersonationLevel::IMPERSONATION,
            desired_access: AccessMask::from_bits_retain(words.0),
            file_attributes: FileAttributes::from_bits_retain(words.1),
            share_access: ShareAccess::from_bits_retain(words.2),
            create_disposition: CreateDisposition(words.1),
            create_options: CreateOptions::from_bits_retain(words.0),
            name: Utf16(&name),
            contexts: list.contexts(),
        };
        there_and_back!(CreateRequest, request);
        let typed: Result<Vec<_>, _> = request.contexts.requests().collect();
        prop_assert_eq!(typed.as_deref(), Ok(&requests[..]));
    }

    #[test]
    fn create_response(words: (u32, u32, u64), id in file_id(), blob in data(), sub: u32) {
        let posix = PosixCreateResponse {
            link_count: words.0,
            reparse_tag: 0,
            mode: words.1,
            owner: Sid::users(),
            group: Sid::new(5, &[21, sub]),
        };
        let responses = [
            CreateResponseContext::DurableHandle,
            CreateResponseContext::MaximalAccess {
                query_status: NtStatus(words.0),
                maximal_access: AccessMask::from_bits_retain(words.1),
            },
            CreateResponseContext::OnDiskId { disk_file_id: words.2, volume_id: 5 },
            CreateResponseContext::Lease(LeaseContext { state: LeaseState::READ_CACHING, ..LeaseContext::default() }),
            CreateResponseContext::LeaseV2(LeaseContextV2 { epoch: 3, ..LeaseContextV2::default() }),
            CreateResponseContext::DurableHandleV2 { timeout: words.0, flags: DurableHandleFlags::PERSISTENT },
            CreateResponseContext::Posix(posix),
            CreateResponseContext::Aapl(&blob),
        ];
        let mut list = CreateContextList::new();
        responses.iter().for_each(|c| list.push_response(c));
        let response = CreateResponse {
            oplock_level: OplockLevel::II,
            create_action: CreateAction::OVERWRITTEN,
            information: FileNetworkOpenInformation {
                creation_time: FileTime(words.2),
                last_access_time: FileTime(words.2 / 3),
                last_write_time: FileTime(words.2 / 5),
                change_time: FileTime(words.2 / 7),
                allocation_size: words.2 / 11,
                end_of_file: words.2 / 13,
                attributes: FileAttributes::from_bits_retain(words.0),
            },
            file_id: id,
            contexts: list.contexts(),
            ..CreateResponse::default()
        };
        there_and_back!(CreateResponse, response);
        let typed: Result<Vec<_>, _> = response.contexts.responses().collect();
        prop_assert_eq!(typed.as_deref(), Ok(&responses[..]));
    }

    #[test]
    fn read_and_write(id in file_id(), words: (u32, u64, u32), channel in 0u32..5, info in name(), payload in data()) {
        let channel = Channel(channel);
        let channel_info = if channel == Channel::NONE { &[][..] } else { &info };
        let request = ReadRequest {
            length: words.0,
            offset: words.1,
            file_id: id,
            channel,
            remaining_bytes: words.2,
            channel_info,
            ..ReadRequest::default()
        };
        there_and_back!(ReadRequest, request);
        there_and_back!(ReadResponse, ReadResponse { data: &payload, ..ReadResponse::default() });
        let write = WriteRequest {
            offset: words.1,
            file_id: id,
            channel,
            remaining_bytes: words.2,
            channel_info,
            flags: WriteFlags::WRITE_THROUGH,
            data: &payload,
        };
        there_and_back!(WriteRequest, write);
    }

    #[test]
    fn a_payload_appended_later_is_the_same_message(id in file_id(), payload in data(), code: u32) {
        let later = |begin: &dyn Fn(&mut Writer<'_>) -> Option<PendingPayload>| {
            // The message stands behind another one in the same buffer.
            let mut buf = vec![7; 5];
            let mut w = Writer::new(&mut buf);
            w.zeros(Header::LEN);
            let pending = begin(&mut w);
            let mut message = buf.split_off(5);
            message.extend_from_slice(&payload);
            if let Some(pending) = pending {
                pending.finish(&mut message);
            }
            message
        };
        let len = u32::try_from(payload.len()).unwrap();
        let read = later(&|w| { encode_read_header(w, len); None });
        prop_assert_eq!(read, message(&ReadResponse { data: &payload, ..ReadResponse::default() }));
        let read = later(&|w| Some(ReadResponse::begin(w)));
        prop_assert_eq!(read, message(&ReadResponse { data: &payload, ..ReadResponse::default() }));
        let directory = later(&|w| Some(QueryDirectoryResponse::begin(w)));
        prop_assert_eq!(directory, message(&QueryDirectoryResponse { output: &payload }));
        let info = later(&|w| Some(QueryInfoResponse::begin(w)));
        prop_assert_eq!(info, message(&QueryInfoResponse { output: &payload }));
        let code = CtlCode(code);
        let ioctl = later(&|w| Some(IoctlResponse::begin(w, code, id)));
        prop_assert_eq!(ioctl, message(&IoctlResponse { ctl_code: code, file_id: id, input: &[], output: &payload }));
    }

    #[test]
    fn controls_and_information(id in file_id(), words: (u8, u8, u32, u32), text in name(), payload in data()) {
        let file_id = id;
        let ioctl = IoctlRequest { ctl_code: CtlCode(words.2), file_id, max_output_response: words.3, input: &payload, ..IoctlRequest::default() };
        there_and_back!(IoctlRequest, ioctl);
        there_and_back!(IoctlResponse, IoctlResponse { ctl_code: CtlCode(words.2), file_id, input: &text, output: &payload });
        let directory = QueryDirectoryRequest {
            file_information_class: words.0,
            flags: QueryDirectoryFlags::from_bits_retain(words.1),
            file_index: words.2,
            file_id,
            output_buffer_length: words.3,
            file_name: Utf16(&text),
        };
        there_and_back!(QueryDirectoryRequest, directory);
        there_and_back!(QueryDirectoryResponse, QueryDirectoryResponse { output: &payload });
        let query = QueryInfoRequest {
            info_type: InfoType(words.0),
            file_info_class: words.1,
            output_buffer_length: words.2,
            additional_information: words.3,
            flags: QueryInfoFlags::RESTART_SCAN,
            file_id,
            input: &payload,
        };
        there_and_back!(QueryInfoRequest, query);
        let set = SetInfoRequest {
            info_type: InfoType(words.0),
            file_info_class: words.1,
            additional_information: words.2,
            file_id,
            input: &payload,
        };
        there_and_back!(SetInfoRequest, set);
        there_and_back!(ErrorResponse, ErrorResponse { context_count: words.0, data: &payload });
    }

    #[test]
    fn locks(id in file_id(), lock_sequence: u32, ranges in vec(any::<(u64, u64, u32)>(), 1..9)) {
        let locks = ranges.iter().map(|(offset, length, flags)| LockElement {
            offset: *offset,
            length: *length,
            flags: LockFlags::from_bits_retain(*flags),
        });
        let request = LockRequest { lock_sequence, file_id: id, locks: locks.collect() };
        prop_assert_eq!(request.sequence_index() << 4 | request.sequence_number(), lock_sequence);
        let bytes = message(&request);
        prop_assert_eq!(bytes.len(), Header::LEN + 24 + 24 * request.locks.len());
        prop_assert_eq!(body(&bytes), Ok(request));
    }

    #[test]
    fn changes_within_a_budget(names in vec(name(), 0..12), limit in 0u32..300) {
        let mut buf = Vec::new();
        let mut w = ReplyBudget::new(limit, u32::MAX).writer(&mut buf);
        let mut last = None;
        let fits = |n: &&Vec<u8>| entry(n).push_to(&mut w, &mut last).is_ok();
        let taken: Vec<_> = names.iter().take_while(fits).collect();
        let read: Result<Vec<_>, _> = FileNotifyInformation::entries(&buf).collect();
        prop_assert_eq!(read, Ok(taken.into_iter().map(|n| entry(n)).collect()));
    }

    #[test]
    fn compressed_chains(payloads in vec((0u16..7, any::<u16>(), any::<u32>(), data()), 0..5), size: u32) {
        let payloads: Vec<_> = payloads.iter().enumerate().map(|(n, (algorithm, _, original, data))| CompressedPayload {
            algorithm: CompressionAlgorithm(*algorithm),
            flags: (n == 0).into(),
            original_payload_size: matches!(algorithm, 1..=3 | 5).then_some(*original),
            data,
        }).collect();
        let mut chain = Vec::new();
        payloads.iter().for_each(|p| p.encode(&mut Writer::new(&mut chain)));
        let list = CompressedPayloads::new(&chain).unwrap();
        prop_assert!(list.iter().eq(payloads.iter().copied()));
        if !payloads.is_empty() {
            let whole = CompressionTransform::Chained { original_compressed_segment_size: size, payloads: list };
            let bytes = whole.to_bytes();
            prop_assert_eq!(CompressionTransform::decode(&mut Reader::new(&bytes)), Ok(whole));
        }
    }
}

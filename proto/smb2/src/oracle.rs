//! What must hold for any bytes whatever: no decoder panics or allocates more than the bytes justify, and what was
//! decoded survives being encoded and decoded again. Fuzz targets and tests call it.

use crate::messages::{
    AaplRequest, AaplResponse, CancelRequest, ChangeNotifyRequest, ChangeNotifyResponse, CloseRequest,
    CloseResponse, CreateContext, CreateContextList, CreateContexts, CreateRequest, CreateRequestContext,
    CreateResponse, CreateResponseContext, DuplicateExtents, DuplicateExtentsEx, EchoRequest, ErrorContext,
    ErrorResponse, FileNotifyInformation, FlushRequest, IoctlRequest, IoctlResponse, LockRequest,
    NegotiateRequest, NegotiateResponse, NetworkInterfaceInfo, NetworkResiliencyRequest, OplockBreakRequest,
    OplockBreakResponse, PipePeekResponse, PipeWaitRequest, QueryDirectoryRequest, QueryDirectoryResponse,
    QueryInfoRequest, QueryInfoResponse, QueryQuotaInfo, RdmaTransform, ReadRequest, ReadResponse,
    ServerToClientNotification, SessionSetupRequest, SessionSetupResponse, SetInfoRequest, SetInfoResponse,
    ShareRedirect, SrvCopychunkCopy, SrvCopychunkResponse, SrvHashRetrieveFileBased,
    SrvHashRetrieveHashBased, SrvReadHashRequest, SrvRequestResumeKeyResponse, SrvSnapshotArray,
    SymbolicLinkError, TreeConnectRequest, TreeConnectResponse, ValidateNegotiateInfoRequest,
    ValidateNegotiateInfoResponse, WriteRequest, WriteResponse,
};
use crate::{
    CompressedPayload, Compression, CompressionTransform, Header, MultiProtocolNegotiate, PatternPayload,
    compression,
};
use lanward_wire::{Decode, Encode, Reader, Writer};

/// Encodes a value behind `start` bytes, decodes it from there, and wants the same value.
macro_rules! survives {
    ($ty:ident, $value:expr, $start:expr) => {{
        let value = $value;
        let mut again = Vec::new();
        let mut w = Writer::new(&mut again);
        w.zeros($start);
        value.encode(&mut w);
        let mut r = reader_at(&again, $start);
        assert_eq!($ty::decode(&mut r).as_ref(), Ok(&value), "{} changed on its way", stringify!($ty));
    }};
}

/// Decodes `data` from `start` as each type; what decodes must survive.
macro_rules! each_survives {
    ($data:expr, $start:expr; $($ty:ident)*) => {$(
        if let Ok(value) = $ty::decode(&mut reader_at($data, $start)) {
            survives!($ty, value, $start);
        }
    )*};
}

fn reader_at(data: &[u8], start: usize) -> Reader<'_> {
    let mut r = Reader::new(data);
    // Shorter data is read from its end: every decoder must cope with nothing, too.
    if r.skip(start, "Header").is_err() {
        r.rest();
    }
    r
}

/// Decodes `data` as every message, context and structure of this crate, and asserts that what decodes survives a round
/// trip.
///
/// # Panics
/// Where something does not: a fault in a codec.
pub fn fuzz_decode(data: &[u8]) {
    fuzz_compression(data);
    bodies(data);
    payloads(data);
    if let Ok(request) = WriteRequest::decode(&mut reader_at(data, Header::LEN)) {
        // DataOffset cannot point behind longer channel information; the encoder has but one order.
        if request.channel_info.len() < 0xff00 {
            survives!(WriteRequest, request, Header::LEN);
        }
    }
    if let Ok(request) = CreateRequest::decode(&mut reader_at(data, Header::LEN)) {
        create_contexts(request.contexts);
    }
    if let Ok(response) = CreateResponse::decode(&mut reader_at(data, Header::LEN)) {
        create_contexts(response.contexts);
    }
    if let Ok(contexts) = CreateContexts::new(data) {
        create_contexts(contexts);
    }
    if let Ok(error) = ErrorResponse::decode(&mut reader_at(data, Header::LEN)) {
        assert!(error.contexts().count() <= usize::from(error.context_count));
    }
    if let Ok(CompressionTransform::Chained { payloads, .. }) =
        CompressionTransform::decode(&mut Reader::new(data))
    {
        payloads.iter().for_each(|payload| survives!(CompressedPayload, payload, 0));
    }
    lists(data);
}

fn bodies(data: &[u8]) {
    each_survives! { data, Header::LEN;
        CancelRequest ChangeNotifyRequest ChangeNotifyResponse CloseRequest CloseResponse CreateRequest CreateResponse
        EchoRequest ErrorResponse FlushRequest IoctlRequest IoctlResponse LockRequest NegotiateRequest
        NegotiateResponse OplockBreakRequest OplockBreakResponse QueryDirectoryRequest QueryDirectoryResponse
        QueryInfoRequest QueryInfoResponse ReadRequest ReadResponse ServerToClientNotification SessionSetupRequest
        SessionSetupResponse SetInfoRequest SetInfoResponse TreeConnectRequest TreeConnectResponse WriteResponse
    }
}

fn payloads(data: &[u8]) {
    each_survives! { data, 0;
        Header CompressionTransform CompressedPayload PatternPayload MultiProtocolNegotiate
        ErrorContext SymbolicLinkError ShareRedirect QueryQuotaInfo RdmaTransform
        DuplicateExtents DuplicateExtentsEx NetworkResiliencyRequest PipePeekResponse PipeWaitRequest
        SrvCopychunkCopy SrvCopychunkResponse SrvRequestResumeKeyResponse SrvSnapshotArray
        AaplRequest AaplResponse SrvReadHashRequest SrvHashRetrieveHashBased SrvHashRetrieveFileBased
        ValidateNegotiateInfoRequest ValidateNegotiateInfoResponse
    }
}

/// Contexts that decode are written to a list of their own, from which the same contexts come back.
fn create_contexts(contexts: CreateContexts<'_>) {
    let mut raw = CreateContextList::new();
    contexts.iter().for_each(|c| raw.push(c.name, |w| w.bytes(c.data)));
    assert!(contexts.iter().eq(raw.contexts().iter()), "a context changed on its way");
    for context in contexts.requests().flatten() {
        let data = context.to_bytes();
        let again = CreateRequestContext::from_context(CreateContext { name: context.name(), data: &data });
        assert_eq!(again.as_ref(), Ok(&context));
    }
    for context in contexts.responses().flatten() {
        let data = context.to_bytes();
        let again = CreateResponseContext::from_context(CreateContext { name: context.name(), data: &data });
        assert_eq!(again.as_ref(), Ok(&context));
    }
}

fn lists(data: &[u8]) {
    let entries = FileNotifyInformation::entries(data).count();
    assert!(entries <= data.len(), "a list that makes no progress");
    if let Ok(list) = NetworkInterfaceInfo::decode_list(data) {
        let mut again = Vec::new();
        NetworkInterfaceInfo::encode_list(&list, &mut Writer::new(&mut again));
        assert_eq!(NetworkInterfaceInfo::decode_list(&again), Ok(list));
    }
    if let Ok(request) = MultiProtocolNegotiate::decode(&mut Reader::new(data)) {
        assert!(request.dialects().count() <= data.len());
    }
}

/// Most bytes that [`fuzz_compression`] lets anything come to.
const LARGEST: u32 = 1 << 20;

/// Takes `data` for compressed bytes, for a whole frame and for bytes to compress: what is claimed must hold, and what goes in must come back.
/// The first byte chooses the algorithm.
///
/// # Panics
/// Where something does not: a fault in a codec.
pub fn fuzz_compression(data: &[u8]) {
    let Some((first, data)) = data.split_first() else { return };
    let (chosen, algorithms) = (usize::from(first >> 1), Compression::ALL);
    let algorithm = algorithms.iter().cycle().nth(chosen).copied().unwrap_or_default();
    let agreed = Compression { algorithms: vec![algorithm], chained: first & 1 == 1 };
    if let Ok(message) = agreed.decompress_message(data, LARGEST) {
        assert!(message.len() <= 4 << 20, "a frame came to more than it may");
    }
    let (size, bytes) =
        data.split_first_chunk().map_or((0, data), |(n, rest)| (u16::from_le_bytes(*n), rest));
    let mut out = Vec::new();
    if compression::decompress(algorithm, bytes, usize::from(size), &mut out).is_ok() {
        assert_eq!(out.len(), usize::from(size), "{algorithm:?} came to another size");
    }
    let mut compressed = Vec::new();
    if compression::compress(algorithm, data, &mut compressed) {
        out.clear();
        assert_eq!(
            compression::decompress(algorithm, &compressed, data.len(), &mut out),
            Ok(()),
            "{algorithm:?}"
        );
        assert!(out == data, "{algorithm:?} changed its bytes");
    }
    let mut frame = Vec::new();
    if agreed.compress_message(data, usize::from(size), &mut frame) {
        assert!(frame.len() < data.len(), "a compressed message is not smaller");
        assert_eq!(agreed.decompress_message(&frame, LARGEST).as_deref(), Ok(data), "a message changed");
    }
}

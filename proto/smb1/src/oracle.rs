//! What must hold for any bytes whatever: no decoder panics, and what was decoded survives being encoded and decoded again. Fuzz targets and tests
//! call it.

use crate::messages::{
    CloseRequest, CountResponse, CreateRequest, CreateTemporaryResponse, DeleteRequest, DirectoryInformation,
    EchoRequest, EchoResponse, Empty, FidRequest, FidResponse, GetPrintQueueRequest, GetPrintQueueResponse,
    IoctlRequest, IoctlResponse, LockByteRangeRequest, LockingAndxRequest, NegotiateRequest,
    NegotiateResponse, NtCreateAndxRequest, NtCreateAndxResponse, NtRenameRequest, OpenAndxRequest,
    OpenAndxResponse, OpenPrintFileRequest, OpenRequest, OpenResponse, PathRequest,
    QueryInformation2Response, QueryInformationDiskResponse, QueryInformationResponse, ReadAndxRequest,
    ReadAndxResponse, ReadMpxRequest, ReadRawRequest, ReadRequest, ReadResponse, RenameRequest, ResumeKey,
    SearchRequest, SearchResponse, SeekRequest, SeekResponse, SessionSetupAndxRequest,
    SessionSetupAndxResponse, SetInformation2Request, SetInformationRequest, TransactionRequest,
    TransactionResponse, TransactionSecondaryRequest, TreeConnectAndxRequest, TreeConnectAndxResponse,
    TreeConnectRequest, TreeConnectResponse, WriteAndCloseRequest, WriteAndxRequest, WriteAndxResponse,
    WriteMpxRequest, WriteMpxResponse, WritePrintFileRequest, WriteRawRequest, WriteRequest,
};
use crate::rap::{Packer, RapRequest, RapResponse, structures, unpack};
use crate::subcommands::{
    BytesWritten, CreateDirectoryRequest, EaErrorResponse, FindFirst2Request, FindFirst2Response,
    FindNext2Request, FindNext2Response, InfoAllocation, InfoStandard, InfoVolume, IoctlSetup,
    NotifyChangeSetup, NtTransactCreateRequest, NtTransactCreateResponse, Open2Request, Open2Response,
    Parameters, PipeInfo, PipeInfoRequest, PipePeek, PipeSetup, PipeState, QueryFileAllInfo,
    QueryFileRequest, QueryFsRequest, QueryPathRequest, QueryQuotaRequest, QueryQuotaResponse,
    SecurityDescRequest, SecurityDescResponse, SetFileRequest, SetFsRequest, SetInfoStandard, SetPathRequest,
    SetQuotaRequest, decode_fea_list, decode_gea_list, encode_fea_list, encode_gea_list,
};
use crate::{Body, Chain, Command, Header, Message, MessageWriter, Text, Transactions};
use lanward_wire::{CodePage, Decode, Encode, Reader, Writer};

/// Decodes a body as each type; what decodes must survive.
macro_rules! each_survives {
    ($body:expr, $text:expr; $($ty:ident: $command:ident)*) => {$(
        if let Ok(value) = $ty::decode(&mut $body.clone()) {
            let bytes = written(Command::$command, $text, |w| value.encode(Command::$command, w));
            let again = bodies(&bytes, Command::$command, $text);
            let again = again.into_iter().next().map(|(_, mut body)| $ty::decode(&mut body));
            assert_eq!(again, Some(Ok(value)), "{} changed on its way", stringify!($ty));
        }
    )*};
}

fn written(command: Command, text: Text, write: impl FnOnce(&mut MessageWriter<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let header = Header { command, ..Header::default() };
    write(&mut MessageWriter::new(&mut bytes, &header).with_text(text));
    bytes
}

fn bodies(message: &[u8], command: Command, text: Text) -> Vec<(Command, Body<'_>)> {
    let header = Header { command, ..Header::default() };
    Chain::new(message, &header, text).map_while(Result::ok).collect()
}

/// Decodes `data` as a message and every body in it as every type, and asserts that what decodes survives a round trip. The first byte
/// chooses what strings are in.
///
/// # Panics
/// Where something does not: a fault in a codec.
pub fn fuzz_decode(data: &[u8]) {
    let Some((first, message)) = data.split_first() else { return };
    let code_page = if first & 2 == 0 { CodePage::Cp437 } else { CodePage::Cp850 };
    let text = Text { unicode: first & 1 == 1, code_page };
    if let Ok(key) = ResumeKey::decode(&mut Reader::new(message)) {
        assert_eq!(ResumeKey::decode(&mut Reader::new(&key.to_bytes())), Ok(key));
    }
    if let Ok(entry) = DirectoryInformation::decode(&mut Reader::new(message)) {
        assert_eq!(DirectoryInformation::decode(&mut Reader::new(&entry.to_bytes())), Ok(entry));
    }
    subcommands(message, text);
    let Ok(header) = Header::decode(&mut Reader::new(message)) else { return };
    assert_eq!(Header::decode(&mut Reader::new(&header.to_bytes())), Ok(header));
    for (command, body) in bodies(message, header.command, text) {
        simple(&body, text);
        chained(&body, text);
        transactions(&body, &Header { command, ..header }, text);
    }
}

fn simple(body: &Body<'_>, text: Text) {
    each_survives! { body, text;
        CloseRequest: CLOSE CountResponse: WRITE CreateRequest: CREATE CreateTemporaryResponse: CREATE_TEMPORARY
        DeleteRequest: DELETE EchoRequest: ECHO EchoResponse: ECHO Empty: ECHO FidRequest: FLUSH FidResponse: CREATE
        GetPrintQueueRequest: GET_PRINT_QUEUE GetPrintQueueResponse: GET_PRINT_QUEUE IoctlRequest: IOCTL
        IoctlResponse: IOCTL LockByteRangeRequest: LOCK_BYTE_RANGE NegotiateRequest: NEGOTIATE
        NegotiateResponse: NEGOTIATE NtRenameRequest: NT_RENAME OpenPrintFileRequest: OPEN_PRINT_FILE OpenRequest: OPEN
        OpenResponse: OPEN PathRequest: CHECK_DIRECTORY QueryInformation2Response: QUERY_INFORMATION2
        QueryInformationDiskResponse: QUERY_INFORMATION_DISK QueryInformationResponse: QUERY_INFORMATION
        ReadMpxRequest: READ_MPX ReadRawRequest: READ_RAW ReadRequest: READ ReadResponse: READ RenameRequest: RENAME
        SearchRequest: SEARCH SearchResponse: SEARCH SeekRequest: SEEK SeekResponse: SEEK
        SetInformation2Request: SET_INFORMATION2 SetInformationRequest: SET_INFORMATION TreeConnectRequest: TREE_CONNECT
        TreeConnectResponse: TREE_CONNECT WriteAndCloseRequest: WRITE_AND_CLOSE WriteMpxRequest: WRITE_MPX
        WriteMpxResponse: WRITE_MPX WritePrintFileRequest: WRITE_PRINT_FILE WriteRawRequest: WRITE_RAW
        WriteRequest: WRITE
    }
}

fn chained(body: &Body<'_>, text: Text) {
    each_survives! { body, text;
        LockingAndxRequest: LOCKING_ANDX NtCreateAndxRequest: NT_CREATE_ANDX NtCreateAndxResponse: NT_CREATE_ANDX
        OpenAndxRequest: OPEN_ANDX OpenAndxResponse: OPEN_ANDX ReadAndxRequest: READ_ANDX ReadAndxResponse: READ_ANDX
        SessionSetupAndxRequest: SESSION_SETUP_ANDX SessionSetupAndxResponse: SESSION_SETUP_ANDX
        TreeConnectAndxRequest: TREE_CONNECT_ANDX TreeConnectAndxResponse: TREE_CONNECT_ANDX
        WriteAndxRequest: WRITE_ANDX WriteAndxResponse: WRITE_ANDX
    }
}

fn transactions(body: &Body<'_>, header: &Header, text: Text) {
    for command in [Command::TRANSACTION, Command::TRANSACTION2, Command::NT_TRANSACT] {
        if let Ok(request) = TransactionRequest::decode(command, &mut body.clone()) {
            let bytes = written(command, text, |w| request.encode(command, w, text));
            let again = bodies(&bytes, command, text).into_iter().next();
            let again = again.map(|(_, mut body)| TransactionRequest::decode(command, &mut body));
            assert_eq!(again.as_ref(), Some(&Ok(request.clone())), "a transaction changed on its way");
            let _ = Transactions::new(1 << 16, core::time::Duration::MAX).begin(
                &Header { command, ..*header },
                &request,
                core::time::Duration::ZERO,
            );
        }
        if let Ok(response) = TransactionResponse::decode(command, &mut body.clone()) {
            let bytes = written(command, text, |w| response.encode(command, w));
            let held = response.parameters.len().saturating_add(response.data.len());
            assert!(
                bytes.len()
                    <= held.saturating_add(TransactionResponse::overhead(command, response.setup.len()))
            );
            let again = bodies(&bytes, command, text).into_iter().next();
            let again = again.map(|(_, mut body)| TransactionResponse::decode(command, &mut body));
            assert_eq!(again, Some(Ok(response)), "an answer changed on its way");
        }
    }
    for command in
        [Command::TRANSACTION_SECONDARY, Command::TRANSACTION2_SECONDARY, Command::NT_TRANSACT_SECONDARY]
    {
        if let Ok(request) = TransactionSecondaryRequest::decode(command, &mut body.clone()) {
            let bytes = written(command, text, |w| request.encode(command, w));
            let again = bodies(&bytes, command, text).into_iter().next();
            let again = again.map(|(_, mut body)| TransactionSecondaryRequest::decode(command, &mut body));
            assert_eq!(again, Some(Ok(request)), "a part changed on its way");
        }
    }
}

/// Decodes `data` as the parameters of every subcommand; what decodes must survive.
fn subcommands(data: &[u8], text: Text) {
    macro_rules! each_survives {
        ($($ty:ident)*) => {$(
            if let Ok(value) = $ty::decode(data, text) {
                let mut bytes = Vec::new();
                Parameters::encode(&value, &mut Writer::new(&mut bytes), text);
                assert_eq!($ty::decode(&bytes, text), Ok(value), "{} changed on its way", stringify!($ty));
            }
        )*};
    }
    each_survives! {
        BytesWritten CreateDirectoryRequest EaErrorResponse FindFirst2Request FindFirst2Response FindNext2Request
        FindNext2Response InfoAllocation InfoStandard InfoVolume IoctlSetup NotifyChangeSetup NtTransactCreateRequest
        NtTransactCreateResponse Open2Request Open2Response PipeInfo PipeInfoRequest PipePeek PipeSetup PipeState
        QueryFileAllInfo QueryFileRequest QueryFsRequest QueryPathRequest QueryQuotaRequest QueryQuotaResponse
        SecurityDescRequest SecurityDescResponse SetFileRequest SetFsRequest SetInfoStandard SetPathRequest
        SetQuotaRequest
    }
    if let Ok(list) = decode_fea_list(data) {
        let mut bytes = Vec::new();
        encode_fea_list(&list, &mut Writer::new(&mut bytes));
        assert_eq!(decode_fea_list(&bytes), Ok(list), "a list of attributes changed on its way");
    }
    if let Ok(names) = decode_gea_list(data) {
        let mut bytes = Vec::new();
        encode_gea_list(&names, &mut Writer::new(&mut bytes));
        assert_eq!(decode_gea_list(&bytes), Ok(names), "a list of names changed on its way");
    }
}

/// Decodes `data` as a RAP request, and what is behind its first byte as the structures of every level; what decodes must survive. The first two bytes are
/// the bounds of an answer, in sixteens.
///
/// # Panics
/// Where something does not, or passes a bound: a fault in a codec.
pub fn fuzz_rap(data: &[u8]) {
    let text = Text::default();
    let Some((bounds, message)) = data.split_at_checked(2) else { return };
    if let Ok(request) = RapRequest::decode(message, text) {
        // Padding is not kept, and a descriptor may say what its parameters are not.
        if !request.parameter_descriptor.0.contains(&b'F') {
            let mut bytes = Vec::new();
            request.encode(&mut Writer::new(&mut bytes), text);
            assert_eq!(
                RapRequest::decode(&bytes, text).as_ref(),
                Ok(&request),
                "a RAP request changed on its way"
            );
        }
        let _ = RapResponse::decode(message, request.parameter_descriptor);
    }
    let mut bounds = bounds.iter().map(|b| u16::from(*b).saturating_mul(16));
    let (receive, max) = (bounds.next().unwrap_or(0), bounds.next().unwrap_or(0));
    for level in 0..12 {
        let all = [
            structures::share(level),
            structures::server(level),
            structures::user(level),
            structures::file(level),
        ];
        for descriptor in all.into_iter().flatten() {
            let Ok(rows) = unpack(descriptor, 2, 0, message, text.code_page) else { continue };
            let mut packer = Packer::new(receive, max.into(), text.code_page);
            rows.iter().for_each(|fields| packer.push(descriptor, fields));
            let packed = packer.finish();
            assert!(packed.data.len() <= usize::from(receive.min(max)), "a bound was passed");
            let again = unpack(descriptor, packed.entries, packed.converter, &packed.data, text.code_page);
            assert!(
                again.is_ok() && (!packed.complete || again == Ok(rows)),
                "structures changed on their way"
            );
        }
    }
}

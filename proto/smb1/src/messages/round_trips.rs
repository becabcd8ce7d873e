//! Messages that smbclient, smbtorture and a Samba server really sent each other, in dialects from LAN Manager 1.0 on: what they wrote is what is read
//! and written here.

use super::*;
use crate::oracle::fuzz_decode;
use crate::subcommands::{
    CreateDirectoryRequest, FindFirst2Request, FindNext2Request, NtTransactCode, NtTransactCreateRequest,
    Open2Request, Parameters, QueryFileRequest, QueryFsRequest, QueryPathRequest, SetFileRequest,
    SetPathRequest, Trans2Code,
};
use crate::{Body, Chain, Command, Flags, Flags2, Header, Message, MessageWriter, Text};
use lanward_wire::{CodePage, Decode, Reader, Writer};
use proptest::prelude::*;
use std::fmt::Debug;

fn captured() -> Vec<Vec<u8>> {
    let parse = |line: &str| {
        let (_, hex) = line.split_once(' ').unwrap();
        let digits = hex.as_bytes().as_chunks::<2>().0;
        digits.iter().map(|d| u8::from_str_radix(std::str::from_utf8(d).unwrap(), 16).unwrap()).collect()
    };
    include_str!("captured.txt").lines().map(parse).collect()
}

fn text(header: &Header) -> Text {
    Text { unicode: header.flags2.contains(Flags2::UNICODE), code_page: CodePage::Cp850 }
}

/// Writes what `again` holds of a message with only this body.
fn written(header: &Header, again: impl FnOnce(&mut MessageWriter<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    again(&mut MessageWriter::new(&mut bytes, header).with_text(text(header)));
    bytes
}

/// Reads the body, writes it and wants the same message. Where senders differ without a difference in meaning (padding, the order of parts, a
/// terminator that is left out) it must at least be read as the same again.
fn same<'a, T: Message<'a> + PartialEq + Debug>(
    header: &Header,
    body: &mut Body<'a>,
    message: &[u8],
    exact: bool,
) {
    let value = T::decode(body).unwrap_or_else(|e| panic!("{:?}: {e}", header.command));
    let bytes = written(header, |w| value.encode(header.command, w));
    if exact {
        assert_eq!(bytes, message, "{value:?}");
    }
    let bytes = bytes.leak();
    let (_, mut again) = Chain::new(bytes, header, text(header)).next().unwrap().unwrap();
    assert_eq!(T::decode(&mut again).unwrap(), value);
}

fn request<'a>(header: &Header, body: &mut Body<'a>, message: &[u8]) {
    let mut check = |exact| match header.command {
        Command::NEGOTIATE => same::<NegotiateRequest<'a>>(header, body, message, exact),
        Command::SESSION_SETUP_ANDX => same::<SessionSetupAndxRequest<'a>>(header, body, message, false),
        Command::TREE_CONNECT_ANDX => same::<TreeConnectAndxRequest<'a>>(header, body, message, exact),
        Command::TREE_DISCONNECT | Command::PROCESS_EXIT => same::<Empty>(header, body, message, exact),
        Command::OPEN_ANDX => same::<OpenAndxRequest>(header, body, message, exact),
        Command::NT_CREATE_ANDX => same::<NtCreateAndxRequest>(header, body, message, false),
        Command::READ_ANDX => same::<ReadAndxRequest>(header, body, message, false),
        Command::WRITE_ANDX => same::<WriteAndxRequest<'a>>(header, body, message, false),
        Command::LOCKING_ANDX => same::<LockingAndxRequest>(header, body, message, exact),
        Command::OPEN => same::<OpenRequest>(header, body, message, exact),
        Command::CREATE_TEMPORARY | Command::CREATE => same::<CreateRequest>(header, body, message, exact),
        Command::CLOSE => same::<CloseRequest>(header, body, message, exact),
        Command::FLUSH | Command::QUERY_INFORMATION2 => same::<FidRequest>(header, body, message, exact),
        Command::DELETE => same::<DeleteRequest>(header, body, message, exact),
        Command::RENAME => same::<RenameRequest>(header, body, message, exact),
        Command::CREATE_DIRECTORY
        | Command::DELETE_DIRECTORY
        | Command::CHECK_DIRECTORY
        | Command::QUERY_INFORMATION => same::<PathRequest>(header, body, message, exact),
        Command::SET_INFORMATION => same::<SetInformationRequest>(header, body, message, false),
        Command::SEARCH | Command::FIND_CLOSE => same::<SearchRequest<'a>>(header, body, message, exact),
        command @ (Command::TRANSACTION | Command::TRANSACTION2 | Command::NT_TRANSACT) => {
            let request = TransactionRequest::decode(command, body).unwrap();
            assert!(request.total_parameters as usize >= request.parameters.len());
            parameters(command, &request, text(header));
        }
        other => panic!("{other:?} is not looked at"),
    };
    check(true);
}

/// The parameters of a subcommand are read and written.
fn parameters(command: Command, request: &TransactionRequest<'_>, text: Text) {
    fn same<'a, T: Parameters<'a> + PartialEq + Debug>(bytes: &'a [u8], text: Text) {
        let value = T::decode(bytes, text).unwrap();
        let mut again = Vec::new();
        value.encode(&mut Writer::new(&mut again), text);
        assert_eq!(again, bytes, "{value:?}");
    }
    let bytes = request.parameters;
    match (command, request.setup.first().map(|code| Trans2Code(*code))) {
        (Command::TRANSACTION2, Some(Trans2Code::FIND_FIRST2)) => same::<FindFirst2Request>(bytes, text),
        (Command::TRANSACTION2, Some(Trans2Code::FIND_NEXT2)) => same::<FindNext2Request>(bytes, text),
        (Command::TRANSACTION2, Some(Trans2Code::QUERY_FS_INFORMATION)) => {
            same::<QueryFsRequest>(bytes, text);
        }
        (Command::TRANSACTION2, Some(Trans2Code::QUERY_PATH_INFORMATION)) => {
            same::<QueryPathRequest>(bytes, text);
        }
        (Command::TRANSACTION2, Some(Trans2Code::QUERY_FILE_INFORMATION)) => {
            same::<QueryFileRequest>(bytes, text);
        }
        (Command::TRANSACTION2, Some(Trans2Code::SET_PATH_INFORMATION)) => {
            same::<SetPathRequest>(bytes, text);
        }
        (Command::TRANSACTION2, Some(Trans2Code::SET_FILE_INFORMATION)) => {
            same::<SetFileRequest>(bytes, text);
        }
        (Command::TRANSACTION2, Some(Trans2Code::OPEN2)) => same::<Open2Request>(bytes, text),
        (Command::TRANSACTION2, Some(Trans2Code::CREATE_DIRECTORY)) => {
            same::<CreateDirectoryRequest>(bytes, text);
        }
        (Command::TRANSACTION2, Some(Trans2Code::GET_DFS_REFERRAL)) => {
            lanward_nt::dfsc::ReferralRequest::decode(&mut Reader::new(bytes)).unwrap();
        }
        (Command::NT_TRANSACT, _) if request.function == NtTransactCode::CREATE.0 => {
            NtTransactCreateRequest::decode(bytes, text).unwrap();
        }
        (Command::NT_TRANSACT, _) => {
            assert!(NtTransactCode(request.function).name().is_some(), "{request:?}");
        }
        other => panic!("{other:?} is not looked at"),
    }
}

fn response<'a>(header: &Header, body: &mut Body<'a>, message: &[u8]) {
    if body.words.is_empty() && body.bytes.is_empty() {
        return;
    }
    match header.command {
        Command::NEGOTIATE => same::<NegotiateResponse<'a>>(header, body, message, true),
        Command::SESSION_SETUP_ANDX => same::<SessionSetupAndxResponse<'a>>(header, body, message, false),
        Command::TREE_CONNECT_ANDX => same::<TreeConnectAndxResponse>(header, body, message, false),
        Command::OPEN_ANDX => same::<OpenAndxResponse>(header, body, message, true),
        Command::NT_CREATE_ANDX => same::<NtCreateAndxResponse>(header, body, message, false),
        Command::READ_ANDX => same::<ReadAndxResponse<'a>>(header, body, message, false),
        Command::WRITE_ANDX => same::<WriteAndxResponse>(header, body, message, true),
        Command::LOCKING_ANDX | Command::TREE_DISCONNECT => same::<Empty>(header, body, message, true),
        Command::OPEN => same::<OpenResponse>(header, body, message, true),
        Command::CREATE_TEMPORARY => same::<CreateTemporaryResponse>(header, body, message, false),
        Command::QUERY_INFORMATION => same::<QueryInformationResponse>(header, body, message, true),
        Command::QUERY_INFORMATION2 => same::<QueryInformation2Response>(header, body, message, true),
        Command::SEARCH => same::<SearchResponse<'a>>(header, body, message, true),
        // It leaves the empty buffer out that [MS-CIFS] 2.2.4.61.2 wants.
        Command::FIND_CLOSE => same::<CountResponse>(header, body, message, true),
        command @ (Command::TRANSACTION2 | Command::NT_TRANSACT) => {
            let response = TransactionResponse::decode(command, body).unwrap();
            assert_eq!(response.total_data as usize, response.data.len());
            let bytes = written(header, |w| response.encode(command, w));
            assert!(bytes.len() <= message.len().next_multiple_of(4), "{response:?}");
        }
        other => panic!("{other:?} is not looked at"),
    }
}

#[test]
fn what_others_send_is_read_and_written() {
    for message in captured() {
        let header = Header::decode(&mut Reader::new(&message)).unwrap();
        let mut chain = Chain::new(&message, &header, text(&header));
        let (_, mut body) = chain.next().unwrap().unwrap();
        if header.flags.contains(Flags::REPLY) {
            response(&header, &mut body, &message);
        } else {
            request(&header, &mut body, &message);
        }
    }
}

#[test]
fn the_oracle_takes_them_cut_and_whole() {
    for message in captured() {
        for first in 0..4 {
            fuzz_decode(&[&[first], &message[..]].concat());
        }
        (0..message.len()).step_by(3).for_each(|cut| fuzz_decode(&[&[1], &message[..cut]].concat()));
    }
}

proptest! {
    #[test]
    fn the_oracle_takes_them_damaged(which: usize, damage in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..6)) {
        let all = captured();
        let mut message = all[which % all.len()].clone();
        for (at, byte) in damage {
            let at = at % message.len();
            message[at] = byte;
        }
        fuzz_decode(&[&[1], &message[..]].concat());
        fuzz_decode(&[&[0], &message[..]].concat());
    }
}

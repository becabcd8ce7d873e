//! Every argument type reads what it wrote, in both transfer syntaxes, and to the last byte.

use super::*;
use crate::information::{Entry, EnumResponse};
use crate::{Arguments, ContextHandle, NdrReader, NdrWriter, StatusResponse, TransferSyntax};
use lanward_nt::NtString;
use std::fmt::Debug;

pub(crate) fn there_and_back<T: Arguments + PartialEq + Debug>(value: T) {
    for (syntax, value) in [(TransferSyntax::Ndr, value.clone()), (TransferSyntax::Ndr64, value)] {
        let mut bytes = Vec::new();
        value.encode(&mut NdrWriter::with_syntax(&mut bytes, syntax));
        let mut r = NdrReader::with_syntax(&bytes, syntax);
        assert_eq!(T::decode(&mut r).as_ref(), Ok(&value), "{syntax:?} {bytes:02x?}");
        assert_eq!(r.remaining(), 0, "{value:?}");
        // Whatever is missing is missed.
        for length in 0..bytes.len() {
            let cut = T::decode(&mut NdrReader::with_syntax(&bytes[..length], syntax));
            assert!(cut.as_ref() != Ok(&value) || length + 8 > bytes.len(), "{length} of {value:?}");
        }
    }
}

pub(crate) fn text(s: &str) -> Option<NtString> {
    Some(s.into())
}

/// An enumeration's answers at every level, with none, one and two entries; what a level does not have is as it is in a default.
pub(crate) fn enumeration<E: Entry + PartialEq + Debug>(full: impl Fn() -> E)
where
    EnumResponse<E>: Arguments,
{
    for level in (0..600).filter(|level| E::is_enumerable(*level)) {
        let mut one = EnumResponse {
            level,
            entries: Some(vec![full()]),
            total_entries: 1,
            resume_handle: Some(7),
            status: 234,
        };
        let mut bytes = Vec::new();
        one.encode(&mut NdrWriter::new(&mut bytes));
        one = EnumResponse::decode(&mut NdrReader::new(&bytes)).unwrap();
        let entry = one.entries.clone().unwrap().remove(0);
        there_and_back(one);
        for entries in [None, Some(Vec::new()), Some(vec![entry.clone(), E::default(), entry])] {
            there_and_back(EnumResponse { level, entries, ..EnumResponse::default() });
        }
    }
    there_and_back(EnumResponse::<E> { level: 4711, status: 124, ..EnumResponse::default() });
}

fn share() -> ShareInfo {
    ShareInfo {
        name: text("n"),
        share_type: ShareType::IPC,
        remark: text(""),
        permissions: 1,
        max_uses: 2,
        current_uses: 3,
        path: text("C:\\x"),
        password: None,
        server_name: text("*"),
        security_descriptor: Some(vec![1, 2, 3]),
        flags: 4,
    }
}

#[test]
fn enumerations() {
    enumeration(share);
    enumeration(|| ConnectionInfo {
        id: 1,
        share_type: 2,
        opens: 3,
        users: 4,
        seconds: 5,
        user: text("u"),
        name: text("n"),
    });
    enumeration(|| FileInfo { id: 1, permissions: 2, locks: 3, path: text("p"), user: None });
    enumeration(|| SessionInfo {
        client: text("c"),
        user: text("u"),
        opens: 1,
        seconds: 2,
        idle_seconds: 3,
        user_flags: 4,
        client_type: text(""),
        transport: text("t"),
    });
    enumeration(transport);
    enumeration(|| AliasInfo { alias: text("a"), target: None, default: 1, reserved: 0 });
    let (server_name, level, preferred_maximum_length, resume_handle) = (text("s"), 1, 2, Some(3));
    there_and_back(ShareEnumRequest {
        server_name: server_name.clone(),
        level,
        preferred_maximum_length,
        resume_handle,
    });
    there_and_back(ConnectionEnumRequest {
        qualifier: text("q"),
        level,
        preferred_maximum_length,
        ..ConnectionEnumRequest::default()
    });
    there_and_back(FileEnumRequest { base_path: text("b"), level: 3, ..FileEnumRequest::default() });
    there_and_back(SessionEnumRequest {
        client: text("c"),
        user: text("u"),
        ..SessionEnumRequest::default()
    });
    there_and_back(ServerTransportEnumRequest { level, resume_handle, ..Default::default() });
    there_and_back(ServerAliasEnumRequest { server_name, ..ServerAliasEnumRequest::default() });
}

fn transport() -> TransportInfo {
    TransportInfo {
        connections: 1,
        name: text("tcp"),
        address: Some(vec![7; 5]),
        network_address: text("10.0.0.1"),
        domain: text("D"),
        flags: 4,
        password_length: 3,
    }
}

#[test]
fn shares_and_files() {
    for level in [0, 1, 2, 501, 502, 503, 1004, 1005, 1006, 1501, 9] {
        let mut bytes = Vec::new();
        let share = Some(share());
        ShareGetInfoResponse { level, share, status: 5 }.encode(&mut NdrWriter::new(&mut bytes));
        let response = ShareGetInfoResponse::decode(&mut NdrReader::new(&bytes)).unwrap();
        let (share, name) = (response.share.clone(), "n".into());
        there_and_back(response);
        there_and_back(ShareAddRequest {
            level,
            share: share.clone(),
            parameter_error: Some(3),
            ..Default::default()
        });
        there_and_back(ShareDelExRequest { server_name: None, level, share: share.clone() });
        there_and_back(ShareSetInfoRequest { server_name: None, name, level, share, parameter_error: None });
    }
    there_and_back(ShareGetInfoRequest { server_name: text("s"), name: "n".into(), level: 1 });
    there_and_back(ParameterErrorResponse { parameter_error: Some(4), status: 87 });
    there_and_back(ShareDelRequest { server_name: None, name: "abc".into(), reserved: 9 });
    let handle = ContextHandle { attributes: 0, uuid: Guid([3; 16]) };
    there_and_back(ShareDelStartResponse { handle, status: 0 });
    there_and_back(ShareDelCommitRequest { handle });
    there_and_back(ShareCheckRequest { server_name: None, device: "C:\\".into() });
    there_and_back(ShareCheckResponse { share_type: 3, status: 0 });
    there_and_back(FileGetInfoRequest { server_name: None, id: 1, level: 3 });
    let file = FileInfo { id: 1, permissions: 2, locks: 3, path: text("p"), user: text("u") };
    there_and_back(FileGetInfoResponse { level: 3, file: Some(file), status: 0 });
    there_and_back(FileCloseRequest { server_name: None, id: 1 });
    there_and_back(SessionDelRequest { server_name: None, client: text("\\\\c"), user: None });
    there_and_back(StatusResponse { status: 2312 });
    let descriptor = AdtSecurityDescriptor { buffer: Some(vec![1, 0, 0]) };
    there_and_back(GetFileSecurityRequest {
        share: text("s"),
        path: "p".into(),
        information: 7,
        ..Default::default()
    });
    there_and_back(GetFileSecurityResponse { descriptor: Some(descriptor.clone()), status: 0 });
    there_and_back(GetFileSecurityResponse { descriptor: None, status: 2 });
    there_and_back(SetFileSecurityRequest {
        share: None,
        path: "p".into(),
        information: 4,
        descriptor,
        ..Default::default()
    });
}

#[test]
fn the_server() {
    let mut parameters = ServerParameters::default();
    parameters.domain = text("DOMAIN");
    (501..=556).for_each(|parameter| parameters.set(parameter, parameter * 2));
    for level in (0..2000).filter(|level| ServerInfo::has_level(*level)) {
        let info = ServerInfo {
            platform_id: 500,
            name: text("n"),
            comment: text("c"),
            users: 1,
            disconnect: 2,
            hidden: 3,
            announce: 4,
            announce_delta: 5,
            licenses: 6,
            user_path: text("C:\\"),
            capabilities: 7,
            parameters: parameters.clone(),
            ..ServerInfo::default()
        };
        let mut bytes = Vec::new();
        ServerGetInfoResponse { level, info: Some(info), status: 0 }.encode(&mut NdrWriter::new(&mut bytes));
        let response = ServerGetInfoResponse::decode(&mut NdrReader::new(&bytes)).unwrap();
        let info = response.info.clone();
        assert_ne!(info, Some(ServerInfo::default()), "{level}");
        there_and_back(response);
        there_and_back(ServerSetInfoRequest { server_name: None, level, info, parameter_error: Some(0) });
    }
    there_and_back(ServerGetInfoRequest { server_name: None, level: 103 });
    there_and_back(ServerStatisticsRequest { service: text("s"), options: 1, ..Default::default() });
    let statistics =
        ServerStatistics { start: 1, file_opens: 2, big_buffers_needed: 3, ..Default::default() };
    there_and_back(ServerStatisticsResponse { statistics: Some(statistics), status: 0 });
    there_and_back(ServerStatisticsResponse { statistics: None, status: 87 });
    there_and_back(RemoteTodRequest { server_name: text("s") });
    there_and_back(RemoteTodResponse { time: Some(TimeOfDay::from_unix(1, 2)), status: 0 });
    for disks in [vec![], vec!["C:".into(), "".into()]] {
        there_and_back(ServerDiskEnumResponse { disks, total_entries: 1, resume_handle: Some(0), status: 0 });
    }
    there_and_back(ServerDiskEnumRequest { server_name: text("s"), ..ServerDiskEnumRequest::default() });
    let transport = transport();
    for level in 0..=3 {
        let mut bytes = Vec::new();
        let request = ServerTransportExRequest { server_name: None, level, transport: transport.clone() };
        request.encode(&mut NdrWriter::new(&mut bytes));
        there_and_back(ServerTransportExRequest::decode(&mut NdrReader::new(&bytes)).unwrap());
    }
    let transport = TransportInfo { domain: None, flags: 0, password_length: 0, ..transport };
    there_and_back(ServerTransportRequest { server_name: None, level: 0, transport });
    let alias = Some(AliasInfo { alias: text("a"), target: text("t"), default: 0, reserved: 0 });
    there_and_back(ServerAliasRequest { server_name: None, level: 0, alias });
}

#[test]
fn names_and_paths() {
    let (name, server_name) = (NtString::from("name"), None::<NtString>);
    there_and_back(PathTypeRequest { server_name: server_name.clone(), path: name.clone(), flags: 1 });
    there_and_back(PathTypeResponse { path_type: 4096, status: 0 });
    there_and_back(PathCanonicalizeRequest {
        path: name.clone(),
        output_length: 5,
        prefix: "p".into(),
        ..Default::default()
    });
    there_and_back(PathCanonicalizeResponse { output: vec![1, 2, 3], path_type: 1, status: 2 });
    there_and_back(PathCompareRequest { first: name.clone(), second: "b".into(), ..Default::default() });
    there_and_back(NameValidateRequest { name: name.clone(), name_type: 9, ..Default::default() });
    there_and_back(NameCanonicalizeRequest { name: name.clone(), output_length: 9, ..Default::default() });
    there_and_back(NameCanonicalizeResponse { output: vec![1, 2, 3], status: 2 });
    there_and_back(NameCompareRequest { first: name.clone(), second: "b".into(), ..Default::default() });
    there_and_back(DfsGetVersionResponse { version: 0, status: 50 });
    there_and_back(DfsCreateExitPointRequest {
        prefix: name.clone(),
        short_prefix_length: 3,
        ..Default::default()
    });
    there_and_back(DfsCreateExitPointResponse { short_prefix: vec![0; 3], status: 50 });
    there_and_back(DfsReportSiteInfoResponse { status: 50 });
    there_and_back(CharDevEnumRequest { level: 1, ..CharDevEnumRequest::default() });
    there_and_back(CharDevEnumResponse { level: 1, status: 50 });
    there_and_back(CharDevGetInfoRequest { name, level: 1, ..CharDevGetInfoRequest::default() });
    there_and_back(CharDevGetInfoResponse { level: 0, status: 50 });
}

#[test]
fn a_container_that_says_more_than_there_is() {
    let empty = |tail: &[u32]| {
        let words = [2, 2, 0x20000].iter().chain(tail);
        words.flat_map(|word: &u32| word.to_le_bytes()).collect::<Vec<u8>>()
    };
    for tail in
        [&[1, 0x20004, 1_000_000][..], &[2, 0x20004, 1, 5, 0, 0, 0, 0], &[u32::MAX, 0x20004, u32::MAX]]
    {
        assert!(FileEnumResponse::decode(&mut NdrReader::new(&empty(tail))).is_err());
    }
    let many = empty(&[70_000, 0x20004, 70_000]);
    let many = [many, vec![0; 4 * 70_000 + 12]].concat();
    assert!(FileEnumResponse::decode(&mut NdrReader::new(&many)).is_err());
}

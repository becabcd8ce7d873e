//! Whole conversations over the pipes, with the bytes of real clients.

mod accounts;
mod administering;
mod devices;
pub(crate) mod passwords;
mod printer_values;
mod printers;
mod printing;

use crate::{Administration, register};
use lanward_fsa::{CreateParams, FileSystem};
use lanward_nt::{
    AccessMask, CreateDisposition, CreateOptions, FileAttributes, FileTime, Guid, NtStatus, NtString,
    ShareAccess, Sid,
};
use lanward_rpc::srvsvc::{
    self, MAX_PREFERRED_LENGTH, RemoteTodRequest, RemoteTodResponse, ServerGetInfoRequest,
    ServerGetInfoResponse, ShareEnumRequest, ShareEnumResponse, ShareGetInfoRequest, ShareGetInfoResponse,
    ShareType,
};
use lanward_rpc::wkssvc::{self, WorkstationGetInfoRequest, WorkstationGetInfoResponse};
use lanward_rpc::{
    Arguments, ClientAssociation, ClientError, Fault, NdrReader, NdrWriter, Operation, Results as _, SyntaxId,
};
use lanward_server::{
    Identity, MemoryShares, NewSession, Open, Server, Session, Settings, ShareDefinition, User, UserKind,
    Zone,
};
use lanward_vfs::MemVolume;
use std::path::Path;
use std::sync::Arc;

const NOW: FileTime = FileTime(133_000_000_000_000_000);

pub(crate) fn server() -> Arc<Server> {
    let identity = Identity {
        name: "TEST".into(),
        workgroup: "GROUP".into(),
        comment: "A server".into(),
        guid: Guid::default(),
        sid: Sid::new(5, &[21, 1, 2, 3]),
    };
    let server = Server::new(identity, Settings::default(), NOW);
    for name in ["data", "Zoo$"] {
        let disk = ShareDefinition::disk(name, FileSystem::new(MemVolume::new(|| NOW)), "/srv/data");
        server.add_share(ShareDefinition { comment: "things".into(), ..disk }).unwrap();
    }
    let there = |path: &Path| path == Path::new("/srv/docs");
    let shares = MemoryShares::new(move |path| there(path).then(|| FileSystem::new(MemVolume::new(|| NOW))));
    register(&server, Administration { shares: Arc::new(shares), ..Administration::default() });
    server
}

pub(crate) fn session(server: &Arc<Server>, is_admin: bool) -> Arc<Session> {
    let addresses = ("10.0.0.1:445".parse().unwrap(), "10.0.0.2:999".parse().unwrap());
    let connection = server.admit_connection(addresses.0, addresses.1, NOW).unwrap();
    let user = User {
        name: "alice".into(),
        domain: "TEST".into(),
        sid: Sid::new(5, &[21, 1, 2, 3, 1000]),
        groups: if is_admin { vec![Sid::administrators()] } else { Vec::new() },
        kind: UserKind::Named,
        is_admin,
        privileges: lanward_nt::security::Privileges::empty(),
    };
    let id = server.new_session_id();
    let client_name = NtString::default();
    server.open_session(NewSession { id, user, client_name, connection, expiry: None, now: NOW }).unwrap()
}

async fn perform<Q: Operation>(peer: &mut Peer, request: Q) -> Q::Response {
    let answer = peer.call(Q::NUMBER, |w| request.encode(w)).await.unwrap();
    Q::Response::decode(&mut NdrReader::new(&answer)).unwrap()
}

async fn open(session: &Arc<Session>, pipe: &str) -> Result<Arc<Open>, NtStatus> {
    let create = CreateParams {
        path: &pipe.into(),
        desired_access: AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_WRITE,
        share_access: ShareAccess::all(),
        disposition: CreateDisposition::Open,
        options: CreateOptions::empty(),
        attributes: FileAttributes::empty(),
        allocation_size: None,
        extended_attributes: Vec::new(),
        posix: None,
        security_descriptor: None,
        cache: lanward_fsa::CacheRequest::None,
        waits: None,
    };
    session.tree_connect(&"IPC$".into()).unwrap().create(create).await.map(|created| created.open)
}

/// A client that is bound to a pipe's interface.
pub(crate) struct Peer {
    open: Arc<Open>,
    association: ClientAssociation,
}

impl Peer {
    pub(crate) async fn bind(session: &Arc<Session>, pipe: &str, interface: SyntaxId) -> Self {
        let open = open(session, pipe).await.unwrap();
        let mut peer = Self { open, association: ClientAssociation::new(interface) };
        let bind = peer.association.bind();
        peer.send(vec![bind]).await.unwrap();
        peer
    }

    async fn send(&mut self, pdus: Vec<Vec<u8>>) -> Result<Vec<u8>, ClientError> {
        let pipe = self.open.pipe().unwrap();
        for pdu in pdus {
            pipe.write(&pdu).await.unwrap();
        }
        loop {
            let mut message = Vec::new();
            // In small pieces, as clients read what is larger than they thought.
            while pipe.read(1024, &mut message).await.unwrap().more {}
            if let Some(answer) = self.association.receive(&message)? {
                return Ok(answer);
            }
        }
    }

    pub(crate) async fn call(
        &mut self,
        operation: u16,
        encode: impl FnOnce(&mut NdrWriter<'_>),
    ) -> Result<Vec<u8>, ClientError> {
        let mut stub = Vec::new();
        encode(&mut NdrWriter::new(&mut stub));
        let pdus = self.association.call(operation, &stub);
        self.send(pdus).await
    }

    /// Calls an operation whose arguments and results have one layout.
    async fn ask<A: Arguments>(&mut self, operation: u16, request: impl Arguments) -> A {
        let answer = self.call(operation, |w| request.encode(w)).await.unwrap();
        A::decode(&mut NdrReader::new(&answer)).unwrap()
    }

    async fn share_enum(
        &mut self,
        level: u32,
        preferred: u32,
        resume_handle: Option<u32>,
    ) -> ShareEnumResponse {
        let request =
            ShareEnumRequest { server_name: None, level, preferred_maximum_length: preferred, resume_handle };
        let answer = self.call(srvsvc::SHARE_ENUM, |w| request.encode(w)).await.unwrap();
        ShareEnumResponse::decode(&mut NdrReader::new(&answer)).unwrap()
    }

    async fn share_get_info(&mut self, name: &str, level: u32) -> ShareGetInfoResponse {
        let request = ShareGetInfoRequest { server_name: None, name: name.into(), level };
        let answer = self.call(srvsvc::SHARE_GET_INFO, |w| request.encode(w)).await.unwrap();
        ShareGetInfoResponse::decode(&mut NdrReader::new(&answer)).unwrap()
    }

    async fn server_get_info(&mut self, name: Option<&str>, level: u32) -> ServerGetInfoResponse {
        let request = ServerGetInfoRequest { server_name: name.map(Into::into), level };
        let answer = self.call(srvsvc::SERVER_GET_INFO, |w| request.encode(w)).await.unwrap();
        ServerGetInfoResponse::decode(&mut NdrReader::new(&answer)).unwrap()
    }
}

fn names(response: &ShareEnumResponse) -> Vec<String> {
    response.entries.iter().flatten().map(|s| s.name.clone().unwrap_or_default().to_string_lossy()).collect()
}

fn hex(digits: &str) -> Vec<u8> {
    let digits: Vec<u32> = digits.chars().filter_map(|c| c.to_digit(16)).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

/// The two transactions of smbclient -L.
#[tokio::test]
async fn smbclient_lists() {
    let server = server();
    let session = session(&server, false);
    let open = open(&session, "srvsvc").await.unwrap();
    let pipe = open.pipe().unwrap();
    let bind = hex(
        "05000b03100000004800000001000000b810b810000000000100000000000100c84f324b7016d30112785a47bf6ee188
        03000000045d888aeb1cc9119fe808002b10486002000000",
    );
    let share_enum =
        hex("05000003100000005c000000020000004400000000000f00000002000a000000000000000a00000031003200
        37002e0030002e0030002e00310000000100000001000000040002000000000000000000ffffffff0800020000000000");
    let mut ack = Vec::new();
    assert!(!pipe.transact(&bind, 4280, &mut ack).await.unwrap().more);
    assert_eq!(ack[2], 12);
    let mut answer = Vec::new();
    assert!(!pipe.transact(&share_enum, 4280, &mut answer).await.unwrap().more);
    let response = ShareEnumResponse::decode(&mut NdrReader::new(&answer[24..])).unwrap();
    assert_eq!(names(&response), ["data", "IPC$", "Zoo$"]);
    assert_eq!((response.status, response.total_entries, response.resume_handle), (0, 3, Some(0)));
    let shares = response.entries.unwrap();
    assert_eq!(shares[1].share_type, ShareType::IPC | ShareType::SPECIAL);
    assert_eq!((shares[0].share_type, shares[0].remark.clone()), (ShareType::empty(), Some("things".into())));
}

#[tokio::test]
async fn where_a_share_is_only_administrators_see() {
    let server = server();
    let (user, admin) = (session(&server, false), session(&server, true));
    let mut user = Peer::bind(&user, "srvsvc", srvsvc::INTERFACE).await;
    let mut admin = Peer::bind(&admin, "srvsvc", srvsvc::INTERFACE).await;
    for level in [2, 502, 503] {
        let refused = user.share_enum(level, MAX_PREFERRED_LENGTH, None).await;
        assert_eq!((refused.status, names(&refused).len()), (5, 0));
        assert_eq!(user.share_get_info("data", level).await.status, 5);
        let seen = admin.share_enum(level, MAX_PREFERRED_LENGTH, None).await.entries.unwrap();
        assert_eq!((seen.len(), seen[0].path.clone()), (3, Some("C:\\srv\\data".into())));
        let one = admin.share_get_info("DATA", level).await.share.unwrap();
        assert_eq!((one.path, one.max_uses, one.current_uses), (Some("C:\\srv\\data".into()), u32::MAX, 0));
    }
    for level in [0, 1] {
        assert_eq!(names(&user.share_enum(level, MAX_PREFERRED_LENGTH, None).await).len(), 3);
    }
    for level in [0, 1, 501, 1005] {
        assert_eq!(user.share_get_info("data", level).await.status, 0);
    }
    assert_eq!(user.share_enum(501, MAX_PREFERRED_LENGTH, None).await.status, 5);
    assert_eq!(names(&admin.share_enum(501, MAX_PREFERRED_LENGTH, None).await).len(), 3);
}

#[tokio::test]
async fn uses_are_the_live_ones() {
    let server = server();
    let session = session(&server, true);
    let mut peer = Peer::bind(&session, "srvsvc", srvsvc::INTERFACE).await;
    let tree = session.tree_connect(&"data".into()).unwrap();
    assert_eq!(peer.share_get_info("data", 2).await.share.unwrap().current_uses, 1);
    tree.close().await;
    drop(tree);
    assert_eq!(peer.share_get_info("data", 2).await.share.unwrap().current_uses, 0);
    server.remove_share(&"data".into()).unwrap();
    assert_eq!(peer.share_get_info("data", 1).await.status, 0x906);
}

#[tokio::test]
async fn questions_without_an_answer() {
    let server = server();
    let session = session(&server, true);
    let mut peer = Peer::bind(&session, "srvsvc", srvsvc::INTERFACE).await;
    assert_eq!(peer.share_get_info("nope", 1).await.status, 0x906);
    assert_eq!(peer.share_get_info("", 1).await.status, 87);
    assert_eq!(peer.share_get_info("data", 3).await.status, 124);
    assert_eq!(peer.share_enum(1005, MAX_PREFERRED_LENGTH, None).await.status, 124);
    assert_eq!(peer.server_get_info(None, 104).await.status, 124);
    assert_eq!(peer.server_get_info(None, 599).await.status, 124);
    let unknown = peer.call(999, |_| {}).await;
    assert_eq!(unknown, Err(ClientError::Fault(Fault::OP_RANGE_ERROR)));
    let bad = peer.call(srvsvc::SHARE_ENUM, |w| w.u32(1)).await;
    assert_eq!(bad, Err(ClientError::Fault(Fault::BAD_STUB_DATA)));
    assert_eq!(peer.share_get_info("data", 1).await.status, 0);
}

#[tokio::test]
async fn a_long_list_comes_in_parts() {
    let server = server();
    let file_system = FileSystem::new(MemVolume::new(|| NOW));
    for n in 0..200 {
        server
            .add_share(ShareDefinition::disk(&format!("s{n:03}"), Arc::clone(&file_system), "/srv"))
            .unwrap();
    }
    let session = session(&server, false);
    let mut peer = Peer::bind(&session, "srvsvc", srvsvc::INTERFACE).await;
    let all = names(&peer.share_enum(1, MAX_PREFERRED_LENGTH, None).await);
    assert_eq!(all.len(), 203);
    let (mut parts, mut resume, mut rounds) = (Vec::new(), 0, 0);
    loop {
        let part = peer.share_enum(1, 2000, Some(resume)).await;
        assert_eq!(part.total_entries as usize, all.len() - parts.len());
        parts.extend(names(&part));
        rounds += 1;
        if part.status == 0 {
            break;
        }
        assert_eq!(part.status, 234);
        resume = part.resume_handle.unwrap();
    }
    assert_eq!(parts, all);
    assert!(rounds > 5);
    assert_eq!(peer.share_enum(1, 10, Some(0)).await.status, 0x84b);
    let behind = peer.share_enum(1, 10, Some(u32::MAX)).await;
    assert_eq!((behind.status, names(&behind).len()), (0, 0));
}

#[tokio::test]
async fn the_server_and_the_workstation() {
    let server = server();
    let (user, admin) = (session(&server, false), session(&server, true));
    let mut peer = Peer::bind(&user, "srvsvc", srvsvc::INTERFACE).await;
    let info = peer.server_get_info(None, 101).await.info.unwrap();
    assert_eq!((info.name, info.comment), (Some("TEST".into()), Some("A server".into())));
    let info = peer.server_get_info(Some("\\\\10.0.0.1"), 100).await.info.unwrap();
    assert_eq!(info.name, Some("10.0.0.1".into()));
    assert_eq!(peer.server_get_info(None, 102).await.status, 5);
    let mut peer = Peer::bind(&admin, "SRVSVC", srvsvc::INTERFACE).await;
    let info = peer.server_get_info(Some("\\\\"), 102).await.info.unwrap();
    assert_eq!((info.name, info.users, info.disconnect), (Some("TEST".into()), u32::MAX, 15));
    let answer =
        peer.call(srvsvc::REMOTE_TOD, |w| RemoteTodRequest { server_name: None }.encode(w)).await.unwrap();
    assert!(RemoteTodResponse::decode(&mut NdrReader::new(&answer)).unwrap().time.unwrap().year >= 2026);

    for (session, level, expected) in
        [(&user, 100, Ok(0)), (&user, 102, Err(5)), (&admin, 102, Ok(1)), (&user, 7, Err(124))]
    {
        let mut peer = Peer::bind(session, "wkssvc", wkssvc::INTERFACE).await;
        let request = WorkstationGetInfoRequest { server_name: None, level };
        let answer = peer.call(wkssvc::WORKSTATION_GET_INFO, |w| request.encode(w)).await.unwrap();
        let response = WorkstationGetInfoResponse::decode(&mut NdrReader::new(&answer)).unwrap();
        let seen = response.info.map(|i| {
            assert_eq!((i.computer_name, i.domain), (Some("TEST".into()), Some("GROUP".into())));
            i.logged_on_users
        });
        assert_eq!(seen.ok_or(response.status), expected);
    }
}

#[tokio::test]
async fn zones_hide_and_nobody_sees() {
    let server = server();
    let narrow = Zone { shares: Some(vec!["data".into()]), anonymous_allowed: true, ..Zone::default() };
    server.replace_settings(Settings { default_zone: Arc::new(narrow), ..Settings::default() });
    let session = session(&server, false);
    let mut peer = Peer::bind(&session, "srvsvc", srvsvc::INTERFACE).await;
    assert_eq!(names(&peer.share_enum(1, MAX_PREFERRED_LENGTH, None).await), ["data", "IPC$"]);
    assert_eq!(peer.share_get_info("zoo$", 1).await.status, 0x906);
    let connection = session.channels().remove(0);
    let nobody = NewSession {
        id: server.new_session_id(),
        user: User::anonymous(),
        client_name: NtString::default(),
        connection,
        expiry: None,
        now: NOW,
    };
    let nobody = server.open_session(nobody).unwrap();
    for pipe in ["srvsvc", "wkssvc"] {
        assert_eq!(open(&nobody, pipe).await.unwrap_err(), NtStatus::ACCESS_DENIED);
    }
}

#[tokio::test]
async fn calls_whose_rest_does_not_come_are_bounded_for_each_session_and_user() {
    let server = server();
    let sessions = [session(&server, false), session(&server, false), session(&server, false)];
    let mut held = Vec::new();
    let mut kept = Vec::new();
    for session in &sessions {
        let before = held.len();
        let refused = loop {
            let mut peer = Peer::bind(session, "srvsvc", srvsvc::INTERFACE).await;
            // All but the last of the fragments of a long call.
            let mut pdus = peer.association.call(srvsvc::SHARE_ENUM, &[0; 200 << 10]);
            pdus.pop();
            let pipe = Arc::clone(&peer.open);
            let mut outcome = Ok(());
            for pdu in pdus {
                outcome = pipe.pipe().unwrap().write(&pdu).await.map(drop);
                if outcome.is_err() {
                    break;
                }
            }
            let mut fault = Vec::new();
            if outcome.is_ok() && pipe.pipe().unwrap().peek(0, &mut Vec::new()).unwrap().available == 0 {
                held.push(peer);
                assert!(held.len() < 200);
                continue;
            }
            pipe.pipe().unwrap().read(1024, &mut fault).await.unwrap();
            break fault;
        };
        assert_eq!((refused[2], &refused[24..28]), (3, &Fault::NO_MEMORY.0.to_le_bytes()[..]));
        kept.push(held.len() - before);
    }
    let size = kept[0];
    assert!((30..=45).contains(&size), "{kept:?}");
    assert!(kept[1] >= size - 1 && kept[2] <= 2, "a user has what two sessions may have: {kept:?}");
    held.clear();
    let mut peer = Peer::bind(&sessions[2], "srvsvc", srvsvc::INTERFACE).await;
    assert_eq!(peer.share_get_info("data", 1).await.status, 0);
}

#[tokio::test]
async fn noise_ends_the_conversation_and_nothing_else() {
    let server = server();
    let session = session(&server, false);
    let noisy = open(&session, "srvsvc").await.unwrap();
    assert_eq!(
        noisy.pipe().unwrap().write(b"GET / HTTP/1.0\r\n\r\n").await,
        Err(NtStatus::PIPE_DISCONNECTED)
    );
    let unbound = open(&session, "srvsvc").await.unwrap();
    let mut fault = Vec::new();
    let stray = ClientAssociation::new(srvsvc::INTERFACE).call(15, &[]).remove(0);
    unbound.pipe().unwrap().transact(&stray, 4280, &mut fault).await.unwrap();
    assert_eq!((fault[2], &fault[24..28]), (3, &0x1c01_000b_u32.to_le_bytes()[..]));
    assert_eq!(unbound.pipe().unwrap().write(&stray).await, Err(NtStatus::PIPE_DISCONNECTED));
    let mut peer = Peer::bind(&session, "srvsvc", srvsvc::INTERFACE).await;
    assert_eq!(peer.share_get_info("data", 1).await.status, 0);
}

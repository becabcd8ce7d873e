//! What administrators do and others may not ([MS-SRVS] 3.1.4).

use super::*;
use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
use lanward_rpc::srvsvc::opnum as op;
use lanward_rpc::srvsvc::*;
use lanward_rpc::{ContextHandle, StatusResponse};
use lanward_server::{SessionProtection, ShareOrigin};
use lanward_wire::{Decode as _, Encode as _, Reader, Writer};

fn docs(path: &str) -> ShareInfo {
    ShareInfo {
        name: Some("docs".into()),
        remark: Some("papers".into()),
        max_uses: u32::MAX,
        path: Some(path.into()),
        ..ShareInfo::default()
    }
}

fn add(level: u32, share: ShareInfo) -> ShareAddRequest {
    ShareAddRequest { server_name: None, level, share: Some(share), parameter_error: Some(0) }
}

async fn status(peer: &mut Peer, operation: u16, request: impl Arguments) -> u32 {
    peer.ask::<StatusResponse>(operation, request).await.status
}

fn named(name: &str) -> ShareDelRequest {
    ShareDelRequest { server_name: None, name: name.into(), reserved: 1 }
}

/// 3.1.4.7 NetrShareAdd, 3.1.4.12 NetrShareDel, 3.1.4.16 NetrShareCheck
#[tokio::test]
async fn a_share_comes_and_goes_while_clients_work() {
    let server = server();
    let session = session(&server, true);
    let mut peer = Peer::bind(&session, "srvsvc", INTERFACE).await;
    let busy = session.tree_connect(&"data".into()).unwrap();
    let added: ParameterErrorResponse = peer.ask(op::SHARE_ADD, add(2, docs("C:\\srv\\docs"))).await;
    assert_eq!((added.status, added.parameter_error), (0, Some(0)));
    let again: ParameterErrorResponse = peer.ask(op::SHARE_ADD, add(2, docs("C:\\srv\\docs"))).await;
    assert_eq!(again.status, 0x846);
    let check = |device: &str| ShareCheckRequest { server_name: None, device: device.into() };
    let shared: ShareCheckResponse = peer.ask(op::SHARE_CHECK, check("c:\\SRV\\docs")).await;
    assert_eq!((shared.status, shared.share_type), (0, 0));
    assert_eq!(peer.ask::<ShareCheckResponse>(op::SHARE_CHECK, check("")).await.share_type, 3);
    assert_eq!(peer.ask::<ShareCheckResponse>(op::SHARE_CHECK, check("C:")).await.status, 0);
    assert_eq!(peer.ask::<ShareCheckResponse>(op::SHARE_CHECK, check("D:")).await.status, 0x907);
    let tree = session.tree_connect(&"docs".into()).unwrap();
    assert_eq!(status(&mut peer, op::SHARE_DEL, named("DOCS")).await, 0);
    assert!(tree.is_closed() && !busy.is_closed());
    assert_eq!(status(&mut peer, op::SHARE_DEL, named("docs")).await, 0x906);
    assert_eq!(status(&mut peer, op::SHARE_DEL, named("IPC$")).await, 5);
    let ex = ShareDelExRequest { server_name: None, level: 503, share: Some(docs("C:\\srv\\docs")) };
    assert_eq!(status(&mut peer, op::SHARE_DEL_EX, ex.clone()).await, 0x906);
    assert_eq!(status(&mut peer, op::SHARE_DEL_EX, ShareDelExRequest { level: 502, ..ex }).await, 124);
}

/// 2.2.2.11: each member that is wrong is named.
#[tokio::test]
async fn what_is_wrong_with_a_new_share_is_said() {
    let server = server();
    let mut peer = Peer::bind(&session(&server, true), "srvsvc", INTERFACE).await;
    let good = docs("C:\\srv\\docs");
    let name = |name: &str| ShareInfo { name: Some(name.into()), ..good.clone() };
    let cases = [
        (2, ShareInfo { name: None, ..good.clone() }, 87, 1),
        (2, name(""), 87, 1),
        (2, name(&"x".repeat(81)), 87, 1),
        (2, name("a/b"), 87, 1),
        (2, name("pipe"), 5, 0),
        (2, name("MailSlot"), 5, 0),
        (2, name("data"), 0x846, 0),
        (2, ShareInfo { share_type: ShareType::PRINT_QUEUE, ..good.clone() }, 87, 3),
        (2, ShareInfo { remark: Some("x".repeat(49).as_str().into()), ..good.clone() }, 87, 4),
        (2, ShareInfo { path: None, ..good.clone() }, 87, 8),
        (2, docs("srv\\docs"), 87, 8),
        (2, docs("C:\\srv\\..\\srv\\docs"), 87, 8),
        (2, docs("D:\\srv\\docs"), 0x844, 0),
        (2, docs("C:\\nowhere"), 0x844, 0),
        (502, ShareInfo { security_descriptor: Some(vec![1, 2, 3]), ..good.clone() }, 87, 501),
        (503, ShareInfo { server_name: Some("other".into()), ..good.clone() }, 87, 0),
        (1, good.clone(), 124, 0),
    ];
    for (level, share, status, at) in cases {
        let said: ParameterErrorResponse = peer.ask(op::SHARE_ADD, add(level, share.clone())).await;
        assert_eq!((said.status, said.parameter_error), (status, Some(at)), "{level} {share:?}");
    }
    assert_eq!(server.shares().len(), 3);
    let temporary = ShareInfo { share_type: ShareType::TEMPORARY, ..good };
    assert_eq!(peer.ask::<ParameterErrorResponse>(op::SHARE_ADD, add(503, temporary)).await.status, 0);
    assert_eq!(server.find_share(&"docs".into()).unwrap().origin, ShareOrigin::Temporary);
}

/// 3.1.4.9 NetrShareEnumSticky, 3.1.4.13 NetrShareDelSticky
#[tokio::test]
async fn sticky_shares() {
    let server = server();
    let mut peer = Peer::bind(&session(&server, true), "srvsvc", INTERFACE).await;
    let ask = |level| ShareEnumRequest {
        server_name: None,
        level,
        preferred_maximum_length: MAX_PREFERRED_LENGTH,
        resume_handle: None,
    };
    let sticky: ShareEnumResponse = peer.ask(op::SHARE_ENUM_STICKY, ask(2)).await;
    assert_eq!(names(&sticky), ["data", "Zoo$"]);
    assert_eq!(peer.ask::<ShareEnumResponse>(op::SHARE_ENUM_STICKY, ask(501)).await.status, 124);
    assert_eq!(status(&mut peer, op::SHARE_DEL_STICKY, named("data")).await, 0);
    assert_eq!(status(&mut peer, op::SHARE_DEL_STICKY, named("data")).await, 0x906);
    let sticky: ShareEnumResponse = peer.ask(op::SHARE_ENUM_STICKY, ask(2)).await;
    assert_eq!(names(&sticky), ["Zoo$"]);
    let share = peer.share_get_info("data", 1).await.share.unwrap();
    assert_eq!(share.share_type, ShareType::TEMPORARY);
}

/// 3.1.4.14 NetrShareDelStart, 3.1.4.15 NetrShareDelCommit
#[tokio::test]
async fn a_share_goes_in_two_phases() {
    let server = server();
    let session = session(&server, true);
    let mut peer = Peer::bind(&session, "srvsvc", INTERFACE).await;
    let marked: ShareDelStartResponse = peer.ask(op::SHARE_DEL_START, named("data")).await;
    assert_eq!(marked.status, 0);
    let tree = session.tree_connect(&"data".into()).unwrap();
    let request = ShareDelCommitRequest { handle: marked.handle };
    let done: ShareDelStartResponse = peer.ask(op::SHARE_DEL_COMMIT, request.clone()).await;
    assert_eq!((done.status, done.handle), (0, ContextHandle::NULL));
    assert!(tree.is_closed() && server.find_share(&"data".into()).is_none());
    let again = peer.call(op::SHARE_DEL_COMMIT, |w| request.encode(w)).await;
    assert_eq!(again, Err(ClientError::Fault(Fault::CONTEXT_MISMATCH)));
    let none: ShareDelStartResponse = peer.ask(op::SHARE_DEL_START, named("data")).await;
    assert_eq!((none.status, none.handle), (0x906, ContextHandle::NULL));
}

/// 3.1.4.11 NetrShareSetInfo at every level; 2.2.4.29
#[tokio::test]
async fn a_share_is_changed_under_its_users() {
    let server = server();
    let session = session(&server, true);
    let mut peer = Peer::bind(&session, "srvsvc", INTERFACE).await;
    let tree = session.tree_connect(&"data".into()).unwrap();
    let list =
        Acl::new(vec![Ace::allow(Sid::new(5, &[21, 1, 2, 3, 1000]), AccessMask::FILE_GENERIC_READ, 0)]);
    let descriptor = SecurityDescriptor { dacl: Some(Some(list)), ..SecurityDescriptor::default() };
    let mut bytes = Vec::new();
    descriptor.encode(&mut Writer::new(&mut bytes));
    let info = |comment: &str, max_uses, flags| ShareInfo {
        remark: Some(comment.into()),
        max_uses,
        flags,
        security_descriptor: Some(bytes.clone()),
        path: Some("::ignored::".into()),
        ..ShareInfo::default()
    };
    let cases = [
        (0, info("0", 1, 0), 124),
        (501, info("501", 1, 0), 124),
        (1, info("1", 9, 0), 0),
        (1004, info("1004", 9, 0), 0),
        (1006, info("", 5, 0), 0),
        (1005, info("", 9, 0x8830), 0),
        // Exclusive opens cannot be forbidden here.
        (1005, info("", 9, 0x8930), 50),
        (1501, info("", 9, 0), 0),
        (2, info("two", 7, 0), 0),
        (1004, info(&"x".repeat(49), 9, 0), 87),
        (502, ShareInfo { share_type: ShareType::SPECIAL, ..info("", 7, 0) }, 87),
    ];
    for (level, share, expected) in cases {
        let (name, share) = ("data".into(), Some(share));
        let request = ShareSetInfoRequest { server_name: None, name, level, share, parameter_error: None };
        let said: ParameterErrorResponse = peer.ask(op::SHARE_SET_INFO, request).await;
        assert_eq!((said.status, said.parameter_error), (expected, None), "{level}");
    }
    let seen = peer.share_get_info("data", 502).await.share.unwrap();
    assert_eq!((seen.remark, seen.max_uses, seen.current_uses), (Some("two".into()), 7, 1));
    let kept = SecurityDescriptor::decode(&mut Reader::new(&seen.security_descriptor.unwrap())).unwrap();
    assert_eq!(kept.dacl, descriptor.dacl);
    assert_eq!(peer.share_get_info("data", 1005).await.share.unwrap().flags, 0x8830);
    // Who was in stays in; who comes now may only read.
    assert!(!tree.is_closed());
    let now = session.tree_connect(&"data".into()).unwrap();
    assert_eq!(now.maximal_access(), AccessMask::FILE_GENERIC_READ);
    let request =
        ShareSetInfoRequest { name: "nope".into(), level: 1004, share: Some(docs("")), ..Default::default() };
    assert_eq!(peer.ask::<ParameterErrorResponse>(op::SHARE_SET_INFO, request).await.status, 0x906);
}

/// Behaviours 1.6, 1.18 and 1.19: 3.1.4.5 NetrSessionEnum, 3.1.4.6 NetrSessionDel
#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let server = server();
    let (other, own) = (session(&server, false), session(&server, true));
    let mut peer = Peer::bind(&own, "srvsvc", INTERFACE).await;
    let ask = |client: Option<&str>, user: Option<&str>, level| SessionEnumRequest {
        client: client.map(Into::into),
        user: user.map(Into::into),
        level,
        preferred_maximum_length: MAX_PREFERRED_LENGTH,
        ..SessionEnumRequest::default()
    };
    for level in [0, 1, 2, 10, 502] {
        let listed: SessionEnumResponse = peer.ask(op::SESSION_ENUM, ask(None, None, level)).await;
        let entries = listed.entries.unwrap();
        assert_eq!((listed.status, listed.total_entries, entries.len()), (0, 2, 2), "{level}");
        assert_eq!(entries[0].client, Some("\\\\10.0.0.2".into()));
        assert_eq!(entries[1].opens, if matches!(level, 0 | 10) { 0 } else { 1 });
    }
    let cases = [
        (Some("\\\\10.0.0.2"), Some("ALICE"), 1, 0),
        (Some("\\\\10.0.0.3"), None, 1, 0x908),
        (None, Some("bob"), 1, 0x8ad),
        (Some("10.0.0.2"), None, 1, 0x92f),
        (Some("\\\\x"), Some("alice"), 3, 124),
    ];
    for (client, user, level, status) in cases {
        let listed: SessionEnumResponse = peer.ask(op::SESSION_ENUM, ask(client, user, level)).await;
        assert_eq!(listed.status, status, "{client:?} {user:?}");
    }
    let long = "x".repeat(1024);
    let end = |client: Option<&str>, user: Option<&str>| SessionDelRequest {
        server_name: None,
        client: client.map(Into::into),
        user: user.map(Into::into),
    };
    for (client, user, expected) in [
        (None, None, 87),
        (Some(""), Some(""), 87),
        (Some("10.0.0.2"), None, 0x908),
        (Some("\\\\10.0.0.3"), None, 0x908),
        (None, Some("bob"), 0x908),
        (None, Some(long.as_str()), 87),
    ] {
        assert_eq!(status(&mut peer, op::SESSION_DEL, end(client, user)).await, expected, "{client:?}");
    }
    assert!(!other.is_closed());
    // An administrator who means its own computer ends its own session too, last of all.
    let request = end(Some("\\\\10.0.0.2"), Some("alice"));
    let pipe = Arc::clone(&peer.open);
    let ended = tokio::time::timeout(std::time::Duration::from_secs(5), async move {
        let mut stub = Vec::new();
        request.encode(&mut NdrWriter::new(&mut stub));
        let pdu = peer.association.call(op::SESSION_DEL, &stub).remove(0);
        pipe.pipe().unwrap().write(&pdu).await
    });
    assert!(ended.await.is_ok(), "nothing waits for itself");
    assert!(other.is_closed() && own.is_closed() && server.sessions().is_empty());
}

/// Behaviour 1.20: 3.1.4.2 NetrFileEnum, 3.1.4.3 NetrFileGetInfo, 3.1.4.4 NetrFileClose
#[tokio::test]
async fn files_and_pipes_are_listed_and_closed() {
    let server = server();
    let session = session(&server, true);
    let mut peer = Peer::bind(&session, "srvsvc", INTERFACE).await;
    let tree = session.tree_connect(&"data".into()).unwrap();
    let create = CreateParams {
        path: &"report.txt".into(),
        desired_access: AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_WRITE,
        share_access: ShareAccess::READ | ShareAccess::WRITE | ShareAccess::DELETE,
        disposition: CreateDisposition::Create,
        options: CreateOptions::empty(),
        attributes: FileAttributes::empty(),
        allocation_size: None,
        extended_attributes: Vec::new(),
        posix: None,
        security_descriptor: None,
        cache: lanward_fsa::CacheRequest::None,
        waits: None,
    };
    let file = tree.create(create).await.unwrap().open;
    let ask = |base: Option<&str>, user: Option<&str>, level| FileEnumRequest {
        base_path: base.map(Into::into),
        user: user.map(Into::into),
        level,
        preferred_maximum_length: MAX_PREFERRED_LENGTH,
        ..FileEnumRequest::default()
    };
    let paths = |listed: FileEnumResponse| -> Vec<String> {
        listed.entries.unwrap().iter().map(|f| f.path.as_ref().unwrap().to_string_lossy()).collect()
    };
    let all = paths(peer.ask(op::FILE_ENUM, ask(None, Some("Alice"), 3)).await);
    assert_eq!(all, ["\\PIPE\\srvsvc", "C:\\srv\\data\\report.txt"]);
    assert_eq!(paths(peer.ask(op::FILE_ENUM, ask(Some("c:\\srv"), None, 3)).await).len(), 1);
    assert_eq!(paths(peer.ask(op::FILE_ENUM, ask(None, Some("bob"), 3)).await).len(), 0);
    assert_eq!(peer.ask::<FileEnumResponse>(op::FILE_ENUM, ask(None, None, 1)).await.status, 124);
    let info = |id, level| FileGetInfoRequest { server_name: None, id, level };
    let one: FileGetInfoResponse = peer.ask(op::FILE_GET_INFO, info(file.global_id(), 3)).await;
    let one = one.file.unwrap();
    assert_eq!((one.id, one.permissions, one.locks), (file.global_id(), 0x27, 0));
    assert_eq!(peer.ask::<FileGetInfoResponse>(op::FILE_GET_INFO, info(9999, 3)).await.status, 2);
    assert_eq!(peer.ask::<FileGetInfoResponse>(op::FILE_GET_INFO, info(1, 9)).await.status, 124);
    let close = |id| FileCloseRequest { server_name: None, id };
    assert_eq!(status(&mut peer, op::FILE_CLOSE, close(file.global_id())).await, 0);
    assert!(file.is_closed());
    assert_eq!(status(&mut peer, op::FILE_CLOSE, close(file.global_id())).await, 0x90a);
    assert_eq!(tree.open_count(), 0);
}

/// 3.1.4.1 NetrConnectionEnum
#[tokio::test]
async fn connections_by_share_and_by_computer() {
    let server = server();
    let session = session(&server, true);
    let mut peer = Peer::bind(&session, "srvsvc", INTERFACE).await;
    let _tree = session.tree_connect(&"data".into()).unwrap();
    let ask = |qualifier: &str, level| ConnectionEnumRequest {
        qualifier: Some(qualifier.into()),
        level,
        preferred_maximum_length: MAX_PREFERRED_LENGTH,
        ..ConnectionEnumRequest::default()
    };
    let names = |listed: ConnectionEnumResponse| -> Vec<String> {
        listed.entries.unwrap().iter().map(|c| c.name.as_ref().unwrap().to_string_lossy()).collect()
    };
    assert_eq!(names(peer.ask(op::CONNECTION_ENUM, ask("DATA", 1)).await), ["10.0.0.2"]);
    assert_eq!(names(peer.ask(op::CONNECTION_ENUM, ask("\\\\10.0.0.2", 1)).await), ["IPC$", "data"]);
    assert_eq!(names(peer.ask(op::CONNECTION_ENUM, ask("nope", 1)).await).len(), 0);
    for (qualifier, level, status) in [("", 1, 87), ("data", 2, 124), (&"x".repeat(1024), 0, 87)] {
        let refused: ConnectionEnumResponse = peer.ask(op::CONNECTION_ENUM, ask(qualifier, level)).await;
        assert_eq!(refused.status, status);
    }
}

/// 3.1.4.17, 3.1.4.18, 3.1.4.19, 3.1.4.20, 3.1.4.24
#[tokio::test]
async fn the_server_is_asked_and_changed() {
    let server = server();
    let transport_of_eth0 = server.add_transport("tcp:eth0", "10.0.0.1:445".parse().unwrap());
    let mut peer = Peer::bind(&session(&server, true), "srvsvc", INTERFACE).await;
    let set = |level, info: ServerInfo| ServerSetInfoRequest {
        server_name: None,
        level,
        info: Some(info),
        parameter_error: Some(0),
    };
    let changed = ServerInfo {
        comment: Some("new".into()),
        users: 10,
        disconnect: 20,
        announce: 240,
        announce_delta: 3000,
        ..ServerInfo::default()
    };
    let current = peer.server_get_info(None, 503).await.info.unwrap();
    assert_eq!((current.parameters.value(509), current.parameters.value(533)), (65_535, 50));
    for (level, info, status, at) in [
        (102, changed.clone(), 0, 0),
        (103, changed.clone(), 124, 0),
        (1107, ServerInfo { users: 0, ..changed.clone() }, 87, 107),
        (1010, ServerInfo { disconnect: 0, ..changed.clone() }, 87, 10),
        (102, ServerInfo { hidden: 2, ..changed.clone() }, 87, 16),
        (1016, ServerInfo { hidden: 1, ..changed.clone() }, 50, 0),
        (1533, ServerInfo::default(), 50, 0),
        (502, current.clone(), 0, 0),
        (1107, ServerInfo { users: 5, ..changed }, 0, 0),
    ] {
        let said: ParameterErrorResponse = peer.ask(op::SERVER_SET_INFO, set(level, info)).await;
        assert_eq!((said.status, said.parameter_error), (status, Some(at)), "{level}");
    }
    let now = peer.server_get_info(None, 103).await.info.unwrap();
    assert_eq!((now.comment, now.users, now.disconnect), (Some("new".into()), 5, 20));
    assert_eq!(server.settings().limits.users, Some(5));

    let disks: ServerDiskEnumResponse =
        peer.ask(op::SERVER_DISK_ENUM, ServerDiskEnumRequest::default()).await;
    assert_eq!((disks.disks, disks.total_entries), (vec!["C:".into(), "".into()], 1));
    let counted: ServerStatisticsResponse =
        peer.ask(op::SERVER_STATISTICS_GET, ServerStatisticsRequest::default()).await;
    let counted = counted.statistics.unwrap();
    assert_eq!((counted.file_opens, counted.session_opens, counted.start), (1, 1, 1_655_526_400));
    let wrong = ServerStatisticsRequest { options: 1, ..ServerStatisticsRequest::default() };
    assert_eq!(peer.ask::<ServerStatisticsResponse>(op::SERVER_STATISTICS_GET, wrong).await.status, 87);
    for level in 0..=2 {
        let request = ServerTransportEnumRequest {
            level,
            preferred_maximum_length: MAX_PREFERRED_LENGTH,
            ..ServerTransportEnumRequest::default()
        };
        let listed: ServerTransportEnumResponse = peer.ask(op::SERVER_TRANSPORT_ENUM, request).await;
        assert_eq!(listed.entries.unwrap()[0].name, Some("tcp:eth0".into()));
    }
    let transport = TransportInfo {
        name: Some("TCP:eth0".into()),
        address: Some(b"test ".to_vec()),
        ..Default::default()
    };
    let bind = ServerTransportRequest { server_name: None, level: 0, transport };
    assert_eq!(status(&mut peer, op::SERVER_TRANSPORT_ADD, bind.clone()).await, 50);
    assert_eq!(status(&mut peer, op::SERVER_TRANSPORT_DEL, bind.clone()).await, 50);
    let mut elsewhere = bind.clone();
    elsewhere.transport.address = Some(b"OTHER".to_vec());
    assert_eq!(status(&mut peer, op::SERVER_TRANSPORT_DEL, elsewhere).await, 2310);
    let none = ServerTransportRequest { transport: TransportInfo::default(), ..bind };
    assert_eq!(status(&mut peer, op::SERVER_TRANSPORT_ADD, none).await, 87);
    transport_of_eth0.rename("tcp:wan0");
    let request = ServerTransportEnumRequest {
        level: 1,
        preferred_maximum_length: MAX_PREFERRED_LENGTH,
        ..ServerTransportEnumRequest::default()
    };
    let listed: ServerTransportEnumResponse = peer.ask(op::SERVER_TRANSPORT_ENUM, request).await;
    assert_eq!(listed.entries.unwrap()[0].name, Some("tcp:wan0".into()));
    let third = ServerTransportEnumRequest { level: 3, ..ServerTransportEnumRequest::default() };
    assert_eq!(peer.ask::<ServerTransportEnumResponse>(op::SERVER_TRANSPORT_ENUM, third).await.status, 124);
}

/// 3.1.4.27 NetrpGetFileSecurity, 3.1.4.28 NetrpSetFileSecurity
#[tokio::test]
async fn descriptors_of_files() {
    let server = server();
    let mut peer = Peer::bind(&session(&server, true), "srvsvc", INTERFACE).await;
    let ask = |share: &str, path: &str| GetFileSecurityRequest {
        share: Some(share.into()),
        path: path.into(),
        information: 5,
        ..GetFileSecurityRequest::default()
    };
    let root: GetFileSecurityResponse = peer.ask(op::GET_FILE_SECURITY, ask("data", "\\")).await;
    assert_eq!(root.status, 0);
    let bytes = root.descriptor.unwrap().buffer.unwrap();
    assert!(SecurityDescriptor::decode(&mut Reader::new(&bytes)).unwrap().owner.is_some());
    for (share, path, expected) in [("nope", "\\", 0x906), ("IPC$", "\\", 0x906), ("data", "\\missing", 2)] {
        let none: GetFileSecurityResponse = peer.ask(op::GET_FILE_SECURITY, ask(share, path)).await;
        assert_eq!(none.status, expected, "{share} {path}");
    }
    let set = |information, buffer| SetFileSecurityRequest {
        share: Some("data".into()),
        path: "\\".into(),
        information,
        descriptor: AdtSecurityDescriptor { buffer },
        ..SetFileSecurityRequest::default()
    };
    assert_eq!(status(&mut peer, op::SET_FILE_SECURITY, set(4, Some(bytes.clone()))).await, 0);
    assert_eq!(status(&mut peer, op::SET_FILE_SECURITY, set(4, Some(vec![1]))).await, 1338);
    assert_eq!(status(&mut peer, op::SET_FILE_SECURITY, set(0, Some(bytes))).await, 87);
    assert_eq!(status(&mut peer, op::SET_FILE_SECURITY, set(4, None)).await, 87);
}

/// What is in a share that encrypts is not told over what does not.
#[tokio::test]
async fn descriptors_in_an_encrypted_share_go_encrypted() {
    let server = server();
    let share = server.find_share(&"data".into()).unwrap();
    server.replace_share(ShareDefinition { encrypt: true, ..ShareDefinition::clone(&share) }).unwrap();
    let session = session(&server, true);
    let mut peer = Peer::bind(&session, "srvsvc", INTERFACE).await;
    let ask = || GetFileSecurityRequest {
        share: Some("data".into()),
        path: "\\".into(),
        information: 5,
        ..GetFileSecurityRequest::default()
    };
    assert_eq!(peer.ask::<GetFileSecurityResponse>(op::GET_FILE_SECURITY, ask()).await.status, 5);
    session.set_protection(SessionProtection { encrypted: true, ..session.protection() });
    assert_eq!(peer.ask::<GetFileSecurityResponse>(op::GET_FILE_SECURITY, ask()).await.status, 0);
}

/// 3.1.4.4 and so on: "Only members of the Administrators [...]".
#[tokio::test]
async fn none_of_this_is_for_others() {
    let server = server();
    let mut peer = Peer::bind(&session(&server, false), "srvsvc", INTERFACE).await;
    let deny = 5;
    assert_eq!(
        peer.ask::<ParameterErrorResponse>(op::SHARE_ADD, add(2, docs("C:\\srv\\docs"))).await.status,
        deny
    );
    let set =
        ShareSetInfoRequest { name: "data".into(), level: 1004, share: Some(docs("")), ..Default::default() };
    assert_eq!(peer.ask::<ParameterErrorResponse>(op::SHARE_SET_INFO, set).await.status, deny);
    for operation in [op::SHARE_DEL, op::SHARE_DEL_STICKY] {
        assert_eq!(status(&mut peer, operation, named("data")).await, deny);
    }
    assert_eq!(peer.ask::<ShareDelStartResponse>(op::SHARE_DEL_START, named("data")).await.status, deny);
    assert_eq!(
        peer.ask::<SessionEnumResponse>(op::SESSION_ENUM, SessionEnumRequest::default()).await.status,
        deny
    );
    assert_eq!(status(&mut peer, op::SESSION_DEL, SessionDelRequest::default()).await, deny);
    let files = FileEnumRequest { level: 3, ..FileEnumRequest::default() };
    assert_eq!(peer.ask::<FileEnumResponse>(op::FILE_ENUM, files).await.status, deny);
    let file = FileGetInfoRequest { level: 3, ..FileGetInfoRequest::default() };
    assert_eq!(peer.ask::<FileGetInfoResponse>(op::FILE_GET_INFO, file).await.status, deny);
    assert_eq!(status(&mut peer, op::FILE_CLOSE, FileCloseRequest::default()).await, deny);
    let connections = ConnectionEnumRequest::default();
    assert_eq!(peer.ask::<ConnectionEnumResponse>(op::CONNECTION_ENUM, connections).await.status, deny);
    for level in [102, 103, 502, 503] {
        assert_eq!(peer.server_get_info(None, level).await.status, deny);
    }
    let info = ServerSetInfoRequest { level: 1005, info: Some(ServerInfo::default()), ..Default::default() };
    assert_eq!(peer.ask::<ParameterErrorResponse>(op::SERVER_SET_INFO, info).await.status, deny);
    let disks = ServerDiskEnumRequest::default();
    assert_eq!(peer.ask::<ServerDiskEnumResponse>(op::SERVER_DISK_ENUM, disks).await.status, deny);
    let statistics = ServerStatisticsRequest::default();
    assert_eq!(
        peer.ask::<ServerStatisticsResponse>(op::SERVER_STATISTICS_GET, statistics).await.status,
        deny
    );
    let transports = ServerTransportEnumRequest::default();
    assert_eq!(
        peer.ask::<ServerTransportEnumResponse>(op::SERVER_TRANSPORT_ENUM, transports).await.status,
        deny
    );
    assert_eq!(server.shares().len(), 3);
}

/// 3.1.4: numbers that are there and mean nothing any more.
#[tokio::test]
async fn what_is_not_supported_is_said_in_its_own_layout() {
    let server = server();
    let mut peer = Peer::bind(&session(&server, true), "srvsvc", INTERFACE).await;
    for (operation, queues) in [(0, false), (3, true)] {
        let request = CharDevEnumRequest { queues, level: 1, ..CharDevEnumRequest::default() };
        let listed: CharDevEnumResponse = peer.ask(operation, request).await;
        assert_eq!((listed.level, listed.status), (1, 50));
    }
    assert_eq!(
        peer.ask::<DfsGetVersionResponse>(op::DFS_GET_VERSION, StatusResponse::default()).await.status,
        50
    );
    let exit = DfsCreateExitPointRequest { short_prefix_length: 13, ..Default::default() };
    let made: DfsCreateExitPointResponse = peer.ask(op::DFS_CREATE_EXIT_POINT, exit).await;
    assert_eq!((made.short_prefix.len(), made.status), (13, 50));
    let long = DfsCreateExitPointRequest { short_prefix_length: 33, ..Default::default() };
    let fault = peer.call(op::DFS_CREATE_EXIT_POINT, |w| long.encode(w)).await;
    assert_eq!(fault, Err(ClientError::Fault(Fault::BAD_STUB_DATA)));
    let long = PathCanonicalizeRequest { output_length: 64_001, ..PathCanonicalizeRequest::default() };
    let fault = peer.call(op::PATH_CANONICALIZE, |w| long.encode(w)).await;
    assert_eq!(fault, Err(ClientError::Fault(Fault::BAD_STUB_DATA)));
    for unused in [29, 42, 47, 58] {
        let fault = peer.call(unused, |_| {}).await;
        assert_eq!(fault, Err(ClientError::Fault(Fault::OP_RANGE_ERROR)));
    }
}

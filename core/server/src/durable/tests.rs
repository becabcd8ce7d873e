use super::*;
use crate::{
    Identity, Limits, NewSession, OpenId, Server, Session, Settings, ShareDefinition, TreeConnect, User,
    UserKind,
};
use lanward_fsa::{CreateParams, FileSystem};
use lanward_nt::{
    AccessMask, CreateDisposition, CreateOptions, FileAttributes, FileTime, NtString, ShareAccess, Sid,
};
use lanward_vfs::MemVolume;
use std::sync::Arc;
use tokio::time::{advance, sleep};

const NOW: FileTime = FileTime(133_000_000_000_000_000);
const CLIENT: Guid = Guid([1; 16]);
const MINUTE: Duration = Duration::from_secs(60);

fn server(limits: Limits) -> Arc<Server> {
    let identity = Identity {
        name: "TEST".into(),
        workgroup: "WORKGROUP".into(),
        comment: String::new(),
        guid: Guid::default(),
        sid: Sid::new(5, &[21, 1, 2, 3]),
    };
    let server = Server::new(identity, Settings { limits, ..Settings::default() }, NOW);
    for name in ["Data", "Other"] {
        let file_system = FileSystem::new(MemVolume::new(|| NOW));
        server.add_share(ShareDefinition::disk(name, file_system, "/srv")).unwrap();
    }
    server
}

fn log_on(server: &Arc<Server>, rid: u32) -> Arc<Session> {
    log_on_as(server, rid, UserKind::Named)
}

fn log_on_as(server: &Arc<Server>, rid: u32, kind: UserKind) -> Arc<Session> {
    let connection = server
        .admit_connection("10.0.0.1:445".parse().unwrap(), "10.0.0.2:999".parse().unwrap(), NOW)
        .unwrap();
    let user = User {
        name: "somebody".into(),
        domain: "TEST".into(),
        sid: Sid::new(5, &[21, 1, 2, 3, rid]),
        groups: Vec::new(),
        kind,
        is_admin: false,
        privileges: lanward_nt::security::Privileges::empty(),
    };
    let id = server.new_session_id();
    let new = NewSession { id, user, client_name: "pc".into(), connection, expiry: None, now: NOW };
    server.open_session(new).unwrap()
}

async fn open(tree: &Arc<TreeConnect>, name: &str) -> Arc<Open> {
    tree.create(params(&name.into())).await.unwrap().open
}

fn params(path: &NtString) -> CreateParams<'_> {
    CreateParams {
        path,
        desired_access: AccessMask::READ_DATA | AccessMask::WRITE_DATA,
        share_access: ShareAccess::empty(),
        disposition: CreateDisposition::OpenIf,
        options: CreateOptions::empty(),
        attributes: FileAttributes::empty(),
        allocation_size: None,
        extended_attributes: Vec::new(),
        posix: None,
        security_descriptor: None,
        cache: lanward_fsa::CacheRequest::None,
        waits: None,
    }
}

/// A session with a resilient open of `name`, which waits for a minute.
async fn resilient(server: &Arc<Server>, name: &str) -> (Arc<Session>, Arc<Open>) {
    let session = log_on(server, 1000);
    let tree = session.tree_connect(&"data".into()).unwrap();
    let open = open(&tree, name).await;
    open.make_resilient(CLIENT, MINUTE).unwrap();
    (session, open)
}

fn come_back(server: &Arc<Server>, rid: u32, share: &str, id: OpenId) -> Result<Arc<Open>, NtStatus> {
    let session = log_on(server, rid);
    let tree = session.tree_connect(&share.into()).unwrap();
    let outcome = tree.reconnect(&Reconnect { id, v2: None, client: CLIENT, lease: None, name: &"".into() });
    // Whatever was taken over waits again when its session is dropped here.
    outcome
}

#[tokio::test(start_paused = true)]
async fn an_open_waits_as_long_as_it_was_promised() {
    let server = server(Limits::default());
    let scavenger = tokio::spawn({
        let server = Arc::clone(&server);
        async move { server.scavenge().await }
    });
    let (session, first) = resilient(&server, "a").await;
    session.leave().await;
    advance(Duration::from_secs(30)).await;
    let (session, second) = resilient(&server, "b").await;
    session.leave().await;
    assert_eq!((server.disconnected_opens(), server.open_count(), session.open_count()), (2, 2, 0));
    sleep(Duration::from_secs(29)).await;
    assert!(!first.is_closed());
    sleep(Duration::from_secs(2)).await;
    assert!(first.is_closed() && !second.is_closed());
    assert_eq!(come_back(&server, 1000, "data", first.id()).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    sleep(Duration::from_secs(30)).await;
    assert!(second.is_closed());
    assert_eq!((server.disconnected_opens(), server.open_count()), (0, 0));
    scavenger.abort();
}

#[tokio::test(start_paused = true)]
async fn who_came_back_is_not_scavenged() {
    let server = server(Limits::default());
    let (session, open) = resilient(&server, "a").await;
    let before = open.volatile_id();
    session.leave().await;
    let session = log_on(&server, 1000);
    let tree = session.tree_connect(&"DATA".into()).unwrap();
    let claim = Reconnect { id: open.id(), v2: None, client: CLIENT, lease: None, name: &"anything".into() };
    let again = tree.reconnect(&claim).unwrap();
    assert!(Arc::ptr_eq(&open, &again) && again.volatile_id() != before);
    assert_eq!((session.open_count(), tree.open_count(), server.disconnected_opens()), (1, 1, 0));
    assert_eq!(tree.reconnect(&claim).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND, "it waits no more");
    tokio::time::timeout(10 * MINUTE, server.scavenge()).await.unwrap_err();
    assert!(!open.is_closed());
    tree.close().await;
    assert!(open.is_closed(), "a tree that is disconnected takes its opens along");
    assert_eq!(server.open_count(), 0);
}

#[tokio::test]
async fn nobody_takes_what_is_anothers() {
    let server = server(Limits::default());
    let (session, open) = resilient(&server, "a").await;
    assert_eq!(
        come_back(&server, 1000, "data", open.id()).unwrap_err(),
        NtStatus::OBJECT_NAME_NOT_FOUND,
        "its session is still there"
    );
    session.leave().await;
    assert_eq!(come_back(&server, 1001, "data", open.id()).unwrap_err(), NtStatus::ACCESS_DENIED);
    assert_eq!(come_back(&server, 1000, "other", open.id()).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    let wrong = OpenId(open.id().0 ^ (1 << 40));
    assert_eq!(come_back(&server, 1000, "data", wrong).unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND);
    assert_eq!(server.disconnected_opens(), 1);
    assert!(come_back(&server, 1000, "data", open.id()).is_ok());
    server.forget_disconnected().await;
    assert_eq!((server.open_count(), server.disconnected_opens()), (0, 0));
}

#[tokio::test]
async fn a_policy_that_became_stricter_holds_for_who_comes_back() {
    let server = server(Limits::default());
    let (session, open) = resilient(&server, "a").await;
    session.leave().await;
    let share = server.find_share(&"data".into()).unwrap();
    let definition = ShareDefinition { read_only: true, ..ShareDefinition::clone(&share) };
    server.replace_share(definition).unwrap();
    assert_eq!(come_back(&server, 1000, "data", open.id()).unwrap_err(), NtStatus::ACCESS_DENIED);
    server.disconnect_share(&share).await;
    assert!(open.is_closed(), "a share that goes takes along who waits to come back to it");
}

#[tokio::test]
async fn the_oldest_goes_when_too_many_wait() {
    let server = server(Limits { disconnected_opens: 2, ..Limits::default() });
    let mut opens = Vec::new();
    for name in ["a", "b", "c"] {
        let (session, open) = resilient(&server, name).await;
        session.leave().await;
        opens.push(open);
    }
    let closed: Vec<_> = opens.iter().map(|o| o.is_closed()).collect();
    assert_eq!((closed, server.disconnected_opens()), (vec![true, false, false], 2));
    server.forget_disconnected().await;
}

#[tokio::test]
async fn who_has_most_waiting_gives_way() {
    let server = server(Limits { disconnected_opens: 3, ..Limits::default() });
    let mut opens = Vec::new();
    for (rid, name) in [(1000, "hers"), (1001, "a"), (1001, "b"), (1001, "c"), (1001, "d"), (1002, "e")] {
        let session = log_on(&server, rid);
        let tree = session.tree_connect(&"data".into()).unwrap();
        let open = open(&tree, name).await;
        open.make_resilient(CLIENT, MINUTE).unwrap();
        session.leave().await;
        opens.push(open);
    }
    let closed: Vec<_> = opens.iter().map(|o| o.is_closed()).collect();
    assert_eq!(closed, [false, true, true, true, false, false], "however many another user leaves behind");
    server.forget_disconnected().await;
}

#[tokio::test]
async fn an_open_without_a_promise_goes_with_its_session() {
    let server = server(Limits::default());
    let session = log_on(&server, 1000);
    let tree = session.tree_connect(&"data".into()).unwrap();
    let plain = open(&tree, "a").await;
    let oplockless = open(&tree, "b").await;
    let origin = Origin {
        client: CLIENT,
        create_guid: None,
        action: CreateAction::Created,
        desired_access: AccessMask::empty(),
        app: None,
    };
    oplockless.make_durable(origin, MINUTE, false);
    session.leave().await;
    assert!(plain.is_closed() && oplockless.is_closed(), "durable without a cache of handles is nothing");
    assert_eq!((server.open_count(), server.disconnected_opens()), (0, 0));
}

#[tokio::test]
async fn guests_and_folders_are_promised_nothing() {
    let server = server(Limits::default());
    let mut settings = Settings::clone(&server.settings());
    settings.default_zone = Arc::new(crate::Zone { guest_allowed: true, ..crate::Zone::default() });
    server.replace_settings(settings);
    let share = server.find_share(&"data".into()).unwrap();
    server.replace_share(ShareDefinition { guest_ok: true, ..ShareDefinition::clone(&share) }).unwrap();
    let guest = log_on_as(&server, 501, UserKind::Guest);
    let file = open(&guest.tree_connect(&"data".into()).unwrap(), "a").await;
    let session = log_on(&server, 1000);
    let tree = session.tree_connect(&"data".into()).unwrap();
    let path = NtString::default();
    let folder = CreateParams { options: CreateOptions::DIRECTORY_FILE, ..params(&path) };
    let root = tree.create(folder).await.unwrap().open;
    let origin = Origin {
        client: CLIENT,
        create_guid: None,
        action: CreateAction::Created,
        desired_access: AccessMask::empty(),
        app: None,
    };
    for open in [file, root] {
        assert_eq!(open.make_resilient(CLIENT, MINUTE), Err(NtStatus::NOT_SUPPORTED));
        open.make_durable(origin, MINUTE, true);
        assert!(!open.is_preserved());
    }
}

#[tokio::test]
async fn a_session_that_is_dropped_keeps_the_promise() {
    let server = server(Limits::default());
    let (session, open) = resilient(&server, "a").await;
    drop(session);
    assert!(!open.is_closed());
    assert_eq!(server.disconnected_opens(), 1);
    open.close(false).await.unwrap();
    assert_eq!((server.open_count(), server.disconnected_opens()), (0, 0));
}

#[tokio::test]
async fn a_create_is_known_by_its_guid_while_it_can_be_repeated() {
    let server = server(Limits::default());
    let guid = Guid([7; 16]);
    let pending = server.begin_create(CLIENT, guid).unwrap();
    assert!(matches!(server.begin_create(CLIENT, guid), Err(Duplicate::Pending)));
    assert!(server.begin_create(Guid([2; 16]), guid).is_ok(), "another client's names are its own");
    drop(pending);
    let pending = server.begin_create(CLIENT, guid).unwrap();
    let (_session, open) = resilient(&server, "a").await;
    assert!(open.durability().unwrap().origin().create_guid.is_none());
    drop(pending);

    let session = log_on(&server, 1000);
    let tree = session.tree_connect(&"data".into()).unwrap();
    let pending = server.begin_create(CLIENT, guid).unwrap();
    let open = self::open(&tree, "b").await;
    open.set_origin(Origin {
        client: CLIENT,
        create_guid: Some(guid),
        action: CreateAction::Created,
        desired_access: AccessMask::empty(),
        app: None,
    });
    pending.done(&open);
    assert!(
        matches!(server.begin_create(CLIENT, guid), Err(Duplicate::Done(found)) if Arc::ptr_eq(&found, &open))
    );
    open.end_replay();
    drop(server.begin_create(CLIENT, guid).unwrap());
    assert!(!open.durability().unwrap().is_replay_eligible());
    open.close(false).await.unwrap();
}

#[tokio::test]
async fn an_application_takes_its_files_along() {
    let server = server(Limits::default());
    let app = |version| AppInstance { id: Guid([9; 16]), version };
    let session = log_on(&server, 1000);
    let tree = session.tree_connect(&"data".into()).unwrap();
    let open = open(&tree, "vm").await;
    let old = Some(app(Some(AppVersion(1, 5))));
    open.set_origin(Origin {
        client: CLIENT,
        create_guid: None,
        action: CreateAction::Created,
        desired_access: AccessMask::empty(),
        app: old,
    });
    let elsewhere = Guid([2; 16]);
    for version in [None, Some(AppVersion(0, 9)), Some(AppVersion(1, 4)), Some(AppVersion(1, 5))] {
        let refused = tree.take_over(app(version), elsewhere, &"VM".into()).await;
        assert_eq!(refused, Err(NtStatus::FILE_FORCED_CLOSED), "{version:?}");
    }
    for (client, name) in [(CLIENT, "vm"), (elsewhere, "other")] {
        tree.take_over(app(Some(AppVersion(2, 0))), client, &name.into()).await.unwrap();
        assert!(!open.is_closed());
    }
    tree.take_over(app(Some(AppVersion(1, 6))), elsewhere, &"VM".into()).await.unwrap();
    assert!(open.is_closed());
    assert!(server.app_instances.is_empty());
}

#[tokio::test]
async fn a_replayed_create_is_of_the_name_it_was_of_before() {
    let server = server(Limits::default());
    let session = log_on(&server, 1000);
    let open = open(&session.tree_connect(&"data".into()).unwrap(), "a").await;
    let create_guid = Guid([7; 16]);
    let wanted = AccessMask::READ_DATA | AccessMask::WRITE_DATA;
    let origin = Origin {
        client: CLIENT,
        create_guid: Some(create_guid),
        action: CreateAction::Created,
        desired_access: wanted,
        app: None,
    };
    open.make_durable(origin, MINUTE, true);
    session.leave().await;
    let session = log_on(&server, 1000);
    let tree = session.tree_connect(&"data".into()).unwrap();
    let replay = |name: &str| {
        let (share_access, options, name) = (ShareAccess::empty(), CreateOptions::empty(), name.into());
        let replay = PersistentReplay {
            create_guid,
            client: CLIENT,
            desired_access: wanted,
            share_access,
            options,
            name: &name,
        };
        tree.replay_persistent(&replay)
    };
    assert_eq!(replay("b").unwrap_err(), NtStatus::CONTEXT_MISMATCH);
    assert!(Arc::ptr_eq(&replay("A").unwrap().unwrap(), &open));
}

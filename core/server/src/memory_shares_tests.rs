use crate::{
    Identity, MemoryShares, NewSession, NewShare, Server, ServerChange, Session, Settings, ShareCaching,
    ShareChange, ShareError, ShareOrigin, ShareStore, User, UserKind,
};
use lanward_fsa::FileSystem;
use lanward_nt::{FileTime, Guid, NtStatus, NtString, Sid};
use lanward_vfs::MemVolume;
use std::path::Path;
use std::sync::Arc;

const NOW: FileTime = FileTime(133_000_000_000_000_000);

fn server() -> Arc<Server> {
    let identity = Identity {
        name: "TEST".into(),
        workgroup: "GROUP".into(),
        comment: String::new(),
        guid: Guid::default(),
        sid: Sid::new(5, &[21, 1, 2, 3]),
    };
    Server::new(identity, Settings::default(), NOW)
}

fn store() -> MemoryShares {
    let there = |path: &Path| path == Path::new("/srv/docs");
    MemoryShares::new(move |path| there(path).then(|| FileSystem::new(MemVolume::new(|| NOW))))
}

fn docs(name: &str) -> NewShare {
    NewShare {
        name: name.into(),
        comment: "papers".into(),
        path: "/srv/docs".into(),
        max_uses: Some(2),
        security: None,
        persistent: true,
    }
}

fn alice(server: &Arc<Server>) -> Arc<Session> {
    let (local, peer) = ("10.0.0.1:445".parse().unwrap(), "10.0.0.2:999".parse().unwrap());
    let user = User {
        name: "alice".into(),
        domain: "TEST".into(),
        sid: Sid::new(5, &[21, 1, 2, 3, 1000]),
        groups: Vec::new(),
        kind: UserKind::Named,
        is_admin: false,
        privileges: lanward_nt::security::Privileges::empty(),
    };
    let (id, client_name) = (server.new_session_id(), NtString::default());
    let connection = server.admit_connection(local, peer, NOW).unwrap();
    server.open_session(NewSession { id, user, client_name, connection, expiry: None, now: NOW }).unwrap()
}

#[tokio::test]
async fn a_share_is_added_changed_and_removed_under_its_users() {
    let (server, store) = (server(), store());
    store.add(&server, docs("Docs")).await.unwrap();
    let name = NtString::from("dOCS");
    let share = server.find_share(&name).unwrap();
    assert_eq!((share.origin, share.is_persistent()), (ShareOrigin::Management, true));
    let session = alice(&server);
    let before = session.tree_connect(&name).unwrap();
    let change = ShareChange {
        comment: Some("letters".into()),
        max_uses: Some(Some(1)),
        caching: Some(ShareCaching::Off),
        ..ShareChange::default()
    };
    store.change(&server, &name, change).await.unwrap();
    let share = server.find_share(&name).unwrap();
    assert_eq!((share.comment.clone(), share.caching), ("letters".into(), ShareCaching::Off));
    // Who was there is still there, and counts.
    assert!(!before.is_closed());
    assert_eq!(share.current_uses(), 1);
    assert_eq!(session.tree_connect(&name).unwrap_err(), NtStatus::REQUEST_NOT_ACCEPTED);
    store.make_temporary(&server, &name).await.unwrap();
    assert!(!server.find_share(&name).unwrap().is_persistent());
    assert_eq!(store.make_temporary(&server, &name).await, Err(ShareError::NotFound));
    store.remove(&server, &name).await.unwrap();
    // The tree connect came before the changes and goes all the same.
    assert!(before.is_closed() && !session.is_closed());
    assert!(server.find_share(&name).is_none());
}

#[tokio::test]
async fn the_server_itself_is_changed_while_it_runs() {
    let (server, store) = (server(), store());
    let first = ServerChange { users: Some(Some(3)), idle_disconnect: Some(None), ..ServerChange::default() };
    store.change_server(&server, first.clone()).await.unwrap();
    let second = ServerChange { comment: Some("here".into()), users: Some(None), ..ServerChange::default() };
    store.change_server(&server, second.clone()).await.unwrap();
    let settings = server.settings();
    assert_eq!((settings.limits.users, settings.idle_disconnect), (None, None));
    assert_eq!(settings.comment.as_deref(), Some("here"));
    let both = first.and(second);
    assert_eq!((both.users, both.idle_disconnect), (Some(None), Some(None)));
}

#[tokio::test]
async fn what_a_store_refuses_changes_nothing() {
    let (server, store) = (server(), store());
    store.add(&server, docs("docs")).await.unwrap();
    let nowhere = NewShare { path: "/nowhere".into(), ..docs("other") };
    for (share, error) in [
        (docs("DOCS"), ShareError::Exists),
        (docs("a/b"), ShareError::InvalidName),
        (nowhere, ShareError::NoDirectory),
    ] {
        assert_eq!(store.add(&server, share).await, Err(error));
    }
    let (ipc, other) = ("IPC$".into(), "other".into());
    let nothing = ShareChange::default;
    assert_eq!(store.change(&server, &ipc, nothing()).await, Err(ShareError::Special));
    assert_eq!(store.change(&server, &other, nothing()).await, Err(ShareError::NotFound));
    assert_eq!(store.remove(&server, &ipc).await, Err(ShareError::Special));
    assert_eq!(store.remove(&server, &other).await, Err(ShareError::NotFound));
    assert_eq!(store.make_temporary(&server, &ipc).await, Err(ShareError::NotFound));
    assert_eq!(server.shares().len(), 2);
}

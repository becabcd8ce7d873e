use crate::config::{Config, parse};
use crate::managed::Managed;
use crate::share_store::ShareChanges;
use crate::shares::Shares;
use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
use lanward_nt::{AccessMask, FileTime, Guid, NtString, Sid};
use lanward_server::{
    Identity, NewShare, Server, ServerChange, Settings, ShareChange, ShareError, ShareOrigin, ShareStore,
    StoreAnswer,
};
use std::path::Path;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

/// A server with the shares of a configuration, its state in `dir`.
async fn start(dir: &Path, config: &Config) -> (Arc<Server>, ShareChanges) {
    let identity = Identity {
        name: "TEST".into(),
        workgroup: "GROUP".into(),
        comment: String::new(),
        guid: Guid::default(),
        sid: Sid::new(5, &[21, 1, 2, 3]),
    };
    let server = Server::new(identity, Settings::default(), FileTime(1));
    let state = dir.join("state");
    std::fs::create_dir_all(&state).unwrap();
    let shares = Shares::new(Arc::clone(&server), None, Some(Managed::file(&state))).unwrap();
    shares.apply(config).await.unwrap();
    shares.apply_settings(config).await;
    (server, ShareChanges(Arc::new(shares)))
}

fn config(dir: &Path, shares: &[&str]) -> Config {
    let sections = shares.iter().map(|name| {
        format!("[share.{name}]\npath = \"{}\"\ncomment = \"of the file\"\n", dir.join("files").display())
    });
    parse(Path::new("x"), &sections.collect::<String>()).unwrap().config
}

fn folder() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("files")).unwrap();
    std::fs::create_dir(dir.path().join("late")).unwrap();
    dir
}

fn late(dir: &Path) -> NewShare {
    NewShare {
        name: "Late".into(),
        comment: "of management".into(),
        path: dir.join("late"),
        max_uses: Some(3),
        security: None,
        persistent: true,
    }
}

fn seen(server: &Server) -> Vec<(String, String, ShareOrigin)> {
    let disks = server.shares().into_iter().filter(|share| !share.is_ipc());
    disks.map(|share| (share.name.to_string_lossy(), share.comment.to_string_lossy(), share.origin)).collect()
}

fn is(name: &str, comment: &str, origin: ShareOrigin) -> (String, String, ShareOrigin) {
    (name.into(), comment.into(), origin)
}

#[tokio::test]
async fn what_management_changed_is_there_after_a_restart_and_a_reload() {
    let dir = folder();
    let written = config(dir.path(), &["docs", "old", "pub"]);
    let (server, shares) = start(dir.path(), &written).await;
    shares.add(&server, late(dir.path())).await.unwrap();
    shares.remove(&server, &"OLD".into()).await.unwrap();
    let list = Acl::new(vec![Ace::allow(Sid::everyone(), AccessMask::FILE_GENERIC_READ, 0)]);
    let security = SecurityDescriptor { dacl: Some(Some(list)), ..SecurityDescriptor::default() };
    let change = ShareChange {
        comment: Some("changed".into()),
        security: Some(security.clone()),
        hide_unreadable: Some(true),
        ..ShareChange::default()
    };
    shares.change(&server, &"docs".into(), change).await.unwrap();
    let limited = ServerChange { users: Some(Some(5)), ..ServerChange::default() };
    shares.change_server(&server, limited).await.unwrap();
    let expected = [
        is("docs", "changed", ShareOrigin::Changed),
        is("Late", "of management", ShareOrigin::Management),
        is("pub", "of the file", ShareOrigin::Configuration),
    ];
    assert_eq!(seen(&server), expected);
    shares.0.apply(&written).await.unwrap();
    assert_eq!(seen(&server), expected, "after a reload");
    drop((server, shares));

    let (server, shares) = start(dir.path(), &written).await;
    assert_eq!(seen(&server), expected, "after a restart");
    let docs = server.find_share(&"docs".into()).unwrap();
    assert_eq!((docs.security_descriptor().dacl, docs.hide_unreadable), (security.dacl, true));
    assert_eq!(server.find_share(&"late".into()).unwrap().max_uses, Some(3));
    assert_eq!(server.settings().limits.users, Some(5));
    // What is said of a share that the configuration has no more is said of none.
    shares.0.apply(&config(dir.path(), &["pub"])).await.unwrap();
    assert_eq!(seen(&server), expected[1..]);
    // One that management made and then the configuration has too stays management's.
    shares.0.apply(&config(dir.path(), &["late"])).await.unwrap();
    assert_eq!(seen(&server), expected[1..2]);
    shares.remove(&server, &"late".into()).await.unwrap();
    shares.0.apply(&config(dir.path(), &["late"])).await.unwrap();
    assert_eq!(seen(&server), []);
}

#[tokio::test]
async fn a_limit_that_is_written_is_lowered_from_afar_and_not_lifted() {
    let dir = folder();
    let text = |limits: &str| parse(Path::new("x"), &format!("[limits]\n{limits}")).unwrap().config;
    let (server, shares) = start(dir.path(), &text("max-sessions = 10\nidle-disconnect = \"5m\"\n")).await;
    let users = |users| ServerChange { users: Some(users), ..ServerChange::default() };
    let idle = |idle| ServerChange { idle_disconnect: Some(idle), ..ServerChange::default() };
    for lifted in [users(None), users(Some(11)), idle(None), idle(Some(Duration::from_secs(301)))] {
        assert_eq!(shares.change_server(&server, lifted).await, Err(ShareError::Demanded));
    }
    shares.change_server(&server, users(Some(7))).await.unwrap();
    shares.change_server(&server, idle(Some(Duration::from_secs(60)))).await.unwrap();
    let now = server.settings();
    assert_eq!((now.limits.users, now.idle_disconnect), (Some(7), Some(Duration::from_secs(60))));
    shares.0.apply_settings(&text("max-sessions = 5\n")).await;
    assert_eq!(server.settings().limits.users, Some(5), "what is written since counts");
    shares.change_server(&server, idle(None)).await.unwrap();
}

#[tokio::test]
async fn temporary_shares_end_with_the_server() {
    let dir = folder();
    let written = config(dir.path(), &["docs"]);
    let (server, shares) = start(dir.path(), &written).await;
    let brief = NewShare { persistent: false, ..late(dir.path()) };
    shares.add(&server, brief).await.unwrap();
    shares.make_temporary(&server, &"docs".into()).await.unwrap();
    let change = ShareChange { comment: Some("changed".into()), ..ShareChange::default() };
    shares.change(&server, &"docs".into(), change).await.unwrap();
    let now =
        [is("docs", "changed", ShareOrigin::Temporary), is("Late", "of management", ShareOrigin::Temporary)];
    assert_eq!(seen(&server), now);
    assert_eq!(shares.make_temporary(&server, &"docs".into()).await, Err(ShareError::NotFound));
    shares.0.refresh().await.unwrap();
    assert_eq!(seen(&server), now);
    let (server, _shares) = start(dir.path(), &written).await;
    assert_eq!(seen(&server), []);
}

#[tokio::test]
async fn what_cannot_be_shared_is_refused_and_what_went_is_passed_over() {
    let dir = folder();
    let written = config(dir.path(), &["docs"]);
    let (server, shares) = start(dir.path(), &written).await;
    let new = |name: &str, path: &str| NewShare {
        name: name.into(),
        path: dir.path().join(path),
        ..late(dir.path())
    };
    let file = dir.path().join("file");
    std::fs::write(&file, b"x").unwrap();
    for (share, error) in [
        (new("docs", "late"), ShareError::Exists),
        (new("a/b", "late"), ShareError::InvalidName),
        (new("none", "nowhere"), ShareError::NoDirectory),
        (new("file", "file"), ShareError::NoDirectory),
        (NewShare { name: NtString(vec![0xd800]), ..late(dir.path()) }, ShareError::InvalidName),
        // It is there, wherever this runs.
        (NewShare { path: ".".into(), ..late(dir.path()) }, ShareError::NoDirectory),
    ] {
        assert_eq!(shares.add(&server, share.clone()).await, Err(error), "{share:?}");
    }
    assert_eq!(Managed::read(&Managed::file(dir.path())).unwrap(), Managed::default());
    for (name, error) in [("IPC$", ShareError::Special), ("none", ShareError::NotFound)] {
        assert_eq!(shares.remove(&server, &name.into()).await, Err(error));
        assert_eq!(shares.change(&server, &name.into(), ShareChange::default()).await, Err(error));
    }
    shares.add(&server, late(dir.path())).await.unwrap();
    std::fs::remove_dir(dir.path().join("late")).unwrap();
    let (server, shares) = start(dir.path(), &written).await;
    assert_eq!(seen(&server).len(), 1, "the rest is served");
    // [MS-SRVS] 3.1.4.13: what is left of it can be taken away.
    shares.make_temporary(&server, &"late".into()).await.unwrap();
    assert_eq!(Managed::read(&Managed::file(dir.path())).unwrap(), Managed::default());
    assert_eq!(shares.make_temporary(&server, &"late".into()).await, Err(ShareError::NotFound));
}

#[tokio::test]
async fn what_the_configuration_demands_is_not_taken_back_and_the_state_is_not_shared() {
    let dir = folder();
    let text = format!(
        "[share.docs]\npath = \"{}\"\nencrypt = true\nhide-unreadable = true\n",
        dir.path().join("files").display()
    );
    let written = parse(Path::new("x"), &text).unwrap().config;
    let (server, shares) = start(dir.path(), &written).await;
    let (docs, nothing) = (NtString::from("docs"), ShareChange::default);
    for change in [
        ShareChange { encrypt: Some(false), ..nothing() },
        ShareChange { hide_unreadable: Some(false), ..nothing() },
    ] {
        assert_eq!(shares.change(&server, &docs, change).await, Err(ShareError::Demanded));
    }
    let same = ShareChange { encrypt: Some(true), comment: Some("x".into()), ..nothing() };
    shares.change(&server, &docs, same).await.unwrap();
    // What was lowered before the configuration demanded it counts no more, either.
    let lax = config(dir.path(), &["docs"]);
    shares.0.apply(&lax).await.unwrap();
    shares.change(&server, &docs, ShareChange { encrypt: Some(false), ..nothing() }).await.unwrap();
    assert!(!server.find_share(&docs).unwrap().encrypt);
    shares.0.apply(&written).await.unwrap();
    assert!(server.find_share(&docs).unwrap().encrypt);

    let state = dir.path().join("state");
    std::fs::create_dir(state.join("in")).unwrap();
    for path in [dir.path().to_path_buf(), state.clone(), state.join("in"), "/".into()] {
        let share = NewShare { path, ..late(dir.path()) };
        assert_eq!(shares.add(&server, share).await, Err(ShareError::Private));
    }
}

/// Asks, and goes away as soon as there is something to wait for.
async fn ask_and_leave(mut asking: StoreAnswer<'_>) {
    let polled = asking.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending(), "it waits for the disk");
    drop(asking);
    tokio::task::yield_now().await;
}

#[tokio::test]
async fn what_was_asked_for_is_done_whole_though_nobody_waits_any_more() {
    let dir = folder();
    let written = config(dir.path(), &["docs"]);
    let (server, shares) = start(dir.path(), &written).await;
    let limited = ServerChange { users: Some(Some(5)), ..ServerChange::default() };
    ask_and_leave(shares.change_server(&server, limited)).await;
    // Who comes next waits until it is done.
    drop(shares.0.state.lock().await);
    assert_eq!(server.settings().limits.users, Some(5), "it is live");
    ask_and_leave(shares.add(&server, late(dir.path()))).await;
    drop(shares.0.state.lock().await);
    assert_eq!(seen(&server).len(), 2);
}

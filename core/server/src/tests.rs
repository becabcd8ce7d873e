//! What crosses the objects: limits, lifetimes and who is let in.

use crate::{
    Caller, ConnectionEntry, Conversing, Identity, Limits, NewSession, PipeInstance, PipeMode, PipeService,
    Refusal, Server, Session, Settings, ShareDefinition, TreeConnect, UnixUsers, User, UserKind, Zone,
};
use lanward_fsa::{CreateParams, FileSystem, UnixIdentity, UnixNames};
use lanward_nt::{
    AccessMask, CreateDisposition, CreateOptions, FileAttributes, FileTime, Guid, NtStatus, NtString,
    ShareAccess, Sid,
};
use lanward_vfs::{MemVolume, UnixUser};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const NOW: FileTime = FileTime(133_000_000_000_000_000);

/// Answers every message with itself, twice with a `2` in front, and hangs up at `!`.
struct Echo;

impl PipeService for Echo {
    fn connect(&self, caller: &Caller) -> Result<Box<dyn PipeInstance>, NtStatus> {
        assert_eq!(caller.user.name, "alice".into());
        Ok(Box::new(Echo))
    }
}

impl PipeInstance for Echo {
    fn message<'a>(&'a mut self, input: &'a [u8], replies: &'a mut Vec<Vec<u8>>) -> Conversing<'a> {
        Box::pin(async move {
            match input {
                b"!" => return Err(NtStatus::PIPE_DISCONNECTED),
                b"forever" => std::future::pending().await,
                [b'2', ..] => replies.extend([input.to_vec(), input.to_vec()]),
                [b'0', ..] => {}
                _ => replies.push(input.to_vec()),
            }
            Ok(())
        })
    }
}

pub(crate) fn server(settings: Settings) -> Arc<Server> {
    let identity = Identity {
        name: "TEST".into(),
        workgroup: "WORKGROUP".into(),
        comment: String::new(),
        guid: Guid::default(),
        sid: Sid::new(5, &[21, 1, 2, 3]),
    };
    let server = Server::new(identity, settings, NOW);
    let file_system = FileSystem::new(MemVolume::new(|| NOW));
    server.add_share(ShareDefinition::disk("Data", file_system, "/srv/data")).unwrap();
    server.pipes().register("echo", Arc::new(Echo));
    server
}

fn limits(limits: Limits) -> Settings {
    Settings { limits, ..Settings::default() }
}

fn connect_from(server: &Arc<Server>, peer: &str) -> Result<Arc<ConnectionEntry>, Refusal> {
    server.admit_connection("10.0.0.1:445".parse().unwrap(), peer.parse().unwrap(), NOW)
}

fn connect(server: &Arc<Server>) -> Arc<ConnectionEntry> {
    connect_from(server, "10.0.0.2:1000").unwrap()
}

pub(crate) fn user(name: &str, rid: u32) -> User {
    User {
        name: name.into(),
        domain: "TEST".into(),
        sid: Sid::new(5, &[21, 1, 2, 3, rid]),
        groups: vec![Sid::users()],
        kind: UserKind::Named,
        is_admin: false,
        privileges: lanward_nt::security::Privileges::empty(),
    }
}

fn open_session(connection: &Arc<ConnectionEntry>, user: User) -> Result<Arc<Session>, NtStatus> {
    let server = connection.server();
    let (connection, client_name) = (Arc::clone(connection), "CLIENT".into());
    server.open_session(NewSession {
        id: server.new_session_id(),
        user,
        client_name,
        connection,
        expiry: None,
        now: NOW,
    })
}

fn alice(server: &Arc<Server>) -> Arc<Session> {
    open_session(&connect(server), user("alice", 1000)).unwrap()
}

async fn open_pipe(tree: &Arc<TreeConnect>, name: &str) -> Result<Arc<crate::Open>, NtStatus> {
    let create = CreateParams {
        path: &name.into(),
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
    tree.create(create).await.map(|created| created.open)
}

fn assert_at_baseline(server: &Arc<Server>) {
    assert!(server.connections().is_empty() && server.sessions().is_empty());
    assert!(server.tree_connects().is_empty() && server.opens().is_empty());
    assert_eq!((server.open_count(), server.counted_users()), (0, 0));
    assert!(server.shares().iter().all(|s| s.current_uses() == 0));
}

#[test]
fn connections_are_limited_before_they_are_counted() {
    let server = server(limits(Limits { connections: 3, connections_per_address: 2, ..Limits::default() }));
    let _listener = server.add_transport("tcp:lo", "0.0.0.0:445".parse().unwrap());
    let first = connect(&server);
    let second = connect_from(&server, "[::ffff:10.0.0.2]:7").unwrap();
    assert_eq!(connect_from(&server, "10.0.0.2:8").unwrap_err(), Refusal::TooManyFromAddress);
    let third = connect_from(&server, "10.0.0.3:8").unwrap();
    assert_eq!(connect_from(&server, "10.0.0.4:8").unwrap_err(), Refusal::TooMany);
    assert_eq!(server.transports()[0].connections(), 3);
    drop((second, third));
    assert_eq!(server.connections().len(), 1);
    assert!(connect_from(&server, "10.0.0.2:8").is_ok());
    assert_eq!(server.transports()[0].connections(), 1);
    drop(first);
    assert_at_baseline(&server);
    server.drain();
    assert_eq!(connect_from(&server, "10.0.0.2:8").unwrap_err(), Refusal::Draining);
}

#[tokio::test]
async fn an_order_to_disconnect_is_not_missed() {
    let server = server(Settings::default());
    let connection = connect(&server);
    let waiter = Arc::clone(&connection);
    let waiting = tokio::spawn(async move { waiter.disconnected().await });
    tokio::task::yield_now().await;
    connection.disconnect();
    waiting.await.unwrap();
    connection.disconnected().await;
}

#[test]
fn nobody_and_guests_stay_out_by_default() {
    let server = server(Settings::default());
    let connection = connect(&server);
    assert_eq!(open_session(&connection, User::anonymous()).unwrap_err(), NtStatus::ACCESS_DENIED);
    let guest = User { kind: UserKind::Guest, ..user("guest", 501) };
    assert_eq!(open_session(&connection, guest.clone()).unwrap_err(), NtStatus::LOGON_FAILURE);
    assert_eq!(connection.session_count(), 0);

    let open_zone = Zone { guest_allowed: true, anonymous_allowed: true, ..Zone::default() };
    server.replace_settings(Settings { default_zone: Arc::new(open_zone), ..Settings::default() });
    let guest = open_session(&connection, guest).unwrap();
    assert_eq!(guest.tree_connect(&"data".into()).unwrap_err(), NtStatus::ACCESS_DENIED);
    assert!(guest.tree_connect(&"ipc$".into()).unwrap().is_ipc());
    let nobody = open_session(&connection, User::anonymous()).unwrap();
    assert_eq!(nobody.tree_connect(&"data".into()).unwrap_err(), NtStatus::ACCESS_DENIED);
    drop((nobody, guest, connection));
    assert_at_baseline(&server);
}

#[test]
fn null_sessions_have_a_cap_of_their_own() {
    let zone = Arc::new(Zone { anonymous_allowed: true, ..Zone::default() });
    let limits = Limits { anonymous_sessions: 2, sessions_per_connection: 4, ..Limits::default() };
    let server = server(Settings { default_zone: zone, limits, ..Settings::default() });
    let connection = connect(&server);
    let nobodies: Vec<_> = (0..2).map(|_| open_session(&connection, User::anonymous()).unwrap()).collect();
    assert_eq!(open_session(&connection, User::anonymous()).unwrap_err(), NtStatus::REQUEST_NOT_ACCEPTED);
    assert_eq!(connection.session_count(), 2);
    drop(nobodies);
    assert!(open_session(&connection, User::anonymous()).is_ok());
}

/// Behaviours 1.1, 1.4, 1.5, 1.7 and 1.8.
#[tokio::test]
async fn a_user_at_a_computer_counts_once_and_only_with_a_disk_share() {
    let server = server(limits(Limits { users: Some(2), ..Limits::default() }));
    let data: NtString = "DATA".into();
    let first = alice(&server);
    let again = alice(&server);
    first.tree_connect(&data).unwrap();
    first.tree_connect(&data).unwrap();
    again.tree_connect(&data).unwrap();
    assert_eq!(server.counted_users(), 1);
    let bob = open_session(&connect(&server), user("bob", 1001)).unwrap();
    bob.tree_connect(&data).unwrap();
    let carol = open_session(&connect(&server), user("carol", 1002)).unwrap();
    assert_eq!(carol.tree_connect(&data).unwrap_err(), NtStatus::REQUEST_NOT_ACCEPTED);
    assert!(carol.tree_connect(&"IPC$".into()).is_ok());
    assert_eq!((server.counted_users(), carol.trees().len()), (2, 1));
    bob.close().await;
    assert!(carol.tree_connect(&data).is_ok());
    for session in [first, again, carol] {
        session.close().await;
    }
    drop(bob);
    assert_at_baseline(&server);
}

/// Behaviour 1.30.
#[test]
fn refused_setups_leave_nothing_behind() {
    let server = server(limits(Limits { trees_per_session: 2, users: Some(1), ..Limits::default() }));
    let connection = connect(&server);
    for _ in 0..1000 {
        assert!(open_session(&connection, User::anonymous()).is_err());
        let session = alice(&server);
        assert_eq!(session.tree_connect(&"nope".into()).unwrap_err(), NtStatus::BAD_NETWORK_NAME);
    }
    assert_eq!((server.connections().len(), connection.session_count(), server.counted_users()), (1, 0, 0));
    let session = alice(&server);
    session.tree_connect(&"ipc$".into()).unwrap();
    session.tree_connect(&"ipc$".into()).unwrap();
    assert_eq!(session.tree_connect(&"data".into()).unwrap_err(), NtStatus::INSUFFICIENT_RESOURCES);
    assert_eq!(server.counted_users(), 0);
    drop((session, connection));
    assert_at_baseline(&server);
}

#[tokio::test]
async fn a_share_limits_its_uses_and_its_users() {
    let server = server(Settings::default());
    let file_system = FileSystem::new(MemVolume::new(|| NOW));
    let private = ShareDefinition {
        allowed: Some(vec![user("alice", 1000).sid]),
        max_uses: Some(1),
        read_only: true,
        ..ShareDefinition::disk("Private", file_system, "/srv/private")
    };
    let private = server.add_share(private).unwrap();
    let bob = open_session(&connect(&server), user("bob", 1001)).unwrap();
    assert_eq!(bob.tree_connect(&"private".into()).unwrap_err(), NtStatus::ACCESS_DENIED);
    let alice = alice(&server);
    let tree = alice.tree_connect(&"private".into()).unwrap();
    assert!(
        !tree
            .maximal_access()
            .intersects(AccessMask::WRITE_DATA | AccessMask::DELETE | AccessMask::WRITE_DAC)
    );
    assert_eq!(alice.tree_connect(&"PRIVATE".into()).unwrap_err(), NtStatus::REQUEST_NOT_ACCEPTED);
    tree.close().await;
    drop(tree);
    assert_eq!(private.current_uses(), 0);
    let tree = alice.tree_connect(&"PRIVATE".into()).unwrap();
    server.remove_share(&"private".into()).unwrap();
    server.disconnect_share(&private).await;
    assert!(tree.is_closed() && alice.trees().is_empty());
    assert_eq!(alice.tree_connect(&"private".into()).unwrap_err(), NtStatus::BAD_NETWORK_NAME);
    assert!(server.remove_share(&"ipc$".into()).is_none());
}

#[test]
fn zones_hide_shares_and_are_read_at_the_time_of_use() {
    let server = server(Settings::default());
    let session = alice(&server);
    assert!(session.tree_connect(&"data".into()).is_ok());
    let blind = Zone { shares: Some(vec!["other".into()]), ..Zone::default() };
    server.replace_settings(Settings { zones: vec![Arc::new(blind)], ..Settings::default() });
    assert_eq!(session.tree_connect(&"data".into()).unwrap_err(), NtStatus::BAD_NETWORK_NAME);
    assert!(session.tree_connect(&"ipc$".into()).is_ok());
}

#[test]
fn names_of_shares() {
    let server = server(Settings::default());
    let disk = |name: &str| ShareDefinition::disk(name, FileSystem::new(MemVolume::new(|| NOW)), "");
    assert_eq!(server.add_share(disk("dAtA")).unwrap_err(), NtStatus::OBJECT_NAME_COLLISION);
    assert!(server.replace_share(disk("dAtA")).is_ok());
    assert_eq!(server.replace_share(disk("ipc$")).unwrap_err(), NtStatus::OBJECT_NAME_INVALID);
    for bad in ["", "a/b", "a\\b", "a*", &"x".repeat(81)] {
        assert_eq!(server.add_share(disk(bad)).unwrap_err(), NtStatus::OBJECT_NAME_INVALID, "{bad}");
    }
    assert_eq!(server.shares().len(), 2);
}

#[tokio::test]
async fn closing_a_session_closes_what_is_in_it() {
    let server = server(Settings::default());
    let session = alice(&server);
    let tree = session.tree_connect(&"ipc$".into()).unwrap();
    let open = open_pipe(&tree, "ECHO").await.unwrap();
    assert_eq!(server.open(open.id()).map(|o| o.global_id()), Some(open.global_id()));
    assert_eq!((session.open_count(), tree.open_count()), (1, 1));
    assert!(server.session(session.id()).is_some() && server.session(session.id() ^ 1 << 40).is_none());
    server.close_session(session.id()).await;
    assert!(session.is_closed() && tree.is_closed() && open.is_closed());
    assert_eq!(open_pipe(&tree, "echo").await.unwrap_err(), NtStatus(0xc000_00c9));
    assert_eq!(session.tree_connect(&"ipc$".into()).unwrap_err(), NtStatus::USER_SESSION_DELETED);
    assert_eq!(open.pipe().unwrap().write(b"x").await.unwrap_err(), NtStatus::PIPE_DISCONNECTED);
    drop((open, tree, session));
    assert_at_baseline(&server);
}

#[tokio::test]
async fn dropping_a_session_ends_trees_that_are_still_held() {
    let server = server(Settings::default());
    let session = alice(&server);
    let tree = session.tree_connect(&"ipc$".into()).unwrap();
    drop(open_pipe(&tree, "echo").await.unwrap());
    assert_eq!(server.open_count(), 1);
    drop(session);
    assert!(tree.is_closed() && tree.session().is_none());
    drop(tree);
    assert_at_baseline(&server);
}

#[tokio::test]
async fn opens_are_limited_and_pipes_are_keys() {
    let server = server(limits(Limits { opens_per_session: 1, ..Limits::default() }));
    let session = alice(&server);
    let tree = session.tree_connect(&"ipc$".into()).unwrap();
    for bad in ["", "\\echo", "PIPE\\echo", "..\\echo", "echo/", "echo\0"] {
        assert_eq!(open_pipe(&tree, bad).await.unwrap_err(), NtStatus::OBJECT_NAME_NOT_FOUND, "{bad}");
    }
    let open = open_pipe(&tree, "echo").await.unwrap();
    assert_eq!(open_pipe(&tree, "echo").await.unwrap_err(), NtStatus::TOO_MANY_OPENED_FILES);
    open.close(false).await.unwrap();
    drop(open);
    assert!(open_pipe(&tree, "echo").await.is_ok());
}

#[tokio::test]
async fn pipes_talk_in_messages() {
    let server = server(Settings::default());
    let session = alice(&server);
    let tree = session.tree_connect(&"ipc$".into()).unwrap();
    let open = open_pipe(&tree, "echo").await.unwrap();
    let pipe = open.pipe().unwrap();
    let mut out = Vec::new();

    let read = pipe.transact(b"abcdef", 4, &mut out).await.unwrap();
    assert_eq!((out.as_slice(), read.length, read.more), (&b"abcd"[..], 4, true));
    assert_eq!(pipe.transact(b"more", 9, &mut out).await.unwrap_err(), NtStatus::PIPE_BUSY);
    let peek = pipe.peek(1, &mut out).unwrap();
    assert_eq!((peek.connected, peek.available, peek.messages, peek.message_length), (true, 2, 1, 2));
    let read = pipe.read(4, &mut out).await.unwrap();
    assert_eq!((out.as_slice(), read.length, read.more), (&b"abcdeef"[..], 2, false));

    out.clear();
    pipe.write(b"2x").await.unwrap();
    assert_eq!(pipe.read(9, &mut out).await.unwrap().length, 2);
    pipe.set_mode(PipeMode { message_read: false, nonblocking: true }).unwrap();
    pipe.write(b"abc").await.unwrap();
    let read = pipe.read(4, &mut out).await.unwrap();
    assert_eq!((out.as_slice(), read.more), (&b"2x2xab"[..], false));
    assert_eq!(pipe.read(9, &mut out).await.unwrap().length, 1);
    assert_eq!(pipe.read(9, &mut out).await.unwrap_err(), NtStatus::PIPE_EMPTY);
    assert_eq!(pipe.write(&[0; 65 * 1024]).await.unwrap_err(), NtStatus::INVALID_PARAMETER);
    assert_eq!(pipe.write(b"!").await.unwrap_err(), NtStatus::PIPE_DISCONNECTED);
    assert_eq!(pipe.read(9, &mut out).await.unwrap_err(), NtStatus::PIPE_DISCONNECTED);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_stopped() {
    let server = server(Settings::default());
    let session = alice(&server);
    let tree = session.tree_connect(&"ipc$".into()).unwrap();
    let open = open_pipe(&tree, "echo").await.unwrap();
    let message = [b'2'; 64 * 1024];
    let mut taken = 0;
    while open.pipe().unwrap().write(&message).await.is_ok() {
        taken += 1;
    }
    assert_eq!(taken, 9);
    assert_eq!(open.pipe().unwrap().write(b"x").await.unwrap_err(), NtStatus::QUOTA_EXCEEDED);
}

#[tokio::test]
async fn a_read_waits_for_a_message_and_for_the_end() {
    let server = server(Settings::default());
    let session = alice(&server);
    let tree = session.tree_connect(&"ipc$".into()).unwrap();
    let open = open_pipe(&tree, "echo").await.unwrap();
    for (write, expected) in [(true, Ok(1)), (false, Err(NtStatus(0xc000_014b)))] {
        let pipe = Arc::clone(open.pipe().unwrap());
        let reading = tokio::spawn(async move { pipe.read(9, &mut Vec::new()).await.map(|r| r.length) });
        tokio::task::yield_now().await;
        if write {
            open.pipe().unwrap().write(b"x").await.unwrap();
        } else {
            open.close(false).await.unwrap();
        }
        assert_eq!(reading.await.unwrap(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn an_idle_pipe_is_hung_up_and_one_at_work_is_not() {
    const LIMIT: Duration = Duration::from_secs(60);
    let server = server(Settings::default());
    let session = alice(&server);
    let tree = session.tree_connect(&"ipc$".into()).unwrap();
    let (idle, busy) = (open_pipe(&tree, "echo").await.unwrap(), open_pipe(&tree, "echo").await.unwrap());
    idle.pipe().unwrap().write(b"unread").await.unwrap();
    let pipe = Arc::clone(busy.pipe().unwrap());
    let working = tokio::spawn(async move { pipe.write(b"forever").await });
    tokio::time::sleep(LIMIT - Duration::from_secs(1)).await;
    session.hang_up_idle_pipes(LIMIT);
    assert_eq!(idle.pipe().unwrap().write(b"x").await, Ok(1));
    tokio::time::sleep(LIMIT).await;
    session.hang_up_idle_pipes(LIMIT);
    assert_eq!(idle.pipe().unwrap().write(b"x").await, Err(NtStatus::PIPE_DISCONNECTED));
    // What was answered before can still be read.
    let mut read = Vec::new();
    for _ in 0..2 {
        idle.pipe().unwrap().read(9, &mut read).await.unwrap();
    }
    assert_eq!(read, b"unreadx");
    assert_eq!(idle.pipe().unwrap().read(9, &mut read).await, Err(NtStatus::PIPE_DISCONNECTED));
    assert!(!working.is_finished() && busy.pipe().unwrap().peek(0, &mut read).unwrap().connected);
}

#[tokio::test]
async fn what_a_service_does_not_finish_ends_with_the_open_or_with_who_asked() {
    let server = server(Settings::default());
    let session = alice(&server);
    let tree = session.tree_connect(&"ipc$".into()).unwrap();
    for closed in [true, false] {
        let open = open_pipe(&tree, "echo").await.unwrap();
        let [first, second, reader] = [(); 3].map(|()| Arc::clone(open.pipe().unwrap()));
        let first = tokio::spawn(async move { first.write(b"forever").await });
        tokio::task::yield_now().await;
        let second = tokio::spawn(async move { second.write(b"x").await });
        let reader = tokio::spawn(async move { reader.read(9, &mut Vec::new()).await });
        tokio::task::yield_now().await;
        assert!(!second.is_finished() && !reader.is_finished());
        if closed {
            open.close(false).await.unwrap();
            assert_eq!(first.await.unwrap(), Err(NtStatus::PIPE_DISCONNECTED));
        } else {
            first.abort();
        }
        assert_eq!(second.await.unwrap(), Err(NtStatus::PIPE_DISCONNECTED));
        let end = if closed { NtStatus(0xc000_014b) } else { NtStatus::PIPE_DISCONNECTED };
        assert_eq!(reader.await.unwrap(), Err(end));
    }
}

#[test]
fn sessions_grow_old() {
    let server = server(Settings::default());
    let session = alice(&server);
    let minutes = |n: u64| FileTime(NOW.0 + n * 600_000_000);
    assert_eq!(session.idle(minutes(2)), Duration::from_secs(120));
    assert_eq!(server.settings().idle_disconnect, Some(Duration::from_secs(15 * 60)));
    session.touch(minutes(14));
    assert_eq!(session.idle(minutes(15)), Duration::from_secs(60));
    session.renew(user("alice", 1000), Some(minutes(20))).unwrap();
    assert!(!session.is_expired(minutes(19)) && session.is_expired(minutes(20)));
    assert_eq!(session.renew(user("bob", 1001), None).unwrap_err(), NtStatus::ACCESS_DENIED);
}

#[test]
fn channels_come_and_go() {
    let server = server(Settings::default());
    let (first, second) = (connect(&server), connect(&server));
    let session = open_session(&first, user("alice", 1000)).unwrap();
    session.add_channel(Arc::clone(&second)).unwrap();
    assert!(session.remove_channel(&first));
    assert_eq!((first.session_count(), second.session_count()), (0, 1));
    assert!(!session.remove_channel(&second));
    assert!(!session.remove_channel(&second));
    assert_eq!(second.session_count(), 0);
}

/// An idle session with a tree connect costs little.
#[test]
fn sessions_and_trees_are_small() {
    assert!(size_of::<Session>() + size_of::<TreeConnect>() + size_of::<User>() < 1024);
}

/// Drops the session it is called from: what a view over the lists does when it holds the last reference.
struct Reaper(Mutex<Option<Arc<Session>>>);

impl PipeService for Arc<Reaper> {
    fn connect(&self, _: &Caller) -> Result<Box<dyn PipeInstance>, NtStatus> {
        Ok(Box::new(Arc::clone(self)))
    }
}

impl PipeInstance for Arc<Reaper> {
    fn message<'a>(&'a mut self, input: &'a [u8], replies: &'a mut Vec<Vec<u8>>) -> Conversing<'a> {
        Box::pin(async move {
            drop(self.0.lock().unwrap().take());
            replies.push(input.to_vec());
            Ok(())
        })
    }
}

#[tokio::test]
async fn a_service_may_end_the_session_it_is_called_from() {
    let server = server(Settings::default());
    let session = alice(&server);
    let reaper = Arc::new(Reaper(Mutex::default()));
    server.pipes().register("reaper", Arc::new(Arc::clone(&reaper)));
    let tree = session.tree_connect(&"ipc$".into()).unwrap();
    let open = open_pipe(&tree, "reaper").await.unwrap();
    let pipe = Arc::clone(open.pipe().unwrap());
    drop((open, tree));
    *reaper.0.lock().unwrap() = Some(session);
    assert_eq!(pipe.write(b"x").await, Ok(1));
    assert_eq!(pipe.read(9, &mut Vec::new()).await, Err(NtStatus::FILE_CLOSED));
    assert_at_baseline(&server);
}

/// Behaviour 1.6: what the lists show is what the counts count, whoever comes and goes meanwhile.
#[test]
fn many_at_once_leave_nothing_behind() {
    let server = server(limits(Limits { users: Some(3), connections: 20, ..Limits::default() }));
    let comings_and_goings = |seed: u32| {
        for n in 0..200 {
            let Ok(connection) = connect_from(&server, &format!("10.0.{seed}.2:{}", 1000 + n)) else {
                continue;
            };
            let session = open_session(&connection, user("alice", 1000 + n % 5)).unwrap();
            let tree = session.tree_connect(&"data".into());
            assert!(server.counted_users() <= 3);
            assert!(server.session(session.id()).is_some());
            drop((server.sessions(), server.tree_connects()));
            if n % 2 == 0 {
                drop(session);
            }
            drop(tree);
        }
    };
    std::thread::scope(|scope| {
        for seed in 0..4 {
            scope.spawn(move || comings_and_goings(seed));
        }
    });
    assert_at_baseline(&server);
}

#[tokio::test]
async fn who_was_switched_off_while_it_signed_in_has_no_session() {
    let server = server(Settings::default());
    let rid = server.accounts().change(|draft| draft.add_user("alice".into())).unwrap();
    let session = open_session(&connect(&server), user("alice", rid)).unwrap();
    session.confirm().await.unwrap();
    server.accounts().change(|draft| draft.remove_user(rid)).unwrap();
    // The list was looked through before this one came.
    let late = open_session(&connect(&server), user("alice", rid)).unwrap();
    assert_eq!(late.confirm().await, Err(NtStatus::ACCOUNT_DISABLED));
    assert!(late.is_closed() && !session.is_closed());
}

/// Takes the share away while somebody connects to it.
#[derive(Debug)]
struct TakingAway(std::sync::Weak<Server>);

impl UnixUsers for TakingAway {
    fn look_up(&self, _user: &User) {}

    fn identity_of(&self, _user: &User) -> Result<UnixIdentity, NtStatus> {
        let server = self.0.upgrade().unwrap();
        assert!(server.remove_share(&"brief".into()).is_some());
        let user =
            UnixUser { user: 1, group: 1, groups: Vec::new(), file_mask: 0o644, directory_mask: 0o755 };
        Ok(UnixIdentity { user: Arc::new(user), names: Arc::new(NoNames) })
    }
}

#[derive(Debug)]
struct NoNames;

impl UnixNames for NoNames {
    fn user(&self, number: u32) -> Sid {
        Sid::new(22, &[1, number])
    }

    fn group(&self, number: u32) -> Sid {
        Sid::new(22, &[2, number])
    }

    fn user_number(&self, _sid: &Sid) -> Option<u32> {
        None
    }

    fn group_number(&self, _sid: &Sid) -> Option<u32> {
        None
    }
}

#[tokio::test]
async fn a_share_that_goes_while_somebody_connects_has_nobody_connected() {
    let server = server(Settings::default());
    let file_system = FileSystem::new(MemVolume::new(|| NOW));
    let unix: Arc<dyn UnixUsers> = Arc::new(TakingAway(Arc::downgrade(&server)));
    let share =
        ShareDefinition { unix: Some(unix), ..ShareDefinition::disk("brief", file_system, "/srv/brief") };
    server.add_share(share).unwrap();
    let session = alice(&server);
    assert_eq!(session.tree_connect(&"brief".into()).unwrap_err(), NtStatus::BAD_NETWORK_NAME);
    assert!(server.tree_connects().is_empty() && session.trees().is_empty() && !session.is_counted());
}

#[tokio::test]
async fn who_administers_no_more_has_no_session_of_an_administrator() {
    let server = server(Settings::default());
    let changed = server.accounts().change(|draft| {
        let alice = draft.add_user("alice".into())?;
        draft.set_admin(alice, true)?;
        Ok(alice)
    });
    let rid = changed.unwrap();
    let admin = || User { is_admin: true, ..user("alice", rid) };
    let connection = connect(&server);
    let [asking, other] = [(), ()].map(|()| open_session(&connection, admin()).unwrap());
    server.close_barred_sessions(None).await;
    assert!(!asking.is_closed() && !other.is_closed());
    server.accounts().change(|draft| draft.set_admin(rid, false)).unwrap();
    let ordinary = open_session(&connection, user("alice", rid)).unwrap();
    server.close_barred_sessions(Some(asking.id())).await;
    assert!(!asking.is_closed() && other.is_closed() && !ordinary.is_closed());
    server.accounts().change(|draft| draft.remove_user(rid)).unwrap();
    server.close_barred_sessions(None).await;
    assert!(asking.is_closed() && ordinary.is_closed());
}

//! Promise 2 as a property: whatever clients, administrators and accidents do, what is listed is what is counted, and what the limit used
//! (behaviours 1.3 to 1.7, 1.30). A failing case prints its seed and is kept beside this file.

use crate::{
    ConnectionEntry, Identity, Limits, NewSession, OpenId, Reconnect, Server, Session, Settings,
    ShareDefinition, User, UserKind, Zone,
};
use lanward_fsa::{CacheRequest, CreateParams, FileSystem};
use lanward_nt::{
    AccessMask, CreateDisposition, CreateOptions, FileAttributes, FileTime, Guid, NtStatus, NtString,
    ShareAccess, Sid,
};
use lanward_vfs::MemVolume;
use proptest::prelude::*;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

const NOW: FileTime = FileTime(133_000_000_000_000_000);
const SHARES: [&str; 4] = ["ipc$", "data", "small", "nowhere"];
const LIMIT: usize = 3;
const NULL_SESSIONS: usize = 5;

#[derive(Debug, Clone)]
enum Step {
    Connect {
        address: u8,
        client: u8,
    },
    LogOn {
        connection: usize,
        user: u8,
    },
    LogOnAsNobody {
        connection: usize,
    },
    LogOnAsGuest {
        connection: usize,
    },
    Bind {
        connection: usize,
        session: usize,
    },
    ConnectShare {
        session: usize,
        share: usize,
    },
    DisconnectShare {
        session: usize,
        tree: usize,
    },
    OpenDurably {
        session: usize,
    },
    ComeBack {
        session: usize,
        open: usize,
    },
    LogOff {
        session: usize,
    },
    Delete {
        session: usize,
    },
    /// The peer is gone, or its task has panicked.
    Lose {
        connection: usize,
        suddenly: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let place = || 0..64_usize;
    prop_oneof![
        3 => (0..4_u8, 0..3_u8).prop_map(|(address, client)| Step::Connect { address, client }),
        4 => (place(), 0..4_u8).prop_map(|(connection, user)| Step::LogOn { connection, user }),
        2 => place().prop_map(|connection| Step::LogOnAsNobody { connection }),
        1 => place().prop_map(|connection| Step::LogOnAsGuest { connection }),
        2 => (place(), place()).prop_map(|(connection, session)| Step::Bind { connection, session }),
        8 => (place(), 0..4_usize).prop_map(|(session, share)| Step::ConnectShare { session, share }),
        2 => (place(), place()).prop_map(|(session, tree)| Step::DisconnectShare { session, tree }),
        2 => place().prop_map(|session| Step::OpenDurably { session }),
        2 => (place(), place()).prop_map(|(session, open)| Step::ComeBack { session, open }),
        1 => place().prop_map(|session| Step::LogOff { session }),
        1 => place().prop_map(|session| Step::Delete { session }),
        2 => (place(), any::<bool>()).prop_map(|(connection, suddenly)| Step::Lose { connection, suddenly }),
    ]
}

/// What an engine keeps, and what should be.
struct Model {
    server: Arc<Server>,
    connections: Vec<Arc<ConnectionEntry>>,
    sessions: Vec<Known>,
    waiting: Vec<(OpenId, Sid)>,
    names: u32,
}

/// A session that should be there.
struct Known {
    session: Arc<Session>,
    user: Sid,
    anonymous: bool,
    address: IpAddr,
    client: Guid,
    /// The connections it can be used over, by their ids.
    channels: Vec<u32>,
    /// Connected shares, by their places in [`SHARES`].
    trees: Vec<(Arc<crate::TreeConnect>, usize)>,
    durable: Vec<OpenId>,
}

impl Known {
    fn counts(&self) -> bool {
        !self.anonymous && self.trees.iter().any(|(_, share)| *share != 0)
    }

    fn is_same_place(&self, other: &Self) -> bool {
        let same_client = self.client == other.client && self.client != Guid::default();
        self.user == other.user && (self.address == other.address || same_client)
    }
}

fn user(number: u8) -> User {
    let (name, domain) = (NtString::from(format!("user{number}").as_str()), "TEST".into());
    let sid = Sid::new(5, &[21, 1, 2, 3, 1000 + u32::from(number)]);
    let is_admin = number == 0;
    User { name, domain, sid, kind: UserKind::Named, is_admin, ..User::anonymous() }
}

impl Model {
    fn new() -> Self {
        let identity = Identity {
            name: "TEST".into(),
            workgroup: "WORKGROUP".into(),
            comment: String::new(),
            guid: Guid::default(),
            sid: Sid::new(5, &[21, 1, 2, 3]),
        };
        let limits = Limits {
            users: Some(LIMIT as u32),
            anonymous_sessions: NULL_SESSIONS as u32,
            anonymous_logons_per_minute: 1_000,
            sessions_per_connection: 4,
            channels_per_session: 3,
            ..Limits::default()
        };
        let default_zone = Arc::new(Zone { anonymous_allowed: true, ..Zone::default() });
        let server = Server::new(identity, Settings { limits, default_zone, ..Settings::default() }, NOW);
        for name in ["Data", "Small"] {
            let disk = ShareDefinition::disk(name, FileSystem::new(MemVolume::new(|| NOW)), "/srv");
            let max_uses = (name == "Small").then_some(1);
            server.add_share(ShareDefinition { max_uses, ..disk }).unwrap();
        }
        let (connections, sessions, waiting) = (Vec::new(), Vec::new(), Vec::new());
        Self { server, connections, sessions, waiting, names: 0 }
    }

    /// Users at computers that should count: sessions are merged until none is at the place of another.
    fn counted(&self) -> usize {
        let counting: Vec<_> = self.sessions.iter().filter(|s| s.counts()).collect();
        let mut group: Vec<usize> = (0..counting.len()).collect();
        for (a, b) in (0..counting.len()).flat_map(|a| (0..a).map(move |b| (a, b))) {
            if counting[a].is_same_place(counting[b]) {
                let (from, to) = (group[a], group[b]);
                group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
            }
        }
        group.into_iter().collect::<BTreeSet<_>>().len()
    }

    fn sessions_on(&self, connection: u32) -> usize {
        self.sessions.iter().filter(|s| s.channels.contains(&connection)).count()
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Connect { address, client } => self.connect(address, client),
            Step::LogOn { connection, user: number } => self.log_on(connection, user(number)),
            Step::LogOnAsNobody { connection } => self.log_on(connection, User::anonymous()),
            Step::LogOnAsGuest { connection } => {
                self.log_on(connection, User { kind: UserKind::Guest, ..user(9) });
            }
            Step::Bind { connection, session } => self.bind(connection, session),
            Step::ConnectShare { session, share } => self.connect_share(session, share),
            Step::DisconnectShare { session, tree } => self.disconnect_share(session, tree).await,
            Step::OpenDurably { session } => self.open_durably(session).await,
            Step::ComeBack { session, open } => self.come_back(session, open),
            Step::LogOff { session } => self.end(session, false).await,
            Step::Delete { session } => self.end(session, true).await,
            Step::Lose { connection, suddenly } => self.lose(connection, suddenly).await,
        }
    }

    fn connect(&mut self, address: u8, client: u8) {
        let peer = (IpAddr::from([10, 0, 0, address]), 1_000).into();
        let entry = self.server.admit_connection("10.0.0.9:445".parse().unwrap(), peer, NOW).unwrap();
        entry.set_client_guid(Guid([client; 16]));
        self.connections.push(entry);
    }

    fn log_on(&mut self, connection: usize, user: User) {
        let Some(entry) = pick(&self.connections, connection) else { return };
        let (kind, sid, id) = (user.kind, user.sid.clone(), self.server.new_session_id());
        let connection = Arc::clone(entry);
        let new = NewSession { id, user, client_name: "pc".into(), connection, expiry: None, now: NOW };
        let nobodies = self.sessions.iter().filter(|s| s.anonymous).count();
        let outcome = self.server.open_session(new);
        let expected = match kind {
            UserKind::Guest => Err(NtStatus::LOGON_FAILURE),
            _ if self.sessions_on(entry.id()) == 4 => Err(NtStatus::REQUEST_NOT_ACCEPTED),
            UserKind::Anonymous if nobodies == NULL_SESSIONS => Err(NtStatus::REQUEST_NOT_ACCEPTED),
            _ => Ok(()),
        };
        assert_eq!(outcome.as_ref().map(drop).map_err(|status| *status), expected);
        let Ok(session) = outcome else { return };
        self.sessions.push(Known {
            session,
            user: sid,
            anonymous: kind == UserKind::Anonymous,
            address: entry.peer().ip(),
            client: entry.client_guid(),
            channels: vec![entry.id()],
            trees: Vec::new(),
            durable: Vec::new(),
        });
    }

    fn bind(&mut self, connection: usize, session: usize) {
        let (Some(entry), Some(place)) = (pick(&self.connections, connection), self.place(session)) else {
            return;
        };
        let full = self.sessions_on(entry.id()) == 4;
        let known = &mut self.sessions[place];
        let refused = full || known.channels.len() == 3 || known.channels.contains(&entry.id());
        let outcome = known.session.add_channel(Arc::clone(entry));
        assert_eq!(outcome.is_err(), refused, "{outcome:?}");
        if !refused {
            known.channels.push(entry.id());
        }
    }

    fn connect_share(&mut self, session: usize, share: usize) {
        let Some(place) = self.place(session) else { return };
        let small = |known: &&Known| known.trees.iter().any(|(_, share)| *share == 2);
        let small_used = self.sessions.iter().any(|known| small(&known));
        let known = &self.sessions[place];
        let here = |other: &Known| other.counts() && other.is_same_place(known);
        let no_place = !self.sessions.iter().any(here) && self.counted() >= LIMIT;
        let expected = match share {
            0 => Ok(()),
            3 => Err(NtStatus::BAD_NETWORK_NAME),
            _ if known.anonymous => Err(NtStatus::ACCESS_DENIED),
            2 if small_used => Err(NtStatus::REQUEST_NOT_ACCEPTED),
            _ if no_place => Err(NtStatus::REQUEST_NOT_ACCEPTED),
            _ => Ok(()),
        };
        let outcome = known.session.tree_connect(&SHARES[share].into());
        assert_eq!(outcome.as_ref().map(drop).map_err(|status| *status), expected);
        if let Ok(tree) = outcome {
            self.sessions[place].trees.push((tree, share));
        }
    }

    async fn disconnect_share(&mut self, session: usize, tree: usize) {
        let Some(place) = self.place(session) else { return };
        let known = &mut self.sessions[place];
        if known.trees.is_empty() {
            return;
        }
        let (tree, _) = known.trees.swap_remove(tree % known.trees.len());
        let closed: Vec<_> = tree.opens().iter().map(|open| open.id()).collect();
        tree.close().await;
        known.durable.retain(|id| !closed.contains(id));
    }

    async fn open_durably(&mut self, session: usize) {
        let Some(place) = self.place(session) else { return };
        self.names += 1;
        let name = NtString::from(format!("f{}", self.names).as_str());
        let known = &mut self.sessions[place];
        let Some((tree, _)) = known.trees.iter().find(|(_, share)| *share == 1) else { return };
        let open = tree.create(params(&name)).await.unwrap().open;
        open.make_resilient(Guid([1; 16]), Duration::from_secs(60)).unwrap();
        known.durable.push(open.id());
    }

    fn come_back(&mut self, session: usize, open: usize) {
        let (Some(place), Some((id, owner))) = (self.place(session), pick(&self.waiting, open).cloned())
        else {
            return;
        };
        let known = &mut self.sessions[place];
        let Some((tree, _)) = known.trees.iter().find(|(_, share)| *share == 1) else { return };
        let claim = Reconnect { id, v2: None, client: Guid([1; 16]), lease: None, name: &"".into() };
        let outcome = tree.reconnect(&claim);
        assert_eq!(outcome.is_ok(), owner == known.user, "{outcome:?}");
        if outcome.is_ok() {
            known.durable.push(id);
            self.waiting.retain(|(waiting, _)| *waiting != id);
        }
    }

    /// A client's LOGOFF, or an administrator's `net session /delete`, after which nothing waits.
    async fn end(&mut self, session: usize, deleted: bool) {
        let Some(place) = self.place(session) else { return };
        let known = self.sessions.swap_remove(place);
        if deleted {
            self.server.close_session(known.session.id()).await;
        } else {
            known.session.leave().await;
            self.waiting.extend(known.durable.iter().map(|id| (*id, known.user.clone())));
        }
    }

    /// As an engine does it when a connection is gone; `suddenly`, everything is only dropped.
    async fn lose(&mut self, connection: usize, suddenly: bool) {
        if self.connections.is_empty() {
            return;
        }
        let entry = self.connections.swap_remove(connection % self.connections.len());
        for known in &mut self.sessions {
            if !known.channels.contains(&entry.id()) {
                continue;
            }
            known.channels.retain(|id| *id != entry.id());
            let any_left = known.session.remove_channel(&entry);
            assert_eq!(any_left, !known.channels.is_empty());
            if !any_left && !suddenly {
                known.session.leave().await;
            }
        }
        let (gone, left) =
            std::mem::take(&mut self.sessions).into_iter().partition(|k| k.channels.is_empty());
        self.sessions = left;
        for known in gone {
            self.waiting.extend(known.durable.iter().map(|id| (*id, known.user.clone())));
        }
    }

    fn place(&self, session: usize) -> Option<usize> {
        (!self.sessions.is_empty()).then(|| session % self.sessions.len())
    }

    /// Every list and every count, against what should be there.
    fn check(&self) {
        let server = &self.server;
        let rows: BTreeSet<_> = server.sessions().iter().map(|session| session.id()).collect();
        let expected: BTreeSet<_> = self.sessions.iter().map(|known| known.session.id()).collect();
        assert_eq!(rows, expected, "what is listed is what is there");
        assert_eq!(server.counted_users(), self.counted(), "what counts is what is connected to a disk");
        assert!(server.counted_users() <= LIMIT);
        let nobodies = server.sessions().iter().filter(|session| session.is_anonymous()).count();
        assert_eq!(server.anonymous_sessions() as usize, nobodies);
        for known in &self.sessions {
            assert_eq!(known.session.is_counted(), known.counts());
            assert_eq!(known.session.channels().len(), known.channels.len());
            assert_eq!(known.session.open_count() as usize, known.durable.len());
        }
        let trees: usize = self.sessions.iter().map(|known| known.trees.len()).sum();
        assert_eq!(server.tree_connects().len(), trees);
        for share in server.shares() {
            let uses = server.tree_connects().iter().filter(|tree| tree.share().name == share.name).count();
            assert_eq!(share.current_uses() as usize, uses, "{}", share.name);
        }
        let held: usize = self.sessions.iter().map(|known| known.durable.len()).sum();
        assert_eq!(server.disconnected_opens(), self.waiting.len());
        assert_eq!(server.open_count(), held + self.waiting.len());
        for entry in &self.connections {
            assert_eq!(entry.session_count() as usize, self.sessions_on(entry.id()));
        }
        assert_eq!(server.connections().len(), self.connections.len());
    }
}

fn pick<T>(list: &[T], place: usize) -> Option<&T> {
    (!list.is_empty()).then(|| &list[place % list.len()])
}

fn params(path: &NtString) -> CreateParams<'_> {
    CreateParams {
        path,
        desired_access: AccessMask::READ_DATA,
        share_access: ShareAccess::empty(),
        disposition: CreateDisposition::OpenIf,
        options: CreateOptions::empty(),
        attributes: FileAttributes::empty(),
        allocation_size: None,
        extended_attributes: Vec::new(),
        posix: None,
        security_descriptor: None,
        cache: CacheRequest::None,
        waits: None,
    }
}

proptest! {
    #[test]
    fn what_is_counted_is_what_is_listed(steps in proptest::collection::vec(step(), 1..120)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut model = Model::new();
            for step in steps {
                model.take(step).await;
                model.check();
            }
            while !model.connections.is_empty() {
                model.lose(0, false).await;
                model.check();
            }
            let server = &model.server;
            prop_assert_eq!((server.counted_users(), server.sessions().len()), (0, 0));
            Ok(())
        })?;
    }
}

use crate::session_slots::{Place, SessionSlot};
use crate::told::refused;
use crate::totals;
use crate::tree_connect::close_all;
use crate::{
    Act, ConnectionEntry, Limits, Server, SessionProtection, TreeConnect, User, UserKind, Weakness, Zone,
};
use lanward_auth::SessionKey;
use lanward_fsa::BreakRoute;
use lanward_nt::{FileTime, NtStatus, NtString};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// A session that is about to be opened: its user has been proved.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// From [`Server::new_session_id`].
    pub id: u64,
    /// Whom it acts for.
    pub user: User,
    /// The client's own name for itself, if it told one.
    pub client_name: NtString,
    /// The connection it came over.
    pub connection: Arc<ConnectionEntry>,
    /// When the proof stops being good.
    pub expiry: Option<FileTime>,
    /// The time.
    pub now: FileTime,
}

/// [MS-SRVS] 3.1.1.8 Per Session. A dialect's engine owns it; dropping it closes everything in it.
#[derive(Debug)]
pub struct Session {
    id: u64,
    server: Arc<Server>,
    user: RwLock<Arc<User>>,
    client_name: Box<[u16]>,
    local: SocketAddr,
    peer: SocketAddr,
    place: Place,
    since: FileTime,
    last_active: AtomicU64,
    expiry: AtomicU64,
    anonymous: bool,
    closed: AtomicBool,
    next_tree: AtomicU32,
    open_count: Arc<AtomicU32>,
    breaks: Arc<BreakRoute>,
    application_key: OnceLock<SessionKey>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    trees: BTreeMap<u32, Arc<TreeConnect>>,
    channels: Vec<Arc<ConnectionEntry>>,
    slot: Option<SessionSlot>,
    protection: SessionProtection,
    /// What was told of what it lacks.
    told: Vec<Weakness>,
}

impl Server {
    /// A session id as it goes to clients and as [MS-SRVS]'s GlobalSessionId: unique, never 0 and never all ones. It fits 32 bits, which is all
    /// that some clients keep of it.
    #[must_use]
    pub fn new_session_id(&self) -> u64 {
        self.sessions.reserve().into()
    }

    /// Opens a session for a user who has been proved, if the zone and the limits let it in.
    ///
    /// # Errors
    /// ACCESS_DENIED: no NULL sessions here; LOGON_FAILURE: no guests here; REQUEST_NOT_ACCEPTED: a limit is reached;
    /// USER_SESSION_DELETED: the id is in use.
    pub fn open_session(self: &Arc<Self>, new: NewSession) -> Result<Arc<Session>, NtStatus> {
        let who = self.has_audience().then(|| (new.user.clone(), new.connection.peer()));
        let anonymous = new.user.kind == UserKind::Anonymous;
        let opened = self.admit_session(new);
        if let Err(status) = opened {
            self.totals.refuse(totals::of_session(status, anonymous));
        }
        match (&opened, who) {
            (Ok(session), _) => session.tell_opened(),
            (Err(status), Some((user, peer))) => self.event(refused(&user, peer, *status)),
            (Err(_), None) => {}
        }
        opened
    }

    fn admit_session(self: &Arc<Self>, new: NewSession) -> Result<Arc<Session>, NtStatus> {
        let settings = self.settings();
        let zone = settings.zone_of(new.connection.local(), new.connection.peer());
        let anonymous = new.user.kind == UserKind::Anonymous;
        zone.may(&new.user, Act::LogOn)?;
        if self.session(new.id).is_some() {
            return Err(NtStatus::USER_SESSION_DELETED);
        }
        new.connection.enter_session(settings.limits.sessions_per_connection, anonymous)?;
        if anonymous && let Err(status) = self.enter_anonymous(new.connection.peer(), &settings.limits) {
            new.connection.leave_session(true);
            return Err(status);
        }
        let breaks = Arc::new(BreakRoute::new(&self.orphans));
        breaks.add(new.connection.breaks());
        let session = Arc::new(Session {
            id: new.id,
            server: Arc::clone(self),
            user: RwLock::new(Arc::new(new.user)),
            client_name: new.client_name.0.into_boxed_slice(),
            local: new.connection.local(),
            peer: new.connection.peer(),
            place: Place { address: new.connection.peer().ip(), client: new.connection.client_guid() },
            since: new.now,
            last_active: AtomicU64::new(new.now.0),
            expiry: AtomicU64::new(new.expiry.map_or(u64::MAX, |t| t.0)),
            anonymous,
            closed: AtomicBool::new(false),
            next_tree: AtomicU32::new(1),
            open_count: Arc::default(),
            breaks,
            application_key: OnceLock::new(),
            state: Mutex::new(State { channels: vec![new.connection], ..State::default() }),
        });
        self.sessions.insert(session.global_id(), &session);
        self.counters.sessions_opened.add(1);
        Ok(session)
    }

    /// Counts one more NULL session, if neither all of them nor those of its address are too many or too frequent (behaviour 1.5).
    fn enter_anonymous(&self, peer: SocketAddr, limits: &Limits) -> Result<(), NtStatus> {
        let (address, now) = (peer.ip().to_canonical(), Instant::now());
        if !self.anonymous_rates.take(address, limits.anonymous_logons_per_minute, now) {
            return Err(NtStatus::REQUEST_NOT_ACCEPTED);
        }
        let (total, own) = (limits.anonymous_sessions, limits.anonymous_sessions_per_address);
        self.anonymous_sessions.enter(address, total, own).map_err(|_| NtStatus::REQUEST_NOT_ACCEPTED)
    }

    /// NULL sessions there are.
    #[must_use]
    pub fn anonymous_sessions(&self) -> u32 {
        self.anonymous_sessions.total()
    }

    /// The sessions there are.
    #[must_use]
    pub fn sessions(&self) -> Vec<Arc<Session>> {
        self.sessions.snapshot()
    }

    /// The session with this id ([`Session::id`]).
    #[must_use]
    pub fn session(&self, id: u64) -> Option<Arc<Session>> {
        self.sessions.find((id & 0xffff_ffff) as u32).filter(|s| s.id == id)
    }

    /// Closes a session, whoever owns it; its owner finds it closed.
    pub async fn close_session(&self, id: u64) {
        if let Some(session) = self.session(id) {
            session.close().await;
        }
    }
}

impl Session {
    /// Keeps the key that protocols over pipes use ([MS-SMB2] 3.3.5.5.3 Session.ApplicationKey). It never changes once it is there.
    pub fn keep_application_key(&self, key: SessionKey) {
        // A session is proved once; who proves it again keeps the keys.
        let _kept = self.application_key.set(key);
    }

    /// The key that protocols over pipes use; `None` for sessions that have no key.
    #[must_use]
    pub fn application_key(&self) -> Option<&SessionKey> {
        self.application_key.get()
    }

    /// The id clients know.
    #[must_use]
    pub const fn id(&self) -> u64 {
        self.id
    }

    /// [MS-SRVS] GlobalSessionId.
    #[must_use]
    pub const fn global_id(&self) -> u32 {
        (self.id & 0xffff_ffff) as u32
    }

    /// The server.
    #[must_use]
    pub const fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// Whom it acts for.
    #[must_use]
    pub fn user(&self) -> Arc<User> {
        Arc::clone(&self.user.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// What the client calls itself; empty if it did not say.
    #[must_use]
    pub fn client_name(&self) -> NtString {
        NtString(self.client_name.to_vec())
    }

    /// The server's address it was set up at.
    #[must_use]
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// The client's address it was set up from.
    #[must_use]
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The zone it is in now.
    #[must_use]
    pub fn zone(&self) -> Arc<Zone> {
        self.server.zone_of(self.local, self.peer)
    }

    /// Whether it is one of SMB1, which has one connection.
    fn is_smb1(&self) -> bool {
        self.lock().channels.first().is_some_and(|connection| connection.is_smb1())
    }

    /// When it was opened.
    #[must_use]
    pub const fn since(&self) -> FileTime {
        self.since
    }

    /// Notes that a request came.
    pub fn touch(&self, now: FileTime) {
        self.last_active.store(now.0, Ordering::Relaxed);
    }

    /// How long no request has come.
    #[must_use]
    pub fn idle(&self, now: FileTime) -> Duration {
        let ticks = now.0.saturating_sub(self.last_active.load(Ordering::Relaxed));
        Duration::from_micros(ticks / 10)
    }

    /// When the user's proof stops being good.
    #[must_use]
    pub fn expiry(&self) -> Option<FileTime> {
        let expiry = self.expiry.load(Ordering::Relaxed);
        (expiry != u64::MAX).then_some(FileTime(expiry))
    }

    /// Whether the user must prove itself anew ([MS-SMB2] 3.3.5.2.9: NETWORK_SESSION_EXPIRED).
    #[must_use]
    pub fn is_expired(&self, now: FileTime) -> bool {
        now.0 >= self.expiry.load(Ordering::Relaxed)
    }

    /// Notes that the user has proved itself anew. What is connected stays as it is.
    ///
    /// # Errors
    /// ACCESS_DENIED: it is somebody else.
    pub fn renew(&self, user: User, expiry: Option<FileTime>) -> Result<(), NtStatus> {
        let mut current = self.user.write().unwrap_or_else(PoisonError::into_inner);
        if current.sid != user.sid || current.kind != user.kind {
            return Err(NtStatus::ACCESS_DENIED);
        }
        *current = Arc::new(user);
        self.expiry.store(expiry.map_or(u64::MAX, |t| t.0), Ordering::Relaxed);
        Ok(())
    }

    /// What it demands of its requests.
    #[must_use]
    pub fn protection(&self) -> SessionProtection {
        self.lock().protection
    }

    /// Notes what it demands of its requests, as its user has just proved itself.
    pub fn set_protection(&self, protection: SessionProtection) {
        self.lock().protection = protection;
        self.tell_weaknesses();
    }

    /// Those of `weaknesses` that nobody has been told of.
    pub(crate) fn note_weaknesses(&self, mut weaknesses: Vec<Weakness>) -> Vec<Weakness> {
        let told = &mut self.lock().told;
        weaknesses.retain(|weakness| !told.contains(weakness));
        told.extend_from_slice(&weaknesses);
        weaknesses
    }

    /// Whether it acts for the guest account.
    #[must_use]
    pub fn is_guest(&self) -> bool {
        self.user().kind == UserKind::Guest
    }

    /// Whether it is a NULL session.
    #[must_use]
    pub const fn is_anonymous(&self) -> bool {
        self.anonymous
    }

    /// Whether it was closed, by its client or by somebody else.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Opens it has, in all its trees.
    #[must_use]
    pub fn open_count(&self) -> u32 {
        self.open_count.load(Ordering::Relaxed)
    }

    /// The connections it can be used over.
    #[must_use]
    pub fn channels(&self) -> Vec<Arc<ConnectionEntry>> {
        self.lock().channels.clone()
    }

    /// Ends it if its user's account was switched off, removed or demoted after it was looked up: whoever did that has ended the sessions there
    /// were, and this one came into the list just after.
    ///
    /// # Errors
    /// ACCOUNT_DISABLED
    pub async fn confirm(&self) -> Result<(), NtStatus> {
        if !self.server.is_barred(&self.user()) {
            return Ok(());
        }
        self.close().await;
        Err(NtStatus::ACCOUNT_DISABLED)
    }

    /// Binds one more connection ([MS-SMB2] 3.3.5.5.2).
    ///
    /// # Errors
    /// INSUFFICIENT_RESOURCES: the session has as many channels as it may; REQUEST_NOT_ACCEPTED: the connection has as many sessions as it may, or
    /// has this one; USER_SESSION_DELETED.
    pub fn add_channel(&self, connection: Arc<ConnectionEntry>) -> Result<(), NtStatus> {
        let mut state = self.lock();
        if self.is_closed() {
            return Err(NtStatus::USER_SESSION_DELETED);
        }
        let limits = &self.server.settings().limits;
        if state.channels.len() >= limits.channels_per_session as usize {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        if state.channels.iter().any(|c| Arc::ptr_eq(c, &connection)) {
            return Err(NtStatus::REQUEST_NOT_ACCEPTED);
        }
        connection.enter_session(limits.sessions_per_connection, self.anonymous)?;
        self.breaks.add(connection.breaks());
        state.channels.push(connection);
        Ok(())
    }

    /// Takes a connection away and answers whether any is left.
    pub fn remove_channel(&self, connection: &Arc<ConnectionEntry>) -> bool {
        let mut state = self.lock();
        let found = state.channels.iter().position(|c| Arc::ptr_eq(c, connection));
        let removed = found.map(|i| state.channels.swap_remove(i));
        let any_left = !state.channels.is_empty();
        drop(state);
        if let Some(connection) = removed {
            self.breaks.remove(connection.breaks());
            connection.leave_session(self.anonymous);
        }
        any_left
    }

    /// Looks up whom the user is on this machine, if a share wants to know: the machine may take its time, and has answered when
    /// [`Session::tree_connect`] asks again.
    pub async fn look_up_identity(&self, share: &NtString) {
        let Some(users) = self.server.find_share(share).and_then(|share| share.unix.clone()) else { return };
        let user = self.user();
        // It fails only when the runtime ends.
        let _ = lanward_fsa::blocking(move || {
            users.look_up(&user);
            Ok(())
        })
        .await;
    }

    /// Connects to a share by its bare name.
    ///
    /// # Errors
    /// BAD_NETWORK_NAME: no such share, or none that the zone shows; ACCESS_DENIED: not for this user; REQUEST_NOT_ACCEPTED: the share
    /// or the server is full; INSUFFICIENT_RESOURCES: the session has as many trees as it may; USER_SESSION_DELETED; SHARING_PAUSED: the server
    /// is paused and the user no administrator ([MS-CIFS] 3.3.5.45).
    pub fn tree_connect(self: &Arc<Self>, share: &NtString) -> Result<Arc<TreeConnect>, NtStatus> {
        let connected = self.connect_share(share);
        let connected = connected.and_then(|tree| self.give_back(&tree).map(|()| tree));
        if connected.as_ref().is_err_and(|status| *status == NtStatus::ACCESS_DENIED) {
            self.server.counters.permission_errors.add(1);
        }
        if let Err(status) = connected {
            self.server.totals.refuse(totals::of_share(status));
        }
        self.tell_connected(share, connected.as_ref().map(drop).map_err(|status| *status));
        connected
    }

    fn connect_share(self: &Arc<Self>, share: &NtString) -> Result<Arc<TreeConnect>, NtStatus> {
        let user = self.user();
        if self.server.is_paused() && !user.is_admin {
            return Err(NtStatus::SHARING_PAUSED);
        }
        let share = self.server.find_share(share).ok_or(NtStatus::BAD_NETWORK_NAME)?;
        let zone = self.zone();
        if !share.is_shown_in(&zone) {
            return Err(NtStatus::BAD_NETWORK_NAME);
        }
        if share.is_ipc() {
            zone.may(&user, Act::ConnectIpc)?;
        }
        let mut by = share.security_context(&user, zone.opens_to_nobody(&share.name))?;
        by.auditor = Some(self.auditor(&share));
        by.write_time_delay = zone.write_time_delay.filter(|_| self.is_smb1());
        let by = Arc::new(by);
        let limit = self.server.settings().limits.trees_per_session;
        let mut state = self.lock();
        if self.is_closed() {
            return Err(NtStatus::USER_SESSION_DELETED);
        }
        if state.trees.len() >= limit as usize {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        // The share's limit first: a share that is full must not take one of the server's slots (behaviours 1.7 and 1.30).
        let share_use = share.enter()?;
        if !share.is_ipc() && !self.anonymous && state.slot.is_none() {
            state.slot = Some(SessionSlot::take(&self.server, self.place, &user.sid)?);
        }
        let global_id = self.server.trees.reserve();
        let id = self.next_tree_id(&state.trees);
        let tree = Arc::new(TreeConnect {
            id,
            global_id,
            server: Arc::clone(&self.server),
            session: Arc::downgrade(self),
            user,
            share: share_use,
            by,
            // The request that connects is the session's latest.
            since: FileTime(self.last_active.load(Ordering::Relaxed)),
            session_opens: Arc::clone(&self.open_count),
            closed: AtomicBool::new(false),
            opens: Mutex::default(),
        });
        state.trees.insert(id, Arc::clone(&tree));
        self.server.trees.insert(global_id, &tree);
        Ok(tree)
    }

    /// Gives back a tree connect that came into the list after whoever took its share away had ended those that were there.
    fn give_back(&self, tree: &TreeConnect) -> Result<(), NtStatus> {
        let share = tree.share();
        if self.server.find_share(&share.name).is_some_and(|there| there.is_same(share)) {
            return Ok(());
        }
        // Nobody has it yet: there is nothing open in it.
        drop(tree.end());
        self.forget(tree.id());
        Err(NtStatus::BAD_NETWORK_NAME)
    }

    fn next_tree_id(&self, trees: &BTreeMap<u32, Arc<TreeConnect>>) -> u32 {
        loop {
            let id = self.next_tree.fetch_add(1, Ordering::Relaxed);
            if id != 0 && id != u32::MAX && !trees.contains_key(&id) {
                return id;
            }
        }
    }

    /// Where the breaks of its oplocks go: its channels, in their order. Whoever binds another adds that one's queue.
    #[must_use]
    pub const fn breaks(&self) -> &Arc<BreakRoute> {
        &self.breaks
    }

    /// The shares it is connected to.
    #[must_use]
    pub fn trees(&self) -> Vec<Arc<TreeConnect>> {
        self.lock().trees.values().cloned().collect()
    }

    /// Ends the conversations of its pipes that nobody has used for so long.
    pub fn hang_up_idle_pipes(&self, limit: Duration) {
        for open in self.trees().iter().filter(|tree| tree.is_ipc()).flat_map(|tree| tree.opens()) {
            if let Some(pipe) = open.pipe() {
                pipe.hang_up_if_idle(limit);
            }
        }
    }

    /// Gives back the devices that nobody has used for as long as their shares allow. What was open of them is of no use any more.
    pub fn give_back_idle_devices(&self) {
        let trees = self.trees();
        for open in trees.iter().filter(|tree| tree.share().device().is_some()).flat_map(|tree| tree.opens())
        {
            if let Some(device) = open.device().filter(|device| device.is_idle()) {
                open.give_back(device);
            }
        }
    }

    /// Whether it counts for the limit of users: it does while it is connected to anything but `IPC$`.
    #[must_use]
    pub fn is_counted(&self) -> bool {
        self.lock().slot.is_some()
    }

    pub(crate) fn forget(&self, tree: u32) {
        let mut state = self.lock();
        let forgotten = state.trees.remove(&tree);
        // A place nobody uses any more is free at once.
        let slot = if state.trees.values().all(|tree| tree.is_ipc()) { state.slot.take() } else { None };
        drop(state);
        drop((forgotten, slot));
    }

    /// Ends it: closes every tree connect and open and gives back whatever it counted for. Doing it again does nothing.
    pub async fn close(&self) {
        let Some(state) = self.end() else { return };
        for tree in state.trees.into_values() {
            tree.close().await;
        }
    }

    /// Ends it because its client is gone or logs off: opens that wait for their client are kept, all others closed ([MS-SMB2] 3.3.5.6,
    /// 3.3.7.1). Doing it again does nothing.
    pub async fn leave(&self) {
        let Some(state) = self.end() else { return };
        // All that is kept can be come back for before the first of the others is closed.
        let opens: Vec<_> = state.trees.values().flat_map(|tree| tree.leave()).collect();
        close_all(opens).await;
    }

    /// Takes the session out of every list and count; what is left is its trees.
    fn end(&self) -> Option<State> {
        let mut state = {
            let mut state = self.lock();
            if self.closed.swap(true, Ordering::AcqRel) {
                return None;
            }
            std::mem::take(&mut *state)
        };
        self.server.sessions.remove(self.global_id());
        if self.anonymous {
            self.server.anonymous_sessions.leave(self.peer.ip().to_canonical());
        }
        for channel in state.channels.drain(..) {
            self.breaks.remove(channel.breaks());
            channel.leave_session(self.anonymous);
        }
        state.slot = None;
        self.tell_ended();
        Some(state)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // A tree that somebody still holds must not outlive its session's end.
        let trees = self.end().map(|state| state.trees).unwrap_or_default();
        for tree in trees.into_values() {
            drop(tree.leave());
        }
    }
}

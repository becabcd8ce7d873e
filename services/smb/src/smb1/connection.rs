//! [MS-CIFS] 3.3.1.3 Per SMB Connection: what all requests of a connection share.

use super::ids::Ids;
use super::searches::Searches;
use super::session::{OpenEntry, Place, Session, Tree, TreeEntry};
use super::signing::Signing;
use super::status::SMB_BAD_TID;
use super::transactions;
use super::unit::Unit;
use crate::{Service, logon};
use lanward_auth::SpnegoAcceptor;
use lanward_nt::{NtStatus, NtString};
use lanward_server::{ConnectionEntry, TreeConnect, Zone};
use lanward_smb1::Dialect;
use lanward_smb1::messages::Capabilities;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// MaxBufferSize of the dialects before NT LM 0.12: the longest message that is not a large read, in bytes.
pub(crate) const MAX_BUFFER_SIZE: u16 = 0x4104;

/// The same of NT LM 0.12, where some clients that sign write no more than this at a time, whatever the capabilities say: as much as Windows can be told to take.
pub(crate) const NT_MAX_BUFFER_SIZE: u16 = u16::MAX;

/// The longest message of all: a large write of 64 KiB and what is around it. A length in front of a message on port 139 has 17 bits.
const MAX_FRAME: usize = 0x1_ffff;

/// TIDs of one connection. How many of them are in use at once is the session's to limit.
const MAX_TREES: usize = 1024;

/// One client connection that speaks SMB1.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) service: Arc<Service>,
    pub(crate) entry: Arc<ConnectionEntry>,
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
    negotiated: OnceLock<Negotiated>,
    client: OnceLock<Client>,
    signing: Mutex<Signing>,
    sessions: Mutex<Ids<Place>>,
    trees: Mutex<Ids<TreeEntry>>,
    opens: Mutex<Ids<Arc<OpenEntry>>>,
    searches: Mutex<Searches>,
    pending: Mutex<Vec<Arc<Unit>>>,
    pub(crate) transactions: transactions::State,
    authentications: Mutex<HashMap<u16, Authentication>>,
    logged_on: AtomicBool,
    /// Logons refused.
    refused: AtomicU32,
}

/// A SESSION_SETUP_ANDX exchange that is not done.
#[derive(Debug)]
pub(crate) struct Authentication {
    pub(crate) acceptor: SpnegoAcceptor,
    /// The session whose user proves again who it is.
    pub(crate) renews: Option<Arc<Session>>,
    /// Where it is in the order in which they were begun.
    pub(crate) number: u32,
}

/// What NEGOTIATE settled.
#[derive(Debug)]
pub(crate) struct Negotiated {
    pub(crate) dialect: Dialect,
    /// NTLMChallenge
    pub(crate) challenge: [u8; 8],
    /// Users prove themselves with SPNEGO.
    pub(crate) extended_security: bool,
    /// What the server said it can.
    pub(crate) capabilities: Capabilities,
    /// Clients are no users: who connects to a share knows its password ([MS-CIFS] 3.3.1.1 Server.ShareLevelAuthentication).
    pub(crate) share_level: bool,
}

/// What the first SESSION_SETUP_ANDX said of the client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    /// ClientMaxBufferSize: the longest message it takes, in bytes.
    pub(crate) max_buffer_size: u16,
    pub(crate) capabilities: Capabilities,
}

impl Connection {
    pub(crate) fn new(
        service: Arc<Service>,
        entry: Arc<ConnectionEntry>,
        local: SocketAddr,
        peer: SocketAddr,
    ) -> Self {
        Self {
            service,
            entry,
            local,
            peer,
            negotiated: OnceLock::new(),
            client: OnceLock::new(),
            signing: Mutex::default(),
            sessions: Mutex::default(),
            trees: Mutex::default(),
            opens: Mutex::default(),
            searches: Mutex::default(),
            pending: Mutex::default(),
            transactions: transactions::State::default(),
            authentications: Mutex::default(),
            logged_on: AtomicBool::new(false),
            refused: AtomicU32::new(0),
        }
    }

    /// The floor this connection stands on now.
    pub(crate) fn zone(&self) -> Arc<Zone> {
        self.service.server.zone_of(self.local, self.peer)
    }

    pub(crate) fn negotiated(&self) -> Option<&Negotiated> {
        self.negotiated.get()
    }

    /// Settles the negotiation; `false` if it already was.
    pub(crate) fn settle(&self, negotiated: Negotiated) -> bool {
        self.negotiated.set(negotiated).is_ok()
    }

    /// Whether somebody with a name is logged on here now: only then are long messages taken.
    pub(crate) fn is_trusted(&self) -> bool {
        self.entry.named_sessions() > 0
    }

    /// Whether anybody ever logged on here.
    pub(crate) fn has_logged_on(&self) -> bool {
        self.logged_on.load(Ordering::Relaxed)
    }

    /// Notes a refused logon; `false` when there were so many that nobody wants to read of one more.
    pub(crate) fn note_refusal(&self) -> bool {
        self.refused.fetch_add(1, Ordering::Relaxed) < logon::REFUSALS_TOLD
    }

    /// The longest message the client may send now, in bytes.
    pub(crate) fn max_frame(&self) -> usize {
        let unauthenticated = self.service.config.max_unauthenticated_frame;
        if self.is_trusted() { MAX_FRAME.max(unauthenticated) } else { unauthenticated }
    }

    /// Whether what a user asks for is executed only when it is signed, by the policy of this moment.
    pub(crate) fn must_sign(&self, uid: u16) -> bool {
        let named = self.session(uid).filter(|session| session.is_named());
        named.is_some_and(|session| self.zone().signing_required || session.core.demand().signing)
    }

    /// The same of what nobody in particular asks for.
    pub(crate) fn must_sign_all(&self) -> bool {
        self.is_trusted() && self.zone().signing_required
    }

    /// What the client is; of one that has not said it, what every client of the oldest dialect can.
    pub(crate) fn client(&self) -> Client {
        const OLDEST: Client =
            Client { max_buffer_size: 1024, capabilities: Capabilities::from_bits_retain(0) };
        self.client.get().copied().unwrap_or(OLDEST)
    }

    /// Notes what the client says of itself, the first time.
    pub(crate) fn set_client(&self, client: Client) {
        self.client.set(client).ok();
    }

    pub(crate) fn signing(&self) -> MutexGuard<'_, Signing> {
        lock(&self.signing)
    }

    /// Exchanges that are not done, by their UIDs.
    pub(crate) fn authentications(&self) -> MutexGuard<'_, HashMap<u16, Authentication>> {
        lock(&self.authentications)
    }

    /// A session by its UID.
    pub(crate) fn session(&self, uid: u16) -> Option<Arc<Session>> {
        self.sessions().get(uid).and_then(Place::session).cloned()
    }

    /// The UID of an exchange that goes on: the one it has, or a new one; `None`: there are no more.
    pub(crate) fn reserve_uid(&self, uid: u16) -> Option<u16> {
        let mut sessions = self.sessions();
        match sessions.get(uid) {
            Some(Place::Reserved) => Some(uid),
            _ => sessions.insert_with(|_| Place::Reserved),
        }
    }

    /// An exchange came to nothing.
    pub(crate) fn free_uid(&self, uid: u16) {
        let mut sessions = self.sessions();
        if matches!(sessions.get(uid), Some(Place::Reserved)) {
            sessions.remove(uid);
        }
    }

    /// Gives a session that has just been opened its UID: the one its exchange had, if it had one. `None`: there are no more.
    pub(crate) fn enter(&self, uid: u16, core: Arc<lanward_server::Session>) -> Option<Arc<Session>> {
        self.logged_on.store(true, Ordering::Relaxed);
        let mut sessions = self.sessions();
        let place = |uid| Place::Taken(Arc::new(Session { uid, core }));
        let uid = match sessions.get_mut(uid) {
            Some(reserved @ Place::Reserved) => {
                *reserved = place(uid);
                uid
            }
            _ => sessions.insert_with(place)?,
        };
        sessions.get(uid).and_then(Place::session).cloned()
    }

    /// Ends a session with all it has here. The TIDs it used stay, for other users of the connection.
    pub(crate) async fn end_session(&self, session: &Session) {
        let gone = (self.sessions().remove(session.uid), self.authentications().remove(&session.uid));
        let mut trees = Vec::new();
        for entry in self.trees().values_mut() {
            trees.extend(entry.trees.remove(&session.uid));
        }
        let opens = self.opens().take(|e| e.uid == session.uid);
        self.transactions.end_session(session.uid);
        let searches = self.searches().take(|s| s.uid == session.uid);
        session.core.close().await;
        drop((gone, trees, opens, searches));
    }

    /// Forgets sessions that somebody else has closed, and answers the others.
    pub(crate) async fn end_closed_sessions(&self) -> Vec<Arc<Session>> {
        let all: Vec<_> = self.sessions().values().filter_map(Place::session).cloned().collect();
        let (closed, open): (Vec<_>, Vec<_>) = all.into_iter().partition(|s| s.core.is_closed());
        for session in closed {
            self.end_session(&session).await;
        }
        open
    }

    /// Gives a tree connect its TID. `None`: there are too many.
    pub(crate) fn enter_tree(
        &self,
        session: &Arc<Session>,
        share: NtString,
        core: Arc<TreeConnect>,
    ) -> Option<Arc<Tree>> {
        let mut entries = self.trees();
        if entries.len() >= MAX_TREES {
            // Those that nobody is logged on to use any more make room.
            drop(entries.take(|entry| entry.any().is_none()));
        }
        if entries.len() >= MAX_TREES {
            return None;
        }
        let entry = |tid| {
            let tree = Arc::new(Tree { tid, session: Arc::clone(session), core });
            TreeEntry { share, trees: HashMap::from([(session.uid, tree)]) }
        };
        let tid = entries.insert_with(entry)?;
        entries.get(tid).and_then(TreeEntry::any).cloned()
    }

    /// The tree connect of a user by its TID: one that another user made is the same share, as far as that lets in this one.
    ///
    /// # Errors
    /// SMB_BAD_TID; as [`Connection::connect_share`].
    pub(crate) async fn tree(&self, tid: u16, session: &Arc<Session>) -> Result<Arc<Tree>, NtStatus> {
        let share = {
            let entries = self.trees();
            let entry = entries.get(tid).ok_or(SMB_BAD_TID)?;
            if let Some(tree) = entry.tree(session.uid) {
                return Ok(Arc::clone(tree));
            }
            entry.share.clone()
        };
        let core = self.connect_share(session, &share).await?;
        let tree = Arc::new(Tree { tid, session: Arc::clone(session), core });
        let entered = self.trees().get_mut(tid).map(|entry| {
            // Another request of the same user may have been faster: what it opens ends with the tree connect that is in the list.
            let there = entry.tree(session.uid).cloned();
            there.unwrap_or_else(|| {
                entry.trees.insert(session.uid, Arc::clone(&tree));
                Arc::clone(&tree)
            })
        });
        if !entered.as_ref().is_some_and(|entered| Arc::ptr_eq(entered, &tree)) {
            tree.core.close().await;
        }
        entered.ok_or(SMB_BAD_TID)
    }

    /// Connects a session to a share, unless that takes encrypted requests only, or signed ones and this connection does not sign.
    ///
    /// # Errors
    /// ACCESS_DENIED; what [`lanward_server::Session::tree_connect`] says.
    pub(crate) async fn connect_share(
        &self,
        session: &Session,
        share: &NtString,
    ) -> Result<Arc<TreeConnect>, NtStatus> {
        let shown = self.service.shown_share(&self.zone(), share);
        let signs = session.is_named() && self.signing().is_active();
        if shown.is_some_and(|share| share.encrypt || (share.is_hardened() && !signs)) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        session.core.look_up_identity(share).await;
        session.core.tree_connect(share)
    }

    /// Disconnects a TID with all that is open in it, whoever used it; `false`: there is none.
    pub(crate) async fn end_tree(&self, tid: u16) -> bool {
        let Some(entry) = self.trees().remove(tid) else { return false };
        self.transactions.end_tree(tid);
        let (opens, searches) = (self.opens().take(|e| e.tid == tid), self.searches().take(|s| s.tid == tid));
        let alone = self.negotiated().is_some_and(|n| n.share_level);
        for tree in entry.trees.values() {
            tree.core.close().await;
            if alone {
                // It stood for nothing but this.
                self.end_session(&tree.session).await;
            }
        }
        drop((opens, searches));
        true
    }

    /// The connection is gone, and all that it had.
    pub(crate) async fn close(&self) {
        let trees = self.trees().take(|_| true);
        let opens = self.opens().take(|_| true);
        let sessions = self.sessions().take(|_| true);
        for session in sessions.iter().filter_map(Place::session) {
            session.core.close().await;
        }
        drop((trees, opens));
    }

    /// UIDs.
    pub(crate) fn sessions(&self) -> MutexGuard<'_, Ids<Place>> {
        lock(&self.sessions)
    }

    /// TIDs.
    pub(crate) fn trees(&self) -> MutexGuard<'_, Ids<TreeEntry>> {
        lock(&self.trees)
    }

    /// Listings that SMB_COM_SEARCH and SMB_COM_FIND go on with.
    pub(crate) fn searches(&self) -> MutexGuard<'_, Searches> {
        lock(&self.searches)
    }

    /// [MS-CIFS] 3.3.1.3 PendingRequestTable: requests that wait.
    pub(crate) fn pending(&self) -> MutexGuard<'_, Vec<Arc<Unit>>> {
        lock(&self.pending)
    }

    /// FIDs.
    pub(crate) fn opens(&self) -> MutexGuard<'_, Ids<Arc<OpenEntry>>> {
        lock(&self.opens)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

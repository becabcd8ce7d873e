//! [MS-SMB2] 3.3.1.7 Per Transport Connection: what all requests of a connection share.

use super::clients::ClientUse;
use super::session::OpenEntry;
use super::{Channel, Ids, Session};
use crate::{Service, logon};
use lanward_auth::SpnegoAcceptor;
use lanward_fsa::LeaseTable;
use lanward_nt::{Guid, NtStatus};
use lanward_server::{ConnectionEntry, Zone};
use lanward_smb2::messages::{Capabilities, SecurityMode};
use lanward_smb2::{
    Cipher, Compression, Dialect, Header, MessageId, PreauthHash, SequenceWindow, SessionId, SigningAlgorithm,
};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// Sessions a connection has before those that somebody else closed are forgotten. Until then their keys answer that they are gone.
const CLOSED_KEPT: usize = 64;

/// One client connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) service: Arc<Service>,
    pub(crate) entry: Arc<ConnectionEntry>,
    pub(crate) local: SocketAddr,
    pub(crate) peer: SocketAddr,
    negotiated: OnceLock<Negotiated>,
    /// Connection.PreauthIntegrityHashValue
    preauth: Mutex<PreauthHash>,
    window: Mutex<SequenceWindow>,
    channels: Mutex<Ids<u64, Arc<Channel>>>,
    authentications: Mutex<Ids<u64, Authentication>>,
    logged_on: AtomicBool,
    /// The client's place among those who speak one dialect.
    client: OnceLock<ClientUse>,
    /// Logons refused.
    refused: AtomicU32,
}

/// What NEGOTIATE settled.
#[derive(Debug)]
pub(crate) struct Negotiated {
    pub(crate) dialect: Dialect,
    pub(crate) client_guid: Guid,
    pub(crate) client_security_mode: SecurityMode,
    pub(crate) client_capabilities: Capabilities,
    /// The dialects the client offered, for FSCTL_VALIDATE_NEGOTIATE_INFO.
    pub(crate) client_dialects: Vec<u16>,
    pub(crate) capabilities: Capabilities,
    pub(crate) security_mode: SecurityMode,
    pub(crate) cipher: Option<Cipher>,
    pub(crate) signing: SigningAlgorithm,
    /// How messages may be compressed, if the client can do so at all.
    pub(crate) compression: Option<Arc<Compression>>,
    pub(crate) max_transfer: u32,
    /// The client speaks the SMB3 POSIX extensions, and may.
    pub(crate) posix: bool,
}

/// A SESSION_SETUP exchange that is not done.
#[derive(Debug)]
pub(crate) struct Authentication {
    pub(crate) acceptor: SpnegoAcceptor,
    pub(crate) preauth: PreauthHash,
    pub(crate) purpose: Purpose,
    /// Where it is in the order in which they were begun.
    pub(crate) number: u32,
}

/// What a SESSION_SETUP exchange comes to.
#[derive(Debug, Clone)]
pub(crate) enum Purpose {
    /// A new session.
    Establish,
    /// A session's user proves again who it is.
    Renew(Arc<Session>),
    /// One more channel of a session.
    Bind(Arc<Session>),
}

impl Connection {
    pub(crate) fn new(
        service: Arc<Service>,
        entry: Arc<ConnectionEntry>,
        local: SocketAddr,
        peer: SocketAddr,
    ) -> Self {
        let window = SequenceWindow::new(service.config.max_credits);
        Self {
            service,
            entry,
            local,
            peer,
            negotiated: OnceLock::new(),
            preauth: Mutex::default(),
            window: Mutex::new(window),
            channels: Mutex::default(),
            authentications: Mutex::default(),
            logged_on: AtomicBool::new(false),
            client: OnceLock::new(),
            refused: AtomicU32::new(0),
        }
    }

    /// The floor this connection stands on now.
    pub(crate) fn zone(&self) -> Arc<Zone> {
        self.service.server.zone_of(self.local, self.peer)
    }

    /// Whether it is a NetBIOS session, whose frames are short.
    pub(crate) fn is_netbios(&self) -> bool {
        self.entry.netbios_session().is_some()
    }

    pub(crate) fn negotiated(&self) -> Option<&Negotiated> {
        self.negotiated.get()
    }

    /// Settles the negotiation; `false` if it already was.
    pub(crate) fn settle(&self, negotiated: Negotiated) -> bool {
        self.negotiated.set(negotiated).is_ok()
    }

    /// Adds NEGOTIATE's messages to the chain.
    pub(crate) fn extend_preauth(&self, messages: &[&[u8]]) {
        let mut preauth = self.preauth.lock().unwrap_or_else(PoisonError::into_inner);
        messages.iter().for_each(|m| preauth.update(m));
    }

    /// The chain a session's own starts from.
    pub(crate) fn preauth(&self) -> PreauthHash {
        *self.preauth.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether somebody with a name is logged on here now: only then are long frames taken.
    pub(crate) fn is_trusted(&self) -> bool {
        self.entry.named_sessions() > 0
    }

    /// Whether anybody ever logged on here.
    pub(crate) fn has_logged_on(&self) -> bool {
        self.logged_on.load(Ordering::Relaxed)
    }

    /// Verifies that the client speaks no other dialect elsewhere ([MS-SMB2] 3.3.5.5.3).
    pub(crate) fn enlist_client(&self, negotiated: &Negotiated) -> Result<(), NtStatus> {
        if negotiated.dialect == Dialect::V2_0_2 || self.client.get().is_some() {
            return Ok(());
        }
        let place = self.service.clients.enter(negotiated.client_guid, negotiated.dialect)?;
        self.client.set(place).ok();
        Ok(())
    }

    /// Notes a refused logon; `false` when there were so many that nobody wants to read of one more.
    pub(crate) fn note_refusal(&self) -> bool {
        self.refused.fetch_add(1, Ordering::Relaxed) < logon::REFUSALS_TOLD
    }

    /// The longest frame the client may send now.
    pub(crate) fn max_frame(&self) -> usize {
        let config = &self.service.config;
        if !self.is_trusted() {
            return config.max_unauthenticated_frame;
        }
        // [MS-SMB2] 3.3.5.2.1.1: what may be sealed is a whole compound of one large write.
        let max = self.negotiated().map_or(0, |n| n.max_transfer);
        max as usize + 0x1_0000
    }

    /// The message a compressed one stands for; `None` disconnects. Nobody gets more memory by compressing than by sending it as it is.
    pub(crate) fn decompress(&self, frame: &[u8]) -> Option<Vec<u8>> {
        let negotiated = self.negotiated()?;
        let unauthenticated = u32::try_from(self.service.config.max_unauthenticated_frame).ok()?;
        let largest = if self.is_trusted() { negotiated.max_transfer } else { unauthenticated };
        negotiated.compression.as_ref()?.decompress_message(frame, largest).ok()
    }

    /// Takes a request's ids out of the window ([MS-SMB2] 3.3.5.2.3); `false` disconnects.
    pub(crate) fn consume(&self, header: &Header) -> bool {
        self.window().consume(header.message_id, self.charge(header)).is_ok()
    }

    /// The credits a response to `header` grants.
    pub(crate) fn grant(&self, header: &Header) -> u16 {
        self.window().grant(self.charge(header), header.credits)
    }

    fn charge(&self, header: &Header) -> u16 {
        if self.multi_credit() { header.credit_charge.max(1) } else { 1 }
    }

    /// SMB1's multi-protocol NEGOTIATE uses up the first MessageId.
    pub(crate) fn consume_first(&self) {
        let mut window = self.window();
        if window.consume(MessageId(0), 1).is_ok() {
            window.grant(1, 1);
        }
    }

    /// Connection.SupportsMultiCredit
    pub(crate) fn multi_credit(&self) -> bool {
        self.negotiated().is_some_and(|n| n.capabilities.contains(Capabilities::LARGE_MTU))
    }

    fn window(&self) -> MutexGuard<'_, SequenceWindow> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A session, as this connection uses it.
    pub(crate) fn channel(&self, id: SessionId) -> Option<Arc<Channel>> {
        self.channels().get(&id.0).cloned()
    }

    /// A session this connection may use from now on; answers those that were closed and are forgotten.
    pub(super) fn enter(&self, channel: Arc<Channel>) -> Vec<SessionId> {
        self.logged_on.store(true, Ordering::Relaxed);
        if let Some(n) = self.negotiated().filter(|n| n.capabilities.contains(Capabilities::LEASING)) {
            let user = channel.session.core.user();
            channel.set_leases(self.service.server.lease_table(n.client_guid, &user, &self.entry));
        }
        let mut channels = self.channels();
        let mut forgotten = Vec::new();
        if channels.len() >= CLOSED_KEPT {
            let closed = channels.extract_if(|_, c| c.session.core.is_closed());
            forgotten.extend(closed.map(|(id, _)| SessionId(id)));
        }
        channels.insert(channel.session.id.0, channel);
        forgotten
    }

    pub(crate) fn leave(&self, id: SessionId) {
        let (renewal, channel) = (self.authentications().remove(&id.0), self.channels().remove(&id.0));
        drop((renewal, channel));
    }

    /// The leases of all who are logged on here.
    pub(crate) fn leases(&self) -> Vec<Arc<LeaseTable>> {
        self.channels().values().filter_map(|c| c.leases().cloned()).collect()
    }

    /// Takes all sessions out: the connection is gone.
    pub(crate) fn leave_all(&self) -> Vec<Arc<Channel>> {
        std::mem::take(&mut *self.channels()).into_values().collect()
    }

    /// The sessions that are not closed.
    pub(crate) fn sessions(&self) -> Vec<Arc<Session>> {
        let channels = self.channels();
        channels.values().filter(|c| !c.session.core.is_closed()).map(|c| c.session.clone()).collect()
    }

    /// An open of one of the sessions, by its volatile id.
    pub(crate) fn channel_of_open(&self, volatile: u64) -> Option<(Arc<Channel>, OpenEntry)> {
        let channels = self.channels();
        channels.values().find_map(|c| c.session.open_entry(volatile).map(|entry| (c.clone(), entry)))
    }

    fn channels(&self) -> MutexGuard<'_, Ids<u64, Arc<Channel>>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn authentications(&self) -> MutexGuard<'_, Ids<u64, Authentication>> {
        self.authentications.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

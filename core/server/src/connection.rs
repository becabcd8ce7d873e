use crate::rates::host_of;
use crate::totals::{self, Requests};
use crate::{ConnectionProtection, Event, NetbiosSession, RollCall, Server, Transport, Zone};
use lanward_fsa::BreakQueue;
use lanward_nt::{FileTime, Guid, NtStatus};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use tokio::sync::Notify;

/// Why a connection is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The server has as many as it takes.
    TooMany,
    /// The client's address has as many as one address may.
    TooManyFromAddress,
    /// The server is shutting down.
    Draining,
    /// What came by this interface is not let in at the address it came to.
    Interface,
}

/// A connection of a client, in the server's list until it is dropped.
#[derive(Debug)]
pub struct ConnectionEntry {
    id: u32,
    server: Arc<Server>,
    local: SocketAddr,
    peer: SocketAddr,
    since: FileTime,
    dialect: AtomicU16,
    protection: OnceLock<ConnectionProtection>,
    client: OnceLock<Guid>,
    netbios: OnceLock<NetbiosSession>,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    pub(crate) requests: Requests,
    sessions: AtomicU32,
    /// Those of them that are no NULL sessions.
    named_sessions: AtomicU32,
    /// Not what keeps a listener in the list: connections outlive the one they came in at.
    transport: Option<Weak<Transport>>,
    disconnecting: AtomicBool,
    disconnect: Notify,
    breaks: Arc<BreakQueue>,
    roll_call: Arc<RollCall>,
}

/// How many there are of something, and from where.
#[derive(Debug, Default)]
pub(crate) struct AddressCounts(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    total: u32,
    by_address: HashMap<IpAddr, u32>,
}

impl AddressCounts {
    /// How many there are altogether.
    pub(crate) fn total(&self) -> u32 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).total
    }

    pub(crate) fn enter(&self, peer: IpAddr, total: u32, per_address: u32) -> Result<(), Refusal> {
        let peer = host_of(peer);
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.total >= total {
            return Err(Refusal::TooMany);
        }
        if counts.by_address.get(&peer).is_some_and(|n| *n >= per_address) || per_address == 0 {
            return Err(Refusal::TooManyFromAddress);
        }
        counts.total += 1;
        *counts.by_address.entry(peer).or_default() += 1;
        Ok(())
    }

    pub(crate) fn leave(&self, peer: IpAddr) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.total -= 1;
        let peer = host_of(peer);
        if let Some(n) = counts.by_address.get_mut(&peer) {
            *n -= 1;
            if *n == 0 {
                counts.by_address.remove(&peer);
            }
        }
    }
}

impl Server {
    /// Admits a connection that was accepted, or says why not. Nothing is counted for one that is refused.
    ///
    /// # Errors
    /// The [`Refusal`]; close the socket.
    pub fn admit_connection(
        self: &Arc<Self>,
        local: SocketAddr,
        peer: SocketAddr,
        now: FileTime,
    ) -> Result<Arc<ConnectionEntry>, Refusal> {
        if let Err(refusal) = self.enter_connection(peer) {
            self.totals.refuse(totals::of_connection(refusal));
            return Err(refusal);
        }
        let transport = self.transports().into_iter().find(|t| t.address() == local || serves_any(t, local));
        if let Some(transport) = &transport {
            transport.connections.fetch_add(1, Ordering::Relaxed);
        }
        let id = self.connections.reserve();
        let entry = Arc::new(ConnectionEntry {
            id,
            server: Arc::clone(self),
            local,
            peer,
            since: now,
            dialect: AtomicU16::new(0),
            protection: OnceLock::new(),
            client: OnceLock::new(),
            netbios: OnceLock::new(),
            bytes_in: AtomicU64::new(0),
            bytes_out: AtomicU64::new(0),
            requests: Requests::default(),
            sessions: AtomicU32::new(0),
            named_sessions: AtomicU32::new(0),
            transport: transport.as_ref().map(Arc::downgrade),
            disconnecting: AtomicBool::new(false),
            disconnect: Notify::new(),
            breaks: Arc::default(),
            roll_call: Arc::default(),
        });
        self.connections.insert(id, &entry);
        // One that came in while the others were told is told here.
        if self.is_draining() {
            entry.disconnect();
        }
        Ok(entry)
    }

    /// Counts a connection that was not taken, and has it told.
    pub fn refuse_connection(&self, peer: SocketAddr, why: Refusal) {
        self.totals.refuse(totals::of_connection(why));
        self.event(Event::ConnectionRefused { peer, why });
    }

    fn enter_connection(&self, peer: SocketAddr) -> Result<(), Refusal> {
        if self.is_draining() {
            return Err(Refusal::Draining);
        }
        let limits = self.settings();
        let (total, per_address) = (limits.limits.connections, limits.limits.connections_per_address);
        self.connection_counts.enter(peer.ip().to_canonical(), total, per_address)
    }

    /// The connections there are.
    #[must_use]
    pub fn connections(&self) -> Vec<Arc<ConnectionEntry>> {
        self.connections.snapshot()
    }
}

fn serves_any(transport: &Transport, local: SocketAddr) -> bool {
    transport.address().ip().is_unspecified() && transport.address().port() == local.port()
}

impl ConnectionEntry {
    /// Unique among the server's connections.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The server's end.
    #[must_use]
    pub const fn local(&self) -> SocketAddr {
        self.local
    }

    /// The client's end.
    #[must_use]
    pub const fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The name of the transport it came in at, while that is listened on.
    #[must_use]
    pub fn transport_name(&self) -> Option<Arc<str>> {
        self.transport.as_ref().and_then(Weak::upgrade).map(|transport| transport.name())
    }

    /// Breaks of oplocks and leases to be sent over it.
    #[must_use]
    pub const fn breaks(&self) -> &Arc<BreakQueue> {
        &self.breaks
    }

    /// When it was admitted.
    #[must_use]
    pub const fn since(&self) -> FileTime {
        self.since
    }

    /// The server it is a connection of.
    #[must_use]
    pub const fn server(&self) -> &Arc<Server> {
        &self.server
    }

    /// The zone it is in now.
    #[must_use]
    pub fn zone(&self) -> Arc<Zone> {
        self.server.zone_of(self.local, self.peer)
    }

    /// The dialect as [MS-SMB2] numbers it; 0 before negotiation.
    #[must_use]
    pub fn dialect(&self) -> u16 {
        self.dialect.load(Ordering::Relaxed)
    }

    /// Whether it speaks SMB1.
    pub(crate) fn is_smb1(&self) -> bool {
        (1..0x0202).contains(&self.dialect())
    }

    /// Notes the negotiated dialect.
    pub fn set_dialect(&self, dialect: u16) {
        self.dialect.store(dialect, Ordering::Relaxed);
    }

    /// How its messages can be signed and encrypted; `None` before negotiation.
    #[must_use]
    pub fn protection(&self) -> Option<ConnectionProtection> {
        self.protection.get().copied()
    }

    /// Notes what was negotiated. It is negotiated once.
    pub fn set_protection(&self, protection: ConnectionProtection) {
        self.protection.get_or_init(|| protection);
    }

    /// What the client's computer calls itself ([MS-SMB2] Connection.ClientGuid); zero if it did not say.
    #[must_use]
    pub fn client_guid(&self) -> Guid {
        self.client.get().copied().unwrap_or_default()
    }

    /// Notes the client's own id, once.
    pub fn set_client_guid(&self, client: Guid) {
        self.client.set(client).ok();
    }

    /// The NetBIOS session it is, if it is one.
    #[must_use]
    pub fn netbios_session(&self) -> Option<NetbiosSession> {
        self.netbios.get().copied()
    }

    /// Notes that it is a NetBIOS session, once.
    pub fn set_netbios_session(&self, session: NetbiosSession) {
        self.netbios.set(session).ok();
    }

    /// Notes traffic in bytes.
    pub fn count_bytes(&self, received: u64, sent: u64) {
        self.bytes_in.fetch_add(received, Ordering::Relaxed);
        self.bytes_out.fetch_add(sent, Ordering::Relaxed);
    }

    /// Bytes received and sent.
    #[must_use]
    pub fn bytes(&self) -> (u64, u64) {
        (self.bytes_in.load(Ordering::Relaxed), self.bytes_out.load(Ordering::Relaxed))
    }

    /// Sessions it has.
    #[must_use]
    pub fn session_count(&self) -> u32 {
        self.sessions.load(Ordering::Relaxed)
    }

    /// Sessions it has that are no NULL sessions, at this moment.
    #[must_use]
    pub fn named_sessions(&self) -> u32 {
        self.named_sessions.load(Ordering::Relaxed)
    }

    /// Asks whether its client is still there.
    #[must_use]
    pub const fn roll_call(&self) -> &Arc<RollCall> {
        &self.roll_call
    }

    /// Asks the connection's engine to close it.
    pub fn disconnect(&self) {
        self.disconnecting.store(true, Ordering::Release);
        self.disconnect.notify_waiters();
    }

    /// Waits until somebody asked to close the connection.
    pub async fn disconnected(&self) {
        let mut asked = std::pin::pin!(self.disconnect.notified());
        asked.as_mut().enable();
        if !self.disconnecting.load(Ordering::Acquire) {
            asked.await;
        }
    }

    pub(crate) fn enter_session(&self, limit: u32, anonymous: bool) -> Result<(), NtStatus> {
        let counted =
            self.sessions.try_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < limit).then(|| n + 1));
        counted.map_err(|_| NtStatus::REQUEST_NOT_ACCEPTED)?;
        self.named_sessions.fetch_add(u32::from(!anonymous), Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn leave_session(&self, anonymous: bool) {
        self.named_sessions.fetch_sub(u32::from(!anonymous), Ordering::Relaxed);
        self.sessions.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for ConnectionEntry {
    fn drop(&mut self) {
        self.roll_call.leave();
        self.server.totals.end(&self.traffic());
        self.server.connections.remove(self.id);
        let (received, sent) = self.bytes();
        self.server.counters.bytes_received.add(received);
        self.server.counters.bytes_sent.add(sent);
        self.server.connection_counts.leave(self.peer.ip().to_canonical());
        if let Some(transport) = self.transport.as_ref().and_then(Weak::upgrade) {
            transport.connections.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_one_host_can_choose_from_count_together() {
        let counts = AddressCounts::default();
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        counts.enter(address("fd00::1"), 9, 1).unwrap();
        assert_eq!(counts.enter(address("fd00::2:3:4:5"), 9, 1), Err(Refusal::TooManyFromAddress));
        counts.enter(address("fd00:0:0:1::1"), 9, 1).unwrap();
        counts.enter(address("10.0.0.1"), 9, 1).unwrap();
        assert_eq!(counts.enter(address("::ffff:10.0.0.1"), 9, 1), Err(Refusal::TooManyFromAddress));
        for there in ["fd00::1", "fd00:0:0:1::1", "10.0.0.1"] {
            counts.leave(address(there));
        }
        let left = counts.0.lock().unwrap();
        assert_eq!((left.total, left.by_address.len()), (0, 0));
    }
}

//! What all connections share.

use crate::smb2::{ClientTable, SessionTable};
use lanward_auth::AcceptorConfig;
use lanward_nt::{FileTime, NtString};
use lanward_server::{Server, Share, Zone};
use lanward_smb2::SequenceWindow;
use lanward_sys::{Interface, InterfaceWatch};
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};
use tokio::sync::Semaphore;

/// Creates that may go on without their connections at once.
const ORPHANS: usize = 256;

/// Sizes and deadlines of the SMB service.
#[derive(Debug, Clone)]
pub struct Config {
    /// Largest READ, WRITE and transaction of a dialect with large MTU, in bytes.
    pub max_transfer: u32,
    /// Longest frame of a client that has not logged on, in bytes.
    pub max_unauthenticated_frame: usize,
    /// How long a client may take to read a reply.
    pub write_deadline: Duration,
    /// How long a begun frame may take to arrive.
    pub frame_deadline: Duration,
    /// After how long a request that still waits gets an interim response.
    pub interim_after: Duration,
    /// How long a break may take to arrive before another channel of the client is tried.
    pub break_arrival: Duration,
    /// How long a client may acknowledge none of the bytes of a break before its connection ends.
    pub break_lost: Duration,
    /// How many requests of a connection may wait at once.
    pub max_pending: usize,
    /// Most credits a client may hold.
    pub max_credits: u16,
    /// MaxMpxCount of SMB1: how many requests of a connection may wait at once.
    pub max_mpx: u16,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_transfer: 8 << 20,
            max_unauthenticated_frame: 16 << 10,
            write_deadline: Duration::from_secs(60),
            frame_deadline: Duration::from_secs(60),
            interim_after: Duration::from_millis(250),
            break_arrival: Duration::from_secs(2),
            break_lost: Duration::from_secs(20),
            max_pending: 512,
            max_credits: SequenceWindow::UPPER_MAX_CREDITS,
            max_mpx: 50,
        }
    }
}

/// The SMB service: the core it serves, and the sessions of all its connections.
pub struct Service {
    pub(crate) server: Arc<Server>,
    pub(crate) acceptor: AcceptorConfig,
    pub(crate) config: Config,
    interfaces: OnceLock<InterfaceWatch>,
    pub(crate) sessions: SessionTable,
    pub(crate) clients: Arc<ClientTable>,
    /// Room for creates whose connections are gone.
    pub(crate) orphans: Arc<Semaphore>,
}

impl std::fmt::Debug for Service {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Service {
    /// A service over `server`, whose accounts it believes.
    pub fn new(server: Arc<Server>, acceptor: AcceptorConfig, config: Config) -> Arc<Self> {
        let (sessions, clients) = (SessionTable::default(), Arc::default());
        Arc::new(Self {
            server,
            acceptor,
            config,
            interfaces: OnceLock::new(),
            sessions,
            clients,
            orphans: Arc::new(Semaphore::new(ORPHANS)),
        })
    }

    /// A share that can be seen: what it demands is known before anything is counted for whoever cannot do it.
    pub(crate) fn shown_share(&self, zone: &Zone, share: &NtString) -> Option<Arc<Share>> {
        self.server.find_share(share).filter(|share| zone.shows(&share.name))
    }

    /// The machine's interfaces, watched from the first time on that somebody asks.
    pub(crate) fn interfaces(&self) -> io::Result<Arc<[Interface]>> {
        if let Some(watch) = self.interfaces.get() {
            return watch.current();
        }
        let watch = InterfaceWatch::new()?;
        self.interfaces.get_or_init(|| watch).current()
    }
}

/// The time, as the protocol counts it.
pub(crate) fn now() -> FileTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    FileTime::from_unix_duration(since)
}

/// Bytes nobody can guess.
///
/// # Panics
/// The operating system has no randomness: nothing that follows could be trusted.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

use crate::{DfsDomain, EventRates, Floor, NetbiosSettings, Network, Zone};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// What can change while the server runs. Read where it is used, never kept.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Zones in order of preference; the first that covers a connection is its zone.
    pub zones: Vec<Arc<Zone>>,
    /// What is demanded of some users, wherever they come from.
    pub floors: Vec<Floor>,
    /// The zone of everything else.
    pub default_zone: Arc<Zone>,
    /// Those who dial in, whose zone is that of the server's address among them whichever address they call.
    pub dial_in: Option<DialInNetwork>,
    /// How much there may be of what.
    pub limits: Limits,
    /// What people read beside the server's name, if it is not that of its identity.
    pub comment: Option<String>,
    /// How many events one address may cause.
    pub event_rates: EventRates,
    /// Domains that clients are told the controllers of.
    pub dfs_domains: Vec<DfsDomain>,
    /// Who is called over NetBIOS.
    pub netbios: NetbiosSettings,
    /// Administrators may end the server from elsewhere, as a service ([MS-SCMR] 3.1.4.2).
    pub remote_stop: bool,
    /// How long a new connection may take to sign in.
    pub authentication_deadline: Duration,
    /// After how long without requests and opens a session is closed (behaviour 1.23: 15 minutes is the custom).
    pub idle_disconnect: Option<Duration>,
    /// The same for NULL sessions (behaviour 1.12).
    pub anonymous_idle_disconnect: Duration,
    /// After how long without a message a pipe's service hangs up (behaviour 1.9).
    pub pipe_idle: Duration,
    /// After how long without any sign of a peer its connection ends (behaviour 1.31), give or take a tenth.
    pub dead_peer: Duration,
    /// How long a durable open waits for its client when the client names no time ([MS-SMB2] 3.3.5.9.6, 3.3.5.9.10).
    pub durable_timeout: Duration,
    /// The longest a durable open waits.
    pub durable_timeout_max: Duration,
    /// How long a resilient open waits when the client names no time ([MS-SMB2] 3.3.5.15.9).
    pub resilient_timeout: Duration,
    /// The longest time a client can ask a resilient open to wait.
    pub resilient_timeout_max: Duration,
}

/// How much there may be of what. Every limit is checked before the new thing is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Connections altogether.
    pub connections: u32,
    /// Connections of one client address; all of an IPv6 network of 64 bits are one, as in every limit of an address.
    pub connections_per_address: u32,
    /// Users at computers that have a disk share connected (behaviour 1.2); `None` for no limit. Sessions
    /// that use `IPC$` alone never count (behaviours 1.5 and 1.8).
    pub users: Option<u32>,
    /// Sessions of one connection.
    pub sessions_per_connection: u32,
    /// Connections one session can be used over.
    pub channels_per_session: u32,
    /// NULL sessions altogether.
    pub anonymous_sessions: u32,
    /// NULL sessions of one client address.
    pub anonymous_sessions_per_address: u32,
    /// NULL sessions that one client address may open in a minute.
    pub anonymous_logons_per_minute: u32,
    /// Failed logons of one client address in a minute, after which none of its logons is looked at for a while; `None` for any number.
    pub logon_failures_per_minute: Option<u32>,
    /// Tree connects of one session.
    pub trees_per_session: u32,
    /// Opens of one session.
    pub opens_per_session: u32,
    /// Opens that wait for their clients, of all users: when there is one more, the oldest goes of the user who has most.
    pub disconnected_opens: u32,
    /// Bytes of one print job.
    pub print_job_bytes: u64,
    /// Jobs of one printer that are not over.
    pub print_jobs_per_printer: u32,
    /// Jobs of one user that are not over, on all printers.
    pub print_jobs_per_user: u32,
    /// Bytes of all print jobs.
    pub print_spool_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 16_384,
            connections_per_address: 4_096,
            users: None,
            sessions_per_connection: 64,
            channels_per_session: 32,
            anonymous_sessions: 32,
            anonymous_sessions_per_address: 8,
            anonymous_logons_per_minute: 60,
            logon_failures_per_minute: Some(60),
            trees_per_session: 1_024,
            opens_per_session: 65_536,
            disconnected_opens: 16_384,
            print_job_bytes: 2 << 30,
            print_jobs_per_printer: 1_000,
            print_jobs_per_user: 200,
            print_spool_bytes: 16 << 30,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            zones: Vec::new(),
            floors: Vec::new(),
            default_zone: Arc::new(Zone::default()),
            dial_in: None,
            limits: Limits::default(),
            comment: None,
            event_rates: EventRates::default(),
            dfs_domains: Vec::new(),
            netbios: NetbiosSettings::default(),
            remote_stop: false,
            authentication_deadline: Duration::from_secs(30),
            idle_disconnect: Some(Duration::from_secs(15 * 60)),
            anonymous_idle_disconnect: Duration::from_secs(30),
            pipe_idle: Duration::from_secs(15 * 60),
            dead_peer: Duration::from_secs(50),
            durable_timeout: Duration::from_secs(60),
            durable_timeout_max: Duration::from_secs(300),
            resilient_timeout: Duration::from_secs(120),
            resilient_timeout_max: Duration::from_secs(300),
        }
    }
}

/// The network of those who dial in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DialInNetwork {
    /// Their addresses.
    pub network: Network,
    /// The server's address in it.
    pub address: IpAddr,
}

impl Settings {
    /// The zone of a connection between these two addresses.
    #[must_use]
    pub fn zone_of(&self, local: SocketAddr, peer: SocketAddr) -> &Arc<Zone> {
        let local = match &self.dial_in {
            Some(dial_in) if dial_in.network.contains(peer.ip()) => {
                SocketAddr::new(dial_in.address, local.port())
            }
            _ => local,
        };
        self.zones.iter().find(|z| z.covers(local, peer)).unwrap_or(&self.default_zone)
    }
}

//! The service: its links, as they come and go.

use crate::link::Link;
use crate::names::{self, Dialect};
use crate::wsd::{Host, Subnet};
use lanward_nt::Guid;
use lanward_server::Server;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio_util::task::TaskTracker;

/// What the service is.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where WS-Discovery is; 3702 anywhere but in tests.
    pub port: u16,
    /// Where metadata are answered over HTTP; Windows has 5357.
    pub http_port: u16,
    /// What it says of itself.
    pub host: Host,
}

impl Config {
    /// DPWS Appendix I: the port of WS-Discovery.
    pub const PORT: u16 = 3702;

    /// That of a server, on the usual ports. `version` is what it calls itself.
    #[must_use]
    pub fn new(server: &Server, version: &str) -> Self {
        let identity = server.identity();
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let host = Host {
            name: identity.name.clone(),
            workgroup: identity.workgroup.clone(),
            endpoint: crate::wsd::random_guid(identity.guid.0),
            // Seconds, of which a run takes more than one.
            instance: u32::try_from(since.as_secs()).unwrap_or(u32::MAX),
            manufacturer: "Lanward".into(),
            model: "Lanward".into(),
            version: version.into(),
        };
        Self { port: Self::PORT, http_port: 5357, host }
    }
}

/// A link this machine is on, in one family of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// The interface's name.
    pub interface: String,
    /// Its number.
    pub index: u32,
    /// This machine's addresses there, all of one family; those of IPv6 are link-local.
    pub subnets: Vec<Subnet>,
}

/// WS-Discovery, or answers for the server's name, on all links of this machine.
#[derive(Debug)]
pub struct Discovery {
    server: Arc<Server>,
    /// In which names are answered for, if that is what it does.
    names: Option<Dialect>,
    config: Config,
    host: Arc<Host>,
    links: Mutex<Vec<Arc<Link>>>,
    tasks: TaskTracker,
}

impl Discovery {
    /// The service, on no link yet.
    #[must_use]
    pub fn new(server: Arc<Server>, config: Config) -> Arc<Self> {
        Self::either(server, config, None)
    }

    /// What answers for the server's name, on no link yet.
    #[must_use]
    pub fn of_names(server: Arc<Server>, config: Config, dialect: Dialect) -> Arc<Self> {
        Self::either(server, config, Some(dialect))
    }

    fn either(server: Arc<Server>, config: Config, names: Option<Dialect>) -> Arc<Self> {
        let host = Arc::new(config.host.clone());
        Arc::new(Self { server, names, config, host, links: Mutex::default(), tasks: TaskTracker::new() })
    }

    fn start(&self, attachment: Attachment) -> io::Result<Link> {
        let Self { server, config, host, tasks, .. } = self;
        match self.names {
            Some(dialect) => names::start(server, dialect, &host.name, attachment, tasks),
            None => Link::start(server, config, host, attachment, tasks),
        }
    }

    /// What it is.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Where it hears questions and answers for metadata, now.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.with_links(|links| links.iter().flat_map(|link| link.addresses()).collect())
    }

    /// Is on these links from now on: leaves others, and says hello on those that are new. Answers what could not be had and why; the next call tries
    /// that again. Must be called within a runtime, whose tasks serve the links.
    pub fn attach(&self, wanted: &[Attachment]) -> Vec<(Attachment, io::Error)> {
        let mut failed = Vec::new();
        self.with_links(|links| {
            links.retain(|link| {
                let stays = wanted.contains(link.attachment());
                if !stays {
                    link.stop();
                }
                stays
            });
            for attachment in wanted {
                if links.iter().any(|link| link.attachment() == attachment) {
                    continue;
                }
                match self.start(attachment.clone()) {
                    Ok(link) => links.push(Arc::new(link)),
                    Err(error) => failed.push((attachment.clone(), error)),
                }
            }
        });
        failed
    }

    /// Leaves every link and waits until it has said bye there.
    pub async fn stop(&self) {
        self.attach(&[]);
        self.tasks.close();
        self.tasks.wait().await;
    }

    fn with_links<R>(&self, f: impl FnOnce(&mut Vec<Arc<Link>>) -> R) -> R {
        f(&mut self.links.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The time since the first time somebody asked.
pub(crate) fn now() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

/// # Panics
/// The operating system has no randomness: nothing that follows could be trusted.
pub(crate) fn random(bytes: &mut [u8]) {
    aws_lc_rs::rand::fill(bytes).expect("the operating system gives random bytes");
}

/// An identifier that nobody has had.
pub(crate) fn fresh_guid() -> Guid {
    crate::wsd::guid(&mut random)
}

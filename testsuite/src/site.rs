use crate::MemAccounts;
use lanward_auth::AcceptorConfig;
use lanward_client::{Connection, Options, Tree, smb1};
use lanward_fsa::FileSystem;
use lanward_localfs::LocalVolume;
use lanward_nt::{FileTime, Guid, Sid};
use lanward_server::{Identity, Limits, MemoryShares, Server, Settings, ShareDefinition, Zone};
use lanward_smb::{Config, Service, Workers, serve, serve_sessions};
use lanward_vfs::{MemVolume, Volume};
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant, SystemTime};
use tokio_util::sync::CancellationToken;

/// What a [`Site`] is to be. The default takes every dialect, signs only if asked, and has one share `data` in memory.
#[derive(Debug)]
pub struct Plan {
    /// Who may log on.
    pub accounts: MemAccounts,
    /// The only zone.
    pub zone: Zone,
    /// What can change while the server runs, apart from the zone.
    pub settings: Settings,
    /// Sizes and deadlines of the service.
    pub config: Config,
    /// Worker threads.
    pub workers: usize,
    /// Where to listen.
    pub listen: SocketAddr,
    /// More addresses to listen on, at the same port.
    pub also: Vec<IpAddr>,
    /// Where to listen for NetBIOS sessions, if anywhere.
    pub sessions: Option<SocketAddr>,
    /// What is shared besides `IPC$`; `data`, in memory, if nothing is.
    pub shares: Vec<ShareDefinition>,
}

impl Default for Plan {
    fn default() -> Self {
        let zone = Zone { min_dialect: 0x0202, signing_required: false, ..Zone::default() };
        // Tests fail to log on more often than anybody should.
        let limits = Limits { logon_failures_per_minute: None, ..Limits::default() };
        let config = Config { interim_after: Duration::from_millis(20), ..Config::default() };
        Self {
            accounts: MemAccounts::default(),
            zone,
            settings: Settings { limits, ..Settings::default() },
            config,
            workers: 1,
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            also: Vec::new(),
            sessions: None,
            shares: Vec::new(),
        }
    }
}

impl Plan {
    /// One more share, over a volume.
    #[must_use]
    pub fn share(self, name: &str, volume: Arc<dyn Volume>) -> Self {
        self.define(ShareDefinition::disk(name, FileSystem::new(volume), name))
    }

    /// One more share, over a directory of this machine.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn directory(self, name: &str, path: &Path) -> io::Result<Self> {
        let volume = LocalVolume::open(path, lanward_localfs::Options::default())?;
        Ok(self.share(name, volume))
    }

    /// One more share, as it is given.
    #[must_use]
    pub fn define(mut self, share: ShareDefinition) -> Self {
        self.shares.push(share);
        self
    }

    /// The same with another zone.
    #[must_use]
    pub fn zone(mut self, change: impl FnOnce(&mut Zone)) -> Self {
        change(&mut self.zone);
        self
    }

    /// The same with other settings.
    #[must_use]
    pub fn settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    /// The same with other sizes and deadlines.
    #[must_use]
    pub fn config(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// The same with a zone that serves every dialect of SMB 1 too.
    #[must_use]
    pub fn smb1(self) -> Self {
        self.zone(|zone| zone.min_dialect = lanward_smb1::Dialect::Core.number())
    }

    /// Starts the server.
    ///
    /// # Errors
    /// The address is taken, or the system gives no thread.
    pub fn start(self) -> io::Result<Site> {
        Site::start(self)
    }
}

/// What a server has at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Connections.
    pub connections: usize,
    /// Sessions.
    pub sessions: usize,
    /// Tree connects.
    pub trees: usize,
    /// Opens.
    pub opens: usize,
    /// Users that count against the limit.
    pub users: usize,
}

/// A server of its own on the loopback. Dropping it stops it.
#[derive(Debug)]
pub struct Site {
    /// The lists of the server.
    pub server: Arc<Server>,
    /// The service under test.
    pub service: Arc<Service>,
    /// Where it listens.
    pub address: SocketAddr,
    /// Where it listens for NetBIOS sessions.
    pub sessions: Option<SocketAddr>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Site {
    /// A server with the default [`Plan`].
    ///
    /// # Errors
    /// As for [`Plan::start`].
    pub fn new() -> io::Result<Self> {
        Plan::default().start()
    }

    fn start(mut plan: Plan) -> io::Result<Self> {
        let listener = TcpListener::bind(plan.listen)?;
        let address = listener.local_addr()?;
        let mut listeners = vec![listener];
        for also in &plan.also {
            listeners.push(TcpListener::bind(SocketAddr::new(*also, address.port()))?);
        }
        let sessions = plan.sessions.map(TcpListener::bind).transpose()?;
        let session_address = sessions.as_ref().map(TcpListener::local_addr).transpose()?;
        let identity = Identity {
            name: "TESTSITE".into(),
            workgroup: "WORKGROUP".into(),
            comment: "A server under test".into(),
            guid: Guid([7; 16]),
            sid: Sid::new(5, &[21, 1, 2, 3]),
        };
        let settings = Settings { default_zone: Arc::new(plan.zone.clone()), ..plan.settings.clone() };
        let accounts = Arc::new(plan.accounts.into_book());
        let server = Server::with_accounts(identity, settings, accounts, now());
        if plan.shares.is_empty() {
            plan.shares.push(empty_share());
        }
        for share in plan.shares {
            server.add_share(share).map_err(|status| io::Error::other(status.to_string()))?;
        }
        let folder = |path: &Path| path.starts_with("/srv").then(|| FileSystem::new(MemVolume::new(now)));
        let administration = lanward_management::Administration {
            shares: Arc::new(MemoryShares::new(folder)),
            ..lanward_management::Administration::default()
        };
        lanward_management::register(&server, administration);
        let acceptor = AcceptorConfig {
            nb_computer_name: "TESTSITE".into(),
            nb_domain_name: "WORKGROUP".into(),
            ..AcceptorConfig::default()
        };
        let service = Service::new(server.clone(), acceptor, plan.config);
        let workers = Workers::start(service.clone(), plan.workers)?;
        let stop = CancellationToken::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                let mut served = tokio::task::JoinSet::new();
                for listener in listeners {
                    served.spawn(serve(listener, workers.clone(), stopped.clone()));
                }
                if let Some(listener) = sessions {
                    served.spawn(serve_sessions(listener, workers.clone(), stopped.clone()));
                }
                served.join_all().await;
                workers.drain(Duration::from_secs(5)).await;
            });
            workers.join();
        });
        Ok(Self { server, service, address, sessions: session_address, stop, thread: Some(thread) })
    }

    /// A connection that has negotiated.
    ///
    /// # Errors
    /// The client's.
    pub fn connect(&self, options: Options) -> lanward_client::Result<Connection> {
        Connection::connect(self.address, options.timeout(Duration::from_secs(10)))
    }

    /// A connection with alice's session and her tree connect to `data`.
    ///
    /// # Errors
    /// The client's.
    pub fn alice(&self, options: Options) -> lanward_client::Result<(Connection, Tree)> {
        let mut connection = self.connect(options)?;
        let (user, password) = crate::ALICE;
        let session = connection.login(user, password)?;
        let tree = connection.tree_connect(session, "data")?;
        Ok((connection, tree))
    }

    /// A connection of SMB 1 that has negotiated.
    ///
    /// # Errors
    /// The client's.
    pub fn connect_smb1(&self, options: smb1::Options) -> lanward_client::Result<smb1::Connection> {
        smb1::Connection::connect(self.address, options.timeout(Duration::from_secs(10)))
    }

    /// A connection of SMB 1 with alice's session and her tree connect to `data`.
    ///
    /// # Errors
    /// The client's.
    pub fn alice_smb1(
        &self,
        options: smb1::Options,
    ) -> lanward_client::Result<(smb1::Connection, smb1::Tree)> {
        let mut connection = self.connect_smb1(options)?;
        let session = connection.login(crate::ALICE.0, crate::ALICE.1)?;
        let tree = connection.tree_connect(&session, "data")?;
        Ok((connection, tree))
    }

    /// Puts an empty share `data` in the place of the one there: what clients did with its files and their descriptors is no more.
    ///
    /// # Panics
    /// A fault in the server: it does not take the share.
    pub fn empty(&self) {
        self.server.replace_share(empty_share()).expect("a share takes the place of one of its name");
    }

    /// Another policy from now on; nobody is disconnected.
    pub fn change_zone(&self, change: impl FnOnce(&mut Zone)) {
        let mut settings = Settings::clone(&self.server.settings());
        let mut zone = Zone::clone(&settings.default_zone);
        change(&mut zone);
        settings.default_zone = Arc::new(zone);
        self.server.replace_settings(settings);
    }

    /// Stops the server as its operator would: nobody new, and everybody there is answered and let go.
    pub fn stop(&self) {
        self.server.drain();
        self.stop.cancel();
    }

    /// What the server has now.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            connections: self.server.connections().len(),
            sessions: self.server.sessions().len(),
            trees: self.server.tree_connects().len(),
            opens: self.server.open_count(),
            users: self.server.counted_users(),
        }
    }

    /// Waits until the server has exactly this; what it had last when it does not come to it within 10 s.
    ///
    /// # Errors
    /// The counts that stayed.
    pub fn settles_at(&self, expected: Counts) -> Result<(), Counts> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let counts = self.counts();
            if counts == expected {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(counts);
            }
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    /// Waits until nobody is connected and nothing is left behind.
    ///
    /// # Errors
    /// The counts that stayed.
    pub fn settles(&self) -> Result<(), Counts> {
        self.settles_at(Counts::default())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // A panic of the server's thread has been printed already.
            thread.join().ok();
        }
    }
}

fn empty_share() -> ShareDefinition {
    ShareDefinition::disk("data", FileSystem::new(MemVolume::new(now)), "data")
}

/// The time, as the protocol counts it.
pub(crate) fn now() -> FileTime {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    FileTime::from_unix_duration(since)
}

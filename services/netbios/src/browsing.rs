//! The browser service ([MS-BRWS]): a browser for each subnet, whose frames come and go through mailslots, and what they know of in the server's list.

use crate::engine::now;
use crate::mailslot::write;
use crate::{NameFault, Netbios, Recipient, Subnet};
use lanward_netbios::NetbiosName;
use lanward_netbios::browser::{
    Browser, BrowserAction, BrowserConfig, BrowserFrame, BrowserList, BrowserRole, KnownServer, Mailslot,
};
use lanward_server::{BrowseEntry, MailslotMessage, MailslotOrigin, NetworkList, Server};
use lanward_wire::{Decode as _, Encode as _, Reader};
use std::fmt;
use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Gets the list of the master browser of a group, by its name and address ([MS-RAP] NetServerEnum2); `None` if it gives none.
pub type FetchList = Arc<dyn Fn(String, Ipv4Addr) -> Fetching + Send + Sync>;

/// The list on its way.
pub type Fetching = Pin<Box<dyn Future<Output = Option<BrowserList>> + Send>>;

/// What the browser service is.
#[derive(Clone)]
pub struct Browsing {
    /// What its browsers say of themselves.
    pub config: BrowserConfig,
    /// How they get copies of lists.
    pub fetch: Option<FetchList>,
}

impl fmt::Debug for Browsing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browsing").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Browsing {
    /// That of a file server in a workgroup. Its version is what it tells others it is.
    #[must_use]
    pub fn new(server: &Server, version: (u8, u8)) -> Self {
        let identity = server.identity();
        let config = BrowserConfig {
            name: identity.name.clone(),
            group: identity.workgroup.clone(),
            comment: comment(server),
            // SV_TYPE_WORKSTATION, SV_TYPE_SERVER, SV_TYPE_NT, SV_TYPE_SERVER_NT
            server_type: 0x9003,
            version,
            preferred_master: false,
            can_back_up: false,
        };
        Self { config, fetch: None }
    }
}

/// The longest time a fetch of a list may take.
const FETCH_DEADLINE: Duration = Duration::from_secs(30);

/// The longest time between two looks at what the server says beside its name.
const LOOK: Duration = Duration::from_secs(60);

/// The browser of one subnet.
struct Local {
    subnet: Arc<Subnet>,
    browser: Browser,
    /// Where the last master that announced itself is.
    master_at: Option<Ipv4Addr>,
    /// The server's list is not what the browser knows.
    stale: bool,
    /// When the server's list is written anew at the earliest: a long one not with every datagram that somebody sends.
    publish_at: Duration,
}

/// What became of something that took its time, on the subnet of an address.
enum Outcome {
    Claimed(Result<(), NameFault>),
    Fetched(Option<BrowserList>),
}

/// Browses on all subnets of a service until it is stopped.
pub async fn browse(netbios: &Netbios, server: &Server, browsing: Browsing, stop: CancellationToken) {
    let mailslots = (server.mailslots().create("BROWSE"), server.mailslots().create("LANMAN"));
    let (Some(mut browse), Some(mut lanman)) = mailslots else {
        return tracing::error!("Somebody else has the mailslots of the browser");
    };
    let mut service = Service { server, browsing, here: Vec::new(), outcomes: JoinSet::new() };
    let mut subnets = netbios.watch_subnets();
    loop {
        let there = subnets.borrow_and_update().clone();
        service.follow(&there).await;
        let due = service.wakes_at().saturating_sub(now()).min(LOOK);
        tokio::select! {
            message = browse.read() => service.hear(&message).await,
            message = lanman.read() => service.hear(&message).await,
            changed = subnets.changed() => if changed.is_err() { break },
            () = tokio::time::sleep(due) => service.tick().await,
            Some(outcome) = service.outcomes.join_next() => service.take(outcome.ok()).await,
            () = stop.cancelled() => break,
        }
    }
    service.leave().await;
}

/// The browsers, while they run.
struct Service<'s> {
    server: &'s Server,
    browsing: Browsing,
    here: Vec<Local>,
    outcomes: JoinSet<(Ipv4Addr, Outcome)>,
}

impl Service<'_> {
    /// Is on these subnets from now on.
    async fn follow(&mut self, there: &[Arc<Subnet>]) {
        let server = self.server;
        self.here.retain(|local| {
            let stays = there.iter().any(|subnet| Arc::ptr_eq(subnet, &local.subnet));
            if !stays {
                server.browse_list().withdraw(local.address().into());
            }
            stays
        });
        for subnet in there {
            if self.here.iter().any(|local| Arc::ptr_eq(subnet, &local.subnet)) {
                continue;
            }
            if let Some(browsers) = NetbiosName::new(&self.browsing.config.group, NetbiosName::BROWSERS) {
                subnet.add_name(browsers, true);
            }
            let config = BrowserConfig { comment: comment(server), ..self.browsing.config.clone() };
            let browser = Browser::new(config, now(), &mut random);
            let subnet = Arc::clone(subnet);
            self.here.push(Local { subnet, browser, master_at: None, stale: false, publish_at: now() });
        }
        for place in 0..self.here.len() {
            self.act(place, None).await;
        }
    }

    fn wakes_at(&self) -> Duration {
        let publish = |local: &Local| local.stale.then_some(local.publish_at);
        let due = |local: &Local| local.browser.wakes_at().into_iter().chain(publish(local)).min();
        self.here.iter().filter_map(due).min().unwrap_or(Duration::MAX)
    }

    async fn tick(&mut self) {
        let said = comment(self.server);
        for place in 0..self.here.len() {
            let browser = &mut self.here[place].browser;
            browser.set_comment(said.clone(), now());
            browser.tick(now(), &mut random);
            self.act(place, None).await;
        }
    }

    /// A message in one of the mailslots.
    async fn hear(&mut self, message: &MailslotMessage) {
        let MailslotOrigin::Datagram { source, destination, peer: SocketAddr::V4(peer), local } =
            &message.origin
        else {
            // Browsers say nothing in sessions.
            return;
        };
        let Some(place) = self.here.iter().position(|here| *local == here.address()) else { return };
        let Some(destination) = NetbiosName::new(&destination.name, destination.suffix) else { return };
        let frame = match BrowserFrame::decode(&mut Reader::new(&message.data)) {
            Ok(frame) => frame,
            Err(error) => return tracing::debug!(%peer, %error, "no frame of the browser protocol"),
        };
        let here = &mut self.here[place];
        if matches!(frame, BrowserFrame::LocalMasterAnnouncement(_)) {
            here.master_at = Some(*peer.ip());
        }
        here.browser.receive(&frame, &source.name, destination, now(), &mut random);
        self.act(place, Some(*peer)).await;
    }

    async fn take(&mut self, outcome: Option<(Ipv4Addr, Outcome)>) {
        let Some((address, outcome)) = outcome else { return };
        let Some(place) = self.here.iter().position(|here| here.address() == address) else { return };
        let browser = &mut self.here[place].browser;
        match outcome {
            Outcome::Claimed(claimed) => browser.claimed(claimed.is_ok(), now()),
            Outcome::Fetched(list) => browser.fetched(list.as_ref(), now(), &mut random),
        }
        self.act(place, None).await;
    }

    /// Does what a browser wants done; `peer` is where the frame came from that made it want that.
    async fn act(&mut self, place: usize, peer: Option<SocketAddrV4>) {
        while let Some(action) = self.here[place].browser.next_action() {
            let here = &self.here[place];
            match action {
                BrowserAction::Send(to, mailslot, frame) => {
                    here.send(&self.browsing.config, to, Recipient::Group, mailslot, &frame).await;
                }
                BrowserAction::Answer(to, frame) => {
                    if let Some(peer) = peer {
                        let to_peer = Recipient::Host(peer);
                        here.send(&self.browsing.config, to, to_peer, Mailslot::Browse, &frame).await;
                    }
                }
                BrowserAction::ClaimMaster => self.claim(place),
                BrowserAction::ReleaseMaster => here.release(&self.browsing.config),
                BrowserAction::Fetch(master) => self.fetch(place, master),
            }
        }
        let here = &mut self.here[place];
        here.stale |= here.browser.take_changed();
        if here.stale && here.publish_at <= now() {
            let entries = here.publish(self.server);
            let pause = Duration::from_millis(u64::try_from(entries / 8).unwrap_or(u64::MAX));
            (here.stale, here.publish_at) = (false, now().saturating_add(pause));
        }
    }

    fn claim(&mut self, place: usize) {
        let subnet = Arc::clone(&self.here[place].subnet);
        let Some(name) = NetbiosName::new(&self.browsing.config.group, NetbiosName::LOCAL_MASTER) else {
            return;
        };
        self.outcomes.spawn(async move {
            let claimed = subnet.claim(name, false).await;
            if claimed.is_ok() {
                // Other groups' masters announce themselves to it.
                subnet.add_name(NetbiosName::MASTER_BROWSERS, true);
            }
            (subnet.attachment().address, Outcome::Claimed(claimed))
        });
    }

    fn fetch(&mut self, place: usize, master: String) {
        let here = &self.here[place];
        let address = here.address();
        let fetching = self.browsing.fetch.as_ref().zip(here.master_at).map(|(fetch, at)| fetch(master, at));
        self.outcomes.spawn(async move {
            let list = match fetching {
                Some(fetching) => tokio::time::timeout(FETCH_DEADLINE, fetching).await.ok().flatten(),
                None => None,
            };
            (address, Outcome::Fetched(list))
        });
    }

    async fn leave(&mut self) {
        for place in 0..self.here.len() {
            self.here[place].browser.leave();
            self.act(place, None).await;
            self.server.browse_list().withdraw(self.here[place].address().into());
        }
    }
}

impl Local {
    fn address(&self) -> Ipv4Addr {
        self.subnet.attachment().address
    }

    async fn send(
        &self,
        config: &BrowserConfig,
        to: NetbiosName,
        recipient: Recipient,
        mailslot: Mailslot,
        frame: &BrowserFrame,
    ) {
        let Some(own) = NetbiosName::new(&config.name, NetbiosName::WORKSTATION) else { return };
        let name = match mailslot {
            Mailslot::Browse => "\\MAILSLOT\\BROWSE",
            Mailslot::Lanman => "\\MAILSLOT\\LANMAN",
        };
        // "The server SHOULD continue processing even if the send fails."
        if let Err(error) = write(&self.subnet, (own, to), recipient, name, &frame.to_bytes()).await {
            tracing::debug!(interface = self.subnet.attachment().interface, ?to, %error, "a frame was not sent");
        }
    }

    fn release(&self, config: &BrowserConfig) {
        if let Some(name) = NetbiosName::new(&config.group, NetbiosName::LOCAL_MASTER) {
            self.subnet.release_name(name);
        }
        self.subnet.release_name(NetbiosName::MASTER_BROWSERS);
    }

    /// Answers how many entries there are.
    fn publish(&self, server: &Server) -> usize {
        let role = match self.browser.role() {
            BrowserRole::Potential => lanward_server::BrowserRole::Potential,
            BrowserRole::Backup => lanward_server::BrowserRole::Backup,
            BrowserRole::Master => lanward_server::BrowserRole::Master,
        };
        let list = self.browser.list();
        let entries = |known: Vec<KnownServer>| known.into_iter().map(entry).collect();
        let list = NetworkList { role, servers: entries(list.servers), groups: entries(list.groups) };
        let entries = list.servers.len() + list.groups.len();
        server.browse_list().publish(self.address().into(), list);
        entries
    }
}

fn entry(known: KnownServer) -> BrowseEntry {
    BrowseEntry {
        name: known.name,
        version: known.version,
        server_type: known.server_type,
        comment: known.comment,
    }
}

/// What people read beside the server's name.
fn comment(server: &Server) -> String {
    server.settings().comment.clone().unwrap_or_else(|| server.identity().comment.clone())
}

/// # Panics
/// The operating system has no randomness: nothing that follows could be trusted.
fn random() -> u32 {
    let mut bytes = [0; 4];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes");
    u32::from_le_bytes(bytes)
}

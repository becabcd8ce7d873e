use crate::capture::Captures;
use crate::connection::AddressCounts;
use crate::durable::{AppInstances, CreateGuids, Disconnected, Keeper};
use crate::events::Events;
use crate::leases::LeaseTables;
use crate::printing::Queues;
use crate::rates::AddressRates;
use crate::registry::Registry;
use crate::service_state::ServiceState;
use crate::session_slots::SessionSlots;
use crate::statistics::Counters;
use crate::totals::Totals;
use crate::{
    AccountBook, BrowseList, ConnectionEntry, Identity, LanmanPipe, Mailslots, Open, OpenId, PipeRegistry,
    Session, Settings, Share, ShareDefinition, Transport, TreeConnect, Zone,
};
use lanward_fsa::BreakQueue;
use lanward_nt::{FileTime, NtStatus, NtString};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// The server: what it is, what it shares, and who uses it now.
#[derive(Debug)]
pub struct Server {
    identity: Identity,
    settings: RwLock<Arc<Settings>>,
    started: FileTime,
    shares: RwLock<BTreeMap<NtString, Arc<Share>>>,
    pipes: PipeRegistry,
    lanman: LanmanPipe,
    mailslots: Mailslots,
    browse_list: BrowseList,
    accounts: Arc<AccountBook>,
    pub(crate) draining: AtomicBool,
    pub(crate) service: ServiceState,
    pub(crate) captures: Captures,
    pub(crate) connection_counts: AddressCounts,
    pub(crate) anonymous_sessions: AddressCounts,
    pub(crate) slots: SessionSlots,
    pub(crate) events: Events,
    pub(crate) totals: Totals,
    pub(crate) anonymous_rates: AddressRates,
    /// Whether the settings have floors: where they have none nobody is asked for.
    pub(crate) has_floors: AtomicBool,
    pub(crate) transports: Registry<Transport>,
    pub(crate) connections: Registry<ConnectionEntry>,
    pub(crate) sessions: Registry<Session>,
    pub(crate) trees: Registry<TreeConnect>,
    pub(crate) opens: Registry<Open>,
    pub(crate) counters: Counters,
    pub(crate) disconnected: Disconnected,
    pub(crate) create_guids: CreateGuids,
    pub(crate) app_instances: AppInstances,
    pub(crate) leases: LeaseTables,
    /// Breaks of clients that are not connected.
    pub(crate) keeper: Keeper,
    pub(crate) orphans: Arc<BreakQueue>,
    pub(crate) printing: Queues,
}

impl Server {
    /// A server with `IPC$`, no other share, and accounts of its own that are kept nowhere.
    #[must_use]
    pub fn new(identity: Identity, settings: Settings, started: FileTime) -> Arc<Self> {
        let accounts = AccountBook::transient(&identity.name, identity.sid.clone());
        Self::with_accounts(identity, settings, Arc::new(accounts), started)
    }

    /// A server with `IPC$` and no other share, whose accounts are those of a book.
    #[must_use]
    pub fn with_accounts(
        identity: Identity,
        settings: Settings,
        accounts: Arc<AccountBook>,
        started: FileTime,
    ) -> Arc<Self> {
        let server = Self {
            identity,
            started,
            shares: RwLock::default(),
            pipes: PipeRegistry::default(),
            lanman: LanmanPipe::default(),
            mailslots: Mailslots::default(),
            browse_list: BrowseList::default(),
            accounts,
            draining: AtomicBool::new(false),
            service: ServiceState::default(),
            captures: Captures::default(),
            connection_counts: AddressCounts::default(),
            anonymous_sessions: AddressCounts::default(),
            slots: SessionSlots::default(),
            events: Events::default(),
            totals: Totals::default(),
            anonymous_rates: AddressRates::default(),
            has_floors: AtomicBool::new(!settings.floors.is_empty()),
            settings: RwLock::new(Arc::new(settings)),
            transports: Registry::new(),
            connections: Registry::new(),
            // Another run begins elsewhere, so that an id kept from an earlier one (PreviousSessionId) names nobody.
            sessions: Registry::starting_at(((started.0 >> 20) & 0x7fff_ffff) as u32),
            trees: Registry::new(),
            opens: Registry::new(),
            counters: Counters::default(),
            disconnected: Disconnected::default(),
            create_guids: CreateGuids::default(),
            app_instances: AppInstances::default(),
            leases: LeaseTables::default(),
            keeper: Keeper::default(),
            orphans: Arc::new(BreakQueue::unattended()),
            printing: Queues::default(),
        };
        server.enter_share(ShareDefinition::ipc());
        Arc::new(server)
    }

    /// Who the server says it is.
    #[must_use]
    pub const fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Who has an account here.
    #[must_use]
    pub const fn accounts(&self) -> &Arc<AccountBook> {
        &self.accounts
    }

    /// When it started.
    #[must_use]
    pub const fn started(&self) -> FileTime {
        self.started
    }

    /// The settings of this moment.
    #[must_use]
    pub fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the settings. Nobody is disconnected; the next look sees the new ones.
    pub fn replace_settings(&self, settings: Settings) {
        let has_floors = !settings.floors.is_empty();
        let mut current = self.settings.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(settings);
        self.has_floors.store(has_floors, Ordering::Relaxed);
    }

    /// The zone of a connection between these two addresses, at this moment.
    #[must_use]
    pub fn zone_of(&self, local: SocketAddr, peer: SocketAddr) -> Arc<Zone> {
        Arc::clone(self.settings().zone_of(local, peer))
    }

    /// The named pipes.
    #[must_use]
    pub const fn pipes(&self) -> &PipeRegistry {
        &self.pipes
    }

    /// `\PIPE\LANMAN`, which is no pipe that can be opened.
    #[must_use]
    pub const fn lanman(&self) -> &LanmanPipe {
        &self.lanman
    }

    /// The mailslots.
    #[must_use]
    pub const fn mailslots(&self) -> &Mailslots {
        &self.mailslots
    }

    /// The servers that are known of.
    #[must_use]
    pub const fn browse_list(&self) -> &BrowseList {
        &self.browse_list
    }

    /// Refuses new connections from now on. Those there are end when their engines have answered what they are at.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::SeqCst);
    }

    /// Whether the server is shutting down.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::SeqCst)
    }

    /// Adds a share.
    ///
    /// # Errors
    /// OBJECT_NAME_COLLISION: there is one of that name; OBJECT_NAME_INVALID: not a share's name.
    pub fn add_share(&self, definition: ShareDefinition) -> Result<Arc<Share>, NtStatus> {
        if !is_share_name(&definition.name) {
            return Err(NtStatus::OBJECT_NAME_INVALID);
        }
        if self.find_share(&definition.name).is_some() {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        Ok(self.enter_share(definition))
    }

    /// Adds a share or puts it in the place of the one with its name, whose tree connects keep what they have.
    ///
    /// # Errors
    /// OBJECT_NAME_INVALID: not a share's name, or `IPC$`.
    pub fn replace_share(&self, definition: ShareDefinition) -> Result<Arc<Share>, NtStatus> {
        let is_ipc = self.find_share(&definition.name).is_some_and(|s| s.is_ipc());
        if is_ipc || !is_share_name(&definition.name) {
            return Err(NtStatus::OBJECT_NAME_INVALID);
        }
        Ok(self.enter_share(definition))
    }

    fn enter_share(&self, definition: ShareDefinition) -> Arc<Share> {
        let key = definition.name.to_uppercase();
        let mut shares = self.shares.write().unwrap_or_else(PoisonError::into_inner);
        let share = Arc::new(match shares.get(&key) {
            Some(before) => before.successor(definition),
            None => Share::new(definition),
        });
        shares.insert(key, Arc::clone(&share));
        share
    }

    /// Takes a share away; nobody can connect to it any more. [`Server::disconnect_share`] ends what is connected. `IPC$` stays.
    pub fn remove_share(&self, name: &NtString) -> Option<Arc<Share>> {
        let mut shares = self.shares.write().unwrap_or_else(PoisonError::into_inner);
        let key = name.to_uppercase();
        if shares.get(&key).is_none_or(|s| s.is_ipc()) {
            return None;
        }
        shares.remove(&key)
    }

    /// Ends every tree connect to a share, and gives up the opens that wait to come back to it.
    pub async fn disconnect_share(&self, share: &Arc<Share>) {
        for tree in self.tree_connects() {
            if tree.share().is_same(share) {
                tree.close().await;
            }
        }
        self.forget_disconnected_of(share).await;
    }

    /// The share of this name, whatever its case.
    #[must_use]
    pub fn find_share(&self, name: &NtString) -> Option<Arc<Share>> {
        self.shares.read().unwrap_or_else(PoisonError::into_inner).get(&name.to_uppercase()).cloned()
    }

    /// The shares, by name, `IPC$` among them.
    #[must_use]
    pub fn shares(&self) -> Vec<Arc<Share>> {
        self.shares.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// Who is connected to what.
    #[must_use]
    pub fn tree_connects(&self) -> Vec<Arc<TreeConnect>> {
        self.trees.snapshot()
    }

    /// What is open.
    #[must_use]
    pub fn opens(&self) -> Vec<Arc<Open>> {
        self.opens.snapshot()
    }

    /// How many opens there are.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.opens.len()
    }

    /// The open with this id.
    #[must_use]
    pub fn open(&self, id: OpenId) -> Option<Arc<Open>> {
        self.opens.find((id.0 & 0xffff_ffff) as u32).filter(|o| o.id == id)
    }

    /// A 64-bit id for clients over a 32-bit global one. The upper half differs from one run of the server to the next, so that an id
    /// kept from an earlier run names nothing.
    pub(crate) const fn wire_id(&self, global_id: u32) -> u64 {
        let run = (self.started.0 >> 20) & 0x7fff_ffff;
        (run << 32) | global_id as u64
    }
}

impl ShareDefinition {
    /// Whether shares can have this name.
    #[must_use]
    pub fn is_name(name: &NtString) -> bool {
        is_share_name(name)
    }
}

/// [MS-FSCC] 2.1.6: at most 80 characters, none of those that mean something in a path.
fn is_share_name(name: &NtString) -> bool {
    let forbidden = |u: &u16| *u < 0x20 || "\"\\/[]:|<>+=;,*?".encode_utf16().any(|f| f == *u);
    (1..=80).contains(&name.units().len()) && !name.units().iter().any(forbidden)
}

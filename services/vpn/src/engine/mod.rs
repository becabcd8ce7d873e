//! Everybody who dials in, without sockets: what comes goes in as bytes, what is to be sent and told comes out of an [`Outbox`].

mod admission;
mod calls;
mod entry;
mod inward;
mod outbox;
mod outward;
#[cfg(test)]
mod tests;

pub(crate) use calls::encryption_name;
pub(crate) use entry::Connection;
pub(crate) use outbox::Outbox;

use crate::counters::{Counters, Drop};
use crate::limits::Rates;
use crate::messages::{Machine, Report, Settings, ToMain, ToWorker, Usage};
use crate::pool::Pool;
use crate::reach::Border;
use admission::Waiting;
use entry::{Asked, Entry};
use lanward_ppp::control_connection::Admission;
use lanward_ppp::gre::GreDrops;
use lanward_ppp::tunnel::{CloseReason, Demux, Route, Tunnel, TunnelConfig, TunnelEvent};
use std::collections::{BTreeSet, HashMap};
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

/// All tunnels of the server and what they share.
#[derive(Debug)]
pub(crate) struct Engine {
    settings: Settings,
    border: Border,
    pool: Pool,
    slots: Vec<Slot>,
    free: Vec<u32>,
    demux: Demux,
    /// Whose address is whose, from when somebody was accepted.
    by_address: HashMap<Ipv4Addr, u32>,
    connection_rates: Rates,
    logon_rates: Rates,
    counters: Counters,
    /// Of calls and connections that are gone.
    gre_drops: GreDrops,
    deadlines: BTreeSet<(Duration, u32)>,
    asked: HashMap<u64, Asked>,
    waiting: Vec<Waiting>,
    next_token: u64,
    next_session: u64,
    connections: u64,
    stopping: bool,
    pub(crate) outbox: Outbox,
    /// What tunnels said, before it is dealt with; empty between calls.
    said: Vec<TunnelEvent>,
}

/// Sessions whose usage fits into a message, which has room for some 230 bytes for each.
pub(crate) const CARRIED_AT_ONCE: usize = 4_000;

/// A place for a tunnel.
#[derive(Debug, Default)]
struct Slot {
    generation: u32,
    entry: Option<Box<Entry>>,
}

/// Fills with random bytes.
pub(crate) fn random(bytes: &mut [u8]) {
    let mut filled = 0;
    while let Some(rest) = bytes.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        // Interrupted at most: the pool is there since the machine started.
        filled += rustix::rand::getrandom(rest, rustix::rand::GetRandomFlags::empty()).unwrap_or(0);
    }
}

impl Engine {
    /// Nobody yet.
    pub(crate) fn new(settings: Settings) -> Self {
        let border = Border {
            reach: settings.reach,
            own: settings.address,
            clients: settings.pool,
            tcp: settings.tcp_ports.clone(),
            udp: settings.udp_ports.clone(),
            machine: Machine::default(),
        };
        Self {
            border,
            pool: Pool::new(settings.pool, settings.address),
            settings,
            slots: Vec::new(),
            free: Vec::new(),
            demux: Demux::new(),
            by_address: HashMap::new(),
            connection_rates: Rates::default(),
            logon_rates: Rates::default(),
            counters: Counters::default(),
            gre_drops: GreDrops::none(),
            deadlines: BTreeSet::new(),
            asked: HashMap::new(),
            waiting: Vec::new(),
            next_token: 0,
            next_session: 0,
            connections: 0,
            stopping: false,
            outbox: Outbox::default(),
            said: Vec::new(),
        }
    }

    /// Somebody connected, to this address of ours. `None` when there is no room; the connection is then to be closed.
    pub(crate) fn connected(&mut self, peer: Ipv4Addr, local: Ipv4Addr, now: Duration) -> Option<Connection> {
        let limits = &self.settings.limits;
        let starting = self.entries().filter(|(_, entry)| !entry.is_up());
        let (all, theirs) = starting
            .fold((0, 0), |(all, theirs), (_, entry)| (all + 1, theirs + usize::from(entry.peer == peer)));
        let refused = if all >= limits.starting {
            Some(Drop::TooManyStarting)
        } else if theirs >= limits.starting_per_address {
            Some(Drop::TooManyFromAddress)
        } else if !self.connection_rates.take(peer, limits.connections_per_minute, now) {
            Some(Drop::ConnectionRate)
        } else {
            None
        };
        if let Some(why) = refused {
            self.counters.count(why);
            tracing::debug!(%peer, why = why.name(), "A connection was not taken");
            return None;
        }
        self.connections += 1;
        let admission = if self.stopping { Admission::NoResource } else { Admission::Accept };
        let tunnel = Tunnel::accept(TunnelConfig::new(&self.settings.name), admission, now);
        let wake = Rc::new(Notify::new());
        let entry = Box::new(Entry::new(tunnel, peer, local, Rc::clone(&wake)));
        let slot = match self.free.pop() {
            Some(slot) => slot,
            None => {
                self.slots.push(Slot::default());
                u32::try_from(self.slots.len() - 1).ok()?
            }
        };
        let place = self.slots.get_mut(slot as usize)?;
        place.entry = Some(entry);
        let route = Route { slot, generation: place.generation };
        self.settle(slot, now);
        Some(Connection { route, wake })
    }

    /// Bytes came over the connection of a tunnel.
    pub(crate) fn received(&mut self, route: Route, bytes: &[u8], now: Duration) {
        self.with(route, now, |entry, said| entry.tunnel.receive_tcp(bytes, now, &mut random, said));
    }

    /// The connection of a tunnel was closed or reset.
    pub(crate) fn lost(&mut self, route: Route, now: Duration) {
        self.with(route, now, |entry, said| entry.tunnel.tcp_lost(now, said));
    }

    /// What is to be sent over the connection of a tunnel; `None` when the tunnel is over and everything is sent.
    pub(crate) fn output(&self, route: Route) -> Option<&[u8]> {
        let entry = self.entry(route)?;
        let output = entry.tunnel.tcp_output();
        (!entry.over || (entry.until.is_some() && !output.is_empty())).then_some(output)
    }

    /// So many bytes of it were sent.
    pub(crate) fn sent(&mut self, route: Route, count: usize, now: Duration) {
        self.with(route, now, |entry, _| entry.tunnel.tcp_sent(count, now));
    }

    /// The connection of a tunnel is closed: its place is free.
    pub(crate) fn disconnected(&mut self, route: Route, now: Duration) {
        self.lost(route, now);
        let Some(slot) = self.slots.get_mut(route.slot as usize).filter(|s| s.generation == route.generation)
        else {
            return;
        };
        let Some(entry) = slot.entry.take() else { return };
        slot.generation = slot.generation.wrapping_add(1);
        if let Some(at) = entry.deadline {
            self.deadlines.remove(&(at, route.slot));
        }
        self.gre_drops.add(&entry.tunnel.drops());
        self.asked.retain(|_, asked| asked.route != route);
        self.free.push(route.slot);
    }

    /// When [`Engine::tick`] has something to do.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let waiting = self.waiting.iter().map(|waiting| waiting.due);
        self.deadlines.first().map(|(at, _)| *at).into_iter().chain(waiting).min()
    }

    /// Time has passed.
    pub(crate) fn tick(&mut self, now: Duration) {
        while let Some((at, slot)) = self.deadlines.first().copied().filter(|(at, _)| *at <= now) {
            self.deadlines.remove(&(at, slot));
            let Some(place) = self.slots.get_mut(slot as usize) else { continue };
            let Some(entry) = &mut place.entry else { continue };
            entry.deadline = None;
            // It does not read that it is over.
            entry.until = entry.until.filter(|until| *until > now);
            if entry.tunnel.deadline().is_some_and(|due| due <= now) {
                entry.tunnel.tick(now, &mut random, &mut self.said);
                self.hear(slot, now);
            }
            self.settle(slot, now);
        }
        self.consider_waiting(now);
    }

    /// What the main process says.
    pub(crate) fn told(&mut self, message: ToWorker, now: Duration) {
        match message {
            ToWorker::Answer { token, answer } => self.answered(token, *answer, now),
            ToWorker::Disconnect { sessions } => self.disconnect(sessions.as_deref(), now),
            ToWorker::Report { token } => {
                let carried: Vec<_> = self.carried(now).collect();
                let parts = carried.chunks(CARRIED_AT_ONCE).map(|part| ToMain::Carried(part.to_vec()));
                self.outbox.told.extend(parts);
                let report = Box::new(self.report());
                self.outbox.told.push(ToMain::Report { token, report });
            }
            ToWorker::Stop => self.stop(now),
            ToWorker::Machine(machine) => self.border.machine = machine,
            ToWorker::Settings(_) | ToWorker::Listen(_) | ToWorker::Unlisten(_) => {}
        }
    }

    /// Ends everything by the book. Nobody comes any more.
    pub(crate) fn stop(&mut self, now: Duration) {
        self.stopping = true;
        for route in self.routes() {
            self.with(route, now, |entry, said| {
                entry.tunnel.stop(CloseReason::Shutdown, now, &mut random, said);
            });
        }
    }

    /// Whether nobody is there.
    pub(crate) fn is_empty(&self) -> bool {
        self.free.len() == self.slots.len()
    }

    /// Counts something that was dropped.
    pub(crate) fn count(&mut self, why: Drop) {
        self.counters.count(why);
    }

    fn disconnect(&mut self, sessions: Option<&[u64]>, now: Duration) {
        for route in self.routes() {
            let Some(entry) = self.entry(route) else { continue };
            let Some(session) = &entry.session else { continue };
            let meant = sessions.is_none_or(|these| session.id.is_some_and(|id| these.contains(&id)));
            if meant {
                let key = session.key;
                self.with(route, now, |entry, said| {
                    entry.tunnel.close_call(key, CloseReason::Administrator, now, &mut random, said);
                });
            }
        }
    }

    /// What sessions have carried.
    fn carried(&self, now: Duration) -> impl Iterator<Item = (u64, Usage)> {
        self.entries().filter_map(move |(_, entry)| {
            let session = entry.session.as_ref()?;
            Some((session.id?, session.usage(now)))
        })
    }

    fn report(&self) -> Report {
        let mut gre = self.gre_drops;
        let mut report =
            Report { connections: self.connections, drops: self.counters.clone(), ..Report::default() };
        for (_, entry) in self.entries() {
            report.starting += usize::from(!entry.is_up());
            gre.add(&entry.tunnel.drops());
            let Some(session) = &entry.session else { continue };
            if let Some(counters) = entry.tunnel.gre_counters(session.key) {
                gre.add(&counters.drops);
            }
        }
        report.gre_drops = gre.iter().map(|(why, count)| (why.name().to_owned(), count)).collect();
        report
    }

    /// Does something with a tunnel and then all that follows from it.
    fn with(&mut self, route: Route, now: Duration, act: impl FnOnce(&mut Entry, &mut Vec<TunnelEvent>)) {
        let place =
            self.slots.get_mut(route.slot as usize).filter(|place| place.generation == route.generation);
        let Some(entry) = place.and_then(|place| place.entry.as_deref_mut()) else { return };
        act(entry, &mut self.said);
        self.hear(route.slot, now);
        self.settle(route.slot, now);
    }

    /// After anything was done with a tunnel: its deadline, and whoever serves its connection.
    fn settle(&mut self, slot: u32, now: Duration) {
        let Some(entry) = self.slots.get_mut(slot as usize).and_then(|place| place.entry.as_deref_mut())
        else {
            return;
        };
        let due = entry.tunnel.deadline().or(entry.until);
        // A later one is found when the earlier has come: most packets put it off.
        let earlier = due.is_some_and(|due| entry.deadline.is_none_or(|known| due < known));
        if let Some(due) = due.filter(|_| earlier) {
            if let Some(known) = entry.deadline.replace(due.max(now)) {
                self.deadlines.remove(&(known, slot));
            }
            self.deadlines.insert((due.max(now), slot));
        }
        if entry.over || !entry.tunnel.tcp_output().is_empty() {
            entry.wake.notify_one();
        }
    }

    fn entry(&self, route: Route) -> Option<&Entry> {
        let place = self.slots.get(route.slot as usize)?;
        place.entry.as_deref().filter(|_| place.generation == route.generation)
    }

    fn entries(&self) -> impl Iterator<Item = (Route, &Entry)> {
        (0u32..).zip(&self.slots).filter_map(|(slot, place)| {
            Some((Route { slot, generation: place.generation }, place.entry.as_deref()?))
        })
    }

    fn routes(&self) -> Vec<Route> {
        self.entries().map(|(route, _)| route).collect()
    }
}

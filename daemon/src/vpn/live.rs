//! The list of who has dialled in, and what there was: kept by the main process, so that nothing is lost with a worker.

use super::{VpnSession, VpnStatistics};
use lanward_vpn::{Counters, Ended, Report, SessionBegun, Usage};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddrV4;
use std::time::Instant;

/// What is known of the VPN at this moment.
#[derive(Debug, Default)]
pub(crate) struct Live {
    interface: String,
    pub(super) listening: BTreeSet<SocketAddrV4>,
    sessions: BTreeMap<u64, One>,
    /// Which worker it is: numbers of sessions begin with it.
    worker: u64,
    serving: bool,
    lacks: Vec<String>,
    report: Report,
    begun: u64,
    failures: u64,
    gre_blocked: u64,
    ended: BTreeMap<String, u64>,
    failed: BTreeMap<String, u64>,
    /// Of workers that are gone.
    drops: Counters,
    gre_drops: BTreeMap<String, u64>,
    connections: u64,
    octets: (u64, u64),
}

#[derive(Debug)]
struct One {
    begun: SessionBegun,
    since: Instant,
    usage: Usage,
}

/// Sessions that one worker can have in its life.
const PER_WORKER: u64 = 1_000_000;

/// Reasons that are told apart.
const REASONS: usize = 128;

impl Live {
    /// Nobody yet.
    pub(super) fn at(interface: String) -> Self {
        Self { interface, ..Self::default() }
    }

    /// The interface that all calls have in common.
    pub(crate) fn interface(&self) -> &str {
        &self.interface
    }

    /// The number of one of the worker's sessions.
    pub(super) fn number(&self, id: u64) -> u64 {
        (self.worker * PER_WORKER).saturating_add(id)
    }

    /// The worker's own number of one of its sessions.
    pub(super) fn workers_number(&self, id: u64) -> Option<u64> {
        id.checked_sub(self.worker * PER_WORKER).filter(|_| self.sessions.contains_key(&id))
    }

    /// How many have dialled in.
    pub(super) fn count(&self) -> usize {
        self.sessions.len()
    }

    pub(super) fn ready(&mut self, lacks: Vec<String>) {
        self.serving = true;
        self.lacks = lacks;
    }

    pub(super) fn begun(&mut self, begun: SessionBegun) {
        self.begun += 1;
        let id = self.number(begun.id);
        self.sessions.insert(id, One { begun, since: Instant::now(), usage: Usage::default() });
    }

    /// The session that is over, as it was.
    pub(super) fn ended(&mut self, ended: &Ended) -> Option<VpnSession> {
        let id = self.number(ended.id);
        let mut one = self.sessions.remove(&id)?;
        one.usage = ended.usage;
        count_reason(&mut self.ended, &ended.reason);
        self.octets.0 += ended.usage.octets_in;
        self.octets.1 += ended.usage.octets_out;
        Some(shown(id, &one))
    }

    pub(super) fn failed(&mut self, reason: &str) {
        count_reason(&mut self.failed, reason);
    }

    pub(super) const fn gre_blocked(&mut self) {
        self.gre_blocked += 1;
    }

    pub(super) fn carried(&mut self, carried: &[(u64, Usage)]) {
        for (id, usage) in carried {
            let id = self.number(*id);
            if let Some(one) = self.sessions.get_mut(&id) {
                one.usage = *usage;
            }
        }
    }

    pub(super) fn reported(&mut self, report: Report) {
        self.report = report;
    }

    /// The worker is gone, and with it whoever had dialled in.
    pub(super) fn lost(&mut self, expected: bool) -> Vec<VpnSession> {
        let report = std::mem::take(&mut self.report);
        self.drops.add(&report.drops);
        for (why, count) in report.gre_drops {
            *self.gre_drops.entry(why).or_default() += count;
        }
        self.connections += report.connections;
        self.failures += u64::from(!expected);
        self.serving = false;
        let gone = std::mem::take(&mut self.sessions);
        self.worker += 1;
        for one in gone.values() {
            *self.ended.entry("worker-lost".to_owned()).or_default() += 1;
            self.octets.0 += one.usage.octets_in;
            self.octets.1 += one.usage.octets_out;
        }
        gone.iter().map(|(id, one)| shown(*id, one)).collect()
    }

    /// Who has dialled in.
    pub(crate) fn sessions(&self) -> Vec<VpnSession> {
        self.sessions.iter().map(|(id, one)| shown(*id, one)).collect()
    }

    /// The numbers.
    pub(crate) fn statistics(&self) -> VpnStatistics {
        let mut drops = self.drops.clone();
        drops.add(&self.report.drops);
        let mut gre_dropped = self.gre_drops.clone();
        for (why, count) in &self.report.gre_drops {
            *gre_dropped.entry(why.clone()).or_default() += count;
        }
        let live = |pick: fn(&Usage) -> u64| self.sessions.values().map(|one| pick(&one.usage)).sum::<u64>();
        VpnStatistics {
            interface: self.interface.clone(),
            listening: self.listening.iter().copied().collect(),
            serving: self.serving,
            confinement_lacks: self.lacks.clone(),
            sessions: self.sessions.len(),
            starting: self.report.starting,
            connections: self.connections + self.report.connections,
            sessions_begun: self.begun,
            worker_failures: self.failures,
            gre_blocked: self.gre_blocked,
            ended: self.ended.clone(),
            failed: self.failed.clone(),
            dropped: drops.all().map(|(why, count)| (why.name().to_owned(), count)).collect(),
            gre_dropped,
            octets_in: self.octets.0 + live(|usage| usage.octets_in),
            octets_out: self.octets.1 + live(|usage| usage.octets_out),
        }
    }
}

/// Counts a reason that a worker gives. There are not so many, whatever it says.
fn count_reason(counts: &mut BTreeMap<String, u64>, reason: &str) {
    if counts.len() < REASONS || counts.contains_key(reason) {
        *counts.entry(reason.to_owned()).or_default() += 1;
    }
}

fn shown(id: u64, one: &One) -> VpnSession {
    let SessionBegun { user, peer, local, address, method, encryption, mtu, .. } = one.begun.clone();
    let usage = one.usage;
    VpnSession {
        id,
        user,
        peer,
        local,
        address,
        method,
        encryption,
        mtu,
        seconds: one.since.elapsed().as_secs(),
        packets_in: usage.packets_in,
        octets_in: usage.octets_in,
        packets_out: usage.packets_out,
        octets_out: usage.octets_out,
        dropped: usage.dropped,
    }
}

#[cfg(test)]
mod tests {
    use super::Live;
    use lanward_vpn::{Counters, Drop, Ended, Report, SessionBegun, Usage};
    use std::net::Ipv4Addr;

    fn begun(id: u64) -> SessionBegun {
        SessionBegun {
            id,
            user: format!("user{id}"),
            peer: Ipv4Addr::LOCALHOST,
            local: Ipv4Addr::LOCALHOST,
            address: Ipv4Addr::new(10, 99, 0, 10),
            method: "MS-CHAPv2".into(),
            encryption: None,
            mtu: 1396,
        }
    }

    #[test]
    fn nothing_is_lost_with_a_worker() {
        let mut live = Live::default();
        live.ready(Vec::new());
        live.begun(begun(1));
        live.begun(begun(2));
        let usage = Usage { octets_in: 7, octets_out: 9, ..Usage::default() };
        let ended = live.ended(&Ended { id: 2, reason: "peer".into(), usage }).unwrap();
        assert_eq!((&*ended.user, ended.octets_in), ("user2", 7));
        let mut drops = Counters::default();
        drops.count(Drop::InnerReach);
        live.carried(&[(1, usage)]);
        live.reported(Report { drops, connections: 3, ..Report::default() });
        let gone = live.lost(false);
        assert_eq!((gone.len(), gone[0].octets_out, live.sessions().len()), (1, 9, 0));
        assert!(live.ended(&Ended { id: 1, reason: "peer".into(), usage }).is_none(), "it is told once");

        live.ready(Vec::new());
        live.begun(begun(1));
        let sessions = live.sessions();
        assert_ne!(sessions[0].id, gone[0].id, "numbers are not used again");
        assert_eq!(live.workers_number(sessions[0].id), Some(1));
        assert_eq!(live.workers_number(gone[0].id), None);
        let told = live.statistics();
        assert_eq!((told.octets_in, told.octets_out, told.connections, told.sessions_begun), (14, 18, 3, 3));
        assert_eq!((told.dropped["inner-reach"], told.worker_failures), (1, 1));
        assert_eq!((told.ended["peer"], told.ended["worker-lost"]), (1, 1));
    }
}

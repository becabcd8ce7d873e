//! What happened, for whoever keeps an account of it. Nothing waits for that: what finds no room is counted, and the count is told.

use crate::rates::AddressRates;
use crate::{Refusal, Server, Session, User, Weakness};
use lanward_nt::{AccessMask, FileTime, NtStatus, NtString, Sid};
use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// Records that may wait to be written.
const BACKLOG: usize = 8_192;

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The account's name; empty for NULL sessions.
    pub user: NtString,
    /// The domain that vouched for the name.
    pub domain: NtString,
    /// Who it is.
    pub sid: Sid,
    /// Where it is; `None` for who administers the server from this machine.
    pub peer: Option<SocketAddr>,
    /// Its session.
    pub session: Option<u64>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A connection was not taken.
    ConnectionRefused {
        /// From where.
        peer: SocketAddr,
        /// Why not.
        why: Refusal,
    },
    /// A session was opened.
    LoggedOn {
        /// By whom.
        who: Subject,
        /// What the client calls itself; empty if it did not say.
        client: NtString,
        /// As [MS-SMB2] numbers it.
        dialect: u16,
        /// The zone it came in by.
        zone: String,
    },
    /// A session lacks protection it could have.
    WeakSession {
        /// Whose.
        who: Subject,
        /// What it lacks.
        weaknesses: Vec<Weakness>,
    },
    /// A session was not opened.
    LogonRefused {
        /// From where.
        peer: SocketAddr,
        /// Whom the client claimed to be, if it said so.
        claimed: Option<String>,
        /// What it was told.
        status: NtStatus,
        /// What it was not told.
        why: &'static str,
    },
    /// A session ended.
    LoggedOff {
        /// Whose.
        who: Subject,
        /// How long it lasted.
        lasted: Duration,
    },
    /// A share was connected to.
    ShareConnected {
        /// By whom.
        who: Subject,
        /// Which.
        share: NtString,
    },
    /// A share was not connected to.
    ShareRefused {
        /// Who wanted to.
        who: Subject,
        /// What.
        share: NtString,
        /// What the client was told.
        status: NtStatus,
    },
    /// A connected share was left.
    ShareDisconnected {
        /// By whom.
        who: Subject,
        /// Which.
        share: NtString,
    },
    /// A file or folder was opened, or was not.
    Opened {
        /// By whom.
        who: Subject,
        /// Through which share.
        share: NtString,
        /// Its path in the share.
        path: NtString,
        /// What was asked for.
        access: AccessMask,
        /// SUCCESS, or why not.
        status: NtStatus,
    },
    /// A serial line was opened, or was not.
    DeviceOpened {
        /// By whom.
        who: Subject,
        /// Through which share.
        share: NtString,
        /// SUCCESS, or why not.
        status: NtStatus,
    },
    /// A serial line was given back.
    DeviceClosed {
        /// By whom.
        who: Subject,
        /// Through which share.
        share: NtString,
        /// Bytes that were read and written.
        octets: (u64, u64),
    },
    /// Somebody has dialled in.
    DialledIn {
        /// The account's name.
        user: String,
        /// From where.
        peer: Ipv4Addr,
        /// The address in the tunnel.
        address: Ipv4Addr,
        /// How the name was proved.
        method: String,
        /// What encrypts, if anything does.
        encryption: Option<String>,
    },
    /// Somebody tried to dial in, and is not.
    DialInFailed {
        /// From where.
        peer: Ipv4Addr,
        /// The name that was claimed; empty if none was.
        claimed: String,
        /// Why not.
        why: String,
    },
    /// Somebody who had dialled in is gone.
    HungUp {
        /// The account's name.
        user: String,
        /// From where.
        peer: Ipv4Addr,
        /// The address in the tunnel.
        address: Ipv4Addr,
        /// How long it lasted.
        lasted: Duration,
        /// Bytes that came and went.
        octets: (u64, u64),
        /// Why.
        why: String,
    },
    /// A job for a printer came whole.
    PrintSubmitted {
        /// By whom.
        who: Subject,
        /// For which printer.
        printer: NtString,
        /// Its id.
        job: u32,
        /// What it is called.
        document: NtString,
        /// How long it is.
        bytes: u64,
    },
    /// A job is over: it was printed, or never will be.
    PrintEnded {
        /// The account that printed it.
        user: NtString,
        /// For which printer.
        printer: NtString,
        /// Its id.
        job: u32,
        /// How long it is.
        bytes: u64,
        /// `printed`, `cancelled`, or what went wrong.
        why: String,
    },
    /// Somebody changed the server: shares, accounts, sessions, settings.
    Changed {
        /// Who.
        by: Subject,
        /// What was done, such as `share added`.
        what: &'static str,
        /// To what.
        name: String,
    },
}

/// Something to write down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// It happened.
    Happened(Event),
    /// So many like it were left out because one address caused too many.
    Suppressed(u64),
    /// So many were left out because they came faster than they were written.
    Lost(u64),
}

/// An entry and its time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When.
    pub time: FileTime,
    /// What.
    pub entry: Entry,
}

/// How many events one address may cause in a minute; `None` for any number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventRates {
    /// Logons, refusals and connected shares.
    pub sessions: Option<u32>,
    /// Opens.
    pub opens: Option<u32>,
}

impl Default for EventRates {
    fn default() -> Self {
        Self { sessions: Some(600), opens: Some(60_000) }
    }
}

/// The queue between what happens and who writes it down.
#[derive(Debug, Default)]
pub(crate) struct Events {
    attended: AtomicBool,
    queue: Mutex<Queue>,
    ready: Condvar,
    sessions: AddressRates,
    opens: AddressRates,
    suppressed: AtomicU64,
}

#[derive(Debug, Default)]
struct Queue {
    records: VecDeque<Record>,
    suppressed: u64,
    lost: u64,
    /// Whoever waits is to look up once: what is attended to has changed.
    woken: bool,
}

impl Event {
    /// The client's address, if a client caused it, and whether it was by opening something.
    fn cause(&self) -> Option<(IpAddr, bool)> {
        match self {
            Self::ConnectionRefused { peer, .. } | Self::LogonRefused { peer, .. } => {
                Some((peer.ip(), false))
            }
            Self::LoggedOn { who, .. }
            | Self::WeakSession { who, .. }
            | Self::LoggedOff { who, .. }
            | Self::ShareConnected { who, .. }
            | Self::ShareRefused { who, .. }
            | Self::ShareDisconnected { who, .. }
            | Self::PrintSubmitted { who, .. }
            | Self::DeviceOpened { who, .. }
            | Self::DeviceClosed { who, .. } => who.peer.map(|peer| (peer.ip(), false)),
            Self::DialledIn { peer, .. } | Self::DialInFailed { peer, .. } | Self::HungUp { peer, .. } => {
                Some(((*peer).into(), false))
            }
            Self::Opened { who, .. } => who.peer.map(|peer| (peer.ip(), true)),
            // Who may change the server is not kept from being seen doing so.
            Self::PrintEnded { .. } | Self::Changed { .. } => None,
        }
    }
}

impl Subject {
    /// A user at an address.
    #[must_use]
    pub fn new(user: &User, peer: Option<SocketAddr>, session: Option<u64>) -> Self {
        let User { name, domain, sid, .. } = user.clone();
        Self { user: name, domain, sid, peer, session }
    }

    /// Who has a session.
    #[must_use]
    pub fn of(session: &Session) -> Self {
        Self::new(&session.user(), Some(session.peer()), Some(session.id()))
    }

    /// Whoever administers the server from the machine it runs on.
    #[must_use]
    pub fn operator(name: &str) -> Self {
        let (user, domain) = (name.into(), NtString::default());
        Self { user, domain, sid: Sid::administrators(), peer: None, session: None }
    }
}

impl Server {
    /// Whether anybody writes down what happens: without that nothing has to be told.
    #[must_use]
    pub fn has_audience(&self) -> bool {
        self.events.attended.load(Ordering::Relaxed)
    }

    /// Tells what happened. Never waits; costs one load when nobody writes it down.
    pub fn event(&self, event: Event) {
        if self.has_audience() {
            self.events.tell(event, self.settings().event_rates, Instant::now());
        }
    }

    /// Somebody writes down what happens from now on, or does not any more.
    pub fn attend_events(&self, attended: bool) {
        self.events.attend(attended);
    }

    /// Waits at most `patience` for something to write down, on a thread that may block; what came until then, in its order.
    #[must_use]
    pub fn take_events(&self, patience: Duration) -> Vec<Record> {
        self.events.take(patience)
    }

    /// Says that records which were taken could not be written down: they are told of as lost when that goes again.
    pub fn lose_events(&self, records: &[Record]) {
        self.events.lose(records);
    }

    /// Events that were left out since the server started, for whatever reason.
    #[must_use]
    pub fn suppressed_events(&self) -> u64 {
        self.events.suppressed.load(Ordering::Relaxed)
    }
}

impl Events {
    fn attend(&self, attended: bool) {
        // Under the lock: who has looked and does not sleep yet would miss it.
        let mut queue = self.lock();
        queue.woken = true;
        self.attended.store(attended, Ordering::Relaxed);
        drop(queue);
        self.ready.notify_all();
    }

    fn tell(&self, event: Event, rates: EventRates, now: Instant) {
        let room = event.cause().is_none_or(|(address, opens)| {
            let (rate, of) =
                if opens { (rates.opens, &self.opens) } else { (rates.sessions, &self.sessions) };
            rate.is_none_or(|rate| of.take(address, rate, now))
        });
        let mut queue = self.lock();
        if room && queue.records.len() < BACKLOG {
            queue.records.push_back(Record { time: time(), entry: Entry::Happened(event) });
            drop(queue);
            self.ready.notify_one();
            return;
        }
        self.suppressed.fetch_add(1, Ordering::Relaxed);
        *if room { &mut queue.lost } else { &mut queue.suppressed } += 1;
    }

    fn take(&self, patience: Duration) -> Vec<Record> {
        let quiet = |queue: &mut Queue| queue.records.is_empty() && !queue.woken;
        let waited = self.ready.wait_timeout_while(self.lock(), patience, quiet);
        let mut queue = waited.unwrap_or_else(PoisonError::into_inner).0;
        let Queue { records, suppressed, lost, .. } = std::mem::take(&mut *queue);
        drop(queue);
        let counts = [(suppressed, Entry::Suppressed(suppressed)), (lost, Entry::Lost(lost))];
        let left_out = counts.into_iter().filter(|(count, _)| *count > 0);
        records.into_iter().chain(left_out.map(|(_, entry)| Record { time: time(), entry })).collect()
    }

    fn lose(&self, records: &[Record]) {
        let mut queue = self.lock();
        for record in records {
            match record.entry {
                Entry::Happened(_) => {
                    queue.lost += 1;
                    self.suppressed.fetch_add(1, Ordering::Relaxed);
                }
                Entry::Suppressed(count) => queue.suppressed += count,
                Entry::Lost(count) => queue.lost += count,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn time() -> FileTime {
    FileTime::from_unix_duration(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(peer: &str) -> Event {
        Event::ConnectionRefused { peer: peer.parse().unwrap(), why: Refusal::TooMany }
    }

    fn change(name: &str) -> Event {
        Event::Changed { by: Subject::operator("root"), what: "share added", name: name.into() }
    }

    fn entries(events: &Events) -> Vec<Entry> {
        events.take(Duration::ZERO).into_iter().map(|record| record.entry).collect()
    }

    #[test]
    fn one_address_does_not_drown_the_others() {
        let (events, now) = (Events::default(), Instant::now());
        let rates = EventRates { sessions: Some(2), opens: None };
        for _ in 0..1_000 {
            events.tell(refusal("10.0.0.1:1"), rates, now);
        }
        events.tell(refusal("10.0.0.2:1"), rates, now);
        events.tell(change("docs"), rates, now);
        let seen = entries(&events);
        let expected = [
            Entry::Happened(refusal("10.0.0.1:1")),
            Entry::Happened(refusal("10.0.0.1:1")),
            Entry::Happened(refusal("10.0.0.2:1")),
            Entry::Happened(change("docs")),
            Entry::Suppressed(998),
        ];
        assert_eq!(seen, expected);
        assert!(entries(&events).is_empty(), "a count is told once");
        assert_eq!(events.suppressed.load(Ordering::Relaxed), 998);
    }

    #[test]
    fn the_queue_is_bounded_and_says_what_is_missing() {
        let (events, now) = (Events::default(), Instant::now());
        for n in 0..BACKLOG + 7 {
            events.tell(change(&n.to_string()), EventRates::default(), now);
        }
        let seen = entries(&events);
        assert_eq!((seen.len(), seen.last()), (BACKLOG + 1, Some(&Entry::Lost(7))));
        events.tell(change("again"), EventRates::default(), now);
        assert_eq!(entries(&events), [Entry::Happened(change("again"))]);
    }

    #[test]
    fn who_waits_is_woken_by_what_happens_and_by_the_end() {
        let events = Events::default();
        events.attend(true);
        assert!(events.take(Duration::from_secs(60)).is_empty());
        std::thread::scope(|scope| {
            let taken = scope.spawn(|| events.take(Duration::from_secs(60)));
            events.tell(change("docs"), EventRates::default(), Instant::now());
            assert_eq!(taken.join().unwrap().len(), 1);
        });
        events.attend(false);
        assert!(events.take(Duration::from_secs(60)).is_empty());
    }

    #[test]
    fn what_could_not_be_written_down_is_told_of_as_lost() {
        let events = Events::default();
        events.attend(true);
        for _ in 0..3 {
            events.tell(change("docs"), EventRates::default(), Instant::now());
        }
        let taken = events.take(Duration::ZERO);
        events.lose(&taken);
        let told = events.take(Duration::ZERO);
        assert!(matches!(&*told, [Record { entry: Entry::Lost(3), .. }]), "{told:?}");
        // And that was not written down either.
        events.lose(&told);
        events.tell(change("docs"), EventRates::default(), Instant::now());
        let told = events.take(Duration::ZERO);
        assert!(matches!(&*told, [_, Record { entry: Entry::Lost(3), .. }]), "{told:?}");
        assert_eq!(events.suppressed.load(Ordering::Relaxed), 3);
    }
}

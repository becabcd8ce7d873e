//! How a host answers on one link.

use super::allowance::{Allowance, Rate};
use super::answer::{self, Headers, Sequence};
use super::recent::Recent;
use super::{Host, MAX_DATAGRAM, Nonsense, Request, Version, Wanted};
use lanward_nt::Guid;
use lanward_server::Network;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// April 2005 Appendix I APP_MAX_DELAY: the longest an answer to everybody's question waits, so that not all come at once.
const MAX_DELAY: Duration = Duration::from_millis(500);

/// DPWS Appendix I UDP_MIN_DELAY and UDP_MAX_DELAY: until a message is sent again. Each is sent twice.
const AGAIN: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(250));

/// Messages that wait to be sent.
const MAX_PENDING: usize = 64;

/// Answers for one source.
const EACH: Rate = Rate { at_once: 10, every: Duration::from_millis(500) };

/// Answers for all.
const ALL: Rate = Rate { at_once: 50, every: Duration::from_millis(40) };

/// An address of this machine, and what is next to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subnet {
    /// The machine's address.
    pub address: IpAddr,
    /// Bits of the address that all there have in common.
    pub prefix: u8,
}

impl Subnet {
    /// Whether an address is on the same link.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        Network { address: self.address, prefix: self.prefix }.contains(ip)
    }
}

/// Whom a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// All on the link that listen.
    Everybody,
    /// Who has asked.
    One(SocketAddr),
}

/// A message that is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Whom it is for.
    pub to: Recipient,
    /// The message.
    pub bytes: Arc<[u8]>,
}

#[derive(Debug)]
struct Pending {
    at: Duration,
    /// How long after that it is sent once more.
    again: Option<Duration>,
    outgoing: Outgoing,
}

/// A host on one link.
#[derive(Debug)]
pub struct Responder {
    host: Arc<Host>,
    subnets: Vec<Subnet>,
    /// Where its metadata are, with spaces between.
    urls: String,
    sequence: Guid,
    number: u64,
    recent: Recent,
    allowance: Allowance,
    pending: Vec<Pending>,
}

/// Where random bytes come from.
pub(crate) type Random<'r> = &'r mut dyn FnMut(&mut [u8]);

impl Responder {
    /// A host that says hello, after a while: whatever comes up with a link does so at the same time.
    #[must_use]
    pub fn new(
        host: Arc<Host>,
        subnets: Vec<Subnet>,
        http_port: u16,
        now: Duration,
        rng: Random<'_>,
    ) -> Self {
        let url = |subnet: &Subnet| {
            format!("http://{}/{}", SocketAddr::new(subnet.address, http_port), host.endpoint)
        };
        let urls: Vec<_> = subnets.iter().map(url).collect();
        let mut responder = Self {
            urls: urls.join(" "),
            host,
            subnets,
            sequence: guid(rng),
            number: 0,
            recent: Recent::default(),
            allowance: Allowance::new(EACH, ALL),
            pending: Vec::new(),
        };
        let hello = answer::hello(
            &responder.headers(Version::April2005, None, rng),
            &responder.host,
            &responder.urls,
        );
        let delay = between(Duration::ZERO, MAX_DELAY, rng);
        responder.push(Recipient::Everybody, hello, now.saturating_add(delay), rng);
        responder
    }

    /// The machine's address on the link next to another's, if it is on the link.
    #[must_use]
    pub fn next_to(&self, ip: IpAddr) -> Option<IpAddr> {
        let next = self.subnets.iter().find(|subnet| subnet.contains(ip))?;
        Some(next.address)
    }

    /// Takes what came from `from`, to everybody or to this host alone.
    ///
    /// # Errors
    /// Why there is no answer.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        from: SocketAddr,
        everybody: bool,
        now: Duration,
        rng: Random<'_>,
    ) -> Result<(), Nonsense> {
        if bytes.len() > MAX_DATAGRAM {
            return Err(Nonsense("longer than a datagram may be"));
        }
        if from.port() == 0 || self.next_to(from.ip()).is_none() {
            return Err(Nonsense("from elsewhere"));
        }
        let request = Request::parse(bytes)?;
        if !self.recent.is_new(from.ip(), &request.message_id, now) {
            return Err(Nonsense("it came before"));
        }
        let probed = match &request.wanted {
            Wanted::Probe(probe) if probe.matches() => true,
            Wanted::Resolve(endpoint) if endpoint.eq_ignore_ascii_case(&self.host.address()) => false,
            _ => return Err(Nonsense("for somebody else")),
        };
        if self.pending.len() >= MAX_PENDING || !self.allowance.take(from.ip(), now) {
            return Err(Nonsense("asked for too often"));
        }
        let headers = self.headers(request.version, Some(&request.message_id), rng);
        let (text, delay) = if probed {
            let delay = if everybody { between(Duration::ZERO, MAX_DELAY, rng) } else { Duration::ZERO };
            (answer::probe_matches(&headers, &self.host, &self.urls), delay)
        } else {
            (answer::resolve_matches(&headers, &self.host, &self.urls), Duration::ZERO)
        };
        self.push(Recipient::One(from), text, now.saturating_add(delay), rng);
        Ok(())
    }

    /// Says bye; what was to be said before is not any more.
    pub fn leave(&mut self, now: Duration, rng: Random<'_>) {
        self.pending.clear();
        let bye = answer::bye(&self.headers(Version::April2005, None, rng), &self.host);
        self.push(Recipient::Everybody, bye, now, rng);
    }

    /// When the next message is due; `None` if there is none.
    #[must_use]
    pub fn wakes_at(&self) -> Option<Duration> {
        self.pending.iter().map(|pending| pending.at).min()
    }

    /// The next message that is due by now.
    pub fn next_outgoing(&mut self, now: Duration) -> Option<Outgoing> {
        let (place, first) = self.pending.iter_mut().enumerate().min_by_key(|(_, pending)| pending.at)?;
        if first.at > now {
            return None;
        }
        let outgoing = first.outgoing.clone();
        match first.again.take() {
            Some(after) => first.at = now.saturating_add(after),
            None => drop(self.pending.swap_remove(place)),
        }
        Some(outgoing)
    }

    fn headers<'a>(&mut self, version: Version, relates_to: Option<&'a str>, rng: Random<'_>) -> Headers<'a> {
        self.number = self.number.saturating_add(1);
        let sequence = Sequence { instance: self.host.instance, id: self.sequence, number: self.number };
        Headers { version, id: guid(rng), relates_to, sequence: Some(sequence) }
    }

    fn push(&mut self, to: Recipient, text: String, at: Duration, rng: Random<'_>) {
        let again = Some(between(AGAIN.0, AGAIN.1, rng));
        let outgoing = Outgoing { to, bytes: text.into_bytes().into() };
        self.pending.push(Pending { at, again, outgoing });
    }
}

/// A UUID of random bits (RFC 9562 5.4).
pub(crate) fn guid(rng: Random<'_>) -> Guid {
    let mut bytes = [0; 16];
    rng(&mut bytes);
    random_guid(bytes)
}

/// Random bits as a UUID that says so.
pub(crate) fn random_guid(mut bytes: [u8; 16]) -> Guid {
    let [.., version, variant, _, _, _, _, _, _, _] = &mut bytes;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    Guid(bytes)
}

/// A random time, in milliseconds.
fn between(least: Duration, most: Duration, rng: Random<'_>) -> Duration {
    let mut bytes = [0; 2];
    rng(&mut bytes);
    let span = most.saturating_sub(least);
    let part = span.saturating_mul(u16::from_le_bytes(bytes).into()).checked_div(0x1_0000);
    least.saturating_add(part.unwrap_or_default())
}

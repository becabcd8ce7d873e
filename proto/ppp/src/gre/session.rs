use core::ops::Range;
use core::time::Duration;

use super::{Arrival, GreDrop, GreDrops, GreHeader, Receiver};

/// How a call's GRE behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GreConfig {
    /// How long a packet that came too early waits for those before it; zero for not at all.
    pub patience: Duration,
    /// How long an acknowledgement waits for a packet to go with ([MS-PTPT] 3.1.5.9).
    pub acknowledge_after: Duration,
}

/// What a call has sent and received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GreCounters {
    /// Packets with payload that were sent.
    pub sent: u64,
    /// Octets of payload in them.
    pub sent_octets: u64,
    /// Packets with payload that were delivered, or are to be.
    pub received: u64,
    /// Octets of payload in them.
    pub received_octets: u64,
    /// Packets that never came.
    pub lost: u64,
    /// Acknowledgements that make no sense, of packets that were not sent or were acknowledged.
    pub bad_acknowledgements: u64,
    /// Packets that were dropped.
    pub drops: GreDrops,
}

/// The numbers of one call's packets, both ways ([RFC 2637] 4.2 to 4.4).
#[derive(Debug)]
pub struct GreSession {
    config: GreConfig,
    peer_call_id: u16,
    receiver: Receiver,
    /// The next packet's number.
    next: u32,
    /// The highest number the peer says it has.
    acknowledged: Option<u32>,
    /// Packets to be acknowledged.
    unacknowledged: u32,
    acknowledge_at: Option<Duration>,
    counters: GreCounters,
}

impl Default for GreConfig {
    fn default() -> Self {
        Self { patience: Duration::from_millis(20), acknowledge_after: Duration::from_millis(100) }
    }
}

impl GreSession {
    /// So many packets are acknowledged at once: a sender with a small window waits for it.
    const ACKNOWLEDGE_EVERY: u32 = 16;

    /// Nothing is sent or received yet. `peer_call_id` is what the peer calls the call. No packet is held back before
    /// [`GreSession::trust`].
    #[must_use]
    pub const fn new(config: GreConfig, peer_call_id: u16) -> Self {
        Self {
            config,
            peer_call_id,
            receiver: Receiver::new(),
            next: 0,
            acknowledged: None,
            unacknowledged: 0,
            acknowledge_at: None,
            counters: GreCounters {
                sent: 0,
                sent_octets: 0,
                received: 0,
                received_octets: 0,
                lost: 0,
                bad_acknowledgements: 0,
                drops: GreDrops::none(),
            },
        }
    }

    /// It is known who the peer is: packets that come early may be kept for a while.
    pub const fn trust(&mut self) {
        self.receiver.set_patience(self.config.patience);
    }

    /// What was sent and received so far.
    #[must_use]
    pub const fn counters(&self) -> GreCounters {
        GreCounters { lost: self.receiver.lost(), ..self.counters }
    }

    /// Counts a packet that did not come so far.
    pub fn count_drop(&mut self, reason: GreDrop) {
        self.counters.drops.count(reason);
    }

    /// Takes a packet. `Some` says where a frame lies in it that is the next one, and how many were lost before it. Ask
    /// [`GreSession::next_due`] behind it.
    pub fn receive(
        &mut self,
        header: &GreHeader,
        packet: &[u8],
        now: Duration,
    ) -> Option<(Range<usize>, u32)> {
        if let Some(acknowledgement) = header.acknowledgement {
            self.acknowledged(acknowledgement);
        }
        let sequence = header.sequence?;
        let payload = packet.get(header.payload.clone()).unwrap_or_default();
        if payload.is_empty() {
            self.count_drop(GreDrop::Empty);
            return None;
        }
        let arrival = self.receiver.arrive(sequence, payload, now);
        if let Arrival::Dropped(reason) = arrival {
            self.count_drop(reason);
            return None;
        }
        self.counters.received = self.counters.received.saturating_add(1);
        let octets = u64::try_from(payload.len()).unwrap_or(0);
        self.counters.received_octets = self.counters.received_octets.saturating_add(octets);
        self.unacknowledged = self.unacknowledged.saturating_add(1);
        self.acknowledge_at.get_or_insert(now.saturating_add(self.config.acknowledge_after));
        match arrival {
            Arrival::Deliver { lost } => Some((header.payload.clone(), lost)),
            Arrival::Held | Arrival::Dropped(_) => None,
        }
    }

    /// The next frame that was held back and whose turn has come, with the number of those lost before it.
    pub fn next_due(&mut self, now: Duration) -> Option<(Vec<u8>, u32)> {
        self.receiver.next_due(now)
    }

    /// Appends a packet whose payload `write` appends, and with it an acknowledgement if one is due. Where `write` fails or appends
    /// nothing, nothing is sent.
    ///
    /// # Errors
    /// That of `write`.
    pub fn send<E>(
        &mut self,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = out.len();
        let acknowledgement = self.receiver.acknowledgement().filter(|_| self.unacknowledged != 0);
        let header = GreHeader {
            call_id: self.peer_call_id,
            sequence: Some(self.next),
            acknowledgement,
            payload: 0..0,
        };
        header.encode(out);
        let payload_start = out.len();
        let written = write(out);
        if written.is_err() || out.len() <= payload_start {
            out.truncate(start);
            return written;
        }
        let octets = GreHeader::finish(out, start, payload_start);
        self.next = self.next.wrapping_add(1);
        self.counters.sent = self.counters.sent.saturating_add(1);
        let octets = u64::try_from(octets).unwrap_or(0);
        self.counters.sent_octets = self.counters.sent_octets.saturating_add(octets);
        if acknowledgement.is_some() {
            self.nothing_to_acknowledge();
        }
        Ok(())
    }

    /// A packet that only acknowledges, if one is due and no other has gone.
    pub fn acknowledge(&mut self, now: Duration) -> Option<Vec<u8>> {
        let due = self.acknowledge_at.is_some_and(|at| at <= now);
        if !due && self.unacknowledged < Self::ACKNOWLEDGE_EVERY {
            return None;
        }
        // Where all that came is held back, there is nothing to say yet.
        let acknowledgement = Some(self.receiver.acknowledgement()?);
        self.nothing_to_acknowledge();
        let header = GreHeader { call_id: self.peer_call_id, sequence: None, acknowledgement, payload: 0..0 };
        let mut packet = Vec::with_capacity(GreHeader::MAX_LEN);
        header.encode(&mut packet);
        Some(packet)
    }

    /// When [`GreSession::acknowledge`] or [`GreSession::next_due`] has something without another packet.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        [self.acknowledge_at, self.receiver.deadline()].into_iter().flatten().min()
    }

    fn nothing_to_acknowledge(&mut self) {
        self.unacknowledged = 0;
        self.acknowledge_at = None;
    }

    /// Only believed where it is of a packet that was sent, and newer than the last.
    fn acknowledged(&mut self, number: u32) {
        let since_last = self.acknowledged.map_or(1, |last| number.wrapping_sub(last));
        let newer = (1..0x8000_0000).contains(&since_last);
        let unsent = self.next.wrapping_sub(number).wrapping_sub(1);
        let sent = self.counters.sent > u64::from(unsent) && unsent < 0x8000_0000;
        if newer && sent {
            self.acknowledged = Some(number);
        } else if since_last != 0 {
            self.counters.bad_acknowledgements = self.counters.bad_acknowledgements.saturating_add(1);
        }
    }

    /// The highest number the peer says it has, if it has said any.
    #[must_use]
    pub const fn peer_has(&self) -> Option<u32> {
        self.acknowledged
    }
}

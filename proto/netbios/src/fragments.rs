use core::net::SocketAddrV4;
use core::time::Duration;
use std::collections::BTreeMap;

use crate::{DatagramBody, DatagramData, DatagramPacket};

/// Parts of datagrams that wait for the others (RFC 1002 5.3.3). Bounded in number, bytes and time.
#[derive(Debug, Default)]
pub struct Fragments {
    waiting: BTreeMap<(SocketAddrV4, u16), Waiting>,
}

#[derive(Debug)]
struct Waiting {
    /// What has arrived, from the beginning on.
    so_far: DatagramData,
    until: Duration,
}

impl Fragments {
    /// FRAGMENT_TO: how long a part waits for the next (RFC 1002 6).
    pub const DEADLINE: Duration = Duration::from_secs(2);
    /// Datagrams that wait at once; one more drops the one whose time is up first.
    pub const MAX_WAITING: usize = 16;
    /// The longest datagram, in bytes of data.
    pub const MAX_DATAGRAM: usize = 4096;

    /// Takes a packet that came from `from`; answers the datagram when it is whole. Parts must come in order, as they do on the networks this
    /// is for: a part out of order drops the rest, as RFC 1002 5.3.3 allows for any that is missing.
    pub fn receive(
        &mut self,
        from: SocketAddrV4,
        packet: DatagramPacket,
        now: Duration,
    ) -> Option<DatagramData> {
        self.waiting.retain(|_, waiting| waiting.until > now);
        let DatagramBody::Data(part) = packet.body else { return None };
        let key = (from, packet.id);
        if part.first {
            self.waiting.remove(&key);
            if part.offset != 0 || part.data.len() > Self::MAX_DATAGRAM {
                return None;
            }
            return self.keep_or_finish(key, part, now);
        }
        let Waiting { mut so_far, .. } = self.waiting.remove(&key)?;
        let fits = usize::from(part.offset) == so_far.data.len()
            && !part.data.is_empty()
            && so_far.data.len().saturating_add(part.data.len()) <= Self::MAX_DATAGRAM
            && so_far.source == part.source
            && so_far.destination == part.destination;
        if !fits {
            return None;
        }
        so_far.data.extend_from_slice(&part.data);
        so_far.more = part.more;
        self.keep_or_finish(key, so_far, now)
    }

    fn keep_or_finish(
        &mut self,
        key: (SocketAddrV4, u16),
        datagram: DatagramData,
        now: Duration,
    ) -> Option<DatagramData> {
        if !datagram.more {
            return Some(datagram);
        }
        if self.waiting.len() >= Self::MAX_WAITING
            && let Some(oldest) = self.waiting.iter().min_by_key(|(_, w)| w.until).map(|(key, _)| *key)
        {
            self.waiting.remove(&oldest);
        }
        self.waiting.insert(key, Waiting { so_far: datagram, until: now.saturating_add(Self::DEADLINE) });
        None
    }

    /// Bytes that are kept.
    #[must_use]
    pub fn held(&self) -> usize {
        self.waiting.values().fold(0, |sum, w| sum.saturating_add(w.so_far.data.len()))
    }
}

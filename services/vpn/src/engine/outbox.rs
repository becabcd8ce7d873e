use crate::messages::ToMain;
use std::net::Ipv4Addr;
use std::ops::Range;

/// What the engine wants done: packets to send and things to tell.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// All packets, one behind the other.
    bytes: Vec<u8>,
    packets: Vec<(Ipv4Addr, Ipv4Addr, Range<usize>)>,
    /// Packets for the system, as if they had come in through the tunnels.
    pub(crate) inward: Vec<Vec<u8>>,
    /// For the main process.
    pub(crate) told: Vec<ToMain>,
}

impl Outbox {
    /// What is kept of the buffer between uses, in bytes.
    const KEPT: usize = 64 << 10;

    /// Adds a packet that `write` appends, unless it cannot.
    pub(super) fn send<E>(
        &mut self,
        from: Ipv4Addr,
        to: Ipv4Addr,
        write: impl FnOnce(&mut Vec<u8>) -> Result<(), E>,
    ) -> Result<(), E> {
        let start = self.bytes.len();
        match write(&mut self.bytes) {
            Ok(()) => self.packets.push((from, to, start..self.bytes.len())),
            Err(error) => {
                self.bytes.truncate(start);
                return Err(error);
            }
        }
        Ok(())
    }

    /// The packets to send, each from and to an address.
    pub(crate) fn packets(&self) -> impl Iterator<Item = (Ipv4Addr, Ipv4Addr, &[u8])> {
        let one = |(from, to, at): &(Ipv4Addr, Ipv4Addr, Range<usize>)| {
            (*from, *to, self.bytes.get(at.clone()).unwrap_or_default())
        };
        self.packets.iter().map(one)
    }

    /// They are sent.
    pub(crate) fn clear_packets(&mut self) {
        self.packets.clear();
        self.bytes.clear();
        self.bytes.shrink_to(Self::KEPT);
    }
}

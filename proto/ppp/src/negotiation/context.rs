use core::time::Duration;

use crate::bucket::Bucket;
use crate::frame::{HeaderCompression, Protocol};
use crate::link::LinkEvent;
use crate::packet::Packet;

/// What a negotiation needs from around it.
pub(crate) struct Context<'a> {
    /// The time.
    pub(crate) now: Duration,
    /// Random bytes.
    pub(crate) rng: &'a mut dyn FnMut(&mut [u8]),
    /// Where frames go.
    pub(crate) out: &'a mut Vec<LinkEvent>,
    /// The most bytes a packet to the peer may have.
    pub(crate) mru: usize,
    /// What is left to answer nonsense with.
    pub(crate) rejects: &'a mut Bucket,
}

impl Context<'_> {
    /// Sends a packet of a control protocol, in a header that is never compressed.
    pub(crate) fn send(&mut self, protocol: Protocol, packet: Packet<'_>) {
        let mut frame = Vec::with_capacity(packet.data.len().saturating_add(8));
        HeaderCompression::default().write_header(protocol, &mut frame);
        if packet.encode(&mut frame) {
            self.out.push(LinkEvent::Send(frame));
        }
    }
}

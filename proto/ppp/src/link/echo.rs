//! Whether the peer is still there (RFC 1661 5.8).

use core::time::Duration;

use super::{CloseReason, Io, Link};
use crate::bucket::Bucket;
use crate::frame::Protocol;
use crate::packet::{Code, PACKET_HEADER, Packet};

/// Echoes that may carry this end's own magic number before the link counts as looped back.
const MAX_LOOPED: u8 = 10;

/// Requests for an echo, and their answers.
#[derive(Debug)]
pub(super) struct Echo {
    next: Option<Duration>,
    identifier: u8,
    unanswered: u8,
    looped: u8,
    /// The peer says it does not know them.
    unknown: bool,
    replies: Bucket,
}

impl Echo {
    pub(super) const fn new(now: Duration) -> Self {
        Self {
            next: None,
            identifier: 0,
            unanswered: 0,
            looped: 0,
            unknown: false,
            replies: Bucket::new(10, now),
        }
    }

    pub(super) const fn deadline(&self) -> Option<Duration> {
        self.next
    }

    pub(super) fn start(&mut self, now: Duration, interval: Duration) {
        self.next = (!interval.is_zero() && !self.unknown).then(|| now.saturating_add(interval));
        self.unanswered = 0;
    }

    pub(super) const fn stop(&mut self) {
        self.next = None;
    }

    /// Something of the peer's arrived that nobody else can have sent but who has its keys.
    pub(super) const fn alive(&mut self) {
        self.unanswered = 0;
    }

    /// RFC 1661 5.6: a peer that does not know echoes is not asked for them.
    pub(super) fn code_rejected(&mut self, rejected: &[u8]) {
        if let [code, _, _, _, ..] = rejected
            && matches!(Code(*code), Code::ECHO_REQUEST | Code::ECHO_REPLY)
        {
            self.unknown = true;
            self.next = None;
        }
    }
}

impl Link {
    pub(super) fn receive_echo(&mut self, packet: &Packet<'_>, io: &mut Io<'_>) {
        let Some((magic, rest)) = packet.data.split_first_chunk::<4>() else { return };
        if !self.lcp.is_open() {
            return;
        }
        let own = self.lcp.options.magic;
        if own != 0 && u32::from_be_bytes(*magic) == own {
            self.echo.looped = self.echo.looped.saturating_add(1);
            if self.echo.looped >= MAX_LOOPED {
                self.shut(CloseReason::LoopedBack, io);
            }
            return;
        }
        if packet.code == Code::ECHO_REPLY {
            self.echo.unanswered = 0;
            return;
        }
        if !self.echo.replies.take(io.now) {
            return;
        }
        let mru = self.peer_mru();
        let mut data = own.to_be_bytes().to_vec();
        data.extend_from_slice(rest);
        data.truncate(usize::from(mru).saturating_sub(PACKET_HEADER));
        let reply = Packet { code: Code::ECHO_REPLY, identifier: packet.identifier, data: &data };
        io.context(mru, &mut self.rejects).send(Protocol::LCP, reply);
    }

    pub(super) fn tick_echo(&mut self, io: &mut Io<'_>) {
        if self.echo.next.is_none_or(|next| io.now < next) {
            return;
        }
        let answered = self.echo.unanswered == 0;
        if answered && self.config.timers.echo.is_zero() {
            // It was asked for one only.
            self.echo.stop();
            return;
        }
        if self.echo.unanswered >= self.config.timers.echo_failures {
            return self.shut(CloseReason::EchoTimeout, io);
        }
        self.echo.unanswered = self.echo.unanswered.saturating_add(1);
        self.echo.next = Some(io.now.saturating_add(self.config.timers.echo));
        self.request_echo(io);
    }

    /// Whether the peer is still there is to be known within `patience`.
    pub(super) fn probe_echo(&mut self, patience: Duration, io: &mut Io<'_>) {
        if self.addresses.is_none() || self.echo.unknown {
            return;
        }
        self.echo.unanswered = self.config.timers.echo_failures;
        self.echo.next = Some(io.now.saturating_add(patience));
        self.request_echo(io);
    }

    fn request_echo(&mut self, io: &mut Io<'_>) {
        self.echo.identifier = self.echo.identifier.wrapping_add(1);
        let magic = self.lcp.options.magic.to_be_bytes();
        let request = Packet { code: Code::ECHO_REQUEST, identifier: self.echo.identifier, data: &magic };
        let mru = self.peer_mru();
        io.context(mru, &mut self.rejects).send(Protocol::LCP, request);
    }
}

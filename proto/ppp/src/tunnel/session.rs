use core::time::Duration;

use super::CloseReason;
use crate::bucket::Bucket;
use crate::call::CallKey;
use crate::gre::{GreConfig, GreSession};
use crate::link::{CloseReason as LinkReason, Link, LinkConfig, LinkEvent};

/// What an established call carries.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) key: CallKey,
    pub(super) call_id: u16,
    pub(super) gre: GreSession,
    pub(super) link: Link,
    pub(super) since: Duration,
    /// Whether anything came by GRE so far.
    pub(super) heard: bool,
    /// Whether it was said that nothing does.
    pub(super) diagnosed: bool,
    /// Until it is known who the peer is, how many packets are looked at.
    pub(super) strangers: Option<Bucket>,
    /// Why this end closes the link, and how long it has for that.
    pub(super) closing: Option<(CloseReason, Duration)>,
}

impl Session {
    /// Packets in a second that are looked at before it is known who the peer is.
    const STRANGERS_PER_SECOND: u32 = 100;
    /// Without any GRE for so long, something on the way does not let it pass.
    const BLOCKED_AFTER: Duration = Duration::from_secs(10);
    /// How long a link has to end by the book.
    pub(super) const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

    pub(super) fn new(
        key: CallKey,
        ids: (u16, u16),
        gre: GreConfig,
        link: LinkConfig,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        events: &mut Vec<LinkEvent>,
    ) -> Self {
        let (call_id, peer_call_id) = ids;
        Self {
            key,
            call_id,
            gre: GreSession::new(gre, peer_call_id),
            link: Link::new(link, now, rng, events),
            since: now,
            heard: false,
            diagnosed: false,
            strangers: Some(Bucket::new(Self::STRANGERS_PER_SECOND, now)),
            closing: None,
        }
    }

    /// It is known who the peer is.
    pub(super) const fn trust(&mut self) {
        self.strangers = None;
        self.gre.trust();
    }

    /// Why it is ending, if it is, now that there is no time left for it.
    pub(super) fn why(&mut self, now: Duration) -> Option<CloseReason> {
        let mut said = Vec::new();
        self.link.close(LinkReason::TunnelLost, now, &mut |_| {}, &mut said);
        let own = said.into_iter().find_map(|event| match event {
            LinkEvent::Down(reason) if reason != LinkReason::TunnelLost => Some(CloseReason::Link(reason)),
            _ => None,
        });
        self.closing.map(|(reason, _)| reason).or(own)
    }

    /// When to say that nothing comes by GRE.
    pub(super) fn blocked_at(&self) -> Option<Duration> {
        (!self.heard && !self.diagnosed).then(|| self.since.saturating_add(Self::BLOCKED_AFTER))
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        let closing = self.closing.map(|(_, until)| until);
        [self.link.deadline(), self.gre.deadline(), self.blocked_at(), closing].into_iter().flatten().min()
    }
}

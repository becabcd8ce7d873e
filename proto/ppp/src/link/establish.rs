//! LCP within the link: what its packets and its changes mean for everything above.

use super::authenticate::{Authentication, refused};
use super::{CloseReason, Io, Link, LinkEvent, Phase};
use crate::frame::Protocol;
use crate::negotiation::{Changes, End};
use crate::packet::{Code, Packet};

/// How often the peer may begin anew before packets pass.
const MAX_REOPENED: u8 = 3;

/// Identifications of a peer that are told.
const MAX_IDENTIFIED: u8 = 4;

impl Link {
    pub(super) fn receive_lcp(&mut self, bytes: &[u8], io: &mut Io<'_>) {
        if self.phase == Phase::Dead {
            return;
        }
        let Ok(packet) = Packet::decode(bytes) else {
            self.statistics.malformed = self.statistics.malformed.saturating_add(1);
            return;
        };
        match packet.code {
            Code::PROTOCOL_REJECT => self.protocol_rejected(packet.data, io),
            Code::ECHO_REQUEST | Code::ECHO_REPLY => self.receive_echo(&packet, io),
            Code::IDENTIFICATION => self.identified(packet.data, io),
            Code::DISCARD_REQUEST | Code::TIME_REMAINING => {}
            code => {
                if code == Code::CODE_REJECT {
                    self.echo.code_rejected(packet.data);
                }
                let mru = self.peer_mru();
                let changes = self.lcp.receive(&packet, &mut io.context(mru, &mut self.rejects));
                self.lcp_changed(changes, io);
            }
        }
    }

    pub(super) fn lcp_changed(&mut self, changes: Changes, io: &mut Io<'_>) {
        let peers_reason = self.peers_reason();
        if changes.down && self.phase != Phase::Terminate {
            let up = self.addresses.is_some();
            self.lower_down(io);
            self.phase = Phase::Establish;
            self.phase_ends = Some(io.now.saturating_add(self.config.timers.establish));
            if !changes.terminated && (up || self.lcp.reopened() > MAX_REOPENED) {
                return self.shut(CloseReason::Renegotiations, io);
            }
        }
        if changes.terminated {
            // The peer's wish is on its way to be granted; where nothing was open yet, it is.
            self.reason = peers_reason;
            if changes.down {
                self.phase = Phase::Terminate;
                self.phase_ends = None;
            } else {
                return self.dead(io);
            }
        }
        if let Some(end) = changes.finished {
            return match self.phase {
                Phase::Terminate => self.dead(io),
                _ => self.shut(self.lcp_failed(end), io),
            };
        }
        if changes.up && self.phase == Phase::Establish {
            self.begin_authentication(io);
        }
    }

    /// Why a peer ends the link that does so now.
    fn peers_reason(&self) -> CloseReason {
        let error = self.authentication.as_ref().and_then(Authentication::refused);
        match error.filter(|_| self.phase == Phase::Authenticate) {
            Some(error) => refused(error),
            None if self.encryption_disputed() => CloseReason::EncryptionRequired,
            None => CloseReason::Peer,
        }
    }

    fn lcp_failed(&self, end: End) -> CloseReason {
        let looped = self.lcp.options.loops > 0;
        match end {
            End::NoAgreement | End::Refused(_) if looped => CloseReason::LoopedBack,
            End::Refused(reason) => reason,
            End::NoAgreement => CloseReason::OptionsRefused,
            End::Unknown => CloseReason::LcpRejected,
            End::Timeout => CloseReason::EstablishTimeout,
            End::Peer => CloseReason::Peer,
            End::Closed => self.reason,
        }
    }

    /// Everything above LCP is gone, with its keys.
    fn lower_down(&mut self, io: &mut Io<'_>) {
        self.authentication = None;
        self.success = None;
        self.ccp = None;
        self.ipcp = None;
        self.ipv6cp = None;
        self.mppe = None;
        self.addresses = None;
        self.session_ends = None;
        self.echo.stop();
        if core::mem::take(&mut self.ipv6_told) {
            io.out.push(LinkEvent::Ipv6Down);
        }
    }

    pub(super) fn shut(&mut self, reason: CloseReason, io: &mut Io<'_>) {
        if matches!(self.phase, Phase::Terminate | Phase::Dead) {
            if reason == CloseReason::TunnelLost && self.phase == Phase::Terminate {
                self.dead(io);
            }
            return;
        }
        self.reason = reason;
        self.lower_down(io);
        self.phase = Phase::Terminate;
        self.phase_ends = None;
        if reason == CloseReason::TunnelLost {
            return self.dead(io);
        }
        let mru = self.peer_mru();
        let changes = self.lcp.close(&mut io.context(mru, &mut self.rejects));
        if changes.finished.is_some() || !self.lcp.is_closing() {
            self.dead(io);
        }
    }

    fn dead(&mut self, io: &mut Io<'_>) {
        self.lower_down(io);
        self.phase = Phase::Dead;
        self.phase_ends = None;
        io.out.push(LinkEvent::Down(self.reason));
    }

    /// RFC 1661 5.7: the peer does not know a protocol.
    fn protocol_rejected(&mut self, data: &[u8], io: &mut Io<'_>) {
        let Some((&protocol, _)) = data.split_first_chunk::<2>() else { return };
        if !self.lcp.is_open() {
            return;
        }
        let protocol = Protocol(u16::from_be_bytes(protocol));
        match protocol {
            Protocol::LCP => {
                let mru = self.peer_mru();
                let changes = self.lcp.protocol_rejected(&mut io.context(mru, &mut self.rejects));
                self.reason = CloseReason::LcpRejected;
                self.lower_down(io);
                self.phase = Phase::Terminate;
                self.phase_ends = None;
                if changes.finished.is_some() {
                    self.dead(io);
                }
            }
            _ if protocol.is_authentication() => {
                if self.phase == Phase::Authenticate {
                    self.shut(CloseReason::AuthenticationMethodRefused, io);
                }
            }
            _ => self.network_rejected(protocol, io),
        }
    }

    /// RFC 1570 2.1: a magic number, and what the peer says it is.
    fn identified(&mut self, data: &[u8], io: &mut Io<'_>) {
        let Some((_, text)) = data.split_first_chunk::<4>() else { return };
        if self.identified < MAX_IDENTIFIED {
            self.identified = self.identified.saturating_add(1);
            io.out.push(LinkEvent::Identified(text.to_vec()));
        }
    }
}

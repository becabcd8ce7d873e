//! Encryption and addresses: CCP, IPCP and IPV6CP side by side (RFC 1661 3.6), until packets pass.

use lanward_auth::ntlm::Side;

use super::{Addresses, CloseReason, Io, Link, LinkEvent, Phase, Role};
use crate::ccp::Ccp;
use crate::frame::Protocol;
use crate::ipcp::Ipcp;
use crate::ipv6cp::Ipv6cp;
use crate::mppe::{Mode, Receiver, Sender};
use crate::negotiation::{Changes, Context, End, Negotiable, Negotiation};
use crate::packet::{Code, Packet};

/// How often the peer may begin a protocol of this phase anew.
const MAX_REOPENED: u8 = 3;

/// Bytes of what is rejected that are sent back.
const MAX_REJECTED: usize = 64;

/// What encryption puts before a packet.
const ENCRYPTION: u16 = 2 /* Header */ + 2 /* Protocol */;

/// The smallest MTU IPv6 can live with (RFC 8200 5).
const IPV6_MTU: u16 = 1280;

impl Link {
    /// It is known who the client is.
    pub(super) fn begin_network(&mut self, io: &mut Io<'_>) {
        self.phase = Phase::Network;
        self.keys_used = false;
        self.phase_ends = Some(io.now.saturating_add(self.config.timers.network));
        let keys = self.success.as_ref().and_then(|success| success.keys.as_ref());
        let ccp = keys.and_then(|keys| Ccp::new(&self.config.mppe, |strength| keys.has(strength)));
        if ccp.is_none() && self.config.mppe.required {
            return self.shut(CloseReason::EncryptionRequired, io);
        }
        let ipcp = match &self.config.role {
            Role::Server(server) => {
                let grant = self.success.as_ref().map(|success| &success.grant);
                let Some((grant, address)) = grant.and_then(|grant| Some((grant, grant.address?))) else {
                    return self.shut(CloseReason::AddressRefused, io);
                };
                self.idle = grant.idle_timeout.or(self.config.timers.idle);
                Ipcp::server(server.address, address, grant)
            }
            Role::Client(client) => Ipcp::client(client.name_servers, client.tunnel),
        };
        let ipv6_fits = self.mtu(ccp.is_some()) >= IPV6_MTU;
        let mru = self.peer_mru();
        let mut context = io.context(mru, &mut self.rejects);
        self.ccp = ccp.map(|options| started(options, &mut context));
        self.ipcp = Some(started(ipcp, &mut context));
        let ipv6 = self.config.ipv6 && ipv6_fits;
        self.ipv6cp = ipv6.then(|| Ipv6cp::new(context.rng)).map(|options| started(options, &mut context));
    }

    /// Whether encryption is required and not there.
    pub(super) fn awaits_encryption(&self) -> bool {
        self.config.mppe.required && self.mppe.is_none()
    }

    /// Whether the ends were at odds about it.
    pub(super) fn encryption_disputed(&self) -> bool {
        self.awaits_encryption() && self.ccp.as_ref().is_some_and(Negotiation::disputed)
    }

    pub(super) fn receive_network(&mut self, protocol: Protocol, bytes: &[u8], io: &mut Io<'_>) {
        if self.phase != Phase::Network {
            self.statistics.out_of_phase = self.statistics.out_of_phase.saturating_add(1);
            return;
        }
        if let Some(authentication) = &mut self.authentication {
            authentication.heard();
        }
        let known = match protocol {
            Protocol::CCP => self.ccp.is_some(),
            Protocol::IPCP => self.ipcp.is_some(),
            Protocol::IPV6CP => self.ipv6cp.is_some(),
            _ => false,
        };
        if !known {
            return self.reject_protocol(protocol, bytes, io);
        }
        let Ok(packet) = Packet::decode(bytes) else {
            self.statistics.malformed = self.statistics.malformed.saturating_add(1);
            return;
        };
        let mru = self.peer_mru();
        let mut context = io.context(mru, &mut self.rejects);
        match protocol {
            Protocol::CCP if matches!(packet.code, Code::RESET_REQUEST | Code::RESET_ACK) => {
                self.reset_requested(&packet, io);
            }
            Protocol::CCP => {
                let changes = self.ccp.as_mut().map(|ccp| ccp.receive(&packet, &mut context));
                self.ccp_changed(changes.unwrap_or_default(), io);
            }
            Protocol::IPCP => {
                let changes = self.ipcp.as_mut().map(|ipcp| ipcp.receive(&packet, &mut context));
                self.ipcp_changed(changes.unwrap_or_default(), io);
            }
            _ => {
                let changes = self.ipv6cp.as_mut().map(|ipv6cp| ipv6cp.receive(&packet, &mut context));
                self.ipv6cp_changed(changes.unwrap_or_default(), io);
            }
        }
    }

    pub(super) fn tick_network(&mut self, io: &mut Io<'_>) {
        let mru = self.peer_mru();
        let changes = tick(self.ccp.as_mut(), &mut io.context(mru, &mut self.rejects));
        self.ccp_changed(changes, io);
        let changes = tick(self.ipcp.as_mut(), &mut io.context(mru, &mut self.rejects));
        self.ipcp_changed(changes, io);
        let changes = tick(self.ipv6cp.as_mut(), &mut io.context(mru, &mut self.rejects));
        self.ipv6cp_changed(changes, io);
    }

    /// RFC 1661 5.7, of a protocol of this phase.
    pub(super) fn network_rejected(&mut self, protocol: Protocol, io: &mut Io<'_>) {
        let mru = self.peer_mru();
        let mut context = io.context(mru, &mut self.rejects);
        match protocol {
            Protocol::CCP | Protocol::COMPRESSED => {
                let changes = self.ccp.as_mut().map(|ccp| ccp.protocol_rejected(&mut context));
                self.ccp_changed(changes.unwrap_or_default(), io);
            }
            Protocol::IPCP => {
                let changes = self.ipcp.as_mut().map(|ipcp| ipcp.protocol_rejected(&mut context));
                self.ipcp_changed(changes.unwrap_or_default(), io);
            }
            Protocol::IPV6CP => {
                let changes = self.ipv6cp.as_mut().map(|ipv6cp| ipv6cp.protocol_rejected(&mut context));
                self.ipv6cp_changed(changes.unwrap_or_default(), io);
            }
            _ => {}
        }
    }

    fn ccp_changed(&mut self, changes: Changes, io: &mut Io<'_>) {
        let ended = changes.finished.is_some() || changes.terminated;
        if changes.down || ended {
            self.mppe = None;
            // Once packets pass, neither the same keys come again nor do packets go on without.
            if self.addresses.is_some_and(|addresses| addresses.encryption.is_some()) || self.keys_used {
                return self.shut(CloseReason::EncryptionRestarted, io);
            }
        }
        if ended {
            if self.config.mppe.required {
                let timeout = changes.finished == Some(End::Timeout);
                let required = CloseReason::EncryptionRequired;
                return self.shut(if timeout { CloseReason::EncryptionTimeout } else { required }, io);
            }
            self.ccp = None;
        } else if self.ccp.as_ref().is_some_and(|ccp| ccp.reopened() > MAX_REOPENED) {
            return self.shut(CloseReason::Renegotiations, io);
        }
        if changes.up {
            self.begin_encryption();
            if self.awaits_encryption() {
                return self.shut(CloseReason::EncryptionRequired, io);
            }
        }
        if changes.up || ended {
            // Some peers hear nothing of addresses before that.
            let mru = self.peer_mru();
            let mut context = io.context(mru, &mut self.rejects);
            if let Some(ipcp) = &mut self.ipcp {
                ipcp.hurry(&mut context);
            }
            if let Some(ipv6cp) = &mut self.ipv6cp {
                ipv6cp.hurry(&mut context);
            }
            self.settle(io);
        }
    }

    /// CCP is open: the keys are those the authentication has left.
    fn begin_encryption(&mut self) {
        let agreed = self.ccp.as_ref().and_then(|ccp| ccp.options.agreed());
        let keys = self.success.as_ref().and_then(|success| success.keys.as_ref());
        let (Some((to_peer, from_peer)), Some(keys)) = (agreed, keys) else { return };
        let (own, peer) = match self.config.role {
            Role::Server(_) => (Side::Server, Side::Client),
            Role::Client(_) => (Side::Client, Side::Server),
        };
        let mode = |stateless| if stateless { Mode::Stateless } else { Mode::Stateful };
        let sender = keys.start(own, to_peer.strength);
        let receiver = keys.start(peer, from_peer.strength);
        self.mppe = sender.zip(receiver).map(|(sender, receiver)| {
            let sender = Sender::new(sender, mode(to_peer.stateless), self.config.mppe.flush);
            (sender, Receiver::new(receiver, mode(from_peer.stateless)))
        });
        self.lost = 0;
    }

    fn ipcp_changed(&mut self, changes: Changes, io: &mut Io<'_>) {
        let reason = match changes.finished {
            Some(End::Timeout) => Some(CloseReason::NetworkTimeout),
            Some(_) => Some(CloseReason::AddressRefused),
            None if changes.terminated => Some(CloseReason::Peer),
            None if changes.down && self.reopened() > MAX_REOPENED => Some(CloseReason::Renegotiations),
            None => None,
        };
        if let Some(reason) = reason {
            return self.shut(reason, io);
        }
        if changes.up {
            self.settle(io);
        }
    }

    fn reopened(&self) -> u8 {
        self.ipcp.as_ref().map_or(0, Negotiation::reopened)
    }

    fn ipv6cp_changed(&mut self, changes: Changes, io: &mut Io<'_>) {
        if (changes.down || changes.finished.is_some()) && core::mem::take(&mut self.ipv6_told) {
            io.out.push(LinkEvent::Ipv6Down);
        }
        let often = self.ipv6cp.as_ref().is_some_and(|ipv6cp| ipv6cp.reopened() > MAX_REOPENED);
        if changes.finished.is_some() || changes.terminated || often {
            // IPv4 goes on without it.
            self.ipv6cp = None;
        }
        if changes.up {
            self.settle(io);
        }
    }

    /// The largest packet of IP that fits into what both ends take.
    fn mtu(&self, encrypted: bool) -> u16 {
        let around = if encrypted { ENCRYPTION } else { 0 };
        self.peer_mru().min(self.config.mru).saturating_sub(around)
    }

    /// Packets pass as soon as there are addresses, and it is settled how they are encrypted.
    fn settle(&mut self, io: &mut Io<'_>) {
        let ipcp = self.ipcp.as_ref().filter(|ipcp| ipcp.is_open());
        let settled = self.ccp.as_ref().is_none_or(Negotiation::is_open) && !self.awaits_encryption();
        let Some(ipcp) = ipcp.filter(|_| settled) else { return };
        let (local, peer, servers) = ipcp.options.agreed();
        let agreed = self.ccp.as_ref().and_then(|ccp| ccp.options.agreed());
        let encryption = agreed.map(|(to_peer, _)| to_peer).filter(|_| self.mppe.is_some());
        let mtu = self.mtu(encryption.is_some());
        let addresses = Addresses { local, peer, dns: servers.dns, wins: servers.wins, mtu, encryption };
        match &self.addresses {
            None => {
                self.addresses = Some(addresses);
                self.phase_ends = None;
                self.used = io.now;
                let grant = self.success.as_ref().and_then(|success| success.grant.session_timeout);
                let session = grant.or(self.config.timers.session);
                self.session_ends = session.map(|session| io.now.saturating_add(session));
                self.echo.start(io.now, self.config.timers.echo);
                io.out.push(LinkEvent::Up(addresses));
            }
            // What was told stays true, or the link ends.
            Some(told) if *told != addresses => return self.shut(CloseReason::AddressRefused, io),
            Some(_) => {}
        }
        if let Some(ipv6cp) = self.ipv6cp.as_ref().filter(|ipv6cp| ipv6cp.is_open() && !self.ipv6_told) {
            self.ipv6_told = true;
            io.out.push(LinkEvent::Ipv6Up { local: ipv6cp.options.local, peer: ipv6cp.options.peer });
        }
    }

    /// RFC 1962 3: the peer has lost packets it cannot do without, or tells that it has heard so.
    fn reset_requested(&mut self, packet: &Packet<'_>, io: &mut Io<'_>) {
        let Some((sender, _)) = &mut self.mppe else { return };
        if packet.code == Code::RESET_REQUEST && sender.reset_requested(io.now) {
            let mru = self.peer_mru();
            let ack = Packet { code: Code::RESET_ACK, identifier: packet.identifier, data: &[] };
            io.context(mru, &mut self.rejects).send(Protocol::CCP, ack);
        }
    }

    /// RFC 1661 5.7: a protocol nobody knows here.
    fn reject_protocol(&mut self, protocol: Protocol, bytes: &[u8], io: &mut Io<'_>) {
        self.statistics.unknown_protocol = self.statistics.unknown_protocol.saturating_add(1);
        if !self.rejects.take(io.now) {
            return;
        }
        let mru = self.peer_mru();
        let mut data = protocol.0.to_be_bytes().to_vec();
        data.extend(bytes.iter().take(MAX_REJECTED));
        self.rejected = self.rejected.wrapping_add(1);
        let packet = Packet { code: Code::PROTOCOL_REJECT, identifier: self.rejected, data: &data };
        io.context(mru, &mut self.rejects).send(Protocol::LCP, packet);
    }
}

fn started<O: Negotiable>(options: O, context: &mut Context<'_>) -> Negotiation<O> {
    let mut negotiation = Negotiation::new(options);
    negotiation.start(context);
    negotiation
}

fn tick<O: Negotiable>(negotiation: Option<&mut Negotiation<O>>, context: &mut Context<'_>) -> Changes {
    negotiation.map(|negotiation| negotiation.tick(context)).unwrap_or_default()
}

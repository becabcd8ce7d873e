//! Responses to what a node asked.

use core::net::SocketAddrV4;
use core::time::Duration;

use super::claim::{Check, Progress, Release, Stage};
use super::{Ids, Node};
use crate::{NameFlags, NamePacket, NetbiosName, Opcode, Rcode};

impl Node {
    /// Takes a packet that came from `from`; `broadcast` says that it was for everybody on the subnet. What it leads to comes out of
    /// [`Node::next_outgoing`] and [`Node::next_event`].
    pub fn receive(
        &mut self,
        packet: &NamePacket,
        from: SocketAddrV4,
        broadcast: bool,
        now: Duration,
        ids: &mut dyn FnMut() -> u16,
    ) {
        // A node hears its own broadcasts.
        if broadcast && *from.ip() == self.config.address && from.port() == self.port {
            return;
        }
        let Some(subject) =
            packet.subject().filter(|name| name.scope == self.config.scope || name.name.is_wildcard())
        else {
            return;
        };
        let name = subject.name;
        if packet.response {
            self.response(name, packet, from, now, ids);
        } else {
            self.request(packet, from, broadcast);
        }
    }

    fn response(
        &mut self,
        name: NetbiosName,
        packet: &NamePacket,
        from: SocketAddrV4,
        now: Duration,
        ids: Ids<'_>,
    ) {
        let Some(entry) = self.names.get_mut(&name) else { return };
        if entry.progress.id() != Some(packet.id) {
            if packet.opcode.is_registration() && packet.rcode == Rcode::CONFLICT {
                self.doubt(name, now, ids);
            }
            return;
        }
        let record = packet.answers.first();
        let address = record.and_then(|r| r.addresses().first()).map(|entry| entry.address);
        let ttl = record.map_or(0, |record| record.ttl);
        if let Progress::Releasing(release) = entry.progress {
            if let Release::Server(_, server) = release
                && packet.opcode == Opcode::RELEASE
                && self.server(server).is_some_and(|s| s.ip() == from.ip())
            {
                self.release_answered(name, packet.rcode == Rcode::SUCCESS, now, ids);
            }
            return;
        }
        let Some(stage) = entry.progress.stage_mut() else { return };
        let is_claim = packet.opcode.is_registration() || packet.opcode.is_refresh();
        match *stage {
            Stage::Broadcast(_) if is_claim && packet.rcode != Rcode::SUCCESS => {
                self.refused(name, address.or(Some(*from.ip())));
            }
            Stage::Server(_, server) | Stage::Overwrite(_, server) => {
                if self.config.servers.get(server) != Some(from.ip()) {
                    return;
                }
                if packet.opcode == Opcode::WACK {
                    stage.round_mut().wait(now, ttl);
                    return;
                }
                if !is_claim {
                    return;
                }
                if packet.rcode != Rcode::SUCCESS {
                    self.refused(name, address);
                    return;
                }
                let other = address.filter(|owner| *owner != self.config.address);
                match other {
                    Some(owner) if !packet.flags.contains(NameFlags::RECURSION_AVAILABLE) => {
                        self.challenge(name, server, owner, now, ids);
                    }
                    _ => self.served(name, server, ttl, now),
                }
            }
            Stage::Owner(_, server, owner) if *from.ip() == owner && packet.opcode == Opcode::QUERY => {
                if packet.rcode == Rcode::SUCCESS && address.is_some() {
                    self.refused(name, Some(owner));
                } else {
                    self.overwrite(name, server, now, ids);
                }
            }
            Stage::Broadcast(_) | Stage::Owner(..) => {}
        }
    }

    /// Somebody says that a name is in conflict (RFC 1002 4.2.8). Anybody can say so; whether it is true is found out as when the name was claimed,
    /// and it stays the node's until then.
    fn doubt(&mut self, name: NetbiosName, now: Duration, ids: Ids<'_>) {
        let idle = self.names.get(&name).is_some_and(|entry| {
            !entry.group
                && matches!(entry.progress, Progress::Held { check: None | Some(Check::At(_)) })
                && entry.doubted.is_none_or(|at| now.saturating_sub(at) >= Self::DOUBT_AGAIN)
        });
        if !idle {
            return;
        }
        let check = self.check(now, ids);
        if let Some(entry) = self.names.get_mut(&name) {
            entry.doubted = Some(now);
            entry.progress = Progress::Held { check };
            self.advance(now, ids);
        }
    }

    /// How often others can make a node look whether a name is its own.
    const DOUBT_AGAIN: Duration = Duration::from_secs(60);
}

//! What a node answers others.

use core::net::SocketAddrV4;

use super::{NameState, Node, NodeType, Outgoing};
use crate::{
    FullName, NameFlags, NamePacket, NetbiosName, NodeName, NodeNameFlags, NodeStatus, Opcode, Rcode, Record,
    RecordData, RecordType,
};

impl Node {
    pub(super) fn request(&mut self, packet: &NamePacket, from: SocketAddrV4, broadcast: bool) {
        let Some(question) = packet.questions.first() else { return };
        let answer = match (packet.opcode, question.kind) {
            (Opcode::QUERY, RecordType::NBSTAT) => self.status_of(packet, &question.name),
            (Opcode::QUERY, RecordType::NB) => self.query(packet, &question.name, broadcast),
            (opcode, _) if opcode.is_registration() || opcode.is_refresh() => {
                self.defend(packet, &question.name)
            }
            _ => None,
        };
        if let Some(packet) = answer {
            self.outgoing.push_back(Outgoing { packet, to: Some(from) });
        }
    }

    /// RFC 1002 4.2.12 to 4.2.14. A broadcast for a name that is not here is for somebody else.
    fn query(&self, packet: &NamePacket, asked: &FullName, broadcast: bool) -> Option<NamePacket> {
        if broadcast && self.config.node_type == NodeType::P {
            return None;
        }
        let group = match self.names.get(&asked.name).filter(|entry| entry.progress.holds()) {
            Some(entry) if asked.scope == self.config.scope => Some(entry.group),
            _ => (asked.name == NetbiosName::ANY).then_some(false),
        };
        let flags = NameFlags::AUTHORITATIVE;
        match group {
            Some(group) => Some(packet.answer(flags, Rcode::SUCCESS, self.own_record(asked.clone(), group))),
            None if broadcast => None,
            None => Some(packet.answer(flags, Rcode::NAME, Record::nothing(asked.clone()))),
        }
    }

    /// RFC 1002 4.2.18, for one of the node's names or for `*`.
    fn status_of(&self, packet: &NamePacket, asked: &FullName) -> Option<NamePacket> {
        if asked.name != NetbiosName::ANY && !self.holds(asked) {
            return None;
        }
        let record = Record {
            name: asked.clone(),
            kind: RecordType::NBSTAT,
            ttl: 0,
            data: RecordData::NodeStatus(self.status()),
        };
        Some(packet.answer(NameFlags::AUTHORITATIVE, Rcode::SUCCESS, record))
    }

    /// The status of the node (RFC 1002 4.2.18).
    #[must_use]
    pub fn status(&self) -> NodeStatus {
        let kind = NodeNameFlags::from_bits_retain(self.config.node_type.flags().bits());
        let shown = self.names().filter(|local| local.state != NameState::Claiming);
        let names = shown.take(NodeStatus::MAX_NAMES).map(|local| {
            let mut flags = kind | NodeNameFlags::ACTIVE;
            flags.set(NodeNameFlags::GROUP, local.group);
            flags.set(NodeNameFlags::CONFLICT, local.state == NameState::Conflict);
            flags.set(NodeNameFlags::DEREGISTERING, local.state == NameState::Releasing);
            NodeName { name: local.name, flags }
        });
        NodeStatus { names: names.collect(), unit_id: self.config.unit_id, statistics: [0; 40] }
    }

    /// RFC 1002 5.1.1.5, [MS-NBTE] 3.1.5.1: a name that somebody else wants and this node has. Others may have a group's name, too.
    fn defend(&self, packet: &NamePacket, asked: &FullName) -> Option<NamePacket> {
        if asked.name.is_wildcard() || !self.holds(asked) {
            return None;
        }
        let entry = self.names.get(&asked.name)?;
        let wanted = packet.additionals.first().and_then(|record| record.addresses().first())?;
        if wanted.address == self.config.address || (entry.group && wanted.is_group()) {
            return None;
        }
        let record = self.own_record(asked.clone(), entry.group);
        Some(packet.answer(NameFlags::AUTHORITATIVE, Rcode::ACTIVE, record))
    }
}

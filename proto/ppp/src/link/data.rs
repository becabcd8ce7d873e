//! Packets of IP, in both directions. Nothing is allocated for them.

use super::{CloseReason, Io, Link, Phase, SendError};
use crate::frame::Protocol;
use crate::mppe::{Discard, HEADER};
use crate::negotiation::Negotiation;
use crate::packet::{Code, Packet};

impl Link {
    /// Appends the frame that carries a packet of IP.
    ///
    /// # Errors
    /// Such a packet cannot pass; nothing is appended.
    pub fn send_ip(
        &mut self,
        packet: &[u8],
        now: core::time::Duration,
        out: &mut Vec<u8>,
    ) -> Result<(), SendError> {
        let protocol = ip_protocol(packet).ok_or(SendError::NotIp)?;
        let Some(addresses) = self.addresses.as_ref().filter(|_| self.passes(protocol)) else {
            return Err(SendError::NotOpen);
        };
        let mtu = addresses.mtu;
        if packet.len() > usize::from(mtu) {
            return Err(SendError::TooLarge { mtu });
        }
        let compression = self.lcp.options.peer.compression;
        if let Some((sender, _)) = &mut self.mppe {
            compression.write_header(Protocol::COMPRESSED, out);
            let header = out.len();
            out.extend_from_slice(&[0; HEADER]);
            match protocol.0.to_be_bytes() {
                [_, low] if compression.protocol => out.push(low),
                both => out.extend_from_slice(&both),
            }
            out.extend_from_slice(packet);
            if let Some((place, inner)) = out.get_mut(header..).and_then(<[u8]>::split_first_chunk_mut) {
                *place = sender.encrypt(inner);
            }
            self.keys_used = true;
        } else {
            compression.write_header(protocol, out);
            out.extend_from_slice(packet);
        }
        self.used = now;
        count(&mut self.statistics.sent, &mut self.statistics.sent_bytes, packet.len());
        Ok(())
    }

    /// A frame that carries a packet: where in `information` the packet begins, if it may pass.
    pub(super) fn receive_data(
        &mut self,
        protocol: Protocol,
        information: &mut [u8],
        io: &mut Io<'_>,
    ) -> Option<usize> {
        let (protocol, start) = match protocol {
            Protocol::COMPRESSED => self.decrypt(information, io)?,
            _ if self.mppe.is_some() || self.awaits_encryption() => {
                self.statistics.clear = self.statistics.clear.saturating_add(1);
                return None;
            }
            clear => (clear, 0),
        };
        let packet = information.get(start..).unwrap_or_default();
        if !self.passes(protocol) {
            self.statistics.out_of_phase = self.statistics.out_of_phase.saturating_add(1);
            return None;
        }
        if ip_protocol(packet) != Some(protocol) {
            self.statistics.malformed = self.statistics.malformed.saturating_add(1);
            return None;
        }
        self.used = io.now;
        count(&mut self.statistics.received, &mut self.statistics.received_bytes, packet.len());
        Some(start)
    }

    fn decrypt(&mut self, information: &mut [u8], io: &mut Io<'_>) -> Option<(Protocol, usize)> {
        let Some((_, receiver)) = &mut self.mppe else {
            self.statistics.out_of_phase = self.statistics.out_of_phase.saturating_add(1);
            return None;
        };
        let lost = core::mem::take(&mut self.lost);
        let discard = match receiver.decrypt(information, lost, io.now) {
            Ok(inner) => {
                self.keys_used = true;
                self.echo.alive();
                return Some((Protocol(inner.protocol), inner.start));
            }
            Err(discard) => discard,
        };
        let counter = match discard {
            Discard::Malformed | Discard::NotFlushed => &mut self.statistics.malformed,
            Discard::Stale | Discard::Ahead | Discard::Lost { .. } => &mut self.statistics.out_of_order,
            Discard::Budget | Discard::Nonsense | Discard::Hopeless => &mut self.statistics.undecryptable,
        };
        *counter = counter.saturating_add(1);
        match discard {
            Discard::Lost { reset: Some(identifier) } => {
                let mru = self.peer_mru();
                let request = Packet { code: Code::RESET_REQUEST, identifier, data: &[] };
                io.context(mru, &mut self.rejects).send(Protocol::CCP, request);
            }
            Discard::Hopeless => self.shut(CloseReason::DecryptionErrors, io),
            _ => {}
        }
        None
    }

    /// Whether packets of a protocol pass now.
    fn passes(&self, protocol: Protocol) -> bool {
        self.phase == Phase::Network
            && self.addresses.is_some_and(|addresses| addresses.encryption.is_none() || self.mppe.is_some())
            && match protocol {
                Protocol::IPV4 => self.ipcp.as_ref().is_some_and(Negotiation::is_open),
                Protocol::IPV6 => self.ipv6_told,
                _ => false,
            }
    }
}

/// What a packet of IP is carried as.
fn ip_protocol(packet: &[u8]) -> Option<Protocol> {
    match packet.first()? >> 4 {
        4 => Some(Protocol::IPV4),
        6 => Some(Protocol::IPV6),
        _ => None,
    }
}

fn count(packets: &mut u64, bytes: &mut u64, length: usize) {
    *packets = packets.saturating_add(1);
    *bytes = bytes.saturating_add(u64::try_from(length).unwrap_or(u64::MAX));
}

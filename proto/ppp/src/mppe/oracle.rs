//! What the fuzz target calls with arbitrary bytes, and tests replay. It holds whatever the bytes are; it panics when that is not so.

use super::{Discard, FlushRule, HEADER, KeyStrength, Mode, Receiver, Sender, StartKey};
use core::time::Duration;
use lanward_wire::Reader;

/// A receiver gets packets of its own peer and of others. What the peer sends it reads as long as nobody else's packet made sense; what it reads lies
/// within the packet.
///
/// # Panics
/// It lost the peer, or read what is not there.
pub fn receiver(data: &[u8]) {
    let mut r = Reader::new(data);
    let kind = r.u8("kind").unwrap_or(0);
    let mode = if kind & 1 == 0 { Mode::Stateless } else { Mode::Stateful };
    let rule = match kind & 10 {
        0 => FlushRule::SameKey,
        2 => FlushRule::NextKey,
        _ => FlushRule::AtChange,
    };
    let strength = if kind & 4 == 0 { KeyStrength::Bits128 } else { KeyStrength::Bits40 };
    let key = || StartKey::new(strength, &[7; 16]);
    let (mut sender, mut receiver) = (Sender::new(key(), mode, rule), Receiver::new(key(), mode));
    let (mut now, mut deceived) = (Duration::ZERO, false);
    while let Ok(operation) = r.u8("operation") {
        now = now.saturating_add(Duration::from_millis(u64::from(operation)));
        let mut packet = Vec::new();
        if operation & 1 == 0 {
            packet.extend_from_slice(&[0; HEADER]);
            packet.extend_from_slice(PLAIN);
            if let Some((header, inner)) = packet.split_first_chunk_mut() {
                *header = sender.encrypt(inner);
            }
        } else {
            let length = usize::from(r.u8("length").unwrap_or(0)).min(r.remaining());
            packet.extend_from_slice(r.bytes(length, "packet").unwrap_or_default());
        }
        let lost = if operation & 2 == 0 { 0 } else { u32::from(r.u16("lost").unwrap_or(0)) };
        match receiver.decrypt(&mut packet, lost, now) {
            Ok(inner) => {
                let read = packet.get(inner.start..);
                assert!(read.is_some(), "it reads what is not there");
                deceived |= operation & 1 != 0;
                assert!(deceived || read == PLAIN.get(2..), "it reads something else");
            }
            Err(Discard::Lost { reset: Some(_) }) => drop(sender.reset_requested(now)),
            Err(Discard::Hopeless) => return,
            Err(_) => assert!(
                deceived || operation & 1 != 0 || mode == Mode::Stateful,
                "somebody else's packets keep the peer's from being read"
            ),
        }
    }
}

/// The protocol of IPv4 and an empty packet.
const PLAIN: &[u8] =
    b"\x00\x21\x45\x00\x00\x14\x00\x01\x00\x00\x40\x01\x66\xe6\x0a\x00\x00\x02\x0a\x00\x00\x01";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn receiver_holds(
            kind in 0u8..16,
            packets in proptest::collection::vec((any::<bool>(), 0u8..16, 0u16..0x1000, proptest::collection::vec(any::<u8>(), 0..30)), 0..30),
        ) {
            let mut data = vec![kind];
            for (own, flags, count, noise) in packets {
                if own {
                    data.push(4);
                    continue;
                }
                let header = (0x9000 | count | u16::from(flags) << 12).to_be_bytes();
                data.extend([5, u8::try_from(noise.len() + 2).unwrap()]);
                data.extend([&header[..], &noise].concat());
            }
            receiver(&data);
        }
    }
}

use core::net::Ipv4Addr;
use core::time::Duration;

use lanward_wire::Reader;

use super::network::{Network, Sent};
use super::tunnel::frame;
use super::{SERVER, echo_request};
use crate::authentication::Credentials;
use crate::gre::GreHeader;
use crate::link::LinkConfig;
use crate::tunnel::CloseReason;

/// The server's address on the link.
const OWN: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 1);

/// Any bytes as what strangers send between the two ends of a tunnel, over a net that is as bad as the first byte says: packets and octets of the
/// connection, at any time, and what the ends themselves do. Whatever it was, both ends come to an end when one wants to.
///
/// # Panics
/// Where something does not hold.
pub fn tunnels(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let server = LinkConfig::server(b"lanward", OWN);
    let client = LinkConfig::client(Credentials::new("User", "clientPass"));
    let mut network = Network::new(server, client, u64::from(*first));
    let bad = |bit: u8, of_thousand: u32| if first & bit == 0 { 0 } else { of_thousand };
    network.trouble = [bad(1, 50), bad(2, 50), bad(4, 100)];
    if first & 8 != 0 {
        network.password = "another".to_owned();
    }
    let mut r = Reader::new(rest);
    while let Ok(op) = r.u8("op") {
        let len = usize::from(r.u8("length").unwrap_or(0)).min(r.remaining());
        let argument = r.bytes(len, "argument").unwrap_or_default();
        act(&mut network, op, argument);
    }
    network.call(SERVER, |tunnel, now, rng, out| tunnel.stop(CloseReason::Shutdown, now, rng, out));
    let until = network.now.saturating_add(Duration::from_secs(600));
    network.run(until, |_| false);
    for end in &network.ends {
        assert!(end.closed.is_some(), "an end goes on alone: {:?}", end.tunnel.state());
        assert_eq!(end.tunnel.calls().count(), 0, "a call is left");
    }
}

fn act(network: &mut Network, op: u8, argument: &[u8]) {
    let (place, more) = (usize::from(op >> 3 & 1), op >> 4);
    let now = network.now;
    match op & 7 {
        0 => network.receive_gre(place, &mut argument.to_vec()),
        // As the peer itself might have sent it: the right call, and a number not far from its last.
        1 | 2 => {
            let number = last_number(network, place ^ 1).wrapping_add(u32::from(more)).wrapping_sub(3);
            let mut packet = frame(number, argument);
            let id = Network::CALL_IDS.get(place).copied().unwrap_or_default();
            if let Some(field) = packet.get_mut(6..8) {
                field.copy_from_slice(&id.to_be_bytes());
            }
            network.receive_gre(place, &mut packet);
        }
        3 => {
            for from in [SERVER, SERVER ^ 1] {
                network.send(from, &echo_request(OWN, Network::ASSIGNED, argument.len()));
            }
        }
        4 => network.call(place, |tunnel, now, rng, out| tunnel.receive_tcp(argument, now, rng, out)),
        5 => network.run(now.saturating_add(Duration::from_secs(30)), |network| {
            network.ends.iter().all(|end| end.up.is_some() || end.closed.is_some())
        }),
        6 if more == 15 => {
            if let Some(call) = network.ends.get(place).and_then(|end| end.call) {
                network.call(place, |tunnel, now, rng, out| {
                    tunnel.close_call(call, CloseReason::Administrator, now, rng, out);
                });
            }
        }
        _ => network
            .run(now.saturating_add(Duration::from_millis(u64::from(more).saturating_mul(17))), |_| false),
    }
}

/// The number of the last GRE packet that an end has sent.
fn last_number(network: &Network, place: usize) -> u32 {
    let sent = network.sent.iter().rev().find_map(|(_, from, sent)| match sent {
        Sent::Gre(packet) if *from == place => GreHeader::decode(packet).ok()?.sequence,
        _ => None,
    });
    sent.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_strangers(
            first: u8,
            operations in proptest::collection::vec(
                (any::<u8>(), prop_oneof![
                    proptest::collection::vec(any::<u8>(), 0..40),
                    Just(vec![0xff, 0x03, 0xc0, 0x21, 1, 1, 0, 4]),
                    Just(vec![0xff, 0x03, 0xc0, 0x21, 5, 1, 0, 4]),
                    Just(vec![0x80, 0xfd, 14, 1, 0, 4]),
                    Just(vec![0x00, 0xfd, 0x90, 0x01, 1, 2, 3]),
                ]),
                0..30,
            ),
        ) {
            let mut bytes = vec![first, 5, 0];
            for (op, argument) in operations {
                // Octets of strangers on the connection mostly end it: not in each of them.
                let op = if op & 0xf7 == 4 { op } else if op & 7 == 4 { op ^ 4 } else { op };
                bytes.extend([op, u8::try_from(argument.len()).unwrap()]);
                bytes.extend(argument);
            }
            super::tunnels(&bytes);
        }
    }
}

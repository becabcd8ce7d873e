//! What must hold for any bytes whatever: nothing panics, what is kept and sent is bounded, and what is said can be read. Fuzz targets and tests call it.

use crate::wsd::{Host, MAX_DATAGRAM, Recipient, Request, Responder, Subnet, read_head};
use lanward_nt::Guid;
use lanward_wire::Reader;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// Any bytes as messages of WS-Discovery, each behind its length in two bytes, and as a request over HTTP; time goes on between them.
///
/// # Panics
/// Where something does not hold.
pub fn messages(bytes: &[u8]) {
    let mut state = 1u8;
    let mut rng = |bytes: &mut [u8]| {
        for byte in bytes {
            state = state.wrapping_mul(5).wrapping_add(7);
            *byte = state;
        }
    };
    let host = host();
    let subnet = Subnet { address: Ipv4Addr::new(10, 0, 0, 2).into(), prefix: 24 };
    let mut now = Duration::ZERO;
    let mut responder = Responder::new(Arc::new(host), vec![subnet], 5357, now, &mut rng);
    let mut r = Reader::new(bytes);
    let mut given = 0u32;
    while let Ok(len) = r.u16_be("length") {
        let len = usize::from(len).min(r.remaining());
        let Ok(message) = r.bytes(len, "message") else { break };
        now += Duration::from_millis(40);
        let from = SocketAddr::from((Ipv4Addr::new(10, 0, 0, 3), 4000));
        let answered = responder.receive(message, from, len % 2 == 0, now, &mut rng).is_ok();
        given += u32::from(answered);
        if answered {
            assert!(Request::parse(message).is_ok(), "an answer to nothing");
        }
        while let Some(outgoing) = responder.next_outgoing(now) {
            assert!(outgoing.bytes.len() <= MAX_DATAGRAM, "longer than a datagram may be");
            assert!(std::str::from_utf8(&outgoing.bytes).is_ok(), "an answer that is no text");
            let others = matches!(outgoing.to, Recipient::One(to) if to != from);
            assert!(!others, "somebody is answered who has not asked");
        }
        assert!(
            given <= 10 + u32::try_from(now.as_millis() / 500).unwrap_or(u32::MAX),
            "more than a source may have"
        );
    }
    let _ = read_head(bytes, "/x");
}

fn host() -> Host {
    Host {
        name: "BOX".into(),
        workgroup: "<&>".into(),
        endpoint: Guid::default(),
        instance: 1,
        manufacturer: "M".into(),
        model: "M".into(),
        version: "1".into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    /// A probe in pieces, of which any may be missing, twice or elsewhere.
    const PIECES: [&str; 16] = [
        "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" ",
        "xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" ",
        "xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\">",
        "<s:Header>",
        "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>",
        "<a:MessageID>urn:1</a:MessageID>",
        "</s:Header>",
        "<s:Body>",
        "<d:Probe>",
        "<d:Types>",
        "d:Device &amp;",
        "</d:Types>",
        "</d:Probe>",
        "</s:Body>",
        "</s:Envelope>",
        "<!DOCTYPE x>",
    ];

    fn behind_lengths(messages: &[Vec<u8>]) -> Vec<u8> {
        let with_length = |m: &Vec<u8>| [&u16::try_from(m.len()).unwrap().to_be_bytes()[..], m].concat();
        messages.iter().flat_map(with_length).collect()
    }

    proptest! {
        #[test]
        fn any_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            super::messages(&bytes);
        }

        /// Messages that are nearly right.
        #[test]
        fn any_pieces(messages in proptest::collection::vec((0usize..16, 0usize..16, any::<bool>()), 0..30)) {
            let message = |(left_out, twice, whole): &(usize, usize, bool)| {
                let mut pieces = PIECES[..15].to_vec();
                if !whole {
                    pieces.insert(*twice, PIECES[*twice]);
                    pieces.remove(*left_out);
                }
                pieces.concat().into_bytes()
            };
            super::messages(&behind_lengths(&messages.iter().map(message).collect::<Vec<_>>()));
        }
    }
}

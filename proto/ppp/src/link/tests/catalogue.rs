//! What no peer should send, by the rows of the catalogue of malformed input, each while packets of a healthy session pass: lengths, storms, refusals, codes, protocols.

use super::bench::{Bench, frame, hex, parts};
use super::*;

pub(super) const NOTHING: [Vec<u8>; 0] = [];

/// Sends frames to both ends of a link that runs, as if the other end had. Packets must pass as before, and nothing must come back.
pub(super) fn ignored(frames: &[Vec<u8>]) {
    let mut pair = running();
    for frame in frames {
        for from in [SERVER, CLIENT] {
            let before = pair.ends[from ^ 1].sent.len();
            pair.deliver(from, frame.clone());
            pair.run(pair.now + Duration::from_millis(50), |_| false);
            assert_eq!(pair.ends[from ^ 1].sent.len(), before, "{frame:02x?} is answered");
        }
        assert!(passes(&mut pair), "{frame:02x?}");
    }
}

/// Sends frames to the server of a link that runs, and says how its link ended.
pub(super) fn ends(frames: &[Vec<u8>]) -> CloseReason {
    let mut pair = running();
    assert!(passes(&mut pair));
    for frame in frames {
        pair.deliver(CLIENT, frame.clone());
    }
    pair.run(pair.now + Duration::from_secs(20), |_| false);
    assert!(!passes(&mut pair), "nothing passes any more");
    pair.ends[SERVER].down.unwrap()
}

pub(super) fn lcp(code: u8, identifier: u8, data: &[u8]) -> Vec<u8> {
    frame(Protocol::LCP, code, identifier, data)
}

#[test]
fn p01_lengths_that_cannot_be() {
    let mut frames = Vec::new();
    for protocol in [Protocol::LCP, Protocol::IPCP, Protocol::CCP] {
        let [high, low] = protocol.0.to_be_bytes();
        for code in 1..=15u8 {
            for length in [0u16, 1, 2, 3, 9, 0xffff] {
                let [a, b] = length.to_be_bytes();
                frames.push(vec![0xff, 3, high, low, code, 200, a, b, 0, 0, 0, 0]);
            }
            frames.push(vec![0xff, 3, high, low, code, 200, 0]);
        }
        for options in [&[1u8][..], &[1, 0], &[1, 1], &[3, 7, 0, 0], &[3, 6, 0, 0, 0, 0, 3]] {
            for code in 1..=4 {
                frames.push(frame(protocol, code, 200, options));
            }
        }
    }
    ignored(&frames);
}

#[test]
fn p02_no_reply_is_longer_than_the_peer_takes() {
    let (mut bench, _) = Bench::authenticated(server());
    bench.feed(&lcp(1, 9, &[1, 4, 0, 128]));
    // The link began anew; with so little room, a long list of options is not answered, and a short one is.
    let list = |n: u8| (0..n).flat_map(|kind| [100 + kind, 10, 0, 0, 0, 0, 0, 0, 0, 0]).collect::<Vec<_>>();
    let (mut bench, _) = Bench::establish(server(), &[1, 4, 0, 128]);
    assert_eq!(bench.feed(&lcp(1, 10, &list(31))), NOTHING);
    let (mut small, request) = Bench::new(server());
    let reply = small.feed(&lcp(1, 1, &list(31)));
    assert_eq!(parts(&reply[0]).1, 4);
    assert!(reply.iter().chain([&request]).all(|frame| frame.len() <= 4 + 1500));
}

/// Closing CCP while MPPE is required ends the link once, and does not go around.
#[test]
fn p04_the_end_of_encryption_ends_the_link() {
    assert_eq!(ends(&[frame(Protocol::CCP, 5, 1, &[])]), CloseReason::EncryptionRestarted);
}

#[test]
fn p05_a_storm_of_requests_ends_the_link() {
    let (mut bench, _) = Bench::establish(server(), &[5, 6, 1, 2, 3, 4]);
    let mut frames = 0;
    for n in 0..100_000u32 {
        frames += bench.feed(&lcp(1, 1, &[5, 6, 1, 2, 3, 4])).len();
        if bench.link.deadline().is_none() {
            assert!(n < 1000);
        }
    }
    assert!(frames < 300, "{frames}");
    bench.end();
    let storm: Vec<_> = (0..200).map(|n| frame(Protocol::IPCP, 1, n, &[3, 6, 10, 99, 0, 7])).collect();
    let mut pair = running();
    for frame in storm {
        pair.deliver(CLIENT, frame);
    }
    pair.run(pair.now + Duration::from_secs(20), |_| false);
    assert!(pair.ends[SERVER].sent.len() < 200, "{}", pair.ends[SERVER].sent.len());
}

#[test]
fn p06_refusals_come_to_an_end() {
    // A peer that wants no encryption, and says so for ever.
    let (mut bench, _) = Bench::authenticated(server());
    let mut replies = Vec::new();
    for n in 0..100 {
        replies.extend(bench.feed(&frame(Protocol::CCP, 1, n, &[18, 6, 0, 0, 0, 0])));
    }
    let naks = replies.iter().filter(|reply| parts(reply).0 == Protocol::CCP).count();
    assert_eq!(naks, 5, "Max-Failure");
    assert_eq!(bench.end(), CloseReason::EncryptionRequired);
    // One that does not like what this end wants, with values of which nothing follows, or with options nobody has heard of.
    for nak in [&[18, 6, 0, 0, 0, 0][..], &[18, 6, 1, 0, 0, 0x40], &[99, 3, 0]] {
        let (mut bench, requests) = Bench::authenticated(server());
        let mut identifier = parts(&requests[0]).2;
        let mut requests = 0;
        for _ in 0..100 {
            for reply in bench.feed(&frame(Protocol::CCP, 3, identifier, nak)) {
                if let (Protocol::CCP, 1, next, _) = parts(&reply) {
                    identifier = next;
                    requests += 1;
                }
            }
        }
        assert_eq!(requests, 10);
        assert_eq!(bench.end(), CloseReason::EncryptionRequired);
    }
}

#[test]
fn p07_answers_to_nothing_that_was_asked() {
    let (mut bench, request) = Bench::new(server());
    let (_, _, identifier, data) = parts(&request);
    let mut other = data.to_vec();
    *other.last_mut().unwrap() ^= 1;
    for answer in [
        lcp(2, identifier.wrapping_add(1), data),
        lcp(2, identifier, &data[..data.len() - 2]),
        lcp(2, identifier, &[]),
        lcp(4, identifier, &[11, 4, 0, 0]),
        lcp(4, identifier, &[7, 2, 1, 4, 5, 0x78]),
        lcp(4, identifier, &[1, 4, 5, 0x79]),
        lcp(4, identifier.wrapping_add(1), &[7, 2]),
        lcp(3, identifier.wrapping_add(1), &[1, 4, 5, 0x79]),
        lcp(4, identifier, &[]),
        lcp(3, identifier, &[]),
    ] {
        assert_eq!(bench.feed(&answer), NOTHING, "{answer:02x?}");
    }
    assert_eq!(bench.feed(&lcp(2, identifier, data)), NOTHING);
    assert_eq!(bench.feed(&lcp(1, 1, &[])).len(), 2, "the acknowledgement, and the challenge");
    ignored(&[
        lcp(2, identifier, data),
        frame(Protocol::IPCP, 2, 1, &[]),
        frame(Protocol::CCP, 4, 1, &[18, 6, 1, 0, 0, 64]),
    ]);
}

#[test]
fn p08_codes_nobody_knows() {
    let (mut bench, _) = Bench::establish(server(), &[]);
    for code in [0u8, 16, 17, 100, 255] {
        assert_eq!(bench.feed(&lcp(code, 7, &[1, 2, 3])), [lcp(7, 7, &[code, 7, 0, 7, 1, 2, 3])]);
    }
    let rejects = (0..1000).map(|_| bench.feed(&lcp(99, 7, &[9; 1400])));
    let rejects: Vec<_> = rejects.flatten().collect();
    assert_eq!(rejects.len(), 5, "ten a second and no more");
    assert!(rejects.iter().all(|reject| reject.len() <= 8 + 64));
    for short in 0..4 {
        assert_eq!(bench.feed(&lcp(7, 1, &[1; 3][..short.min(3)])), NOTHING);
    }
    assert_eq!(bench.down, None);
    // A peer that does not know requests for echoes is not asked for them; one that does not know requests at all is no peer.
    assert_eq!(bench.feed(&lcp(7, 1, &[9, 1, 0, 8])), NOTHING);
    let terminate = bench.feed(&lcp(7, 1, &[1, 1, 0, 4]));
    assert_eq!(parts(&terminate[0]).1, 5);
    assert_eq!(bench.end(), CloseReason::LcpRejected);
}

#[test]
fn p09_protocols_the_peer_says_it_does_not_know() {
    assert_eq!(ends(&[lcp(8, 1, &[0xc0, 0x21])]), CloseReason::LcpRejected);
    assert_eq!(ends(&[lcp(8, 1, &[0x80, 0xfd])]), CloseReason::EncryptionRestarted);
    assert_eq!(ends(&[lcp(8, 1, &[0x80, 0x21])]), CloseReason::AddressRefused);
    // The server asks for nothing less because the client does not know how to answer.
    let (mut bench, _) = Bench::establish(server(), &[]);
    bench.feed(&lcp(8, 1, &[0xc2, 0x23, 1, 1]));
    assert_eq!(bench.end(), CloseReason::AuthenticationMethodRefused);
    let (mut bench, _) = Bench::authenticated(server());
    bench.feed(&lcp(8, 1, &[0x80, 0xfd]));
    assert_eq!(bench.end(), CloseReason::EncryptionRequired);
    let storm: Vec<_> = (0..200u8).map(|n| lcp(8, n, &[0x80, 0x31, n])).collect();
    ignored(&[vec![lcp(8, 1, &[]), lcp(8, 1, &[0x80])], storm].concat());
}

#[test]
fn p10_a_flood_of_unknown_protocols_is_answered_sparingly() {
    let (mut bench, _) = Bench::authenticated(server());
    let mut flood = hex("ff03803f");
    flood.resize(1400, 0x55);
    let mut answers = Vec::new();
    for _ in 0..10_000 {
        answers.extend(bench.feed(&flood));
    }
    assert_eq!(answers.len(), 10);
    assert!(answers.iter().all(|answer| parts(answer).1 == 8 && answer.len() == 4 + 4 + 2 + 64));
    assert_eq!(bench.link.statistics().unknown_protocol, 10_000);
}

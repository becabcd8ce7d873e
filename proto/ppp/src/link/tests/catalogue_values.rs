//! What no peer should send, by the rows of the catalogue of malformed input: phases, values, addresses, keys.

use super::bench::{Bench, frame, hex, parts};
use super::catalogue::{NOTHING, ends, ignored, lcp};
use super::*;

#[test]
fn p11_nobody_listens_to_packets_before_it_is_known_who_sends_them() {
    let early = [
        hex("002145000014"),
        hex("21"),
        hex("80210101000a03060a630007"),
        hex("80fd0101000a120601000040"),
        hex("00fd90001234567890"),
        hex("80570101000e010a0200000000000001"),
        hex("803f01010004"),
    ];
    let (mut closed, _) = Bench::new(server());
    let (mut waiting, _) = Bench::establish(server(), &[]);
    for frame in &early {
        assert_eq!(closed.feed(frame), NOTHING);
        assert_eq!(waiting.feed(frame), NOTHING);
    }
    assert_eq!(waiting.link.statistics().received, 0);
    assert_eq!(waiting.down, None);
    assert_eq!(waiting.up, None);
}

#[test]
fn p12_who_begins_anew_says_again_who_it_is() {
    let (mut bench, _) = Bench::establish(server(), &[]);
    for n in 0..3u8 {
        // Its request, and the acknowledgement of the server's.
        let frames = bench.feed(&lcp(1, 50 + n, &[5, 6, 1, 1, 1, n]));
        let [request, ack] = &frames[..] else { panic!("{frames:02x?}") };
        assert_eq!(parts(ack).1, 2);
        let (_, code, identifier, data) = parts(request);
        assert_eq!(code, 1);
        let challenge = bench.feed(&lcp(2, identifier, data));
        assert_eq!(parts(&challenge[0]).0, Protocol::CHAP);
    }
    bench.feed(&lcp(1, 60, &[5, 6, 2, 1, 1, 1]));
    assert_eq!(bench.end(), CloseReason::Renegotiations);
    let (mut bench, _) = Bench::authenticated(server());
    bench.feed(&lcp(1, 60, &[5, 6, 2, 1, 1, 1]));
    assert_eq!(bench.feed(&hex("80210101000a03060a630007")), NOTHING, "it is not known any more who that is");
    assert_eq!(ends(&[lcp(1, 77, &[5, 6, 2, 1, 1, 1])]), CloseReason::Renegotiations);
}

#[test]
fn p13_who_wants_an_end_gets_it() {
    let mut pair = running();
    pair.deliver(CLIENT, lcp(5, 33, b"bye"));
    pair.run(pair.now + Duration::from_secs(9), |_| false);
    assert!(pair.ends[SERVER].sent.contains(&lcp(6, 33, &[])));
    assert_eq!(pair.ends[SERVER].down, Some(CloseReason::Peer));
    for config in [server(), client()] {
        let (mut bench, _) = Bench::new(config);
        assert_eq!(bench.feed(&lcp(5, 1, &[])), [lcp(6, 1, &[])]);
        assert_eq!(bench.down, Some(CloseReason::Peer));
    }
}

#[test]
fn p14_options_with_values_that_cannot_be() {
    let (mut bench, _) = Bench::new(server());
    for (options, code, answer) in [
        (&[1, 4, 0, 0][..], 3, &[1, 4, 5, 0x78][..]),
        (&[1, 4, 0, 127], 3, &[1, 4, 5, 0x78]),
        (&[1, 3, 0], 3, &[1, 4, 5, 0x78]),
        (&[1, 4, 0xff, 0xff], 2, &[1, 4, 0xff, 0xff]),
        (&[2, 6, 0xde, 0xad, 0xbe, 0xef], 2, &[2, 6, 0xde, 0xad, 0xbe, 0xef]),
        (&[2, 3, 1], 3, &[2, 6, 0, 0, 0, 0]),
        (&[17, 4, 5, 0xdc], 4, &[17, 4, 5, 0xdc]),
        (&[13, 3, 6], 4, &[13, 3, 6]),
        (&[1, 4, 5, 0x78, 17, 4, 5, 0xdc, 13, 3, 6, 7, 2], 4, &[17, 4, 5, 0xdc, 13, 3, 6]),
        (&[3, 4, 0xc0, 0x23], 4, &[3, 4, 0xc0, 0x23]),
        (&[7, 3, 0], 4, &[7, 3, 0]),
    ] {
        assert_eq!(bench.feed(&lcp(1, 9, options)), [lcp(code, 9, answer)], "{options:?}");
    }
}

#[test]
fn p15_a_peer_with_this_ends_magic_number() {
    let (mut bench, _) = Bench::new(server());
    for n in 0..5 {
        let answer = bench.feed(&lcp(1, n, &[5, 6, 0x11, 0x22, 0x33, 0x44]));
        let (_, code, _, data) = parts(&answer[0]);
        assert_eq!((code, &data[..2]), (3, &[5, 6][..]));
        assert_ne!(data[2..], [0x11, 0x22, 0x33, 0x44]);
    }
    bench.feed(&lcp(1, 9, &[5, 6, 0x11, 0x22, 0x33, 0x44]));
    assert_eq!(bench.end(), CloseReason::LoopedBack);
    let (mut bench, _) = Bench::new(server());
    assert_eq!(parts(&bench.feed(&lcp(1, 1, &[5, 6, 0, 0, 0, 0]))[0]).1, 3, "zero is none");
    // A loop: every frame comes back.
    for config in [server(), client()] {
        let (mut bench, first) = Bench::new(config);
        let mut frames = vec![first];
        for _ in 0..50 {
            let Some(frame) = frames.pop() else { break };
            frames.extend(bench.feed(&frame));
        }
        assert_eq!(bench.end(), CloseReason::LoopedBack);
        assert_eq!(bench.up, None);
    }
    // Echoes that come back.
    let (mut bench, _) = Bench::establish(server(), &[]);
    for _ in 0..10 {
        assert_eq!(bench.down, None);
        bench.feed(&lcp(9, 1, &[0x11, 0x22, 0x33, 0x44]));
    }
    assert_eq!(bench.end(), CloseReason::LoopedBack);
}

#[test]
fn p16_echoes() {
    let (mut bench, _) = Bench::establish(server(), &[1, 4, 0, 128, 5, 6, 7, 7, 7, 7]);
    let mut request = vec![7; 1496];
    let reply = bench.feed(&lcp(9, 3, &request));
    assert_eq!(reply[0].len(), 4 + 128);
    assert_eq!(parts(&reply[0]).3[..5], [0x11, 0x22, 0x33, 0x44, 7]);
    for length in 0..4 {
        assert_eq!(bench.feed(&lcp(9, 3, &request[..length])), NOTHING);
    }
    request.truncate(8);
    let replies: usize = (0..10_000).map(|_| bench.feed(&lcp(9, 3, &request)).len()).sum();
    assert_eq!(replies, 9, "ten a second and no more");
    let (mut early, _) = Bench::new(server());
    assert_eq!(early.feed(&lcp(9, 3, &request)), NOTHING);
}

#[test]
fn p17_addresses_are_given_and_not_taken() {
    let ipcp = |code, identifier, data: &[u8]| frame(Protocol::IPCP, code, identifier, data);
    for address in [[0, 0, 0, 0], OWN.octets(), [10, 99, 0, 8], [224, 0, 0, 4], [255; 4], [127, 0, 0, 1]] {
        let (mut bench, _) = Bench::authenticated(server());
        let options = [&[3, 6][..], &address].concat();
        for n in 0..5 {
            assert_eq!(bench.feed(&ipcp(1, n, &options)), [ipcp(3, n, &hex("03060a630007"))]);
        }
        bench.feed(&ipcp(1, 9, &options));
        assert_eq!(bench.end(), CloseReason::AddressRefused, "{address:?}");
    }
    let (mut bench, _) = Bench::authenticated(server());
    assert_eq!(bench.feed(&ipcp(1, 1, &[])), [ipcp(3, 1, &hex("03060a630007"))], "it is told what it is");
    assert_eq!(bench.feed(&ipcp(1, 2, &[])), [ipcp(2, 2, &[])], "and need not repeat it");
    let (mut bench, _) = Bench::authenticated(server());
    assert_eq!(bench.feed(&ipcp(1, 1, &[3, 6, 0, 0, 0, 0].repeat(33))), NOTHING);
    let many: Vec<u8> = (1..=200u8).flat_map(|kind| [kind, 2]).collect();
    assert_eq!(bench.feed(&ipcp(1, 1, &many)), NOTHING);
    assert_eq!(
        bench.feed(&ipcp(1, 1, &hex("010a 0a6300010a630002 0206002d0f01 8106 00000000"))),
        [ipcp(4, 1, &hex("010a 0a6300010a630002 0206002d0f01 8106 00000000"))],
        "nothing of that is to be had"
    );
}

/// What a server may tell its client to be: never what is no host, and never where the tunnel goes.
#[test]
fn p17_addresses_no_client_takes() {
    let tunnel = Ipv4Addr::new(192, 0, 2, 1);
    for address in [
        Ipv4Addr::new(0, 0, 0, 9),
        Ipv4Addr::LOCALHOST,
        Ipv4Addr::new(224, 0, 0, 1),
        Ipv4Addr::BROADCAST,
        tunnel,
    ] {
        let mut config = client();
        config.mppe.required = false;
        let Role::Client(role) = &mut config.role else { unreachable!() };
        role.tunnel = Some(tunnel);
        let (mut bench, requests) = Bench::establish(config, &[]);
        let (_, _, mut identifier, _) = parts(&requests[0]);
        let nak = [&[3, 6][..], &address.octets()].concat();
        for _ in 0..20 {
            for reply in bench.feed(&frame(Protocol::IPCP, 3, identifier, &nak)) {
                if let (Protocol::IPCP, 1, next, data) = parts(&reply) {
                    identifier = next;
                    assert_eq!(data[..6], [3, 6, 0, 0, 0, 0], "{address}");
                }
            }
        }
        assert_eq!(bench.end(), CloseReason::AddressRefused, "{address}");
        // Nor does it believe that of the server.
        let mut config = client();
        config.mppe.required = false;
        let Role::Client(role) = &mut config.role else { unreachable!() };
        role.tunnel = Some(tunnel);
        let (mut bench, _) = Bench::establish(config, &[]);
        assert_eq!(bench.feed(&frame(Protocol::IPCP, 1, 1, &nak)), [frame(Protocol::IPCP, 4, 1, &nak)]);
    }
}

#[test]
fn p18_interface_identifiers_differ_and_are_not_zero() {
    let mut config = server();
    config.ipv6 = true;
    let (mut bench, requests) = Bench::authenticated(config);
    let own = parts(&requests[2]).3.to_vec();
    let ipv6cp = |code, identifier, data: &[u8]| frame(Protocol::IPV6CP, code, identifier, data);
    for bad in [own.clone(), hex("010a0000000000000000"), hex("01040000"), Vec::new()] {
        let answer = bench.feed(&ipv6cp(1, 1, &bad));
        let (_, code, _, data) = parts(&answer[0]);
        assert_eq!((code, &data[..2]), (3, &[1, 10][..]), "{bad:02x?}");
        assert_ne!(data, own);
        assert_ne!(data[2..], [0; 8]);
        assert_eq!(data[2] & 2, 0, "not one that is known in all the world");
    }
    assert_eq!(bench.feed(&ipv6cp(1, 1, &hex("0204004f"))), [ipv6cp(4, 1, &hex("0204004f"))]);
    bench.feed(&ipv6cp(1, 2, &hex("010a0000000000000000")));
    assert_eq!(bench.down, None, "IPv4 goes on without it");
    // Where IPv6 is not wanted, nobody knows it.
    let (mut bench, _) = Bench::authenticated(server());
    let answer = bench.feed(&ipv6cp(1, 1, &hex("010a0200000000000001")));
    assert_eq!(parts(&answer[0]).1, 8);
}

#[test]
fn p19_what_is_no_frame() {
    ignored(&[
        vec![0xff],
        vec![0xff, 3],
        vec![0xff, 3, 0xc0],
        vec![0xff, 3, 0xc0, 0x20, 1, 1, 0, 4],
        vec![0xff, 4, 0xc0, 0x21, 1, 1, 0, 4],
        vec![0xc0],
        vec![],
        [vec![0xff, 3, 0xc0, 0x21, 9, 1, 6, 0], vec![0; 1536]].concat(),
    ]);
}

#[test]
fn p20_protocols_nobody_agreed_on() {
    for protocol in ["002d", "002f", "003d", "0031", "8031", "c025"] {
        let (mut bench, _) = Bench::authenticated(server());
        let answer = bench.feed(&hex(&format!("{protocol}45000014")));
        assert_eq!(answer, [lcp(8, 1, &hex(&format!("{protocol}45000014")))]);
    }
}

#[test]
fn p21_what_says_it_is_lcp_has_lcps_lengths() {
    let (mut bench, _) = Bench::new(server());
    for n in 0..8 {
        let whole = lcp(9, 1, &[1, 2, 3, 4]);
        assert_eq!(bench.feed(&whole[..4 + n]), NOTHING);
    }
    assert_eq!(bench.link.statistics().malformed, 8);
}

#[test]
fn p22_options_given_twice() {
    let twice = |option: &[u8]| option.repeat(2);
    ignored(&[
        lcp(1, 99, &twice(&[5, 6, 1, 2, 3, 4])),
        lcp(1, 99, &[7, 2].repeat(100)),
        frame(Protocol::IPCP, 1, 99, &twice(&[3, 6, 10, 99, 0, 7])),
        frame(Protocol::CCP, 1, 99, &twice(&[18, 6, 1, 0, 0, 64])),
    ]);
}

#[test]
fn a01_eap_that_was_not_agreed_on() {
    let (mut bench, _) = Bench::establish(server(), &[]);
    for code in 1..=4 {
        let mut request = vec![4, 16];
        request.resize(18, 0);
        request.resize(1118, b'A');
        assert_eq!(bench.feed(&frame(Protocol::EAP, code, 1, &request)), NOTHING);
        assert_eq!(bench.feed(&frame(Protocol::PAP, code, 1, &[4, b'U', b's', b'e', b'r', 0])), NOTHING);
    }
    assert_eq!(bench.asked, []);
    assert_eq!(bench.link.statistics().out_of_phase, 8);
}

#[test]
fn a11_no_client_talks_a_server_into_less() {
    for weaker in [&[3, 4, 0xc0, 0x23][..], &[3, 5, 0xc2, 0x23, 5], &[3, 5, 0xc2, 0x23, 0x80]] {
        let (mut bench, request) = Bench::new(server());
        bench.feed(&lcp(3, parts(&request).2, weaker));
        assert_eq!(bench.end(), CloseReason::AuthenticationMethodRefused);
        let (mut bench, _) = Bench::new(client());
        assert_eq!(bench.feed(&lcp(1, 1, weaker)), [lcp(3, 1, &[3, 5, 0xc2, 0x23, 0x81])]);
        for n in 0..10 {
            bench.feed(&lcp(1, n, weaker));
        }
        assert_eq!(bench.up, None);
    }
    let (mut bench, request) = Bench::new(server());
    bench.feed(&lcp(4, parts(&request).2, &[3, 5, 0xc2, 0x23, 0x81]));
    assert_eq!(bench.end(), CloseReason::AuthenticationMethodRefused);
    // A server that asks for nothing has no keys, and so nothing passes.
    let (mut bench, _) = Bench::establish(client(), &[]);
    assert_eq!(bench.end(), CloseReason::EncryptionRequired);
}

#[test]
fn m03_nothing_falls_back_to_the_clear() {
    let clear = [hex("ff030021"), echo_request(ASSIGNED, OWN, 9)].concat();
    let mut pair = running();
    pair.deliver(CLIENT, clear.clone());
    pair.deliver(SERVER, clear);
    pair.run(pair.now + Duration::from_secs(1), |_| false);
    for end in &pair.ends {
        assert!(end.packets.is_empty());
        assert_eq!(end.link.statistics().clear, 1);
    }
    let (mut bench, requests) = Bench::authenticated(server());
    let (_, _, identifier, data) = parts(&requests[0]);
    bench.feed(&frame(Protocol::CCP, 4, identifier, data));
    assert_eq!(bench.end(), CloseReason::EncryptionRequired);
    let (mut bench, _) = Bench::authenticated(server());
    assert_eq!(bench.end(), CloseReason::EncryptionTimeout);
    let (mut bench, _) = Bench::authenticated(server());
    bench.feed(&frame(Protocol::CCP, 5, 1, &[]));
    assert_eq!(bench.end(), CloseReason::EncryptionRequired);
}

#[test]
fn m11_there_is_no_encryption_without_keys() {
    let (mut bench, _) = Bench::establish(server(), &[]);
    assert_eq!(bench.feed(&hex("80fd0101000a120601000040")), NOTHING);
    let mut config = client();
    config.mppe.required = false;
    // Nobody was asked who it is: there are no keys, so CCP is not known.
    let (mut bench, requests) = Bench::establish(config, &[]);
    assert_eq!(requests.iter().map(|frame| parts(frame).0).collect::<Vec<_>>(), [Protocol::IPCP]);
    assert_eq!(parts(&bench.feed(&hex("80fd0101000a120601000040"))[0]).1, 8);
}

#[test]
fn m13_keys_that_were_used_do_not_come_again() {
    let anew = [frame(Protocol::CCP, 1, 77, &[18, 6, 1, 0, 0, 0xe0])];
    assert_eq!(ends(&anew), CloseReason::EncryptionRestarted);
    // The same request once more is one whose answer was lost.
    let same = frame(Protocol::CCP, 1, 77, &[18, 6, 1, 0, 0, 0x40]);
    let mut pair = running();
    assert!(passes(&mut pair));
    pair.deliver(CLIENT, same);
    assert!(passes(&mut pair));
    assert!(pair.ends[SERVER].sent.contains(&frame(Protocol::CCP, 2, 77, &[18, 6, 1, 0, 0, 0x40])));
}

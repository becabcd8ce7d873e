//! A server and a client of our own over a net that loses, doubles and reorders.

use lanward_auth::mschap::KeyStrength;

use super::*;
use crate::authentication::Method;
use crate::link::CloseReason as LinkReason;

/// Both ends have come to an end, or both are up, and why.
fn ends(network: &Network) -> [(Option<CloseReason>, Option<CloseReason>); 2] {
    network.ends.each_ref().map(|end| (end.down, end.closed))
}

#[test]
fn a_server_and_a_client_agree_and_packets_pass() {
    let mut network = running();
    assert!(network.now < secs(2), "{:?}", network.now);
    for _ in 0..500 {
        assert!(passes(&mut network));
    }
    let call = network.ends[SERVER].call.unwrap();
    let counters = network.ends[SERVER].tunnel.gre_counters(call).unwrap();
    assert_eq!((counters.lost, counters.bad_acknowledgements), (0, 0));
    // Idle for an hour: echoes keep it up.
    network.run(network.now + secs(3600), |_| false);
    assert!(passes(&mut network));
}

#[test]
fn a_client_hangs_up() {
    let mut network = running();
    let call = network.ends[CLIENT].call.unwrap();
    network.call(CLIENT, |tunnel, now, rng, out| tunnel.close_call(call, CloseReason::Local, now, rng, out));
    network.run(network.now + secs(60), |_| false);
    assert_eq!(network.ends[CLIENT].down, Some(CloseReason::Local));
    assert_eq!(network.ends[SERVER].down, Some(CloseReason::Link(LinkReason::Peer)));
    assert!(network.ends.iter().all(|end| end.closed.is_some()));
}

#[test]
fn closing_the_connection_when_the_call_is_over_is_no_loss() {
    let mut server = Alone::called();
    server.tcp(&bytes_of(Type::CALL_CLEAR_REQUEST));
    server.tunnel.tcp_lost(secs(0), &mut server.events);
    assert_eq!(
        (server.down(), server.closed()),
        (vec![CloseReason::PeerCleared], Some(CloseReason::PeerCleared))
    );
    let mut client = Alone::client();
    client.tcp(&bytes_of(Type::START_REPLY));
    client.tcp(&bytes_of(Type::OUTGOING_CALL_REPLY));
    let call = client.tunnel.calls().next().unwrap().0;
    client.tunnel.close_call(call, CloseReason::Local, secs(0), &mut rng, &mut client.events);
    client.pass(secs(6));
    client.tunnel.tcp_lost(client.now, &mut client.events);
    assert_eq!((client.down(), client.closed()), (vec![CloseReason::Local], Some(CloseReason::Local)));
}

#[test]
fn a_server_shuts_down_and_says_so() {
    let mut network = running();
    let before = network.sent.len();
    network.call(SERVER, |tunnel, now, rng, out| tunnel.stop(CloseReason::Shutdown, now, rng, out));
    let types: Vec<Type> = network.sent[before..]
        .iter()
        .filter_map(|(_, _, sent)| match sent {
            crate::oracle::Sent::Tcp(octets) => Some(octets),
            crate::oracle::Sent::Gre(_) => None,
        })
        .flat_map(|octets| {
            let (mut framing, mut input) = (Framing::new(), &octets[..]);
            core::iter::from_fn(move || framing.next(&mut input).unwrap()).collect::<Vec<_>>()
        })
        .map(|message| message.message_type())
        .collect();
    assert_eq!(types, [Type::CALL_DISCONNECT_NOTIFY, Type::STOP_REQUEST]);
    network.run(network.now + secs(60), |_| false);
    assert_eq!(ends(&network)[SERVER], (Some(CloseReason::Shutdown), Some(CloseReason::Shutdown)));
    assert!(ends(&network)[CLIENT].1.is_some());
}

#[test]
fn a_session_that_is_ended_by_an_administrator() {
    let mut network = running();
    let call = network.ends[SERVER].call.unwrap();
    network.call(SERVER, |tunnel, now, rng, out| {
        tunnel.close_call(call, CloseReason::Administrator, now, rng, out);
    });
    network.run(network.now + secs(60), |_| false);
    assert_eq!(ends(&network)[SERVER], (Some(CloseReason::Administrator), Some(CloseReason::Administrator)));
}

#[test]
fn a_client_that_is_gone_without_a_word() {
    let mut network = running();
    network.trouble = [1000, 0, 0];
    network.run(network.now + secs(300), |_| false);
    assert_eq!(network.ends[SERVER].down, Some(CloseReason::Link(LinkReason::EchoTimeout)));
    let mut network = running();
    network.call(SERVER, |tunnel, now, _, out| tunnel.tcp_lost(now, out));
    assert_eq!(
        ends(&network)[SERVER],
        (Some(CloseReason::ConnectionLost), Some(CloseReason::ConnectionLost))
    );
}

#[test]
fn a_wrong_password_ends_with_its_reason() {
    let mut network = Network::new(server_link(), client_link(), 2);
    network.password = "another".to_owned();
    network.run(secs(300), |_| false);
    // The client gives up where it might have tried again, and the server knows why.
    let refused = Some(CloseReason::Link(LinkReason::AuthenticationFailed));
    assert_eq!(ends(&network).map(|(down, _)| down), [refused; 2]);
    assert!(network.ends.iter().all(|end| end.closed.is_some() && end.up.is_none()));
}

#[test]
fn gre_that_is_blocked_is_told_once_and_ends() {
    let mut network = Network::new(server_link(), client_link(), 3);
    network.trouble = [1000, 0, 0];
    network.run(ms(9_900), |_| false);
    assert!(!network.ends[SERVER].blocked);
    network.run(secs(11), |_| false);
    assert!(network.ends[SERVER].blocked && network.ends[CLIENT].blocked);
    network.run(secs(300), |_| false);
    assert_eq!(ends(&network)[SERVER].0, Some(CloseReason::Link(LinkReason::EstablishTimeout)));
    let mut healthy = running();
    healthy.run(secs(60), |_| false);
    assert!(healthy.ends.iter().all(|end| !end.blocked));
}

#[test]
fn every_policy_comes_up_or_ends_over_a_bad_net() {
    let strengths = [vec![KeyStrength::Bits40], vec![KeyStrength::Bits128]];
    let (mut up, mut down) = (0, 0);
    for policy in 0..32u64 {
        let [mut server, mut client] = [server_link(), client_link()];
        for (config, bits) in [(&mut server, policy), (&mut client, policy >> 2)] {
            config.methods =
                if bits & 1 == 0 { vec![Method::MsChapV2] } else { vec![Method::Eap, Method::MsChapV2] };
            config.mppe.strengths = strengths[usize::from(bits & 2 != 0)].clone();
            config.mppe.stateful = policy & 16 != 0;
        }
        let mut network = Network::new(server, client, policy);
        network.trouble = [50, 30, 100];
        network.run(secs(600), both_up);
        let alike = (policy >> 1 & 1) == (policy >> 3 & 1);
        if both_up(&network) {
            assert!(alike, "keys of different lengths");
            up += 1;
            continue;
        }
        down += 1;
        network.run(network.now + secs(600), |_| false);
        let reasons = network.ends.each_ref().map(|end| end.closed);
        assert!(reasons.iter().all(Option::is_some), "policy {policy} hangs: {:?}", ends(&network));
        assert!(!alike, "policy {policy}: {:?}", ends(&network));
    }
    assert_eq!((up, down), (16, 16));
}

#[test]
fn a_stream_over_a_bad_net_comes_in_order_and_once() {
    for (seed, stateful) in [(1, false), (2, true), (3, true)] {
        let [mut server, mut client] = [server_link(), client_link()];
        server.mppe.stateful = stateful;
        client.mppe.stateful = stateful;
        let mut network = Network::new(server, client, seed);
        network.run(secs(60), both_up);
        assert!(both_up(&network));
        network.trouble = [20, 20, 50];
        for number in 0..2000u16 {
            let mut packet = echo_request(OWN, Network::ASSIGNED, 64);
            packet[26..28].copy_from_slice(&number.to_be_bytes());
            assert!(network.send(SERVER, &packet));
            network.run(network.now + ms(3), |_| false);
        }
        network.trouble = [0; 3];
        network.run(network.now + secs(1), |_| false);
        let numbers: Vec<u16> = network.ends[CLIENT]
            .packets
            .iter()
            .map(|packet| u16::from_be_bytes(packet[26..28].try_into().unwrap()))
            .collect();
        assert!(numbers.windows(2).all(|pair| pair[0] < pair[1]), "out of order or twice");
        let least = if stateful { 1000 } else { 1900 };
        assert!(numbers.len() > least, "only {} of 2000 came (stateful: {stateful})", numbers.len());
        assert!(passes(&mut network));
    }
}

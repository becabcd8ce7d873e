use super::bench::{Bench, frame, parts};
use super::*;
use proptest::prelude::*;

const HOUR: Duration = Duration::from_secs(3600);

#[test]
fn who_never_answers_is_given_up() {
    for config in [server(), client()] {
        let (mut bench, _) = Bench::new(config);
        let mut requests = 1;
        while bench.down.is_none() {
            requests += bench.tick().iter().filter(|frame| parts(frame).1 == 1).count();
        }
        assert_eq!(requests, 10, "Max-Configure");
        assert_eq!(bench.down, Some(CloseReason::EstablishTimeout));
        assert!(bench.now <= Duration::from_secs(31), "{:?}", bench.now);
    }
}

#[test]
fn every_phase_ends() {
    let (mut bench, _) = Bench::establish(server(), &[]);
    assert_eq!(bench.end(), CloseReason::AuthenticationTimeout);
    let mut config = client();
    config.mppe.required = false;
    let (mut bench, _) = Bench::establish(config, &[]);
    assert_eq!(bench.end(), CloseReason::NetworkTimeout);
    // A verdict that never comes.
    let mut pair = Pair::new(server(), client(), 1);
    pair.thinks = HOUR;
    pair.run(Duration::from_secs(300), |_| false);
    assert_eq!(pair.ends[SERVER].down, Some(CloseReason::AuthenticationTimeout));
    pair.run(HOUR + HOUR, |_| false);
    assert_eq!(pair.ends[SERVER].up, None, "the verdict comes too late");
}

#[test]
fn a_wrong_password_is_no_way_in() {
    let mut pair = Pair::new(server(), LinkConfig::client(Credentials::new("User", "wrong")), 1);
    pair.run(HOUR, |_| false);
    assert_eq!(pair.ends.each_ref().map(|end| end.up), [None; 2]);
    assert_eq!(pair.ends[CLIENT].down, Some(CloseReason::AuthenticationFailed));
    assert_eq!(pair.ends[SERVER].down, Some(CloseReason::AuthenticationFailed), "whoever says so first");
}

#[test]
fn a_peer_that_leaves_over_encryption_did_not_just_leave() {
    let (mut bench, requests) = Bench::authenticated(server());
    let (_, _, identifier, data) = parts(&requests[0]);
    bench.feed(&frame(Protocol::CCP, 1, 1, &[18, 6, 1, 0, 0, 0x20]));
    bench.feed(&frame(Protocol::LCP, 5, 1, b"MPPE required"));
    assert_eq!(bench.end(), CloseReason::EncryptionRequired);
    let (mut bench, _) = Bench::authenticated(server());
    bench.feed(&frame(Protocol::CCP, 2, identifier, data));
    bench.feed(&frame(Protocol::LCP, 5, 1, b"bye"));
    assert_eq!(bench.end(), CloseReason::Peer);
}

#[test]
fn a_dead_peer_is_noticed() {
    let mut pair = running();
    pair.loss = 1000;
    pair.run(HOUR, |_| false);
    assert_eq!(pair.ends.each_ref().map(|end| end.down), [Some(CloseReason::EchoTimeout); 2]);
    assert!(pair.now < Duration::from_secs(30 * 6));
}

#[test]
fn a_peer_that_is_asked_for_shows_itself_or_is_gone() {
    for echo in [Duration::from_secs(30), Duration::ZERO] {
        let mut config = server();
        config.timers.echo = echo;
        let mut pair = Pair::new(config, client(), 1);
        pair.run(Duration::from_secs(30), both_up);
        let patience = Duration::from_secs(3);
        let probe = |pair: &mut Pair| {
            pair.call(SERVER, |link, now, rng, events| link.probe(patience, now, rng, events));
        };
        probe(&mut pair);
        pair.run(pair.now + HOUR, |_| false);
        assert!(passes(&mut pair), "it is there");
        pair.loss = 1000;
        probe(&mut pair);
        let asked = pair.now;
        pair.run(asked + HOUR, |pair| pair.ends[SERVER].down.is_some());
        assert_eq!(pair.ends[SERVER].down, Some(CloseReason::EchoTimeout));
        assert!(pair.now - asked < Duration::from_secs(15), "with its last words: {:?}", pair.now - asked);
    }
}

#[test]
fn a_quiet_link_lives_by_its_echoes() {
    let mut pair = running();
    pair.run(HOUR * 24, |_| false);
    assert!(passes(&mut pair));
}

#[test]
fn idle_links_and_old_ones_are_closed() {
    let mut config = server();
    config.timers.idle = Some(Duration::from_secs(600));
    config.timers.session = Some(HOUR);
    let mut pair = Pair::new(config, client(), 1);
    pair.run(Duration::from_secs(1), |_| false);
    for _ in 0..5 {
        pair.run(pair.now + Duration::from_secs(599), |_| false);
        pair.now = pair.now.max(Duration::from_secs(1));
        assert!(passes(&mut pair));
    }
    let mut idle = Pair::new(pair_config(Some(600), None), client(), 1);
    idle.run(HOUR, |_| false);
    assert_eq!(idle.ends[SERVER].down, Some(CloseReason::IdleTimeout));
    let mut old = Pair::new(pair_config(None, Some(600)), client(), 1);
    old.run(HOUR, |_| false);
    assert_eq!(old.ends[SERVER].down, Some(CloseReason::SessionTimeout));
    assert_eq!(old.ends[CLIENT].down, Some(CloseReason::Peer));
}

fn pair_config(idle: Option<u64>, session: Option<u64>) -> LinkConfig {
    let mut config = server();
    config.timers.idle = idle.map(Duration::from_secs);
    config.timers.session = session.map(Duration::from_secs);
    config
}

#[test]
fn a_tunnel_that_is_gone_takes_its_links_along_at_once() {
    let mut pair = running();
    let sent = pair.ends[SERVER].sent.len();
    pair.call(SERVER, |link, now, rng, events| link.close(CloseReason::TunnelLost, now, rng, events));
    assert_eq!(pair.ends[SERVER].down, Some(CloseReason::TunnelLost));
    assert_eq!(pair.ends[SERVER].sent.len(), sent, "there is nobody to tell");
}

#[test]
fn an_acknowledgement_that_was_lost_is_sent_again() {
    let (mut bench, frames) = Bench::establish(server(), &[5, 6, 1, 2, 3, 4]);
    assert_eq!(parts(&frames[0]).0, Protocol::CHAP);
    let again = frame(Protocol::LCP, 1, 2, &[5, 6, 1, 2, 3, 4]);
    assert_eq!(bench.feed(&again), [frame(Protocol::LCP, 2, 2, &[5, 6, 1, 2, 3, 4])]);
    assert!(bench.feed(&frame(Protocol::IPCP, 1, 1, &[])).is_empty(), "still in the same phase");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A third of all frames may be lost: the ends agree, or both end.
    #[test]
    fn links_agree_over_a_bad_net_or_end(seed: u64, loss in 0u64..330, stateful: bool, ipv6: bool, method in 0usize..3) {
        let [mut server, mut client] = [server(), client()];
        for config in [&mut server, &mut client] {
            config.mppe.stateful = stateful;
            config.ipv6 = ipv6;
            config.methods = vec![Method::ALL[method]];
        }
        let mut pair = Pair::new(server, client, seed);
        pair.loss = loss;
        let over = |pair: &Pair| both_up(pair) || pair.ends.iter().all(|end| end.down.is_some());
        pair.run(HOUR, over);
        prop_assert!(over(&pair), "at {:?}", pair.now);
        if loss < 100 {
            prop_assert!(both_up(&pair), "{:?}", pair.ends.each_ref().map(|end| end.down));
        }
        if both_up(&pair) {
            pair.loss = 0;
            for _ in 0..20 {
                passes(&mut pair);
            }
            let alive = pair.ends.iter().all(|end| end.down.is_none());
            prop_assert!(!alive || passes(&mut pair), "packets pass again once the net is good");
        }
    }

    /// Whatever a client of this crate is offered, it sends nothing in the clear where that is not allowed.
    #[test]
    fn no_packet_is_in_the_clear(seed: u64, loss in 0u64..100) {
        let mut pair = Pair::new(server(), client(), seed);
        pair.loss = loss;
        for _ in 0..200 {
            pair.run(pair.now + Duration::from_millis(10), |_| false);
            for place in [SERVER, CLIENT] {
                let mut frame = Vec::new();
                let end = &mut pair.ends[place];
                let packet = echo_request(OWN, ASSIGNED, 20);
                if end.link.send_ip(&packet, pair.now, &mut frame).is_ok() {
                    prop_assert!(!frame.windows(packet.len()).any(|window| window == packet));
                } else {
                    prop_assert!(frame.is_empty());
                }
            }
        }
    }
}

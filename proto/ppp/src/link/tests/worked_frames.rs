use super::bench::{Bench, frame, hex, parts};
use super::*;

#[test]
fn the_first_request_of_a_server() {
    let (_, request) = Bench::new(server());
    assert_eq!(request, hex("ff03c02101010017010405780305c2238105061122334407020802"));
}

#[test]
fn the_first_requests_of_the_network_phase() {
    let pair = running();
    let sent = &pair.ends[CLIENT].sent;
    let ipcp = hex("ff03802101010022030600000000810600000000820600000000830600000000840600000000");
    assert!(sent.contains(&ipcp));
    let ccp = hex("ff0380fd0101000a120601000040");
    assert!(sent.contains(&ccp));
    assert!(pair.ends[SERVER].sent.contains(&ccp));
}

#[test]
fn an_offer_of_all_keys_hears_which_one_it_is() {
    let (mut bench, _) = Bench::authenticated(server());
    let answer = bench.feed(&hex("80fd0101000a1206010000e0"));
    assert_eq!(answer, [hex("ff0380fd0301000a120601000040")]);
    assert_eq!(bench.feed(&hex("80fd0102000a120601000040")), [hex("ff0380fd0202000a120601000040")]);
}

#[test]
fn where_several_keys_would_do_the_peer_chooses() {
    let mut config = server();
    config.mppe.strengths = vec![KeyStrength::Bits40, KeyStrength::Bits128, KeyStrength::Bits56];
    let (mut bench, requests) = Bench::authenticated(config);
    assert_eq!(requests[0], hex("ff0380fd0101000a1206010000e0"));
    assert_eq!(bench.feed(&hex("80fd0301000a120601000020")), [hex("ff0380fd0102000a120601000020")]);
    bench.feed(&hex("80fd0202000a120601000020"));
    assert_eq!(bench.feed(&hex("80fd0101000a120601000020"))[0], hex("ff0380fd0201000a120601000020"));
    let (_, receiver) = bench.link.mppe.as_ref().unwrap();
    assert!(format!("{receiver:?}").contains("Bits40"), "{receiver:?}");
}

#[test]
fn an_interface_identifier_is_taken() {
    let mut config = server();
    config.ipv6 = true;
    let (mut bench, requests) = Bench::authenticated(config);
    assert_eq!(
        requests.iter().map(|frame| parts(frame).0).collect::<Vec<_>>(),
        [Protocol::CCP, Protocol::IPCP, Protocol::IPV6CP]
    );
    let answer = bench.feed(&hex("80570101000e010a0200000000000001"));
    assert_eq!(answer, [hex("ff0380570201000e010a0200000000000001")]);
}

#[test]
fn a_request_for_a_new_start_is_acknowledged_where_keys_last() {
    let mut configs = [server(), client()];
    configs.iter_mut().for_each(|config| config.mppe.stateful = true);
    let [server, client] = configs;
    let mut pair = Pair::new(server, client, 1);
    pair.run(Duration::from_secs(30), both_up);
    // Both prefer keys that change; where they do, nobody has to ask for a new start.
    pair.deliver(CLIENT, hex("80fd0e050004"));
    assert!(passes(&mut pair));
    assert!(!pair.ends[SERVER].sent.contains(&hex("ff0380fd0f050004")));

    let mut config = super::server();
    config.mppe.stateful = true;
    let (mut bench, requests) = Bench::authenticated(config);
    let ours = parts(&requests[0]);
    assert_eq!(bench.feed(&hex("80fd0101000a120600000040")), [hex("ff0380fd0201000a120600000040")]);
    bench.feed(&frame(Protocol::CCP, 2, ours.2, ours.3));
    assert_eq!(bench.feed(&hex("80fd0e050004")), [hex("ff0380fd0f050004")]);
    let answered = (0..1000).filter(|_| !bench.feed(&hex("80fd0e060004")).is_empty()).count();
    assert!(answered < 50, "so many at a time are enough: {answered}");
}

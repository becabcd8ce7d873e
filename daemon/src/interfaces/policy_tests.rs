use super::*;

fn interface(name: &str, kind: LinkKind) -> Interface {
    Interface {
        name: name.to_owned(),
        index: 1,
        addresses: Vec::new(),
        kind,
        loopback: kind == LinkKind::Loopback,
        speed: None,
        spreads: false,
    }
}

fn network(address: &str, prefix: u8) -> Network {
    Network { address: address.parse().unwrap(), prefix }
}

fn rule(name: &str, allow: bool) -> Rule {
    Rule { name: name.to_owned(), allow, ..Rule::default() }
}

fn named(pattern: &str) -> Vec<NamePattern> {
    vec![NamePattern::try_from(pattern.to_owned()).unwrap()]
}

/// Why, with whether.
fn judge(policy: &Policy, service: Service, interface: &Interface, ip: &str) -> (bool, Reason) {
    let Judgement { allowed, reason } = policy.judge(service, interface, ip.parse().unwrap());
    (allowed, reason)
}

#[test]
fn private_and_public() {
    let cases = [
        ("127.0.0.1", true),
        ("127.9.9.9", true),
        ("10.1.2.3", true),
        ("172.16.0.1", true),
        ("172.32.0.1", false),
        ("192.168.0.1", true),
        ("169.254.1.1", true),
        ("100.64.0.1", true),
        ("100.127.255.255", true),
        ("100.128.0.1", false),
        ("8.8.8.8", false),
        ("0.0.0.0", false),
        ("::1", true),
        ("::", false),
        ("fe80::1", true),
        ("fd00::1", true),
        ("2001:db8::1", false),
        ("::ffff:192.168.0.1", true),
        ("::ffff:8.8.8.8", false),
    ];
    for (ip, private) in cases {
        assert_eq!(is_private(ip.parse().unwrap()), private, "{ip}");
    }
}

#[test]
fn without_rules_private_addresses_are_served_whatever_the_link() {
    let policy = Policy::default();
    for kind in [LinkKind::Ethernet, LinkKind::Bridge, LinkKind::Dummy, LinkKind::Ppp, LinkKind::Tunnel] {
        let link = interface("any0", kind);
        for service in [Service::Smb, Service::Netbios, Service::Discovery, Service::Print, Service::Vpn] {
            assert_eq!(judge(&policy, service, &link, "169.254.9.9"), (true, Reason::Private), "{kind:?}");
            assert_eq!(judge(&policy, service, &link, "203.0.113.9"), (false, Reason::Public), "{kind:?}");
        }
        assert_eq!(judge(&policy, Service::Netbios, &link, "fd00::1"), (false, Reason::NoIpv4));
        assert_eq!(judge(&policy, Service::Smb, &link, "fe80::1"), (true, Reason::Private));
    }
    let lo = interface("lo", LinkKind::Loopback);
    assert_eq!(judge(&policy, Service::Smb, &lo, "127.0.0.1"), (true, Reason::Private));
    assert_eq!(judge(&policy, Service::Netbios, &lo, "127.0.0.1"), (false, Reason::Loopback));
    assert_eq!(judge(&policy, Service::Discovery, &lo, "::1"), (false, Reason::Loopback));
}

#[test]
fn what_listen_names_is_asked_for() {
    let addresses = ["203.0.113.9", "127.0.0.1"].map(|a| a.parse().unwrap()).to_vec();
    let policy = Policy { addresses: Some(addresses), ..Policy::default() };
    let (eth, lo) = (interface("eth0", LinkKind::Ethernet), interface("lo", LinkKind::Loopback));
    assert_eq!(judge(&policy, Service::Smb, &eth, "203.0.113.9"), (true, Reason::Named));
    assert_eq!(judge(&policy, Service::Smb, &eth, "::ffff:203.0.113.9"), (true, Reason::Named));
    assert_eq!(judge(&policy, Service::Netbios, &eth, "203.0.113.9"), (true, Reason::Named));
    assert_eq!(judge(&policy, Service::Smb, &eth, "10.0.0.1"), (false, Reason::NotNamed));
    assert_eq!(judge(&policy, Service::Netbios, &lo, "127.0.0.1"), (true, Reason::Named));
    // `listen` is about files: a VPN is reached elsewhere.
    assert_eq!(judge(&policy, Service::Vpn, &eth, "203.0.113.9"), (false, Reason::Public));
    let any = Policy { addresses: Some(vec!["0.0.0.0".parse().unwrap()]), ..Policy::default() };
    assert_eq!(judge(&any, Service::Smb, &eth, "203.0.113.9"), (true, Reason::Named));
    assert_eq!(judge(&any, Service::Smb, &eth, "fd00::1"), (false, Reason::NotNamed));
    assert_eq!(judge(&any, Service::Netbios, &lo, "127.0.0.1"), (false, Reason::Loopback));
}

#[test]
fn the_first_rule_that_covers_decides() {
    let rules = vec![
        Rule { names: named("ppp1"), ..rule("mine", true) },
        Rule { kinds: vec![LinkKind::Ppp, LinkKind::Tunnel], ..rule("dial", false) },
        Rule {
            addresses: vec![network("10.9.0.0", 16)],
            services: vec![Service::Smb],
            ..rule("range", false)
        },
    ];
    let policy = Policy { rules, ..Policy::default() };
    let (ppp0, ppp1) = (interface("ppp0", LinkKind::Ppp), interface("ppp1", LinkKind::Ppp));
    let eth = interface("eth0", LinkKind::Ethernet);
    assert_eq!(judge(&policy, Service::Smb, &ppp0, "10.9.0.1"), (false, Reason::Refused("dial".into())));
    assert_eq!(judge(&policy, Service::Vpn, &ppp0, "10.9.0.1"), (false, Reason::Refused("dial".into())));
    assert_eq!(judge(&policy, Service::Smb, &ppp1, "10.9.0.1"), (true, Reason::Allowed("mine".into())));
    assert_eq!(judge(&policy, Service::Smb, &eth, "10.9.0.1"), (false, Reason::Refused("range".into())));
    assert_eq!(judge(&policy, Service::Smb, &eth, "10.8.0.1"), (true, Reason::Private));
    // What is not named follows files; the VPN does not.
    assert_eq!(judge(&policy, Service::Netbios, &eth, "10.9.0.1"), (false, Reason::Refused("range".into())));
    assert_eq!(judge(&policy, Service::Vpn, &eth, "10.9.0.1"), (true, Reason::Private));
    assert!(policy.may_refuse(Service::Smb) && policy.may_refuse(Service::Vpn));
}

#[test]
fn public_addresses_are_asked_for_in_so_many_words() {
    let eth = interface("eth0", LinkKind::Ethernet);
    let allow = Rule { names: named("eth*"), services: vec![Service::Vpn], ..rule("wan", true) };
    let policy = Policy { rules: vec![allow.clone()], ..Policy::default() };
    assert_eq!(judge(&policy, Service::Vpn, &eth, "203.0.113.9"), (false, Reason::Public));
    let policy = Policy { rules: vec![Rule { public: true, ..allow }], ..Policy::default() };
    assert_eq!(judge(&policy, Service::Vpn, &eth, "203.0.113.9"), (true, Reason::Allowed("wan".into())));
    assert_eq!(judge(&policy, Service::Smb, &eth, "203.0.113.9"), (false, Reason::Public));
    assert!(!policy.may_refuse(Service::Vpn));
}

#[test]
fn rules_know_zones() {
    let zones =
        vec![ZoneAddresses { locals: vec![network("10.5.0.0", 16)], interfaces: vec!["eth7".into()] }];
    let policy = Policy { rules: vec![Rule { zones, ..rule("attic", false) }], ..Policy::default() };
    let refused =
        |name: &str, ip: &str| !judge(&policy, Service::Smb, &interface(name, LinkKind::Ethernet), ip).0;
    assert!(refused("eth0", "10.5.1.1") && refused("eth7", "10.6.1.1") && !refused("eth0", "10.6.1.1"));
}

#[test]
fn what_is_offered_is_what_is_allowed() {
    let mut eth = interface("eth0", LinkKind::Ethernet);
    eth.addresses = ["10.0.0.1", "203.0.113.9", "fd00::1"].map(|a| a.parse().unwrap()).to_vec();
    let interfaces = [eth];
    let policy = Policy::default();
    let offered = |service| -> Vec<String> {
        policy.offered(service, &interfaces).map(|(_, ip)| ip.to_string()).collect()
    };
    assert_eq!(offered(Service::Smb), ["10.0.0.1", "fd00::1"]);
    assert_eq!(offered(Service::Netbios), ["10.0.0.1"]);
}

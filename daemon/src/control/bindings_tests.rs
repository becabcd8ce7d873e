use super::*;
use crate::interfaces::Rule;
use lanward_sys::LinkKind;

fn interface(index: u32, name: &str, addresses: &[&str]) -> Interface {
    Interface {
        name: name.to_owned(),
        index,
        addresses: addresses.iter().map(|a| a.parse().unwrap()).collect(),
        kind: LinkKind::Ethernet,
        loopback: name == "lo",
        speed: None,
        spreads: false,
    }
}

fn link(index: u32, name: &str, up: bool) -> Link {
    Link { index, name: name.to_owned(), kind: LinkKind::Ethernet, up }
}

/// Interface or address, verdict and reason of each row.
fn verdicts(
    listening: &[&str],
    policy: &Policy,
    service: Service,
    zone: bool,
) -> Vec<(String, Verdict, String)> {
    let interfaces = [
        interface(2, "eth0", &["192.168.1.2", "203.0.113.9", "10.0.0.1", "fd00::1"]),
        interface(3, "ppp0", &[]),
    ];
    let links = [link(2, "eth0", true), link(3, "ppp0", true), link(4, "wlan0", false)];
    let there = listening.iter().map(|a| a.parse().unwrap()).collect();
    let unless = |_| (!zone).then_some("no zone");
    let looked = Looked { name: "x", service, there, unless: &unless };
    let all = of(&links, &interfaces, &looked, policy);
    let shown = |b: &Binding| b.address.map_or_else(|| b.interface.clone(), |ip| ip.to_string());
    all.iter().map(|b| (shown(b), b.verdict, b.reason.clone())).collect()
}

fn without_reasons(rows: Vec<(String, Verdict, String)>) -> Vec<(String, Verdict)> {
    rows.into_iter().map(|(at, verdict, _)| (at, verdict)).collect()
}

#[test]
fn every_interface_and_address_has_a_verdict_and_its_reason() {
    let found = verdicts(&["192.168.1.2:445"], &Policy::default(), Service::Smb, true);
    let reasons: Vec<&str> = found.iter().map(|(_, _, reason)| reason.as_str()).collect();
    assert!(reasons[0].contains("private") && reasons[1].contains("public"), "{reasons:?}");
    assert_eq!(reasons[4..], ["the interface has no address", "the interface is down"]);
    let expected = [
        ("192.168.1.2", Verdict::Listening),
        ("203.0.113.9", Verdict::RefusedByPolicy),
        ("10.0.0.1", Verdict::Failed),
        ("fd00::1", Verdict::Failed),
        ("ppp0", Verdict::NoAddress),
        ("wlan0", Verdict::NoAddress),
    ];
    assert_eq!(without_reasons(found), expected.map(|(at, verdict)| (at.to_owned(), verdict)));
}

#[test]
fn rules_and_zones_are_reasons() {
    let names = vec!["eth*".to_owned().try_into().unwrap()];
    let rule = Rule { name: "cable".into(), names, ..Rule::default() };
    let policy = Policy { rules: vec![rule], ..Policy::default() };
    let found = verdicts(&[], &policy, Service::Netbios, true);
    assert_eq!(found.len(), 5, "IPv4 only: {found:?}");
    assert_eq!(found[0].2, "`[interface.cable]` refuses it");
    assert_eq!(found[3].2, "the interface has no IPv4 address");
    let found = verdicts(&[], &Policy::default(), Service::Netbios, false);
    assert_eq!((found[0].1, found[0].2.as_str()), (Verdict::RefusedByPolicy, "no zone"));
}

#[test]
fn ports_of_rpc_are_told() {
    let rpc = ["10.0.0.1:135", "10.0.0.1:5040", "0.0.0.0:135"].map(|a| a.parse().unwrap());
    let found = of_rpc(&[interface(1, "eth0", &["10.0.0.1"])], &rpc);
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert!(shown[0].starts_with("-") && shown[0].contains("0.0.0.0"), "{shown:?}");
    assert!(shown[1].starts_with("eth0") && shown[1].contains("listening (135 5040)"), "{shown:?}");
}

#[test]
fn what_is_named_is_wanted_and_nothing_else_is() {
    let named = ["203.0.113.9", "172.16.5.5"].map(|a| a.parse().unwrap()).to_vec();
    let policy = Policy { addresses: Some(named), ..Policy::default() };
    let found = without_reasons(verdicts(&["203.0.113.9:4445"], &policy, Service::Smb, true));
    let expected = [
        ("192.168.1.2", Verdict::RefusedByPolicy),
        ("203.0.113.9", Verdict::Listening),
        ("10.0.0.1", Verdict::RefusedByPolicy),
        ("fd00::1", Verdict::RefusedByPolicy),
        ("ppp0", Verdict::NoAddress),
        ("wlan0", Verdict::NoAddress),
        ("172.16.5.5", Verdict::NoAddress),
    ];
    assert_eq!(found, expected.map(|(at, verdict)| (at.to_owned(), verdict)));
    let any = Policy { addresses: Some(vec!["0.0.0.0".parse().unwrap()]), ..Policy::default() };
    let found = verdicts(&["0.0.0.0:445"], &any, Service::Smb, true);
    assert!(found.iter().take(3).all(|(_, verdict, _)| *verdict == Verdict::Listening), "{found:?}");
}

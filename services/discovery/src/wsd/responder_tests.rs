//! A host, as others on the link see it.

use super::vectors::{message, probe};
use super::{Host, MAX_DATAGRAM, Nonsense, Outgoing, Recipient, Responder, Subnet, Version};
use lanward_nt::Guid;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

pub(super) fn host() -> Host {
    Host {
        name: "BOX".into(),
        workgroup: "R&D".into(),
        endpoint: Guid::default(),
        instance: 7,
        manufacturer: "Somebody".into(),
        model: "Something".into(),
        version: "1.2".into(),
    }
}

fn rng() -> impl FnMut(&mut [u8]) {
    let mut state = 0u8;
    move |bytes: &mut [u8]| {
        for byte in bytes {
            state = state.wrapping_mul(13).wrapping_add(41);
            *byte = state;
        }
    }
}

fn at(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A host that has said hello.
fn greeted() -> Responder {
    let subnet = |address: &str, prefix| Subnet { address: address.parse().unwrap(), prefix };
    let subnets = vec![subnet("10.0.0.2", 24), subnet("10.1.0.2", 16)];
    let mut responder = Responder::new(Arc::new(host()), subnets, 5357, at(0), &mut rng());
    while responder.wakes_at().is_some() {
        responder.next_outgoing(at(900)).or_else(|| responder.next_outgoing(at(1800))).unwrap();
    }
    responder
}

fn peer() -> SocketAddr {
    "10.0.0.9:5000".parse().unwrap()
}

/// All that is sent until there is nothing, with when.
fn sent(responder: &mut Responder) -> Vec<(Duration, Outgoing)> {
    let mut all = Vec::new();
    while let Some(due) = responder.wakes_at() {
        let none_before =
            due.checked_sub(at(1)).is_none_or(|before| responder.next_outgoing(before).is_none());
        assert!(none_before, "something is sent before its time");
        all.extend(responder.next_outgoing(due).map(|outgoing| (due, outgoing)));
    }
    all
}

fn text(outgoing: &Outgoing) -> String {
    String::from_utf8(outgoing.bytes.to_vec()).unwrap()
}

#[test]
fn a_host_says_hello_twice_and_bye_twice() {
    let subnet = Subnet { address: "fe80::2".parse().unwrap(), prefix: 64 };
    let mut random = rng();
    let mut responder = Responder::new(Arc::new(host()), vec![subnet], 5357, at(1000), &mut random);
    let hello = sent(&mut responder);
    assert_eq!(hello.len(), 2);
    assert!(hello[0].0 >= at(1000) && hello[0].0 <= at(1500));
    assert!(hello[1].0 >= hello[0].0 + at(50) && hello[1].0 <= hello[0].0 + at(250));
    assert_eq!(hello[0].1, hello[1].1);
    assert_eq!(hello[0].1.to, Recipient::Everybody);
    let said = text(&hello[0].1);
    let uuid = Guid::default();
    let expected = [
        "<wsa:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</wsa:To>\
         <wsa:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/Hello</wsa:Action>"
            .to_owned(),
        "InstanceId=\"7\"".to_owned(),
        "MessageNumber=\"1\"/></soap:Header>".to_owned(),
        format!(
            "<wsd:Hello><wsa:EndpointReference><wsa:Address>urn:uuid:{uuid}</wsa:Address></wsa:EndpointReference>\
             <wsd:Types>wsdp:Device pub:Computer</wsd:Types><wsd:XAddrs>http://[fe80::2]:5357/{uuid}</wsd:XAddrs>\
             <wsd:MetadataVersion>7</wsd:MetadataVersion></wsd:Hello>"
        ),
    ];
    for part in expected {
        assert!(said.contains(&part), "{part}\nis not in\n{said}");
    }
    responder.leave(at(5000), &mut random);
    let bye = sent(&mut responder);
    assert!(bye.len() == 2 && bye[0].0 == at(5000) && text(&bye[0].1).contains("<wsd:Bye>"), "{bye:?}");
    assert!(text(&bye[0].1).contains("MessageNumber=\"2\"/>"));
}

#[test]
fn who_looks_for_computers_is_answered_after_a_while_in_his_version() {
    for (version, others) in [(Version::April2005, Version::V1_1), (Version::V1_1, Version::April2005)] {
        let mut responder = greeted();
        let asked = probe(version, "urn:uuid:&lt;1&gt;", "<d:Types>p:Device</d:Types>");
        responder.receive(asked.as_bytes(), peer(), true, at(2000), &mut rng()).unwrap();
        let answers = sent(&mut responder);
        assert_eq!(answers.len(), 2);
        assert!(answers[0].0 >= at(2000) && answers[0].0 <= at(2500));
        assert_eq!(answers[0].1.to, Recipient::One(peer()));
        let said = text(&answers[0].1);
        assert!(said.contains("<wsa:RelatesTo>urn:uuid:&lt;1&gt;</wsa:RelatesTo>"), "{said}");
        assert!(said.contains(&format!("<wsa:Action>{}/ProbeMatches</wsa:Action>", version.discovery())));
        assert!(said.contains(&format!("<wsa:To>{}</wsa:To>", version.anonymous())));
        assert!(said.contains("http://10.0.0.2:5357/") && said.contains(" http://10.1.0.2:5357/"));
        assert!(!said.contains(others.discovery()) && !said.contains(others.addressing()));
    }
}

#[test]
fn an_endpoint_is_resolved_at_once_if_it_is_ours() {
    let version = Version::April2005;
    let action = format!("{}/Resolve", version.discovery());
    let resolve = |id: &str, address: &str| {
        let body = format!(
            "<d:Resolve><a:EndpointReference><a:Address>{address}</a:Address></a:EndpointReference></d:Resolve>"
        );
        message(version, &action, &format!("<a:MessageID>{id}</a:MessageID>"), &body)
    };
    let mut responder = greeted();
    let ours = resolve("urn:1", "URN:UUID:00000000-0000-0000-0000-000000000000");
    responder.receive(ours.as_bytes(), peer(), true, at(2000), &mut rng()).unwrap();
    let answers = sent(&mut responder);
    assert!(answers[0].0 == at(2000) && text(&answers[0].1).contains("<wsd:ResolveMatch>"));
    let other = resolve("urn:2", "urn:uuid:00000000-0000-0000-0000-000000000001");
    let refused = responder.receive(other.as_bytes(), peer(), true, at(3000), &mut rng());
    assert_eq!(refused, Err(Nonsense("for somebody else")));
}

#[test]
fn a_message_that_comes_twice_is_answered_once() {
    let mut responder = greeted();
    let asked = probe(Version::April2005, "urn:1", "");
    let mut ask = |from: SocketAddr, now| responder.receive(asked.as_bytes(), from, true, now, &mut rng());
    assert_eq!(ask(peer(), at(2000)), Ok(()));
    assert_eq!(ask(peer(), at(2100)), Err(Nonsense("it came before")));
    assert_eq!(ask("10.0.0.10:5000".parse().unwrap(), at(2100)), Ok(()), "another's message");
    assert_eq!(ask(peer(), at(70_000)), Ok(()), "much later it is another");
}

#[test]
fn nobody_elsewhere_is_answered() {
    let mut responder = greeted();
    let asked = probe(Version::April2005, "urn:1", "");
    for from in ["192.0.2.1:5000", "10.0.1.9:5000", "10.0.0.9:0", "[fe80::1]:5000"] {
        let outcome = responder.receive(asked.as_bytes(), from.parse().unwrap(), true, at(2000), &mut rng());
        assert_eq!(outcome, Err(Nonsense("from elsewhere")), "{from}");
    }
    let long = asked.replace("<d:Probe>", &format!("<d:Probe><!--{}-->", "x".repeat(MAX_DATAGRAM)));
    let outcome = responder.receive(long.as_bytes(), peer(), true, at(2000), &mut rng());
    assert_eq!(outcome, Err(Nonsense("longer than a datagram may be")));
    assert!(responder.wakes_at().is_none());
}

#[test]
fn who_asks_too_often_is_not_answered_and_others_are() {
    let mut responder = greeted();
    let mut random = rng();
    let mut ask = |from: &str, number: u32| {
        let asked = probe(Version::April2005, &format!("urn:{number}"), "");
        responder.receive(asked.as_bytes(), from.parse().unwrap(), false, at(2000), &mut random).is_ok()
    };
    assert_eq!((0..100).filter(|number| ask("10.0.0.9:5000", *number)).count(), 10);
    assert!(ask("10.0.0.10:5000", 1000));
    let all = (0..200).filter(|n| ask(&format!("10.1.{n}.9:5000"), 2000 + n)).count();
    assert_eq!(all, 39, "fifty together");
    assert_eq!(sent(&mut responder).len(), 100, "each answer twice, and nothing more");
}

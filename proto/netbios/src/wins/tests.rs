use super::*;
use crate::NameType;
use proptest::prelude::*;

const FIRST: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const SECOND: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const THIRD: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 3);

/// The server's own address.
const HERE: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 9);

/// A server, its clock and the ids it gives.
struct Bench {
    server: WinsServer,
    now: Duration,
    next_id: u16,
}

fn name(text: &str, suffix: u8) -> FullName {
    FullName::unscoped(NetbiosName::new(text, suffix).unwrap())
}

fn request(opcode: Opcode, name: &FullName, address: Ipv4Addr, group: bool, id: u16) -> NamePacket {
    let kind = if group { NameType::GROUP } else { NameType::empty() };
    let mut packet =
        NamePacket::request(id, opcode, NameFlags::RECURSION_DESIRED, name.clone(), RecordType::NB);
    packet.additionals.push(Record::address(name.clone(), 300_000, AddressEntry { kind, address }));
    packet
}

impl Bench {
    fn new() -> Self {
        let config = WinsConfig { max_names: 50, max_names_of_address: 20, ..WinsConfig::default() };
        Self { server: WinsServer::new(config, 137), now: Duration::ZERO, next_id: 1000 }
    }

    fn hear(&mut self, packet: &NamePacket, from: Ipv4Addr) -> Vec<Outgoing> {
        let id = &mut self.next_id;
        let mut ids = || {
            *id += 1;
            *id
        };
        assert!(self.server.receive(packet, SocketAddrV4::new(from, 137), HERE, self.now, &mut ids));
        self.take()
    }

    fn take(&mut self) -> Vec<Outgoing> {
        std::iter::from_fn(|| self.server.next_outgoing(HERE)).collect()
    }

    fn wait(&mut self, span: Duration) -> Vec<Outgoing> {
        let until = self.now + span;
        let mut sent = Vec::new();
        while self.server.wakes_at() <= until {
            self.now = self.server.wakes_at();
            self.server.tick(self.now);
            sent.extend(self.take());
        }
        self.now = until;
        sent
    }

    /// What a request is answered with at once.
    fn ask(&mut self, opcode: Opcode, name: &FullName, address: Ipv4Addr, group: bool) -> NamePacket {
        let mut sent = self.hear(&request(opcode, name, address, group, 7), address);
        assert_eq!(sent.len(), 1);
        sent.swap_remove(0).packet
    }

    fn register(&mut self, name: &FullName, address: Ipv4Addr, group: bool) -> Rcode {
        self.ask(Opcode::REGISTRATION, name, address, group).rcode
    }

    fn query(&mut self, name: &FullName) -> Vec<Ipv4Addr> {
        let packet =
            NamePacket::request(8, Opcode::QUERY, NameFlags::RECURSION_DESIRED, name.clone(), RecordType::NB);
        let answer = self.hear(&packet, THIRD).swap_remove(0).packet;
        assert!(answer.flags.contains(NameFlags::RECURSION_AVAILABLE));
        let found = answer.answers[0].addresses().iter().map(|entry| entry.address).collect::<Vec<_>>();
        assert_eq!(found.is_empty(), answer.rcode == Rcode::NAME);
        found
    }

    /// Wants a name another has: the question to the owner, after word to wait.
    fn contest(&mut self, opcode: Opcode, name: &FullName, address: Ipv4Addr) -> Outgoing {
        let mut sent = self.hear(&request(opcode, name, address, false, 9), address);
        assert_eq!(sent.len(), 2);
        assert_eq!((sent[0].packet.opcode, sent[0].packet.id), (Opcode::WACK, 9));
        sent.pop().unwrap()
    }
}

fn answer(question: &Outgoing, addresses: &[Ipv4Addr]) -> NamePacket {
    let name = question.packet.subject().unwrap().clone();
    let entries = addresses.iter().map(|a| AddressEntry { kind: NameType::empty(), address: *a });
    let data = RecordData::Addresses(entries.collect());
    let record = Record { name, kind: RecordType::NB, ttl: 0, data };
    question.packet.answer(NameFlags::AUTHORITATIVE, Rcode::SUCCESS, record)
}

#[test]
fn what_is_answered_leaves_from_where_it_was_asked() {
    const THERE: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 9);
    let (mut bench, own) = (Bench::new(), name("BOX", 0x20));
    assert_eq!(bench.register(&own, FIRST, false), Rcode::SUCCESS);
    let wanted = request(Opcode::REGISTRATION, &own, SECOND, false, 9);
    let from = SocketAddrV4::new(SECOND, 137);
    assert!(bench.server.receive(&wanted, from, THERE, bench.now, &mut || 5));
    // The question to the owner, each time it is asked, and the answer when nobody says anything.
    let mut left = 0;
    while bench.server.wakes_at() < Duration::from_secs(10) {
        bench.now = bench.server.wakes_at();
        bench.server.tick(bench.now);
        assert!(bench.take().is_empty(), "it was not asked here");
        left += std::iter::from_fn(|| bench.server.next_outgoing(THERE)).count();
    }
    assert_eq!(left, 5, "wait, three questions, the answer");
    assert_eq!(bench.query(&own), [SECOND]);
    assert!(bench.server.receive(
        &request(Opcode::REGISTRATION, &own, THIRD, false, 9),
        from,
        THERE,
        bench.now,
        &mut || 5
    ));
    bench.server.forget(THERE);
    assert!(bench.server.next_outgoing(THERE).is_none() && bench.wait(Duration::from_secs(10)).is_empty());
    assert_eq!(bench.query(&own), [SECOND], "the owner was not asked to the end");
}

#[test]
fn a_name_is_registered_found_refreshed_and_given_up() {
    let (mut bench, own) = (Bench::new(), name("BOX", 0x20));
    assert!(bench.query(&own).is_empty());
    let answer = bench.ask(Opcode::REGISTRATION, &own, FIRST, false);
    assert_eq!((answer.rcode, answer.answers[0].ttl), (Rcode::SUCCESS, 300_000));
    assert_eq!(bench.query(&own), [FIRST]);
    let elsewhere = FullName { scope: crate::Scope::new("x").unwrap(), ..own.clone() };
    assert!(bench.query(&elsewhere).is_empty());
    assert_eq!(bench.ask(Opcode::REFRESH, &own, FIRST, false).rcode, Rcode::SUCCESS);
    assert_eq!(bench.ask(Opcode::RELEASE, &own, SECOND, false).rcode, Rcode::ACTIVE, "not its own");
    let of_another = request(Opcode::RELEASE, &own, FIRST, false, 7);
    assert_eq!(bench.hear(&of_another, SECOND)[0].packet.rcode, Rcode::REFUSED, "nor in another's name");
    assert_eq!(bench.ask(Opcode::RELEASE, &own, FIRST, false).rcode, Rcode::SUCCESS);
    assert!(bench.query(&own).is_empty());
    assert_eq!(bench.ask(Opcode::RELEASE, &own, FIRST, false).rcode, Rcode::SUCCESS, "once more");
    assert_eq!(bench.register(&own, SECOND, false), Rcode::SUCCESS, "nobody has it");
    bench.wait(Duration::from_secs(400_000));
    assert!(bench.query(&own).is_empty(), "not refreshed in time");
    bench.wait(KEEP_RELEASED + SWEEP);
    assert_eq!(bench.server.names().count(), 0);
}

#[test]
fn whoever_has_a_name_is_asked_before_another_gets_it() {
    let (mut bench, own) = (Bench::new(), name("BOX", 0x20));
    bench.register(&own, FIRST, false);
    let question = bench.contest(Opcode::REGISTRATION, &own, SECOND);
    assert_eq!((question.packet.opcode, question.to), (Opcode::QUERY, Some(SocketAddrV4::new(FIRST, 137))));
    let again = request(Opcode::REGISTRATION, &own, SECOND, false, 9);
    assert_eq!(bench.hear(&again, SECOND), [], "the same request changes nothing");
    let id = &mut 0;
    let forged = SocketAddrV4::new(THIRD, 137);
    assert!(!bench.server.receive(&answer(&question, &[FIRST]), forged, HERE, bench.now, &mut || *id));
    let there = bench.hear(&answer(&question, &[FIRST]), FIRST).swap_remove(0);
    assert_eq!((there.packet.rcode, there.packet.id, there.to.unwrap().ip()), (Rcode::ACTIVE, 9, &SECOND));
    assert_eq!(bench.query(&own), [FIRST]);

    bench.contest(Opcode::REFRESH, &own, SECOND);
    let sent = bench.wait(Duration::from_secs(2));
    assert_eq!(sent.len(), 3, "asked twice more, then it is given");
    assert_eq!((sent[2].packet.rcode, sent[2].packet.opcode), (Rcode::SUCCESS, Opcode::REGISTRATION));
    assert_eq!(bench.query(&own), [SECOND]);
}

#[test]
fn a_host_with_several_addresses_keeps_them() {
    let (mut bench, own) = (Bench::new(), name("BOX", 0x20));
    let first = bench.ask(Opcode::MULTIHOMED_REGISTRATION, &own, FIRST, false);
    assert_eq!((first.rcode, first.opcode), (Rcode::SUCCESS, Opcode::REGISTRATION));
    let question = bench.contest(Opcode::MULTIHOMED_REGISTRATION, &own, SECOND);
    let there = bench.hear(&answer(&question, &[FIRST, SECOND]), FIRST).swap_remove(0);
    assert_eq!(there.packet.rcode, Rcode::SUCCESS);
    assert_eq!(bench.query(&own), [FIRST, SECOND]);
    assert_eq!(bench.ask(Opcode::RELEASE, &own, FIRST, false).rcode, Rcode::SUCCESS);
    assert_eq!(bench.query(&own), [SECOND]);
}

#[test]
fn groups() {
    let mut bench = Bench::new();
    let (group, special, local) = (name("LAB", 0), name("LAB", 0x1c), name("LAB", 0x1d));
    for address in [FIRST, SECOND] {
        for joined in [&group, &special] {
            assert_eq!(bench.register(joined, address, true), Rcode::SUCCESS);
            assert_eq!(bench.register(joined, address, false), Rcode::ACTIVE, "it is nobody's own");
        }
        for alone in [true, false] {
            assert_eq!(bench.register(&local, address, alone), Rcode::SUCCESS);
        }
    }
    assert_eq!(bench.query(&group), [Ipv4Addr::BROADCAST]);
    assert_eq!(bench.query(&special), [FIRST, SECOND]);
    assert!(bench.query(&local).is_empty(), "each subnet has its own");
    for left in [&group, &special] {
        assert_eq!(bench.ask(Opcode::RELEASE, left, FIRST, true).rcode, Rcode::SUCCESS);
    }
    assert_eq!(bench.query(&group), [Ipv4Addr::BROADCAST]);
    assert_eq!(bench.query(&special), [SECOND]);
    for host in 0..30 {
        bench.register(&special, Ipv4Addr::new(10, 1, 0, host), true);
    }
    let kept = bench.query(&special);
    assert_eq!((kept.len(), kept[24]), (25, Ipv4Addr::new(10, 1, 0, 29)), "the oldest went");
}

#[test]
fn what_is_refused() {
    let mut bench = Bench::new();
    let labels = format!("{0}.{0}.{0}.{1}", "a".repeat(63), "a".repeat(46));
    let scope = crate::Scope::new(&labels).unwrap();
    let far = FullName { scope, ..name("BOX", 0) };
    assert_eq!(bench.register(&far, FIRST, false), Rcode::SERVER);
    assert_eq!(bench.register(&FullName::unscoped(NetbiosName::ANY), FIRST, false), Rcode::REFUSED);
    let empty = NamePacket {
        additionals: Vec::new(),
        ..request(Opcode::REGISTRATION, &name("A", 0), FIRST, false, 1)
    };
    assert_eq!(bench.hear(&empty, FIRST)[0].packet.rcode, Rcode::FORMAT);
    for n in 0..20 {
        assert_eq!(bench.register(&name(&format!("N{n}"), 0), FIRST, false), Rcode::SUCCESS);
    }
    assert_eq!(bench.register(&name("N20", 0), FIRST, false), Rcode::SERVER, "one address has many names");
    for n in 0..20 {
        assert_eq!(bench.register(&name(&format!("G{n}"), 0), SECOND, true), Rcode::SUCCESS);
    }
    assert_eq!(bench.register(&name("G20", 0), SECOND, true), Rcode::SERVER, "of groups, too");
    let strange = request(Opcode::REGISTRATION, &name("S", 0), Ipv4Addr::new(10, 3, 0, 1), false, 7);
    assert_eq!(bench.hear(&strange, SECOND)[0].packet.rcode, Rcode::SERVER, "whatever address it gives");
    for n in 0..60 {
        bench.register(&name(&format!("M{n}"), 0), Ipv4Addr::new(10, 2, 0, n), false);
    }
    assert_eq!(bench.server.names().count(), 50, "nor are there more than may be");
}

#[test]
fn nobody_who_waits_gets_a_name_that_became_the_servers_own() {
    let (mut bench, own) = (Bench::new(), name("WINS", 0x20));
    bench.register(&own, FIRST, false);
    bench.contest(Opcode::REGISTRATION, &own, SECOND);
    bench.server.add_own(own.clone(), AddressEntry { kind: NameType::empty(), address: THIRD });
    bench.wait(Duration::from_secs(3));
    assert_eq!(bench.query(&own), [THIRD]);
}

#[test]
fn the_servers_own_names_are_its_own() {
    let (mut bench, own, group) = (Bench::new(), name("WINS", 0x20), name("LAB", 0));
    let entry = |address, kind| AddressEntry { kind, address };
    bench.server.add_own(own.clone(), entry(FIRST, NameType::empty()));
    bench.server.add_own(own.clone(), entry(SECOND, NameType::empty()));
    bench.server.add_own(group.clone(), entry(FIRST, NameType::GROUP));
    assert_eq!(bench.register(&own, THIRD, false), Rcode::ACTIVE);
    assert_eq!(bench.ask(Opcode::RELEASE, &own, FIRST, false).rcode, Rcode::ACTIVE);
    assert_eq!(bench.register(&group, THIRD, true), Rcode::SUCCESS);
    bench.wait(Duration::from_secs(1_000_000));
    assert_eq!(bench.query(&own), [FIRST, SECOND]);
    bench.server.remove_own(&own, FIRST);
    bench.server.remove_own(&own, SECOND);
    assert!(bench.query(&own).is_empty());
}

proptest! {
    /// A unique name is never taken from whoever answers for it.
    #[test]
    fn nobody_loses_a_name_who_answers_for_it(
        steps in proptest::collection::vec((0u8..4, 2u8..6, 0u8..3, any::<bool>(), 0u64..1500), 0..60),
    ) {
        let (mut bench, own) = (Bench::new(), name("BOX", 0x20));
        bench.register(&own, FIRST, false);
        for (act, host, opcode, group, pause) in steps {
            let address = Ipv4Addr::new(10, 0, 0, host);
            let opcode = [Opcode::REGISTRATION, Opcode::REFRESH, Opcode::MULTIHOMED_REGISTRATION][usize::from(opcode)];
            let mut sent = match act {
                0 | 1 => bench.hear(&request(opcode, &own, address, group, host.into()), address),
                2 => bench.hear(&request(Opcode::RELEASE, &own, FIRST, group, 3), address),
                _ => bench.wait(Duration::from_millis(pause)),
            };
            while let Some(question) = sent.pop() {
                if question.packet.opcode == Opcode::QUERY && !question.packet.response {
                    prop_assert_eq!(question.to.map(|to| *to.ip()), Some(FIRST));
                    sent.extend(bench.hear(&answer(&question, &[FIRST]), FIRST));
                }
            }
            prop_assert_eq!(bench.query(&own), [FIRST]);
        }
    }
}

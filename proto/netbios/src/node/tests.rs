use super::*;
use crate::{AddressEntry, NameFlags, Opcode, Rcode, Record, RecordData, RecordType};
use proptest::prelude::*;

const OWN: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const OTHER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const SERVER: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 1);

/// A node, its clock and what it has sent.
struct Bench {
    node: Node,
    now: Duration,
    next_id: u16,
    sent: Vec<(NamePacket, Option<Ipv4Addr>)>,
    events: Vec<NameEvent>,
}

impl Bench {
    fn new(node_type: NodeType, servers: &[Ipv4Addr]) -> Self {
        let config = NodeConfig {
            node_type,
            scope: Scope::default(),
            address: OWN,
            servers: servers.to_vec(),
            multihomed: false,
            ttl: 300_000,
            unit_id: [2, 0, 0, 0, 0, 1],
        };
        let node = Node::new(config, Node::PORT);
        Self { node, now: Duration::ZERO, next_id: 0, sent: Vec::new(), events: Vec::new() }
    }

    fn act(&mut self, f: impl FnOnce(&mut Node, Duration, &mut dyn FnMut() -> u16)) {
        let id = &mut self.next_id;
        let mut ids = || {
            *id += 1;
            *id
        };
        f(&mut self.node, self.now, &mut ids);
        while let Some(outgoing) = self.node.next_outgoing() {
            self.sent.push((outgoing.packet, outgoing.to.map(|to| *to.ip())));
        }
        while let Some(event) = self.node.next_event() {
            self.events.push(event);
        }
    }

    fn add(&mut self, name: NetbiosName, group: bool) {
        self.act(|node, now, ids| assert!(node.add(name, group, now, ids)));
    }

    /// Goes on until nothing is due within `span`.
    fn wait(&mut self, span: Duration) {
        let until = self.now + span;
        while let Some(due) = self.node.wakes_at().filter(|due| *due <= until) {
            self.now = due;
            self.act(Node::tick);
        }
        self.now = until;
    }

    fn hear(&mut self, packet: &NamePacket, from: Ipv4Addr, broadcast: bool) {
        let from = SocketAddrV4::new(from, Node::PORT);
        self.act(|node, now, ids| node.receive(packet, from, broadcast, now, ids));
    }

    fn take(&mut self) -> Vec<(NamePacket, Option<Ipv4Addr>)> {
        std::mem::take(&mut self.sent)
    }

    fn state(&self) -> NameState {
        self.node.names().next().unwrap().state
    }
}

fn name() -> NetbiosName {
    NetbiosName::new("BOX", NetbiosName::SERVER).unwrap()
}

fn wanted(opcode: Opcode, address: Ipv4Addr, group: bool) -> NamePacket {
    let name = FullName::unscoped(name());
    let mut packet =
        NamePacket::request(99, opcode, NameFlags::RECURSION_DESIRED, name.clone(), RecordType::NB);
    packet.additionals.push(Record::address(name, 0, entry(address, group)));
    packet
}

fn entry(address: Ipv4Addr, group: bool) -> AddressEntry {
    let kind = if group { NameType::GROUP } else { NameType::empty() };
    AddressEntry { kind, address }
}

/// What a name server answers to the last packet.
fn response(to: &NamePacket, flags: NameFlags, rcode: Rcode, address: Ipv4Addr, ttl: u32) -> NamePacket {
    let record = Record::address(to.subject().unwrap().clone(), ttl, entry(address, false));
    to.answer(NameFlags::AUTHORITATIVE | flags, rcode, record)
}

const SECOND: Duration = Duration::from_secs(1);

/// RFC 1002 5.1.1.1: three times, then it is the node's and says so.
#[test]
fn a_name_nobody_defends_is_ours() {
    let mut bench = Bench::new(NodeType::B, &[]);
    bench.add(name(), false);
    assert_eq!(bench.state(), NameState::Claiming);
    assert!(!bench.node.holds(&FullName::unscoped(name())));
    bench.wait(SECOND);
    let sent = bench.take();
    let desired: Vec<_> = sent.iter().map(|(p, _)| p.flags.contains(NameFlags::RECURSION_DESIRED)).collect();
    assert_eq!(desired, [true, true, true, false], "the last one is a demand");
    assert!(
        sent.iter().all(|(p, to)| to.is_none() && p.opcode == Opcode::REGISTRATION && p.id == sent[0].0.id)
    );
    assert_eq!(sent[0].0.additionals[0].addresses(), [entry(OWN, false)]);
    assert_eq!(bench.events, [NameEvent::Registered(name())]);
    assert_eq!(bench.node.wakes_at(), None);
    bench.act(|node, now, ids| node.release(name(), now, ids));
    bench.wait(SECOND);
    assert!(bench.take().iter().all(|(p, to)| p.opcode == Opcode::RELEASE && to.is_none()));
    assert_eq!(bench.events[1], NameEvent::Released(name()));
    assert_eq!(bench.node.names().count(), 0);
}

#[test]
fn a_name_somebody_defends_is_not() {
    let mut bench = Bench::new(NodeType::B, &[]);
    bench.add(name(), false);
    let asked = bench.take()[0].0.clone();
    let refusal = response(&asked, NameFlags::empty(), Rcode::ACTIVE, OTHER, 0);
    let wrong = NamePacket { id: asked.id + 1, ..refusal.clone() };
    bench.hear(&wrong, OTHER, false);
    assert_eq!(bench.state(), NameState::Claiming, "an answer to nothing");
    bench.hear(&refusal, OTHER, false);
    assert_eq!(bench.state(), NameState::Conflict);
    assert_eq!(bench.events, [NameEvent::Refused(name(), Some(OTHER))]);
    // [MS-NBTE] 3.1.5.1: what is in conflict is not defended, and not told.
    bench.hear(&wanted(Opcode::REGISTRATION, OTHER, false), OTHER, true);
    bench.wait(60 * SECOND);
    assert_eq!(bench.take(), []);
    // Asked for again it is claimed again.
    bench.add(name(), false);
    bench.wait(SECOND);
    assert_eq!(bench.state(), NameState::Registered);
}

#[test]
fn what_is_held_is_defended() {
    let mut bench = Bench::new(NodeType::B, &[]);
    bench.add(name(), false);
    bench.wait(SECOND);
    bench.take();
    for opcode in
        [Opcode::REGISTRATION, Opcode::MULTIHOMED_REGISTRATION, Opcode::REFRESH, Opcode::REFRESH_ALTERNATE]
    {
        for group in [false, true] {
            bench.hear(&wanted(opcode, OTHER, group), OTHER, true);
            let (answer, to) = bench.take().swap_remove(0);
            assert_eq!((answer.rcode, answer.opcode, to), (Rcode::ACTIVE, Opcode::REGISTRATION, Some(OTHER)));
            assert_eq!(answer.answers[0].addresses(), [entry(OWN, false)]);
        }
    }
    bench.hear(&wanted(Opcode::REGISTRATION, OWN, false), OTHER, true);
    assert_eq!(bench.take(), [], "our own address");
    let mut group = Bench::new(NodeType::B, &[]);
    group.add(name(), true);
    group.wait(SECOND);
    group.take();
    group.hear(&wanted(Opcode::REGISTRATION, OTHER, true), OTHER, true);
    assert_eq!(group.take(), [], "a group has many members");
    group.hear(&wanted(Opcode::REGISTRATION, OTHER, false), OTHER, true);
    assert_eq!(group.take().len(), 1, "and no single owner");
}

#[test]
fn a_conflict_is_looked_into_and_not_believed() {
    let mut bench = Bench::new(NodeType::B, &[]);
    bench.add(name(), false);
    bench.wait(SECOND);
    bench.take();
    let demand =
        response(&wanted(Opcode::REGISTRATION, OTHER, false), NameFlags::empty(), Rcode::CONFLICT, OTHER, 0);
    bench.hear(&demand, OTHER, true);
    assert_eq!(bench.state(), NameState::Registered);
    bench.wait(SECOND);
    assert_eq!(bench.take().len(), 4, "it is claimed once more");
    bench.hear(&demand, OTHER, true);
    assert_eq!(bench.take(), [], "not for everybody who says so");
    bench.wait(60 * SECOND);
    bench.hear(&demand, OTHER, true);
    let asked = bench.take()[0].0.clone();
    bench.hear(&response(&asked, NameFlags::empty(), Rcode::ACTIVE, OTHER, 0), OTHER, false);
    assert_eq!(bench.state(), NameState::Conflict, "somebody does have it");
}

#[test]
fn queries_are_answered_by_whom_they_mean() {
    let query = |name, kind| NamePacket::request(5, Opcode::QUERY, NameFlags::RECURSION_DESIRED, name, kind);
    let nobody = FullName::unscoped(NetbiosName::new("NOBODY", 0).unwrap());
    let elsewhere = FullName { name: name(), scope: Scope::new("else").unwrap() };
    for (node_type, to_all) in
        [(NodeType::B, true), (NodeType::P, false), (NodeType::M, true), (NodeType::H, true)]
    {
        let mut bench = Bench::new(node_type, &[SERVER]);
        bench.add(name(), false);
        if let (asked, Some(_)) = bench.take().swap_remove(0) {
            bench.hear(
                &response(&asked, NameFlags::RECURSION_AVAILABLE, Rcode::SUCCESS, OWN, 0),
                SERVER,
                false,
            );
        }
        bench.wait(20 * SECOND);
        bench.take();
        bench.hear(&query(FullName::unscoped(name()), RecordType::NB), OTHER, true);
        assert_eq!(bench.take().len(), usize::from(to_all), "{node_type:?}");
        bench.hear(&query(FullName::unscoped(name()), RecordType::NB), OTHER, false);
        let (answer, _) = bench.take().swap_remove(0);
        let own = AddressEntry { kind: node_type.flags(), address: OWN };
        assert_eq!((answer.rcode, answer.answers[0].addresses()), (Rcode::SUCCESS, &[own][..]));
        bench.hear(&query(nobody.clone(), RecordType::NB), OTHER, false);
        assert_eq!(bench.take()[0].0.rcode, Rcode::NAME);
        for silent in [&nobody, &elsewhere] {
            bench.hear(&query(silent.clone(), RecordType::NB), OTHER, true);
            assert_eq!(bench.take(), []);
        }
        bench.hear(&query(FullName::unscoped(NetbiosName::ANY), RecordType::NBSTAT), OTHER, false);
        let (answer, _) = bench.take().swap_remove(0);
        let RecordData::NodeStatus(status) = &answer.answers[0].data else { panic!("no status") };
        assert_eq!((status.names[0].name, status.unit_id), (name(), [2, 0, 0, 0, 0, 1]));
    }
}

#[test]
fn a_name_server_is_asked_told_again_and_left() {
    let mut bench = Bench::new(NodeType::P, &[SERVER]);
    bench.add(name(), false);
    let (asked, to) = bench.take().swap_remove(0);
    assert_eq!((asked.opcode, to), (Opcode::REGISTRATION, Some(SERVER)));
    let taken = response(&asked, NameFlags::RECURSION_AVAILABLE, Rcode::SUCCESS, OWN, 3600);
    bench.hear(&taken, OTHER, false);
    assert_eq!(bench.state(), NameState::Claiming, "nobody else answers for the server");
    bench.hear(&taken, SERVER, false);
    assert_eq!((bench.state(), bench.node.wakes_at()), (NameState::Registered, Some(1800 * SECOND)));
    bench.wait(1800 * SECOND);
    let (refresh, _) = bench.take().swap_remove(0);
    assert_eq!(refresh.opcode, Opcode::REFRESH);
    bench.hear(&response(&refresh, NameFlags::RECURSION_AVAILABLE, Rcode::SUCCESS, OWN, 60), SERVER, false);
    assert_eq!(
        bench.node.wakes_at(),
        Some(bench.now + 150 * SECOND),
        "no sooner than [MS-NBTE] 3.1.4.1 allows"
    );
    bench.act(|node, now, ids| node.release(name(), now, ids));
    let (release, to) = bench.take().swap_remove(0);
    assert_eq!((release.opcode, to), (Opcode::RELEASE, Some(SERVER)));
    bench.hear(&response(&release, NameFlags::RECURSION_AVAILABLE, Rcode::SUCCESS, OWN, 0), SERVER, false);
    assert_eq!(bench.events.last(), Some(&NameEvent::Released(name())));
}

#[test]
fn a_name_server_can_ask_for_patience_or_to_ask_the_owner() {
    let mut bench = Bench::new(NodeType::P, &[SERVER]);
    bench.add(name(), false);
    let (asked, _) = bench.take().swap_remove(0);
    let mut wait = response(&asked, NameFlags::empty(), Rcode::SUCCESS, OWN, 20);
    wait.opcode = Opcode::WACK;
    bench.hear(&wait, SERVER, false);
    assert_eq!((bench.state(), bench.node.wakes_at()), (NameState::Claiming, Some(20 * SECOND)));
    bench.hear(&response(&asked, NameFlags::empty(), Rcode::SUCCESS, OTHER, 0), SERVER, false);
    let (query, to) = bench.take().swap_remove(0);
    assert_eq!((query.opcode, to), (Opcode::QUERY, Some(OTHER)));
    bench.wait(5 * SECOND);
    let (overwrite, to) = bench.take().pop().unwrap();
    assert_eq!(
        (overwrite.opcode, overwrite.flags, to),
        (Opcode::REGISTRATION, NameFlags::empty(), Some(SERVER))
    );
    bench.hear(&response(&overwrite, NameFlags::RECURSION_AVAILABLE, Rcode::SUCCESS, OWN, 0), SERVER, false);
    assert_eq!(bench.state(), NameState::Registered, "the owner is gone");

    let mut bench = Bench::new(NodeType::P, &[SERVER]);
    bench.add(name(), false);
    let (asked, _) = bench.take().swap_remove(0);
    bench.hear(&response(&asked, NameFlags::empty(), Rcode::SUCCESS, OTHER, 0), SERVER, false);
    let (query, _) = bench.take().swap_remove(0);
    bench.hear(&response(&query, NameFlags::empty(), Rcode::SUCCESS, OTHER, 0), OTHER, false);
    assert_eq!(bench.events, [NameEvent::Refused(name(), Some(OTHER))], "the owner is there");
}

#[test]
fn without_a_name_server_each_type_does_what_it_can() {
    let silent = [
        (NodeType::P, NameState::Claiming),
        (NodeType::M, NameState::Registered),
        (NodeType::H, NameState::Registered),
    ];
    for (node_type, state) in silent {
        let mut bench = Bench::new(node_type, &[SERVER, OTHER]);
        bench.add(name(), false);
        bench.wait(20 * SECOND);
        assert_eq!(bench.state(), state, "{node_type:?}");
        let sent = bench.take();
        for server in [SERVER, OTHER] {
            assert_eq!(sent.iter().filter(|(_, to)| *to == Some(server)).count(), 3, "{node_type:?}");
        }
        let due = bench.node.wakes_at().unwrap();
        bench.wait(due - bench.now);
        let (asked, to) = bench.take().swap_remove(0);
        assert_eq!(to, Some(SERVER), "{node_type:?} looks for it again");
        bench.hear(&response(&asked, NameFlags::RECURSION_AVAILABLE, Rcode::SUCCESS, OWN, 0), SERVER, false);
        let local = bench.node.names().next().unwrap();
        assert_eq!((local.state, local.served), (NameState::Registered, true));
    }
}

proptest! {
    /// Whatever others say, a name is held only after it was claimed, no more is sent than was caused, and time always goes on.
    #[test]
    fn nothing_others_say_breaks_a_node(
        node_type in prop_oneof![Just(NodeType::B), Just(NodeType::P), Just(NodeType::M), Just(NodeType::H)],
        steps in proptest::collection::vec((0u8..6, 0u8..16, 0u8..8, any::<bool>(), 0u64..3000), 0..60),
    ) {
        let mut bench = Bench::new(node_type, &[SERVER]);
        bench.add(name(), false);
        for (act, opcode, rcode, flag, pause) in steps {
            bench.wait(Duration::from_millis(pause));
            let last = bench.take().pop().map_or(99, |(packet, _)| packet.id);
            let from = if flag { SERVER } else { OTHER };
            match act {
                0 => bench.add(name(), flag),
                1 => bench.act(|node, now, ids| node.release(name(), now, ids)),
                2 => bench.hear(&wanted(Opcode(opcode), OTHER, flag), OTHER, !flag),
                _ => {
                    let asked = NamePacket { id: last, opcode: Opcode(opcode), ..wanted(Opcode(opcode), OTHER, false) };
                    bench.hear(&response(&asked, NameFlags::empty(), Rcode(rcode), OTHER, 9), from, flag);
                }
            }
            prop_assert!(bench.take().len() <= 3);
            prop_assert!(bench.node.wakes_at().is_none_or(|due| due > bench.now));
            prop_assert!(bench.node.names().count() <= 1);
        }
    }
}

//! Clients of our own against the engine, without a socket between them.

use super::*;
use crate::ip::Packet as Ip;
use crate::ip::tests::tcp;
use crate::limits::Limits;
use crate::messages::{Answer, Keys, Security, SessionBegun, Terms};
use crate::pool::AddressRange;
use crate::reach::Reach;
use lanward_auth::NtHash;
use lanward_auth::mschap::{MasterKey, MppeKeys, authenticator_response, nt_response_v2};
use lanward_ppp::authentication::{AuthenticationRequest, Credentials, MsChapV2Proof, Proof};
use lanward_ppp::link::{ClientRole, LinkConfig, LinkEvent, Role};
use lanward_ppp::tunnel::CallKey;

const SERVER: Ipv4Addr = Ipv4Addr::new(10, 99, 0, 1);
const LOCAL: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);

fn settings() -> Settings {
    Settings {
        name: "SERVER".into(),
        interface: "none".into(),
        address: SERVER,
        pool: AddressRange { first: Ipv4Addr::new(10, 99, 0, 10), last: Ipv4Addr::new(10, 99, 0, 13) },
        mtu: 1396,
        dns: [None; 2],
        wins: [Some(SERVER), None],
        reach: Reach::Own,
        tcp_ports: vec![445],
        udp_ports: vec![137],
        limits: Limits { sessions: 4, sessions_per_user: 3, ..Limits::default() },
        security: Security {
            encryption_required: true,
            weak_keys: false,
            stateful: false,
            stateful_flush: crate::StatefulFlush::Auto,
            mschap_v1: false,
            eap: false,
        },
        idle_timeout: None,
        session_timeout: None,
        echo_interval: Duration::from_secs(30),
    }
}

/// A client, and how far it has come.
struct Client {
    tunnel: Tunnel,
    address: Ipv4Addr,
    connection: Option<Connection>,
    call: Option<CallKey>,
    up: Option<Ipv4Addr>,
    closed: Option<CloseReason>,
    delivered: Vec<Vec<u8>>,
}

/// The engine, its clients and the main process, with what passed.
struct Net {
    engine: Engine,
    clients: Vec<Client>,
    now: Duration,
    told: Vec<ToMain>,
    delivered: Vec<Vec<u8>>,
}

impl Net {
    fn new(settings: Settings) -> Self {
        let engine = Engine::new(settings);
        Self { engine, clients: Vec::new(), now: Duration::ZERO, told: Vec::new(), delivered: Vec::new() }
    }

    /// Dials in from an address; the call's id at the client's end is the same for all.
    fn dial(&mut self, address: Ipv4Addr, user: &str, password: &str) -> usize {
        let mut link = LinkConfig::client(Credentials::new(user, password));
        if let Role::Client(ClientRole { tunnel, .. }) = &mut link.role {
            *tunnel = Some(LOCAL);
        }
        let tunnel = Tunnel::originate(TunnelConfig::new("client"), 7, link, self.now);
        let connection = self.engine.connected(address, LOCAL, self.now);
        let (call, up, closed, delivered) = (None, None, None, Vec::new());
        self.clients.push(Client { tunnel, address, connection, call, up, closed, delivered });
        self.settle();
        self.clients.len() - 1
    }

    fn step(&mut self, by: Duration) {
        self.now += by;
        self.engine.tick(self.now);
        for at in 0..self.clients.len() {
            let mut said = Vec::new();
            self.clients[at].tunnel.tick(self.now, &mut random, &mut said);
            self.client_said(at, said);
        }
        self.settle();
    }

    /// Hands everything over until nobody has anything to say.
    fn settle(&mut self) {
        loop {
            let mut moved = self.judge();
            for at in 0..self.clients.len() {
                moved |= self.streams(at);
            }
            moved |= self.packets();
            if !moved {
                return;
            }
        }
    }

    fn streams(&mut self, at: usize) -> bool {
        let (now, mut said) = (self.now, Vec::new());
        let client = &mut self.clients[at];
        let Some(connection) = &client.connection else { return false };
        let route = connection.route;
        let sent = client.tunnel.tcp_output().to_vec();
        client.tunnel.tcp_sent(sent.len(), now);
        if !sent.is_empty() {
            self.engine.received(route, &sent, now);
        }
        let answer = self.engine.output(route).map(<[u8]>::to_vec);
        match &answer {
            Some(bytes) => {
                self.engine.sent(route, bytes.len(), now);
                self.clients[at].tunnel.receive_tcp(bytes, now, &mut random, &mut said);
            }
            None => {
                self.engine.disconnected(route, now);
                let client = &mut self.clients[at];
                client.connection = None;
                client.tunnel.tcp_lost(now, &mut said);
            }
        }
        self.client_said(at, said);
        !sent.is_empty() || answer.is_none_or(|bytes| !bytes.is_empty())
    }

    fn packets(&mut self) -> bool {
        let packets: Vec<_> = self.engine.outbox.packets().map(|(_, to, b)| (to, b.to_vec())).collect();
        self.engine.outbox.clear_packets();
        self.delivered.append(&mut self.engine.outbox.inward);
        for (to, bytes) in &packets {
            for at in 0..self.clients.len() {
                if self.clients[at].address == *to {
                    let (mut bytes, mut said) = (bytes.clone(), Vec::new());
                    let client = &mut self.clients[at];
                    let came = client.tunnel.receive_gre(&mut bytes, self.now, &mut random, &mut said);
                    client.delivered.extend(came.map(|(_, place)| bytes[place].to_vec()));
                    self.client_said(at, said);
                }
            }
        }
        !packets.is_empty()
    }

    fn client_said(&mut self, at: usize, said: Vec<TunnelEvent>) {
        for event in said {
            let client = &mut self.clients[at];
            match event {
                TunnelEvent::CallConnected { call } => client.call = Some(call),
                TunnelEvent::Gre(mut packet) => self.gre(self.clients[at].address, &mut packet),
                TunnelEvent::Link { event: LinkEvent::Up(addresses), .. } => {
                    client.up = Some(addresses.local);
                }
                TunnelEvent::Ip { packet, .. } => client.delivered.push(packet),
                TunnelEvent::CallDown { reason, .. } => {
                    (client.up, client.closed) = (None, Some(reason));
                }
                _ => {}
            }
        }
    }

    fn gre(&mut self, from: Ipv4Addr, packet: &mut [u8]) {
        let delivered = &mut self.delivered;
        self.engine.gre(from, packet, self.now, &mut |packet| {
            delivered.push(packet.to_vec());
            true
        });
    }

    /// Sends a packet from a client.
    fn send(&mut self, at: usize, packet: &[u8]) {
        let mut out = Vec::new();
        let client = &mut self.clients[at];
        client.tunnel.send_ip(client.call.unwrap(), packet, self.now, &mut out).unwrap();
        let from = client.address;
        self.gre(from, &mut out);
        self.settle();
    }

    /// What the main process does: everybody's password is "secret", and carl has an address of his own.
    fn judge(&mut self) -> bool {
        let told = std::mem::take(&mut self.engine.outbox.told);
        let any = !told.is_empty();
        for message in &told {
            if let ToMain::Check { token, check, .. } = message {
                let request = check.request().unwrap();
                let Proof::MsChapV2(proof) = request.proof else { panic!("another method") };
                let hash = NtHash::of_password(&"secret".into());
                let (own, peer) = (&proof.authenticator_challenge, &proof.peer_challenge);
                let right = nt_response_v2(&hash, own, peer, &request.name) == proof.nt_response;
                let master = MasterKey::derive(&hash, &proof.nt_response);
                let user = String::from_utf8(request.name.clone()).unwrap();
                let answer = match right {
                    true => Answer::Accepted {
                        address: (user == "carl").then_some(Ipv4Addr::new(10, 99, 0, 50)),
                        authenticator_response: Some(authenticator_response(
                            &hash,
                            &proof.nt_response,
                            own,
                            peer,
                            &request.name,
                        )),
                        keys: Some(Keys::new(&MppeKeys::v2(&master))),
                        user,
                        terms: Terms::default(),
                    },
                    false => Answer::Refused { error: 691, retry: false },
                };
                self.engine.told(ToWorker::Answer { token: *token, answer: Box::new(answer) }, self.now);
            }
        }
        self.told.extend(told);
        any
    }

    fn begun(&self) -> Vec<&SessionBegun> {
        self.told.iter().filter_map(|m| if let ToMain::Begun(b) = m { Some(&**b) } else { None }).collect()
    }

    fn ended(&self) -> Vec<(u64, &str)> {
        let ended = self.told.iter().filter_map(|message| match message {
            ToMain::Ended(ended) => Some((ended.id, ended.reason.as_str())),
            _ => None,
        });
        ended.collect()
    }

    fn report(&mut self) -> Report {
        self.engine.told(ToWorker::Report { token: 1 }, self.now);
        let told = std::mem::take(&mut self.engine.outbox.told);
        let Some(ToMain::Report { report, .. }) = told.into_iter().last() else { panic!("no report") };
        *report
    }
}

fn home(n: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 51, 100, n)
}

#[test]
fn who_dials_in_gets_an_address_and_reaches_the_server() {
    let mut net = Net::new(settings());
    let ann = net.dial(home(1), "ann", "secret");
    let address = net.clients[ann].up.expect("it is up");
    assert_eq!(address, Ipv4Addr::new(10, 99, 0, 10));
    let begun = net.begun()[0];
    assert_eq!((&*begun.user, begun.address, begun.peer, begun.local), ("ann", address, home(1), LOCAL));
    assert_eq!((&*begun.method, begun.encryption.as_deref()), ("MS-CHAPv2", Some("MPPE-128 stateless")));

    net.send(ann, &tcp(address, SERVER, 445, 2));
    assert_eq!(net.delivered, [tcp(address, SERVER, 445, 2)]);
    let mut back = tcp(SERVER, address, 1024, 0x12);
    net.engine.outward(&mut back, net.now);
    net.settle();
    assert_eq!(net.clients[ann].delivered, [back]);
    net.send(ann, &tcp(address, SERVER, 22, 2));
    net.send(ann, &tcp(home(9), SERVER, 445, 2));
    net.engine.outward(&mut tcp(SERVER, Ipv4Addr::new(10, 99, 0, 11), 445, 2), net.now);
    net.step(Duration::from_secs(5));
    let report = net.report();
    let (id, usage) = net.engine.carried(net.now).next().unwrap();
    assert_eq!((id, usage.packets_in, usage.packets_out, usage.octets_out), (begun_id(&net), 3, 1, 40));
    assert_eq!((usage.dropped, usage.seconds), (2, 5));
    for why in [Drop::InnerReach, Drop::InnerSource, Drop::OuterDestination] {
        assert_eq!(report.drops.of(why), 1, "{why:?}");
    }
    assert_eq!(net.delivered.len(), 1);
}

fn begun_id(net: &Net) -> u64 {
    net.begun()[0].id
}

#[test]
fn wrong_passwords_get_nothing() {
    let mut net = Net::new(settings());
    let eve = net.dial(home(1), "ann", "guess");
    assert!(net.clients[eve].up.is_none() && net.begun().is_empty());
    net.step(Duration::from_secs(10));
    assert!(net.clients[eve].connection.is_none(), "and no connection");
    let failed = net
        .told
        .iter()
        .any(|m| matches!(m, ToMain::Failed { user, peer, .. } if user == "ann" && *peer == home(1)));
    assert!(failed, "{:?}", net.told);
    assert_eq!((net.engine.pool.taken(), net.engine.is_empty()), (0, true));
}

#[test]
fn who_claims_anew_is_nobody_and_an_answer_to_the_first_claim_is_late() {
    let mut net = Net::new(settings());
    let ann = net.dial(home(1), "ann", "secret");
    let route = net.clients[ann].connection.as_ref().unwrap().route;
    let key = net.engine.entry(route).unwrap().session.as_ref().unwrap().key;
    let first = net.engine.next_token + 1;
    for (token, name) in [(8, "ann"), (9, "bob")] {
        let proof = Proof::MsChapV2(MsChapV2Proof {
            authenticator_challenge: [1; 16],
            peer_challenge: [2; 16],
            nt_response: [3; 24],
        });
        let request = AuthenticationRequest { name: name.as_bytes().to_vec(), proof };
        net.engine.ask(route.slot, key, token, &request, net.now);
    }
    assert!(!net.engine.entry(route).unwrap().session.as_ref().unwrap().accepted);
    let answer = Answer::Accepted {
        user: "ann".into(),
        authenticator_response: None,
        keys: None,
        address: None,
        terms: Terms::default(),
    };
    net.engine.told(ToWorker::Answer { token: first, answer: Box::new(answer) }, net.now);
    assert_eq!((net.engine.pool.taken(), net.engine.by_address.len()), (0, 0));
}

#[test]
fn limits_hold_and_what_ends_makes_room() {
    let mut net = Net::new(settings());
    let first: Vec<usize> = (1..=3).map(|n| net.dial(home(n), "ann", "secret")).collect();
    assert!(first.iter().all(|at| net.clients[*at].up.is_some()));
    let fourth = net.dial(home(4), "ANN", "secret");
    net.step(Duration::from_secs(3));
    assert!(net.clients[fourth].up.is_none(), "three of one user");
    net.step(Duration::from_secs(10));
    let carl = net.dial(home(5), "carl", "secret");
    assert_eq!(net.clients[carl].up, Some(Ipv4Addr::new(10, 99, 0, 50)), "his own address");
    let fifth = net.dial(home(6), "bob", "secret");
    assert!(net.clients[fifth].up.is_none(), "four sessions");
    let report = net.report();
    assert_eq!((report.drops.of(Drop::TooManyOfUser), report.drops.of(Drop::TooManySessions)), (1, 1));

    let id = net.begun()[0].id;
    net.engine.told(ToWorker::Disconnect { sessions: Some(vec![id]) }, net.now);
    net.settle();
    net.step(Duration::from_secs(6));
    assert_eq!(net.ended(), [(id, "administrator")]);
    let again = net.dial(home(6), "bob", "secret");
    assert_eq!(net.clients[again].up, Some(Ipv4Addr::new(10, 99, 0, 13)));
}

/// Whoever it was is gone without a word.
fn vanish(net: &mut Net, at: usize) {
    net.clients[at].address = Ipv4Addr::new(203, 0, 113, 255);
    net.clients[at].connection = None;
}

#[test]
fn whoever_calls_again_does_not_wait_for_his_dead_session() {
    let mut one = settings();
    one.limits.sessions_per_user = 1;
    let mut net = Net::new(one);
    let first = net.dial(home(1), "ann", "secret");
    vanish(&mut net, first);
    let again = net.dial(home(2), "ann", "secret");
    assert!(net.clients[again].up.is_none(), "it is asked first whether anybody is there");
    net.step(Duration::from_secs(3));
    net.step(Duration::from_secs(1));
    assert!(net.clients[again].up.is_some(), "{:?}", net.clients[again].closed);
    for _ in 0..10 {
        net.step(Duration::from_secs(1));
    }
    assert_eq!(net.ended(), [(1, "echo-timeout")]);

    let third = net.dial(home(3), "ann", "secret");
    net.step(Duration::from_secs(3));
    net.step(Duration::from_secs(1));
    assert!(net.clients[third].up.is_none() && net.clients[again].up.is_some(), "who is there stays");
    assert_eq!(net.report().drops.of(Drop::TooManyOfUser), 1);
    assert!(net.engine.waiting.is_empty());
}

#[test]
fn whoever_has_an_address_of_his_own_takes_it_along() {
    let mut net = Net::new(settings());
    let first = net.dial(home(1), "carl", "secret");
    let again = net.dial(home(2), "carl", "secret");
    let own = Ipv4Addr::new(10, 99, 0, 50);
    assert_eq!((net.clients[first].up, net.clients[again].up), (None, Some(own)));
    net.step(Duration::from_secs(6));
    assert_eq!(net.ended(), [(1, "superseded")]);
    net.send(again, &tcp(own, SERVER, 445, 2));
    assert_eq!((net.delivered.len(), net.engine.pool.taken()), (1, 1));
    // One that takes its leave of nobody has it still.
    vanish(&mut net, again);
    let id = net.begun()[1].id;
    net.engine.told(ToWorker::Disconnect { sessions: Some(vec![id]) }, net.now);
    let third = net.dial(home(3), "carl", "secret");
    assert_eq!(net.clients[third].up, Some(own));
}

#[test]
fn nobody_reaches_another_who_dialled_in() {
    let mut net = Net::new(settings());
    let (ann, bob) = (net.dial(home(1), "ann", "secret"), net.dial(home(1), "bob", "secret"));
    let addresses = [ann, bob].map(|at| net.clients[at].up.unwrap());
    assert_ne!(addresses[0], addresses[1], "two behind one address, with the same id at their end");
    net.send(ann, &tcp(addresses[0], addresses[1], 445, 2));
    net.engine.outward(&mut tcp(addresses[0], addresses[1], 445, 2), net.now);
    net.settle();
    assert!(net.delivered.is_empty() && net.clients[bob].delivered.is_empty());
    assert_eq!(net.report().drops.of(Drop::InnerPeer), 2);
}

#[test]
fn packets_from_elsewhere_are_nobodys() {
    let mut net = Net::new(settings());
    let ann = net.dial(home(1), "ann", "secret");
    let (mut out, address) = (Vec::new(), net.clients[ann].up.unwrap());
    let client = &mut net.clients[ann];
    client.tunnel.send_ip(client.call.unwrap(), &tcp(address, SERVER, 445, 2), net.now, &mut out).unwrap();
    net.gre(home(2), &mut out.clone());
    for cut in 0..out.len() {
        net.gre(home(1), &mut out[..cut].to_vec());
    }
    assert!(net.delivered.is_empty());
    assert_eq!(net.report().drops.of(Drop::GreUnknown), 1);
    net.gre(home(1), &mut out);
    assert_eq!(net.delivered.len(), 1, "the call goes on");
}

#[test]
fn long_packets_are_cut_or_told_of() {
    let mut net = Net::new(Settings { mtu: 1000, ..settings() });
    let ann = net.dial(home(1), "ann", "secret");
    let address = net.clients[ann].up.unwrap();
    let mut long = crate::ip::tests::packet(SERVER, address, 17, &[7; 1500]);
    net.engine.outward(&mut long, net.now);
    net.settle();
    let parts: Vec<_> =
        net.clients[ann].delivered.iter().map(|p| Ip::parse(p).unwrap().payload.len()).collect();
    assert_eq!((parts.len(), parts.iter().sum::<usize>()), (2, 1500));
    long[6] = 0x40;
    net.engine.outward(&mut long, net.now);
    net.settle();
    let told = Ip::parse(&net.delivered[0]).unwrap();
    assert_eq!((told.source, told.payload[..2].to_vec()), (address, vec![3, 4]));
    assert_eq!(told.payload[6..8], 1000u16.to_be_bytes());
}

#[test]
fn connections_that_do_not_become_calls_are_bounded_and_end() {
    let mut net = Net::new(settings());
    let one = home(9);
    let taken: Vec<_> = (0..100).map_while(|_| net.engine.connected(one, LOCAL, net.now)).collect();
    assert_eq!(taken.len(), net.engine.settings.limits.starting_per_address);
    assert!(net.engine.connected(home(10), LOCAL, net.now).is_some(), "others come");
    let report = net.report();
    assert_eq!((report.starting, report.drops.of(Drop::TooManyFromAddress)), (taken.len() + 1, 1));
    net.step(Duration::from_mins(2));
    for connection in &taken {
        assert_eq!(net.engine.output(connection.route), None, "it is over");
        net.engine.disconnected(connection.route, net.now);
    }
    assert!(net.engine.connected(one, LOCAL, net.now).is_some());
    // What comes late for a place that is somebody else's by now is nobody's.
    net.engine.received(taken[0].route, &[0xff; 64], net.now);
    net.engine.lost(taken[0].route, net.now);
}

#[test]
fn who_does_not_read_is_not_waited_for() {
    let mut net = Net::new(settings());
    let connection = net.engine.connected(home(1), LOCAL, net.now).unwrap();
    let link = LinkConfig::client(Credentials::new("ann", "secret"));
    let client = Tunnel::originate(TunnelConfig::new("client"), 7, link, net.now);
    net.engine.received(connection.route, client.tcp_output(), net.now);
    assert!(net.engine.output(connection.route).is_some_and(|waits| !waits.is_empty()));
    for _ in 0..30 {
        net.step(Duration::from_secs(10));
    }
    assert_eq!(net.engine.output(connection.route), None);
}

#[test]
fn an_end_is_told_to_everybody() {
    let mut net = Net::new(settings());
    let clients = [net.dial(home(1), "ann", "secret"), net.dial(home(2), "bob", "secret")];
    net.engine.told(ToWorker::Stop, net.now);
    net.settle();
    net.step(Duration::from_secs(6));
    for at in clients {
        assert!(net.clients[at].closed.is_some());
    }
    assert_eq!(net.ended().iter().map(|(_, why)| *why).collect::<Vec<_>>(), ["shutdown", "shutdown"]);
    assert!(net.engine.is_empty() && net.engine.pool.taken() == 0);
}

#[test]
fn a_thousand_come_and_go_and_leave_nothing() {
    let mut wide = settings();
    wide.limits = Limits {
        sessions: 8,
        starting: 64,
        connections_per_minute: 100_000,
        logons_per_minute: 100_000,
        ..Limits::default()
    };
    let mut net = Net::new(wide);
    for round in 0..250u32 {
        let from = |n: u8| Ipv4Addr::from(0xc633_0000 + round * 4 + u32::from(n));
        let clients: Vec<usize> = (0..4).map(|n| net.dial(from(n), "ann", "secret")).collect();
        assert!(clients.iter().all(|at| net.clients[*at].up.is_some()), "round {round}");
        for at in clients {
            if round % 2 == 0 {
                let connection = net.clients[at].connection.take().unwrap();
                net.engine.disconnected(connection.route, net.now);
            } else {
                let mut said = Vec::new();
                net.clients[at].tunnel.stop(CloseReason::Local, net.now, &mut random, &mut said);
                net.client_said(at, said);
            }
        }
        net.settle();
        net.step(Duration::from_secs(7));
        net.clients.clear();
        assert!(net.engine.is_empty(), "round {round}");
    }
    let engine = &net.engine;
    assert_eq!((engine.pool.taken(), engine.by_address.len(), engine.demux.len()), (0, 0, 0));
    assert!(engine.slots.len() <= 8 && engine.asked.is_empty() && engine.deadlines.is_empty());
}

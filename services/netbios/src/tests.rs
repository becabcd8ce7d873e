//! Services on addresses of the loopback, which has broadcasts like any subnet.

use crate::{Attachment, Config, Datagrams, NameFault, Netbios, Recipient, Subnet};
use lanward_netbios::{DatagramType, NetbiosName, NodeType, WinsConfig};
use lanward_nt::{FileTime, Guid, Sid};
use lanward_server::{Identity, Server, Settings, Zone};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

pub(crate) struct Host {
    pub server: Arc<Server>,
    pub netbios: Arc<Netbios>,
    pub datagrams: Datagrams,
}

impl Host {
    pub(crate) fn new(address: [u8; 4], config: Config, zone: Zone) -> Self {
        let identity = Identity {
            name: "BOX".into(),
            workgroup: "LAB".into(),
            comment: String::new(),
            guid: Guid::default(),
            sid: Sid::new(5, &[21, 1, 2, 3]),
        };
        let settings = Settings { default_zone: Arc::new(zone), ..Settings::default() };
        let server = Server::new(identity, settings, FileTime(0));
        let (netbios, datagrams) = Netbios::new(Arc::clone(&server), config);
        let attachment = Attachment {
            interface: "lo".into(),
            address: address.into(),
            broadcast: Some(Ipv4Addr::new(127, 255, 255, 255)),
            hardware: [2, 0, 0, 0, 0, address[3]],
        };
        let failed = netbios.attach(&[attachment]);
        assert!(failed.is_empty(), "{failed:?}");
        Self { server, netbios, datagrams }
    }

    pub(crate) fn subnet(&self) -> Arc<Subnet> {
        self.netbios.subnets().swap_remove(0)
    }

    /// Another on the same wire.
    pub(crate) fn ports(&self, config: Config) -> Config {
        let subnet = self.subnet();
        Config { name_port: subnet.name_port(), datagram_port: subnet.datagram_port(), ..config }
    }
}

pub(crate) fn config(name: &str) -> Config {
    Config { name_port: 0, datagram_port: 0, ..Config::new(name, "LAB") }
}

pub(crate) fn open() -> Zone {
    Zone { netbios: true, ..Zone::default() }
}

pub(crate) fn name(name: &str, suffix: u8) -> NetbiosName {
    NetbiosName::new(name, suffix).unwrap()
}

#[tokio::test]
async fn a_name_has_one_owner_and_a_group_many() {
    let first = Host::new([127, 0, 7, 2], config("FIRST"), open());
    let second = Host::new([127, 0, 7, 3], first.ports(config("SECOND")), open());
    let (one, two) = (first.subnet(), second.subnet());
    let (own, group) = (name("FIRST", 0x20), name("LAB", 0));
    assert_eq!(one.claim(own, false).await, Ok(()));
    assert_eq!(two.claim(own, false).await, Err(NameFault::InUse(Some(one.attachment().address))));
    assert_eq!(one.claim(group, true).await, Ok(()));
    assert_eq!(two.claim(group, true).await, Ok(()));
    assert!(one.holds(own) && !two.holds(own));
    first.netbios.stop().await;
    two.release_name(own);
    assert_eq!(two.claim(own, false).await, Ok(()), "nobody has it any more");
    second.netbios.stop().await;
}

#[tokio::test]
async fn datagrams_arrive_at_the_names_they_are_for() {
    let first = Host::new([127, 0, 8, 2], config("FIRST"), open());
    let mut second = Host::new([127, 0, 8, 3], first.ports(config("SECOND")), open());
    let (one, two) = (first.subnet(), second.subnet());
    let (from, to, group) = (name("FIRST", 0), name("SECOND", 0x20), name("LAB", 0));
    for claimed in [(to, false), (group, true)] {
        assert_eq!(two.claim(claimed.0, claimed.1).await, Ok(()));
    }
    let host = Recipient::Host(SocketAddrV4::new(two.attachment().address, two.datagram_port()));
    let long = vec![7; 2000];
    one.send_datagram(from, name("NOBODY", 0), host, b"lost").await.unwrap();
    one.send_datagram(from, to, host, b"to one").await.unwrap();
    one.send_datagram(from, group, Recipient::Group, &long).await.unwrap();
    one.send_datagram(from, NetbiosName::ANY, Recipient::Everybody, b"to all").await.unwrap();
    // Each kind has a socket of its own, and nothing says which is read first.
    let mut arrived = Vec::new();
    for _ in 0..3 {
        arrived.push(second.datagrams.next().await.unwrap());
    }
    let expected = [
        (DatagramType::DIRECT_UNIQUE, to, b"to one".to_vec()),
        (DatagramType::DIRECT_GROUP, group, long),
        (DatagramType::BROADCAST, NetbiosName::ANY, b"to all".to_vec()),
    ];
    for (kind, destination, data) in expected {
        let received = arrived.iter().find(|received| received.kind == kind).unwrap();
        assert_eq!((received.destination, received.source), (destination, from));
        assert_eq!((&received.data, *received.from.ip()), (&data, one.attachment().address));
    }
    assert!(one.send_datagram(from, to, host, &[0; 5000]).await.is_err());
}

#[tokio::test]
async fn where_no_zone_has_it_nobody_is_heard() {
    let first = Host::new([127, 0, 9, 2], config("FIRST"), Zone::default());
    let second = Host::new([127, 0, 9, 3], first.ports(config("SECOND")), open());
    let own = name("FIRST", 0x20);
    assert_eq!(first.subnet().claim(own, false).await, Ok(()));
    assert_eq!(second.subnet().claim(own, false).await, Ok(()), "nobody objects");
}

#[tokio::test]
async fn names_are_registered_with_a_name_server() {
    let server = Config { wins: Some(WinsConfig::default()), ..config("WINS") };
    let first = Host::new([127, 0, 10, 2], server, open());
    let address = first.subnet().attachment().address;
    let node = Config { node_type: NodeType::P, wins_servers: vec![address], ..config("SECOND") };
    let second = Host::new([127, 0, 10, 3], first.ports(node), open());
    let own = name("SECOND", 0x20);
    assert_eq!(second.subnet().claim(own, false).await, Ok(()));
    let there = first.netbios.with_wins(|wins| wins.names().any(|(full, _)| full.name == own));
    assert_eq!(there, Some(true));
    second.netbios.stop().await;
    let released =
        first.netbios.with_wins(|wins| wins.names().all(|(full, r)| full.name != own || r.released));
    assert_eq!(released, Some(true), "given up on the way out");
}

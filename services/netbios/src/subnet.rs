//! One address of this machine and the subnet it is on.

use crate::engine::{Config, Netbios, now, random_id};
use crate::names::{Claims, NameFault};
use crate::received::Received;
use crate::sockets::{MAX_PACKET, Sockets};
use lanward_netbios::{
    DatagramBody, DatagramHeader, DatagramPacket, DatagramType, Fragments, FullName, LocalName, NameEvent,
    NamePacket, NetbiosName, Node, NodeConfig, NodeType, Outgoing, WinsServer,
};
use lanward_wire::{Decode as _, Encode as _, Reader};
use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// An address of an interface.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Attachment {
    /// The interface's name.
    pub interface: String,
    /// This machine's address there.
    pub address: Ipv4Addr,
    /// The address of everybody there, if there is more than one.
    pub broadcast: Option<Ipv4Addr>,
    /// The hardware address; zero where there is none.
    pub hardware: [u8; 6],
}

/// Whom a datagram is sent to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recipient {
    /// Whoever has the unique name, at this address.
    Host(SocketAddrV4),
    /// All of a group, on this subnet.
    Group,
    /// Everybody on this subnet.
    Everybody,
}

/// A subnet this machine is on: its node, and its sockets.
#[derive(Debug)]
pub struct Subnet {
    attachment: Attachment,
    netbios: Weak<Netbios>,
    node: Mutex<Node>,
    claims: Claims,
    names: Sockets,
    datagrams: Sockets,
    /// Something is to be sent, or to be waited for.
    changed: Notify,
    pub(crate) stop: CancellationToken,
}

impl Subnet {
    /// A node at an address, without names. [`Subnet::run`] makes it go.
    pub(crate) fn new(netbios: &Arc<Netbios>, attachment: Attachment, multihomed: bool) -> io::Result<Self> {
        let config = netbios.config();
        let names = Sockets::bind(&attachment, config.name_port)?;
        let datagrams = Sockets::bind(&attachment, config.datagram_port)?;
        let own = NodeConfig {
            node_type: config.node_type,
            scope: config.scope.clone(),
            address: attachment.address,
            servers: config.wins_servers.clone(),
            multihomed,
            ttl: Config::TTL,
            unit_id: attachment.hardware,
        };
        Ok(Self {
            node: Mutex::new(Node::new(own, names.port())),
            attachment,
            netbios: Arc::downgrade(netbios),
            claims: Claims::default(),
            names,
            datagrams,
            changed: Notify::new(),
            stop: CancellationToken::new(),
        })
    }

    /// The interface and addresses it is at.
    #[must_use]
    pub const fn attachment(&self) -> &Attachment {
        &self.attachment
    }

    /// Where its name service is.
    #[must_use]
    pub const fn name_port(&self) -> u16 {
        self.names.port()
    }

    /// Where its datagram service is.
    #[must_use]
    pub const fn datagram_port(&self) -> u16 {
        self.datagrams.port()
    }

    /// The names this machine has there, in order.
    #[must_use]
    pub fn names(&self) -> Vec<LocalName> {
        self.with_node(|node| node.names().collect())
    }

    /// Whether a name is this machine's there.
    #[must_use]
    pub fn holds(&self, name: NetbiosName) -> bool {
        self.with_node(|node| node.holds(&FullName { name, scope: node.config().scope.clone() }))
    }

    /// Begins to claim a name and does not wait for it.
    pub fn add_name(&self, name: NetbiosName, group: bool) -> bool {
        let added = self.with_node(|node| node.add(name, group, now(), &mut random_id));
        self.changed.notify_one();
        added
    }

    /// Claims a name and waits until it is this machine's there. Dropping the future goes on without waiting.
    ///
    /// # Errors
    /// The [`NameFault`].
    pub async fn claim(&self, name: NetbiosName, group: bool) -> Result<(), NameFault> {
        // What became of it before is nothing to this claim.
        self.tell_events();
        let answer = self.claims.wait(name).ok_or(NameFault::TooMany)?;
        if !self.add_name(name, group) {
            return Err(NameFault::TooMany);
        }
        match tokio::time::timeout(CLAIM_DEADLINE, answer).await {
            Ok(answer) => answer.unwrap_or(Err(NameFault::Gone)),
            Err(_) => Err(NameFault::NoAnswer),
        }
    }

    /// Begins to give up a name.
    pub fn release_name(&self, name: NetbiosName) {
        self.with_node(|node| node.release(name, now(), &mut random_id));
        self.changed.notify_one();
    }

    /// Sends `data` (at most [`Fragments::MAX_DATAGRAM`] bytes) from one name to another: for a mailslot an SMB message.
    ///
    /// # Errors
    /// The system's; InvalidInput: it is too long; Unsupported: there is no everybody on this subnet.
    pub async fn send_datagram(
        &self,
        source: NetbiosName,
        destination: NetbiosName,
        to: Recipient,
        data: &[u8],
    ) -> io::Result<()> {
        let (kind, to) = match to {
            Recipient::Host(address) => (DatagramType::DIRECT_UNIQUE, Some(address)),
            Recipient::Group => (DatagramType::DIRECT_GROUP, None),
            Recipient::Everybody => (DatagramType::BROADCAST, None),
        };
        let (node_type, scope) =
            self.with_node(|node| (node.config().node_type, node.config().scope.clone()));
        let header = DatagramHeader {
            kind,
            node_type: match node_type {
                NodeType::B => 0,
                NodeType::P => 1,
                // There is no number for a hybrid node: it is a mixed one to others.
                NodeType::M | NodeType::H => 2,
            },
            id: random_id(),
            source: self.attachment.address,
            port: self.datagrams.port(),
        };
        let full = |name| FullName { name, scope: scope.clone() };
        let packets = DatagramPacket::split(&header, &full(source), &full(destination), data);
        let packets = packets.map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        for packet in packets {
            self.datagrams.send(&packet.to_bytes(), to).await?;
        }
        Ok(())
    }

    /// Serves the subnet until it is stopped; then gives up its names, for a moment.
    pub(crate) async fn run(self: Arc<Self>) {
        tokio::join!(self.serve_names(false), self.serve_datagrams());
        self.with_node(|node| node.release_all(now(), &mut random_id));
        if tokio::time::timeout(FAREWELL, self.serve_names(true)).await.is_err() {
            tracing::debug!(interface = self.attachment.interface, "not all names were given up in time");
        }
        if let Some(netbios) = self.netbios.upgrade() {
            netbios.with_wins(|wins| wins.forget(self.attachment.address));
        }
        self.claims.close();
    }

    /// Serves names until it is stopped, or on the way out until there are none.
    async fn serve_names(&self, leaving: bool) {
        let mut buffer = [0; MAX_PACKET];
        loop {
            self.send_outgoing().await;
            if leaving && self.with_node(|node| node.names().next().is_none()) {
                return;
            }
            let due = self.wakes_at().saturating_sub(now());
            tokio::select! {
                received = self.names.receive(&mut buffer) => match received {
                    Ok((len, from, broadcast)) => self.take_name_packet(&buffer[..len], from, broadcast),
                    Err(error) => self.pause(&error).await,
                },
                () = tokio::time::sleep(due) => self.tick(),
                () = self.changed.notified() => {}
                () = self.stop.cancelled(), if !leaving => return,
            }
        }
    }

    async fn serve_datagrams(self: &Arc<Self>) {
        let mut buffer = [0; MAX_PACKET];
        let mut fragments = Fragments::default();
        loop {
            tokio::select! {
                received = self.datagrams.receive(&mut buffer) => match received {
                    Ok((len, from, broadcast)) => {
                        self.take_datagram(&buffer[..len], from, broadcast, &mut fragments).await;
                    }
                    Err(error) => self.pause(&error).await,
                },
                () = self.stop.cancelled() => return,
            }
        }
    }

    /// What goes wrong with a socket goes wrong again at once.
    async fn pause(&self, error: &io::Error) {
        tracing::debug!(interface = self.attachment.interface, %error, "NetBIOS packets are not received");
        tokio::time::sleep(PAUSE).await;
    }

    fn wakes_at(&self) -> Duration {
        let own = self.with_node(|node| node.wakes_at());
        let server = self.netbios.upgrade().and_then(|netbios| netbios.with_wins(|wins| wins.wakes_at()));
        own.into_iter().chain(server).min().unwrap_or_else(|| now() + PAUSE)
    }

    fn tick(&self) {
        self.with_node(|node| node.tick(now(), &mut random_id));
        if let Some(netbios) = self.netbios.upgrade() {
            netbios.with_wins(|wins| wins.tick(now()));
        }
    }

    fn take_name_packet(&self, bytes: &[u8], from: SocketAddrV4, broadcast: bool) {
        let Some(netbios) = self.netbios.upgrade() else { return };
        if !netbios.admits(&self.attachment, self.names.port(), from, broadcast) {
            return;
        }
        let packet = match NamePacket::decode(&mut Reader::new(bytes)) {
            Ok(packet) => packet,
            Err(error) => return tracing::debug!(%from, %error, "no packet of the name service"),
        };
        // What is for everybody is not for a name server.
        let alone = !broadcast && !packet.flags.contains(lanward_netbios::NameFlags::BROADCAST);
        let at = self.attachment.address;
        let server = |wins: &mut WinsServer| wins.receive(&packet, from, at, now(), &mut random_id);
        if alone && netbios.with_wins(server) == Some(true) {
            return;
        }
        self.with_node(|node| node.receive(&packet, from, broadcast, now(), &mut random_id));
    }

    async fn take_datagram(
        self: &Arc<Self>,
        bytes: &[u8],
        from: SocketAddrV4,
        broadcast: bool,
        fragments: &mut Fragments,
    ) {
        let Some(netbios) = self.netbios.upgrade() else { return };
        if !netbios.admits(&self.attachment, self.datagrams.port(), from, broadcast) {
            return;
        }
        let packet = match DatagramPacket::decode(&mut Reader::new(bytes)) {
            Ok(packet) => packet,
            Err(error) => return tracing::debug!(%from, %error, "no packet of the datagram service"),
        };
        let DatagramBody::Data(data) = &packet.body else { return };
        let everybody = data.destination.name == NetbiosName::ANY;
        if !everybody && !self.with_node(|node| node.holds(&data.destination)) {
            if !broadcast && packet.kind == DatagramType::DIRECT_UNIQUE {
                self.refuse_datagram(&packet, from).await;
            }
            return;
        }
        let kind = packet.kind;
        let Some(whole) = fragments.receive(from, packet, now()) else { return };
        netbios.deliver(Received {
            subnet: Arc::clone(self),
            from,
            kind,
            source: whole.source.name,
            destination: whole.destination.name,
            data: whole.data,
        });
    }

    /// RFC 1002 4.4.3: the name is not here.
    async fn refuse_datagram(&self, packet: &DatagramPacket, from: SocketAddrV4) {
        const NOT_PRESENT: u8 = 0x82;
        let answer = DatagramPacket {
            kind: DatagramType::ERROR,
            flags: 0,
            id: packet.id,
            source: self.attachment.address,
            port: self.datagrams.port(),
            body: DatagramBody::Error(NOT_PRESENT),
        };
        if let Err(error) = self.datagrams.send(&answer.to_bytes(), Some(from)).await {
            tracing::debug!(%from, %error, "a datagram was not refused");
        }
    }

    /// Sends what the node and the name server have to say, and tells what became of names.
    async fn send_outgoing(&self) {
        loop {
            self.tell_events();
            let wins =
                || self.netbios.upgrade()?.with_wins(|wins| wins.next_outgoing(self.attachment.address))?;
            let next = self.with_node(Node::next_outgoing);
            let Some(Outgoing { packet, to }) = next.or_else(wins) else { return };
            if let Err(error) = self.names.send(&packet.to_bytes(), to).await
                && error.kind() != io::ErrorKind::Unsupported
            {
                tracing::debug!(?to, %error, "a packet of the name service was not sent");
            }
        }
    }

    fn tell_events(&self) {
        while let Some(event) = self.with_node(Node::next_event) {
            self.tell(event);
        }
    }

    fn tell(&self, event: NameEvent) {
        let interface = &self.attachment.interface;
        match event {
            NameEvent::Registered(name) => tracing::debug!(interface, ?name, "has the name"),
            NameEvent::Refused(name, owner) => {
                tracing::warn!(interface, ?name, ?owner, "somebody else has the name");
            }
            NameEvent::Released(name) => tracing::debug!(interface, ?name, "gave up the name"),
        }
        if let Some(netbios) = self.netbios.upgrade() {
            netbios.note(self, event);
        }
        self.claims.tell(event);
    }

    pub(crate) fn with_node<R>(&self, f: impl FnOnce(&mut Node) -> R) -> R {
        f(&mut self.node.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The longest a claim takes: three name servers that do not answer, then a broadcast.
const CLAIM_DEADLINE: Duration = Duration::from_secs(20);

/// How long to wait when there is nothing to wait for.
const PAUSE: Duration = Duration::from_secs(1);

/// How long names are given up on the way out.
const FAREWELL: Duration = Duration::from_secs(1);

//! The process that dials: one tunnel to one server, with descriptors and nothing else, until it is over.

use crate::channel::{Channel, Sender};
use crate::engine::random;
use crate::flush::StatefulFlush;
use crate::ip::{Packet, clamp_mss};
use crate::messages::Usage;
use crate::sandbox::{Task, confine};
use crate::worker::readable;
use lanward_auth::mschap::KeyStrength;
use lanward_ppp::authentication::{Credentials, Method};
use lanward_ppp::link::{Addresses, LinkConfig, LinkEvent, MppePolicy, Role};
use lanward_ppp::tunnel::{CallKey, CloseReason, Tunnel, TunnelConfig, TunnelEvent};
use lanward_sys::{GRE_MAX, GreReceived, GreSend, GreSocket, Tun};
use serde::{Deserialize, Serialize};
use std::io::{self, ErrorKind};
use std::net::Ipv4Addr;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};
use tokio::io::unix::AsyncFd;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

/// What a dialling process is told.
#[derive(Serialize, Deserialize)]
pub enum ToDial {
    /// Whom to call and as whom, with the GRE socket, the interface and the connection, in this order.
    Dial(Box<Dial>),
    /// Hang up.
    Stop,
}

/// A call to be made.
#[derive(Serialize, Deserialize)]
pub struct Dial {
    /// What this machine calls itself.
    pub host: String,
    /// The server's address.
    pub server: Ipv4Addr,
    /// This machine's address towards it.
    pub local: Ipv4Addr,
    /// The account, perhaps with its domain in front.
    pub user: String,
    /// Its password.
    pub password: Zeroizing<String>,
    /// Nothing passes without encryption.
    pub encryption_required: bool,
    /// 40 and 56 bits do as well.
    pub weak_keys: bool,
    /// Keys that change with every 256th packet do as well.
    pub stateful: bool,
    /// What is sent then after a loss.
    pub stateful_flush: StatefulFlush,
    /// Longest packet, in bytes.
    pub mtu: u16,
}

/// What a dialling process tells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum FromDial {
    /// It is up.
    Up(Box<DialUp>),
    /// Nothing comes but control packets.
    GreBlocked,
    /// It is over.
    Ended {
        /// Why.
        reason: String,
        /// It would end in the same way again.
        hopeless: bool,
        /// What it carried.
        usage: Usage,
    },
}

/// What a server granted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DialUp {
    /// This end's address.
    pub address: Ipv4Addr,
    /// The server's in the tunnel, if it told one.
    pub peer: Option<Ipv4Addr>,
    /// Name servers.
    pub dns: Vec<Ipv4Addr>,
    /// NetBIOS name servers.
    pub wins: Vec<Ipv4Addr>,
    /// Longest packet, in bytes.
    pub mtu: u16,
    /// What encrypts.
    pub encryption: Option<String>,
}

struct Caller {
    tunnel: Tunnel,
    tcp: TcpStream,
    gre: AsyncFd<GreSocket>,
    tun: AsyncFd<Tun>,
    server: Ipv4Addr,
    local: Ipv4Addr,
    began: Instant,
    call: Option<CallKey>,
    /// Since when it is up, with what.
    up: Option<(Duration, Addresses)>,
    ended: Option<CloseReason>,
    over: bool,
    usage: Usage,
    out: Vec<u8>,
    told: Sender,
}

/// Makes one call and serves it until it is over. `channel` is this process's end of the socket to whoever dials.
///
/// # Errors
/// What was passed is not what is needed, or the system's.
pub fn run(channel: UnixStream) -> io::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(Box::pin(serve(channel)))
}

async fn serve(channel: UnixStream) -> io::Result<()> {
    let mut channel = Channel::new(channel)?;
    let Some(ToDial::Dial(dial)) = channel.receive().await? else {
        return Err(io::Error::new(ErrorKind::InvalidData, "the first message is another one"));
    };
    let mut passed = || {
        channel
            .take_descriptor()
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "a descriptor is missing"))
    };
    let gre = GreSocket::from_descriptor(passed()?);
    let tun = Tun::from_descriptor(passed()?, String::new());
    let tcp = TcpStream::from_std(passed()?.into())?;
    tcp.set_nodelay(true)?;
    rustix::thread::set_name(c"lanward-dial")?;
    confine(Task::Descriptors)?;
    let mut caller = Caller::new(&dial, tcp, readable(gre)?, readable(tun)?, channel.sender());
    drop(dial);
    caller.serve(&mut channel).await;
    let usage = caller.total();
    let reason = caller.ended.unwrap_or(CloseReason::Local);
    let ended = FromDial::Ended { reason: reason.name().to_owned(), hopeless: is_hopeless(reason), usage };
    channel.sender().send(&ended)?;
    // It is on its way when the other side hangs up, or soon.
    drop(timeout(Duration::from_millis(500), channel.receive::<ToDial>()).await);
    Ok(())
}

/// Whether another try would end in the same way, or lock the account.
const fn is_hopeless(reason: CloseReason) -> bool {
    use lanward_ppp::link::CloseReason as Link;
    matches!(
        reason,
        CloseReason::Link(
            Link::AuthenticationFailed
                | Link::AuthenticationMethodRefused
                | Link::ServerNotAuthentic
                | Link::PasswordExpired
                | Link::EncryptionRequired
        )
    )
}

impl Caller {
    fn new(dial: &Dial, tcp: TcpStream, gre: AsyncFd<GreSocket>, tun: AsyncFd<Tun>, told: Sender) -> Self {
        let mut link = LinkConfig::client(Credentials::new(&dial.user, &dial.password));
        // Some servers know MS-CHAPv2 only within it.
        link.methods.push(Method::Eap);
        if let Role::Client(role) = &mut link.role {
            role.tunnel = Some(dial.server);
        }
        link.mru = dial.mtu.saturating_add(4);
        let weak = dial.weak_keys.then_some([KeyStrength::Bits56, KeyStrength::Bits40]);
        link.mppe = MppePolicy {
            required: dial.encryption_required,
            strengths: [KeyStrength::Bits128].into_iter().chain(weak.into_iter().flatten()).collect(),
            stateful: dial.stateful,
            flush: dial.stateful_flush.rule(),
        };
        let mut id = [0; 2];
        random(&mut id);
        let call_id = u16::from_be_bytes(id).max(1);
        Self {
            tunnel: Tunnel::originate(TunnelConfig::new(&dial.host), call_id, link, Duration::ZERO),
            tcp,
            gre,
            tun,
            server: dial.server,
            local: dial.local,
            began: Instant::now(),
            call: None,
            up: None,
            ended: None,
            over: false,
            usage: Usage::default(),
            out: Vec::new(),
            told,
        }
    }

    async fn serve(&mut self, channel: &mut Channel) {
        let mut batch = GreReceived::default();
        let mut packet = vec![0; GRE_MAX];
        let mut stopping = false;
        while self.write() {
            let now = self.began.elapsed();
            let wait = self.tunnel.deadline().map_or(Duration::from_mins(1), |due| due.saturating_sub(now));
            let pending = !self.tunnel.tcp_output().is_empty();
            tokio::select! {
                message = channel.receive::<ToDial>(), if !stopping => {
                    // Whoever dials is gone, or says so.
                    stopping = !matches!(message, Ok(Some(ToDial::Dial(_))));
                    if stopping {
                        self.act(|tunnel, now, said| tunnel.stop(CloseReason::Local, now, &mut random, said));
                    }
                }
                ready = self.tcp.readable() => match ready {
                    Ok(()) => self.read(),
                    Err(_) => self.act(Tunnel::tcp_lost),
                },
                _ = self.tcp.writable(), if pending => {}
                ready = self.gre.readable() => {
                    if let Ok(mut ready) = ready
                        && ready.get_inner().receive(&mut batch).is_err_and(|e| e.kind() == ErrorKind::WouldBlock)
                    {
                        ready.clear_ready();
                    }
                    self.inward(&mut batch);
                }
                ready = self.tun.readable(), if self.up.is_some() => {
                    let came = ready.ok().and_then(|mut ready| {
                        let came = ready.get_inner().receive(&mut packet).ok();
                        if came.is_none() {
                            ready.clear_ready();
                        }
                        came
                    });
                    if let Some(length) = came {
                        self.outward(packet.get_mut(..length).unwrap_or_default());
                    }
                }
                () = sleep(wait) => self.act(|tunnel, now, said| tunnel.tick(now, &mut random, said)),
            }
        }
    }

    /// Does something with the tunnel and then what it says.
    fn act(&mut self, act: impl FnOnce(&mut Tunnel, Duration, &mut Vec<TunnelEvent>)) {
        let (now, mut said) = (self.began.elapsed(), Vec::new());
        act(&mut self.tunnel, now, &mut said);
        for event in said {
            self.event(event, now);
        }
    }

    fn event(&mut self, event: TunnelEvent, now: Duration) {
        match event {
            TunnelEvent::CallConnected { call } => self.call = Some(call),
            TunnelEvent::Gre(packet) => self.send(&packet),
            TunnelEvent::Ip { mut packet, .. } => self.deliver(&mut packet),
            TunnelEvent::Link { event: LinkEvent::Up(addresses), .. } => {
                self.up.get_or_insert((now, addresses));
                self.tell(&FromDial::Up(Box::new(granted(&addresses))));
            }
            TunnelEvent::GreBlocked { .. } => self.tell(&FromDial::GreBlocked),
            TunnelEvent::CallDown { reason, .. } => {
                self.usage = self.total();
                self.up = None;
                self.ended.get_or_insert(reason);
            }
            TunnelEvent::Closed(reason) => {
                self.ended.get_or_insert(reason);
                self.over = true;
            }
            _ => {}
        }
    }

    fn tell(&self, message: &FromDial) {
        if let Err(error) = self.told.send(message) {
            tracing::debug!(%error, "whoever dials is gone");
        }
    }

    fn total(&self) -> Usage {
        let seconds =
            self.up.map_or(self.usage.seconds, |(since, _)| (self.began.elapsed() - since).as_secs());
        Usage { seconds, ..self.usage }
    }

    /// Writes what is to be written. Whether there is more to do.
    fn write(&mut self) -> bool {
        while !self.tunnel.tcp_output().is_empty() {
            match self.tcp.try_write(self.tunnel.tcp_output()) {
                Ok(count) => self.tunnel.tcp_sent(count, self.began.elapsed()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return true,
                Err(_) => {
                    self.act(Tunnel::tcp_lost);
                    return !self.over;
                }
            }
        }
        !self.over
    }

    fn read(&mut self) {
        let mut bytes = [0; 1024];
        match self.tcp.try_read(&mut bytes) {
            Ok(count @ 1..) => {
                let bytes = bytes.get(..count).unwrap_or_default();
                self.act(|tunnel, now, said| tunnel.receive_tcp(bytes, now, &mut random, said));
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Ok(_) | Err(_) => self.act(Tunnel::tcp_lost),
        }
    }

    fn send(&self, bytes: &[u8]) {
        // What finds no room is lost, as on any network.
        self.gre.get_ref().send(&[GreSend { from: self.local, to: self.server, bytes }]).ok();
    }

    fn inward(&mut self, batch: &mut GreReceived) {
        for packet in batch.packets().flatten() {
            if packet.from != self.server {
                continue;
            }
            let (now, mut said) = (self.began.elapsed(), Vec::new());
            let came = self.tunnel.receive_gre(packet.bytes, now, &mut random, &mut said);
            if let Some((_, at)) = came
                && let Some(inner) = packet.bytes.get_mut(at)
            {
                self.deliver(inner);
            }
            for event in said {
                self.event(event, now);
            }
        }
    }

    /// A packet out of the tunnel, for this machine's address in it and no other.
    fn deliver(&mut self, packet: &mut [u8]) {
        self.usage.packets_in += 1;
        self.usage.octets_in += packet.len() as u64;
        let Some((_, addresses)) = self.up else { return };
        let is_ours = Packet::parse(packet).is_some_and(|read| read.destination == addresses.local);
        clamp_mss(packet, addresses.mtu.saturating_sub(40));
        if !is_ours || self.tun.get_ref().send(packet).is_err() {
            self.usage.dropped += 1;
        }
    }

    fn outward(&mut self, packet: &mut [u8]) {
        let (Some(call), Some((_, addresses))) = (self.call, self.up) else { return };
        // What is not from the address that was granted the server would drop, and everybody would see.
        if Packet::parse(packet).is_none_or(|read| read.source != addresses.local) {
            self.usage.dropped += 1;
            return;
        }
        clamp_mss(packet, addresses.mtu.saturating_sub(40));
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        match self.tunnel.send_ip(call, packet, self.began.elapsed(), &mut out) {
            Ok(()) => {
                self.usage.packets_out += 1;
                self.usage.octets_out += packet.len() as u64;
                self.send(&out);
            }
            Err(_) => self.usage.dropped += 1,
        }
        self.out = out;
    }
}

fn granted(addresses: &Addresses) -> DialUp {
    DialUp {
        address: addresses.local,
        peer: addresses.peer,
        dns: addresses.dns.into_iter().flatten().collect(),
        wins: addresses.wins.into_iter().flatten().collect(),
        mtu: addresses.mtu,
        encryption: addresses.encryption.as_ref().map(crate::engine::encryption_name),
    }
}

//! Many clients that dial in to one server, each from an address of its own, for measuring what idle sessions cost it.
//!
//! `dial_many SERVER[:PORT] FIRST-ADDRESS USER PASSWORD` (FIRST-ADDRESS and those after it must be this machine's) does what it reads, a line at a time:
//! `up N` dials in until N are up, `down N` hangs up until N are left, `ping` sends an echo request through each session, `lost` closes the connections of
//! all without a word, `quit` ends. Each is answered with one line of counts. bench/dial_in_sessions.py tells it what to do.

use lanward_ppp::authentication::Credentials;
use lanward_ppp::link::{Addresses, LinkConfig, LinkEvent, Role};
use lanward_ppp::tunnel::{CallKey, CloseReason, Tunnel, TunnelConfig, TunnelEvent};
use lanward_sys::{GreReceived, GreSend, GreSocket};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::unix::AsyncFd;
use tokio::io::{Interest, Ready};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Notify, mpsc};
use tokio::task::{JoinHandle, LocalSet, spawn_local};
use tokio::time::{sleep, timeout};

/// Clients that may be on their way at a time: fewer than a server lets begin.
const STARTING: usize = 32;

/// How long a command may take.
const PATIENCE: Duration = Duration::from_mins(3);

/// One client.
struct Caller {
    tunnel: Tunnel,
    address: Ipv4Addr,
    call: Option<CallKey>,
    up: Option<Addresses>,
    ended: Option<CloseReason>,
    over: bool,
    wake: Rc<Notify>,
    task: Option<JoinHandle<()>>,
}

struct Load {
    server: SocketAddrV4,
    first: Ipv4Addr,
    user: String,
    password: String,
    gre: AsyncFd<GreSocket>,
    began: Instant,
    /// By the id each of them gives its call, which no other has.
    callers: RefCell<BTreeMap<u16, Caller>>,
    next: Cell<u16>,
    changed: Notify,
    echoes: Cell<usize>,
    refused: Cell<usize>,
}

fn random(into: &mut [u8]) {
    // Nothing here is a secret.
    if rustix::rand::getrandom(&mut *into, rustix::rand::GetRandomFlags::empty()).is_err() {
        into.fill(4);
    }
}

impl Load {
    /// Dials in once more. Ids and addresses are not used again until all others were.
    fn dial(self: &Rc<Self>) {
        let id = self.next.get();
        self.next.set(id.checked_add(1).unwrap_or(1));
        let address = Ipv4Addr::from(u32::from(self.first).saturating_add(u32::from(id)));
        let mut link = LinkConfig::client(Credentials::new(&self.user, &self.password));
        if let Role::Client(role) = &mut link.role {
            role.tunnel = Some(*self.server.ip());
        }
        let tunnel = Tunnel::originate(TunnelConfig::new("client"), id, link, self.began.elapsed());
        let (wake, call, up, ended) = (Rc::new(Notify::new()), None, None, None);
        let task = Some(spawn_local(Rc::clone(self).converse(id, address, Rc::clone(&wake))));
        let caller = Caller { tunnel, address, call, up, ended, over: false, wake, task };
        self.callers.borrow_mut().insert(id, caller);
    }

    async fn connect(&self, address: Ipv4Addr) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((address, 0)))?;
        let stream = socket.connect(self.server.into()).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// Serves one client until it is over.
    async fn converse(self: Rc<Self>, id: u16, address: Ipv4Addr, wake: Rc<Notify>) {
        match self.connect(address).await {
            Ok(stream) => self.pump(id, &stream, &wake).await,
            Err(error) => eprintln!("{address}: {error}"),
        }
        let caller = self.callers.borrow_mut().remove(&id);
        if let Some(Caller { ended: Some(reason), .. }) = caller
            && reason != CloseReason::Local
        {
            self.refused.set(self.refused.get() + 1);
            eprintln!("{address}: {}", reason.name());
        }
        self.changed.notify_one();
    }

    async fn pump(&self, id: u16, stream: &TcpStream, wake: &Notify) {
        let mut bytes = [0; 1024];
        loop {
            let Some((waits, due)) = self.write(id, stream) else { return };
            let interest = if waits { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            tokio::select! {
                ready = stream.ready(interest) => if ready.is_ok_and(Ready::is_readable) {
                    match stream.try_read(&mut bytes) {
                        Ok(count @ 1..) => {
                            let bytes = bytes.get(..count).unwrap_or_default();
                            self.act(id, |tunnel, now, said| tunnel.receive_tcp(bytes, now, &mut random, said));
                        }
                        Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                        Ok(_) | Err(_) => self.act(id, Tunnel::tcp_lost),
                    }
                },
                () = wake.notified() => {}
                () = sleep(due) => self.act(id, |tunnel, now, said| tunnel.tick(now, &mut random, said)),
            }
        }
    }

    /// Writes what is to be written. Whether some is left and when time counts, or nothing once it is over.
    fn write(&self, id: u16, stream: &TcpStream) -> Option<(bool, Duration)> {
        let mut callers = self.callers.borrow_mut();
        let caller = callers.get_mut(&id)?;
        let now = self.began.elapsed();
        while !caller.tunnel.tcp_output().is_empty() {
            match stream.try_write(caller.tunnel.tcp_output()) {
                Ok(count) => caller.tunnel.tcp_sent(count, now),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(_) => return None,
            }
        }
        let waits = !caller.tunnel.tcp_output().is_empty();
        if caller.over && !waits {
            return None;
        }
        let due = caller.tunnel.deadline().map_or(PATIENCE, |due| due.saturating_sub(now));
        Some((waits, due))
    }

    /// Does something with a client's tunnel and then what it says.
    fn act(&self, id: u16, act: impl FnOnce(&mut Tunnel, Duration, &mut Vec<TunnelEvent>)) {
        let mut callers = self.callers.borrow_mut();
        let Some(caller) = callers.get_mut(&id) else { return };
        let (now, mut said) = (self.began.elapsed(), Vec::new());
        act(&mut caller.tunnel, now, &mut said);
        for event in said {
            match event {
                TunnelEvent::CallConnected { call } => caller.call = Some(call),
                TunnelEvent::Gre(packet) => self.send(caller.address, &packet),
                TunnelEvent::Link { event: LinkEvent::Up(addresses), .. } => {
                    caller.up = Some(addresses);
                    self.changed.notify_one();
                }
                TunnelEvent::CallDown { reason, .. } => {
                    (caller.up, caller.ended) = (None, Some(reason));
                    self.changed.notify_one();
                }
                TunnelEvent::Closed(reason) => {
                    caller.over = true;
                    caller.ended.get_or_insert(reason);
                }
                _ => {}
            }
        }
        caller.wake.notify_one();
    }

    fn send(&self, from: Ipv4Addr, bytes: &[u8]) {
        // What finds no room is lost, as on any network.
        self.gre.get_ref().send(&[GreSend { from, to: *self.server.ip(), bytes }]).ok();
    }

    async fn pump_gre(self: Rc<Self>) {
        let mut batch = GreReceived::default();
        while let Ok(mut ready) = self.gre.readable().await {
            if ready.get_inner().receive(&mut batch).is_err_and(|e| e.kind() == ErrorKind::WouldBlock) {
                ready.clear_ready();
                continue;
            }
            for packet in batch.packets().flatten() {
                let Some(id) = packet.bytes.get(6..8).and_then(|id| id.try_into().ok()) else { continue };
                let bytes = packet.bytes;
                self.act(u16::from_be_bytes(id), |tunnel, now, said| {
                    let came = tunnel.receive_gre(bytes, now, &mut random, said);
                    // Protocol ICMP, and an echo reply behind a header without options.
                    if came
                        .and_then(|(_, at)| bytes.get(at))
                        .is_some_and(|p| p.get(9) == Some(&1) && p.get(20) == Some(&0))
                    {
                        self.echoes.set(self.echoes.get() + 1);
                    }
                });
            }
            tokio::task::yield_now().await;
        }
    }

    fn count_up(&self) -> usize {
        self.callers.borrow().values().filter(|caller| caller.up.is_some()).count()
    }

    async fn until(&self, done: impl Fn() -> bool) {
        let wait = async {
            while !done() {
                drop(timeout(Duration::from_millis(20), self.changed.notified()).await);
            }
        };
        drop(timeout(PATIENCE, wait).await);
    }

    async fn raise(self: &Rc<Self>, number: usize) {
        self.until(|| {
            let (all, up) = (self.callers.borrow().len(), self.count_up());
            (all..number.min(up + STARTING)).for_each(|_| self.dial());
            up >= number
        })
        .await;
    }

    /// Those that are up for longest go first.
    async fn lower(&self, number: usize) {
        let ids: Vec<u16> = self.callers.borrow().keys().copied().collect();
        for id in ids.iter().take(ids.len().saturating_sub(number)) {
            self.act(*id, |tunnel, now, said| tunnel.stop(CloseReason::Local, now, &mut random, said));
        }
        self.until(|| self.callers.borrow().len() <= number).await;
    }

    /// Drops all connections; the server finds out by itself.
    fn lose(&self) {
        for (_, caller) in std::mem::take(&mut *self.callers.borrow_mut()) {
            caller.task.iter().for_each(JoinHandle::abort);
        }
    }

    async fn ping(&self) {
        self.echoes.set(0);
        let mut sent = 0;
        let ids: Vec<u16> = self.callers.borrow().keys().copied().collect();
        for (at, id) in ids.into_iter().enumerate() {
            if let Some(caller) = self.callers.borrow_mut().get_mut(&id)
                && let (Some(call), Some(addresses)) = (caller.call, caller.up)
                && let Some(packet) = echo_request(&addresses)
            {
                let mut out = Vec::new();
                if caller.tunnel.send_ip(call, &packet, self.began.elapsed(), &mut out).is_ok() {
                    self.send(caller.address, &out);
                    sent += 1;
                }
            }
            if at % 16 == 0 {
                sleep(Duration::from_millis(1)).await;
            }
        }
        let wait = async {
            while self.echoes.get() < sent {
                sleep(Duration::from_millis(20)).await;
            }
        };
        drop(timeout(Duration::from_secs(5), wait).await);
    }

    async fn obey(self: Rc<Self>) {
        let mut lines = commands();
        while let Some(line) = lines.recv().await {
            let mut words = line.split_whitespace();
            let verb = words.next().unwrap_or_default();
            let number = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
            match verb {
                "up" => self.raise(number).await,
                "down" => self.lower(number).await,
                "ping" => self.ping().await,
                "lost" => self.lose(),
                "quit" => return,
                _ => eprintln!("`{verb}` is none of up, down, ping, lost, quit"),
            }
            let (up, all) = (self.count_up(), self.callers.borrow().len());
            println!(
                "{{\"up\": {up}, \"clients\": {all}, \"echoes\": {}, \"ended\": {}}}",
                self.echoes.get(),
                self.refused.get()
            );
        }
    }
}

/// Lines from standard input, for which a thread of its own waits.
fn commands() -> mpsc::Receiver<String> {
    let (sender, lines) = mpsc::channel(1);
    std::thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            if sender.blocking_send(line).is_err() {
                return;
            }
        }
    });
    lines
}

/// An echo request (RFC 792) from the client's end of the link to the server's.
fn echo_request(addresses: &Addresses) -> Option<[u8; 84]> {
    let mut packet = [0; 84];
    packet[..12].copy_from_slice(&[0x45, 0, 0, 84, 0, 0, 0, 0, 64, 1, 0, 0]);
    packet[12..16].copy_from_slice(&addresses.local.octets());
    packet[16..20].copy_from_slice(&addresses.peer?.octets());
    packet[20] = 8;
    let (head, body) = packet.split_at_mut(20);
    let sum = checksum(head);
    head[10..12].copy_from_slice(&sum);
    let sum = checksum(body);
    body[2..4].copy_from_slice(&sum);
    Some(packet)
}

/// RFC 1071.
fn checksum(bytes: &[u8]) -> [u8; 2] {
    let words = bytes.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    (!u16::try_from(sum).unwrap_or(0)).to_be_bytes()
}

#[expect(
    deprecated,
    reason = "what replaces it is unsafe for types that could change their descriptor, which this cannot"
)]
fn open_gre() -> io::Result<AsyncFd<GreSocket>> {
    AsyncFd::with_interest(GreSocket::open()?, Interest::READABLE)
}

async fn run(arguments: Vec<String>) -> io::Result<()> {
    let usage = || io::Error::new(ErrorKind::InvalidInput, "SERVER[:PORT] FIRST-ADDRESS USER PASSWORD");
    let [server, first, user, password] = <[String; 4]>::try_from(arguments).map_err(|_| usage())?;
    let server = match server.parse() {
        Ok(server) => server,
        Err(_) => SocketAddrV4::new(server.parse().map_err(|_| usage())?, 1723),
    };
    let load = Rc::new(Load {
        server,
        first: first.parse().map_err(|_| usage())?,
        user,
        password,
        gre: open_gre()?,
        began: Instant::now(),
        callers: RefCell::default(),
        next: Cell::new(1),
        changed: Notify::new(),
        echoes: Cell::new(0),
        refused: Cell::new(0),
    });
    spawn_local(Rc::clone(&load).pump_gre());
    load.obey().await;
    Ok(())
}

fn main() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, run(std::env::args().skip(1).collect()))
}

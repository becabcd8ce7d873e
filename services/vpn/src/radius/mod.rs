//! RADIUS instead of the account store: whoever dials in is judged by another server, which is told how long they stay and may
//! have them sent away. It is the main process's; a worker knows no secret.

mod disconnect;
#[cfg(test)]
mod tests;

pub use disconnect::{Away, Disconnector};

use lanward_radius::{
    AccessAnswer, AccessRequest, AccountingRequest, Answer, Client, ClientStep, MAX_PACKET, Request,
    RetryPolicy, Secret,
};
use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::sleep_until;

/// One RADIUS server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RadiusServer {
    /// Where it is.
    pub address: IpAddr,
    /// Its port for access.
    pub port: u16,
    /// Its port for accounting; `None` if it is told nothing.
    pub accounting_port: Option<u16>,
    /// What it shares with this one.
    pub secret: Secret,
}

/// Asks RADIUS servers. It ends when the last copy is dropped.
#[derive(Debug, Clone)]
pub struct Radius {
    asks: mpsc::Sender<Ask>,
}

#[derive(Debug)]
enum Ask {
    Access(Box<AccessRequest>, oneshot::Sender<AccessAnswer>),
    Accounting(Box<AccountingRequest>),
}

/// Requests that wait for their turn.
const QUEUE: usize = 256;

/// Datagrams that wait to be read.
const DATAGRAMS: usize = 64;

impl Radius {
    /// Opens sockets to these servers, the one that is preferred first. Within a runtime.
    ///
    /// # Errors
    /// Those of the sockets.
    pub fn start(servers: &[RadiusServer], policy: RetryPolicy) -> io::Result<Self> {
        let access = Side::open(servers, policy, |server| Some(server.port))?;
        let accounting = Side::open(servers, policy, |server| server.accounting_port)?;
        let (asks, asked) = mpsc::channel(QUEUE);
        let run = Run { access, accounting, waiting: BTreeMap::new(), next: 0, began: Instant::now() };
        tokio::spawn(run.until_nobody_asks(asked));
        Ok(Self { asks })
    }

    /// Asks whether somebody may come in; `None` if no server answers.
    pub async fn access(&self, request: AccessRequest) -> Option<AccessAnswer> {
        let (answer, answered) = oneshot::channel();
        // Where so many wait already nobody is kept waiting longer than a client would.
        self.asks.try_send(Ask::Access(Box::new(request), answer)).ok()?;
        answered.await.ok()
    }

    /// Tells how it goes with somebody. Where too much is to be told it is not.
    pub fn tell(&self, request: AccountingRequest) {
        if self.asks.try_send(Ask::Accounting(Box::new(request))).is_err() {
            tracing::warn!("More is to be told to RADIUS servers than they take");
        }
    }
}

/// A client and its sockets.
#[derive(Debug)]
struct Side {
    client: Client,
    sockets: Vec<Arc<UdpSocket>>,
    datagrams: mpsc::Receiver<(usize, Vec<u8>)>,
    _readers: JoinSet<()>,
}

impl Side {
    fn open(
        servers: &[RadiusServer],
        policy: RetryPolicy,
        port: impl Fn(&RadiusServer) -> Option<u16>,
    ) -> io::Result<Self> {
        let (mut sockets, mut secrets, mut readers) = (Vec::new(), Vec::new(), JoinSet::new());
        let (read, datagrams) = mpsc::channel(DATAGRAMS);
        for server in servers {
            let Some(port) = port(server) else { continue };
            let any: IpAddr = match server.address {
                IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
                IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
            };
            let socket = std::net::UdpSocket::bind(SocketAddr::new(any, 0))?;
            // Only the server itself is heard.
            socket.connect(SocketAddr::new(server.address, port))?;
            socket.set_nonblocking(true)?;
            let socket = Arc::new(UdpSocket::from_std(socket)?);
            readers.spawn(hear(sockets.len(), Arc::clone(&socket), read.clone()));
            sockets.push(socket);
            secrets.push(server.secret.clone());
        }
        Ok(Self { client: Client::new(secrets, policy), sockets, datagrams, _readers: readers })
    }

    /// Sends what there is to send. Answers what came to its end.
    fn take(&self, steps: Vec<ClientStep>) -> Vec<(u64, Answer)> {
        let mut done = Vec::new();
        for step in steps {
            match step {
                ClientStep::Send { server, datagram } => {
                    // What cannot be sent now is sent again.
                    let sent = self.sockets.get(server).map(|socket| socket.try_send(&datagram));
                    if let Some(Err(error)) = sent {
                        tracing::debug!(server, %error, "A RADIUS server cannot be reached");
                    }
                }
                ClientStep::Unsigned { server } => tracing::warn!(
                    server,
                    "A RADIUS server's answers lack a Message-Authenticator, and anybody on the way could make them up: it must be told to send it"
                ),
                ClientStep::Done { token, answer } => done.push((token, *answer)),
            }
        }
        done
    }
}

/// Hands on what a server sends.
async fn hear(server: usize, socket: Arc<UdpSocket>, read: mpsc::Sender<(usize, Vec<u8>)>) {
    let mut buffer = vec![0; MAX_PACKET];
    loop {
        match socket.recv(&mut buffer).await {
            Ok(length) => {
                if read.send((server, buffer[..length].to_vec())).await.is_err() {
                    return;
                }
            }
            // Nobody listens there: it is told once for what was sent, and there may be somebody later.
            Err(error) => {
                tracing::debug!(server, %error, "A RADIUS server refuses");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

#[derive(Debug)]
struct Run {
    access: Side,
    accounting: Side,
    /// Who waits for an answer about access.
    waiting: BTreeMap<u64, oneshot::Sender<AccessAnswer>>,
    next: u64,
    began: Instant,
}

impl Run {
    async fn until_nobody_asks(mut self, mut asked: mpsc::Receiver<Ask>) {
        let mut over = false;
        while !over || self.accounting.client.deadline().is_some() {
            let deadline = [self.access.client.deadline(), self.accounting.client.deadline()];
            let deadline = deadline.into_iter().flatten().min();
            let at = deadline.map(|at| (self.began + at).into());
            tokio::select! {
                ask = asked.recv(), if !over => match ask {
                    Some(ask) => self.ask(ask),
                    None => over = true,
                },
                Some((server, datagram)) = self.access.datagrams.recv() => {
                    let mut out = Vec::new();
                    self.access.client.receive(server, &datagram, &mut out);
                    self.heard_of_access(out);
                }
                Some((server, datagram)) = self.accounting.datagrams.recv() => {
                    let mut out = Vec::new();
                    self.accounting.client.receive(server, &datagram, &mut out);
                    self.heard_of_accounting(out);
                }
                () = async { sleep_until(at.unwrap_or_else(|| Instant::now().into())).await }, if at.is_some() => {
                    self.tick();
                }
            }
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn ask(&mut self, ask: Ask) {
        self.next += 1;
        let (token, now, mut out) = (self.next, self.now(), Vec::new());
        match ask {
            Ask::Access(request, answer) => {
                let request = Request::Access(*request);
                if self.access.client.request(token, request, now, &mut random, &mut out).is_ok() {
                    self.waiting.insert(token, answer);
                }
                self.heard_of_access(out);
            }
            Ask::Accounting(request) => {
                let request = Request::Accounting(*request);
                if self.accounting.client.request(token, request, now, &mut random, &mut out).is_err() {
                    tracing::debug!("No RADIUS server takes more about accounting");
                }
                self.heard_of_accounting(out);
            }
        }
    }

    fn tick(&mut self) {
        let (now, mut out) = (self.now(), Vec::new());
        // Whoever asked may have left.
        let gone = self.waiting.iter().filter(|(_, answer)| answer.is_closed());
        let gone: Vec<u64> = gone.map(|(token, _)| *token).collect();
        for token in gone {
            self.waiting.remove(&token);
            self.access.client.forget(token);
        }
        self.access.client.tick(now, &mut random, &mut out);
        self.heard_of_access(core::mem::take(&mut out));
        self.accounting.client.tick(now, &mut random, &mut out);
        self.heard_of_accounting(out);
    }

    fn heard_of_access(&mut self, steps: Vec<ClientStep>) {
        for (token, answer) in self.access.take(steps) {
            let waiting = self.waiting.remove(&token);
            match (answer, waiting) {
                (Answer::Access(answer), Some(waiting)) => drop(waiting.send(answer)),
                (Answer::Nobody, Some(_)) => tracing::warn!("No RADIUS server answers about a logon"),
                _ => {}
            }
        }
    }

    fn heard_of_accounting(&mut self, steps: Vec<ClientStep>) {
        for (_, answer) in self.accounting.take(steps) {
            if answer == Answer::Nobody {
                tracing::warn!("No RADIUS server answers about accounting: what was told is lost");
            }
        }
    }
}

fn random(bytes: &mut [u8]) {
    let mut filled = 0;
    while filled < bytes.len() {
        let got = rustix::rand::getrandom(&mut bytes[filled..], rustix::rand::GetRandomFlags::empty());
        filled += got.expect("the operating system gives random bytes");
    }
}

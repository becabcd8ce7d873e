//! The process that serves those who dial in: it takes its descriptors, gives everything else up, and works until it is told to stop.

use crate::channel::Channel;
use crate::counters::Drop;
use crate::engine::{Connection, Engine};
use crate::messages::{Settings, ToMain, ToWorker};
use crate::sandbox::{Task, confine};
use lanward_sys::{GRE_BATCH, GRE_MAX, GreReceived, GreSend, GreSocket, Tun};
use std::cell::RefCell;
use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddrV4};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, LocalSet, spawn_local};
use tokio::time::{sleep, timeout};

/// How long those who are there have to take their leave.
const LEAVE: Duration = Duration::from_secs(4);

/// Packets taken from one side before the other has its turn.
const TURN: usize = 4 * GRE_BATCH;

/// How long to pause when the system has no descriptors left.
const EXHAUSTED: Duration = Duration::from_millis(100);

/// What all tasks share. Nothing awaits while it is borrowed.
#[derive(Debug)]
struct Worker {
    engine: RefCell<Engine>,
    gre: AsyncFd<GreSocket>,
    tun: AsyncFd<Tun>,
    channel: crate::Sender,
    timer: Notify,
    /// Until when the timer sleeps.
    armed: RefCell<Option<Duration>>,
    began: Instant,
    /// The other process does not listen: without it there is nothing to do.
    deaf: Notify,
}

/// Serves until the main process says so or is gone. `channel` is this process's end of the socket to it.
///
/// # Errors
/// What was passed is not what is needed, or the system's.
pub fn run(channel: UnixStream) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    LocalSet::new().block_on(&runtime, serve(channel))
}

async fn serve(channel: UnixStream) -> io::Result<()> {
    let mut channel = Channel::new(channel)?;
    let Some(ToWorker::Settings(settings)) = channel.receive().await? else {
        return Err(io::Error::new(ErrorKind::InvalidData, "the first message is another one"));
    };
    let passed = |fd: Option<OwnedFd>| {
        fd.ok_or_else(|| io::Error::new(ErrorKind::InvalidData, "a descriptor is missing"))
    };
    let gre = GreSocket::from_descriptor(passed(channel.take_descriptor())?);
    let tun = Tun::from_descriptor(passed(channel.take_descriptor())?, settings.interface.clone());
    let mut terminate = signal(SignalKind::terminate())?;
    rustix::thread::set_name(c"lanward-vpn")?;
    let confinement = confine(Task::Descriptors)?;
    channel.sender().send(&ToMain::Ready { lacks: confinement.lacks })?;
    let worker = Rc::new(Worker {
        engine: RefCell::new(Engine::new(Settings::clone(&settings))),
        gre: readable(gre)?,
        tun: readable(tun)?,
        channel: channel.sender(),
        timer: Notify::new(),
        armed: RefCell::new(None),
        began: Instant::now(),
        deaf: Notify::new(),
    });
    let pumps = [
        spawn_local(Rc::clone(&worker).pump_gre()),
        spawn_local(Rc::clone(&worker).pump_tun()),
        spawn_local(Rc::clone(&worker).watch_time()),
    ];
    let mut listeners: HashMap<SocketAddrV4, Listening> = HashMap::new();
    let told = async {
        while let Ok(Some(message)) = channel.receive().await {
            match message {
                ToWorker::Stop => return,
                ToWorker::Listen(address) => {
                    let listener = channel.take_descriptor().ok_or(ErrorKind::InvalidData);
                    let listening = listener.map_err(io::Error::from).and_then(|fd| worker.listen(fd));
                    match listening {
                        Ok(listening) => drop(listeners.insert(address, listening)),
                        Err(error) => tracing::warn!(%address, %error, "Nobody can dial in here"),
                    }
                }
                ToWorker::Unlisten(address) => drop(listeners.remove(&address)),
                message => worker.act(|engine, now| engine.told(message, now)),
            }
        }
    };
    tokio::select! {
        () = told => {}
        _ = terminate.recv() => {}
        () = worker.deaf.notified() => {}
    }
    drop(listeners);
    worker.act(|engine, now| engine.told(ToWorker::Stop, now));
    let left = async {
        while !worker.engine.borrow().is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    if timeout(LEAVE, left).await.is_err() {
        tracing::debug!("Not everybody took leave in time");
    }
    // What the last ones were worth is on its way.
    sleep(Duration::from_millis(50)).await;
    pumps.iter().for_each(JoinHandle::abort);
    Ok(())
}

/// Stops listening when it is dropped.
#[derive(Debug)]
struct Listening(JoinHandle<()>);

impl std::ops::Drop for Listening {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Worker {
    /// Does something with the engine and then what it wants done.
    fn act<T>(&self, act: impl FnOnce(&mut Engine, Duration) -> T) -> T {
        let now = self.began.elapsed();
        let mut engine = self.engine.borrow_mut();
        let done = act(&mut engine, now);
        self.send_packets(&mut engine);
        for packet in std::mem::take(&mut engine.outbox.inward) {
            if self.tun.get_ref().send(&packet).is_err() {
                engine.count(Drop::InnerRefused);
            }
        }
        for message in std::mem::take(&mut engine.outbox.told) {
            if self.channel.send(&message).is_err() {
                self.deaf.notify_one();
            }
        }
        let due = engine.deadline();
        let armed = *self.armed.borrow();
        if due.is_some_and(|due| armed.is_none_or(|armed| due < armed)) {
            self.timer.notify_one();
        }
        done
    }

    fn send_packets(&self, engine: &mut Engine) {
        let mut failed = 0;
        let packets: Vec<GreSend<'_>> =
            engine.outbox.packets().map(|(from, to, bytes)| GreSend { from, to, bytes }).collect();
        let mut rest = packets.as_slice();
        while !rest.is_empty() {
            // What finds no room is lost, as on any network: waiting would hold up everybody.
            let sent = self.gre.get_ref().send(rest).unwrap_or(0);
            failed += usize::from(sent == 0);
            rest = rest.get(sent.max(1)..).unwrap_or_default();
        }
        drop(packets);
        engine.outbox.clear_packets();
        (0..failed).for_each(|_| engine.count(Drop::SendFailed));
    }

    async fn pump_gre(self: Rc<Self>) {
        let mut batch = GreReceived::default();
        while let Ok(mut ready) = self.gre.readable().await {
            let mut taken = 0;
            while taken < TURN {
                match self.gre.get_ref().receive(&mut batch) {
                    Ok(()) => {}
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {
                        ready.clear_ready();
                        break;
                    }
                    // Errors of ICMP that came back: they end nothing.
                    Err(_) => break,
                }
                taken += batch.count();
                self.act(|engine, now| {
                    let tun = self.tun.get_ref();
                    for packet in batch.packets() {
                        match packet {
                            Some(packet) => {
                                engine.gre(packet.from, packet.bytes, now, &mut |inner| {
                                    tun.send(inner).is_ok()
                                });
                            }
                            None => engine.count(Drop::GreLength),
                        }
                    }
                });
            }
            tokio::task::yield_now().await;
        }
    }

    async fn pump_tun(self: Rc<Self>) {
        let mut packet = vec![0; GRE_MAX];
        while let Ok(mut ready) = self.tun.readable().await {
            let mut empty = false;
            self.act(|engine, now| {
                for _ in 0..TURN {
                    match self.tun.get_ref().receive(&mut packet) {
                        Ok(length) => engine.outward(packet.get_mut(..length).unwrap_or_default(), now),
                        Err(_) => {
                            empty = true;
                            return;
                        }
                    }
                }
            });
            if empty {
                ready.clear_ready();
            }
            tokio::task::yield_now().await;
        }
    }

    async fn watch_time(self: Rc<Self>) {
        loop {
            let due = self.engine.borrow().deadline();
            *self.armed.borrow_mut() = due;
            let now = self.began.elapsed();
            let wait = due.map_or(Duration::from_hours(1), |due| due.saturating_sub(now));
            tokio::select! {
                () = sleep(wait) => self.act(Engine::tick),
                () = self.timer.notified() => {}
            }
        }
    }

    fn listen(self: &Rc<Self>, listener: OwnedFd) -> io::Result<Listening> {
        // It does not block already: this process may not even say so.
        let listener = TcpListener::from_std(listener.into())?;
        Ok(Listening(spawn_local(Rc::clone(self).accept(listener))))
    }

    async fn accept(self: Rc<Self>, listener: TcpListener) {
        loop {
            let (stream, peer) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::debug!(%error, "accept");
                    sleep(EXHAUSTED).await;
                    continue;
                }
            };
            let Some((peer, local)) = ends(&stream, peer.ip()) else { continue };
            if let Some(connection) = self.act(|engine, now| engine.connected(peer, local, now)) {
                spawn_local(Rc::clone(&self).converse(stream, connection));
            }
        }
    }

    /// Serves a control connection.
    async fn converse(self: Rc<Self>, stream: TcpStream, connection: Connection) {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "nodelay");
        }
        let Connection { route, wake } = connection;
        loop {
            let waits = match self.engine.borrow().output(route) {
                None => break,
                Some(output) => !output.is_empty(),
            };
            let interest = if waits { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
            let ready = tokio::select! {
                ready = stream.ready(interest) => ready,
                () = wake.notified() => continue,
            };
            let Ok(ready) = ready else { break };
            if ready.is_writable() && !self.write(&stream, route) {
                break;
            }
            if ready.is_readable() && !self.read(&stream, route) {
                break;
            }
        }
        self.act(|engine, now| engine.disconnected(route, now));
    }

    /// Whether the connection is still there.
    fn read(&self, stream: &TcpStream, route: lanward_ppp::tunnel::Route) -> bool {
        let mut bytes = [0; 1024];
        match stream.try_read(&mut bytes) {
            Ok(0) => false,
            Ok(count) => {
                let bytes = bytes.get(..count).unwrap_or_default();
                self.act(|engine, now| engine.received(route, bytes, now));
                true
            }
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        }
    }

    /// Whether the connection is still there.
    fn write(&self, stream: &TcpStream, route: lanward_ppp::tunnel::Route) -> bool {
        let sent = match self.engine.borrow().output(route) {
            Some(output) if !output.is_empty() => stream.try_write(output),
            _ => return true,
        };
        match sent {
            Ok(count) => {
                self.act(|engine, now| engine.sent(route, count, now));
                true
            }
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        }
    }
}

/// For waiting until a descriptor has something to read.
#[expect(
    deprecated,
    reason = "what replaces it is unsafe for types that could change their descriptor, which these cannot"
)]
pub(crate) fn readable<T: std::os::fd::AsRawFd>(inner: T) -> io::Result<AsyncFd<T>> {
    AsyncFd::with_interest(inner, Interest::READABLE)
}

/// Who is at either end of a connection.
fn ends(stream: &TcpStream, peer: IpAddr) -> Option<(Ipv4Addr, Ipv4Addr)> {
    let local = stream.local_addr().ok()?.ip();
    match (peer.to_canonical(), local.to_canonical()) {
        (IpAddr::V4(peer), IpAddr::V4(local)) => Some((peer, local)),
        _ => None,
    }
}

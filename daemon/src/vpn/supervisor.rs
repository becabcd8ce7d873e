//! The worker: started, listened to, and replaced when it is gone.

use super::judge::judge;
use super::radius::{Accounts, Judges};
use super::remedy::remedy;
use super::{Live, Privileged, VpnSession};
use crate::config::VpnSection;
use anyhow::{Context as _, Result};
use lanward_server::{Event, Server};
use lanward_vpn::{Answer, Channel, Machine, Settings, ToMain, ToWorker};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddrV4, TcpListener};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::time::{Instant, interval, sleep};

/// How long to wait before a new worker, when the last one did not last.
const PAUSE: Duration = Duration::from_millis(200);

/// The longest such wait.
const LONGEST_PAUSE: Duration = Duration::from_millis(1_600);

/// A worker that has served for so long has not failed at once.
const LASTED: Duration = Duration::from_secs(30);

/// How often is asked what sessions have carried.
const REPORT: Duration = Duration::from_secs(10);

/// Logons that are judged at once; more of them wait in the worker.
const ASKED: usize = 64;

/// What the worker is to be told.
#[derive(Debug)]
pub(super) enum Command {
    Machine(Machine),
    Listen(SocketAddrV4, TcpListener),
    Unlisten(SocketAddrV4),
    /// By the worker's numbers.
    Disconnect(Vec<u64>),
    Report(oneshot::Sender<()>),
    Stop,
}

#[derive(Debug)]
pub(super) struct Supervisor {
    server: Arc<Server>,
    live: Arc<Mutex<Live>>,
    privileged: Privileged,
    settings: Settings,
    section: VpnSection,
    /// Who says what is right, if not the account store.
    judges: Option<Judges>,
    accounts: Option<Accounts>,
    /// Those that may be judged at once, whatever a worker says.
    judging: Arc<Semaphore>,
    commands: mpsc::Receiver<Command>,
    /// Both kept for every worker to come.
    machine: Machine,
    listeners: BTreeMap<SocketAddrV4, TcpListener>,
    reports: BTreeMap<u64, oneshot::Sender<()>>,
    next_report: u64,
}

/// Why nobody listens to a worker any more.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Lost,
    Stopped,
}

/// A worker that runs, until this is dropped.
#[derive(Debug)]
struct Running {
    child: Child,
    channel: Channel,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended, or hangs.
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            tracing::debug!(%error, "a process of the VPN is left");
        }
    }
}

impl Supervisor {
    pub(super) fn new(
        server: Arc<Server>,
        live: Arc<Mutex<Live>>,
        privileged: Privileged,
        settings: Settings,
        section: VpnSection,
        judges: Option<Judges>,
        commands: mpsc::Receiver<Command>,
    ) -> Self {
        let (listeners, reports) = (BTreeMap::new(), BTreeMap::new());
        let accounts = judges.clone().map(Accounts::new);
        let judging = Arc::new(Semaphore::new(settings.limits.starting.clamp(ASKED, 1 << 16)));
        Self {
            server,
            live,
            privileged,
            settings,
            section,
            judges,
            accounts,
            judging,
            commands,
            machine: Machine::default(),
            listeners,
            reports,
            next_report: 0,
        }
    }

    /// Has a worker serve until told to stop.
    pub(super) async fn run(mut self) {
        let mut pause = PAUSE;
        loop {
            let began = Instant::now();
            let end = match self.start() {
                Ok(mut running) => self.serve(&mut running).await,
                Err(error) => {
                    tracing::error!("the VPN does not start: {error:#}");
                    End::Lost
                }
            };
            self.reports.clear();
            self.forget(end == End::Stopped);
            if end == End::Stopped {
                return;
            }
            pause = if began.elapsed() > LASTED { PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
            tracing::error!("The VPN's process has ended: another one serves in {} ms", pause.as_millis());
            if self.waits(pause).await == End::Stopped {
                return;
            }
        }
    }

    fn start(&self) -> Result<Running> {
        let (own, theirs) = Channel::pair()?;
        let mut command = std::process::Command::new("/proc/self/exe");
        command.arg0("lanward").arg("vpn-worker").stdin(OwnedFd::from(theirs)).stdout(Stdio::null());
        // A Ctrl-C at a terminal is for the main process, which lets it end properly.
        command.process_group(0);
        let child = command.spawn().context("starting a process for the VPN")?;
        let running = Running { child, channel: Channel::new(own)? };
        let sender = running.channel.sender();
        let descriptors = vec![copy(&self.privileged.gre)?, copy(&self.privileged.tun)?];
        sender.send_with(&ToWorker::Settings(Box::new(self.settings.clone())), descriptors)?;
        sender.send(&ToWorker::Machine(self.machine.clone()))?;
        for (address, listener) in &self.listeners {
            sender.send_with(&ToWorker::Listen(*address), vec![copy(listener)?])?;
        }
        Ok(running)
    }

    async fn serve(&mut self, running: &mut Running) -> End {
        let sender = running.channel.sender();
        let mut reports = interval(REPORT);
        let (answers, mut answered) = mpsc::channel::<(u64, Answer)>(ASKED);
        let mut stopping = false;
        loop {
            let told = tokio::select! {
                message = running.channel.receive() => match message {
                    Ok(Some(message)) => self.hear(message, &answers),
                    Ok(None) if stopping => return End::Stopped,
                    Ok(None) => return End::Lost,
                    Err(error) => {
                        tracing::error!(%error, "The VPN's process makes no sense");
                        return End::Lost;
                    }
                },
                Some((token, answer)) = answered.recv() => {
                    sender.send(&ToWorker::Answer { token, answer: Box::new(answer) })
                }
                command = self.commands.recv(), if !stopping => {
                    stopping = matches!(command, None | Some(Command::Stop));
                    self.command(command.unwrap_or(Command::Stop), &sender)
                }
                _ = reports.tick() => self.ask_report(None, &sender),
            };
            if told.is_err() {
                return if stopping { End::Stopped } else { End::Lost };
            }
        }
    }

    fn command(&mut self, command: Command, sender: &lanward_vpn::Sender) -> std::io::Result<()> {
        match command {
            Command::Machine(machine) => {
                self.machine.clone_from(&machine);
                sender.send(&ToWorker::Machine(machine))
            }
            Command::Listen(address, listener) => {
                let passed = copy(&listener)?;
                self.keep(address, Some(listener));
                sender.send_with(&ToWorker::Listen(address), vec![passed])
            }
            Command::Unlisten(address) => {
                self.keep(address, None);
                sender.send(&ToWorker::Unlisten(address))
            }
            Command::Disconnect(sessions) => sender.send(&ToWorker::Disconnect { sessions: Some(sessions) }),
            Command::Report(told) => self.ask_report(Some(told), sender),
            Command::Stop => sender.send(&ToWorker::Stop),
        }
    }

    fn ask_report(
        &mut self,
        told: Option<oneshot::Sender<()>>,
        sender: &lanward_vpn::Sender,
    ) -> std::io::Result<()> {
        self.next_report += 1;
        self.reports.extend(told.map(|told| (self.next_report, told)));
        sender.send(&ToWorker::Report { token: self.next_report })
    }

    fn keep(&mut self, address: SocketAddrV4, listener: Option<TcpListener>) {
        match listener {
            Some(listener) => drop(self.listeners.insert(address, listener)),
            None => drop(self.listeners.remove(&address)),
        }
        let listening = self.listeners.keys().copied().collect();
        self.live().listening = listening;
    }

    /// Waits without a worker. What is to be listened at meanwhile the next one is told.
    async fn waits(&mut self, pause: Duration) -> End {
        let over = Instant::now() + pause;
        loop {
            let command = tokio::select! {
                () = sleep(over - Instant::now()) => return End::Lost,
                command = self.commands.recv() => command,
            };
            match command {
                Some(Command::Machine(machine)) => self.machine = machine,
                Some(Command::Listen(address, listener)) => self.keep(address, Some(listener)),
                Some(Command::Unlisten(address)) => self.keep(address, None),
                Some(Command::Disconnect(_) | Command::Report(_)) => {}
                Some(Command::Stop) | None => return End::Stopped,
            }
        }
    }

    fn hear(&mut self, message: ToMain, answers: &mpsc::Sender<(u64, Answer)>) -> std::io::Result<()> {
        match message {
            ToMain::Ready { lacks } => {
                for lack in &lacks {
                    tracing::warn!("The VPN's process is less confined than it should be: {lack}");
                }
                self.live().ready(lacks);
            }
            ToMain::Check { token, peer, check } => self.check(token, peer, &check, answers.clone()),
            ToMain::Begun(_) if self.live().count() >= self.settings.limits.sessions => {
                // The worker counts them, and this one does not any more.
                return Err(std::io::ErrorKind::InvalidData.into());
            }
            ToMain::Begun(begun) => {
                tracing::info!(user = begun.user, peer = %begun.peer, address = %begun.address,
                    encryption = begun.encryption.as_deref().unwrap_or("none"), "Dialled in");
                self.server.event(Event::DialledIn {
                    user: begun.user.clone(),
                    peer: begun.peer,
                    address: begun.address,
                    method: begun.method.clone(),
                    encryption: begun.encryption.clone(),
                });
                let id = self.live().number(begun.id);
                if let Some(accounts) = &mut self.accounts {
                    accounts.begun(id, &begun);
                }
                self.live().begun(*begun);
            }
            ToMain::Ended(ended) => {
                let id = self.live().number(ended.id);
                if let Some(accounts) = &mut self.accounts {
                    accounts.ended(id, &ended);
                }
                let session = self.live().ended(&ended);
                if let Some(session) = session {
                    self.tell_ended(&session, &ended.reason);
                }
            }
            ToMain::Failed { peer, user, reason } => {
                match remedy(&reason) {
                    Some(remedy) => tracing::info!(%peer, user, reason, "Did not dial in: {remedy}"),
                    None => tracing::info!(%peer, user, reason, "Did not dial in"),
                }
                self.live().failed(&reason);
                self.server.event(Event::DialInFailed { peer, claimed: user, why: reason });
            }
            ToMain::GreBlocked { peer } => {
                tracing::warn!(%peer, "Control packets come and no data: something between here and there drops GRE (IP protocol 47)");
                self.live().gre_blocked();
            }
            ToMain::Carried(carried) => {
                if let Some(accounts) = &mut self.accounts {
                    let live = self.live.lock().unwrap_or_else(PoisonError::into_inner);
                    accounts.carried(&carried, |id| live.number(id));
                }
                self.live().carried(&carried);
            }
            ToMain::Report { token, report } => {
                self.live().reported(*report);
                if let Some(told) = self.reports.remove(&token) {
                    // Whoever asked may have left.
                    told.send(()).ok();
                }
            }
        }
        Ok(())
    }

    /// Judges away from everything else: accounts may be written on the way.
    fn check(
        &self,
        token: u64,
        peer: Ipv4Addr,
        check: &lanward_vpn::Check,
        answers: mpsc::Sender<(u64, Answer)>,
    ) {
        // A worker that asks faster than it takes answers goes without.
        let answer = move |answer| drop(answers.try_send((token, answer)));
        let Some(request) = check.request() else { return answer(Answer::unavailable()) };
        let Ok(permit) = Arc::clone(&self.judging).try_acquire_owned() else {
            return answer(Answer::unavailable());
        };
        if let Some(judges) = self.judges.clone() {
            tokio::spawn(async move {
                answer(judges.judge(peer, request).await);
                drop(permit);
            });
            return;
        }
        let (server, section) = (Arc::clone(&self.server), self.section.clone());
        tokio::task::spawn_blocking(move || {
            answer(judge(&server, &section, peer, &request));
            drop(permit);
        });
    }

    /// The worker is gone.
    fn forget(&mut self, expected: bool) {
        if let Some(accounts) = &mut self.accounts {
            accounts.lost(expected);
        }
        let gone = self.live().lost(expected);
        for session in &gone {
            self.tell_ended(session, "worker-lost");
        }
    }

    fn tell_ended(&self, session: &VpnSession, reason: &str) {
        tracing::info!(user = session.user, peer = %session.peer, address = %session.address, seconds = session.seconds,
            received = session.octets_in, sent = session.octets_out, reason, "Hung up");
        self.server.event(Event::HungUp {
            user: session.user.clone(),
            peer: session.peer,
            address: session.address,
            lasted: Duration::from_secs(session.seconds),
            octets: (session.octets_in, session.octets_out),
            why: reason.to_owned(),
        });
    }

    fn live(&self) -> std::sync::MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn copy(descriptor: &impl std::os::fd::AsFd) -> std::io::Result<OwnedFd> {
    descriptor.as_fd().try_clone_to_owned()
}

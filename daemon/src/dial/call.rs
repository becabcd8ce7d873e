//! One call: what needs privilege is opened, and a process started that has it and nothing else.

use super::line::Line;
use super::meaning::{GRE, meaning};
use super::network::{Configured, configure};
use super::{End, Lost, Plan, Stop, opened};
use anyhow::{Context as _, Result, bail};
use lanward_sys::{GreSocket, Tun};
use lanward_vpn::{Channel, Dial, FromDial, ToDial};
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Stdio};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(15);

/// How long hanging up may take.
const LEAVE: Duration = Duration::from_secs(8);

/// A process that calls, until this is dropped.
pub(super) struct Call {
    child: Child,
    channel: Channel,
    tun: Tun,
    server: Ipv4Addr,
}

impl Drop for Call {
    fn drop(&mut self) {
        // It has ended, or hangs.
        if let Err(error) = self.child.kill().and_then(|()| self.child.wait()) {
            tracing::debug!(%error, "a process that called is left");
        }
    }
}

impl Call {
    /// Connects and has a process call. `None`: it was told to stop before there was anything to hang up.
    ///
    /// # Errors
    /// The server cannot be reached, or something is missing here.
    pub(super) async fn begin(plan: &Plan, gre: &GreSocket, stop: &mut Stop) -> Result<Option<Self>> {
        // First what does not get better by waiting.
        let tun = opened(
            Tun::create(&plan.interface),
            &format!("no interface {}", plan.interface),
            "CAP_NET_ADMIN",
        )?;
        let tcp = tokio::select! {
            connected = timeout(CONNECT, connect(&plan.host, plan.port)) => {
                connected.with_context(|| format!("{} does not answer", plan.host))??
            }
            () = stop.asked() => return Ok(None),
        };
        let (IpAddr::V4(server), IpAddr::V4(local)) = (tcp.peer_addr()?.ip(), tcp.local_addr()?.ip()) else {
            bail!("{} has no IPv4 address", plan.host);
        };
        let (own, theirs) = Channel::pair()?;
        let mut command = std::process::Command::new("/proc/self/exe");
        command.arg0("lanward").arg("dial-worker").stdin(OwnedFd::from(theirs)).stdout(Stdio::null());
        // A Ctrl-C at a terminal is for this process, which lets it hang up.
        command.process_group(0);
        let child = command.spawn().context("starting a process that calls")?;
        let call = Self { child, channel: Channel::new(own)?, tun, server };
        let dial = Box::new(Dial {
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            server,
            local,
            user: plan.user.clone(),
            password: plan.password.clone(),
            encryption_required: plan.encryption_required,
            weak_keys: plan.weak_keys,
            stateful: plan.stateful,
            stateful_flush: plan.stateful_flush,
            mtu: plan.mtu,
        });
        let gre = gre.as_fd().try_clone_to_owned()?;
        let tun = call.tun.as_fd().try_clone_to_owned()?;
        let tcp = OwnedFd::from(tcp.into_std()?);
        call.channel.sender().send_with(&ToDial::Dial(dial), vec![gre, tun, tcp])?;
        Ok(Some(call))
    }

    /// Tells what happens until the call is over.
    ///
    /// # Errors
    /// What the server granted cannot be configured.
    pub(super) async fn run(mut self, plan: &Plan, line: &Line, stop: &mut Stop) -> Result<End> {
        let mut configured: Option<Configured> = None;
        let mut blocked = false;
        loop {
            let message = tokio::select! {
                message = self.channel.receive() => message,
                () = stop.asked() => {
                    self.channel.sender().send(&ToDial::Stop)?;
                    return self.leave().await;
                }
            };
            match message {
                Ok(Some(FromDial::Up(up))) => {
                    // What was there before is taken back first.
                    drop(configured.take());
                    configured = Some(configure(plan, &self.tun, self.server, &up)?);
                    line.up(self.tun.name(), &up)?;
                }
                Ok(Some(FromDial::GreBlocked)) => {
                    blocked = true;
                    line.blocked()?;
                }
                Ok(Some(FromDial::Ended { reason, hopeless, .. })) => {
                    // Whoever gives up first, that is why.
                    let meaning = if blocked && configured.is_none() { Some(GRE) } else { meaning(&reason) };
                    return Ok(End::Lost(Lost { reason, meaning, hopeless }));
                }
                Ok(None) | Err(_) => {
                    let reason = "the process that called has ended".to_owned();
                    return Ok(End::Lost(Lost { reason, ..Lost::default() }));
                }
            }
        }
    }

    /// Waits until the server has been told.
    async fn leave(&mut self) -> Result<End> {
        let over = async {
            while let Ok(Some(message)) = self.channel.receive().await {
                if matches!(message, FromDial::Ended { .. }) {
                    return;
                }
            }
        };
        if timeout(LEAVE, over).await.is_err() {
            tracing::debug!("the server did not say goodbye");
        }
        Ok(End::HungUp)
    }
}

/// A connection to the first address of a host that takes one.
async fn connect(host: &str, port: u16) -> Result<TcpStream> {
    let addresses = tokio::net::lookup_host((host, port)).await;
    let addresses: Vec<_> = addresses.with_context(|| format!("there is no {host}"))?.collect();
    let mut last = None;
    for address in addresses.into_iter().filter(std::net::SocketAddr::is_ipv4) {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    match last {
        Some(error) => Err(error).with_context(|| format!("{host} cannot be called")),
        None => bail!("{host} has no IPv4 address"),
    }
}

//! Dialling in to somebody else's PPTP server: a process of its own for each call, which has the descriptors and nothing else; addresses and routes
//! are this one's.

mod call;
mod line;
mod meaning;
mod name_servers;
mod network;
mod rights;

pub(crate) use network::Destination;

use crate::exit::Refused;
use anyhow::{Context as _, Result};
use call::Call;
use lanward_ppp::link::CloseReason;
use lanward_sys::GreSocket;
use lanward_vpn::StatefulFlush;
use line::Line;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::sleep;
use zeroize::Zeroizing;

/// How long to wait before the next call, when the last one did not last.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest such wait.
const LONGEST_PAUSE: Duration = Duration::from_secs(64);

/// A line that was up for so long has not failed at once.
const LASTED: Duration = Duration::from_mins(1);

/// Calls in a row that a server may refuse to somebody whose password is right: an earlier line may be what is in the way until the server misses it,
/// which takes some minutes; whoever may not come in at all does not knock for ever.
const REFUSALS: u32 = 9;

/// Whether to call again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Again {
    Never,
    WhenLost,
}

/// Whom to call, as whom, and what for.
pub(crate) struct Plan {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) user: String,
    pub(crate) password: Zeroizing<String>,
    pub(crate) routes: Vec<Destination>,
    pub(crate) default_route: bool,
    pub(crate) resolv_conf: Option<PathBuf>,
    pub(crate) interface: String,
    pub(crate) mtu: u16,
    pub(crate) encryption_required: bool,
    pub(crate) weak_keys: bool,
    pub(crate) stateful: bool,
    pub(crate) stateful_flush: StatefulFlush,
    pub(crate) again: Again,
    pub(crate) json: bool,
}

/// How a call ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// As it was told to.
    HungUp,
    /// By itself; another try may do better unless it is hopeless.
    Lost(Lost),
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Lost {
    reason: String,
    /// What that means to who called.
    meaning: Option<&'static str>,
    hopeless: bool,
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.reason)?;
        self.meaning.map_or(Ok(()), |meaning| write!(f, " ({meaning})"))
    }
}

/// Calls until somebody says that it is enough, or nothing helps.
///
/// # Errors
/// What cannot be done; that the server refused, or the line was lost and is not to be called again.
pub(crate) fn run(plan: Plan) -> Result<()> {
    if let Some(file) = &plan.resolv_conf {
        name_servers::check(file)?;
    }
    let gre = opened(GreSocket::open(), "no GRE socket", "CAP_NET_RAW")?;
    rights::keep_what_is_needed(plan.resolv_conf.is_some()).context("giving up privileges")?;
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(Box::pin(dial(plan, gre)))
}

async fn dial(plan: Plan, gre: GreSocket) -> Result<()> {
    let mut stop =
        Stop { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? };
    let line = Line { json: plan.json };
    let (mut pause, mut refusals) = (PAUSE, 0);
    loop {
        let began = Instant::now();
        line.calling(&plan.host)?;
        let end = match Call::begin(&plan, &gre, &mut stop).await {
            Ok(Some(call)) => call.run(&plan, &line, &mut stop).await?,
            Ok(None) => End::HungUp,
            Err(error) if is_for_good(&error) => return Err(error),
            Err(error) => End::Lost(Lost { reason: format!("{error:#}"), ..Lost::default() }),
        };
        let lost = match end {
            End::HungUp => return line.over(&Lost { reason: "local".to_owned(), ..Lost::default() }),
            End::Lost(lost) => lost,
        };
        line.over(&lost)?;
        refusals = if lost.reason == CloseReason::NotPermitted.name() { refusals + 1 } else { 0 };
        let patience = if plan.again == Again::Never { 1 } else { REFUSALS };
        if lost.hopeless || refusals >= patience {
            return Err(Refused::User(format!("{} does not let {} in: {lost}", plan.host, plan.user)).into());
        }
        if plan.again == Again::Never {
            return Err(Refused::Unavailable(format!("the line to {} is lost: {lost}", plan.host)).into());
        }
        pause = if began.elapsed() > LASTED { PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
        let wait = jittered(pause);
        line.waiting(wait)?;
        tokio::select! {
            () = sleep(wait) => {}
            () = stop.asked() => return Ok(()),
        }
    }
}

/// Rights and devices that are missing do not come by waiting.
fn is_for_good(error: &anyhow::Error) -> bool {
    use std::io::ErrorKind;
    let io = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    io.is_some_and(|io| matches!(io.kind(), ErrorKind::PermissionDenied | ErrorKind::InvalidInput))
}

/// Three to five quarters of a time, so that those a server lost at once do not all come back at once.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0; 1];
    rustix::rand::getrandom(&mut byte, rustix::rand::GetRandomFlags::empty()).ok();
    pause * 3 / 4 + pause * u32::from(byte[0]) / 512
}

/// What ends it from outside.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// What went wrong, with the right that is missing where it is one.
fn opened<T>(result: std::io::Result<T>, what: &str, capability: &str) -> Result<T> {
    let lacks = matches!(&result, Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied);
    let remedy = if lacks { format!("{what}: this process lacks {capability}") } else { what.to_owned() };
    result.context(remedy)
}

#[cfg(test)]
mod tests {
    use super::{LONGEST_PAUSE, jittered};

    #[test]
    fn waits_are_spread_and_bounded() {
        let waits: std::collections::BTreeSet<_> = (0..200).map(|_| jittered(LONGEST_PAUSE)).collect();
        assert!(waits.len() > 10);
        assert!(waits.iter().all(|wait| (48..=80).contains(&wait.as_secs())));
    }
}

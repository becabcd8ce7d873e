//! When a session has been unused for long enough (behaviours 1.12, 1.23), and a connection silent.

use crate::link::Link;
use lanward_nt::FileTime;
use lanward_server::{Session, Settings};
use std::time::Duration;
use tokio::time::Instant;

/// What becomes of a session that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Idle {
    /// It ends.
    Ended,
    /// It is to be looked at again after this time, if at all.
    LookAgain(Option<Duration>),
}

/// Judges one session, and hangs up its pipes and devices that nobody uses. `nothing_waits`: no request of its connection does.
pub(crate) fn verdict(session: &Session, nothing_waits: bool, settings: &Settings, clock: FileTime) -> Idle {
    session.hang_up_idle_pipes(settings.pipe_idle);
    session.give_back_idle_devices();
    // What is open keeps nobody here whom nobody knows.
    let unused = session.is_anonymous() || (session.open_count() == 0 && nothing_waits);
    let limit = match session.is_anonymous() {
        true => Some(settings.anonymous_idle_disconnect),
        false => settings.idle_disconnect,
    };
    let remaining = limit.map(|limit| limit.saturating_sub(session.idle(clock)));
    if unused && remaining.is_some_and(|remaining| remaining.is_zero()) {
        return Idle::Ended;
    }
    Idle::LookAgain(remaining.filter(|remaining| !remaining.is_zero()).or(limit))
}

/// A look at all sessions of a connection.
#[derive(Debug)]
pub(crate) struct Look {
    next: Duration,
    ended: bool,
    left: bool,
}

impl Look {
    pub(crate) const fn new() -> Self {
        Self { next: Duration::from_secs(15), ended: false, left: false }
    }

    /// Notes what becomes of a session; whether it ends.
    pub(crate) fn ends(&mut self, verdict: Idle) -> bool {
        match verdict {
            Idle::Ended => self.ended = true,
            Idle::LookAgain(after) => {
                self.left = true;
                self.next = self.next.min(after.unwrap_or(self.next));
            }
        }
        verdict == Idle::Ended
    }

    /// When to look again; the connection ends with the last of its sessions.
    pub(crate) fn next(self) -> Result<Duration, &'static str> {
        if self.ended && !self.left { Err("idle") } else { Ok(self.next) }
    }
}

/// Ends a connection that has not logged on or stalls in a frame.
pub(crate) fn check_arrival(link: &Link, logged_on: bool, settings: &Settings) -> Result<(), &'static str> {
    let now = Instant::now();
    if !logged_on && now - link.started() >= settings.authentication_deadline {
        return Err("not logged on in time");
    }
    if link.is_late(now) { Err("a frame did not arrive in time") } else { Ok(()) }
}

/// When to look again at a connection, of which the sessions are to be looked at after `next`. Where nobody is logged on any more there is nobody,
/// either.
pub(crate) fn next_look(
    link: &Link,
    nobody: bool,
    next: Duration,
    settings: &Settings,
) -> Result<Instant, &'static str> {
    /// Nobody looks more often.
    const LEAST: Duration = Duration::from_millis(100);
    let now = Instant::now();
    if !nobody {
        return Ok(now + next.max(LEAST));
    }
    let quiet = now - link.heard();
    let left = settings.anonymous_idle_disconnect.checked_sub(quiet).filter(|left| !left.is_zero());
    Ok(now + next.min(left.ok_or("idle")?).max(LEAST))
}

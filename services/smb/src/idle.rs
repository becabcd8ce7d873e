//! When a session has been unused for long enough (behaviours 1.12, 1.23).

use lanward_nt::FileTime;
use lanward_server::{Session, Settings};
use std::time::Duration;

/// What becomes of a session that is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Idle {
    /// It ends.
    Ended,
    /// It is to be looked at again after this time, if at all.
    LookAgain(Option<Duration>),
}

/// Judges one session, and hangs up its pipes that nobody uses. `nothing_waits`: no request of its connection does.
pub(crate) fn verdict(session: &Session, nothing_waits: bool, settings: &Settings, clock: FileTime) -> Idle {
    session.hang_up_idle_pipes(settings.pipe_idle);
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

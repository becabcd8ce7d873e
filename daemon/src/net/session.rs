//! Rows of `lanward net session`.

use crate::control::Security;
use lanward_nt::FileTime;
use lanward_server::{HeldOpen, PipeOpen, Session, UserKind};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

/// A session as its server shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct NetSession {
    /// With two backslashes in front.
    pub(crate) computer: String,
    /// Empty for a NULL session.
    pub(crate) user: String,
    pub(crate) client_type: String,
    pub(crate) opens: u32,
    pub(crate) connected_seconds: u64,
    pub(crate) idle_seconds: u64,
    pub(crate) guest: bool,
    /// What only the server itself tells.
    pub(crate) here: Option<Here>,
}

/// What a server knows of its own session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Here {
    pub(crate) id: u32,
    /// What the client calls itself; empty if it did not say.
    pub(crate) client_name: String,
    pub(crate) client: SocketAddr,
    pub(crate) zone: String,
    pub(crate) security: Security,
    /// The pipes it has open, for which alone a NULL session is there (behaviours 1.6 and 1.9).
    pub(crate) why: Vec<Why>,
}

/// A pipe that a session has open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Why {
    pub(crate) pipe: String,
    /// The operation that was called last, by its number.
    pub(crate) operation: Option<u16>,
    pub(crate) open_seconds: u64,
    /// The printers that are open by it.
    #[serde(default)]
    pub(crate) printers: Vec<OpenPrinter>,
}

/// A printer that is open by a pipe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct OpenPrinter {
    pub(crate) name: String,
    pub(crate) open_seconds: u64,
}

impl NetSession {
    pub(crate) fn of(session: &Session, now: FileTime) -> Self {
        let user = session.user();
        Self {
            computer: format!("\\\\{}", session.peer().ip().to_canonical()),
            user: user.name.to_string_lossy(),
            client_type: String::new(),
            opens: session.open_count(),
            connected_seconds: now.0.saturating_sub(session.since().0) / 10_000_000,
            idle_seconds: session.idle(now).as_secs(),
            guest: user.kind == UserKind::Guest,
            here: Some(Here {
                id: session.global_id(),
                client_name: session.client_name().to_string_lossy(),
                client: session.peer(),
                zone: session.zone().name.clone(),
                security: Security::of(session),
                why: why(session),
            }),
        }
    }

    /// Whether a computer's name, with backslashes in front or without, or its address means this session's.
    pub(crate) fn is_of(&self, computer: &str) -> bool {
        let bare = |name: &str| name.trim_start_matches('\\').to_lowercase();
        let wanted = bare(computer);
        bare(&self.computer) == wanted
            || self.here.as_ref().is_some_and(|here| !wanted.is_empty() && bare(&here.client_name) == wanted)
    }
}

fn why(session: &Session) -> Vec<Why> {
    let trees = session.trees();
    let pipes = trees.iter().flat_map(|tree| tree.opens()).filter_map(|open| open.pipe().cloned());
    let why = |pipe: Arc<PipeOpen>| {
        let (name, activity) = (pipe.name().to_owned(), pipe.activity());
        let printer = |held: HeldOpen| OpenPrinter {
            name: held.name.to_string_lossy(),
            open_seconds: held.age().as_secs(),
        };
        Why {
            pipe: name,
            operation: activity.last_operation(),
            open_seconds: activity.age().as_secs(),
            printers: activity.open().into_iter().map(printer).collect(),
        }
    };
    pipes.map(why).collect()
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\\PIPE\\{}", self.pipe)?;
        self.operation.iter().try_for_each(|operation| write!(f, " opnum {operation}"))?;
        write!(f, " {}", Clock(self.open_seconds))?;
        self.printers.iter().try_for_each(|OpenPrinter { name, open_seconds }| {
            write!(f, " ({name} {})", Clock(*open_seconds))
        })
    }
}

impl NetSession {
    pub(crate) const fn idle(&self) -> Clock {
        Clock(self.idle_seconds)
    }

    pub(crate) const fn connected(&self) -> Clock {
        Clock(self.connected_seconds)
    }

    /// The heads of the columns.
    pub(crate) const HEAD: &str =
        "Computer               User name            Client Type       Opens Idle time";
}

impl fmt::Display for NetSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { computer, user, client_type, opens, .. } = self;
        write!(f, "{computer:<22} {user:<20} {client_type:<17} {opens:>5} {}", self.idle())?;
        // Who has a name needs no other reason.
        let mut why = self.here.iter().filter(|_| user.is_empty()).flat_map(|here| &here.why);
        why.try_for_each(|why| write!(f, "  {why}"))
    }
}

/// Seconds as the command shows them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock(u64);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hours, minutes, seconds) = (self.0 / 3_600, self.0 / 60 % 60, self.0 % 60);
        write!(f, "{hours:02}:{minutes:02}:{seconds:02}")
    }
}

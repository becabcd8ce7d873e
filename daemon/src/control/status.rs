//! What a server is doing: views over the core's lists, for people and programs alike.

use super::{PrinterView, Security};
use crate::run::now;
use lanward_nt::FileTime;
use lanward_server::{Server, Session, ShareOrigin, UserKind};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::SocketAddr;

/// A server at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Status {
    pub(crate) version: String,
    pub(crate) name: String,
    pub(crate) workgroup: String,
    pub(crate) uptime_seconds: u64,
    pub(crate) stopping: bool,
    pub(crate) counts: Counts,
    pub(crate) listeners: Vec<Listener>,
    pub(crate) shares: Vec<ShareStatus>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) printers: Vec<PrinterView>,
    pub(crate) sessions: Vec<SessionStatus>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Counts {
    pub(crate) connections: usize,
    pub(crate) sessions: usize,
    pub(crate) tree_connects: usize,
    pub(crate) opens: usize,
    pub(crate) bytes_received: u64,
    pub(crate) bytes_sent: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Listener {
    pub(crate) address: SocketAddr,
    pub(crate) connections: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct ShareStatus {
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) comment: String,
    pub(crate) read_only: bool,
    pub(crate) guests: bool,
    pub(crate) uses: u32,
    /// Who made it what it is: `configuration`, `changed`, `management` or `temporary`.
    pub(crate) origin: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct SessionStatus {
    pub(crate) id: u32,
    pub(crate) user: String,
    pub(crate) kind: String,
    pub(crate) client: SocketAddr,
    /// What the client calls itself; empty if it did not say.
    pub(crate) client_name: String,
    #[serde(flatten)]
    pub(crate) security: Security,
    pub(crate) zone: String,
    pub(crate) shares: Vec<String>,
    pub(crate) opens: u32,
    pub(crate) connected_seconds: u64,
    pub(crate) idle_seconds: u64,
}

impl Status {
    /// The server as it is now.
    pub(crate) fn of(server: &Server) -> Self {
        let now = now();
        let connections = server.connections();
        let (bytes_received, bytes_sent) = connections
            .iter()
            .map(|connection| connection.bytes())
            .fold((0, 0), |(received, sent), (r, s)| (received + r, sent + s));
        let sessions: Vec<_> = server.sessions().iter().map(|session| session_status(session, now)).collect();
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            name: server.identity().name.clone(),
            workgroup: server.identity().workgroup.clone(),
            uptime_seconds: seconds_between(server.started(), now),
            stopping: server.is_draining(),
            counts: Counts {
                connections: connections.len(),
                sessions: sessions.len(),
                tree_connects: server.tree_connects().len(),
                opens: server.open_count(),
                bytes_received,
                bytes_sent,
            },
            listeners: listeners(server),
            shares: shares(server),
            printers: PrinterView::all(server),
            sessions,
        }
    }
}

fn seconds_between(earlier: FileTime, later: FileTime) -> u64 {
    later.0.saturating_sub(earlier.0) / 10_000_000
}

fn listeners(server: &Server) -> Vec<Listener> {
    let transports = server.transports();
    transports.iter().map(|t| Listener { address: t.address(), connections: t.connections() }).collect()
}

fn shares(server: &Server) -> Vec<ShareStatus> {
    let shares = server.shares();
    let disks = shares.iter().filter(|share| !share.is_ipc() && !share.is_printer());
    disks
        .map(|share| ShareStatus {
            name: share.name.to_string_lossy(),
            path: share.path.to_string_lossy(),
            comment: share.comment.to_string_lossy(),
            read_only: share.read_only,
            guests: share.guest_ok,
            uses: share.current_uses(),
            origin: origin(share.origin).to_owned(),
        })
        .collect()
}

const fn origin(origin: ShareOrigin) -> &'static str {
    match origin {
        ShareOrigin::BuiltIn => "built-in",
        ShareOrigin::Configuration => "configuration",
        ShareOrigin::Changed => "changed",
        ShareOrigin::Management => "management",
        ShareOrigin::Temporary => "temporary",
    }
}

fn session_status(session: &Session, now: FileTime) -> SessionStatus {
    let user = session.user();
    SessionStatus {
        id: session.global_id(),
        user: user.name.to_string_lossy(),
        kind: match user.kind {
            UserKind::Named => "named",
            UserKind::Guest => "guest",
            UserKind::Anonymous => "anonymous",
        }
        .to_owned(),
        client: session.peer(),
        client_name: session.client_name().to_string_lossy(),
        security: Security::of(session),
        zone: session.zone().name.clone(),
        shares: session.trees().iter().map(|tree| tree.share().name.to_string_lossy()).collect(),
        opens: session.open_count(),
        connected_seconds: seconds_between(session.since(), now),
        idle_seconds: session.idle(now).as_secs(),
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, workgroup, version, counts, .. } = self;
        let stopping = if self.stopping { ", stopping" } else { "" };
        let up = span(self.uptime_seconds);
        writeln!(f, "{name} in {workgroup}, lanward {version}, up {up}{stopping}")?;
        writeln!(
            f,
            "{} connections, {} sessions, {} tree connects, {} opens",
            counts.connections, counts.sessions, counts.tree_connects, counts.opens
        )?;
        writeln!(f, "\n{:<48} CONNECTIONS", "LISTENING ON")?;
        for listener in &self.listeners {
            writeln!(f, "{:<48} {}", listener.address.to_string(), listener.connections)?;
        }
        writeln!(f, "\n{:<20} {:<5} {:<8} PATH", "SHARE", "USES", "ACCESS")?;
        for share in &self.shares {
            let access = if share.read_only { "read" } else { "change" };
            writeln!(f, "{:<20} {:<5} {:<8} {}", share.name, share.uses, access, share.path)?;
        }
        if !self.printers.is_empty() {
            writeln!(f, "\n{}", PrinterView::HEAD)?;
        }
        for printer in &self.printers {
            write!(f, "{printer}")?;
        }
        writeln!(
            f,
            "\n{:<20} {:<28} {:<8} {:<12} {:<12} {:<10} {:<6} {:<8} SHARES",
            "USER", "CLIENT", "DIALECT", "SIGNING", "ENCRYPTION", "LOGON", "OPENS", "IDLE"
        )?;
        for s in &self.sessions {
            let user = if s.kind == "named" { s.user.clone() } else { format!("{} ({})", s.user, s.kind) };
            let (client, idle, shares) = (s.client.to_string(), span(s.idle_seconds), s.shares.join(" "));
            let (dialect, logon) = (&s.security.dialect, &s.security.authentication);
            let (signing, cipher) = (s.security.signing_word(), s.security.cipher_word());
            write!(f, "{user:<20} {client:<28} {dialect:<8} {signing:<12} {cipher:<12} {logon:<10} ")?;
            writeln!(f, "{:<6} {idle:<8} {shares}", s.opens)?;
        }
        Ok(())
    }
}

/// Seconds as people read them: `3d 4h`, `5m 6s`.
fn span(seconds: u64) -> String {
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match () {
        () if days > 0 => format!("{days}d {}h", hours % 24),
        () if hours > 0 => format!("{hours}h {}m", minutes % 60),
        () if minutes > 0 => format!("{minutes}m {}s", seconds % 60),
        () => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn spans() {
        let cases = [(0, "0s"), (61, "1m 1s"), (3_600, "1h 0m"), (90_000, "1d 1h")];
        for (seconds, text) in cases {
            assert_eq!(span(seconds), text);
        }
    }
}

use crate::messages::Usage;
use lanward_ppp::tunnel::{CallKey, Route, Tunnel};
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;
use tokio::sync::Notify;

/// What whoever serves a connection keeps of it.
#[derive(Debug)]
pub(crate) struct Connection {
    /// Its tunnel.
    pub(crate) route: Route,
    /// Something is to be sent, or the tunnel is over.
    pub(crate) wake: Rc<Notify>,
}

/// A tunnel and its connection.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) tunnel: Tunnel,
    pub(super) peer: Ipv4Addr,
    pub(super) local: Ipv4Addr,
    pub(super) wake: Rc<Notify>,
    /// The one that is in the list.
    pub(super) deadline: Option<Duration>,
    pub(super) session: Option<Box<Session>>,
    /// What is left is to be sent, then the connection closed.
    pub(super) over: bool,
    /// Until when it may be sent.
    pub(super) until: Option<Duration>,
}

/// A call of a tunnel.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) key: CallKey,
    /// What this end calls the call.
    pub(super) call_id: u16,
    /// Since it is up.
    pub(super) id: Option<u64>,
    /// Whom it claims to be, and then is.
    pub(super) user: String,
    pub(super) accepted: bool,
    pub(super) method: &'static str,
    pub(super) address: Option<Ipv4Addr>,
    pub(super) mtu: u16,
    pub(super) since: Duration,
    pub(super) usage: Usage,
}

/// A question to the main process.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked {
    pub(super) route: Route,
    pub(super) call: CallKey,
    pub(super) token: u32,
}

impl Entry {
    pub(super) const fn new(tunnel: Tunnel, peer: Ipv4Addr, local: Ipv4Addr, wake: Rc<Notify>) -> Self {
        Self { tunnel, peer, local, wake, deadline: None, session: None, over: false, until: None }
    }

    pub(super) fn is_up(&self) -> bool {
        self.session.as_ref().is_some_and(|session| session.id.is_some())
    }
}

impl Session {
    pub(super) fn new(key: CallKey, call_id: u16, now: Duration) -> Self {
        Self {
            key,
            call_id,
            id: None,
            user: String::new(),
            accepted: false,
            method: "",
            address: None,
            mtu: 0,
            since: now,
            usage: Usage::default(),
        }
    }

    pub(super) fn usage(&self, now: Duration) -> Usage {
        Usage { seconds: now.saturating_sub(self.since).as_secs(), ..self.usage }
    }
}

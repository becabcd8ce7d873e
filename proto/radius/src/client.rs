use crate::access::AccessRequest;
use crate::access_answer::AccessAnswer;
use crate::accounting::AccountingRequest;
use crate::packet::{Code, Packet, Secret, authenticator_of};
use core::time::Duration;
use std::collections::BTreeMap;

/// What a server is asked or told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// Whether somebody may come in.
    Access(AccessRequest),
    /// How long somebody has been there.
    Accounting(AccountingRequest),
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Of [`Request::Access`].
    Access(AccessAnswer),
    /// Of [`Request::Accounting`].
    Accounted,
    /// No server answered.
    Nobody,
}

/// What a client wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientStep {
    /// Send this to a server.
    Send {
        /// Which, in the order they were named.
        server: usize,
        /// What.
        datagram: Vec<u8>,
    },
    /// An answer of a server who knows the secret lacks a Message-Authenticator, and is none: the server must be told to send it.
    Unsigned {
        /// Which.
        server: usize,
    },
    /// A request has come to its end.
    Done {
        /// The request's token.
        token: u64,
        /// What came of it.
        answer: Box<Answer>,
    },
}

/// How long servers are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// For one answer.
    pub wait: Duration,
    /// How often one server is asked.
    pub tries: u8,
    /// How long a server that did not answer is asked last.
    pub dead: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { wait: Duration::from_secs(3), tries: 3, dead: Duration::from_secs(60) }
    }
}

/// No more requests can wait for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooMany;

/// Asks one of several servers, and the next one where it does not answer.
#[derive(Debug)]
pub struct Client {
    servers: Vec<Server>,
    policy: RetryPolicy,
    pending: BTreeMap<u64, Pending>,
}

#[derive(Debug)]
struct Server {
    secret: Secret,
    dead_until: Option<Duration>,
    /// Which request has an identifier.
    identifiers: BTreeMap<u8, u64>,
    next: u8,
}

#[derive(Debug)]
struct Pending {
    request: Request,
    /// Servers that were not asked yet, the next one last.
    left: Vec<usize>,
    server: usize,
    identifier: u8,
    datagram: Vec<u8>,
    tries: u8,
    deadline: Duration,
}

impl Client {
    /// Of servers with these secrets, the one that is preferred first.
    #[must_use]
    pub fn new(secrets: Vec<Secret>, policy: RetryPolicy) -> Self {
        let server = |secret| Server { secret, dead_until: None, identifiers: BTreeMap::new(), next: 0 };
        Self { servers: secrets.into_iter().map(server).collect(), policy, pending: BTreeMap::new() }
    }

    /// Asks. `token` names the request and is not that of another that waits.
    ///
    /// # Errors
    /// Too many wait at every server.
    pub fn request(
        &mut self,
        token: u64,
        request: Request,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<ClientStep>,
    ) -> Result<(), TooMany> {
        let dead = |server: &Server| server.dead_until.is_some_and(|until| now < until);
        let (mut left, alive): (Vec<_>, Vec<_>) =
            self.servers.iter().enumerate().partition(|(_, server)| dead(server));
        left.reverse();
        left.extend(alive.into_iter().rev());
        let left: Vec<_> = left.into_iter().map(|(at, _)| at).collect();
        let pending = self.ask(token, request, left, now, rng, out).ok_or(TooMany)?;
        self.pending.insert(token, pending);
        Ok(())
    }

    /// Sends a request to the first server that is left and has room.
    fn ask(
        &mut self,
        token: u64,
        request: Request,
        mut left: Vec<usize>,
        now: Duration,
        rng: &mut dyn FnMut(&mut [u8]),
        out: &mut Vec<ClientStep>,
    ) -> Option<Pending> {
        loop {
            let at = left.pop()?;
            let Some(server) = self.servers.get_mut(at) else { continue };
            let Some(identifier) = server.identifier(token) else { continue };
            let datagram = match &request {
                Request::Access(access) => {
                    let mut authenticator = [0; 16];
                    rng(&mut authenticator);
                    access.encode(identifier, &authenticator, &server.secret)
                }
                Request::Accounting(accounting) => accounting.encode(identifier, &server.secret),
            };
            out.push(ClientStep::Send { server: at, datagram: datagram.clone() });
            let deadline = now.saturating_add(self.policy.wait);
            return Some(Pending { request, left, server: at, identifier, datagram, tries: 1, deadline });
        }
    }

    /// A datagram from a server. What does not answer a request, or comes of somebody without the secret, is ignored.
    pub fn receive(&mut self, server: usize, datagram: &[u8], out: &mut Vec<ClientStep>) {
        let Ok(packet) = Packet::decode(datagram) else { return };
        let Some(from) = self.servers.get_mut(server) else { return };
        let Some(token) = from.identifiers.get(&packet.identifier).copied() else { return };
        let Some(pending) = self.pending.get(&token) else { return };
        let authenticator = authenticator_of(&pending.datagram);
        let answer = match &pending.request {
            Request::Access(access) => {
                let proof = &access.request.proof;
                let unsigned = packet.message_authenticator(&authenticator, &from.secret).is_none();
                if unsigned && packet.answers(&authenticator, &from.secret) {
                    out.push(ClientStep::Unsigned { server });
                }
                AccessAnswer::of(&packet, &authenticator, &from.secret, proof).map(Answer::Access)
            }
            Request::Accounting(_) => {
                let right = packet.code == Code::ACCOUNTING_RESPONSE
                    && packet.answers(&authenticator, &from.secret)
                    && packet.message_authenticator(&authenticator, &from.secret) != Some(false);
                right.then_some(Answer::Accounted)
            }
        };
        let Some(answer) = answer else { return };
        from.dead_until = None;
        from.identifiers.remove(&packet.identifier);
        self.pending.remove(&token);
        out.push(ClientStep::Done { token, answer: Box::new(answer) });
    }

    /// Nobody waits for an answer any more.
    pub fn forget(&mut self, token: u64) {
        if let Some(pending) = self.pending.remove(&token) {
            self.release(&pending);
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Duration, rng: &mut dyn FnMut(&mut [u8]), out: &mut Vec<ClientStep>) {
        let due = self.pending.iter().filter(|(_, pending)| pending.deadline <= now);
        let due: Vec<u64> = due.map(|(token, _)| *token).collect();
        for token in due {
            let Some(mut pending) = self.pending.remove(&token) else { continue };
            if pending.tries < self.policy.tries {
                pending.tries = pending.tries.saturating_add(1);
                pending.deadline = now.saturating_add(self.policy.wait);
                out.push(ClientStep::Send { server: pending.server, datagram: pending.datagram.clone() });
                self.pending.insert(token, pending);
                continue;
            }
            self.release(&pending);
            if let Some(server) = self.servers.get_mut(pending.server) {
                server.dead_until = Some(now.saturating_add(self.policy.dead));
            }
            match self.ask(token, pending.request, pending.left, now, rng, out) {
                Some(next) => drop(self.pending.insert(token, next)),
                None => out.push(ClientStep::Done { token, answer: Box::new(Answer::Nobody) }),
            }
        }
    }

    /// When [`Client::tick`] has something to do.
    #[must_use]
    pub fn deadline(&self) -> Option<Duration> {
        self.pending.values().map(|pending| pending.deadline).min()
    }

    fn release(&mut self, pending: &Pending) {
        if let Some(server) = self.servers.get_mut(pending.server) {
            server.identifiers.remove(&pending.identifier);
        }
    }
}

impl Server {
    /// One that no request has; the one that was free longest, so that late answers find nothing.
    fn identifier(&mut self, token: u64) -> Option<u8> {
        let first = self.next;
        loop {
            let identifier = self.next;
            self.next = identifier.wrapping_add(1);
            if let std::collections::btree_map::Entry::Vacant(place) = self.identifiers.entry(identifier) {
                place.insert(token);
                return Some(identifier);
            }
            if self.next == first {
                return None;
            }
        }
    }
}

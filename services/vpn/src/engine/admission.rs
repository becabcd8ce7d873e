//! Whoever was accepted gets an address, if there is room. Sessions of the same user that nobody is at any more make room.

use super::calls::refusal;
use super::entry::{Asked, Entry, Session};
use super::{Engine, random};
use crate::counters::Drop;
use crate::messages::Answer;
use lanward_ppp::authentication::{Acceptance, Grant, MsChapError, Verdict};
use lanward_ppp::tunnel::{CallKey, CloseReason, Route};
use std::net::Ipv4Addr;
use std::time::Duration;

/// How long sessions have to show that somebody is there, when their user calls once more than he may.
const PATIENCE: Duration = Duration::from_secs(3);

/// Somebody who was accepted and finds no room yet.
#[derive(Debug)]
pub(super) struct Waiting {
    /// When there may be some.
    pub(super) due: Duration,
    /// When there is none.
    until: Duration,
    token: u64,
    user: String,
    answer: Answer,
}

impl Engine {
    /// The main process has judged.
    pub(super) fn answered(&mut self, token: u64, answer: Answer, now: Duration) {
        self.consider(token, answer, None, now);
    }

    /// A session of this user is gone.
    pub(super) fn made_room(&mut self, user: &str, now: Duration) {
        for waiting in self.waiting.iter_mut().filter(|waiting| waiting.user.eq_ignore_ascii_case(user)) {
            waiting.due = now;
        }
    }

    /// Considers those again for whom there may be room now.
    pub(super) fn consider_waiting(&mut self, now: Duration) {
        let due: Vec<_> = self.waiting.extract_if(.., |waiting| waiting.due <= now).collect();
        for Waiting { until, token, answer, .. } in due {
            self.consider(token, answer, Some(until), now);
        }
    }

    /// Lets somebody in or not; or, where that may help, waits until it is known who of the others is still there.
    fn consider(&mut self, token: u64, answer: Answer, until: Option<Duration>, now: Duration) {
        let Some(Asked { route, call, token: asked }) = self.asked.get(&token).copied() else { return };
        let session = self.entry(route).and_then(|entry| entry.session.as_ref());
        if session.is_none_or(|session| session.key != call) {
            self.asked.remove(&token);
            return;
        }
        if let Answer::Accepted { user, address, .. } = &answer
            && until.is_none_or(|until| now < until)
            && !self.has_room(route, user, *address, now)
        {
            let until = until.unwrap_or_else(|| {
                self.probe(route, user, now);
                now.saturating_add(PATIENCE)
            });
            let user = user.clone();
            self.waiting.push(Waiting { due: until, until, token, user, answer });
            return;
        }
        self.asked.remove(&token);
        let verdict = self.verdict(route, answer);
        self.with(route, now, |entry, said| {
            entry.tunnel.authenticated(call, asked, verdict, now, &mut random, said);
        });
    }

    fn verdict(&mut self, route: Route, answer: Answer) -> Verdict {
        let (user, authenticator_response, keys, address, terms) = match answer {
            Answer::Refused { error, retry } => return refusal(error, retry),
            Answer::Accepted { user, authenticator_response, keys, address, terms } => {
                (user, authenticator_response, keys, address, terms)
            }
        };
        match self.admit(route, &user, address) {
            Ok(address) => Verdict::Accepted(Box::new(Acceptance {
                authenticator_response,
                keys: keys.map(|keys| keys.keys()).unwrap_or_default(),
                grant: Grant {
                    address: Some(address),
                    dns: terms.dns.unwrap_or(self.settings.dns),
                    wins: terms.wins.unwrap_or(self.settings.wins),
                    session_timeout: terms.session_timeout,
                    idle_timeout: terms.idle_timeout,
                },
            })),
            Err(why) => {
                self.counters.count(why);
                tracing::warn!(user, why = why.name(), "Somebody who may dial in finds no room");
                refusal(MsChapError::NoDialInPermission.number(), false)
            }
        }
    }

    /// Whether a user may have one more session, with this address if it is always his: another one of his that has it is replaced.
    fn has_room(&mut self, route: Route, user: &str, fixed: Option<Ipv4Addr>, now: Duration) -> bool {
        let holder = fixed.and_then(|fixed| self.by_address.get(&fixed).copied());
        let is_theirs = |session: &&Session| session.user.eq_ignore_ascii_case(user);
        let holder = self.entries().find_map(|(other, entry)| {
            let session = entry.session.as_deref().filter(is_theirs)?;
            (other != route && Some(other.slot) == holder).then_some((other, session.key))
        });
        if let Some((other, key)) = holder {
            self.release(other.slot);
            self.with(other, now, |entry, said| {
                entry.tunnel.close_call(key, CloseReason::Superseded, now, &mut random, said);
            });
        }
        self.of_user(route, user).len() < self.settings.limits.sessions_per_user
    }

    /// Asks all sessions of a user but this one whether anybody is there.
    fn probe(&mut self, route: Route, user: &str, now: Duration) {
        for (other, key) in self.of_user(route, user) {
            self.with(other, now, |entry, said| {
                entry.tunnel.probe(key, PATIENCE, now, &mut random, said);
            });
        }
    }

    /// The accepted sessions of a user but this one.
    fn of_user(&self, but: Route, user: &str) -> Vec<(Route, CallKey)> {
        let is_theirs = |session: &&Session| session.accepted && session.user.eq_ignore_ascii_case(user);
        // One that was up and is not any more takes its leave, of a peer that may be gone.
        let stays =
            |entry: &Entry, session: &Session| session.id.is_none() || entry.tunnel.is_up(session.key);
        let others = self.entries().filter(|(route, _)| *route != but);
        others
            .filter_map(|(route, entry)| {
                let session = entry.session.as_deref().filter(is_theirs)?;
                stays(entry, session).then_some((route, session.key))
            })
            .collect()
    }

    /// Gives whoever was accepted an address.
    fn admit(&mut self, route: Route, user: &str, fixed: Option<Ipv4Addr>) -> Result<Ipv4Addr, Drop> {
        self.release(route.slot);
        if self.of_user(route, user).len() >= self.settings.limits.sessions_per_user {
            return Err(Drop::TooManyOfUser);
        }
        let address = match fixed {
            Some(fixed) => self.pool.take_fixed(fixed).then_some(fixed),
            None => self.pool.take(),
        };
        let address = address.ok_or(Drop::NoAddress)?;
        self.by_address.insert(address, route.slot);
        let entry = self.slots.get_mut(route.slot as usize).and_then(|place| place.entry.as_deref_mut());
        if let Some(session) = entry.and_then(|entry| entry.session.as_deref_mut()) {
            session.user = user.to_owned();
            session.accepted = true;
            session.address = Some(address);
        }
        Ok(address)
    }
}

//! What tunnels say, and what becomes of it.

use super::entry::{Asked, Session};
use super::{Engine, random};
use crate::counters::Drop;
use crate::messages::{Check, Ended, SessionBegun, ToMain};
use lanward_auth::mschap::KeyStrength;
use lanward_ppp::authentication::{AuthenticationRequest, Method, MsChapError, Proof, Verdict};
use lanward_ppp::link::{Addresses, Encryption, LinkConfig, LinkEvent, LinkTimers, MppePolicy};
use lanward_ppp::tunnel::{CallKey, CloseReason, Route, TunnelEvent};
use std::net::Ipv4Addr;
use std::time::Duration;

/// How long a peer has to read that its tunnel is over.
const LAST_WORDS: Duration = Duration::from_secs(5);

impl Engine {
    /// Does what a tunnel said.
    pub(super) fn hear(&mut self, slot: u32, now: Duration) {
        // What is done may make it say more.
        while !self.said.is_empty() {
            let said = std::mem::take(&mut self.said);
            for event in said {
                self.event(slot, event, now);
            }
        }
    }

    fn event(&mut self, slot: u32, event: TunnelEvent, now: Duration) {
        match event {
            TunnelEvent::Established { .. } | TunnelEvent::CallConnected { .. } => {}
            TunnelEvent::CallRequested { call, .. } => self.requested(slot, call, now),
            TunnelEvent::Gre(packet) => {
                let Some((peer, local)) = self.ends(slot) else { return };
                let done: Result<(), std::convert::Infallible> = self.outbox.send(local, peer, |out| {
                    out.extend_from_slice(&packet);
                    Ok(())
                });
                let Ok(()) = done;
            }
            TunnelEvent::Ip { mut packet, .. } => {
                let mut held = Vec::new();
                self.inward(slot, &mut packet, &mut |packet| {
                    held.push(packet.to_vec());
                    true
                });
                self.outbox.inward.append(&mut held);
            }
            TunnelEvent::Link { call, event } => self.link_event(slot, call, event, now),
            TunnelEvent::GreBlocked { .. } => {
                let Some((peer, _)) = self.ends(slot) else { return };
                self.outbox.told.push(ToMain::GreBlocked { peer });
            }
            TunnelEvent::CallDown { call, reason, .. } => self.down(slot, call, reason, now),
            TunnelEvent::Closed(reason) => {
                let Some(entry) = self.slots.get_mut(slot as usize).and_then(|place| place.entry.as_mut())
                else {
                    return;
                };
                (entry.over, entry.until) = (true, Some(now.saturating_add(LAST_WORDS)));
                tracing::debug!(peer = %entry.peer, %reason, "A control connection is over");
            }
        }
    }

    fn ends(&self, slot: u32) -> Option<(Ipv4Addr, Ipv4Addr)> {
        let entry = self.slots.get(slot as usize)?.entry.as_ref()?;
        Some((entry.peer, entry.local))
    }

    fn route(&self, slot: u32) -> Route {
        Route { slot, generation: self.slots.get(slot as usize).map_or(0, |place| place.generation) }
    }

    fn requested(&mut self, slot: u32, call: CallKey, now: Duration) {
        let sessions = self.entries().filter(|(_, entry)| entry.session.is_some()).count();
        let link = self.link_config();
        let route = self.route(slot);
        let full = sessions >= self.settings.limits.sessions;
        if full {
            self.counters.count(Drop::TooManySessions);
        }
        let Some(entry) = self.slots.get_mut(slot as usize).and_then(|place| place.entry.as_deref_mut())
        else {
            return;
        };
        let id = match full || self.stopping {
            true => None,
            false => self.demux.allocate(entry.peer, route, now, &mut random),
        };
        match id {
            Some(id) => {
                entry.session = Some(Box::new(Session::new(call, id, now)));
                entry.tunnel.accept_call(call, id, link, now, &mut random, &mut self.said);
            }
            None => entry.tunnel.refuse_call(call, false, now, &mut self.said),
        }
    }

    fn link_config(&self) -> LinkConfig {
        let settings = &self.settings;
        let security = &settings.security;
        let mut config = LinkConfig::server(settings.name.as_bytes(), settings.address);
        // 4 bytes are the header of encryption and the number of the protocol inside.
        config.mru = settings.mtu.saturating_add(4);
        config.methods = vec![Method::MsChapV2];
        config.methods.extend(security.eap.then_some(Method::Eap));
        config.methods.extend(security.mschap_v1.then_some(Method::MsChapV1));
        let weak = security.weak_keys.then_some([KeyStrength::Bits56, KeyStrength::Bits40]);
        config.mppe = MppePolicy {
            required: security.encryption_required,
            strengths: [KeyStrength::Bits128].into_iter().chain(weak.into_iter().flatten()).collect(),
            stateful: security.stateful,
            flush: security.stateful_flush.rule(),
        };
        config.timers = LinkTimers {
            echo: settings.echo_interval,
            idle: settings.idle_timeout,
            session: settings.session_timeout,
            ..LinkTimers::default()
        };
        config
    }

    fn link_event(&mut self, slot: u32, call: CallKey, event: LinkEvent, now: Duration) {
        match event {
            LinkEvent::Authenticate { token, request } => self.ask(slot, call, token, &request, now),
            LinkEvent::Up(addresses) => self.up(slot, call, &addresses, now),
            LinkEvent::Identified(text) => {
                tracing::debug!(text = %text.escape_ascii(), "A client says what it is");
            }
            _ => {}
        }
    }

    pub(super) fn ask(
        &mut self,
        slot: u32,
        call: CallKey,
        token: u32,
        request: &AuthenticationRequest,
        now: Duration,
    ) {
        let route = self.route(slot);
        // Whoever says anew who he is is nobody until that is judged, and what is said to an earlier claim comes too late.
        self.asked.retain(|_, asked| asked.route != route);
        self.release(slot);
        let Some(entry) = self.slots.get_mut(slot as usize).and_then(|place| place.entry.as_deref_mut())
        else {
            return;
        };
        let peer = entry.peer;
        if !self.logon_rates.take(peer, self.settings.limits.logons_per_minute, now) {
            self.counters.count(Drop::LogonRate);
            entry.tunnel.authenticated(call, token, refusal(691, false), now, &mut random, &mut self.said);
            return;
        }
        if let Some(session) = entry.session.as_deref_mut().filter(|session| session.key == call) {
            session.user = request.name.escape_ascii().to_string();
            session.method = method_name(&request.proof);
        }
        self.next_token += 1;
        self.asked.insert(self.next_token, Asked { route, call, token });
        let check = Box::new(Check::new(request));
        self.outbox.told.push(ToMain::Check { token: self.next_token, peer, check });
    }

    /// Takes its address back from a call.
    pub(super) fn release(&mut self, slot: u32) {
        let entry = self.slots.get_mut(slot as usize).and_then(|place| place.entry.as_deref_mut());
        let Some(session) = entry.and_then(|entry| entry.session.as_deref_mut()) else { return };
        session.accepted = false;
        if let Some(address) = session.address.take() {
            self.pool.free(address);
            self.by_address.remove(&address);
        }
    }

    fn up(&mut self, slot: u32, call: CallKey, addresses: &Addresses, now: Duration) {
        let Some(entry) = self.slots.get_mut(slot as usize).and_then(|place| place.entry.as_deref_mut())
        else {
            return;
        };
        let (peer, local) = (entry.peer, entry.local);
        let session = entry.session.as_deref_mut().filter(|session| session.key == call);
        let Some((session, address)) = session.and_then(|s| s.address.map(|address| (s, address))) else {
            return;
        };
        session.mtu = addresses.mtu.min(self.settings.mtu);
        if session.id.is_some() {
            return;
        }
        self.next_session += 1;
        session.id = Some(self.next_session);
        session.since = now;
        self.outbox.told.push(ToMain::Begun(Box::new(SessionBegun {
            id: self.next_session,
            user: session.user.clone(),
            peer,
            local,
            address,
            method: session.method.to_owned(),
            encryption: addresses.encryption.as_ref().map(encryption_name),
            mtu: session.mtu,
        })));
    }

    fn down(&mut self, slot: u32, call: CallKey, reason: CloseReason, now: Duration) {
        let route = self.route(slot);
        let entry = self.slots.get(slot as usize).and_then(|place| place.entry.as_deref());
        if entry.and_then(|entry| entry.session.as_ref()).is_none_or(|session| session.key != call) {
            return;
        }
        self.release(slot);
        let Some(entry) = self.slots.get_mut(slot as usize).and_then(|place| place.entry.as_deref_mut())
        else {
            return;
        };
        let Some(session) = entry.session.take() else { return };
        let peer = entry.peer;
        self.made_room(&session.user, now);
        self.demux.release(peer, session.call_id, route, now);
        let reason = reason.name().to_owned();
        self.outbox.told.push(match session.id {
            Some(id) => ToMain::Ended(Box::new(Ended { id, reason, usage: session.usage(now) })),
            None => ToMain::Failed { peer, user: session.user, reason },
        });
    }
}

pub(super) fn refusal(error: u32, retry: bool) -> Verdict {
    Verdict::Refused { error: MsChapError::of_number(error), retry }
}

const fn method_name(proof: &Proof) -> &'static str {
    match proof {
        Proof::Pap { .. } => "PAP",
        Proof::ChapMd5 { .. } => "CHAP",
        Proof::MsChapV1 { .. } => "MS-CHAP",
        Proof::MsChapV2(_) | Proof::ChangePassword { .. } => "MS-CHAPv2",
    }
}

pub(crate) fn encryption_name(encryption: &Encryption) -> String {
    let bits = match encryption.strength {
        KeyStrength::Bits40 => 40,
        KeyStrength::Bits56 => 56,
        KeyStrength::Bits128 => 128,
    };
    let kind = if encryption.stateless { "stateless" } else { "stateful" };
    format!("MPPE-{bits} {kind}")
}

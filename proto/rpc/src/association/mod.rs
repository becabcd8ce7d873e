//! The server's end of an association.

mod calls;
mod contexts;
mod respond;
mod security;
#[cfg(test)]
mod security_tests;
#[cfg(test)]
mod tests;
mod verification;

pub use calls::Call;

use crate::pdu::{
    AuthenticationLevel, BindAck, BindNak, ContextResult, Flags, Header, PacketType, Pdu, Request,
    SecurityTrailer,
};
use crate::{Fault, PduStream, SyntaxId};
use calls::Fragments;
use contexts::Contexts;
use lanward_auth::{AcceptorConfig, Accounts, Claim, SecurityContext};
use lanward_nt::{FileTime, NtStatus};
use lanward_wire::{Decode, Reader};
use security::Security;
use std::collections::VecDeque;
use std::sync::Arc;

/// Longest fragment that is sent and asked for, in bytes; what Windows uses.
const MAX_FRAGMENT: u16 = 5840;

/// Every implementation can receive fragments of this length ([C706] 12.6.3.2 MustRecvFragSize), whatever it says.
const MUST_RECEIVE: u16 = 1432;

/// The server's end of an association ([MS-RPCE] 3.3.1.5): bytes in, calls and PDUs out. One call at a time.
#[derive(Debug)]
pub struct Association {
    secondary_address: Box<str>,
    stream: PduStream,
    bound: Option<Bound>,
    contexts: Contexts,
    fragments: Fragments,
    security: Option<Security>,
    header_signing: bool,
    events: VecDeque<Event>,
    over: bool,
}

#[derive(Debug, Clone, Copy)]
struct Bound {
    max_transmit: u16,
    group: u32,
}

/// What came of what was received.
#[derive(Debug)]
pub enum Event {
    /// Send this PDU.
    Reply(Vec<u8>),
    /// The client proved who it is; what it calls from here on, it calls as that.
    Authenticated(Box<SecurityContext>),
    /// The client did not prove who it is.
    Refused(Refused),
    /// Execute this call and give its outcome to [`Association::respond`].
    Call(Call),
    /// The association is over: nothing that comes later can be understood.
    Close,
}

/// A proof that was refused: what a log says of it.
#[derive(Debug)]
pub struct Refused {
    /// Whom the client claimed to be, if it said so.
    pub claimed: Option<Claim>,
    /// Why.
    pub status: NtStatus,
    /// What the client is not told.
    pub why: &'static str,
}

/// What an association needs that is not in the bytes.
pub struct Environment<'a> {
    /// Joins the association group of this number, or founds one for 0; answers its number. `None` if there is no such group for this client.
    pub join: &'a mut dyn FnMut(u32) -> Option<u32>,
    /// How clients may prove who they are, if they may.
    pub authentication: Option<Authentication<'a>>,
}

/// What proving who one is needs.
#[derive(Clone, Copy)]
pub struct Authentication<'a> {
    /// Where names are looked up.
    pub accounts: &'a dyn Accounts,
    /// What the server says of itself and asks of clients.
    pub config: &'a dyn Fn() -> Arc<AcceptorConfig>,
    /// The present time.
    pub now: FileTime,
    /// Random numbers, new ones each time.
    pub challenge: &'a dyn Fn() -> [u8; 8],
}

impl Association {
    /// An association that serves these interfaces. `secondary_address` is the pipe (`\PIPE\srvsvc`) or port.
    #[must_use]
    pub fn new(interfaces: &[SyntaxId], secondary_address: &str) -> Self {
        Self {
            secondary_address: secondary_address.into(),
            stream: PduStream::default(),
            bound: None,
            contexts: Contexts::of(interfaces),
            fragments: Fragments::default(),
            security: None,
            header_signing: false,
            events: VecDeque::new(),
            over: false,
        }
    }

    /// How what travels is protected.
    #[must_use]
    pub fn level(&self) -> AuthenticationLevel {
        self.security.as_ref().map_or(AuthenticationLevel::NONE, Security::level)
    }

    /// Takes bytes: a PDU, several or a part of one. [`Association::next_event`] says what they lead to.
    pub fn receive(&mut self, bytes: &[u8]) {
        if !self.over {
            self.stream.push(bytes);
        }
    }

    /// Bytes that are kept until the rest of their PDU or call comes.
    #[must_use]
    pub fn held(&self) -> usize {
        self.stream.held().saturating_add(self.fragments.held())
    }

    /// Forgets what waits for its rest, which is more than the server holds for this client: the association is over.
    pub fn refuse_rest(&mut self) {
        self.stream = PduStream::default();
        let (context_id, call_id) =
            self.fragments.take().map_or((0, 0), |call| (call.context_id, call.call_id));
        self.fail(Fault::NO_MEMORY, context_id, call_id);
    }

    /// What the bytes received so far lead to, one thing after the other; `None` if more must come.
    pub fn next_event(&mut self, environment: &mut Environment<'_>) -> Option<Event> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Some(event);
            }
            if self.over {
                return None;
            }
            match self.stream.pdu() {
                Ok(None) => return None,
                Ok(Some((header, pdu))) => self.pdu(&header, pdu, environment),
                Err(_) => self.close(),
            }
        }
    }

    fn pdu(&mut self, header: &Header, pdu: Vec<u8>, environment: &mut Environment<'_>) {
        let bound = self.bound.is_some();
        match header.packet_type {
            PacketType::BIND => self.bind(header, &pdu, environment),
            PacketType::ALTER_CONTEXT if bound => self.alter_context(header, &pdu, environment),
            PacketType::AUTH3 if bound => self.auth3(header, &pdu, environment),
            PacketType::REQUEST if bound => self.request(header, pdu),
            // A call that was given up before its last fragment; there is never one under way.
            PacketType::ORPHANED | PacketType::CANCEL => self.fragments.give_up(header.call_id),
            PacketType::ALTER_CONTEXT
            | PacketType::AUTH3
            | PacketType::REQUEST
            | PacketType::RESPONSE
            | PacketType::FAULT
            | PacketType::BIND_ACK
            | PacketType::BIND_NAK
            | PacketType::ALTER_CONTEXT_RESPONSE => self.fail(Fault::PROTOCOL_ERROR, 0, header.call_id),
            _ => {}
        }
    }

    fn bind(&mut self, header: &Header, pdu: &[u8], environment: &mut Environment<'_>) {
        match self.try_bind(header, pdu, environment) {
            Ok(ack) => self.reply(ack),
            Err(nak) => self.reply(Pdu::BindNak(nak).to_bytes(header.call_id)),
        }
    }

    fn try_bind(
        &mut self,
        header: &Header,
        pdu: &[u8],
        environment: &mut Environment<'_>,
    ) -> Result<Vec<u8>, BindNak> {
        if self.bound.is_some() {
            return Err(BindNak::NOT_SPECIFIED);
        }
        let Ok(Pdu::Bind(bind)) = Pdu::decode(&mut Reader::new(pdu)) else {
            return Err(BindNak::VERSION);
        };
        let trailer = SecurityTrailer::decode(header, pdu).map_err(|_| BindNak::VERSION)?;
        let token = match trailer {
            Some(trailer) => {
                let security = self.security.insert(Security::begin(&trailer, environment)?);
                match security.step(trailer.token, environment, &mut self.events) {
                    Ok(token) => token,
                    Err(_) => {
                        self.security = None;
                        return Err(BindNak::INVALID_CHECKSUM);
                    }
                }
            }
            None => Vec::new(),
        };
        let group = (environment.join)(bind.group).ok_or(BindNak::NOT_SPECIFIED)?;
        let max_transmit = bind.max_receive.clamp(MUST_RECEIVE, MAX_FRAGMENT);
        self.bound = Some(Bound { max_transmit, group });
        self.header_signing = header.flags.contains(Flags::PENDING_CANCEL);
        let results = self.contexts.negotiate(&bind);
        Ok(self.ack(header, results, &token, Pdu::BindAck, true))
    }

    fn alter_context(&mut self, header: &Header, pdu: &[u8], environment: &mut Environment<'_>) {
        match self.try_alter_context(header, pdu, environment) {
            Ok(response) => self.reply(response),
            Err(fault) => self.fail(fault, 0, header.call_id),
        }
    }

    fn try_alter_context(
        &mut self,
        header: &Header,
        pdu: &[u8],
        environment: &mut Environment<'_>,
    ) -> Result<Vec<u8>, Fault> {
        let Ok(Pdu::AlterContext(bind)) = Pdu::decode(&mut Reader::new(pdu)) else {
            return Err(Fault::PROTOCOL_ERROR);
        };
        let trailer = SecurityTrailer::decode(header, pdu).map_err(|_| Fault::PROTOCOL_ERROR)?;
        let mut token = Vec::new();
        if let Some(trailer) = trailer {
            if self.security.is_none() {
                let begun = Security::begin(&trailer, environment).map_err(|_| Fault::ACCESS_DENIED)?;
                self.security = Some(begun);
                self.header_signing |= header.flags.contains(Flags::PENDING_CANCEL);
            }
            let security = self.security.as_mut().filter(|s| s.continues(&trailer));
            let security = security.ok_or(Fault::ACCESS_DENIED)?;
            token = security.step(trailer.token, environment, &mut self.events)?;
        }
        let results = self.contexts.negotiate(&bind);
        Ok(self.ack(header, results, &token, Pdu::AlterContextResponse, false))
    }

    /// [MS-RPCE] 2.2.2.10: the last token of an odd number. Nothing is answered; that it was wrong the first request is told.
    fn auth3(&mut self, header: &Header, pdu: &[u8], environment: &mut Environment<'_>) {
        let Ok(Some(trailer)) = SecurityTrailer::decode(header, pdu) else {
            return self.fail(Fault::PROTOCOL_ERROR, 0, header.call_id);
        };
        let Some(security) = self.security.as_mut().filter(|s| s.continues(&trailer)) else {
            return self.fail(Fault::ACCESS_DENIED, 0, header.call_id);
        };
        // What failed stays failed.
        let _ = security.step(trailer.token, environment, &mut self.events);
    }

    fn ack(
        &self,
        header: &Header,
        results: Vec<ContextResult>,
        token: &[u8],
        kind: fn(BindAck) -> Pdu<'static>,
        with_address: bool,
    ) -> Vec<u8> {
        let Bound { max_transmit, group } =
            self.bound.unwrap_or(Bound { max_transmit: MUST_RECEIVE, group: 0 });
        let address = if with_address { self.secondary_address.as_bytes() } else { &[] };
        let secondary_address = address.to_vec();
        let ack = BindAck { max_transmit, max_receive: max_transmit, group, secondary_address, results };
        let mut flags = Flags::WHOLE;
        flags.set(Flags::PENDING_CANCEL, self.header_signing && header.flags.contains(Flags::PENDING_CANCEL));
        let mut pdu = kind(ack).to_bytes_in(flags.bits(), header.call_id);
        if let Some(security) = &self.security
            && !token.is_empty()
        {
            security.trailer(0, token).append(&mut pdu);
        }
        pdu
    }

    fn request(&mut self, header: &Header, mut pdu: Vec<u8>) {
        let end = match self.open(header, &mut pdu) {
            Ok(end) => end,
            Err(fault) => return self.fail(fault, 0, header.call_id),
        };
        let Ok(Pdu::Request(request)) = Pdu::decode(&mut Reader::new(&pdu)) else {
            return self.fail(Fault::PROTOCOL_ERROR, 0, header.call_id);
        };
        let request = Request { stub: request.stub.get(..end).unwrap_or_default(), ..request };
        let context_id = request.context_id;
        match self.fragments.add(header, &request, &self.contexts, self.header_signing) {
            Ok(Some(call)) => self.events.push_back(Event::Call(call)),
            Ok(None) => {}
            // The context is not there, or what protects the call is wrong: only this call fails.
            Err(fault @ Fault::UNKNOWN_INTERFACE) => {
                self.reply(respond::fault(fault, context_id, header.call_id));
            }
            Err(fault) => self.fail(fault, context_id, header.call_id),
        }
    }

    /// Decrypts and checks a request; answers how long its stub is.
    fn open(&mut self, header: &Header, pdu: &mut [u8]) -> Result<usize, Fault> {
        let stub_at = if header.flags.contains(Flags::OBJECT_UUID) { 40 } else { 24 };
        let Some(security) = &mut self.security else {
            if header.auth_length != 0 {
                return Err(Fault::PROTOCOL_ERROR);
            }
            return Ok(pdu.len().saturating_sub(stub_at));
        };
        security.open(header, pdu, stub_at, self.header_signing)
    }

    fn reply(&mut self, pdu: Vec<u8>) {
        self.events.push_back(Event::Reply(pdu));
    }

    fn fail(&mut self, status: Fault, context_id: u16, call_id: u32) {
        self.reply(respond::fault(status, context_id, call_id));
        self.close();
    }

    fn close(&mut self) {
        self.over = true;
        self.events.push_back(Event::Close);
    }
}

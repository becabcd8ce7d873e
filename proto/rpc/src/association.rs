use crate::pdu::{
    Bind, BindAck, BindNak, ContextElement, ContextResult, FaultPdu, Flags, Header, PacketType, Pdu, Request,
    Response,
};
use crate::{Fault, PduStream, SyntaxId, TransferSyntax};
use lanward_wire::DecodeError;

/// Longest fragment that is sent and asked for, in bytes; what Windows uses.
const MAX_FRAGMENT: u16 = 5840;

/// Every implementation can receive fragments of this length ([C706] 12.6.3.2 MustRecvFragSize), whatever it says.
const MUST_RECEIVE: u16 = 1432;

/// What of bind-time feature negotiation ([MS-RPCE] 2.2.2.14) there is: KeepConnectionOnOrphanSupported.
const FEATURES: u16 = 2;

/// Most presentation contexts of an association.
const MAX_CONTEXTS: usize = 64;

/// Most bytes of a call's arguments.
const MAX_CALL: usize = 256 * 1024;

/// Most bytes of an answer.
const MAX_ANSWER: usize = 1024 * 1024;

/// The server's end of an association ([MS-RPCE] 3.3.1.5): bytes in, calls and PDUs out. One call at a time.
#[derive(Debug)]
pub struct Association {
    interfaces: Box<[SyntaxId]>,
    secondary_address: Box<str>,
    group: u32,
    stream: PduStream,
    max_transmit: Option<u16>,
    contexts: Vec<Context>,
    partial: Option<Call>,
}

/// A presentation context that was negotiated.
#[derive(Debug, Clone, Copy)]
struct Context {
    id: u16,
    interface: usize,
    syntax: TransferSyntax,
}

/// A call whose arguments are complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The operation.
    pub operation: u16,
    /// Its arguments.
    pub stub: Vec<u8>,
    /// Which of the association's interfaces it is for.
    pub interface: usize,
    /// How arguments and results are written.
    pub syntax: TransferSyntax,
    call_id: u32,
    context_id: u16,
    maybe: bool,
}

/// What came of what was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Send this PDU.
    Reply(Vec<u8>),
    /// Execute this call and give its outcome to [`Association::respond`].
    Call(Call),
    /// The association is over: nothing that comes later can be understood.
    Close,
}

impl Association {
    /// An association that serves these interfaces. `secondary_address` is the pipe (`\PIPE\srvsvc`), `group` a number that is not 0 and not
    /// another association's.
    #[must_use]
    pub fn new(interfaces: &[SyntaxId], secondary_address: &str, group: u32) -> Self {
        Self {
            interfaces: interfaces.into(),
            secondary_address: secondary_address.into(),
            group,
            stream: PduStream::default(),
            max_transmit: None,
            contexts: Vec::new(),
            partial: None,
        }
    }

    /// Takes bytes, a PDU, several or a part of one, and answers with what they lead to, in order.
    pub fn receive(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut stream = core::mem::take(&mut self.stream);
        let mut events = Vec::new();
        let outcome = stream.receive(bytes, |header, pdu| {
            self.pdu(header, pdu, &mut events);
            events.last() != Some(&Event::Close)
        });
        if outcome.is_err() {
            events.push(Event::Close);
        }
        self.stream = stream;
        events
    }

    fn pdu(&mut self, header: Header, pdu: Result<Pdu<'_>, DecodeError>, events: &mut Vec<Event>) {
        let call_id = header.call_id;
        if header.auth_length != 0 {
            // No security provider: who the caller is, the pipe knows.
            return match header.packet_type {
                PacketType::BIND => events.push(nak(BindNak::AUTHENTICATION_TYPE, call_id)),
                _ => fail(Fault::ACCESS_DENIED, 0, call_id, events),
            };
        }
        match pdu {
            Ok(Pdu::Bind(bind)) => events.push(self.bind(&bind, call_id)),
            Ok(Pdu::AlterContext(bind)) if self.max_transmit.is_some() => {
                let results = self.negotiate(&bind.contexts);
                events.push(Event::Reply(
                    Pdu::AlterContextResponse(self.ack(results, false)).to_bytes(call_id),
                ));
            }
            Ok(Pdu::Request(request)) if self.max_transmit.is_some() => {
                self.request(&header, request, events);
            }
            Ok(Pdu::Other(other)) => self.other(PacketType(other), call_id),
            Ok(_) | Err(_) => fail(Fault::PROTOCOL_ERROR, 0, call_id, events),
        }
    }

    fn bind(&mut self, bind: &Bind, call_id: u32) -> Event {
        if self.max_transmit.is_some() {
            return nak(BindNak::NOT_SPECIFIED, call_id);
        }
        self.max_transmit = Some(bind.max_receive.clamp(MUST_RECEIVE, MAX_FRAGMENT));
        let results = self.negotiate(&bind.contexts);
        Event::Reply(Pdu::BindAck(self.ack(results, true)).to_bytes(call_id))
    }

    fn ack(&self, results: Vec<ContextResult>, with_address: bool) -> BindAck {
        let max_transmit = self.max_transmit.unwrap_or(MUST_RECEIVE);
        let address = if with_address { self.secondary_address.as_bytes() } else { &[] };
        BindAck {
            max_transmit,
            max_receive: max_transmit,
            group: self.group,
            secondary_address: address.to_vec(),
            results,
        }
    }

    fn negotiate(&mut self, proposed: &[ContextElement]) -> Vec<ContextResult> {
        proposed.iter().map(|context| self.negotiate_one(context)).collect()
    }

    /// One context: the first of the transfer syntaxes it proposes that there is.
    fn negotiate_one(&mut self, context: &ContextElement) -> ContextResult {
        if let Some(features) = context.transfer_syntaxes.iter().find_map(SyntaxId::features) {
            return ContextResult::features(features & FEATURES);
        }
        let Some(interface) = self.interfaces.iter().position(|i| i.serves(&context.interface)) else {
            return ContextResult::NO_SUCH_INTERFACE;
        };
        let Some(syntax) = context.transfer_syntaxes.iter().find_map(TransferSyntax::of) else {
            return ContextResult::NO_SUCH_TRANSFER_SYNTAX;
        };
        let negotiated = Context { id: context.id, interface, syntax };
        let full = self.contexts.len() >= MAX_CONTEXTS;
        match self.contexts.iter_mut().find(|known| known.id == context.id) {
            Some(known) => *known = negotiated,
            None if full => return ContextResult::LIMIT_EXCEEDED,
            None => self.contexts.push(negotiated),
        }
        ContextResult::accepted(syntax.id())
    }

    fn request(&mut self, header: &Header, request: Request<'_>, events: &mut Vec<Event>) {
        let Request { context_id, operation, .. } = request;
        let call_id = header.call_id;
        let continued = self.partial.take();
        let mut call = match (continued, header.flags.contains(Flags::FIRST)) {
            (None, true) => {
                let maybe = header.flags.contains(Flags::MAYBE);
                let Some(context) = self.contexts.iter().find(|c| c.id == context_id) else {
                    return events.push(Event::Reply(fault(Fault::UNKNOWN_INTERFACE, context_id, call_id)));
                };
                let Context { interface, syntax, .. } = *context;
                Call { operation, stub: Vec::new(), interface, syntax, call_id, context_id, maybe }
            }
            (Some(call), false)
                if (call.call_id, call.context_id, call.operation) == (call_id, context_id, operation) =>
            {
                call
            }
            _ => return fail(Fault::PROTOCOL_ERROR, context_id, call_id, events),
        };
        if call.stub.len().saturating_add(request.stub.len()) > MAX_CALL {
            return fail(Fault::NO_MEMORY, context_id, call_id, events);
        }
        call.stub.extend_from_slice(request.stub);
        if !header.flags.contains(Flags::LAST) {
            self.partial = Some(call);
        } else {
            events.push(Event::Call(call));
        }
    }

    fn other(&mut self, packet_type: PacketType, call_id: u32) {
        // A call that was given up before its last fragment; there is never one under way. Everything else is passed over.
        let given_up = matches!(packet_type, PacketType::ORPHANED | PacketType::CANCEL);
        if given_up && self.partial.as_ref().is_some_and(|call| call.call_id == call_id) {
            self.partial = None;
        }
    }

    /// The PDUs that answer a call: its results in fragments, or a fault.
    #[must_use]
    pub fn respond(&self, call: &Call, outcome: Result<Vec<u8>, Fault>) -> Vec<Vec<u8>> {
        if call.maybe {
            return Vec::new();
        }
        let stub = match outcome {
            Ok(stub) if stub.len() <= MAX_ANSWER => stub,
            Ok(_) => return vec![fault(Fault::NO_MEMORY, call.context_id, call.call_id)],
            Err(status) => return vec![fault(status, call.context_id, call.call_id)],
        };
        // All but the last carry a multiple of 8 bytes ([C706] 12.6.2); MUST_RECEIVE keeps this far from 0.
        let fragment =
            usize::from(self.max_transmit.unwrap_or(MUST_RECEIVE)).saturating_sub(RESPONSE_HEADER) & !7;
        let chunks: Vec<&[u8]> =
            if stub.is_empty() { vec![&[]] } else { stub.chunks(fragment.max(8)).collect() };
        let last = chunks.len().saturating_sub(1);
        let mut left = stub.len();
        let mut pdus = Vec::with_capacity(chunks.len());
        for (i, stub) in chunks.into_iter().enumerate() {
            let mut flags = Flags::empty();
            flags.set(Flags::FIRST, i == 0);
            flags.set(Flags::LAST, i == last);
            let allocation_hint = u32::try_from(left).unwrap_or(u32::MAX);
            let response = Response { allocation_hint, context_id: call.context_id, stub };
            pdus.push(Pdu::Response(response).to_bytes_in(flags.bits(), call.call_id));
            left = left.saturating_sub(stub.len());
        }
        pdus
    }
}

/// Bytes before the stub of a response.
const RESPONSE_HEADER: usize = 24;

fn fault(status: Fault, context_id: u16, call_id: u32) -> Vec<u8> {
    let mut flags = Flags::WHOLE;
    flags.set(Flags::DID_NOT_EXECUTE, status.did_not_execute());
    Pdu::Fault(FaultPdu { context_id, status }).to_bytes_in(flags.bits(), call_id)
}

fn fail(status: Fault, context_id: u16, call_id: u32, events: &mut Vec<Event>) {
    events.extend([Event::Reply(fault(status, context_id, call_id)), Event::Close]);
}

fn nak(nak: BindNak, call_id: u32) -> Event {
    Event::Reply(Pdu::BindNak(nak).to_bytes(call_id))
}

#[cfg(test)]
#[path = "association_tests.rs"]
mod tests;

use crate::pdu::{Bind, BindNak, ContextElement, ContextVerdict, FaultPdu, Flags, Header, Pdu, Request};
use crate::{Fault, PduStream, SyntaxId};
use core::fmt;

/// Longest fragment that is sent before the server has said what it takes, in bytes.
const MAX_FRAGMENT: u16 = 4280;

/// Bytes before the stub of a request.
const REQUEST_HEADER: usize = 24;

/// Most bytes of an answer.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// The client's end of an association with one interface and one call at a time.
#[derive(Debug)]
pub struct ClientAssociation {
    interface: SyntaxId,
    max_transmit: u16,
    bound: bool,
    call_id: u32,
    stream: PduStream,
    answer: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientError {
    /// The server takes no association.
    Nak(BindNak),
    /// The server has no such interface, or not in NDR.
    Rejected,
    /// The call failed.
    Fault(Fault),
    /// What arrived is not what can arrive.
    Protocol,
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nak(nak) => write!(f, "bind refused, reason {}", nak.reason),
            Self::Rejected => write!(f, "the server does not offer this interface"),
            Self::Fault(fault) => fault.fmt(f),
            Self::Protocol => write!(f, "the server does not keep to the RPC protocol"),
        }
    }
}

impl core::error::Error for ClientError {}

impl ClientAssociation {
    /// An association that is to be bound to an interface.
    #[must_use]
    pub fn new(interface: SyntaxId) -> Self {
        let stream = PduStream::default();
        Self { interface, max_transmit: MAX_FRAGMENT, bound: false, call_id: 1, stream, answer: Vec::new() }
    }

    /// The bind to send first.
    #[must_use]
    pub fn bind(&self) -> Vec<u8> {
        let context =
            ContextElement { id: 0, interface: self.interface, transfer_syntaxes: vec![SyntaxId::NDR] };
        let bind =
            Bind { max_transmit: MAX_FRAGMENT, max_receive: MAX_FRAGMENT, group: 0, contexts: vec![context] };
        Pdu::Bind(bind).to_bytes(self.call_id)
    }

    /// The PDUs of a call, to be sent in order.
    pub fn call(&mut self, operation: u16, stub: &[u8]) -> Vec<Vec<u8>> {
        self.call_id = self.call_id.wrapping_add(1);
        self.answer.clear();
        let fragment = usize::from(self.max_transmit).saturating_sub(REQUEST_HEADER) & !7;
        let mut left = stub;
        let mut pdus = Vec::new();
        loop {
            let (now, later) = left.split_at_checked(fragment.max(8)).unwrap_or((left, &[]));
            let mut flags = Flags::empty();
            flags.set(Flags::FIRST, pdus.is_empty());
            flags.set(Flags::LAST, later.is_empty());
            let allocation_hint = u32::try_from(left.len()).unwrap_or(u32::MAX);
            let request = Request { allocation_hint, context_id: 0, operation, stub: now };
            pdus.push(Pdu::Request(request).to_bytes_in(flags.bits(), self.call_id));
            left = later;
            if left.is_empty() {
                return pdus;
            }
        }
    }

    /// Takes what the server sent. `Some` when that completes the bind (empty) or the call (its results); `None` if more must come.
    ///
    /// # Errors
    /// See [`ClientError`].
    pub fn receive(&mut self, bytes: &[u8]) -> Result<Option<Vec<u8>>, ClientError> {
        let mut stream = core::mem::take(&mut self.stream);
        let mut outcome = Ok(None);
        let received = stream.receive(bytes, |header, pdu| {
            outcome = pdu.map_err(|_| ClientError::Protocol).and_then(|pdu| self.pdu(&header, pdu));
            matches!(outcome, Ok(None))
        });
        self.stream = stream;
        received.map_err(|_| ClientError::Protocol)?;
        outcome
    }

    fn pdu(&mut self, header: &Header, pdu: Pdu<'_>) -> Result<Option<Vec<u8>>, ClientError> {
        if header.call_id != self.call_id {
            return Err(ClientError::Protocol);
        }
        match pdu {
            Pdu::BindAck(ack) if !self.bound => {
                let accepted = ack.results.first().is_some_and(|r| {
                    r.verdict == ContextVerdict::ACCEPTANCE && r.transfer_syntax == SyntaxId::NDR
                });
                if !accepted {
                    return Err(ClientError::Rejected);
                }
                self.bound = true;
                self.max_transmit = self.max_transmit.min(ack.max_receive);
                Ok(Some(Vec::new()))
            }
            Pdu::BindNak(nak) if !self.bound => Err(ClientError::Nak(nak)),
            Pdu::Fault(FaultPdu { status, .. }) => Err(ClientError::Fault(status)),
            Pdu::Response(response) if self.bound => {
                if self.answer.len().saturating_add(response.stub.len()) > MAX_ANSWER {
                    return Err(ClientError::Protocol);
                }
                self.answer.extend_from_slice(response.stub);
                let last = header.flags.contains(Flags::LAST);
                Ok(last.then(|| core::mem::take(&mut self.answer)))
            }
            _ => Err(ClientError::Protocol),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Association, Environment, Event, srvsvc};

    /// A bind for srvsvc as smbclient sends it.
    const BIND: &str =
        "05000b03100000004800000001000000b810b810000000000100000000000100c84f324b7016d30112785a47bf6ee18803
        000000045d888aeb1cc9119fe808002b10486002000000";

    #[test]
    fn binds_as_other_clients_do() {
        assert_eq!(ClientAssociation::new(srvsvc::INTERFACE).bind(), crate::hex::hex(BIND));
    }

    fn server() -> Association {
        Association::new(&[srvsvc::INTERFACE], "x")
    }

    fn events(server: &mut Association, pdu: &[u8]) -> Vec<Event> {
        let mut join = |_| Some(1);
        let mut environment = Environment { join: &mut join, authentication: None };
        server.receive(pdu);
        std::iter::from_fn(|| server.next_event(&mut environment)).collect()
    }

    fn answer(server: &mut Association, pdu: &[u8]) -> Vec<u8> {
        match events(server, pdu).as_slice() {
            [Event::Reply(reply)] => reply.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn deliver(client: &mut ClientAssociation, pdus: Vec<Vec<u8>>) -> Option<Vec<u8>> {
        pdus.into_iter().fold(None, |_, pdu| client.receive(&pdu).unwrap())
    }

    #[test]
    fn talks_to_the_server_end() {
        let mut server = server();
        let mut client = ClientAssociation::new(srvsvc::INTERFACE);
        let ack = answer(&mut server, &client.bind());
        assert_eq!(client.receive(&ack), Ok(Some(Vec::new())));
        for length in [0, 1, 4256, 4257, 20_000] {
            let stub = vec![7; length];
            let pdus = client.call(15, &stub);
            let mut received: Vec<Event> = pdus.iter().flat_map(|pdu| events(&mut server, pdu)).collect();
            let Some(Event::Call(call)) = received.pop() else { panic!("{received:?}") };
            assert_eq!(call.stub, stub);
            assert_eq!(deliver(&mut client, server.respond(&call, Ok(stub.clone()))), Some(stub));
        }
        let pdus = client.call(15, &[]);
        let received = events(&mut server, &pdus[0]);
        let [Event::Call(call)] = received.as_slice() else { panic!("{received:?}") };
        let fault = server.respond(call, Err(Fault::BAD_STUB_DATA)).remove(0);
        assert_eq!(client.receive(&fault), Err(ClientError::Fault(Fault::BAD_STUB_DATA)));
    }

    #[test]
    fn an_interface_that_is_not_there() {
        let mut server = server();
        let mut client = ClientAssociation::new(SyntaxId::NDR64);
        let ack = answer(&mut server, &client.bind());
        assert_eq!(client.receive(&ack), Err(ClientError::Rejected));
    }
}

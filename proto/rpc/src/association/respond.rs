use super::security::Security;
use super::{Association, Call, MUST_RECEIVE};
use crate::Fault;
use crate::pdu::{FaultPdu, Flags, Header, Pdu, Response, SecurityTrailer};

/// Most bytes of an answer.
const MAX_ANSWER: usize = 1024 * 1024;

/// Bytes before the stub of a response.
const RESPONSE_HEADER: usize = 24;

impl Association {
    /// The PDUs that answer a call: its results in fragments, or a fault.
    #[must_use]
    pub fn respond(&mut self, call: &Call, outcome: Result<Vec<u8>, Fault>) -> Vec<Vec<u8>> {
        if call.maybe {
            return Vec::new();
        }
        let stub = match outcome {
            Ok(stub) if stub.len() <= MAX_ANSWER => stub,
            Ok(_) => return vec![fault(Fault::NO_MEMORY, call.context_id, call.call_id)],
            Err(status) => return vec![fault(status, call.context_id, call.call_id)],
        };
        let protected = self.security.as_ref().map_or(0, Security::signature_length);
        let trailer = if protected == 0 { 0 } else { Header::SECURITY_TRAILER.saturating_add(protected) };
        let overhead = RESPONSE_HEADER.saturating_add(trailer);
        // All but the last carry a multiple of 8 bytes ([C706] 12.6.2), and of 16 where a sec_trailer follows; MUST_RECEIVE keeps this far
        // from 0.
        let max_transmit = self.bound.map_or(MUST_RECEIVE, |bound| bound.max_transmit);
        let fragment = usize::from(max_transmit).saturating_sub(overhead) & !15;
        let chunks: Vec<&[u8]> =
            if stub.is_empty() { vec![&[]] } else { stub.chunks(fragment.max(16)).collect() };
        let last = chunks.len().saturating_sub(1);
        let mut left = stub.len();
        let mut pdus = Vec::with_capacity(chunks.len());
        for (i, stub) in chunks.into_iter().enumerate() {
            let mut flags = Flags::empty();
            flags.set(Flags::FIRST, i == 0);
            flags.set(Flags::LAST, i == last);
            let allocation_hint = u32::try_from(left).unwrap_or(u32::MAX);
            let response = Response { allocation_hint, context_id: call.context_id, stub };
            let mut pdu = Pdu::Response(response).to_bytes_in(flags.bits(), call.call_id);
            if protected != 0 {
                self.protect(&mut pdu);
            }
            pdus.push(pdu);
            left = left.saturating_sub(stub.len());
        }
        pdus
    }

    fn protect(&mut self, pdu: &mut Vec<u8>) {
        let header_signing = self.header_signing;
        let Some(security) = &mut self.security else { return };
        let body = pdu.len().saturating_sub(RESPONSE_HEADER);
        let padding = body.next_multiple_of(16).saturating_sub(body);
        pdu.resize(pdu.len().saturating_add(padding), 0);
        let trailer_at = pdu.len();
        let nothing = [0; 16];
        let token = nothing.get(..security.signature_length()).unwrap_or_default();
        let padding = u8::try_from(padding).unwrap_or_default();
        let trailer: SecurityTrailer<'_> = security.trailer(padding, token);
        trailer.append(pdu);
        security.protect(pdu, RESPONSE_HEADER, trailer_at, header_signing);
    }
}

/// It goes as it is: [MS-RPCE] 3.3.1.5.2 protects requests and responses, and nothing else.
pub(super) fn fault(status: Fault, context_id: u16, call_id: u32) -> Vec<u8> {
    let mut flags = Flags::WHOLE;
    flags.set(Flags::DID_NOT_EXECUTE, status.did_not_execute());
    Pdu::Fault(FaultPdu { context_id, status }).to_bytes_in(flags.bits(), call_id)
}

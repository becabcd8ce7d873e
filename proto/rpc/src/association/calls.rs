use super::contexts::Contexts;
use super::verification;
use crate::pdu::{Flags, Header, Request};
use crate::{Fault, TransferSyntax};

/// Most bytes of a call's arguments.
const MAX_CALL: usize = 256 * 1024;

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
    /// Integers in the arguments are in the other order of bytes.
    pub big_endian: bool,
    pub(super) call_id: u32,
    pub(super) context_id: u16,
    pub(super) maybe: bool,
}

/// The call whose fragments are arriving.
#[derive(Debug, Default)]
pub(super) struct Fragments {
    call: Option<Call>,
}

impl Fragments {
    /// Bytes of the call's arguments so far.
    pub(super) fn held(&self) -> usize {
        self.call.as_ref().map_or(0, |call| call.stub.len())
    }

    /// The call whose rest has not come, which is forgotten.
    pub(super) fn take(&mut self) -> Option<Call> {
        self.call.take()
    }

    /// Forgets a call that was given up.
    pub(super) fn give_up(&mut self, call_id: u32) {
        if self.call.as_ref().is_some_and(|call| call.call_id == call_id) {
            self.call = None;
        }
    }

    /// One more fragment; answers the call if it was the last.
    ///
    /// # Errors
    /// UNKNOWN_INTERFACE: no such context. PROTOCOL_ERROR: the fragment does not go on where the last one ended. ACCESS_DENIED: the call is
    /// too long ([MS-RPCE] 3.3.3.5.4), or its verification trailer says that somebody changed it.
    pub(super) fn add(
        &mut self,
        header: &Header,
        request: &Request<'_>,
        contexts: &Contexts,
        header_signing: bool,
    ) -> Result<Option<Call>, Fault> {
        let &Request { context_id, operation, .. } = request;
        let Header { call_id, big_endian, .. } = *header;
        let continued = self.call.take();
        let mut call = match (continued, header.flags.contains(Flags::FIRST)) {
            (None, true) => {
                let context = contexts.find(context_id).ok_or(Fault::UNKNOWN_INTERFACE)?;
                let maybe = header.flags.contains(Flags::MAYBE);
                let (interface, syntax) = (context.interface, context.syntax);
                Call {
                    operation,
                    stub: Vec::new(),
                    interface,
                    syntax,
                    big_endian,
                    call_id,
                    context_id,
                    maybe,
                }
            }
            (Some(call), false)
                if (call.call_id, call.context_id, call.operation, call.big_endian)
                    == (call_id, context_id, operation, big_endian) =>
            {
                call
            }
            _ => return Err(Fault::PROTOCOL_ERROR),
        };
        if call.stub.len().saturating_add(request.stub.len()) > MAX_CALL {
            return Err(Fault::ACCESS_DENIED);
        }
        call.stub.extend_from_slice(request.stub);
        if !header.flags.contains(Flags::LAST) {
            self.call = Some(call);
            return Ok(None);
        }
        let context = contexts.find(context_id).ok_or(Fault::UNKNOWN_INTERFACE)?;
        let length = verification::check(&call, context, header_signing)?;
        call.stub.truncate(length);
        Ok(Some(call))
    }
}

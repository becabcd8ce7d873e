use lanward_nt::NtStatus;
use lanward_rpc::{Association, Call, Event, Fault, NdrReader, NdrWriter, SyntaxId};
use lanward_server::{Caller, PipeInstance, PipeService, UserKind};
use lanward_wire::DecodeError;
use std::sync::atomic::{AtomicU32, Ordering};

/// Executes one operation: caller, opnum, arguments; results or a fault.
pub(crate) type Dispatch = fn(&Caller, u16, &[u8]) -> Result<Vec<u8>, Fault>;

/// An RPC interface behind a pipe.
pub(crate) struct RpcService {
    interface: SyntaxId,
    secondary_address: &'static str,
    dispatch: Dispatch,
    next_group: AtomicU32,
}

/// One association with it.
struct RpcInstance {
    association: Association,
    caller: Caller,
    dispatch: Dispatch,
    over: bool,
}

impl RpcService {
    pub(crate) const fn new(
        interface: SyntaxId,
        secondary_address: &'static str,
        dispatch: Dispatch,
    ) -> Self {
        Self { interface, secondary_address, dispatch, next_group: AtomicU32::new(1) }
    }
}

impl PipeService for RpcService {
    fn connect(&self, caller: &Caller) -> Result<Box<dyn PipeInstance>, NtStatus> {
        // [MS-SRVS] 3.1.6.17: none of these pipes is among those that a NULL session may open.
        if caller.user.kind == UserKind::Anonymous {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let group = self.next_group.fetch_add(1, Ordering::Relaxed).max(1);
        Ok(Box::new(RpcInstance {
            association: Association::new(self.interface, self.secondary_address, group),
            caller: caller.clone(),
            dispatch: self.dispatch,
            over: false,
        }))
    }
}

impl RpcInstance {
    fn execute(&self, call: &Call) -> Vec<Vec<u8>> {
        let outcome = (self.dispatch)(&self.caller, call.operation, &call.stub);
        if let Err(fault) = outcome {
            tracing::debug!(operation = call.operation, user = %self.caller.user.name, %fault, "call refused");
        }
        self.association.respond(call, outcome)
    }
}

impl PipeInstance for RpcInstance {
    fn message(&mut self, input: &[u8], replies: &mut Vec<Vec<u8>>) -> Result<(), NtStatus> {
        if self.over {
            return Err(NtStatus::PIPE_DISCONNECTED);
        }
        for event in self.association.receive(input) {
            match event {
                Event::Reply(reply) => replies.push(reply),
                Event::Call(call) => replies.extend(self.execute(&call)),
                // The last reply says why, and must still be read.
                Event::Close => self.over = true,
            }
        }
        if self.over && replies.is_empty() {
            return Err(NtStatus::PIPE_DISCONNECTED);
        }
        Ok(())
    }
}

/// Reads an operation's arguments; what is behind them is passed over.
pub(crate) fn arguments<T>(
    stub: &[u8],
    decode: impl FnOnce(&mut NdrReader<'_>) -> Result<T, DecodeError>,
) -> Result<T, Fault> {
    decode(&mut NdrReader::new(stub)).map_err(|error| {
        tracing::debug!(%error, "arguments of a call");
        Fault::BAD_STUB_DATA
    })
}

/// Writes an operation's results.
pub(crate) fn results(encode: impl FnOnce(&mut NdrWriter<'_>)) -> Vec<u8> {
    let mut stub = Vec::new();
    encode(&mut NdrWriter::new(&mut stub));
    stub
}

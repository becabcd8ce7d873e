use crate::Administration;
use crate::call::{Call, Dispatch};
use crate::handles::{Group, Groups};
use lanward_nt::NtStatus;
use lanward_rpc::{Association, Event, Fault, SyntaxId};
use lanward_server::{Caller, Conversing, PipeInstance, PipeService};
use std::sync::Arc;
use std::time::Duration;

/// How long a call may take; then it is answered with a fault, and what was begun is dropped.
const CALL_DEADLINE: Duration = Duration::from_secs(60);

/// An RPC interface: its name and version, and what executes its operations.
#[derive(Clone, Copy)]
pub(crate) struct Interface {
    pub id: SyntaxId,
    pub dispatch: Dispatch,
}

/// A named pipe and the interfaces that are behind it.
#[derive(Clone)]
pub(crate) struct Endpoint {
    /// `\PIPE\srvsvc`
    pub address: &'static str,
    pub interfaces: &'static [Interface],
    pub administration: Arc<Administration>,
    pub groups: Arc<Groups>,
}

impl PipeService for Endpoint {
    fn connect(&self, caller: &Caller) -> Result<Box<dyn PipeInstance>, NtStatus> {
        let interfaces: Vec<SyntaxId> = self.interfaces.iter().map(|interface| interface.id).collect();
        let group = self.groups.found(caller.session);
        Ok(Box::new(Instance {
            endpoint: self.clone(),
            association: Association::new(&interfaces, self.address, group.id()),
            group,
            caller: caller.clone(),
            over: false,
        }))
    }
}

/// One association. Its context handles run down with the last of its group.
struct Instance {
    endpoint: Endpoint,
    association: Association,
    group: Arc<Group>,
    caller: Caller,
    over: bool,
}

impl Instance {
    async fn converse(&mut self, input: &[u8], replies: &mut Vec<Vec<u8>>) -> Result<(), NtStatus> {
        if self.over {
            return Err(NtStatus::PIPE_DISCONNECTED);
        }
        for event in self.association.receive(input) {
            match event {
                Event::Reply(reply) => replies.push(reply),
                Event::Call(call) => {
                    let outcome = self.execute(&call).await;
                    if let Err(fault) = outcome {
                        let user = &self.caller.user.name;
                        tracing::debug!(operation = call.operation, %user, %fault, "call refused");
                    }
                    replies.extend(self.association.respond(&call, outcome));
                }
                // The last reply says why, and must still be read.
                Event::Close => self.over = true,
            }
        }
        if self.over && replies.is_empty() {
            return Err(NtStatus::PIPE_DISCONNECTED);
        }
        Ok(())
    }

    async fn execute(&self, call: &lanward_rpc::Call) -> Result<Vec<u8>, Fault> {
        let interface = self.endpoint.interfaces.get(call.interface).ok_or(Fault::UNKNOWN_INTERFACE)?;
        let call = Call {
            caller: &self.caller,
            administration: &self.endpoint.administration,
            handles: self.group.handles(),
            operation: call.operation,
            syntax: call.syntax,
            stub: &call.stub,
        };
        let outcome = tokio::time::timeout(CALL_DEADLINE, (interface.dispatch)(&call)).await;
        outcome.unwrap_or(Err(Fault::CANCEL))
    }
}

impl PipeInstance for Instance {
    fn message<'a>(&'a mut self, input: &'a [u8], replies: &'a mut Vec<Vec<u8>>) -> Conversing<'a> {
        Box::pin(self.converse(input, replies))
    }
}

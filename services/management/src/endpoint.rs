use crate::Administration;
use crate::association::Instance;
use crate::burden::Burdens;
use crate::call::Dispatch;
use crate::handles::Groups;
use crate::mgmt;
use crate::spoolss::{Forms, PrinterData};
use lanward_nt::NtStatus;
use lanward_rpc::SyntaxId;
use lanward_server::{Caller, PipeInstance, PipeService};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, PoisonError, RwLock};

/// An RPC interface: its name and version, and what executes its operations.
#[derive(Clone, Copy)]
pub(crate) struct Interface {
    pub id: SyntaxId,
    pub dispatch: Dispatch,
}

/// What all endpoints of a server share.
#[derive(Default)]
pub(crate) struct Runtime {
    pub administration: Administration,
    pub groups: Groups,
    pub statistics: Statistics,
    pub forms: Forms,
    pub printer_data: PrinterData,
    pub burdens: Arc<Burdens>,
    endpoints: RwLock<Vec<(SyntaxId, Reached)>>,
}

/// Where an interface is reached.
#[derive(Clone)]
pub(crate) enum Reached {
    /// A named pipe, as `\PIPE\srvsvc`.
    Pipe(Arc<str>),
    /// A port of TCP.
    Port(u16),
}

impl Runtime {
    pub(crate) fn new(administration: Administration) -> Self {
        Self { administration, ..Self::default() }
    }

    /// Notes where an interface is reached.
    pub(crate) fn reach(&self, interface: SyntaxId, reached: Reached) {
        self.endpoints.write().unwrap_or_else(PoisonError::into_inner).push((interface, reached));
    }

    /// Where the interfaces are reached.
    pub(crate) fn endpoints(&self) -> Vec<(SyntaxId, Reached)> {
        self.endpoints.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// [C706] rpc_mgmt_inq_stats: what happened so far, modulo 2^32.
#[derive(Default)]
pub(crate) struct Statistics {
    pub calls_in: AtomicU32,
    pub packets_in: AtomicU32,
    pub packets_out: AtomicU32,
}

/// Where interfaces are reached: a named pipe or a port.
#[derive(Clone)]
pub(crate) struct Endpoint {
    /// `\PIPE\srvsvc`, or a port's number.
    pub address: Arc<str>,
    pub interfaces: Arc<[Interface]>,
    /// Of these interfaces those who have not said who they are may call all.
    pub public: bool,
    pub runtime: Arc<Runtime>,
}

impl Endpoint {
    /// Every endpoint serves the management interface of the runtime itself besides its own ([C706] 2.12.3).
    pub(crate) fn new(address: &str, own: &[Interface], runtime: &Arc<Runtime>) -> Self {
        let interfaces = own.iter().copied().chain([mgmt::INTERFACE]).collect();
        Self { address: address.into(), interfaces, public: false, runtime: Arc::clone(runtime) }
    }

    /// The same for everybody, whether or not it is known who it is.
    pub(crate) fn public(mut self) -> Self {
        self.public = true;
        self
    }
}

impl PipeService for Endpoint {
    fn connect(&self, caller: &Caller) -> Result<Box<dyn PipeInstance>, NtStatus> {
        Ok(Box::new(Instance::new(self.clone(), caller.clone())))
    }
}

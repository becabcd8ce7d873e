//! Remote management: the server and workstation services ([MS-SRVS], [MS-WKST]) as named pipes, and the same for LAN Manager (`rap`). They are views over the server's live
//! lists and keep none of their own; an information level is a function of what is there.
//!
//! An interface is a folder. Its `mod.rs` names the interface and only dispatches; an operation is a file:
//!
//! ```text
//! pub(crate) const INTERFACE: Interface =
//!     Interface { id: samr::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };
//!
//! async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
//!     match call.operation {
//!         // A view: a function of the live lists.
//!         samr::LOOKUP_DOMAIN => {
//!             let request = call.arguments(LookupDomainRequest::decode)?;
//!             call.results(|w| lookup_domain(call.caller, &request).encode(w))
//!         }
//!         // Something that waits: it has the call's deadline, and is dropped when nobody waits for it any more.
//!         samr::CREATE_USER => {
//!             let request = call.arguments(CreateUserRequest::decode)?;
//!             let response = create_user(call, &request).await?;
//!             call.results(|w| response.encode(w))
//!         }
//!         // A context handle stands for a value of the operation's own type, here `OpenUser`; what is no handle, or stands for something
//!         // else, is a fault. Values are dropped with the association at the latest.
//!         samr::OPEN_USER => {
//!             let request = call.arguments(OpenUserRequest::decode)?;
//!             let domain = call.handles.find::<OpenDomain>(&request.domain)?;
//!             let user = call.handles.open(OpenUser { domain, rid: request.rid })?;
//!             call.results(|w| OpenUserResponse { user, status: 0 }.encode(w))
//!         }
//!         samr::CLOSE => {
//!             let handle = call.arguments(|r| r.context_handle("SamHandle"))?;
//!             call.handles.close::<OpenUser>(&handle)?;
//!             call.results(|w| CloseResponse { handle: ContextHandle::NULL, status: 0 }.encode(w))
//!         }
//!         _ => Err(Fault::OP_RANGE_ERROR),
//!     }
//! }
//! ```
//!
//! and is put behind its pipe in [`register`], next to others if Windows has them there.

mod access;
mod association;
mod burden;
mod call;
mod endpoint;
mod enumeration;
mod epmapper;
mod handles;
mod lsarpc;
mod mgmt;
mod names;
mod ntsvcs;
mod oem_password_change;
mod operations;
mod page;
mod password_change;
mod rap;
mod rights;
mod samr;
mod spoolss;
mod srvsvc;
mod svcctl;
mod tcp;
#[cfg(test)]
mod tcp_tests;
#[cfg(test)]
mod tests;
mod win32;
mod winreg;
mod wkssvc;

pub use lsarpc::Secrets;
pub use svcctl::ServiceDatabase;
pub use tcp::RpcPort;

use endpoint::{Endpoint, Interface, Reached, Runtime};
use lanward_nt::FileTime;
use lanward_server::{MemoryShares, Server, ShareStore};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// What the interfaces change and read beyond the server's live lists: what is kept when the server ends.
#[derive(Debug, Clone)]
pub struct Administration {
    /// What is kept of the services while the server runs.
    pub services: Arc<ServiceDatabase>,
    /// What clients keep in secret while the server runs.
    pub secrets: Arc<Secrets>,
    /// Where shares are kept that management makes, and what it changes about the server.
    pub shares: Arc<dyn ShareStore>,
}

impl Default for Administration {
    /// Nothing is kept, and no folder can be shared.
    fn default() -> Self {
        Self {
            services: Arc::default(),
            secrets: Arc::default(),
            shares: Arc::new(MemoryShares::new(|_| None)),
        }
    }
}

/// The pipes, and which interfaces are behind each.
const PIPES: &[(&str, &str, &[Interface])] = &[
    ("lsarpc", "\\PIPE\\lsass", &[lsarpc::INTERFACE]),
    ("lsass", "\\PIPE\\lsass", &[lsarpc::INTERFACE, samr::INTERFACE]),
    ("ntsvcs", "\\PIPE\\ntsvcs", &[ntsvcs::INTERFACE]),
    ("plugplay", "\\PIPE\\ntsvcs", &[ntsvcs::INTERFACE]),
    ("samr", "\\PIPE\\lsass", &[samr::INTERFACE]),
    ("spoolss", "\\PIPE\\spoolss", &[spoolss::INTERFACE]),
    ("srvsvc", "\\PIPE\\srvsvc", &[srvsvc::INTERFACE]),
    ("svcctl", "\\PIPE\\svcctl", &[svcctl::INTERFACE]),
    ("winreg", "\\PIPE\\winreg", &[winreg::INTERFACE]),
    ("wkssvc", "\\PIPE\\wkssvc", &[wkssvc::INTERFACE]),
];

/// The pipe at which everybody asks where interfaces are.
const MAPPER: &str = "\\PIPE\\epmapper";

/// The management interfaces of a server, which its pipes serve.
pub struct Management {
    server: Arc<Server>,
    runtime: Arc<Runtime>,
}

/// Opens the management pipes on a server.
pub fn register(server: &Arc<Server>, administration: Administration) -> Management {
    let runtime = Arc::new(Runtime::new(administration));
    let lanman = runtime.administration.clone();
    server.lanman().serve(Arc::new(move |caller, request| {
        let administration = lanman.clone();
        Box::pin(async move { rap::answer(caller, &administration, request).await })
    }));
    let mapper = [epmapper::INTERFACE];
    let pipes = PIPES.iter().copied().chain([("epmapper", MAPPER, &mapper as &[Interface])]);
    for (name, address, interfaces) in pipes {
        for interface in interfaces {
            // As it can be opened: several pipes may call themselves by one address.
            runtime.reach(interface.id, Reached::Pipe(format!("\\PIPE\\{name}").into()));
        }
        server.pipes().register(name, Arc::new(Endpoint::new(address, interfaces, &runtime)));
    }
    Management { server: Arc::clone(server), runtime }
}

impl Management {
    /// A port at which all interfaces are served to those who prove who they are, over TCP.
    #[must_use]
    pub fn port(&self, number: u16) -> Arc<RpcPort> {
        let mut all: Vec<Interface> = Vec::new();
        for interface in PIPES.iter().flat_map(|(_, _, interfaces)| interfaces.iter()) {
            if !all.iter().any(|known| known.id == interface.id) {
                self.runtime.reach(interface.id, Reached::Port(number));
                all.push(*interface);
            }
        }
        RpcPort::new(&self.server, Endpoint::new(&number.to_string(), &all, &self.runtime))
    }

    /// A port at which everybody may ask where interfaces are, over TCP: 135 where clients look for it.
    #[must_use]
    pub fn mapper_port(&self, number: u16) -> Arc<RpcPort> {
        let endpoint = Endpoint::new(&number.to_string(), &[epmapper::INTERFACE], &self.runtime);
        self.runtime.reach(epmapper::INTERFACE.id, Reached::Port(number));
        RpcPort::new(&self.server, endpoint.public())
    }
}

/// 100-nanosecond intervals since 1601.
fn now() -> FileTime {
    const EPOCH: u64 = 116_444_736_000_000_000;
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    FileTime(EPOCH.saturating_add(u64::try_from(since.as_nanos() / 100).unwrap_or(0)))
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

//! Remote management: the server and workstation services ([MS-SRVS], [MS-WKST]) as named pipes. They are views over the server's live
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
mod call;
mod endpoint;
mod handles;
mod srvsvc;
mod svcctl;
#[cfg(test)]
mod tests;
mod win32;
mod wkssvc;

pub use svcctl::ServiceDatabase;

use endpoint::{Endpoint, Interface};
use handles::Groups;
use lanward_server::Server;
use std::sync::Arc;

/// What the interfaces change and read beyond the server's live lists: what is kept when the server ends.
#[derive(Debug, Clone, Default)]
pub struct Administration {
    /// What is kept of the services while the server runs.
    pub services: Arc<ServiceDatabase>,
}

/// The pipes, and which interfaces are behind each.
const PIPES: &[(&str, &str, &[Interface])] = &[
    ("srvsvc", "\\PIPE\\srvsvc", &[srvsvc::INTERFACE]),
    ("svcctl", "\\PIPE\\svcctl", &[svcctl::INTERFACE]),
    ("wkssvc", "\\PIPE\\wkssvc", &[wkssvc::INTERFACE]),
];

/// Opens the management pipes on a server.
pub fn register(server: &Arc<Server>, administration: Administration) {
    let (administration, groups) = (Arc::new(administration), Arc::new(Groups::default()));
    for &(name, address, interfaces) in PIPES {
        let (administration, groups) = (Arc::clone(&administration), Arc::clone(&groups));
        let endpoint = Endpoint { address, interfaces, administration, groups };
        server.pipes().register(name, Arc::new(endpoint));
    }
}

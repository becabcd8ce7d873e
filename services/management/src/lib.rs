//! Remote management: the server and workstation services ([MS-SRVS], [MS-WKST]) as named pipes. They are views over the server's live
//! lists and keep none of their own; an information level is a function of what is there.

mod pipe;
mod srvsvc;
#[cfg(test)]
mod tests;
mod win32;
mod wkssvc;

use lanward_server::Server;
use std::sync::Arc;

/// Opens the management pipes, `srvsvc` and `wkssvc`, on a server.
pub fn register(server: &Arc<Server>) {
    server.pipes().register("srvsvc", Arc::new(srvsvc::service()));
    server.pipes().register("wkssvc", Arc::new(wkssvc::service()));
}

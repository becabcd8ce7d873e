//! One file per command. Each turns a body into a call of the core and the answer into a body; no rule of the server is here.

mod echo;
mod logoff_andx;
mod negotiate;
mod process_exit;
mod session_setup_andx;
mod tree_connect;
mod tree_connect_andx;
mod tree_disconnect;

pub(super) use echo::echo;
pub(super) use logoff_andx::logoff_andx;
pub(super) use negotiate::negotiate;
pub(super) use process_exit::process_exit;
pub(super) use session_setup_andx::session_setup_andx;
pub(super) use tree_connect::tree_connect;
pub(super) use tree_connect_andx::tree_connect_andx;
pub(super) use tree_disconnect::tree_disconnect;

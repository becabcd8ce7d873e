//! The SMB service: connections, what they negotiate, who logs on, and one file per command.
//!
//! An engine over `lanward-server`: it knows how SMB 1, 2 and 3 look on the wire and in which order things happen there, and no rule about
//! files. A request is polled once on its connection's task; only one that must wait is kept among the waiting.

mod arrivals;
mod buffer;
mod dfs;
mod frame;
mod fsctl;
mod idle;
mod link;
mod listener;
mod logon;
mod multi_protocol;
mod pipe_info;
mod poll;
mod print_info;
mod service;
mod session_service;
mod share_path;
mod smb1;
mod smb2;
mod snapshots;
mod worker;

pub use arrivals::{Arrivals, RefusedArrivals};
pub use listener::{serve, serve_sessions};
pub use service::{Config, Service};
pub use worker::Workers;

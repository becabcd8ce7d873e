//! What clients reach through this server that is not its own: serial lines of this machine and of terminal servers.
//! Who may reach them is decided in `lanward-server`.

mod line;

pub use line::{TcpPort, TerminalPort};

//! What clients reach through this server that is not its own: serial lines of this machine and of terminal servers, as devices, and services of
//! this machine, as named pipes. Who may reach them is said by the configuration, and by nothing else: what is not named is not there.

mod line;
mod service;

pub use line::{TcpPort, TerminalPort};
pub use service::{LocalService, ServicePolicy};

use std::io;
use std::os::fd::AsRawFd;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// For waiting until a descriptor has something to read, or room.
#[expect(
    deprecated,
    reason = "what replaces it is unsafe for types that could change their descriptor, which these cannot"
)]
fn watched<T: AsRawFd>(inner: T) -> io::Result<AsyncFd<T>> {
    AsyncFd::with_interest(inner, Interest::READABLE | Interest::WRITABLE)
}

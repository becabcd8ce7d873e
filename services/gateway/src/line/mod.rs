//! Serial lines.

mod settings;
mod tcp;
mod terminal;

pub use tcp::TcpPort;
pub use terminal::TerminalPort;

use lanward_nt::NtStatus;
use std::io;
use std::time::Duration;

/// How long a line may take to open.
const OPENING: Duration = Duration::from_secs(10);
/// Most bytes that are read at once: what the kernel keeps for a terminal.
const CHUNK: usize = 4096;

/// What an error of a line is to a client.
fn status_of(error: &io::Error) -> NtStatus {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => NtStatus::NO_SUCH_DEVICE,
        io::ErrorKind::PermissionDenied => NtStatus::ACCESS_DENIED,
        io::ErrorKind::ResourceBusy => NtStatus::SHARING_VIOLATION,
        io::ErrorKind::TimedOut => NtStatus::IO_TIMEOUT,
        io::ErrorKind::InvalidInput => NtStatus::INVALID_PARAMETER,
        io::ErrorKind::Unsupported => NtStatus::NOT_SUPPORTED,
        // What is at the other end is gone: a terminal answers EIO then.
        _ => NtStatus::DEVICE_NOT_CONNECTED,
    }
}

use rustix::fd::AsFd;
use rustix::fs::sendfile;
use rustix::io::Result;
use rustix::net::{SendFlags, send};
use std::io;

/// Sends up to `length` bytes of `file` from `offset` on over `socket` without copying them through this process, and answers how many; 0
/// where the file ends.
///
/// # Errors
/// The system's; `WouldBlock` while the socket takes no more.
pub fn send_file(socket: impl AsFd, file: impl AsFd, offset: u64, length: usize) -> io::Result<usize> {
    let mut offset = offset;
    Ok(sendfile(socket, file, Some(&mut offset), length)?)
}

/// Sends bytes that more will follow at once, so that they need not travel alone; answers how many were taken.
///
/// # Errors
/// The system's; `WouldBlock` while the socket takes no more.
pub fn send_more(socket: impl AsFd, bytes: &[u8]) -> io::Result<usize> {
    let sent: Result<usize> = send(socket, bytes, SendFlags::MORE | SendFlags::NOSIGNAL);
    Ok(sent?)
}

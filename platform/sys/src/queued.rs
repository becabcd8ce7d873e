use crate::read::last_error;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Bytes given to a TCP connection that its other end has not acknowledged yet (SIOCOUTQ of tcp(7)).
///
/// # Errors
/// The system's.
pub fn unacknowledged(socket: impl AsFd) -> io::Result<usize> {
    let mut queued: libc::c_int = 0;
    // SAFETY: the descriptor is open while it is borrowed, and SIOCOUTQ, which is TIOCOUTQ, writes one int.
    let done = unsafe { libc::ioctl(socket.as_fd().as_raw_fd(), libc::TIOCOUTQ, &raw mut queued) };
    if done != 0 {
        return Err(last_error().into());
    }
    Ok(usize::try_from(queued).unwrap_or(0))
}

/// Whether the other end of a TCP connection has closed it, be there bytes before that which nobody has read.
#[must_use]
pub fn is_closed_by_peer(socket: impl AsFd) -> bool {
    let mut polled = [PollFd::new(&socket, PollFlags::RDHUP)];
    let gone = PollFlags::RDHUP | PollFlags::HUP | PollFlags::ERR;
    poll(&mut polled, Some(&Timespec::default())).is_ok() && polled[0].revents().intersects(gone)
}

#[cfg(test)]
mod tests {
    use super::{is_closed_by_peer, unacknowledged};
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn what_was_read_was_acknowledged() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut other, _) = listener.accept().unwrap();
        assert_eq!(unacknowledged(&one).unwrap(), 0);
        // More than both ends' buffers hold, with nobody reading.
        one.set_nonblocking(true).unwrap();
        let mut sent = 0;
        while let Ok(n) = one.write(&[0; 0x1_0000]) {
            sent += n;
        }
        assert!(unacknowledged(&one).unwrap() > 0);
        let mut rest = vec![0; sent];
        other.read_exact(&mut rest).unwrap();
        while unacknowledged(&one).unwrap() > 0 {
            std::thread::yield_now();
        }
    }

    #[test]
    fn who_has_closed_is_known_before_everything_is_read() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (other, _) = listener.accept().unwrap();
        one.write_all(b"still to be read").unwrap();
        assert!(!is_closed_by_peer(&other));
        drop(one);
        while !is_closed_by_peer(&other) {
            std::thread::yield_now();
        }
    }
}

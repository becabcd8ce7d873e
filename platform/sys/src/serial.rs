//! Serial ports beyond termios: the lines of a modem, breaks, and what went wrong.

use crate::read::last_error;
use std::io;
use std::os::fd::{AsFd, AsRawFd};

/// Lines of a modem, as tty_ioctl(4) numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SerialLines(libc::c_int);

impl SerialLines {
    /// Clear to send
    pub const CTS: Self = Self(libc::TIOCM_CTS);
    /// Data carrier detect
    pub const DCD: Self = Self(libc::TIOCM_CAR);
    /// Data set ready
    pub const DSR: Self = Self(libc::TIOCM_DSR);
    /// Data terminal ready
    pub const DTR: Self = Self(libc::TIOCM_DTR);
    /// Ring indicator
    pub const RI: Self = Self(libc::TIOCM_RNG);
    /// Request to send
    pub const RTS: Self = Self(libc::TIOCM_RTS);

    /// Whether all of these are on.
    #[must_use]
    pub const fn contains(self, lines: Self) -> bool {
        self.0 & lines.0 == lines.0
    }

    /// These and those.
    #[must_use]
    pub const fn with(self, lines: Self) -> Self {
        Self(self.0 | lines.0)
    }
}

/// How often something happened on a serial port since the machine started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SerialCounts {
    /// CTS changed.
    pub cts: u32,
    /// DSR changed.
    pub dsr: u32,
    /// DCD changed.
    pub dcd: u32,
    /// It rang.
    pub ring: u32,
    /// Characters without an end.
    pub framing: u32,
    /// Characters with a wrong parity bit.
    pub parity: u32,
    /// Characters that came before the one in front was taken.
    pub overrun: u32,
    /// Characters that found no room.
    pub queue_overrun: u32,
    /// Breaks.
    pub breaks: u32,
}

/// The lines that are on (TIOCMGET).
///
/// # Errors
/// The system's: this is no serial port, among others.
pub fn serial_lines(port: impl AsFd) -> io::Result<SerialLines> {
    let mut lines: libc::c_int = 0;
    // SAFETY: the descriptor is open while it is borrowed, and TIOCMGET writes one int.
    let done = unsafe { libc::ioctl(port.as_fd().as_raw_fd(), libc::TIOCMGET, &raw mut lines) };
    if done == 0 { Ok(SerialLines(lines)) } else { Err(last_error().into()) }
}

/// Switches lines on and others off (TIOCMBIS, TIOCMBIC).
///
/// # Errors
/// Unsupported: this is no serial port; the system's.
pub fn set_serial_lines(port: impl AsFd, on: SerialLines, off: SerialLines) -> io::Result<()> {
    for (request, lines) in [(libc::TIOCMBIS, on), (libc::TIOCMBIC, off)] {
        // SAFETY: the descriptor is open while it is borrowed, and both requests read one int.
        let done = unsafe { libc::ioctl(port.as_fd().as_raw_fd(), request, &raw const lines.0) };
        if done != 0 {
            return Err(unsupported(last_error().into()));
        }
    }
    Ok(())
}

/// Begins to send a break, or ends it (TIOCSBRK, TIOCCBRK).
///
/// # Errors
/// The system's.
pub fn set_serial_break(port: impl AsFd, on: bool) -> io::Result<()> {
    let request = if on { libc::TIOCSBRK } else { libc::TIOCCBRK };
    // SAFETY: the descriptor is open while it is borrowed, and both requests take nothing.
    let done = unsafe { libc::ioctl(port.as_fd().as_raw_fd(), request) };
    if done == 0 { Ok(()) } else { Err(unsupported(last_error().into())) }
}

/// What happened on a port (TIOCGICOUNT).
///
/// # Errors
/// The system's: this is no serial port, among others.
pub fn serial_counts(port: impl AsFd) -> io::Result<SerialCounts> {
    /// `cts`, `dsr`, `rng`, `dcd`, `rx`, `tx`, `frame`, `overrun`, `parity`, `brk`, `buf_overrun` and nine reserved, of linux/serial.h.
    type Icounter = [libc::c_int; 20];
    let mut counter: Icounter = [0; 20];
    // SAFETY: the descriptor is open while it is borrowed, and TIOCGICOUNT writes one `serial_icounter_struct`, which is 20 ints.
    let done = unsafe { libc::ioctl(port.as_fd().as_raw_fd(), libc::TIOCGICOUNT, &raw mut counter) };
    if done != 0 {
        return Err(last_error().into());
    }
    let [cts, dsr, ring, dcd, _, _, framing, overrun, parity, breaks, queue_overrun, ..] =
        counter.map(libc::c_int::cast_unsigned);
    Ok(SerialCounts { cts, dsr, dcd, ring, framing, parity, overrun, queue_overrun, breaks })
}

/// What is no serial port says that the call is none of its own.
fn unsupported(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(libc::ENOTTY | libc::EINVAL) => io::ErrorKind::Unsupported.into(),
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_serial_port_says_so() {
        let file = std::fs::File::open("/dev/null").unwrap();
        assert!(serial_lines(&file).is_err() && serial_counts(&file).is_err());
        let refused = set_serial_lines(&file, SerialLines::DTR, SerialLines::RTS).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::Unsupported);
        assert_eq!(set_serial_break(&file, true).unwrap_err().kind(), io::ErrorKind::Unsupported);
    }

    #[test]
    fn lines_add_up() {
        let both = SerialLines::DTR.with(SerialLines::RTS);
        assert!(both.contains(SerialLines::DTR) && !both.contains(SerialLines::CTS));
    }
}

//! A terminal of this machine.

use super::{CHUNK, OPENING, settings, status_of};
use crate::watched;
use lanward_nt::NtStatus;
use lanward_server::{
    CommPort, Line, LineCommand, LineCounts, LineSettings, LineStatus, LineWork, ModemLines,
};
use lanward_sys::{SerialCounts, SerialLines};
use rustix::fs::{Mode, OFlags};
use rustix::termios::{Action, OptionalActions, QueueSelector, Termios};
use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Weak};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

/// A terminal by its path: `/dev/ttyS0`. Opens at the same time share it, and its settings.
pub struct TerminalPort {
    path: PathBuf,
    settings: LineSettings,
    /// What is open. Whoever holds it opens.
    open: Mutex<Weak<Terminal>>,
    /// Whose the terminal is, until it is as it was before.
    turn: Arc<Mutex<()>>,
}

impl TerminalPort {
    /// A terminal that is set so whenever it is opened.
    #[must_use]
    pub fn new(path: PathBuf, settings: LineSettings) -> Self {
        Self { path, settings, open: Mutex::default(), turn: Arc::default() }
    }

    async fn terminal(&self) -> Result<Arc<Terminal>, NtStatus> {
        let mut open = self.open.lock().await;
        if let Some(terminal) = open.upgrade() {
            return Ok(terminal);
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let (path, settings) = (self.path.clone(), self.settings);
        // Some drivers take their time.
        let opened = tokio::task::spawn_blocking(move || Opened::new(&path, &settings, turn)).await;
        let opened = opened.map_err(|_| NtStatus::UNSUCCESSFUL)?.map_err(|error| {
            tracing::warn!(path = %self.path.display(), %error, "A serial line cannot be opened");
            status_of(&error)
        })?;
        let fd = watched(opened).map_err(|error| status_of(&error))?;
        let terminal = Arc::new(Terminal { fd: Some(fd) });
        *open = Arc::downgrade(&terminal);
        Ok(terminal)
    }
}

impl CommPort for TerminalPort {
    fn open(&self) -> LineWork<'_, Box<dyn Line>> {
        Box::pin(async move {
            let terminal = timeout(OPENING, self.terminal()).await.map_err(|_| NtStatus::IO_TIMEOUT)??;
            Ok(Box::new(TerminalLine(terminal)) as Box<dyn Line>)
        })
    }
}

impl fmt::Debug for TerminalPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TerminalPort").field("path", &self.path).finish_non_exhaustive()
    }
}

/// A terminal that was made a line, and is what it was before when this is dropped.
struct Opened {
    fd: OwnedFd,
    before: Termios,
    _turn: OwnedMutexGuard<()>,
}

impl Opened {
    fn new(path: &Path, settings: &LineSettings, turn: OwnedMutexGuard<()>) -> io::Result<Self> {
        // It becomes nobody's controlling terminal, and a modem without a carrier keeps nobody waiting.
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let fd = rustix::fs::open(path, flags, Mode::empty())?;
        if !rustix::termios::isatty(&fd) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "this is no terminal"));
        }
        // Others are kept out as far as the system does that.
        rustix::termios::ioctl_tiocexcl(&fd)?;
        let before = rustix::termios::tcgetattr(&fd)?;
        let opened = Self { fd, before, _turn: turn };
        opened.set(settings)?;
        // What came before anybody listened is nobody's.
        rustix::termios::tcflush(&opened.fd, QueueSelector::IFlush)?;
        Ok(opened)
    }

    fn set(&self, wanted: &LineSettings) -> io::Result<()> {
        let found = rustix::termios::tcgetattr(&self.fd)?;
        let mut changed = found.clone();
        settings::apply(wanted, &mut changed)?;
        rustix::termios::tcsetattr(&self.fd, OptionalActions::Now, &changed)?;
        if settings::took(wanted, &settings::of(&rustix::termios::tcgetattr(&self.fd)?)) {
            return Ok(());
        }
        // A driver that cannot do it says nothing, and does something else.
        rustix::termios::tcsetattr(&self.fd, OptionalActions::Now, &found)?;
        Err(io::Error::new(io::ErrorKind::InvalidInput, "the device cannot be set so"))
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        let restored = rustix::termios::tcsetattr(&self.fd, OptionalActions::Now, &self.before);
        let restored = restored.and_then(|()| rustix::termios::ioctl_tiocnxcl(&self.fd));
        if let Err(error) = restored {
            tracing::debug!(%error, "A serial line is not as it was before");
        }
    }
}

impl AsRawFd for Opened {
    fn as_raw_fd(&self) -> RawFd {
        self.fd.as_raw_fd()
    }
}

impl AsFd for Opened {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// A terminal in use.
struct Terminal {
    /// Always there, until it is dropped.
    fd: Option<AsyncFd<Opened>>,
}

impl Terminal {
    fn fd(&self) -> Result<&AsyncFd<Opened>, NtStatus> {
        self.fd.as_ref().ok_or(NtStatus::FILE_CLOSED)
    }

    fn borrowed(&self) -> Result<BorrowedFd<'_>, NtStatus> {
        Ok(self.fd()?.get_ref().as_fd())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let Some(opened) = self.fd.take().map(AsyncFd::into_inner) else { return };
        // The system may wait for what was not sent: that keeps no worker.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn_blocking(move || drop(opened));
        }
    }
}

/// A terminal, as one of those who have it open does.
struct TerminalLine(Arc<Terminal>);

impl Line for TerminalLine {
    fn read<'a>(&'a self, max: usize, out: &'a mut Vec<u8>) -> LineWork<'a, usize> {
        Box::pin(async move {
            let mut chunk = [0; CHUNK];
            let room = &mut chunk[..max.min(CHUNK)];
            let read = |opened: &Opened| Ok(rustix::io::read(&opened.fd, &mut *room)?);
            let count = match self.0.fd()?.async_io(Interest::READABLE, read).await {
                Ok(0) => return Err(NtStatus::DEVICE_NOT_CONNECTED),
                read => read.map_err(|error| status_of(&error))?,
            };
            out.extend_from_slice(&chunk[..count]);
            Ok(count)
        })
    }

    fn write<'a>(&'a self, data: &'a [u8]) -> LineWork<'a, usize> {
        Box::pin(async move {
            let write = |opened: &Opened| Ok(rustix::io::write(&opened.fd, data)?);
            let written = self.0.fd()?.async_io(Interest::WRITABLE, write).await;
            written.map_err(|error| status_of(&error))
        })
    }

    fn settings(&self) -> Result<LineSettings, NtStatus> {
        let terminal = rustix::termios::tcgetattr(self.0.borrowed()?);
        Ok(settings::of(&terminal.map_err(|error| status_of(&error.into()))?))
    }

    fn set(&self, settings: &LineSettings) -> Result<(), NtStatus> {
        self.0.fd()?.get_ref().set(settings).map_err(|error| status_of(&error))
    }

    fn command(&self, command: LineCommand) -> Result<(), NtStatus> {
        let fd = self.0.borrowed()?;
        let done = match command {
            LineCommand::Break(on) => lanward_sys::set_serial_break(fd, on),
            LineCommand::Transmit(true) => rustix::termios::tcflow(fd, Action::OOn).map_err(io::Error::from),
            LineCommand::Transmit(false) => {
                rustix::termios::tcflow(fd, Action::OOff).map_err(io::Error::from)
            }
            LineCommand::FlushInput => {
                rustix::termios::tcflush(fd, QueueSelector::IFlush).map_err(io::Error::from)
            }
            LineCommand::FlushOutput => {
                rustix::termios::tcflush(fd, QueueSelector::OFlush).map_err(io::Error::from)
            }
            LineCommand::Modem { on, off } => lanward_sys::set_serial_lines(fd, of_modem(on), of_modem(off)),
        };
        done.map_err(|error| status_of(&error))
    }

    fn status(&self) -> Result<LineStatus, NtStatus> {
        let fd = self.0.borrowed()?;
        let count = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX);
        let input = rustix::io::ioctl_fionread(fd).map_err(|error| status_of(&error.into()))?;
        let output = lanward_sys::unacknowledged(fd).map_err(|error| status_of(&error))?;
        // Terminals that are no serial ports have neither.
        let lines = lanward_sys::serial_lines(fd).unwrap_or_default();
        let counts = lanward_sys::serial_counts(fd).unwrap_or_default();
        Ok(LineStatus {
            input: count(input),
            output: count(output as u64),
            modem: modem_of(lines),
            counts: counts_of(counts),
        })
    }
}

const LINES: [(ModemLines, SerialLines); 6] = [
    (ModemLines::DTR, SerialLines::DTR),
    (ModemLines::RTS, SerialLines::RTS),
    (ModemLines::CTS, SerialLines::CTS),
    (ModemLines::DSR, SerialLines::DSR),
    (ModemLines::RI, SerialLines::RI),
    (ModemLines::DCD, SerialLines::DCD),
];

fn modem_of(lines: SerialLines) -> ModemLines {
    LINES.iter().filter(|(_, line)| lines.contains(*line)).map(|(modem, _)| *modem).collect()
}

fn of_modem(modem: ModemLines) -> SerialLines {
    let on = LINES.iter().filter(|(line, _)| modem.contains(*line));
    on.fold(SerialLines::default(), |lines, (_, line)| lines.with(*line))
}

fn counts_of(counts: SerialCounts) -> LineCounts {
    let SerialCounts { cts, dsr, dcd, ring, framing, parity, overrun, queue_overrun, breaks } = counts;
    LineCounts { cts, dsr, dcd, ring, framing, parity, overrun, queue_overrun, breaks }
}

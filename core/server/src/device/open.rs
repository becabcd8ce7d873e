use super::comm::Claim;
use super::{CommPolicy, Line, LineCommand, LineCounts, LineSettings, LineStatus};
use lanward_nt::{AccessMask, NtStatus};
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

/// The longest anybody waits for a line, whatever he asks for: what 16 bits count of hundredths of seconds.
const LONGEST: Duration = Duration::from_millis(655_350);

/// How long reads and writes wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineTiming {
    /// What a read waits for.
    pub wait: ReadWait,
    /// How long it waits for that.
    pub read: Duration,
    /// How long a write waits until all is sent.
    pub write: Duration,
}

/// What a read waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadWait {
    /// All that was asked for.
    Everything,
    /// The first byte; then it takes what there is.
    Something,
    /// Nothing.
    Nothing,
}

/// An open of a device. Bytes go in the order of the requests, in each direction.
pub struct DeviceOpen {
    /// `None` once it is closed.
    line: Mutex<Option<Arc<Held>>>,
    granted: AccessMask,
    closed: Notify,
    reading: tokio::sync::Mutex<()>,
    writing: tokio::sync::Mutex<()>,
    idle: Option<Duration>,
    state: Mutex<State>,
    read: AtomicU64,
    written: AtomicU64,
}

/// The line, with the right to it: that ends with the line and not before.
struct Held {
    line: Box<dyn Line>,
    _claim: Claim,
}

struct State {
    timing: LineTiming,
    /// When something was last asked of it.
    used: Instant,
    breaking: bool,
    stopped: bool,
    /// What has been told.
    told: LineCounts,
    events: LineCounts,
}

impl DeviceOpen {
    pub(crate) fn new(line: Box<dyn Line>, claim: Claim, granted: AccessMask, policy: &CommPolicy) -> Self {
        let counts = line.status().unwrap_or_default().counts;
        let state = State {
            timing: policy.timing,
            used: Instant::now(),
            breaking: false,
            stopped: false,
            told: counts,
            events: counts,
        };
        Self {
            line: Mutex::new(Some(Arc::new(Held { line, _claim: claim }))),
            granted,
            closed: Notify::new(),
            reading: tokio::sync::Mutex::default(),
            writing: tokio::sync::Mutex::default(),
            idle: policy.idle,
            state: Mutex::new(state),
            read: AtomicU64::new(0),
            written: AtomicU64::new(0),
        }
    }

    /// What it was opened for.
    #[must_use]
    pub const fn granted_access(&self) -> AccessMask {
        self.granted
    }

    /// Bytes that were read and written through it.
    #[must_use]
    pub fn octets(&self) -> (u64, u64) {
        (self.read.load(Ordering::Relaxed), self.written.load(Ordering::Relaxed))
    }

    /// How long its reads and writes wait.
    #[must_use]
    pub fn timing(&self) -> LineTiming {
        self.state().timing
    }

    /// Changes that.
    pub fn set_timing(&self, timing: LineTiming) {
        self.state().timing = timing;
    }

    /// Appends at most `max` bytes of what comes, at least `min` of them if they come within `wait`; without that what [`LineTiming`] says.
    /// Whatever came until then is there, and may be nothing.
    ///
    /// # Errors
    /// ACCESS_DENIED: it was opened for something else; FILE_CLOSED; what the device says.
    pub async fn read(
        &self,
        max: usize,
        wanted: Option<(usize, Duration)>,
        out: &mut Vec<u8>,
    ) -> Result<usize, NtStatus> {
        self.demand(AccessMask::READ_DATA)?;
        let timing = self.touch();
        let (least, wait) = wanted.unwrap_or(match timing.wait {
            ReadWait::Everything => (max, timing.read),
            ReadWait::Something => (1, timing.read),
            ReadWait::Nothing => (0, Duration::ZERO),
        });
        let (least, deadline) = (least.min(max), Instant::now() + wait.min(LONGEST));
        // Whose turn it is not within that time takes nothing out of the middle of what another reads.
        let Some(_turn) = self.until(deadline, async { Ok(self.reading.lock().await) }).await? else {
            return Ok(0);
        };
        let start = out.len();
        while out.len() - start < max {
            let enough = out.len() - start >= least;
            // What is there already is taken without waiting for it.
            let deadline = if enough { Instant::now() } else { deadline };
            let held = self.held()?;
            let room = max - (out.len() - start);
            match self.until(deadline, held.line.read(room, out)).await {
                Ok(Some(0) | None) => break,
                Ok(Some(_)) => {}
                Err(_) if out.len() > start => break,
                Err(status) => return Err(status),
            }
        }
        let count = out.len() - start;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        self.touch();
        Ok(count)
    }

    /// Sends bytes, as many as go within `wait`, without that within what [`LineTiming`] says, and answers how many.
    ///
    /// # Errors
    /// As [`DeviceOpen::read`]; IO_TIMEOUT: none went.
    pub async fn write(&self, data: &[u8], wait: Option<Duration>) -> Result<usize, NtStatus> {
        self.demand(AccessMask::WRITE_DATA)?;
        let timing = self.touch();
        let deadline = Instant::now() + wait.unwrap_or(timing.write).min(LONGEST);
        let _turn = self
            .until(deadline, async { Ok(self.writing.lock().await) })
            .await?
            .ok_or(NtStatus::IO_TIMEOUT)?;
        let mut sent = 0;
        while sent < data.len() {
            let held = self.held()?;
            match self.until(deadline, held.line.write(&data[sent..])).await {
                Ok(Some(count)) if count > 0 => {
                    sent += count;
                    self.written.fetch_add(count as u64, Ordering::Relaxed);
                }
                Ok(_) if sent == 0 => return Err(NtStatus::IO_TIMEOUT),
                Err(status) if sent == 0 => return Err(status),
                Ok(_) | Err(_) => break,
            }
        }
        self.touch();
        Ok(sent)
    }

    /// How the line is set.
    ///
    /// # Errors
    /// FILE_CLOSED; what [`Line::settings`] says.
    pub fn settings(&self) -> Result<LineSettings, NtStatus> {
        self.touch();
        self.held()?.line.settings()
    }

    /// Sets the line.
    ///
    /// # Errors
    /// FILE_CLOSED; what [`Line::set`] says.
    pub fn set(&self, settings: &LineSettings) -> Result<(), NtStatus> {
        self.touch();
        self.held()?.line.set(settings)
    }

    /// Has the line do something.
    ///
    /// # Errors
    /// FILE_CLOSED; what [`Line::command`] says.
    pub fn command(&self, command: LineCommand) -> Result<(), NtStatus> {
        self.touch();
        self.held()?.line.command(command)?;
        let mut state = self.state();
        match command {
            LineCommand::Break(on) => state.breaking = on,
            LineCommand::Transmit(on) => state.stopped = !on,
            LineCommand::FlushInput | LineCommand::FlushOutput | LineCommand::Modem { .. } => {}
        }
        Ok(())
    }

    /// How the line is.
    ///
    /// # Errors
    /// FILE_CLOSED; what [`Line::status`] says.
    pub fn status(&self) -> Result<LineStatus, NtStatus> {
        self.touch();
        self.held()?.line.status()
    }

    /// Whether a break is being sent, and whether sending is stopped, by order of whoever has it open.
    #[must_use]
    pub fn is_held_up(&self) -> (bool, bool) {
        let state = self.state();
        (state.breaking, state.stopped)
    }

    /// The counts of errors when this was last asked, and now.
    ///
    /// # Errors
    /// As [`DeviceOpen::status`].
    pub fn errors(&self) -> Result<(LineCounts, LineCounts), NtStatus> {
        let now = self.status()?.counts;
        Ok((std::mem::replace(&mut self.state().told, now), now))
    }

    /// The same of events.
    ///
    /// # Errors
    /// As [`DeviceOpen::status`].
    pub fn events(&self) -> Result<(LineCounts, LineCounts), NtStatus> {
        let now = self.status()?.counts;
        Ok((std::mem::replace(&mut self.state().events, now), now))
    }

    /// Whether nobody has asked anything of it for as long as its device allows, and waits for nothing.
    pub(crate) fn is_idle(&self) -> bool {
        let is_used = || self.reading.try_lock().is_err() || self.writing.try_lock().is_err();
        self.idle.is_some_and(|idle| self.state().used.elapsed() >= idle) && !is_used()
    }

    /// Gives the line back; who waits is told. Whether it was there: doing it again does nothing.
    pub(crate) fn close(&self) -> bool {
        let held = self.line.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.closed.notify_waiters();
        held.is_some()
    }

    fn demand(&self, access: AccessMask) -> Result<(), NtStatus> {
        if self.granted.contains(access) { Ok(()) } else { Err(NtStatus::ACCESS_DENIED) }
    }

    fn held(&self) -> Result<Arc<Held>, NtStatus> {
        let line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.clone().ok_or(NtStatus::FILE_CLOSED)
    }

    fn touch(&self) -> LineTiming {
        let mut state = self.state();
        state.used = Instant::now();
        state.timing
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works until then, as long as the device is open; `None` if that was not long enough.
    async fn until<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = Result<T, NtStatus>>,
    ) -> Result<Option<T>, NtStatus> {
        let mut closed = pin!(self.closed.notified());
        closed.as_mut().enable();
        // Closed before anybody could be told of it.
        drop(self.held()?);
        let mut work = pin!(timeout_at(deadline, work));
        poll_fn(|cx| match closed.as_mut().poll(cx) {
            Poll::Ready(()) => Poll::Ready(Err(NtStatus::FILE_CLOSED)),
            Poll::Pending => work.as_mut().poll(cx).map(|worked| worked.ok().transpose()),
        })
        .await
    }
}

impl fmt::Debug for DeviceOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceOpen").field("granted", &self.granted).finish_non_exhaustive()
    }
}

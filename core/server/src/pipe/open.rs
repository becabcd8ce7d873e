use super::PipeOutlet;
use crate::{PipeActivity, PipeInstance};
use lanward_nt::NtStatus;
use std::collections::VecDeque;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// Longest message a client may send, in bytes. No RPC fragment is longer.
const INPUT_LIMIT: usize = 64 * 1024;

/// Bytes of unread replies beyond which nothing more is taken from the client.
const OUTPUT_LIMIT: usize = 1024 * 1024;

/// The same over all pipes of a session: who reads answers has none lying about.
const SESSION_OUTPUT_LIMIT: usize = 16 * 1024 * 1024;

/// STATUS_PIPE_BROKEN ([MS-ERREF] 2.3.1): the pipe ended while somebody waited for it.
const PIPE_BROKEN: NtStatus = NtStatus(0xc000_014b);

/// How an open reads ([MS-FSCC] 2.4.37 FilePipeInformation).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PipeMode {
    /// A read ends where a message ends (FILE_PIPE_MESSAGE_MODE); else the messages are one stream of bytes.
    pub message_read: bool,
    /// A read of an empty pipe answers PIPE_EMPTY (FILE_PIPE_COMPLETE_OPERATION); else it waits.
    pub nonblocking: bool,
}

impl Default for PipeMode {
    fn default() -> Self {
        Self { message_read: true, nonblocking: false }
    }
}

/// What a read got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PipeRead {
    /// Bytes appended to the buffer.
    pub length: usize,
    /// The message has more: the read is answered with BUFFER_OVERFLOW, which is no error.
    pub more: bool,
}

/// What FSCTL_PIPE_PEEK tells ([MS-FSCC] 2.3.46).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PipePeek {
    /// Whether the service still answers.
    pub connected: bool,
    /// Bytes that can be read.
    pub available: usize,
    /// Messages that can be read.
    pub messages: usize,
    /// Bytes left of the first of them.
    pub message_length: usize,
}

/// An open of a named pipe: what the client writes is one message, what it reads are the service's answers in order.
pub struct PipeOpen {
    name: Arc<str>,
    activity: Arc<PipeActivity>,
    pub(super) readable: Notify,
    /// Something was read.
    pub(super) room: Notify,
    message_type: bool,
    /// `None` once the conversation is over. Whoever holds it has the message that is under way: the next one waits its turn.
    instance: tokio::sync::Mutex<Option<Box<dyn PipeInstance>>>,
    state: Mutex<State>,
}

pub(super) struct State {
    replies: VecDeque<Vec<u8>>,
    /// Bytes of the first reply that were read.
    read: usize,
    /// Bytes in `replies`, read ones included.
    queued: usize,
    /// The same of all pipes of the session.
    session_queued: Arc<AtomicUsize>,
    mode: PipeMode,
    pub(super) connected: bool,
    pub(super) closed: bool,
    /// When the last message was done with.
    pub(super) used: Instant,
}

impl PipeOpen {
    pub(crate) fn new(
        name: Arc<str>,
        activity: Arc<PipeActivity>,
        session_queued: Arc<AtomicUsize>,
        instance: Box<dyn PipeInstance>,
    ) -> Arc<Self> {
        let message_type = instance.is_message_type();
        let (replies, mode) =
            (VecDeque::new(), PipeMode { message_read: message_type, ..PipeMode::default() });
        let used = Instant::now();
        let state =
            State { replies, read: 0, queued: 0, session_queued, mode, connected: true, closed: false, used };
        let pipe = Arc::new(Self {
            name,
            activity,
            readable: Notify::new(),
            room: Notify::new(),
            message_type,
            instance: tokio::sync::Mutex::new(Some(instance)),
            state: Mutex::new(state),
        });
        // Nobody else has it yet.
        if let Ok(mut instance) = pipe.instance.try_lock()
            && let Some(instance) = instance.as_mut()
        {
            instance.attach(PipeOutlet::new(&pipe));
        }
        pipe
    }

    /// Whether its service talks in messages; it can be read in messages only if it does.
    #[must_use]
    pub const fn is_message_type(&self) -> bool {
        self.message_type
    }

    /// The pipe's name as it was registered.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is open for.
    #[must_use]
    pub fn activity(&self) -> &PipeActivity {
        &self.activity
    }

    /// How this open reads.
    #[must_use]
    pub fn mode(&self) -> PipeMode {
        self.lock().mode
    }

    /// Changes how this open reads.
    ///
    /// # Errors
    /// INVALID_PARAMETER: in messages, which a pipe of bytes has none of ([MS-FSA] 2.1.5.15.10).
    pub fn set_mode(&self, mode: PipeMode) -> Result<(), NtStatus> {
        if mode.message_read && !self.message_type {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.lock().mode = mode;
        self.readable.notify_waiters();
        Ok(())
    }

    /// Sends one message and answers how many bytes were taken: all of them, and the service is done with them. Messages are given to the
    /// service one after the other. Whoever gives this up while the service works ends the conversation.
    ///
    /// # Errors
    /// PIPE_DISCONNECTED: the conversation is over; QUOTA_EXCEEDED: the client does not read its answers; INVALID_PARAMETER: too long.
    pub async fn write(&self, message: &[u8]) -> Result<usize, NtStatus> {
        self.send(message, State::may_write).await?;
        Ok(message.len())
    }

    /// Appends at most `max` bytes of the next message to `out`; waits for one if there is none.
    ///
    /// # Errors
    /// PIPE_EMPTY: none there and this open does not wait; PIPE_DISCONNECTED: none there and none will come; FILE_CLOSED; PIPE_BROKEN: it was
    /// closed while this waited.
    pub async fn read(&self, max: usize, out: &mut Vec<u8>) -> Result<PipeRead, NtStatus> {
        let mut waited = false;
        loop {
            let mut changed = pin!(self.readable.notified());
            changed.as_mut().enable();
            match self.lock().try_read(max, out) {
                Some(Err(NtStatus::FILE_CLOSED)) if waited => return Err(PIPE_BROKEN),
                Some(outcome) => {
                    self.room.notify_waiters();
                    return outcome;
                }
                None => {}
            }
            changed.await;
            waited = true;
        }
    }

    /// Sends one message and reads the answer ([MS-SMB2] 3.3.5.15.10 FSCTL_PIPE_TRANSCEIVE).
    ///
    /// # Errors
    /// As [`PipeOpen::write`] and [`PipeOpen::read`]; PIPE_BUSY: an earlier answer was not read.
    pub async fn transact(
        &self,
        message: &[u8],
        max: usize,
        out: &mut Vec<u8>,
    ) -> Result<PipeRead, NtStatus> {
        self.send(message, State::may_transact).await?;
        self.read(max, out).await
    }

    /// What could be read, and appends at most `max` bytes of it to `out` without taking them.
    ///
    /// # Errors
    /// FILE_CLOSED.
    pub fn peek(&self, max: usize, out: &mut Vec<u8>) -> Result<PipePeek, NtStatus> {
        let state = self.lock();
        if state.closed {
            return Err(NtStatus::FILE_CLOSED);
        }
        let first = state.first();
        out.extend_from_slice(&first[..first.len().min(max)]);
        Ok(PipePeek {
            connected: state.connected,
            available: state.queued - state.read,
            messages: state.replies.len(),
            message_length: first.len(),
        })
    }

    /// Ends the conversation, though not the open, if no message came for so long and none is under way (behaviour 1.9): what the service keeps
    /// for it goes.
    pub fn hang_up_if_idle(&self, limit: Duration) {
        let Ok(mut instance) = self.instance.try_lock() else { return };
        let ended = {
            let mut state = self.lock();
            if state.used.elapsed() < limit || instance.is_none() {
                return;
            }
            state.connected = false;
            instance.take()
        };
        drop(instance);
        drop(ended);
        self.readable.notify_waiters();
    }

    /// Ends the conversation; who waits is told.
    pub(crate) fn close(&self) {
        let unread = {
            let mut state = self.lock();
            (state.closed, state.connected) = (true, false);
            state.forget_queued();
            std::mem::take(&mut state.replies)
        };
        drop(unread);
        self.room.notify_waiters();
        // Whoever holds it gives it up when it is told.
        if let Ok(mut instance) = self.instance.try_lock() {
            let ended = instance.take();
            drop(instance);
            drop(ended);
        }
        self.readable.notify_waiters();
    }

    /// Gives one message to the service, if `may` allows it, and queues the answers.
    async fn send(&self, message: &[u8], may: fn(&State) -> Result<(), NtStatus>) -> Result<(), NtStatus> {
        if message.len() > INPUT_LIMIT {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let mut turn = self.instance.lock().await;
        may(&self.lock())?;
        let mut service = turn.take().ok_or(NtStatus::PIPE_DISCONNECTED)?;
        let mut given_up = GivenUp { pipe: self, finished: false };
        let mut replies = Vec::new();
        let outcome = self.until_closed(service.message(message, &mut replies)).await;
        given_up.finished = true;
        drop(given_up);
        let connected = {
            let mut state = self.lock();
            state.queue(replies);
            state.used = Instant::now();
            state.connected &= outcome.is_ok();
            state.connected
        };
        if connected {
            *turn = Some(service);
        } else {
            drop(service);
        }
        drop(turn);
        self.readable.notify_waiters();
        outcome
    }

    /// Works on a message as long as the pipe is open.
    async fn until_closed(&self, work: impl Future<Output = Result<(), NtStatus>>) -> Result<(), NtStatus> {
        let mut work = pin!(work);
        loop {
            let mut changed = pin!(self.readable.notified());
            changed.as_mut().enable();
            let done = poll_fn(|cx| match work.as_mut().poll(cx) {
                Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
                Poll::Pending => changed.as_mut().poll(cx).map(|()| None),
            });
            if let Some(outcome) = done.await {
                return outcome;
            }
            if self.lock().closed {
                return Err(NtStatus::PIPE_DISCONNECTED);
            }
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the conversation if it is dropped before its time: a message that was begun and not finished leaves nobody to talk to.
struct GivenUp<'a> {
    pipe: &'a PipeOpen,
    finished: bool,
}

impl Drop for GivenUp<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.pipe.lock().connected = false;
            self.pipe.readable.notify_waiters();
        }
    }
}

impl State {
    fn forget_queued(&mut self) {
        self.session_queued.fetch_sub(self.queued, Ordering::Relaxed);
        (self.queued, self.read) = (0, 0);
    }

    pub(super) fn may_write(&self) -> Result<(), NtStatus> {
        let of_session = self.session_queued.load(Ordering::Relaxed);
        match self.queued > OUTPUT_LIMIT || of_session > SESSION_OUTPUT_LIMIT {
            true => Err(NtStatus::QUOTA_EXCEEDED),
            false => Ok(()),
        }
    }

    fn may_transact(&self) -> Result<(), NtStatus> {
        if !self.mode.message_read {
            return Err(NtStatus::INVALID_READ_MODE);
        }
        if !self.replies.is_empty() {
            return Err(NtStatus::PIPE_BUSY);
        }
        self.may_write()
    }

    pub(super) fn queue(&mut self, replies: Vec<Vec<u8>>) {
        if self.closed {
            return;
        }
        // A message without bytes is none: a reader could not tell it from the end.
        let replies = replies.into_iter().filter(|r| !r.is_empty());
        for reply in replies {
            self.queued += reply.len();
            self.session_queued.fetch_add(reply.len(), Ordering::Relaxed);
            self.replies.push_back(reply);
        }
    }

    /// What is left of the first message.
    fn first(&self) -> &[u8] {
        self.replies.front().map_or(&[], |reply| &reply[self.read..])
    }

    /// `None` if the read has to wait.
    fn try_read(&mut self, max: usize, out: &mut Vec<u8>) -> Option<Result<PipeRead, NtStatus>> {
        if self.closed {
            return Some(Err(NtStatus::FILE_CLOSED));
        }
        if self.replies.is_empty() {
            return match (self.connected, self.mode.nonblocking) {
                (false, _) => Some(Err(NtStatus::PIPE_DISCONNECTED)),
                (true, true) => Some(Err(NtStatus::PIPE_EMPTY)),
                (true, false) => None,
            };
        }
        let before = out.len();
        loop {
            let room = max - (out.len() - before);
            let first = self.first();
            let taken = first.len().min(room);
            out.extend_from_slice(&first[..taken]);
            self.read += taken;
            if taken == 0 || !self.drop_read_reply() || self.mode.message_read || self.replies.is_empty() {
                break;
            }
        }
        let more = self.mode.message_read && self.is_partial(out.len() - before);
        Some(Ok(PipeRead { length: out.len() - before, more }))
    }

    /// Forgets the first message if all of it was read.
    fn drop_read_reply(&mut self) -> bool {
        let done = self.replies.front().is_some_and(|reply| self.read == reply.len());
        if done {
            self.queued -= self.read;
            self.session_queued.fetch_sub(self.read, Ordering::Relaxed);
            self.read = 0;
            self.replies.pop_front();
        }
        done
    }

    /// Whether a read stopped inside a message.
    fn is_partial(&self, length: usize) -> bool {
        self.read > 0 || (length == 0 && !self.replies.is_empty())
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.forget_queued();
    }
}

impl fmt::Debug for PipeOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PipeOpen").field("name", &self.name).finish_non_exhaustive()
    }
}

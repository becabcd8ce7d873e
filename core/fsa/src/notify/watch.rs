use super::event_buffer::EventBuffer;
use super::{NotifyAction, NotifyFilter};
use crate::SecurityContext;
use lanward_nt::{NtPath, NtStatus, NtString};
use lanward_vfs::Subscription;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// Most bytes kept for one directory: what Windows keeps for one over the network.
const LARGEST_BUFFER: usize = 64 * 1024;
/// Most bytes kept for all directories of a file system; beyond, events are lost and clients look for themselves.
const MOST_HELD: usize = 64 << 20;
/// Requests that may wait for one directory.
const MOST_WAITING: usize = 256;

/// Changes as bytes of FILE_NOTIFY_INFORMATION, or why there are none.
pub(crate) type Outcome = Result<Vec<u8>, NtStatus>;

/// [MS-FSA] 2.1.1.8 Per ChangeNotifyEntry: made by the first request of an open, gone with the open.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) tree: bool,
    pub(crate) filter: NotifyFilter,
    by: Arc<SecurityContext>,
    state: Mutex<State>,
    /// Bytes all watches of the file system keep.
    held: Arc<AtomicUsize>,
    pub(crate) outside: Mutex<Option<Subscription>>,
}

#[derive(Debug)]
struct State {
    buffer: EventBuffer,
    waiting: VecDeque<Waiting>,
    last_ticket: u64,
    ended: Option<NtStatus>,
}

#[derive(Debug)]
struct Waiting {
    ticket: u64,
    max: usize,
    done: oneshot::Sender<Outcome>,
}

/// A request in the queue; dropped, it leaves it.
#[derive(Debug)]
pub(crate) struct InQueue<'a> {
    watch: &'a Watch,
    ticket: u64,
    done: oneshot::Receiver<Outcome>,
}

impl Watch {
    /// `capacity` is what the first request has room for; it stays that for good, as in Windows.
    pub(crate) fn new(
        (tree, filter): (bool, NotifyFilter),
        by: Arc<SecurityContext>,
        capacity: usize,
        held: Arc<AtomicUsize>,
    ) -> Self {
        let state = State {
            buffer: EventBuffer::new(capacity.min(LARGEST_BUFFER)),
            waiting: VecDeque::new(),
            last_ticket: 0,
            ended: None,
        };
        Self { tree, filter, by, state: Mutex::new(state), held, outside: Mutex::default() }
    }

    /// Whether a path exists for who watches.
    pub(crate) fn shows(&self, path: &[u16]) -> bool {
        let Some(view) = &self.by.view else { return true };
        NtPath::new(NtString(path.to_vec())).is_some_and(|path| !view.hides(&path))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes changes in, and answers the request that waits longest: changes that are handed in together are told together.
    pub(crate) fn tell<'a>(&self, changes: impl IntoIterator<Item = (NotifyAction, &'a [u16])>) {
        self.change(|buffer| changes.into_iter().for_each(|(action, name)| buffer.push(action, name)));
    }

    /// Something changed, nobody knows what.
    pub(crate) fn lose(&self) {
        self.change(EventBuffer::lose);
    }

    fn change(&self, change: impl FnOnce(&mut EventBuffer)) {
        let mut state = self.state();
        if state.ended.is_some() {
            return;
        }
        let before = state.buffer.len();
        change(&mut state.buffer);
        let after = state.buffer.len();
        let held = self.held.fetch_add(after, Ordering::Relaxed) + after;
        self.held.fetch_sub(before, Ordering::Relaxed);
        if held - before > MOST_HELD {
            self.held.fetch_sub(after, Ordering::Relaxed);
            state.buffer.lose();
        }
        if state.buffer.is_empty() {
            return;
        }
        if let Some(first) = state.waiting.pop_front() {
            let outcome = self.take(&mut state, first.max);
            // Whoever is in the queue listens: leaving it takes the lock that is held here.
            let _ = first.done.send(outcome);
        }
    }

    fn take(&self, state: &mut State, max: usize) -> Outcome {
        self.held.fetch_sub(state.buffer.len(), Ordering::Relaxed);
        state.buffer.take(max)
    }

    /// Enters the queue; there is an answer at once when changes are kept already.
    ///
    /// # Errors
    /// INSUFFICIENT_RESOURCES: too many wait; what the watch ended with.
    pub(crate) fn enter(&self, max: usize) -> Result<InQueue<'_>, NtStatus> {
        let mut state = self.state();
        if let Some(status) = state.ended {
            return Err(status);
        }
        if state.waiting.len() >= MOST_WAITING {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        let (sender, done) = oneshot::channel();
        state.last_ticket += 1;
        let ticket = state.last_ticket;
        if state.buffer.is_empty() {
            state.waiting.push_back(Waiting { ticket, max, done: sender });
        } else {
            let outcome = self.take(&mut state, max);
            let _ = sender.send(outcome);
        }
        Ok(InQueue { watch: self, ticket, done })
    }

    /// Answers all that wait. With `for_good` nothing is taken in any more.
    pub(crate) fn end(&self, status: NtStatus, for_good: bool) {
        let waiting = {
            let mut state = self.state();
            if for_good {
                state.ended = Some(status);
                let _ = self.take(&mut state, 0);
            }
            std::mem::take(&mut state.waiting)
        };
        for request in waiting {
            let _ = request.done.send(Err(status));
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let kept = self.state().buffer.len();
        self.held.fetch_sub(kept, Ordering::Relaxed);
    }
}

impl InQueue<'_> {
    /// Waits for the answer.
    pub(crate) async fn outcome(mut self) -> Outcome {
        (&mut self.done).await.unwrap_or(Err(NtStatus::NOTIFY_CLEANUP))
    }
}

impl Drop for InQueue<'_> {
    fn drop(&mut self) {
        self.watch.state().waiting.retain(|w| w.ticket != self.ticket);
    }
}

//! One frame's requests on their way through the server.

use super::Channel;
use super::reply::Reply;
use lanward_smb2::{AsyncId, Header, MessageId};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What the connection and a running frame tell each other. A frame that is answered at once never touches more than the ids.
#[derive(Debug)]
pub(crate) struct Unit {
    first: MessageId,
    /// Bytes of the frame.
    length: usize,
    async_id: AtomicU64,
    expects_wait: AtomicBool,
    outlives: AtomicBool,
    cancelled: AtomicBool,
    cancel: Notify,
    abandoned: Notify,
    waiting: Mutex<Option<Waiting>>,
}

/// The request a frame waits for.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// The request's header.
    pub(crate) header: Header,
    /// What was already answered in its compound.
    pub(crate) before: Option<Reply>,
    /// The last of its compound: only such a request may get an interim response.
    pub(crate) last: bool,
    /// The frame was sealed for this session, and so is whatever answers it.
    pub(crate) sealed: Option<Arc<Channel>>,
    /// The session it is for.
    pub(crate) channel: Option<Arc<Channel>>,
}

impl Unit {
    pub(crate) fn new(first: MessageId, length: usize) -> Self {
        Self {
            first,
            length,
            async_id: AtomicU64::new(0),
            expects_wait: AtomicBool::new(false),
            outlives: AtomicBool::new(false),
            cancelled: AtomicBool::new(false),
            cancel: Notify::new(),
            abandoned: Notify::new(),
            waiting: Mutex::default(),
        }
    }

    /// The AsyncId the client was told, if it was.
    pub(crate) fn async_id(&self) -> Option<AsyncId> {
        let id = self.async_id.load(Ordering::Relaxed);
        (id != 0).then_some(AsyncId(id))
    }

    pub(crate) fn set_async_id(&self, id: AsyncId) {
        self.async_id.store(id.0, Ordering::Relaxed);
    }

    /// Whether a CANCEL with these ids means this frame's waiting request. One that a policy protects, or that came sealed, is cancelled only by
    /// whoever has `proved` the session to be its own.
    pub(crate) fn is_meant(&self, cancel: &Header, proved: Option<&Channel>) -> bool {
        let waiting = self.lock();
        let protected = waiting.as_ref().and_then(|w| {
            w.sealed.as_ref().or_else(|| w.channel.as_ref().filter(|c| c.session.must_protect()))
        });
        if protected.is_some_and(|c| proved.is_none_or(|p| p.session.id != c.session.id)) {
            return false;
        }
        if cancel.is_async() {
            return self.async_id() == Some(cancel.async_id);
        }
        waiting.as_ref().map_or(self.first, |w| w.header.message_id) == cancel.message_id
    }

    /// The waiting request, if it may be cancelled, ends with STATUS_CANCELLED.
    pub(crate) fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
        self.cancel.notify_one();
    }

    /// Completes when the request is cancelled.
    pub(crate) async fn cancelled(&self) {
        while !self.cancelled.load(Ordering::Relaxed) {
            self.cancel.notified().await;
        }
    }

    /// Completes when the request is cancelled while it waits for something that takes long.
    pub(crate) async fn cancelled_wait(&self) {
        self.cancelled().await;
        if !self.expects_wait() {
            std::future::pending::<()>().await;
        }
    }

    /// The running request goes on when its connection is gone: its client can ask for it again over another channel.
    pub(crate) fn outlive(&self) {
        self.outlives.store(true, Ordering::Relaxed);
    }

    /// Whether it may: a long frame would keep its memory though nobody is there.
    pub(crate) fn outlives(&self) -> bool {
        const LONGEST: usize = 1 << 16;
        self.outlives.load(Ordering::Relaxed) && self.length <= LONGEST
    }

    /// The connection is gone, and nothing of the frame goes on.
    pub(crate) fn abandon(&self) {
        self.abandoned.notify_one();
    }

    /// Completes when nothing of the frame is to go on. For one who waits.
    pub(crate) async fn abandoned(&self) {
        self.abandoned.notified().await;
    }

    /// The running request is known to wait long: the client is told at once.
    pub(crate) fn expect_wait(&self) {
        self.expects_wait.store(true, Ordering::Relaxed);
    }

    /// The same, as a mark that the core sets.
    pub(crate) const fn waits(&self) -> &AtomicBool {
        &self.expects_wait
    }

    pub(crate) fn expects_wait(&self) -> bool {
        self.expects_wait.load(Ordering::Relaxed)
    }

    pub(crate) fn begin_wait(&self, waiting: Waiting) {
        *self.lock() = Some(waiting);
    }

    /// What was answered before the waiting request, unless it has gone out with the interim response.
    pub(crate) fn end_wait(&self) -> Option<Reply> {
        self.lock().take().and_then(|w| w.before)
    }

    /// Looks at the waiting request, if there is one.
    pub(crate) fn waiting<T>(&self, look: impl FnOnce(&mut Waiting) -> T) -> Option<T> {
        self.lock().as_mut().map(look)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_long_frame_does_not_outlive_its_connection() {
        for (length, outlives) in [(200, true), (1 << 16, true), ((1 << 16) + 1, false)] {
            let unit = Unit::new(MessageId(1), length);
            assert!(!unit.outlives(), "nobody asked for it");
            unit.outlive();
            assert_eq!(unit.outlives(), outlives);
            unit.abandon();
            unit.abandoned().await;
        }
    }
}

use super::PipeOpen;
use lanward_nt::NtStatus;
use std::pin::pin;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::time::{Instant, timeout};

/// How often who waits looks himself whether there is room.
const AGAIN: Duration = Duration::from_secs(1);

/// What a service says to a client that has not asked: the other end of an open pipe. It keeps no pipe open.
#[derive(Debug, Clone)]
pub struct PipeOutlet(Weak<PipeOpen>);

impl PipeOutlet {
    pub(super) fn new(pipe: &Arc<PipeOpen>) -> Self {
        Self(Arc::downgrade(pipe))
    }

    /// Says one message, or on a pipe of bytes some of them; waits while the client does not read.
    ///
    /// # Errors
    /// PIPE_DISCONNECTED: the conversation is over.
    pub async fn say(&self, message: &[u8]) -> Result<(), NtStatus> {
        loop {
            let pipe = self.0.upgrade().ok_or(NtStatus::PIPE_DISCONNECTED)?;
            let mut room = pin!(pipe.room.notified());
            room.as_mut().enable();
            {
                let mut state = pipe.lock();
                if state.closed || !state.connected {
                    return Err(NtStatus::PIPE_DISCONNECTED);
                }
                if state.may_write().is_ok() {
                    state.used = Instant::now();
                    state.queue(vec![message.to_vec()]);
                    drop(state);
                    pipe.readable.notify_waiters();
                    return Ok(());
                }
            }
            // Other pipes of the session may have been in the way: those tell nobody here that they are not any more.
            timeout(AGAIN, room).await.ok();
        }
    }

    /// Ends the conversation; the client still reads what was said.
    pub fn end(&self) {
        let Some(pipe) = self.0.upgrade() else { return };
        pipe.lock().connected = false;
        pipe.readable.notify_waiters();
    }
}

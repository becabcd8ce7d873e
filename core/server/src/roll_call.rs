use crate::ConnectionEntry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Waker};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::timeout;

/// How long somebody waits for connections whose clients have closed them.
const PATIENCE: Duration = Duration::from_secs(1);
/// Connections that are asked at once.
const MOST: usize = 64;

/// Asks a connection whether its client is still there. A client that closes a connection and goes on over another may be heard there first:
/// what the first one had open is then in the way though the client has given it up.
#[derive(Debug, Default)]
pub struct RollCall {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    asked: u64,
    answered: u64,
    /// The client has closed it, and what it sent before is still answered.
    leaving: bool,
    left: bool,
    /// Of the connection's task, once that listens.
    waker: Option<Waker>,
}

impl RollCall {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the connection's task is to [`RollCall::answer`]; if not, it is woken when it is.
    pub fn poll_asked(&self, cx: &Context<'_>) -> bool {
        let mut state = self.state();
        match &mut state.waker {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        state.asked > state.answered && !state.leaving
    }

    /// The client is there, or has closed the connection.
    pub fn answer(&self, closed: bool) {
        let mut state = self.state();
        if closed {
            state.leaving = true;
            return;
        }
        state.answered = state.asked;
        drop(state);
        self.changed.notify_waiters();
    }

    /// The connection is gone, and what it had.
    pub fn leave(&self) {
        let mut state = self.state();
        (state.left, state.waker) = (true, None);
        drop(state);
        self.changed.notify_waiters();
    }

    /// The number of the question; `None` if nobody listens yet or any more.
    fn ask(&self) -> Option<u64> {
        let mut state = self.state();
        let waker = state.waker.clone()?;
        state.asked += 1;
        let asked = state.asked;
        drop(state);
        waker.wake();
        Some(asked)
    }

    /// Waits for the answer, or until the connection has gone.
    async fn answered(&self, asked: u64) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            changed.as_mut().enable();
            let done = {
                let state = self.state();
                state.left || state.answered >= asked
            };
            if done {
                return;
            }
            changed.await;
        }
    }
}

/// Waits until none of these connections is left that its client has closed.
pub(crate) async fn see_off(connections: impl IntoIterator<Item = Arc<ConnectionEntry>>) {
    let calls = connections.into_iter().take(MOST).map(|connection| Arc::clone(connection.roll_call()));
    let asked: Vec<_> = calls.filter_map(|call| call.ask().map(|asked| (call, asked))).collect();
    let all = async {
        for (call, asked) in asked {
            call.answered(asked).await;
        }
    };
    let _ = timeout(PATIENCE, all).await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use std::pin::pin;
    use std::task::Poll;

    #[test]
    fn who_is_there_says_so_and_who_has_closed_is_waited_for() {
        let call = RollCall::default();
        let mut cx = Context::from_waker(Waker::noop());
        assert_eq!(call.ask(), None, "nobody listens");
        assert!(!call.poll_asked(&cx));
        let mut first = pin!(call.answered(call.ask().unwrap()));
        assert!(first.as_mut().poll(&mut cx).is_pending() && call.poll_asked(&cx));
        call.answer(false);
        assert_eq!(first.poll(&mut cx), Poll::Ready(()));
        assert!(!call.poll_asked(&cx));
        let mut second = pin!(call.answered(call.ask().unwrap()));
        assert!(call.poll_asked(&cx));
        call.answer(true);
        assert!(!call.poll_asked(&cx), "it is not asked again");
        let mut third = pin!(call.answered(call.ask().unwrap()));
        assert!(second.as_mut().poll(&mut cx).is_pending() && third.as_mut().poll(&mut cx).is_pending());
        call.leave();
        assert_eq!((second.poll(&mut cx), third.poll(&mut cx)), (Poll::Ready(()), Poll::Ready(())));
        assert_eq!(call.ask(), None);
    }
}

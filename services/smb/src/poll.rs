//! One poll of a future: what is ready at once needs no place among what waits.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

/// Polls a future once with the task's own waker.
pub(crate) async fn poll_once<F: Future + ?Sized>(mut future: Pin<&mut F>) -> Option<F::Output> {
    std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Some(output)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

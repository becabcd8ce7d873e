//! Signed messages that arrived together: their MACs are computed side by side, of the requests as of the answers, which takes a third of the time.

use super::connection::Connection;
use super::reply::Reply;
use super::signing::Expected;
use crate::frame::Frame;
use crate::link::Link;
use lanward_smb1::SequenceNumber;
use std::future::poll_fn;
use std::sync::Arc;
use std::task::Poll;

/// Requests that are taken together.
const MOST: usize = 8;
/// A request from so many bytes on is worth a look whether there is another behind it.
const LARGE: usize = 8 << 10;
/// Bytes of answers that wait for others.
const MOST_HELD: usize = 512 << 10;

/// Requests in their order, and what each must be signed with.
pub(super) type Batch = Vec<(Frame, Option<Expected>)>;

/// The request behind another, if it is here.
pub(super) async fn next(
    connection: &Connection,
    link: &mut Link,
    after: &Frame,
) -> Result<Option<Frame>, &'static str> {
    let max = connection.max_frame();
    loop {
        if let Some(frame) = link.take(max)? {
            return Ok(Some(frame));
        }
        if after.bytes().len() < LARGE || !fill(connection, link, max).await {
            return Ok(None);
        }
    }
}

/// What is here of the requests of a client that signs, two of them in front.
pub(super) async fn gather(
    connection: &Connection,
    link: &mut Link,
    front: [Frame; 2],
) -> Result<Batch, &'static str> {
    let mut frames = Vec::from(front);
    while let Some(last) = frames.last().filter(|_| frames.len() < MOST) {
        let Some(frame) = next(connection, link, last).await? else { break };
        frames.push(frame);
    }
    let expected = connection.signing().expect(frames.iter().map(Frame::bytes));
    Ok(frames.into_iter().zip(expected).collect())
}

/// Reads what has arrived. That the client is gone is found out again when there is nothing else to do.
async fn fill(connection: &Connection, link: &mut Link, max: usize) -> bool {
    let read = poll_fn(|cx| match link.poll_fill(max, connection.is_trusted(), cx) {
        Poll::Ready(read) => Poll::Ready(Some(read)),
        Poll::Pending => Poll::Ready(None),
    });
    read.await.is_some_and(|read| link.note_read(&read).is_ok())
}

/// Answers that are signed and sent together.
#[derive(Debug, Default)]
pub(super) struct Held {
    replies: Vec<Reply>,
    bytes: usize,
}

impl Held {
    /// Keeps an answer; whether it is time to send them.
    pub(super) fn push(&mut self, reply: Reply) -> bool {
        self.bytes += reply.bytes.len();
        self.replies.push(reply);
        self.bytes >= MOST_HELD
    }

    /// What is held, signed, in its order.
    pub(super) fn take(&mut self) -> Vec<Reply> {
        self.bytes = 0;
        let mut replies = std::mem::take(&mut self.replies);
        let first = replies.iter().find_map(|reply| reply.turn.as_ref());
        let Some(key) = first.map(|turn| Arc::clone(&turn.key)) else { return replies };
        // Answers of several messages are rare.
        replies
            .iter_mut()
            .filter(|reply| !reply.is_single() || !reply.is_signed_by(&key))
            .for_each(Reply::sign);
        let mut messages: Vec<(&mut [u8], SequenceNumber)> =
            replies.iter_mut().filter_map(Reply::unsigned).collect();
        key.sign_all(&mut messages);
        replies
    }
}

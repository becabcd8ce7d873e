//! Signed messages that arrived together: their MACs are computed side by side, of the requests as of the answers, which takes a part of the time.

use super::connection::Connection;
use super::pace::{MOST, Pace};
use super::reply::Reply;
use super::signing::{Expected, side_by_side};
use crate::frame::Frame;
use crate::link::Link;
use crate::poll::poll_once;
use lanward_smb1::{Command, Header, SequenceNumber};
use lanward_wire::{Decode as _, Reader};
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// A request from so many bytes on is worth a look whether there is another behind it.
const LARGE: usize = 8 << 10;
/// Bytes of answers that wait for others.
const MOST_HELD: usize = 512 << 10;

/// How long the next request of a client is waited for that keeps many in flight: it has not used up the answers it got by then. A timer is late by up to one
/// millisecond.
const GAP: Duration = Duration::from_millis(1);
/// How long all of a batch is.
const PATIENCE: Duration = Duration::from_millis(4);

/// Requests in their order, and what each must be signed with.
pub(super) type Batch = Vec<(Frame, Option<Expected>)>;

/// What is here of the requests of a client that signs, with one in front. If that moves data, as many are waited for as the client's pace says.
pub(super) async fn gather(
    connection: &Connection,
    link: &mut Link,
    front: Frame,
    pace: &mut Pace,
) -> Result<Batch, &'static str> {
    let deadline = Instant::now() + PATIENCE;
    let max = connection.max_frame();
    let (mut frames, mut bytes) = (vec![front], 0);
    while let Some(last) = frames.last().filter(|_| frames.len() < MOST) {
        bytes += last.bytes().len();
        if bytes >= MOST_HELD {
            break;
        }
        if let Some(frame) = link.take(max)? {
            frames.push(frame);
            continue;
        }
        let waits = pace.waits(frames.len()) && is_transfer(last);
        let read = match () {
            () if waits => {
                let until = deadline.min(Instant::now() + GAP);
                let read = timeout_at(until, fill(connection, link, max)).await;
                if read.is_err() && until < deadline {
                    pace.note_gap();
                }
                read.unwrap_or(false)
            }
            () if last.bytes().len() >= LARGE => fill_at_once(connection, link, max).await,
            () => false,
        };
        if !read {
            break;
        }
    }
    if frames.len() == 1 {
        return Ok(frames.into_iter().map(|frame| (frame, None)).collect());
    }
    let expected = connection.signing().expect(frames.iter().map(Frame::bytes));
    Ok(frames.into_iter().zip(expected).collect())
}

/// Whether a request reads or writes data by the commands for much of it.
pub(super) fn is_transfer(frame: &Frame) -> bool {
    let header = Header::decode(&mut Reader::new(frame.bytes()));
    header.is_ok_and(|h| [Command::READ_ANDX, Command::WRITE_ANDX].contains(&h.command))
}

/// Whether the client has sent anything more.
pub(super) async fn has_more(connection: &Connection, link: &mut Link) -> bool {
    link.has_begun() || fill_at_once(connection, link, connection.max_frame()).await
}

/// Waits for what arrives next, and reads it. That the client is gone is found out again when there is nothing else to do.
async fn fill(connection: &Connection, link: &mut Link, max: usize) -> bool {
    let read = poll_fn(|cx| link.poll_fill(max, connection.is_trusted(), cx)).await;
    link.note_read(&read).is_ok()
}

/// Reads what has arrived.
async fn fill_at_once(connection: &Connection, link: &mut Link, max: usize) -> bool {
    poll_once(pin!(fill(connection, link, max))).await.unwrap_or(false)
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
        side_by_side(|wide| key.sign_all(&mut messages, wide));
        replies
    }
}

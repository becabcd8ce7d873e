//! Whole frames out of a byte stream, and bytes into it, with no more memory than has arrived.

use crate::buffer::{Buffer, SMALL};
use bytes::BufMut;
use lanward_fsa::FileRange;
use lanward_netbios::{FrameHeader, SessionHeader};
use lanward_wire::DecodeError;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncWrite, Interest};
use tokio::net::TcpStream;
use tokio_util::io::poll_read_buf;

/// [MS-SMB2] 2.1: a zero byte and a 24-bit big-endian length in front of every message.
pub(crate) const PREFIX: usize = FrameHeader::LEN;

/// A partial frame shorter than this waits in a buffer of its own size.
const STASH: usize = 1024;

/// One frame's message, without the prefix.
#[derive(Debug)]
pub(crate) struct Frame {
    buffer: Buffer,
    start: usize,
}

impl Frame {
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.buffer[self.start..]
    }

    /// Drops `n` bytes at the front: what is left is the message within a transform.
    pub(crate) fn advance(&mut self, n: usize) {
        self.start = (self.start + n).min(self.buffer.len());
    }
}

impl From<Vec<u8>> for Frame {
    fn from(message: Vec<u8>) -> Self {
        Self { buffer: message.into(), start: 0 }
    }
}

/// What has arrived and is not a whole frame yet.
#[derive(Debug, Default)]
pub(crate) struct FrameReader {
    buf: Buffer,
    start: usize,
    /// The frames are messages of a NetBIOS session, with keep-alives between them.
    session: bool,
}

impl FrameReader {
    /// A reader of frames on direct TCP, or with `session` of those of a NetBIOS session.
    pub(crate) fn new(session: bool) -> Self {
        Self { session, ..Self::default() }
    }

    /// Whether a frame has begun and not ended.
    pub(crate) fn is_partial(&self) -> bool {
        self.start < self.buf.len()
    }

    /// The next frame, if all of it is here. No frame may be longer than `max`.
    pub(crate) fn take(&mut self, max: usize) -> Result<Option<Frame>, DecodeError> {
        if self.session {
            self.skip_keep_alives();
        }
        let Some(length) = self.frame_length(max)? else { return Ok(None) };
        let begin = self.start + PREFIX;
        let end = begin + length;
        if self.buf.len() < end {
            return Ok(None);
        }
        if self.buf.len() == end {
            self.start = 0;
            return Ok(Some(Frame { buffer: std::mem::take(&mut self.buf), start: begin }));
        }
        self.start = end;
        let mut buffer = Buffer::with_capacity(length);
        buffer.extend_from_slice(&self.buf[begin..end]);
        Ok(Some(Frame { buffer, start: 0 }))
    }

    /// The length of the frame that begins at `start`, once its prefix is here.
    fn frame_length(&self, max: usize) -> Result<Option<usize>, DecodeError> {
        let Some(prefix) = self.buf[self.start..].first_chunk() else { return Ok(None) };
        if self.session {
            return Ok(Some(SessionHeader::for_reading(*prefix, max)?.payload_len()));
        }
        Ok(Some(FrameHeader::decode(*prefix, max)?.message_len()))
    }

    /// RFC 1002 4.3.7: a packet that says nothing.
    fn skip_keep_alives(&mut self) {
        while self.buf[self.start..].starts_with(&SessionHeader::KEEP_ALIVE) {
            self.start += PREFIX;
        }
    }

    /// Reads once from the stream; 0 is its end. Call only when [`FrameReader::take`] has answered `None`. `trusted` says that the peer has
    /// logged on: only then is a frame's claimed length believed when room is made for it.
    pub(crate) fn poll_fill(
        &mut self,
        stream: &mut TcpStream,
        max: usize,
        trusted: bool,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let wanted = self.make_room(max, trusted);
        let outcome = poll_read_buf(Pin::new(stream), cx, &mut (&mut *self.buf).limit(wanted));
        if outcome.is_pending() {
            self.release();
        }
        outcome
    }

    fn make_room(&mut self, max: usize, trusted: bool) -> usize {
        let have = self.buf.len() - self.start;
        let missing = match self.frame_length(max) {
            Ok(Some(length)) => PREFIX + length - have,
            _ => SMALL - have.min(SMALL - 1),
        };
        let capacity =
            if trusted || have + missing <= SMALL { have + missing } else { (2 * have).max(SMALL) };
        if self.buf.capacity() - self.buf.len() < missing.min(capacity - have) {
            let mut larger = Buffer::with_capacity(capacity);
            larger.extend_from_slice(&self.buf[self.start..]);
            self.buf = larger;
            self.start = 0;
        }
        missing
    }

    /// While nothing arrives, no more is held than the bytes that have.
    fn release(&mut self) {
        let have = self.buf.len() - self.start;
        if have < STASH && self.buf.capacity() >= SMALL {
            self.buf = if have == 0 { Buffer::default() } else { Buffer::exact(&self.buf[self.start..]) };
            self.start = 0;
        }
    }
}

/// Writes all of `bytes`.
pub(crate) async fn write_all(stream: &mut TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    std::future::poll_fn(|cx| {
        while !bytes.is_empty() {
            let n = ready!(Pin::new(&mut *stream).poll_write(cx, bytes))?;
            if n == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            bytes = &bytes[n..];
        }
        Poll::Ready(Ok(()))
    })
    .await
}

/// Writes all of `bytes`, then a file's bytes from where they lie. What a file lost meanwhile goes out as zeros: its length has been promised.
pub(crate) async fn write_with_tail(
    stream: &mut TcpStream,
    bytes: &[u8],
    tail: &FileRange,
) -> io::Result<()> {
    let mut sent = 0;
    while sent < bytes.len() {
        sent +=
            stream.async_io(Interest::WRITABLE, || lanward_sys::send_more(&*stream, &bytes[sent..])).await?;
    }
    let file = tail.file.descriptor().ok_or(io::ErrorKind::Unsupported)?;
    let mut done = 0;
    while done < tail.length {
        let (offset, left) = (tail.offset + done as u64, tail.length - done);
        let send = || lanward_sys::send_file(&*stream, file, offset, left);
        match stream.async_io(Interest::WRITABLE, send).await? {
            0 => return write_all(stream, &vec![0; left]).await,
            n => done += n,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_wire::DecodeErrorKind;

    fn reader(bytes: &[u8]) -> FrameReader {
        FrameReader { buf: Buffer::exact(bytes), ..FrameReader::default() }
    }

    #[test]
    fn frames_leave_whole_and_in_order() {
        let mut r = reader(&[0, 0, 0, 2, 7, 8, 0, 0, 0, 1, 9, 0, 0]);
        assert_eq!(r.take(10).unwrap().unwrap().bytes(), [7, 8]);
        assert_eq!(r.take(10).unwrap().unwrap().bytes(), [9]);
        assert!(r.take(10).unwrap().is_none());
        assert!(r.is_partial());
    }

    #[test]
    fn a_prefix_that_is_wrong_or_too_long_is_told() {
        assert_eq!(reader(&[0x81, 0, 0, 0]).take(10).unwrap_err(), DecodeError::unexpected("Zero", 0x81));
        let kind = DecodeErrorKind::NotEnoughBytes { expected: 11, received: 10 };
        assert_eq!(reader(&[0, 0, 0, 11]).take(10).unwrap_err().kind, kind);
        assert!(reader(&[0, 0, 0]).take(10).unwrap().is_none());
    }

    #[test]
    fn a_session_has_keep_alives_and_shorter_frames() {
        let session = |bytes: &[u8]| FrameReader { session: true, ..reader(bytes) };
        let mut r = session(&[
            0x85, 0, 0, 0, 0, 0, 0, 1, 7, 0x85, 0, 0, 0, 0x85, 0, 0, 0, 0, 0, 0, 1, 8, 0x85, 0, 0, 0,
        ]);
        assert_eq!(r.take(10).unwrap().unwrap().bytes(), [7]);
        assert_eq!(r.take(10).unwrap().unwrap().bytes(), [8]);
        assert!(r.take(10).unwrap().is_none() && !r.is_partial());
        assert!(session(&[0x85, 0, 0]).take(10).unwrap().is_none(), "the rest of it comes");
        assert!(session(&[0, 1, 0xff, 0xff]).take(1 << 20).unwrap().is_none());
        for wrong in [[0, 2, 0, 0], [0x81, 0, 0, 0], [0x85, 0, 0, 1], [0x82, 0, 0, 0]] {
            assert!(session(&wrong).take(1 << 20).is_err(), "{wrong:x?}");
        }
        assert!(reader(&[0x85, 0, 0, 0]).take(10).is_err(), "there are none on direct TCP");
    }

    #[test]
    fn a_claimed_length_is_not_believed_before_logon() {
        let mut r = reader(&[0, 0xff, 0xff, 0xff, 1]);
        assert_eq!(r.make_room(1 << 24, false), (1 << 24) - 2);
        assert!(r.buf.capacity() <= 2 * SMALL);
        assert!(r.buf.capacity() >= 5 + SMALL / 2);
        r.release();
        assert!(r.buf.capacity() < 64, "while nothing arrives only the bytes are held");
        r.make_room(1 << 20, true);
        assert_eq!(r.buf.len(), 5);
    }

    #[test]
    fn room_for_exactly_the_rest_of_a_trusted_frame() {
        let mut r = reader(&[0, 1, 0, 0, 1, 2, 3]);
        assert_eq!(r.make_room(1 << 20, true), 0x10000 - 3);
        assert!(r.buf.capacity() >= 0x10004);
    }
}

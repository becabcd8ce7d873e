//! One frame of responses: built in place, signed or sealed in place, written as it is.

use super::channel::Channel;
use crate::buffer::{Buffer, SMALL};
use crate::frame::PREFIX;
use lanward_fsa::FileRange;
use lanward_netbios::FrameHeader;
use lanward_smb2::messages::{PendingPayload, ReadResponse};
use lanward_smb2::{Compression, Header, SealFailed, TransformHeader};
use lanward_wire::{Encode, Writer};
use std::sync::Arc;

/// What stands in front of a READ response's data stays readable.
const COMPRESSED_FROM: usize = Header::LEN + ReadResponse::FIXED_LEN;

/// A response's bytes while a command writes them: its 64-byte header (filled in when its status is known), then the body.
#[derive(Debug)]
pub(crate) struct Out {
    buf: Buffer,
    start: usize,
    /// What follows the buffer without having been copied into it.
    tail: Option<FileRange>,
    /// How the response is made smaller on its way, if it is.
    compression: Option<Arc<Compression>>,
}

impl Out {
    /// An empty response with room in front for what `sealed` says the frame will need.
    pub(crate) fn new(sealed: bool) -> Self {
        let start = if sealed { PREFIX + TransformHeader::LEN } else { PREFIX };
        let mut buf = Buffer::with_capacity(SMALL);
        buf.resize(start + Header::LEN, 0);
        Self { buf, start, tail: None, compression: None }
    }

    /// Makes sure that `capacity` more bytes fit without the buffer moving.
    pub(crate) fn reserve(&mut self, capacity: usize) {
        if self.buf.capacity() - self.buf.len() >= capacity {
            return;
        }
        let mut larger = Buffer::with_capacity(self.buf.len() + capacity);
        larger.extend_from_slice(&self.buf);
        self.buf = larger;
    }

    /// Replaces the body by what `encode` writes; position 0 is the header's start.
    pub(crate) fn body<T>(&mut self, encode: impl FnOnce(&mut Writer<'_>) -> T) -> T {
        self.buf.truncate(self.start);
        self.tail = None;
        let mut w = Writer::new(&mut self.buf);
        w.zeros(Header::LEN);
        encode(&mut w)
    }

    /// Ends the response with bytes that stay where they are. Only for one that is alone in its frame, unsigned and unsealed.
    pub(crate) fn set_tail(&mut self, tail: FileRange) {
        self.tail = Some(tail);
    }

    /// Has the response compressed if that makes it smaller. Only for one that is alone in its frame.
    pub(crate) fn compress(&mut self, how: Arc<Compression>) {
        self.compression = Some(how);
    }

    /// The buffer itself: what is appended follows the body.
    pub(crate) fn vec(&mut self) -> &mut Vec<u8> {
        &mut self.buf
    }

    /// Writes the length of a payload that was appended to the body.
    pub(crate) fn finish(&mut self, payload: PendingPayload) {
        payload.finish(&mut self.buf[self.start..]);
    }

    /// Overwrites bytes at an offset counted from the header's start.
    pub(crate) fn patch(&mut self, offset: usize, bytes: &[u8]) {
        let at = self.start + offset;
        self.buf[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// The whole message: header and body.
    pub(crate) fn message(&self) -> &[u8] {
        &self.buf[self.start..]
    }

    /// Signs the message as it is, ahead of [`Reply::finish`], which does it again to the same effect.
    pub(crate) fn sign(&mut self, channel: &Channel) -> Result<(), SealFailed> {
        channel.sign(&mut self.buf[self.start..])
    }

    /// Fills in the header.
    pub(crate) fn set_header(&mut self, header: &Header) {
        let mut bytes = Vec::with_capacity(Header::LEN);
        header.encode(&mut Writer::new(&mut bytes));
        self.patch(0, &bytes);
    }
}

/// How a frame is protected on its way out.
#[derive(Debug, Clone)]
pub(crate) enum Protection {
    None,
    /// Every response is signed with this channel's key.
    Sign(Arc<Channel>),
    /// The frame is sealed with this session's key; nothing in it is signed.
    Seal(Arc<Channel>),
}

/// The responses to one frame, in order.
#[derive(Debug)]
pub(crate) struct Reply {
    out: Out,
    /// Where the last message begins in the buffer.
    last: usize,
    protection: Protection,
}

impl Reply {
    /// A frame that starts with one response.
    pub(crate) fn new(out: Out, protection: Protection) -> Self {
        Self { last: out.start, out, protection }
    }

    /// Bytes it has so far, the room for framing included.
    pub(crate) fn len(&self) -> usize {
        self.out.buf.len()
    }

    /// Adds one more response to the compound: the one before is padded to 8 bytes, told where its successor is, and signed.
    pub(crate) fn push(&mut self, out: &Out, protection: Protection) -> Result<(), SealFailed> {
        if self.out.tail.is_some() || out.tail.is_some() {
            return Err(SealFailed);
        }
        self.out.compression = None;
        let used = self.out.buf.len() - self.last;
        let padded = used.next_multiple_of(8);
        self.out.buf.resize(self.last + padded, 0);
        let next = u32::try_from(padded).map_err(|_| SealFailed)?;
        let at = self.last + Header::NEXT_COMMAND_OFFSET;
        self.out.buf[at..at + 4].copy_from_slice(&next.to_le_bytes());
        self.sign_last()?;
        self.last = self.out.buf.len();
        self.out.buf.extend_from_slice(out.message());
        if !matches!(self.protection, Protection::Seal(_)) {
            self.protection = protection;
        }
        Ok(())
    }

    /// The frame as it goes over the wire. Not sending it is the only safe answer to a failure here.
    pub(crate) fn finish(mut self) -> Result<(Buffer, Option<FileRange>), SealFailed> {
        if self.out.tail.is_some() && !matches!(self.protection, Protection::None) {
            return Err(SealFailed);
        }
        if self.last != self.out.start {
            // The last response of a compound is padded like the others, as Windows does: clients have come to expect it.
            let padded = (self.out.buf.len() - self.last).next_multiple_of(8);
            self.out.buf.resize(self.last + padded, 0);
        }
        self.sign_last()?;
        self.compress();
        if let Protection::Seal(channel) = &self.protection {
            channel.session.seal(&mut self.out.buf[PREFIX..])?;
        }
        let tail = self.out.tail.as_ref().map_or(0, |tail| tail.length);
        let header = FrameHeader::for_message(self.out.buf.len() - PREFIX + tail).map_err(|_| SealFailed)?;
        self.out.buf[..PREFIX].copy_from_slice(&header.encode());
        Ok((self.out.buf, self.out.tail))
    }

    /// [MS-SMB2] 3.1.4.4: signed before, sealed behind.
    fn compress(&mut self) {
        let Some(compression) = self.out.compression.take().filter(|_| self.out.tail.is_none()) else {
            return;
        };
        let mut smaller = Buffer::with_capacity(self.out.buf.len());
        smaller.resize(self.out.start, 0);
        if compression.compress_message(self.out.message(), COMPRESSED_FROM, &mut smaller) {
            self.out.buf = smaller;
        }
    }

    fn sign_last(&mut self) -> Result<(), SealFailed> {
        match &self.protection {
            Protection::Sign(channel) => channel.sign(&mut self.out.buf[self.last..]),
            Protection::None | Protection::Seal(_) => Ok(()),
        }
    }
}

//! What answers a request: one message or several, built in place behind each other, each with its frame's length in front.

use super::signing::Turn;
use crate::buffer::{Buffer, SMALL};
use crate::frame::PREFIX;
use lanward_fsa::FileRange;
use lanward_netbios::FrameHeader;
use lanward_smb1::{Command, Header, Message, MessageWriter, SequenceNumber, SigningKey, Text};
use lanward_wire::{Encode, Writer};
use std::sync::Arc;

/// The response to a request while its commands write it, one body for each. Positions count from the header, which is filled in at the end.
#[derive(Debug)]
pub(crate) struct Out {
    buf: Buffer,
    /// Where the messages before this one begin.
    before: Vec<usize>,
    /// Where this one begins.
    start: usize,
    /// The command whose body is written now.
    command: Command,
    text: Text,
    /// Where its body begins, from the header.
    body: usize,
    /// Where the AndX words of the body before it are, from the header.
    andx_before: Option<usize>,
    /// Where its own are.
    andx: Option<usize>,
    /// What follows the buffer without having been copied into it.
    tail: Option<FileRange>,
    kind: Kind,
}

/// What a response is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Messages,
    /// Bytes without a header: the answer to READ_RAW.
    Raw,
    /// Nothing is sent.
    Silence,
}

impl Out {
    /// An empty response to a request whose strings are in `text`.
    pub(crate) fn new(text: Text) -> Self {
        let mut buf = Buffer::with_capacity(SMALL);
        buf.resize(PREFIX + Header::LEN, 0);
        Self {
            buf,
            before: Vec::new(),
            start: PREFIX,
            command: Command::default(),
            text,
            body: Header::LEN,
            andx_before: None,
            andx: None,
            tail: None,
            kind: Kind::Messages,
        }
    }

    /// A command of the chain begins to write its body behind those before it.
    pub(crate) fn begin(&mut self, command: Command) {
        self.command = command;
        self.body = self.position();
        self.andx_before = self.andx.take();
    }

    /// Replaces the body by a message of the command.
    pub(crate) fn message<'a>(&mut self, message: &impl Message<'a>) {
        let command = self.command;
        self.write(|w| message.encode(command, w));
    }

    /// Replaces the body by words, which are the command's own, and bytes.
    pub(crate) fn body(
        &mut self,
        words: impl FnOnce(&mut Writer<'_>),
        bytes: impl FnOnce(&mut Writer<'_>, Text),
    ) {
        let command = self.command;
        self.write(|w| w.body(command, words, bytes));
    }

    /// Replaces the body by one with nothing in it: an error, or an interim response. Nothing can follow it in a chain.
    pub(crate) fn empty(&mut self) {
        let command = self.command;
        self.write(|w| w.empty(command));
    }

    pub(crate) fn write(&mut self, write: impl FnOnce(&mut MessageWriter<'_>)) {
        self.kind = Kind::Messages;
        self.tail = None;
        self.buf.truncate(self.start + self.body);
        let mut w = MessageWriter::resume(&mut self.buf, self.start, self.andx_before).with_text(self.text);
        write(&mut w);
        self.andx = w.andx();
    }

    /// What follows is another message with the same header: the next part of a long answer, or of several. Not for one within a chain.
    pub(crate) fn next_message(&mut self) {
        self.before.push(self.start);
        self.start = self.buf.len() + PREFIX;
        self.buf.resize(self.start + Header::LEN, 0);
        (self.body, self.andx_before, self.andx) = (Header::LEN, None, None);
    }

    /// The response is bytes alone, which [`Out::vec`] takes: the answer to READ_RAW.
    pub(crate) fn raw(&mut self) {
        self.kind = Kind::Raw;
        self.buf.truncate(PREFIX);
        (self.before, self.start) = (Vec::new(), PREFIX);
    }

    /// Nothing is sent: another message completes what this one is part of, or the command has no response.
    pub(crate) fn silence(&mut self) {
        self.kind = Kind::Silence;
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

    /// The buffer itself: what is appended follows the body. Its counts are then patched.
    pub(crate) fn vec(&mut self) -> &mut Vec<u8> {
        &mut self.buf
    }

    /// Bytes of this message so far, its header included: offsets in it count in the same way.
    pub(crate) fn position(&self) -> usize {
        self.buf.len() - self.start
    }

    /// Where the body of this command begins: its WordCount.
    pub(crate) const fn body_start(&self) -> usize {
        self.body
    }

    /// Overwrites bytes at a position.
    pub(crate) fn patch(&mut self, position: usize, bytes: &[u8]) {
        let at = self.start + position;
        self.buf[at..at + bytes.len()].copy_from_slice(bytes);
    }

    /// Ends the message with bytes that stay where they are. Only for one that is alone and unsigned ([`super::Context::may_send_in_place`]).
    pub(crate) fn set_tail(&mut self, tail: FileRange) {
        self.tail = Some(tail);
    }

    /// The whole answer, with this header in front of each message, to be signed; `Ok(None)` if nothing is to be sent. An error ends the
    /// connection.
    pub(crate) fn finish(
        mut self,
        header: &Header,
        turn: Option<Turn>,
    ) -> Result<Option<Reply>, &'static str> {
        if self.kind == Kind::Silence {
            return Ok(None);
        }
        let mut end = self.buf.len();
        let mut behind = self.tail.as_ref().map_or(0, |tail| tail.length);
        for start in std::iter::once(self.start).chain(self.before.iter().rev().copied()) {
            if self.kind == Kind::Messages {
                self.buf[start..start + Header::LEN].copy_from_slice(&header.to_bytes());
            }
            let length = end - start + std::mem::take(&mut behind);
            let frame = FrameHeader::for_message(length).map_err(|_| "a response longer than a frame")?;
            end = start - PREFIX;
            self.buf[end..start].copy_from_slice(&frame.encode());
        }
        let turn = turn.filter(|_| self.kind == Kind::Messages);
        Ok(Some(Reply { bytes: self.buf, tail: self.tail, before: self.before, last: self.start, turn }))
    }
}

/// Frames as they go over the wire.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) bytes: Buffer,
    pub(crate) tail: Option<FileRange>,
    /// Where the messages before the last begin.
    before: Vec<usize>,
    last: usize,
    /// What they are to be signed with, until they are.
    pub(crate) turn: Option<Turn>,
}

impl Reply {
    /// Whether it is one message.
    pub(crate) fn is_single(&self) -> bool {
        self.before.is_empty()
    }

    /// Whether it is to be signed with this key.
    pub(crate) fn is_signed_by(&self, key: &Arc<SigningKey>) -> bool {
        self.turn.as_ref().is_some_and(|turn| Arc::ptr_eq(&turn.key, key))
    }

    /// Signs what is not signed.
    pub(crate) fn sign(&mut self) {
        let Some(turn) = self.turn.take() else { return };
        let mut end = self.bytes.len();
        for start in std::iter::once(self.last).chain(self.before.iter().rev().copied()) {
            turn.key.sign(&mut self.bytes[start..end], turn.sequence);
            end = start - PREFIX;
        }
    }

    /// The last message, for somebody else to sign it with this number.
    pub(crate) fn unsigned(&mut self) -> Option<(&mut [u8], SequenceNumber)> {
        let turn = self.turn.take()?;
        Some((&mut self.bytes[self.last..], turn.sequence))
    }

    /// A message that no request asked for.
    pub(crate) fn unsolicited(header: &Header, body: impl FnOnce(&mut MessageWriter<'_>)) -> Option<Self> {
        let mut bytes = Buffer::with_capacity(SMALL);
        bytes.resize(PREFIX, 0);
        body(&mut MessageWriter::new(&mut bytes, header));
        let frame = FrameHeader::for_message(bytes.len() - PREFIX).ok()?;
        bytes[..PREFIX].copy_from_slice(&frame.encode());
        Some(Self { bytes, tail: None, before: Vec::new(), last: PREFIX, turn: None })
    }
}

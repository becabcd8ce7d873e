//! The way in: frames, protection, compounds, credits and the sorting of replies.

use crate::reply::Reply;
use crate::request::Request;
use crate::send::next_command;
use crate::session::TRANSFORM;
use crate::{Connection, Error, Result};
use lanward_nt::NtStatus;
use lanward_smb2::{
    AsyncId, CompressionTransform, Header, HeaderFlags, MessageId, SessionId, TransformHeader,
};
use lanward_wire::{Decode as _, Reader};
use std::time::{Duration, Instant};

/// Errors that a server may answer without a signature, because it has no session to sign with.
const UNSIGNED: [NtStatus; 2] = [NtStatus::USER_SESSION_DELETED, NtStatus::NETWORK_SESSION_EXPIRED];

impl Connection {
    /// Sends a request and waits for its final answer, whatever its status.
    ///
    /// # Errors
    /// As for [`Connection::send`] and [`Connection::receive`].
    pub fn call(&mut self, request: &Request<'_>) -> Result<Reply> {
        let id = self.send(request)?;
        self.receive(id)
    }

    /// Waits for the final answer to a request, whatever its status. Interim responses are passed over.
    ///
    /// # Errors
    /// The socket, the deadline, or an answer that breaks the protocol.
    pub fn receive(&mut self, id: MessageId) -> Result<Reply> {
        self.receive_within(id, self.options.timeout)
    }

    /// The same with a deadline of its own.
    ///
    /// # Errors
    /// As for [`Connection::receive`].
    pub fn receive_within(&mut self, id: MessageId, timeout: Duration) -> Result<Reply> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(at) = self.arrived.iter().position(|r| r.message_id() == id)
                && let Some(reply) = self.arrived.remove(at)
            {
                return Ok(reply);
            }
            self.receive_more(left(deadline)?)?;
        }
    }

    /// Waits until the server says that a request will take longer; `None` if its final answer comes first.
    ///
    /// # Errors
    /// As for [`Connection::receive`].
    pub fn receive_interim(&mut self, id: MessageId) -> Result<Option<AsyncId>> {
        let deadline = Instant::now() + self.options.timeout;
        loop {
            if let Some(async_id) = self.async_id(id) {
                return Ok(Some(async_id));
            }
            if self.arrived.iter().any(|r| r.message_id() == id) {
                return Ok(None);
            }
            self.receive_more(left(deadline)?)?;
        }
    }

    /// The async id of a request that the server said will take longer and has not answered yet.
    #[must_use]
    pub fn async_id(&self, id: MessageId) -> Option<AsyncId> {
        self.pending.iter().find(|(pending, _)| *pending == id).map(|(_, async_id)| *async_id)
    }

    /// Waits for a message that answers no request: an oplock or lease break.
    ///
    /// # Errors
    /// As for [`Connection::receive`].
    pub fn receive_notification(&mut self, timeout: Duration) -> Result<Reply> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(notification) = self.notifications.pop_front() {
                return Ok(notification);
            }
            self.receive_more(left(deadline)?)?;
        }
    }

    /// The next frame as it comes, neither checked nor sorted nor counted.
    ///
    /// # Errors
    /// The socket or the deadline.
    pub fn receive_frame(&mut self, timeout: Duration) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let length = self.transport.receive(&mut bytes, timeout)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    /// Reads one frame and puts its messages where they belong.
    pub(crate) fn receive_more(&mut self, timeout: Duration) -> Result<()> {
        let mut bytes = self.spare.pop().unwrap_or_default();
        let length = self.transport.receive(&mut bytes, timeout)?;
        let frame = &mut bytes[..length];
        let sealed_by = self.unseal(frame)?;
        let mut start = if sealed_by.is_some() { TRANSFORM } else { 0 };
        let mut length = length;
        if bytes[start..].starts_with(&CompressionTransform::PROTOCOL_ID) {
            bytes = self.decompress(&bytes[start..length])?;
            (start, length) = (0, bytes.len());
        }
        let frame = &mut bytes[..length];
        if next_command(&frame[start..]) == Some(0) {
            return self.sort(bytes, start..length, sealed_by);
        }
        let mut at = start;
        loop {
            let rest = &bytes[at..length];
            let next = next_command(rest).ok_or(Error::Protocol("a message shorter than its header"))?;
            let end = if next == 0 { length } else { at + next };
            let message = bytes.get(at..end).filter(|_| end <= length);
            let message = message.ok_or(Error::Protocol("NextCommand points outside the frame"))?.to_vec();
            let whole = 0..message.len();
            self.sort(message, whole, sealed_by)?;
            if next == 0 {
                return Ok(());
            }
            at = end;
        }
    }

    fn decompress(&self, frame: &[u8]) -> Result<Vec<u8>> {
        let agreed = &self.negotiated;
        let compression =
            agreed.compression.as_ref().ok_or(Error::Protocol("a compressed reply nobody agreed to"))?;
        let largest = agreed.max_read_size.max(agreed.max_transact_size);
        let message = compression.decompress_message(frame, largest);
        message.map_err(|_| Error::Protocol("a reply that does not decompress to what it claims"))
    }

    fn unseal(&self, frame: &mut [u8]) -> Result<Option<SessionId>> {
        if !frame.starts_with(&TransformHeader::PROTOCOL_ID) {
            return Ok(None);
        }
        let (header, _) = TransformHeader::split_mut(frame)?;
        let id = SessionId(header.session_id);
        let session =
            self.session(id).ok_or(Error::Protocol("an encrypted reply for a session nobody has"))?;
        session.open(frame)?;
        Ok(Some(id))
    }

    fn sort(
        &mut self,
        mut bytes: Vec<u8>,
        range: core::ops::Range<usize>,
        sealed_by: Option<SessionId>,
    ) -> Result<()> {
        let message = &mut bytes[range.clone()];
        let header = Header::decode(&mut Reader::new(message))?;
        if !header.is_response() {
            return Err(Error::Protocol("a reply without SERVER_TO_REDIR"));
        }
        self.check_protection(&header, message, sealed_by)?;
        self.window.credits += u32::from(header.credits);
        let reply = Reply { header, sealed: sealed_by.is_some(), bytes, range };
        let id = reply.message_id();
        if id == MessageId::UNSOLICITED {
            self.notifications.push_back(reply);
        } else if header.is_async() && header.nt_status() == NtStatus::PENDING {
            self.pending.push((id, header.async_id));
            self.recycle(reply);
        } else {
            self.pending.retain(|(pending, _)| *pending != id);
            self.arrived.push_back(reply);
        }
        Ok(())
    }

    fn check_protection(
        &self,
        header: &Header,
        message: &mut [u8],
        sealed_by: Option<SessionId>,
    ) -> Result<()> {
        if !self.options.verify || sealed_by.is_some() {
            return Ok(());
        }
        let Some(session) = self.session(header.session_id) else { return Ok(()) };
        // While a session is bound, its key signs what goes back and forth, but the last answer has the channel's,
        // which `login` verifies, and a refusal may have none.
        let signed = header.flags.contains(HeaderFlags::SIGNED);
        if session.binding && (!signed || header.nt_status() == NtStatus::SUCCESS) {
            return Ok(());
        }
        if signed {
            let right = session.verify(message);
            return if right { Ok(()) } else { Err(Error::Protocol("a reply with a wrong signature")) };
        }
        let status = header.nt_status();
        let exempt = status == NtStatus::PENDING
            || UNSIGNED.contains(&status)
            || header.message_id == MessageId::UNSOLICITED;
        if exempt || session.is_keyless() {
            return Ok(());
        }
        if session.seal {
            return Err(Error::Protocol("an unencrypted reply on an encrypted session"));
        }
        if session.sign {
            return Err(Error::Protocol("an unsigned reply on a signed session"));
        }
        Ok(())
    }
}

fn left(deadline: Instant) -> Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(Error::TimedOut) } else { Ok(left) }
}

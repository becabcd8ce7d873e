//! The way in: frames, signatures and the sorting of replies.

use super::{Connection, Reply, Request, Ticket};
use crate::{Error, Result};
use lanward_smb1::{Command, Flags, Header};
use lanward_wire::{Decode as _, Reader};
use std::time::{Duration, Instant};

impl Connection {
    /// Sends a request and waits for its answer, whatever its status.
    ///
    /// # Errors
    /// As for [`Connection::send`] and [`Connection::receive`].
    pub fn call(&mut self, request: &Request<'_>) -> Result<Reply> {
        let ticket = self.send(request)?;
        self.receive(ticket)
    }

    /// Waits for the next answer to a request, whatever its status. ECHO and transactions have several.
    ///
    /// # Errors
    /// The socket, the deadline, or an answer that breaks the protocol.
    pub fn receive(&mut self, ticket: Ticket) -> Result<Reply> {
        self.receive_within(ticket, self.options.timeout)
    }

    /// The same with a deadline of its own.
    ///
    /// # Errors
    /// As for [`Connection::receive`].
    pub fn receive_within(&mut self, ticket: Ticket, timeout: Duration) -> Result<Reply> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(at) = self.arrived.iter().position(|r| Ticket::of(&r.header) == ticket)
                && let Some(reply) = self.arrived.remove(at)
            {
                return Ok(reply);
            }
            self.receive_more(left(deadline)?)?;
        }
    }

    /// Waits for a message that answers no request: an oplock break.
    ///
    /// # Errors
    /// As for [`Connection::receive`].
    pub fn receive_notice(&mut self, timeout: Duration) -> Result<Reply> {
        let deadline = Instant::now() + timeout;
        loop {
            if let Some(notice) = self.notices.pop_front() {
                return Ok(notice);
            }
            self.receive_more(left(deadline)?)?;
        }
    }

    /// The next frame as it comes, neither checked nor sorted: what READ_RAW is answered with.
    ///
    /// # Errors
    /// The socket or the deadline.
    pub fn receive_frame(&mut self, timeout: Duration) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let length = self.transport.receive(&mut bytes, timeout)?;
        bytes.truncate(length);
        Ok(bytes)
    }

    /// A frame as a reply, neither checked nor sorted.
    ///
    /// # Errors
    /// It is no message.
    pub fn parse(&self, bytes: Vec<u8>) -> Result<Reply> {
        let header = Header::decode(&mut Reader::new(&bytes))?;
        Ok(Reply { header, bytes, code_page: self.options.code_page })
    }

    fn receive_more(&mut self, timeout: Duration) -> Result<()> {
        let bytes = self.receive_frame(timeout)?;
        let reply = self.parse(bytes)?;
        if !reply.header.flags.contains(Flags::REPLY) {
            if reply.header.command != Command::LOCKING_ANDX {
                return Err(Error::Protocol("a request from the server"));
            }
            self.notices.push_back(reply);
            return Ok(());
        }
        self.verify(&reply)?;
        self.arrived.push_back(reply);
        Ok(())
    }

    /// Every answer to a signed request is signed; nobody verifies a break ([MS-CIFS] 3.2.5.1).
    fn verify(&self, reply: &Reply) -> Result<()> {
        let Some(signing) = self.signing.as_ref().filter(|_| self.options.verify) else { return Ok(()) };
        let Some(sequence) = signing.answers.get(&Ticket::of(&reply.header)) else { return Ok(()) };
        if signing.key.verify(&reply.bytes, *sequence) {
            return Ok(());
        }
        Err(Error::Protocol("a reply with a wrong signature"))
    }
}

fn left(deadline: Instant) -> Result<Duration> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(Error::TimedOut) } else { Ok(left) }
}

//! The way out: multiplex ids, chains, sequence numbers.

use super::{Connection, Protection, Request, Ticket};
use crate::transport::FRAME_HEADER;
use crate::{Error, Result};
use lanward_smb1::{Command, Flags2, MessageWriter, SequenceNumber, Text};

impl Connection {
    /// Sends one request.
    ///
    /// # Errors
    /// The socket.
    pub fn send(&mut self, request: &Request<'_>) -> Result<Ticket> {
        let (mut message, ticket) = self.compose(request);
        let protection = match request.protection {
            Some(protection) => protection,
            None if self.signing.is_some() => Protection::Signed,
            None => Protection::Plain,
        };
        match protection {
            Protection::Plain => {}
            Protection::Signed => {
                let answered = request.is_answered().then_some(ticket);
                let cancel = request.first() == Command::NT_CANCEL;
                self.sign(&mut message, answered, cancel)?;
            }
            Protection::SignedAs(sequence) => self.sign_as(&mut message, sequence)?,
        }
        self.send_frame(&message)?;
        Ok(ticket)
    }

    /// A message as bytes, unsigned and unsent: to be changed by a test, signed by [`Connection::sign_as`] and sent by
    /// [`Connection::send_frame`].
    pub fn compose(&mut self, request: &Request<'_>) -> (Vec<u8>, Ticket) {
        let multiplex_id = request.multiplex_id.unwrap_or_else(|| self.take_multiplex_id());
        let header = request.header(self, multiplex_id);
        let text =
            Text { unicode: header.flags2.contains(Flags2::UNICODE), code_page: self.options.code_page };
        let mut message = Vec::new();
        let mut w = MessageWriter::new(&mut message, &header).with_text(text);
        for (command, body) in &request.chain {
            body.write(*command, text, &mut w);
        }
        (message, Ticket::of(&header))
    }

    /// Signs a message with a number of the caller's choice, which counts for nothing.
    ///
    /// # Errors
    /// Signing is not active.
    pub fn sign_as(&self, message: &mut [u8], sequence: SequenceNumber) -> Result<()> {
        let signing = self.signing.as_ref().ok_or(Error::Unable("signing is not active"))?;
        signing.key.sign(message, sequence);
        Ok(())
    }

    /// Sends bytes as one frame, with the length that they have.
    ///
    /// # Errors
    /// The socket, or more than 16 MiB.
    pub fn send_frame(&mut self, bytes: &[u8]) -> Result<()> {
        let length = u32::try_from(bytes.len()).ok().filter(|n| *n < 1 << 24);
        let length = length.ok_or(Error::Unable("a frame above 16 MiB"))?;
        let mut framed = Vec::with_capacity(FRAME_HEADER + bytes.len());
        framed.extend_from_slice(&length.to_be_bytes());
        framed.extend_from_slice(bytes);
        self.transport.send(&framed)
    }

    /// Sends bytes as they are, frame header and all.
    ///
    /// # Errors
    /// The socket.
    pub fn send_raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.transport.send(bytes)
    }

    /// [MS-CIFS] 3.2.4.1.3: a cancelled request's number is followed by the next, everything else takes two.
    fn sign(&mut self, message: &mut [u8], answered: Option<Ticket>, cancel: bool) -> Result<()> {
        let signing = self.signing.as_mut().ok_or(Error::Unable("signing is not active"))?;
        let sequence = signing.next;
        signing.key.sign(message, sequence);
        signing.next = sequence.next(!cancel);
        if let Some(ticket) = answered {
            signing.answers.insert(ticket, sequence.answer());
        }
        Ok(())
    }

    /// Oplock breaks have the id of all ones.
    fn take_multiplex_id(&mut self) -> u16 {
        let id = self.next_multiplex_id;
        self.next_multiplex_id = if id >= u16::MAX - 1 { 1 } else { id + 1 };
        id
    }
}

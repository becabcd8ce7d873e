//! The way out: message ids, credits, compounds and protection.

use crate::request::{Protection, Request};
use crate::session::TRANSFORM;
use crate::transport::FRAME_HEADER;
use crate::{Connection, Error, Result};
use lanward_smb2::messages::Capabilities;
use lanward_smb2::{Command, Dialect, Header, HeaderFlags, MessageId, SessionId};
use lanward_wire::{Encode as _, Writer};

/// Bytes that one credit pays for.
const CREDIT_BYTES: usize = 65_536;

impl Connection {
    /// Sends one request and gives its message id.
    ///
    /// # Errors
    /// The socket; no credits until the deadline; a protection that the session has no keys for.
    pub fn send(&mut self, request: &Request<'_>) -> Result<MessageId> {
        let protection = self.protection(request);
        let room = room(protection);
        let mut out = core::mem::take(&mut self.out);
        out.clear();
        out.resize(room, 0);
        let id = self.append(&mut out, request);
        let sent = id.and_then(|id| {
            let compressed = request.command == Command::WRITE;
            self.protect_and_send(&mut out, room, request.scope.session, protection, compressed)?;
            Ok(id)
        });
        self.out = out;
        sent
    }

    /// Sends requests as one compound; the first one's session and protection are those of all. Each but the first
    /// is a related operation if its flags say so.
    ///
    /// # Errors
    /// As for [`Connection::send`].
    pub fn send_compound(&mut self, requests: &[Request<'_>]) -> Result<Vec<MessageId>> {
        let Some(first) = requests.first() else { return Err(Error::Unable("an empty compound")) };
        let protection = self.protection(first);
        let room = room(protection);
        let mut out = vec![0; room];
        let ids = self.compose_into(&mut out, requests)?;
        self.protect_and_send(&mut out, room, first.scope.session, protection, false)?;
        Ok(ids)
    }

    /// The messages of a compound as bytes, unprotected and unsent: to be changed by a test, protected by
    /// [`Connection::sign`] or [`Connection::seal`] and sent by [`Connection::send_frame`].
    ///
    /// # Errors
    /// No credits until the deadline.
    pub fn compose(&mut self, requests: &[Request<'_>]) -> Result<(Vec<u8>, Vec<MessageId>)> {
        let mut bytes = Vec::new();
        let ids = self.compose_into(&mut bytes, requests)?;
        Ok((bytes, ids))
    }

    /// Signs every message of a compound in place, as NextCommand divides it.
    ///
    /// # Errors
    /// No such session, or a NextCommand that does not divide.
    pub fn sign(&self, session: SessionId, messages: &mut [u8]) -> Result<()> {
        let session = self.session(session).ok_or(Error::Unable("no such session"))?;
        let mut rest = messages;
        loop {
            let next = next_command(rest).ok_or(Error::Unable("the message is shorter than a header"))?;
            let length = if next == 0 { rest.len() } else { next };
            let Some((message, behind)) = rest.split_at_mut_checked(length) else {
                return Err(Error::Unable("NextCommand points outside the compound"));
            };
            let flags = &mut message[Header::FLAGS_OFFSET];
            *flags |= HeaderFlags::SIGNED.bits().to_le_bytes()[0];
            session.sign(message)?;
            if next == 0 {
                return Ok(());
            }
            rest = behind;
        }
    }

    /// The messages encrypted behind a transform header.
    ///
    /// # Errors
    /// No such session, or one without encryption keys.
    pub fn seal(&self, session: SessionId, messages: &[u8]) -> Result<Vec<u8>> {
        let session = self.session(session).ok_or(Error::Unable("no such session"))?;
        let mut sealed = vec![0; TRANSFORM];
        sealed.extend_from_slice(messages);
        session.seal(&mut sealed)?;
        Ok(sealed)
    }

    /// Sends bytes as one frame, with the length that they have.
    ///
    /// # Errors
    /// The socket, or more than 16 MiB.
    pub fn send_frame(&mut self, bytes: &[u8]) -> Result<()> {
        let mut framed = vec![0; FRAME_HEADER];
        framed.extend_from_slice(bytes);
        write_frame_header(&mut framed)?;
        self.transport.send(&framed)
    }

    /// Sends bytes as they are, frame header and all.
    ///
    /// # Errors
    /// The socket.
    pub fn send_raw(&mut self, bytes: &[u8]) -> Result<()> {
        self.transport.send(bytes)
    }

    fn protection(&self, request: &Request<'_>) -> Protection {
        if let Some(chosen) = request.protection {
            return chosen;
        }
        let Some(session) = self.session(request.scope.session) else { return Protection::Plain };
        let protection = session.protection(request.scope.seal);
        // 3.1.1 has every TREE_CONNECT signed or encrypted ([MS-SMB2] 3.2.4.1.1).
        let must =
            request.command == Command::TREE_CONNECT && self.negotiated.dialect == Some(Dialect::V3_1_1);
        if must && protection == Protection::Plain && !session.is_keyless() {
            return Protection::Signed;
        }
        protection
    }

    fn protect_and_send(
        &mut self,
        out: &mut Vec<u8>,
        room: usize,
        session: SessionId,
        protection: Protection,
        compressed: bool,
    ) -> Result<()> {
        if protection == Protection::Signed {
            self.sign(session, &mut out[room..])?;
        }
        if compressed {
            self.compress(out, room);
        }
        match protection {
            Protection::Plain | Protection::Signed => {}
            Protection::Sealed => {
                let session = self.session(session).ok_or(Error::Unable("no such session"))?;
                session.seal(&mut out[FRAME_HEADER..])?;
            }
        }
        write_frame_header(out)?;
        self.transport.send(out)
    }

    /// Makes a signed message smaller, if that was agreed on and if it can be ([MS-SMB2] 3.1.4.4).
    fn compress(&self, out: &mut Vec<u8>, room: usize) {
        let Some(compression) = &self.negotiated.compression else { return };
        let mut smaller = vec![0; room];
        if compression.compress_message(&out[room..], Header::LEN, &mut smaller) {
            *out = smaller;
        }
    }

    fn compose_into(&mut self, out: &mut Vec<u8>, requests: &[Request<'_>]) -> Result<Vec<MessageId>> {
        let mut ids = Vec::with_capacity(requests.len());
        for (n, request) in requests.iter().enumerate() {
            let start = out.len();
            ids.push(self.append(out, request)?);
            if n + 1 == requests.len() {
                break;
            }
            let length = (out.len() - start).next_multiple_of(8);
            out.resize(start + length, 0);
            let next = u32::try_from(length).map_err(|_| Error::Unable("the compound is too long"))?;
            let at = start + Header::NEXT_COMMAND_OFFSET;
            out[at..at + 4].copy_from_slice(&next.to_le_bytes());
        }
        Ok(ids)
    }

    /// Appends header and body of one request, for which it takes message ids and credits.
    fn append(&mut self, out: &mut Vec<u8>, request: &Request<'_>) -> Result<MessageId> {
        let charge = request.credit_charge.unwrap_or_else(|| self.charge(request.payload));
        let id = match request.message_id {
            Some(id) => id,
            None => self.take_message_id(request.command, charge)?,
        };
        let missing = u32::from(self.options.credits).saturating_sub(self.window.credits);
        let credits = request.credits.unwrap_or(u16::try_from(missing.max(1)).unwrap_or(u16::MAX));
        let mut writer = Writer::new(out);
        request.header(id, charge, credits).encode(&mut writer);
        request.body.encode(&mut writer);
        Ok(id)
    }

    /// The CreditCharge of a payload ([MS-SMB2] 3.1.5.2); 0 where the server does not know the field.
    fn charge(&self, payload: usize) -> u16 {
        if !self.negotiated.capabilities.contains(Capabilities::LARGE_MTU) {
            return u16::from(self.negotiated.dialect.is_some_and(|d| d > Dialect::V2_0_2));
        }
        u16::try_from(payload.saturating_sub(1) / CREDIT_BYTES + 1).unwrap_or(u16::MAX)
    }

    fn take_message_id(&mut self, command: Command, charge: u16) -> Result<MessageId> {
        if command == Command::CANCEL {
            return Ok(MessageId(self.window.next));
        }
        let cost = charge.max(1);
        while self.window.credits < u32::from(cost) {
            // Only the answers to what is in flight can bring more.
            self.receive_more(self.options.timeout)?;
        }
        let id = MessageId(self.window.next);
        self.window.credits -= u32::from(cost);
        self.window.next += u64::from(cost);
        Ok(id)
    }
}

const fn room(protection: Protection) -> usize {
    match protection {
        Protection::Sealed => FRAME_HEADER + TRANSFORM,
        Protection::Plain | Protection::Signed => FRAME_HEADER,
    }
}

/// Writes the length of what follows into the first four bytes.
fn write_frame_header(framed: &mut [u8]) -> Result<()> {
    let length = u32::try_from(framed.len() - FRAME_HEADER).ok().filter(|n| *n < 1 << 24);
    let length = length.ok_or(Error::Unable("a frame above 16 MiB"))?;
    framed[..FRAME_HEADER].copy_from_slice(&length.to_be_bytes());
    Ok(())
}

/// The NextCommand of a message; `None` if it is shorter than a header.
pub(crate) fn next_command(message: &[u8]) -> Option<usize> {
    message.get(..Header::LEN)?;
    let field = message.get(Header::NEXT_COMMAND_OFFSET..)?.first_chunk()?;
    usize::try_from(u32::from_le_bytes(*field)).ok()
}

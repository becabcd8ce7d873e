//! From a frame to a message whose signature has been verified ([MS-CIFS] 3.3.5.2, 3.3.5.2.3).

use super::connection::Connection;
use super::dispatch::Request;
use super::signing::{Expected, Forged};
use crate::frame::Frame;
use lanward_nt::NtStatus;
use lanward_smb1::{Command, Flags, Header};
use lanward_wire::{Decode, Reader};

/// What a frame turned out to be.
#[derive(Debug)]
pub(crate) enum Received {
    Request(Request),
    /// An NT_CANCEL, which is never answered.
    Cancel(Header),
    /// An NT_CANCEL of whoever may not cancel anything.
    Nothing,
}

/// Decodes the header and takes the message's sequence number. An error ends the connection.
pub(crate) fn receive(
    connection: &Connection,
    frame: Frame,
    expected: Option<Expected>,
) -> Result<Received, &'static str> {
    let header = Header::decode(&mut Reader::new(frame.bytes())).map_err(|_| "no SMB1 message")?;
    if header.flags.contains(Flags::REPLY) {
        return Err("a response from a client");
    }
    let (turn, refused) = match connection.signing().receive(header.command, frame.bytes(), expected) {
        Ok(turn) => (turn, None),
        Err(Forged(turn)) => (Some(turn), Some(NtStatus::ACCESS_DENIED)),
    };
    if refused.is_some() {
        connection.service.server.count_permission_error();
        tracing::debug!(peer = %connection.peer, command = header.command.0, "A wrong signature");
    }
    if header.command != Command::NT_CANCEL {
        return Ok(Received::Request(Request { frame, header, turn, refused }));
    }
    // What a policy protects is cancelled by a signed request only.
    let unsigned = turn.is_none() && connection.must_sign(header.user_id);
    Ok(if refused.is_some() || unsigned { Received::Nothing } else { Received::Cancel(header) })
}

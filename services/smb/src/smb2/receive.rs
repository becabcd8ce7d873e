//! From a frame to plain-text messages ([MS-SMB2] 3.3.5.2.1 to 3.3.5.2.3).

use super::Channel;
use super::connection::Connection;
use super::dispatch::Request;
use crate::frame::Frame;
use lanward_smb2::compound::Link;
use lanward_smb2::{
    Command, CompressionTransform, Header, HeaderFlags, SessionId, TransformHeader, compound,
};
use lanward_wire::{Decode, Reader};
use std::sync::Arc;

/// Messages a compound may have.
pub(crate) const MAX_COMPOUND: usize = 128;

/// What a frame turned out to be.
#[derive(Debug)]
pub(crate) enum Received {
    Request(Request),
    /// A CANCEL, which is never answered, and whose it proved to be by its signature or seal.
    Cancel(Header, Option<Arc<Channel>>),
    /// An SMB1 NEGOTIATE, which may lead to SMB2.
    MultiProtocol(Frame),
}

/// Decrypts, cuts the compound and takes the MessageIds out of the window. An error ends the connection.
pub(crate) fn receive(connection: &Connection, mut frame: Frame) -> Result<Received, &'static str> {
    let mut sealed = None;
    match frame.bytes().first_chunk() {
        Some(b"\xffSMB") if connection.negotiated().is_none() => return Ok(Received::MultiProtocol(frame)),
        Some(b"\xfdSMB") => {
            let (header, _) =
                TransformHeader::split_mut(frame.bytes_mut()).map_err(|_| "malformed transform header")?;
            // [MS-SMB2] 3.3.5.2.1.1: a session that is not there, or a message that does not open, disconnects.
            let channel =
                connection.channel(SessionId(header.session_id)).ok_or("sealed for an unknown session")?;
            channel.session.open(frame.bytes_mut()).map_err(|_| "sealed with another key")?;
            frame.advance(TransformHeader::LEN);
            sealed = Some(channel);
        }
        _ => {}
    }
    if frame.bytes().starts_with(&CompressionTransform::PROTOCOL_ID) {
        // [MS-SMB2] 3.3.5.2.1.2
        let message =
            connection.decompress(frame.bytes()).ok_or("compressed wrongly, or without having agreed to")?;
        frame = message.into();
    }
    if !frame.bytes().starts_with(&Header::PROTOCOL_ID) {
        return Err("no SMB2 message");
    }
    let links = compound::split(frame.bytes(), MAX_COMPOUND).map_err(|_| "malformed compound")?;
    let mut messages = Vec::with_capacity(links.len());
    for Link { range, .. } in links {
        let header = Header::decode(&mut Reader::new(&frame.bytes()[range.clone()]))
            .map_err(|_| "malformed header")?;
        if header.is_response() {
            return Err("a response from a client");
        }
        if header.command != Command::CANCEL && !connection.consume(&header) {
            return Err("MessageId outside the window");
        }
        messages.push((range, header));
    }
    match messages.as_slice() {
        [] => Err("empty frame"),
        [(range, header)] if header.command == Command::CANCEL => {
            let (range, header) = (range.clone(), *header);
            if header.flags.contains(HeaderFlags::SIGNED) && sealed.is_none() {
                let channel = connection.channel(header.session_id).ok_or("CANCEL for an unknown session")?;
                if !channel.verify(&mut frame.bytes_mut()[range]) {
                    return Err("CANCEL with a wrong signature");
                }
                sealed = Some(channel);
            }
            Ok(Received::Cancel(header, sealed))
        }
        _ => Ok(Received::Request(Request { frame, messages, sealed: sealed.as_ref().map(Arc::clone) })),
    }
}

//! The connection-oriented PDUs ([C706] 12.6.4, [MS-RPCE] 2.2.2), and the security trailers behind them. What is sent is little-endian.

mod bind;
mod bind_ack;
mod call;
mod header;
mod trailer;

pub use bind::{Bind, ContextElement};
pub use bind_ack::{BindAck, BindNak, ContextResult, ContextVerdict};
pub use call::{FaultPdu, Request, Response};
pub use header::{Flags, Header, PacketType};
pub use trailer::{AuthenticationLevel, AuthenticationType, SecurityTrailer};

use crate::NdrReader;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// One PDU behind its [`Header`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pdu<'a> {
    /// bind
    Bind(Bind),
    /// bind_ack
    BindAck(BindAck),
    /// bind_nak
    BindNak(BindNak),
    /// alter_context
    AlterContext(Bind),
    /// alter_context_resp
    AlterContextResponse(BindAck),
    /// request
    Request(Request<'a>),
    /// response
    Response(Response<'a>),
    /// fault
    Fault(FaultPdu),
    /// Any other one, by its type.
    Other(u8),
}

impl<'a> Decode<'a> for Pdu<'a> {
    /// Reads a whole PDU, its header included; the reader must hold nothing else.
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let header = Header::decode(r)?;
        let mut body = NdrReader::new(header.body(r)?).big_endian(header.big_endian);
        let r = &mut body;
        Ok(match header.packet_type {
            PacketType::BIND => Self::Bind(Bind::decode(r)?),
            PacketType::BIND_ACK => Self::BindAck(BindAck::decode(r)?),
            PacketType::BIND_NAK => Self::BindNak(BindNak::decode(r)?),
            PacketType::ALTER_CONTEXT => Self::AlterContext(Bind::decode(r)?),
            PacketType::ALTER_CONTEXT_RESPONSE => Self::AlterContextResponse(BindAck::decode(r)?),
            PacketType::REQUEST => Self::Request(Request::decode(r, header.flags)?),
            PacketType::RESPONSE => Self::Response(Response::decode(r)?),
            PacketType::FAULT => Self::Fault(FaultPdu::decode(r)?),
            PacketType(other) => Self::Other(other),
        })
    }
}

impl Pdu<'_> {
    const fn packet_type(&self) -> PacketType {
        match self {
            Self::Bind(_) => PacketType::BIND,
            Self::BindAck(_) => PacketType::BIND_ACK,
            Self::BindNak(_) => PacketType::BIND_NAK,
            Self::AlterContext(_) => PacketType::ALTER_CONTEXT,
            Self::AlterContextResponse(_) => PacketType::ALTER_CONTEXT_RESPONSE,
            Self::Request(_) => PacketType::REQUEST,
            Self::Response(_) => PacketType::RESPONSE,
            Self::Fault(_) => PacketType::FAULT,
            Self::Other(other) => PacketType(*other),
        }
    }

    /// The PDU as one that is whole: first and last fragment.
    #[must_use]
    pub fn to_bytes(&self, call_id: u32) -> Vec<u8> {
        self.to_bytes_in(Flags::WHOLE.bits(), call_id)
    }

    /// The PDU with these flags. What does not fit 65,535 bytes is the caller's to avoid.
    #[must_use]
    pub fn to_bytes_in(&self, flags: u8, call_id: u32) -> Vec<u8> {
        let (mut bytes, flags) = (Vec::new(), Flags::from_bits_retain(flags));
        let mut w = Writer::new(&mut bytes);
        Header {
            packet_type: self.packet_type(),
            flags,
            fragment_length: 0,
            auth_length: 0,
            call_id,
            big_endian: false,
        }
        .encode(&mut w);
        match self {
            Self::Bind(body) | Self::AlterContext(body) => body.encode(&mut w),
            Self::BindAck(body) | Self::AlterContextResponse(body) => body.encode(&mut w),
            Self::BindNak(body) => body.encode(&mut w),
            Self::Request(body) => body.encode(&mut w),
            Self::Response(body) => body.encode(&mut w),
            Self::Fault(body) => body.encode(&mut w),
            Self::Other(_) => {}
        }
        let length = u16::try_from(w.position()).unwrap_or(u16::MAX);
        w.patch(Header::FRAGMENT_LENGTH_AT, &length.to_le_bytes());
        bytes
    }
}

//! [MS-RPCE] 2.2.2.13 Verification Trailer: what a client says behind the arguments about the parts of its PDUs that nothing else protects.

use super::calls::Call;
use super::contexts::Context;
use crate::pdu::PacketType;
use crate::{Fault, NdrReader, SyntaxId};
use lanward_wire::{DecodeError, Reader};

/// rpc_sec_verification_trailer
const SIGNATURE: [u8; 8] = [0x8a, 0xe3, 0x13, 0x71, 0x02, 0xf4, 0x36, 0x71];

/// Most bytes that may pad a stub behind its trailer.
const MAX_PADDING: usize = 16;

const COMMAND: u16 = 0x3fff;
const BITMASK_1: u16 = 1;
const PCONTEXT: u16 = 2;
const HEADER2: u16 = 3;
const END: u16 = 0x4000;
const MUST_PROCESS: u16 = 0x8000;

/// Where the arguments end: where they are followed by a trailer, if there is one.
///
/// # Errors
/// ACCESS_DENIED: the trailer says that the call is another one.
pub(super) fn check(call: &Call, context: &Context, header_signing: bool) -> Result<usize, Fault> {
    let stub = call.stub.as_slice();
    let positions = (0..stub.len()).step_by(4).rev();
    let found = positions.into_iter().find(|at| stub.get(*at..).is_some_and(|s| s.starts_with(&SIGNATURE)));
    let Some(at) = found else { return Ok(stub.len()) };
    let behind = stub.get(at.saturating_add(SIGNATURE.len())..).unwrap_or_default();
    // The same bytes may be arguments: then commands do not follow to the end.
    let Ok(commands) = commands(behind) else { return Ok(stub.len()) };
    for (command, body) in commands {
        let holds = match command & COMMAND {
            BITMASK_1 => bitmask(body, header_signing),
            PCONTEXT => presentation_context(body, context),
            HEADER2 => header(body, call),
            _ => Ok(command & MUST_PROCESS == 0),
        };
        if holds != Ok(true) {
            return Err(Fault::ACCESS_DENIED);
        }
    }
    Ok(at)
}

fn commands(bytes: &[u8]) -> Result<Vec<(u16, &[u8])>, DecodeError> {
    let mut r = Reader::new(bytes);
    let mut commands = Vec::new();
    loop {
        let (command, length) = (r.u16("command")?, r.u16("length")?);
        commands.push((command, r.bytes(length.into(), "command")?));
        if command & END != 0 {
            break;
        }
    }
    if r.remaining() >= MAX_PADDING {
        return Err(DecodeError::invalid("verification trailer", "not at the end"));
    }
    Ok(commands)
}

fn bitmask(body: &[u8], header_signing: bool) -> Result<bool, DecodeError> {
    const CLIENT_SUPPORTS_HEADER_SIGNING: u32 = 1;
    let bits = Reader::new(body).u32("bits")?;
    Ok(bits & CLIENT_SUPPORTS_HEADER_SIGNING == 0 || header_signing)
}

fn presentation_context(body: &[u8], context: &Context) -> Result<bool, DecodeError> {
    let mut r = NdrReader::new(body);
    let named = (SyntaxId::decode(&mut r)?, SyntaxId::decode(&mut r)?);
    Ok(named == (context.asked, context.syntax.id()))
}

fn header(body: &[u8], call: &Call) -> Result<bool, DecodeError> {
    let mut r = Reader::new(body);
    let packet_type = r.u8("PTYPE")?;
    r.skip(3, "reserved")?;
    let [representation, ..] = r.array::<4>("drep")?;
    let named = (r.u32("call_id")?, r.u16("p_cont_id")?, r.u16("opnum")?);
    Ok(packet_type == PacketType::REQUEST.0
        && (representation == 0) == call.big_endian
        && named == (call.call_id, call.context_id, call.operation))
}

//! [MS-CIFS] 3.3.5.33 Receiving an SMB_COM_ECHO Request

use crate::buffer::SMALL;
use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb1::messages::{EchoRequest, EchoResponse};
use lanward_smb1::{Body, Message};

/// "The server MAY enforce any nonzero limit in the number of responses": of a client that asks for more than this many bytes, one.
const MOST: usize = 2 * SMALL;

pub(in crate::smb1) fn echo(context: &Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = EchoRequest::decode(body)?;
    if request.echo_count == 0 {
        out.silence();
        return Ok(NtStatus::SUCCESS);
    }
    let each = request.data.len() + 64;
    let fitting = u16::try_from(MOST / each).unwrap_or(u16::MAX).max(1);
    // In a chain there is one message to answer in.
    let count = if context.chained { 1 } else { request.echo_count.min(fitting) };
    for sequence_number in 1..=count {
        if sequence_number > 1 {
            out.next_message();
        }
        out.message(&EchoResponse { sequence_number, data: request.data });
    }
    Ok(NtStatus::SUCCESS)
}

//! [MS-SMB2] 3.3.5.17 Receiving an SMB2 ECHO Request

use crate::smb2::context::Outcome;
use crate::smb2::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb2::messages::{EchoRequest, EchoResponse};
use lanward_wire::{Decode, Encode, Reader};

pub(in crate::smb2) fn echo(r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    EchoRequest::decode(r)?;
    out.body(|w| EchoResponse.encode(w));
    Ok(NtStatus::SUCCESS)
}

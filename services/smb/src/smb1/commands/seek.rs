//! [MS-CIFS] 3.3.5.21 Receiving an SMB_COM_SEEK Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb1::messages::{SeekRequest, SeekResponse};
use lanward_smb1::{Body, Message};
use std::sync::atomic::Ordering;

pub(in crate::smb1) fn seek(context: &mut Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = SeekRequest::decode(body)?;
    let entry = context.open(request.fid)?;
    let file = entry.file()?;
    let relative = i64::from(request.offset.cast_signed());
    let (from, offset) = match request.mode {
        0 => (0, i64::from(request.offset)),
        1 => (entry.position.load(Ordering::Relaxed), relative),
        2 => (file.metadata()?.end_of_file, relative),
        _ => return Err(NtStatus::INVALID_PARAMETER.into()),
    };
    // Before the beginning is the beginning.
    let position = from.checked_add_signed(offset).unwrap_or(0);
    entry.position.store(position, Ordering::Relaxed);
    out.message(&SeekResponse { offset: (position & 0xffff_ffff) as u32 });
    Ok(NtStatus::SUCCESS)
}

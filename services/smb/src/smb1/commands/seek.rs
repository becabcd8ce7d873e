//! [MS-CIFS] 3.3.5.21 Receiving an SMB_COM_SEEK Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use lanward_fsa::FileInformationClass;
use lanward_nt::NtStatus;
use lanward_nt::fscc::FilePositionInformation;
use lanward_smb1::messages::{SeekRequest, SeekResponse};
use lanward_smb1::{Body, Message};
use lanward_wire::Encode;
use std::sync::atomic::Ordering;

/// STATUS_OS2_NEGATIVE_SEEK
const OS2_NEGATIVE_SEEK: NtStatus = NtStatus(0x0083_0001);

pub(in crate::smb1) async fn seek(context: &mut Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = SeekRequest::decode(body)?;
    let entry = context.open(request.fid)?;
    let file = entry.file()?;
    let from = match request.mode {
        0 => 0,
        1 => entry.position.load(Ordering::Relaxed),
        2 => file.metadata()?.end_of_file,
        _ => return Err(NtStatus::INVALID_PARAMETER.into()),
    };
    let offset = i64::from(request.offset.cast_signed());
    // Beyond the beginning is the beginning, but for who says so.
    let position = match from.checked_add_signed(offset) {
        Some(position) => position,
        None if request.mode == 0 => return Err(OS2_NEGATIVE_SEEK.into()),
        None => 0,
    };
    entry.position.store(position, Ordering::Relaxed);
    let told = FilePositionInformation { current_byte_offset: position }.to_bytes();
    file.set_information(FileInformationClass::POSITION, &told).await?;
    out.message(&SeekResponse { offset: (position & 0xffff_ffff) as u32 });
    Ok(NtStatus::SUCCESS)
}

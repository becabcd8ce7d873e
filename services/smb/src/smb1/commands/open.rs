//! [MS-CIFS] 3.3.5.5 Receiving an SMB_COM_OPEN Request

use super::query_information::size;
use crate::smb1::access_mode::Wanted;
use crate::smb1::attributes;
use crate::smb1::context::{Context, Outcome};
use crate::smb1::fids::TIME_ZONE;
use crate::smb1::opening::Opening;
use crate::smb1::reply::Out;
use lanward_nt::fscc::FileNetworkOpenInformation;
use lanward_nt::{CreateDisposition, NtStatus};
use lanward_smb1::messages::{OpenRequest, OpenResponse};
use lanward_smb1::{AccessMode, Body, Message, UTime};

pub(in crate::smb1) async fn open(context: &mut Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = OpenRequest::decode(body)?;
    let mode = Wanted::of(request.access_mode, &request.file_name)?;
    let wanted = Opening {
        oplock: context.oplock_of_header(),
        ..Opening::by_mode(request.file_name, mode, CreateDisposition::Open)
    };
    let opened = context.open_as(&wanted).await?;
    context.answer_oplock(&opened.created.cache);
    let metadata = opened.created.metadata.map(FileNetworkOpenInformation::from).unwrap_or_default();
    out.message(&OpenResponse {
        fid: opened.fid,
        attributes: attributes::to_dos(metadata.attributes),
        last_modified: UTime::from_file_time(metadata.last_write_time, TIME_ZONE),
        file_size: size(metadata.end_of_file),
        access_mode: granted(request.access_mode),
    });
    Ok(NtStatus::SUCCESS)
}

/// The mode an open got: what was asked for; an FCB open is one for reading and writing.
pub(super) const fn granted(asked: AccessMode) -> AccessMode {
    if asked.is_fcb() { AccessMode::READ_WRITE } else { asked }
}

//! [MS-CIFS] 3.3.5.11 Receiving an SMB_COM_QUERY_INFORMATION Request and 3.3.5.28 Receiving an SMB_COM_QUERY_INFORMATION2 Request

use crate::smb1::attributes;
use crate::smb1::context::{Context, Outcome};
use crate::smb1::fids::TIME_ZONE;
use crate::smb1::opening::Opening;
use crate::smb1::reply::Out;
use crate::{pipe_info, print_info};
use lanward_nt::fscc::FileStandardInformation;
use lanward_nt::{AccessMask, NtStatus};
use lanward_server::OpenBody;
use lanward_smb1::messages::{FidRequest, PathRequest, QueryInformation2Response, QueryInformationResponse};
use lanward_smb1::{Body, DosTime, Message, UTime};

pub(in crate::smb1) async fn query_information(
    context: &Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = PathRequest::decode(body)?;
    let wanted = Opening::existing(request.path, AccessMask::READ_ATTRIBUTES);
    let metadata = context.look_for_now(&wanted).await?.ok_or(NtStatus::INVALID_DEVICE_REQUEST)?;
    out.message(&QueryInformationResponse {
        attributes: attributes::to_dos(metadata.attributes),
        last_modified: UTime::from_file_time(metadata.last_write_time, TIME_ZONE),
        file_size: size(metadata.end_of_file),
        reserved: [0; 10],
    });
    Ok(NtStatus::SUCCESS)
}

pub(in crate::smb1) fn query_information2(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = FidRequest::decode(body)?;
    let entry = context.open(request.fid)?;
    let file = match entry.open.body() {
        OpenBody::File(file) => file,
        OpenBody::PrintJob(job) => return tell_other(&print_info::standard_of(job)?, out),
        OpenBody::Pipe(pipe) => return tell_other(&pipe_info::standard_of(pipe)?, out),
        OpenBody::Device(_) => return Err(NtStatus::INVALID_DEVICE_REQUEST.into()),
    };
    let metadata = file.metadata()?;
    let time = |time| DosTime::from_file_time(time, TIME_ZONE);
    out.message(&QueryInformation2Response {
        created: time(metadata.creation_time),
        accessed: time(metadata.last_access_time),
        written: time(metadata.last_write_time),
        data_size: size(metadata.end_of_file),
        allocation_size: size(metadata.allocation_size),
        attributes: attributes::to_dos(metadata.attributes),
    });
    Ok(NtStatus::SUCCESS)
}

/// What is no file has a size and no times.
fn tell_other(standard: &FileStandardInformation, out: &mut Out) -> Outcome {
    out.message(&QueryInformation2Response {
        data_size: size(standard.end_of_file),
        allocation_size: size(standard.allocation_size),
        ..QueryInformation2Response::default()
    });
    Ok(NtStatus::SUCCESS)
}

/// A size as 32 bits hold it.
pub(super) fn size(bytes: u64) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

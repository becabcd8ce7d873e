//! [MS-SMB2] 3.3.5.21 Receiving an SMB2 SET_INFO Request

use crate::smb2::context::{Context, FileOrPipe, Outcome};
use crate::smb2::reply::Out;
use crate::{pipe_info, print_info};
use lanward_fsa::FileInformationClass;
use lanward_nt::NtStatus;
use lanward_smb2::messages::{InfoType, SetInfoRequest, SetInfoResponse};
use lanward_wire::{Decode, Encode, Reader};

pub(in crate::smb2) async fn set_info(
    context: &mut Context<'_>,
    r: &mut Reader<'_>,
    out: &mut Out,
) -> Outcome {
    let request = SetInfoRequest::decode(r)?;
    let length = u32::try_from(request.input.len()).unwrap_or(u32::MAX);
    if length > context.negotiated()?.max_transfer {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    context.check_charge(length)?;
    let file = match context.file_or_pipe(request.file_id)? {
        FileOrPipe::File(file) => file,
        FileOrPipe::Pipe(pipe) if request.info_type == InfoType::FILE => {
            pipe_info::set(&pipe, FileInformationClass(request.file_info_class), request.input)?;
            out.body(|w| SetInfoResponse.encode(w));
            return Ok(NtStatus::SUCCESS);
        }
        FileOrPipe::PrintJob(_) if request.info_type == InfoType::FILE => {
            print_info::set(FileInformationClass(request.file_info_class))?;
            out.body(|w| SetInfoResponse.encode(w));
            return Ok(NtStatus::SUCCESS);
        }
        FileOrPipe::Pipe(_) | FileOrPipe::PrintJob(_) => return Err(NtStatus::INVALID_DEVICE_REQUEST.into()),
    };
    match request.info_type {
        InfoType::FILE => {
            file.set_information(FileInformationClass(request.file_info_class), request.input).await?;
            context.connection.service.server.keep_changed(context.tree()?.core.share(), &file).await?;
        }
        InfoType::SECURITY => file.set_security(request.additional_information, request.input).await?,
        // Labels and whether there are quotas belong to the volume, not to a share of it ([MS-SMB2] 3.3.5.21.2).
        InfoType::FILESYSTEM => return Err(NtStatus::ACCESS_DENIED.into()),
        InfoType::QUOTA => file.set_quota(request.input).await?,
        _ => return Err(NtStatus::INVALID_PARAMETER.into()),
    }
    out.body(|w| SetInfoResponse.encode(w));
    Ok(NtStatus::SUCCESS)
}

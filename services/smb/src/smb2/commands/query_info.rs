//! [MS-SMB2] 3.3.5.20 Receiving an SMB2 QUERY_INFO Request

use super::quota;
use crate::smb2::context::{Context, Fault, FileOrPipe, Outcome};
use crate::smb2::reply::Out;
use crate::{pipe_info, print_info};
use lanward_fsa::{FileInformationClass, FsInformationClass};
use lanward_nt::NtStatus;
use lanward_smb2::Dialect;
use lanward_smb2::messages::{InfoType, QueryInfoRequest, QueryInfoResponse};
use lanward_wire::{Decode, Reader, ReplyBudget};

pub(in crate::smb2) async fn query_info(
    context: &mut Context<'_>,
    r: &mut Reader<'_>,
    out: &mut Out,
) -> Outcome {
    let request = QueryInfoRequest::decode(r)?;
    let max = context.negotiated()?.max_transfer;
    if request.output_buffer_length > max {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let input = u32::try_from(request.input.len()).unwrap_or(u32::MAX);
    context.check_charge(request.output_buffer_length.max(input))?;
    let opened = context.file_or_pipe(request.file_id)?;
    let payload = out.body(QueryInfoResponse::begin);
    let budget = ReplyBudget::new(request.output_buffer_length, max);
    let writer = &mut budget.writer(out.vec());
    let file = match opened {
        FileOrPipe::File(file) => file,
        FileOrPipe::Pipe(pipe) if request.info_type == InfoType::FILE => {
            pipe_info::query(&pipe, FileInformationClass(request.file_info_class), writer)?;
            out.finish(payload);
            return Ok(NtStatus::SUCCESS);
        }
        FileOrPipe::PrintJob(job) if request.info_type == InfoType::FILE => {
            print_info::query(&job, FileInformationClass(request.file_info_class), writer)?;
            out.finish(payload);
            return Ok(NtStatus::SUCCESS);
        }
        FileOrPipe::Pipe(_) | FileOrPipe::PrintJob(_) => return Err(NtStatus::INVALID_DEVICE_REQUEST.into()),
    };
    let outcome = match request.info_type {
        InfoType::FILE => {
            let class = FileInformationClass(request.file_info_class);
            // [MS-SMB2] 3.3.5.20.1
            let normalized = class == FileInformationClass::NORMALIZED_NAME;
            if normalized && context.dialect() != Some(Dialect::V3_1_1) {
                return Err(NtStatus::NOT_SUPPORTED.into());
            }
            file.query_information(class, request.input, writer).await
        }
        InfoType::FILESYSTEM => {
            let class = FsInformationClass(request.file_info_class);
            file.query_volume_information(class, writer).await
        }
        InfoType::SECURITY => {
            let descriptor = file.query_security(request.additional_information).await?;
            if writer.push(0, |w| w.bytes(&descriptor)).is_err() {
                // [MS-SMB2] 3.3.5.20.3: the client is told how much room it needs.
                let needed = u32::try_from(descriptor.len()).unwrap_or(u32::MAX);
                return Err(Fault::Data(NtStatus::BUFFER_TOO_SMALL, needed.to_le_bytes().to_vec()));
            }
            Ok(())
        }
        InfoType::QUOTA => {
            let status = quota::query(&file, request.input, writer).await?;
            out.finish(payload);
            return Ok(status);
        }
        _ => Err(NtStatus::INVALID_PARAMETER),
    };
    let status = match outcome {
        Ok(()) => NtStatus::SUCCESS,
        Err(NtStatus::BUFFER_OVERFLOW) => NtStatus::BUFFER_OVERFLOW,
        Err(status) => return Err(status.into()),
    };
    out.finish(payload);
    Ok(status)
}

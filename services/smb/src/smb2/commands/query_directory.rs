//! [MS-SMB2] 3.3.5.18 Receiving an SMB2 QUERY_DIRECTORY Request

use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use lanward_fsa::{DirectoryQuery, FileInformationClass};
use lanward_nt::NtStatus;
use lanward_smb2::messages::{
    AaplCapabilities, QueryDirectoryFlags, QueryDirectoryRequest, QueryDirectoryResponse,
};
use lanward_wire::{Decode, Reader, ReplyBudget};

pub(in crate::smb2) async fn query_directory(
    context: &mut Context<'_>,
    r: &mut Reader<'_>,
    out: &mut Out,
) -> Outcome {
    let request = QueryDirectoryRequest::decode(r)?;
    let max = context.negotiated()?.max_transfer;
    if request.output_buffer_length > max {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    context.check_charge(request.output_buffer_length)?;
    let file = context.file(request.file_id)?;
    if !file.is_directory() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let flags = request.flags;
    let query = DirectoryQuery {
        restart: flags.contains(QueryDirectoryFlags::RESTART_SCANS),
        single: flags.contains(QueryDirectoryFlags::RETURN_SINGLE_ENTRY),
        reopen: flags.contains(QueryDirectoryFlags::REOPEN),
        index: flags.contains(QueryDirectoryFlags::INDEX_SPECIFIED).then_some(request.file_index),
        apple: context.session()?.agreed_on(AaplCapabilities::READ_DIR_ATTR),
    };
    let class = FileInformationClass(request.file_information_class);
    let pattern = request.file_name.to_nt_string();
    let payload = out.body(QueryDirectoryResponse::begin);
    let budget = ReplyBudget::new(request.output_buffer_length, max);
    file.query_directory(class, &pattern, query, &mut budget.writer(out.vec())).await?;
    out.finish(payload);
    Ok(NtStatus::SUCCESS)
}

//! [MS-SMB2] 3.3.5.15 Receiving an SMB2 IOCTL Request

use super::{fsctl as about_open, network_interfaces, resiliency};
use crate::smb2::context::{Context, Fault, FileOrPipe, Outcome};
use crate::smb2::reply::Out;
use crate::{dfs, fsctl};
use lanward_nt::NtStatus;
use lanward_nt::dfsc::ReferralRequest;
use lanward_nt::fscc::CtlCode;
use lanward_smb2::messages::{
    IoctlFlags, IoctlRequest, IoctlResponse, ValidateNegotiateInfoRequest, ValidateNegotiateInfoResponse,
};
use lanward_smb2::{Dialect, FileId, HeaderFlags};
use lanward_wire::{Decode, Encode, Reader, ReplyBudget};
use std::sync::Arc;

/// Bytes of [MS-SMB2] 2.2.32.6 VALIDATE_NEGOTIATE_INFO Response.
const VALIDATE_NEGOTIATE_INFO: usize = 24;

pub(in crate::smb2) async fn ioctl(context: &mut Context<'_>, r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    let request = IoctlRequest::decode(r)?;
    let max = context.negotiated()?.max_transfer;
    let input = u32::try_from(request.input.len()).unwrap_or(u32::MAX);
    if !request.flags.contains(IoctlFlags::IS_FSCTL) {
        return Err(NtStatus::NOT_SUPPORTED.into());
    }
    if request.max_output_response > max || request.max_input_response > max || input > max {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    context.check_charge(input.max(request.max_output_response).max(request.max_input_response))?;
    // [MS-SMB2] 3.3.5.15: what is about no open names none.
    let about_no_open = [
        CtlCode::VALIDATE_NEGOTIATE_INFO,
        CtlCode::QUERY_NETWORK_INTERFACE_INFO,
        CtlCode::DFS_GET_REFERRALS,
        CtlCode::DFS_GET_REFERRALS_EX,
        CtlCode::PIPE_WAIT,
    ];
    if about_no_open.contains(&request.ctl_code) && request.file_id != FileId::RELATED {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let payload = out.body(|w| IoctlResponse::begin(w, request.ctl_code, request.file_id));
    let budget = ReplyBudget::new(request.max_output_response, max);
    let status = match request.ctl_code {
        CtlCode::VALIDATE_NEGOTIATE_INFO => validate_negotiate_info(context, &request, budget, out)?,
        CtlCode::QUERY_NETWORK_INTERFACE_INFO => network_interfaces::query(context, budget, out)?,
        CtlCode::DFS_GET_REFERRALS | CtlCode::DFS_GET_REFERRALS_EX => {
            referrals(context, &request, budget, out)?
        }
        CtlCode::PIPE_WAIT => {
            let tree = Arc::clone(&context.tree()?.core);
            context.expect_wait();
            tokio::select! {
                biased;
                outcome = fsctl::pipe_wait(&tree, request.input) => outcome?,
                () = context.unit.cancelled() => return Err(NtStatus::CANCELLED.into()),
            }
        }
        CtlCode::LMR_REQUEST_RESILIENCY => resiliency::request_resiliency(context, &request)?,
        code => match context.file_or_pipe(request.file_id)? {
            FileOrPipe::Pipe(pipe) => {
                about_open::on_pipe(context, &pipe, code, request.input, budget, out).await?
            }
            FileOrPipe::File(file) => about_open::on_file(context, &file, &request, budget, out).await?,
            FileOrPipe::PrintJob(_) => return Err(NtStatus::INVALID_DEVICE_REQUEST.into()),
        },
    };
    out.finish(payload);
    Ok(status)
}

/// [MS-SMB2] 3.3.5.15.2
fn referrals(
    context: &Context<'_>,
    request: &IoctlRequest<'_>,
    budget: ReplyBudget,
    out: &mut Out,
) -> Outcome {
    let server = &context.connection.service.server;
    let r = &mut Reader::new(request.input);
    let wanted = match request.ctl_code {
        CtlCode::DFS_GET_REFERRALS_EX => ReferralRequest::decode_ex(r),
        _ => ReferralRequest::decode(r),
    };
    Ok(dfs::referrals(server, &context.connection.zone(), wanted, budget, out.vec())?)
}

/// [MS-SMB2] 3.3.5.15.12: a mismatch is an attacker in the path, and ends the connection.
fn validate_negotiate_info(
    context: &Context<'_>,
    request: &IoctlRequest<'_>,
    budget: ReplyBudget,
    out: &mut Out,
) -> Outcome {
    let negotiated = context.negotiated()?;
    if negotiated.dialect == Dialect::V3_1_1 {
        return Err(Fault::Disconnect("FSCTL_VALIDATE_NEGOTIATE_INFO in 3.1.1"));
    }
    if budget.limit() < VALIDATE_NEGOTIATE_INFO {
        return Err(Fault::Disconnect("FSCTL_VALIDATE_NEGOTIATE_INFO without room for its answer"));
    }
    let seen = ValidateNegotiateInfoRequest::decode(&mut Reader::new(request.input))?;
    if !context.sealed && !context.header.flags.contains(HeaderFlags::SIGNED) {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let same = seen.client_guid == negotiated.client_guid
        && seen.capabilities == negotiated.client_capabilities
        && seen.security_mode == negotiated.client_security_mode
        && seen.dialects == negotiated.client_dialects;
    if !same {
        return Err(Fault::Disconnect("NEGOTIATE was changed on its way"));
    }
    let response = ValidateNegotiateInfoResponse {
        capabilities: negotiated.capabilities,
        server_guid: context.connection.service.server.identity().guid,
        security_mode: negotiated.security_mode,
        dialect: negotiated.dialect.revision(),
    };
    budget.writer(out.vec()).push(1, |w| response.encode(w)).map_err(|_| NtStatus::INVALID_PARAMETER)?;
    Ok(NtStatus::SUCCESS)
}

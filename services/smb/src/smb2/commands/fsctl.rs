//! The FSCTLs that are about a file or a pipe ([MS-SMB2] 3.3.5.15).

use super::fsctl_copy;
use crate::fsctl;
use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use lanward_fsa::FileOpen;
use lanward_nt::NtStatus;
use lanward_nt::fscc::CtlCode;
use lanward_server::PipeOpen;
use lanward_smb2::Dialect;
use lanward_smb2::messages::IoctlRequest;
use lanward_wire::ReplyBudget;
use std::sync::Arc;

pub(super) async fn on_file(
    context: &mut Context<'_>,
    file: &Arc<FileOpen>,
    request: &IoctlRequest<'_>,
    budget: ReplyBudget,
    out: &mut Out,
) -> Outcome {
    let input = request.input;
    match request.ctl_code {
        CtlCode::SRV_REQUEST_RESUME_KEY => fsctl_copy::resume_key(request, budget, out),
        CtlCode::SRV_COPYCHUNK | CtlCode::SRV_COPYCHUNK_WRITE => {
            fsctl_copy::copychunk(context, file, request, budget, out).await
        }
        CtlCode::DUPLICATE_EXTENTS_TO_FILE => fsctl_copy::duplicate_extents(context, file, input).await,
        CtlCode::DUPLICATE_EXTENTS_TO_FILE_EX => fsctl_copy::duplicate_extents_ex(context, file, input).await,
        // [MS-SMB2] 3.3.5.15.19
        CtlCode::MARK_HANDLE
            if input.len() >= fsctl::MARK_HANDLE_INFO && context.dialect() != Some(Dialect::V3_1_1) =>
        {
            Err(NtStatus::NOT_SUPPORTED.into())
        }
        code => Ok(fsctl::on_file(&context.tree()?.core, file, (code, input), budget, out.vec()).await?),
    }
}

pub(super) async fn on_pipe(
    context: &Context<'_>,
    pipe: &Arc<PipeOpen>,
    code: CtlCode,
    input: &[u8],
    budget: ReplyBudget,
    out: &mut Out,
) -> Outcome {
    match code {
        CtlCode::PIPE_TRANSCEIVE => {
            context.expect_wait();
            let read = tokio::select! {
                outcome = pipe.transact(input, budget.limit(), out.vec()) => outcome?,
                () = context.unit.cancelled() => return Err(NtStatus::CANCELLED.into()),
            };
            Ok(if read.more { NtStatus::BUFFER_OVERFLOW } else { NtStatus::SUCCESS })
        }
        CtlCode::PIPE_PEEK => Ok(fsctl::peek(pipe, budget, out.vec())?),
        _ => Err(NtStatus::NOT_SUPPORTED.into()),
    }
}

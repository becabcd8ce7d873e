//! [MS-CIFS] 3.3.5.44 Receiving an SMB_COM_LOGOFF_ANDX Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb1::messages::Empty;
use std::sync::Arc;

pub(in crate::smb1) async fn logoff_andx(context: &mut Context<'_>, out: &mut Out) -> Outcome {
    let session = Arc::clone(context.session()?);
    context.connection.end_session(&session).await;
    (context.session, context.tree, context.chain_fid) = (None, None, None);
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

//! [MS-CIFS] 3.3.5.41 Receiving an SMB_COM_TREE_DISCONNECT Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use crate::smb1::status::SMB_BAD_TID;
use lanward_nt::NtStatus;
use lanward_smb1::messages::Empty;

pub(in crate::smb1) async fn tree_disconnect(context: &mut Context<'_>, out: &mut Out) -> Outcome {
    if !context.connection.end_tree(context.header.tree_id).await {
        return Err(SMB_BAD_TID.into());
    }
    (context.tree, context.chain_fid) = (None, None);
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

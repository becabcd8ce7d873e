//! [MS-CIFS] 3.3.5.41 Receiving an SMB_COM_TREE_DISCONNECT Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb1::messages::Empty;
use std::sync::Arc;

pub(in crate::smb1) async fn tree_disconnect(context: &mut Context<'_>, out: &mut Out) -> Outcome {
    let tree = Arc::clone(context.tree()?);
    context.connection.end_tree(&tree).await;
    (context.tree, context.chain_fid) = (None, None);
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

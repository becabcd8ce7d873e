//! [MS-SMB2] 3.3.5.8 Receiving an SMB2 TREE_DISCONNECT Request

use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb2::messages::{TreeDisconnectRequest, TreeDisconnectResponse};
use lanward_wire::{Decode, Encode, Reader};

pub(in crate::smb2) async fn tree_disconnect(
    context: &mut Context<'_>,
    r: &mut Reader<'_>,
    out: &mut Out,
) -> Outcome {
    TreeDisconnectRequest::decode(r)?;
    let session = context.session()?.clone();
    let id = context.tree()?.id;
    let tree = session.remove_tree(id).ok_or(NtStatus::NETWORK_NAME_DELETED)?;
    drop(session.take_opens_of(id));
    tree.core.close().await;
    // What a CREATE entered meanwhile; any later one finds the tree closed.
    drop(session.take_opens_of(id));
    out.body(|w| TreeDisconnectResponse.encode(w));
    Ok(NtStatus::SUCCESS)
}

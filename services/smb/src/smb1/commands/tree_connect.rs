//! [MS-CIFS] 3.3.5.40 Receiving an SMB_COM_TREE_CONNECT Request

use super::tree_connect_andx::connect;
use crate::smb1::connection::MAX_BUFFER_SIZE;
use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use crate::smb1::respond::Password;
use lanward_nt::NtStatus;
use lanward_smb1::messages::{TreeConnectRequest, TreeConnectResponse};
use lanward_smb1::{Body, Message};

pub(in crate::smb1) async fn tree_connect(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = TreeConnectRequest::decode(body)?;
    let password = Password::Plain(request.password);
    let tree = connect(context, &request.path, &request.service, &password).await?;
    out.message(&TreeConnectResponse { max_buffer_size: MAX_BUFFER_SIZE, tid: tree.tid });
    Ok(NtStatus::SUCCESS)
}

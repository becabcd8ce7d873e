//! [MS-SMB2] 3.3.5.7 Receiving an SMB2 TREE_CONNECT Request

use crate::share_path;
use crate::smb2::context::{Context, Fault, Outcome};
use crate::smb2::reply::Out;
use crate::smb2::session::Tree;
use lanward_nt::NtStatus;
use lanward_server::{Share, ShareKind, TreeConnect};
use lanward_smb2::messages::{
    ShareCapabilities, ShareFlags, ShareType, TreeConnectRequest, TreeConnectResponse,
};
use lanward_smb2::{Dialect, HeaderFlags, TreeId};
use lanward_wire::{Decode, Encode, Reader};
use std::sync::{Arc, PoisonError};

pub(in crate::smb2) async fn tree_connect(
    context: &mut Context<'_>,
    r: &mut Reader<'_>,
    out: &mut Out,
) -> Outcome {
    let request = TreeConnectRequest::decode(r)?;
    let session = context.session()?.clone();
    let protected = context.sealed || context.header.flags.contains(HeaderFlags::SIGNED);
    if context.dialect() == Some(Dialect::V3_1_1) && session.can_sign() && !protected {
        // "If Connection.Dialect is "3.1.1" [...] and the request is neither signed nor encrypted, the server MUST disconnect."
        return Err(Fault::Disconnect("unsigned TREE_CONNECT in 3.1.1"));
    }
    if !request.path.is_whole() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let share = share_path::share_of(&request.path.to_nt_string())?;
    let shown = context.connection.service.shown_share(&context.connection.zone(), &share);
    // Who can seal is told to; a guest can do neither.
    let as_demanded =
        |share: &Share| session.can_seal() || !(share.encrypt || (share.is_hardened() && !protected));
    if !shown.is_none_or(|share| as_demanded(&share)) {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    session.core.look_up_identity(&share).await;
    let core = session.core.tree_connect(&share)?;
    let share_type = match core.share().kind {
        ShareKind::Ipc => ShareType::PIPE,
        ShareKind::Disk(_) => ShareType::DISK,
        ShareKind::Printer(_) => ShareType::PRINT,
        ShareKind::Device(_) => {
            // [MS-SMB2] 2.2.10 has none for it.
            core.close().await;
            return Err(NtStatus::BAD_DEVICE_TYPE.into());
        }
    };
    let encrypt = session.seals_for(core.share()) || session.encrypt_data;
    let mut share_flags = match (core.is_ipc(), encrypt) {
        (true, _) => ShareFlags::NO_CACHING,
        (false, true) => ShareFlags::ENCRYPT_DATA,
        (false, false) => ShareFlags::default(),
    };
    if !core.is_ipc() {
        share_flags |= ShareFlags::from_bits_retain(core.share().caching.bits());
    }
    if core.share().hide_unreadable {
        share_flags |= ShareFlags::ACCESS_BASED_DIRECTORY_ENUM;
    }
    if core.share().compress && context.negotiated().is_ok_and(|n| n.compression.is_some()) {
        share_flags |= ShareFlags::COMPRESS_DATA;
    }
    let mut capabilities = availability(context, &core);
    if core.share().dfs.is_some() {
        share_flags |= ShareFlags::DFS | ShareFlags::DFS_ROOT;
        capabilities |= ShareCapabilities::DFS;
    }
    let response =
        TreeConnectResponse { share_type, share_flags, capabilities, maximal_access: core.maximal_access() };
    let id = TreeId(core.id());
    context.header.tree_id = id;
    session.trees.lock().unwrap_or_else(PoisonError::into_inner).insert(id.0, Arc::new(Tree { id, core }));
    out.body(|w| response.encode(w));
    Ok(NtStatus::SUCCESS)
}

fn availability(context: &Context<'_>, tree: &TreeConnect) -> ShareCapabilities {
    let smb3 = context.dialect().is_some_and(Dialect::is_smb3);
    if smb3 && tree.share().continuous && context.connection.service.server.keeps_opens() {
        return ShareCapabilities::CONTINUOUS_AVAILABILITY;
    }
    ShareCapabilities::default()
}

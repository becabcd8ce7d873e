//! [MS-CIFS] 3.3.5.45 and [MS-SMB] 3.3.5.4 Receiving an SMB_COM_TREE_CONNECT_ANDX Request

use crate::share_path;
use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use crate::smb1::session::Tree;
use lanward_nt::{NtStatus, NtString};
use lanward_smb1::messages::{
    MaximalAccess, OptionalSupport, TreeConnectAndxRequest, TreeConnectAndxResponse, TreeConnectFlags,
};
use lanward_smb1::{Body, Dialect, Message};
use std::sync::Arc;

pub(in crate::smb1) async fn tree_connect_andx(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = TreeConnectAndxRequest::decode(body)?;
    if request.flags.contains(TreeConnectFlags::DISCONNECT_TID) {
        let old = context.connection.trees().get(context.header.tree_id).cloned();
        if let Some(old) = old.filter(|t| t.uid == context.header.user_id) {
            context.connection.end_tree(&old).await;
        }
    }
    let tree = connect(context, &request.path, &request.service).await?;
    let wants_access = request.flags.contains(TreeConnectFlags::EXTENDED_RESPONSE);
    out.message(&response(&tree, context.dialect(), wants_access));
    Ok(NtStatus::SUCCESS)
}

fn response(tree: &Tree, dialect: Dialect, wants_access: bool) -> TreeConnectAndxResponse {
    let mut support = OptionalSupport::SEARCH_BITS;
    if tree.core.share().dfs.is_some() {
        support |= OptionalSupport::SHARE_IS_IN_DFS;
    }
    let user = tree.core.maximal_access().bits();
    let access = MaximalAccess { user, guest: 0 };
    let (service, file_system) = if tree.core.is_ipc() { ("IPC", "") } else { ("A:", "NTFS") };
    TreeConnectAndxResponse {
        optional_support: (dialect >= Dialect::LanMan21).then_some(support),
        maximal_access: (wants_access && dialect == Dialect::NtLm).then_some(access),
        service: service.into(),
        native_file_system: file_system.into(),
    }
}

/// Connects to the share of a path, as what the client takes it for; the rest of the chain is in it.
pub(super) async fn connect(
    context: &mut Context<'_>,
    path: &NtString,
    service: &NtString,
) -> Result<Arc<Tree>, NtStatus> {
    let share = share_path::legacy_share_of(path)?;
    let expected = Service::of(service)?;
    let session = Arc::clone(context.session()?);
    session.core.look_up_identity(&share).await;
    let core = session.core.tree_connect(&share)?;
    if !expected.is(core.is_ipc()) {
        core.close().await;
        return Err(NtStatus::BAD_DEVICE_TYPE);
    }
    let uid = session.uid;
    let tree = |tid| Arc::new(Tree { tid, uid, core: Arc::clone(&core) });
    let entered = context.connection.trees().insert_with(tree);
    let Some(tid) = entered else {
        core.close().await;
        return Err(NtStatus::INSUFFICIENT_RESOURCES);
    };
    let tree = context.connection.trees().get(tid).cloned().ok_or(NtStatus::NETWORK_NAME_DELETED)?;
    context.header.tree_id = tid;
    context.tree = Some(Arc::clone(&tree));
    Ok(tree)
}

/// What a client takes a share for ([MS-CIFS] 2.2.4.55.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Disk,
    Ipc,
    /// Printers and devices, of which there are none.
    Device,
    Any,
}

impl Service {
    fn of(name: &NtString) -> Result<Self, NtStatus> {
        Ok(match name.to_string().to_ascii_uppercase().as_str() {
            "A:" => Self::Disk,
            "IPC" => Self::Ipc,
            "LPT1:" | "COMM" => Self::Device,
            "?????" => Self::Any,
            _ => return Err(NtStatus::BAD_DEVICE_TYPE),
        })
    }

    const fn is(self, ipc: bool) -> bool {
        match self {
            Self::Disk => !ipc,
            Self::Ipc => ipc,
            Self::Device => false,
            Self::Any => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_what_it_is_taken_for() {
        let is = |name: &str, ipc| Service::of(&name.into()).map(|s| s.is(ipc));
        assert_eq!((is("A:", false), is("A:", true)), (Ok(true), Ok(false)));
        assert_eq!((is("ipc", false), is("IPC", true)), (Ok(false), Ok(true)));
        assert_eq!((is("LPT1:", false), is("COMM", true)), (Ok(false), Ok(false)));
        assert_eq!((is("?????", false), is("?????", true)), (Ok(true), Ok(true)));
        assert_eq!(is("C:", false), Err(NtStatus::BAD_DEVICE_TYPE));
    }
}

//! [MS-CIFS] 3.3.5.45 and [MS-SMB] 3.3.5.4 Receiving an SMB_COM_TREE_CONNECT_ANDX Request

use crate::share_path;
use crate::smb1::connection::Connection;
use crate::smb1::context::{Context, Outcome};
use crate::smb1::establish::establish;
use crate::smb1::reply::Out;
use crate::smb1::respond::{Password, judge};
use crate::smb1::session::{Session, Tree};
use lanward_auth::Claim;
use lanward_nt::{NtStatus, NtString};
use lanward_server::ShareKind;
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
        // Whether there is one does not matter.
        context.connection.end_tree(context.header.tree_id).await;
    }
    let password = Password::single(context, request.password);
    let tree = connect(context, &request.path, &request.service, &password).await?;
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
    let (service, file_system) = match tree.core.share().kind {
        ShareKind::Disk(_) => ("A:", "NTFS"),
        ShareKind::Ipc => ("IPC", ""),
        ShareKind::Printer(_) => ("LPT1:", ""),
        ShareKind::Device(_) => ("COMM", ""),
    };
    TreeConnectAndxResponse {
        optional_support: (dialect >= Dialect::LanMan21).then_some(support),
        maximal_access: (wants_access && dialect == Dialect::NtLm).then_some(access),
        service: service.into(),
        native_file_system: file_system.into(),
    }
}

/// Connects to the share of a path, as what the client takes it for; the rest of the chain is in it. The password counts where clients are no users.
pub(super) async fn connect(
    context: &mut Context<'_>,
    path: &NtString,
    service: &NtString,
    password: &Password,
) -> Result<Arc<Tree>, NtStatus> {
    let share = share_path::legacy_share_of(path)?;
    let expected = Service::of(service)?;
    let connection = context.connection;
    let share_level = connection.negotiated().is_some_and(|n| n.share_level);
    let session = match share_level {
        true => log_on_to(context, &share, password).await?,
        false => Arc::clone(context.session()?),
    };
    let tree = enter(connection, &session, &share, expected).await;
    let tree = match tree {
        Err(status) if share_level => {
            connection.end_session(&session).await;
            Err(status)
        }
        tree => tree,
    }?;
    context.header.tree_id = tree.tid;
    (context.session, context.tree) = (Some(session), Some(Arc::clone(&tree)));
    Ok(tree)
}

async fn enter(
    connection: &Connection,
    session: &Arc<Session>,
    share: &NtString,
    expected: Service,
) -> Result<Arc<Tree>, NtStatus> {
    let core = connection.connect_share(session, share).await?;
    let entered = match expected.is(&core.share().kind) {
        true => connection
            .enter_tree(session, share.clone(), Arc::clone(&core))
            .ok_or(NtStatus::INSUFFICIENT_RESOURCES),
        false => Err(NtStatus::BAD_DEVICE_TYPE),
    };
    if entered.is_err() {
        core.close().await;
    }
    entered
}

/// Who knows the password of a share is the user of that name: the session is for this tree connect alone.
async fn log_on_to(
    context: &mut Context<'_>,
    share: &NtString,
    password: &Password,
) -> Result<Arc<Session>, NtStatus> {
    let claim = Claim { domain: NtString::default(), user: share.clone(), workstation: NtString::default() };
    let proved = judge(context.connection, &claim, password)?;
    establish(context, &proved).await
}

/// What a client takes a share for ([MS-CIFS] 2.2.4.55.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    Disk,
    Ipc,
    Printer,
    Device,
    Any,
}

impl Service {
    fn of(name: &NtString) -> Result<Self, NtStatus> {
        Ok(match name.to_string().to_ascii_uppercase().as_str() {
            "A:" => Self::Disk,
            "IPC" => Self::Ipc,
            "LPT1:" => Self::Printer,
            "COMM" => Self::Device,
            "?????" => Self::Any,
            _ => return Err(NtStatus::BAD_DEVICE_TYPE),
        })
    }

    const fn is(self, kind: &ShareKind) -> bool {
        match self {
            Self::Disk => matches!(kind, ShareKind::Disk(_)),
            Self::Ipc => matches!(kind, ShareKind::Ipc),
            Self::Printer => matches!(kind, ShareKind::Printer(_)),
            Self::Device => matches!(kind, ShareKind::Device(_)),
            Self::Any => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_fsa::FileSystem;
    use lanward_nt::FileTime;
    use lanward_vfs::MemVolume;

    #[test]
    fn a_share_is_what_it_is_taken_for() {
        let disk = ShareKind::Disk(FileSystem::new(MemVolume::new(|| FileTime(1))));
        let kinds = [disk, ShareKind::Ipc, ShareKind::Printer("laser".into())];
        let is = |name: &str| Service::of(&name.into()).map(|s| kinds.each_ref().map(|kind| s.is(kind)));
        assert_eq!(is("A:"), Ok([true, false, false]));
        assert_eq!((is("ipc"), is("IPC")), (Ok([false, true, false]), Ok([false, true, false])));
        assert_eq!((is("LPT1:"), is("COMM")), (Ok([false, false, true]), Ok([false; 3])));
        assert_eq!(is("?????"), Ok([true; 3]));
        assert_eq!(is("C:"), Err(NtStatus::BAD_DEVICE_TYPE));
    }
}

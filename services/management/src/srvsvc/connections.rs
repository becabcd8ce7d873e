use super::clients::{client_name, is_client};
use super::sessions::seconds_since;
use super::share_view::share_type;
use crate::enumeration::Wanted;
use crate::win32;
use lanward_nt::{FileTime, NtString};
use lanward_rpc::Entry as _;
use lanward_rpc::srvsvc::{ConnectionEnumRequest, ConnectionEnumResponse, ConnectionInfo};
use lanward_server::{Act, Caller, TreeConnect};

/// [MS-SRVS] 3.1.4.1 NetrConnectionEnum: the tree connects of a share or of a computer.
pub(crate) fn connection_enum(
    caller: &Caller,
    request: &ConnectionEnumRequest,
    now: FileTime,
) -> ConnectionEnumResponse {
    let wanted = Wanted {
        level: request.level,
        preferred_maximum_length: request.preferred_maximum_length,
        resume_handle: request.resume_handle,
    };
    if caller.may(Act::Administer).is_err() {
        return wanted.refused(win32::ACCESS_DENIED);
    }
    if !ConnectionInfo::is_enumerable(request.level) {
        return wanted.refused(win32::INVALID_LEVEL);
    }
    let Some(qualifier) = request.qualifier.as_ref().filter(|q| (1..1024).contains(&q.units().len())) else {
        return wanted.refused(win32::INVALID_PARAMETER);
    };
    let by_computer = qualifier.units().starts_with(&[0x5c; 2]);
    wanted.part(&caller.server.tree_connects(), |tree| {
        let session = tree.session()?;
        let meant = if by_computer {
            is_client(&session, qualifier)
        } else {
            tree.share().name.eq_ignore_case(qualifier)
        };
        // What was not asked for is told.
        let name = if by_computer {
            tree.share().name.clone()
        } else {
            client_name(session.peer()).trim_start_matches('\\').into()
        };
        meant.then(|| connection_info(tree, name, now))
    })
}

/// [MS-SMB2] 3.3.4.19: a tree connect as CONNECTION_INFO_1 shows it.
fn connection_info(tree: &TreeConnect, name: NtString, now: FileTime) -> ConnectionInfo {
    ConnectionInfo {
        id: tree.global_id(),
        share_type: share_type(tree.share()).bits(),
        opens: u32::try_from(tree.open_count()).unwrap_or(u32::MAX),
        users: 1,
        seconds: seconds_since(tree.since(), now),
        user: Some(tree.user().name.clone()),
        name: Some(name),
    }
}

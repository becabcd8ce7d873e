use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::srvsvc::{ServerDiskEnumRequest, ServerDiskEnumResponse};
use lanward_server::{Act, Caller};

/// [MS-SRVS] 3.1.4.19 NetrServerDiskEnum: the one drive there is, as which paths of this machine are shown.
pub(crate) fn server_disk_enum(caller: &Caller, request: &ServerDiskEnumRequest) -> ServerDiskEnumResponse {
    let status = match request.level {
        _ if caller.may(Act::Administer).is_err() => win32::ACCESS_DENIED,
        0 => win32::SUCCESS,
        _ => win32::INVALID_LEVEL,
    };
    // "EntriesRead MUST be set to 1 plus TotalEntries": an empty name ends the list.
    let disks = if status == win32::SUCCESS { vec!["C:".into(), NtString::default()] } else { Vec::new() };
    let total_entries = u32::from(!disks.is_empty());
    ServerDiskEnumResponse { disks, total_entries, resume_handle: request.resume_handle, status }
}

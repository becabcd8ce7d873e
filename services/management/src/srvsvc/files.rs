use super::local_path::windows_path;
use crate::enumeration::Wanted;
use crate::win32;
use lanward_nt::{AccessMask, NtString};
use lanward_rpc::srvsvc::{
    FileCloseRequest, FileEnumRequest, FileEnumResponse, FileGetInfoRequest, FileGetInfoResponse, FileInfo,
};
use lanward_rpc::{Entry as _, StatusResponse};
use lanward_server::{Act, Caller, Event, Open, OpenBody, Subject};
use std::sync::Arc;

/// Longest path or name with its terminator, in characters.
const LONGEST: usize = 1024;

/// [MS-SRVS] 3.1.4.2 NetrFileEnum: files, directories and pipes, also those whose client is expected back.
pub(crate) fn file_enum(caller: &Caller, request: &FileEnumRequest) -> FileEnumResponse {
    let wanted = Wanted {
        level: request.level,
        preferred_maximum_length: request.preferred_maximum_length,
        resume_handle: request.resume_handle,
    };
    if caller.may(Act::Administer).is_err() {
        return wanted.refused(win32::ACCESS_DENIED);
    }
    if !FileInfo::is_enumerable(request.level) {
        return wanted.refused(win32::INVALID_LEVEL);
    }
    let given = |name: &Option<NtString>| name.clone().filter(|name| !name.units().is_empty());
    let (base, user) = (given(&request.base_path), given(&request.user));
    if [&base, &user].into_iter().flatten().any(|name| name.units().len() >= LONGEST) {
        return wanted.refused(win32::INVALID_PARAMETER);
    }
    wanted.part(&caller.server.opens(), |open| {
        if user.as_ref().is_some_and(|user| !open.user().name.eq_ignore_case(user)) {
            return None;
        }
        let info = file_info(open);
        let beneath = base.as_ref().is_none_or(|base| is_beneath(info.path.as_ref(), base));
        beneath.then_some(info)
    })
}

/// [MS-SRVS] 3.1.4.3 NetrFileGetInfo.
pub(crate) fn file_get_info(caller: &Caller, request: &FileGetInfoRequest) -> FileGetInfoResponse {
    let level = request.level;
    let answer = |file, status| FileGetInfoResponse { level, file, status };
    if caller.may(Act::Administer).is_err() {
        return answer(None, win32::ACCESS_DENIED);
    }
    if !FileInfo::has_level(level) {
        return answer(None, win32::INVALID_LEVEL);
    }
    match find(caller, request.id) {
        Some(open) => answer(Some(file_info(&open)), win32::SUCCESS),
        None => answer(None, win32::FILE_NOT_FOUND),
    }
}

/// [MS-SRVS] 3.1.4.4 NetrFileClose.
pub(crate) async fn file_close(caller: &Caller, request: &FileCloseRequest) -> StatusResponse {
    if caller.may(Act::Administer).is_err() {
        return StatusResponse { status: win32::ACCESS_DENIED };
    }
    let Some(open) = find(caller, request.id).filter(|open| !open.is_closed()) else {
        return StatusResponse { status: win32::FILE_ID_NOT_FOUND };
    };
    let by = Subject::new(&caller.user, Some(caller.peer), caller.session);
    let name = path_of(&open).to_string_lossy();
    caller.server.event(Event::Changed { by, what: "file closed", name });
    // It is closed whatever the volume says of its last moments.
    if let Err(status) = open.close(false).await {
        tracing::debug!(%status, id = request.id, "closing for an administrator");
    }
    StatusResponse { status: win32::SUCCESS }
}

fn find(caller: &Caller, id: u32) -> Option<Arc<Open>> {
    caller.server.opens().into_iter().find(|open| open.global_id() == id)
}

/// [MS-SMB2] 3.3.4.20: an open as FILE_INFO_3 shows it.
fn file_info(open: &Open) -> FileInfo {
    let (granted, locks) = match open.body() {
        OpenBody::File(file) => (file.granted_access(), file.lock_count()),
        OpenBody::Device(device) => (device.granted_access(), 0),
        OpenBody::Pipe(_) => (AccessMask::READ_DATA | AccessMask::WRITE_DATA, 0),
        OpenBody::PrintJob(_) => (AccessMask::WRITE_DATA, 0),
    };
    FileInfo {
        id: open.global_id(),
        permissions: permissions(granted),
        locks: u32::try_from(locks).unwrap_or(u32::MAX),
        path: Some(path_of(open)),
        user: Some(open.user().name.clone()),
    }
}

fn path_of(open: &Open) -> NtString {
    match open.body() {
        OpenBody::Device(_) => open.share().path.clone(),
        OpenBody::Pipe(pipe) => NtString::from(format!("\\PIPE\\{}", pipe.name()).as_str()),
        OpenBody::PrintJob(job) => job.path(),
        OpenBody::File(file) => {
            let mut path = windows_path(&open.share().path);
            let inside = file.path();
            let inside = inside.as_string().units();
            if !inside.is_empty() {
                if path.0.last() != Some(&BACKSLASH) {
                    path.0.push(BACKSLASH);
                }
                path.0.extend(inside.iter().skip_while(|u| **u == BACKSLASH));
            }
            path
        }
    }
}

const BACKSLASH: u16 = 0x5c;

/// fi3_permissions ([MS-SRVS] 2.2.4.7).
fn permissions(granted: AccessMask) -> u32 {
    let bits = [
        (AccessMask::READ_DATA, 0x01),
        (AccessMask::WRITE_DATA | AccessMask::APPEND_DATA, 0x02),
        (AccessMask::APPEND_DATA, 0x04),
        (AccessMask::EXECUTE, 0x08),
        (AccessMask::DELETE, 0x10),
        (AccessMask::WRITE_ATTRIBUTES, 0x20),
        (AccessMask::WRITE_DAC | AccessMask::WRITE_OWNER, 0x40),
    ];
    bits.iter().filter(|(rights, _)| granted.intersects(*rights)).map(|(_, bit)| bit).sum()
}

/// Whether a path has `base` in front, whole names of it.
fn is_beneath(path: Option<&NtString>, base: &NtString) -> bool {
    let Some(path) = path else { return false };
    let base = match base.units() {
        [all @ .., BACKSLASH] => all,
        all => all,
    };
    let Some((front, rest)) = path.units().split_at_checked(base.len()) else { return false };
    NtString(front.to_vec()).eq_ignore_case(&NtString(base.to_vec()))
        && rest.first().is_none_or(|next| *next == BACKSLASH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_whole_names() {
        let beneath = |path: &str, base: &str| is_beneath(Some(&path.into()), &base.into());
        assert!(beneath("C:\\srv\\a", "c:\\SRV") && beneath("C:\\srv", "C:\\srv\\"));
        assert!(beneath("C:\\srv\\a", "C:\\") && beneath("\\PIPE\\srvsvc", "\\pipe"));
        assert!(!beneath("C:\\srv2", "C:\\srv") && !beneath("C:\\s", "C:\\srv"));
    }

    #[test]
    fn rights_as_permissions() {
        assert_eq!(permissions(AccessMask::FILE_GENERIC_READ), 0x01);
        assert_eq!(permissions(AccessMask::FILE_GENERIC_WRITE), 0x26);
        assert_eq!(permissions(AccessMask::FILE_ALL_ACCESS), 0x7f);
    }
}

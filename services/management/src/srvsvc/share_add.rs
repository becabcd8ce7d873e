use super::local_path::{NoPath, local_path};
use super::store::{store_error, tell};
use crate::Administration;
use crate::win32;
use lanward_nt::NtString;
use lanward_nt::security::SecurityDescriptor;
use lanward_rpc::srvsvc::{ParameterErrorResponse, ShareAddRequest, ShareFields, ShareInfo, ShareType};
use lanward_server::{Act, Caller, NewShare, Share};
use lanward_wire::{Decode as _, Reader};

/// [MS-SRVS] 2.2.2.11 SHARE_INFO Parameter Error Codes.
pub(super) mod parameter {
    pub(in crate::srvsvc) const NETNAME: u32 = 1;
    pub(in crate::srvsvc) const TYPE: u32 = 3;
    pub(in crate::srvsvc) const REMARK: u32 = 4;
    pub(in crate::srvsvc) const PATH: u32 = 8;
    pub(in crate::srvsvc) const FILE_SD: u32 = 501;
}

/// Longest remark, in characters.
const LONGEST_REMARK: usize = 48;

/// Why something is not done: an error, or the member that is not valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Error(u32),
    Parameter(u32),
}

impl Refusal {
    /// An outcome as it is returned: which member it was is told to those who ask.
    pub(super) fn answer(outcome: Result<(), Self>, asked: Option<u32>) -> ParameterErrorResponse {
        let (status, at) = match outcome {
            Ok(()) => (win32::SUCCESS, None),
            Err(Self::Error(status)) => (status, None),
            Err(Self::Parameter(at)) => (win32::INVALID_PARAMETER, Some(at)),
        };
        ParameterErrorResponse { parameter_error: asked.map(|given| at.unwrap_or(given)), status }
    }
}

/// [MS-SRVS] 3.1.4.7 NetrShareAdd.
pub(crate) async fn share_add(
    caller: &Caller,
    administration: &Administration,
    request: &ShareAddRequest,
) -> ParameterErrorResponse {
    Refusal::answer(add(caller, administration, request).await, request.parameter_error)
}

async fn add(
    caller: &Caller,
    administration: &Administration,
    request: &ShareAddRequest,
) -> Result<(), Refusal> {
    if caller.may(Act::Administer).is_err() {
        return Err(Refusal::Error(win32::ACCESS_DENIED));
    }
    if !matches!(request.level, 2 | 502 | 503) {
        return Err(Refusal::Error(win32::INVALID_LEVEL));
    }
    let info = request.share.as_ref().ok_or(Refusal::Error(win32::INVALID_PARAMETER))?;
    let name = name_of(info)?;
    if caller.server.find_share(name).is_some() {
        return Err(Refusal::Error(win32::DUPLICATE_SHARE));
    }
    // Drives and temporary ones; printers come with the printing service, and IPC is the server's own.
    if !(ShareType::TEMPORARY | ShareType::SPECIAL).contains(info.share_type) {
        return Err(Refusal::Parameter(parameter::TYPE));
    }
    let comment = remark(info)?;
    let path = info.path.as_ref().ok_or(Refusal::Parameter(parameter::PATH))?;
    let path = local_path(path).map_err(|no_path| match no_path {
        NoPath::Invalid => Refusal::Parameter(parameter::PATH),
        NoPath::OtherDrive => Refusal::Error(win32::UNKNOWN_DEVICE_OR_DIRECTORY),
    })?;
    let share = NewShare {
        name: name.clone(),
        comment,
        path,
        max_uses: max_uses(info.max_uses),
        security: descriptor(info)?,
        persistent: !info.share_type.contains(ShareType::TEMPORARY),
    };
    administration.shares.add(&caller.server, share).await.map_err(store_error)?;
    tell(caller, "share added", name);
    Ok(())
}

fn name_of(info: &ShareInfo) -> Result<&NtString, Refusal> {
    let name = info.name.as_ref().filter(|name| (1..=80).contains(&name.units().len()));
    let name = name.ok_or(Refusal::Parameter(parameter::NETNAME))?;
    // They would stand in front of the names of pipes and mailslots.
    if ["pipe", "mailslot"].iter().any(|taken| name.eq_ignore_case(&NtString::from(*taken))) {
        return Err(Refusal::Error(win32::ACCESS_DENIED));
    }
    if let Some(server) = &info.server_name
        && !matches!(server.to_string_lossy().as_str(), "" | "*")
    {
        // There are no scoped shares here.
        return Err(Refusal::Error(win32::INVALID_PARAMETER));
    }
    Ok(name)
}

/// The remark of a structure; none is an empty one.
pub(super) fn remark(info: &ShareInfo) -> Result<NtString, Refusal> {
    let remark = info.remark.clone().unwrap_or_default();
    if remark.units().len() > LONGEST_REMARK {
        Err(Refusal::Parameter(parameter::REMARK))
    } else {
        Ok(remark)
    }
}

/// All ones stand for no limit.
pub(super) fn max_uses(value: u32) -> Option<u32> {
    (value != u32::MAX).then_some(value)
}

/// The descriptor a structure has; an empty one is none.
pub(super) fn descriptor(info: &ShareInfo) -> Result<Option<SecurityDescriptor>, Refusal> {
    let Some(bytes) = info.security_descriptor.as_ref().filter(|bytes| !bytes.is_empty()) else {
        return Ok(None);
    };
    let decoded = SecurityDescriptor::decode(&mut Reader::new(bytes));
    decoded.map(Some).map_err(|_| Refusal::Parameter(parameter::FILE_SD))
}

/// Which members a level's structure has, among those that can be set.
pub(super) fn settable(level: u32) -> Option<ShareFields> {
    ShareFields::of_level(level).filter(|_| matches!(level, 1 | 2 | 502 | 503 | 1004 | 1005 | 1006 | 1501))
}

/// Whether a share can be changed at all.
pub(super) fn changeable(share: &Share) -> bool {
    !share.is_ipc()
}

use super::database::Service;
use super::error;
use super::open::find_manager;
use crate::call::Call;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::Fault;
use lanward_rpc::svcctl::{NameRequest, NameResponse};

/// [MS-SCMR] 3.1.4.20 RGetServiceDisplayNameW and 3.1.4.21 RGetServiceKeyNameW.
pub(super) fn other_name(
    call: &Call<'_>,
    request: &NameRequest,
    display: bool,
) -> Result<NameResponse, Fault> {
    find_manager(call, &request.manager)?;
    let refused = |length, status| NameResponse { name: NtString::default(), length, status };
    if request.name.units().is_empty() {
        return Ok(refused(0, error::INVALID_NAME));
    }
    let names = |service: Service| {
        let (key, shown) = (service.name(), service.display_name());
        if display { (key, shown) } else { (shown, key) }
    };
    let found =
        Service::ALL.into_iter().map(names).find(|(known, _)| request.name.eq_ignore_case(&(*known).into()));
    let Some((_, other)) = found else { return Ok(refused(0, error::DOES_NOT_EXIST)) };
    let name = NtString::from(other);
    let length = u32::try_from(name.units().len()).unwrap_or(u32::MAX);
    if length > request.room {
        return Ok(refused(length, error::INSUFFICIENT_BUFFER));
    }
    Ok(NameResponse { name, length, status: win32::SUCCESS })
}

use super::open::{find_service, service as right};
use crate::call::Call;
use crate::win32;
use lanward_rpc::Fault;
use lanward_rpc::svcctl::{ChangeServiceConfigRequest, ChangeServiceConfigResponse, NO_CHANGE};

/// [MS-SCMR] 3.1.4.11 RChangeServiceConfigW. What says of the record what it has already is done; the configuration file decides everything else.
pub(super) fn change_config(
    call: &Call<'_>,
    request: &ChangeServiceConfigRequest,
) -> Result<ChangeServiceConfigResponse, Fault> {
    let open = find_service(call, &request.service)?;
    let answer = |status| ChangeServiceConfigResponse { tag_id: request.tag_id, status };
    if open.rights & right::CHANGE_CONFIG == 0 {
        return Ok(answer(win32::ACCESS_DENIED));
    }
    let config = open.service.config(&call.caller.server);
    let same = |new: u32, old: u32| new == NO_CHANGE || new == old;
    let texts = [
        (&request.binary_path, &config.binary_path),
        (&request.load_order_group, &config.load_order_group),
        (&request.start_name, &config.start_name),
        (&request.display_name, &config.display_name),
    ];
    let unchanged = same(request.service_type, config.service_type)
        && same(request.start_type, config.start_type)
        && same(request.error_control, config.error_control)
        && texts.iter().all(|(new, old)| new.is_none() || new == old)
        && request.dependencies.as_ref().is_none_or(|bytes| bytes.iter().all(|b| *b == 0))
        && request.password.is_none();
    Ok(answer(if unchanged { win32::SUCCESS } else { win32::ACCESS_DENIED }))
}

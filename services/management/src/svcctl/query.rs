use super::error;
use super::open::{find_service, service as right};
use crate::call::Call;
use crate::win32;
use lanward_rpc::svcctl::{
    BufferResponse, QueryConfigRequest, QueryConfigResponse, QueryRequest, ServiceConfig, ServiceStatus,
    StatusResponse,
};
use lanward_rpc::{ContextHandle, Fault};

/// [MS-SCMR] 3.1.4.7 RQueryServiceStatus.
pub(super) fn query_status(call: &Call<'_>, service: &ContextHandle) -> Result<StatusResponse, Fault> {
    let open = find_service(call, service)?;
    if open.rights & right::QUERY_STATUS == 0 {
        let service_status = ServiceStatus::default();
        return Ok(StatusResponse { service_status, status: win32::ACCESS_DENIED });
    }
    let service_status = open.service.status(&call.caller.server);
    Ok(StatusResponse { service_status, status: win32::SUCCESS })
}

/// [MS-SCMR] 3.1.4.38 RQueryServiceStatusEx.
pub(super) fn query_status_ex(call: &Call<'_>, request: &QueryRequest) -> Result<BufferResponse, Fault> {
    const PROCESS_INFO: u32 = 0;
    let open = find_service(call, &request.service)?;
    if open.rights & right::QUERY_STATUS == 0 {
        return Ok(refused(request.buffer_size, win32::ACCESS_DENIED));
    }
    if request.what != PROCESS_INFO {
        return Ok(refused(request.buffer_size, win32::INVALID_LEVEL));
    }
    let status = open.service.status(&call.caller.server);
    Ok(filled(request.buffer_size, status.with_process(open.service.process_id(&call.caller.server))))
}

/// [MS-SCMR] 3.1.4.17 RQueryServiceConfigW.
pub(super) fn query_config(
    call: &Call<'_>,
    request: &QueryConfigRequest,
) -> Result<QueryConfigResponse, Fault> {
    let open = find_service(call, &request.service)?;
    if open.rights & right::QUERY_CONFIG == 0 {
        let config = ServiceConfig::default();
        return Ok(QueryConfigResponse { config, needed: 0, status: win32::ACCESS_DENIED });
    }
    let config = open.service.config(&call.caller.server);
    let needed = config.size();
    if needed > request.buffer_size {
        let config = ServiceConfig::default();
        return Ok(QueryConfigResponse { config, needed, status: error::INSUFFICIENT_BUFFER });
    }
    Ok(QueryConfigResponse { config, needed, status: win32::SUCCESS })
}

/// [MS-SCMR] 3.1.4.37 RQueryServiceConfig2W.
pub(super) fn query_config_2(call: &Call<'_>, request: &QueryRequest) -> Result<BufferResponse, Fault> {
    let open = find_service(call, &request.service)?;
    if open.rights & right::QUERY_CONFIG == 0 {
        return Ok(refused(request.buffer_size, win32::ACCESS_DENIED));
    }
    let data = match request.what {
        // SERVICE_CONFIG_DESCRIPTION: an offset and the text there ([MS-SCMR] 2.2.36).
        1 => {
            let text = open.service.description().encode_utf16().chain([0]);
            4_u32.to_le_bytes().into_iter().chain(text.flat_map(u16::to_le_bytes)).collect()
        }
        // SERVICE_CONFIG_FAILURE_ACTIONS: none (2.2.37).
        2 => vec![0; 20],
        // SERVICE_CONFIG_DELAYED_AUTO_START_INFO, _FAILURE_ACTIONS_FLAG, _SERVICE_SID_INFO, _REQUIRED_PRIVILEGES_INFO: no, no, none, none.
        3..=6 => vec![0; 4],
        // SERVICE_CONFIG_PRESHUTDOWN_INFO, in milliseconds: what Windows takes for a service that says nothing.
        7 => 180_000_u32.to_le_bytes().to_vec(),
        _ => return Ok(refused(request.buffer_size, win32::INVALID_LEVEL)),
    };
    Ok(filled(request.buffer_size, data))
}

/// An answer without data.
pub(super) fn refused(buffer_size: u32, status: u32) -> BufferResponse {
    BufferResponse { buffer: vec![0; buffer_size as usize], needed: 0, status }
}

/// An answer with data, if the client has room for it.
pub(super) fn filled(buffer_size: u32, mut data: Vec<u8>) -> BufferResponse {
    let needed = u32::try_from(data.len()).unwrap_or(u32::MAX);
    if needed > buffer_size {
        return BufferResponse { needed, ..refused(buffer_size, error::INSUFFICIENT_BUFFER) };
    }
    data.resize(buffer_size as usize, 0);
    BufferResponse { buffer: data, needed, status: win32::SUCCESS }
}

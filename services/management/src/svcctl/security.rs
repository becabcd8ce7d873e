use super::database::Service;
use super::open::{OpenManager, OpenService};
use super::query::{filled, refused};
use crate::call::Call;
use crate::win32;
use lanward_nt::AccessMask;
use lanward_nt::security::{SecurityDescriptor, SecurityInformation};
use lanward_rpc::svcctl::{BufferResponse, QueryRequest, SetSecurityRequest};
use lanward_rpc::{ContextHandle, Fault};
use lanward_wire::{Decode as _, Encode as _, Reader, Writer};

/// The parts that can be asked for ([MS-SCMR] 2.2.1).
const PARTS: SecurityInformation = SecurityInformation::OWNER
    .union(SecurityInformation::GROUP)
    .union(SecurityInformation::DACL)
    .union(SecurityInformation::SACL)
    .union(SecurityInformation::LABEL);

/// [MS-SCMR] 3.1.4.5 RQueryServiceObjectSecurity.
pub(super) fn query_object_security(
    call: &Call<'_>,
    request: &QueryRequest,
) -> Result<BufferResponse, Fault> {
    let (object, rights) = find(call, &request.service)?;
    let information = SecurityInformation::from_bits_retain(request.what);
    if information.is_empty() || !PARTS.contains(information) {
        return Ok(refused(request.buffer_size, win32::INVALID_PARAMETER));
    }
    let audit = information.contains(SecurityInformation::SACL);
    let others = !information.difference(SecurityInformation::SACL).is_empty();
    if audit && !rights.contains(AccessMask::ACCESS_SYSTEM_SECURITY)
        || others && !rights.contains(AccessMask::READ_CONTROL)
    {
        return Ok(refused(request.buffer_size, win32::ACCESS_DENIED));
    }
    let descriptor = call.administration.services.descriptor(object).parts(information);
    let mut bytes = Vec::new();
    descriptor.encode(&mut Writer::new(&mut bytes));
    Ok(filled(request.buffer_size, bytes))
}

/// [MS-SCMR] 3.1.4.6 RSetServiceObjectSecurity. What is set lasts as long as the server runs.
pub(super) fn set_object_security(call: &Call<'_>, request: &SetSecurityRequest) -> Result<u32, Fault> {
    let (object, rights) = find(call, &request.service)?;
    let information = SecurityInformation::from_bits_retain(request.information);
    if information.is_empty() || !PARTS.contains(information) {
        return Ok(win32::INVALID_PARAMETER);
    }
    let owners = SecurityInformation::OWNER | SecurityInformation::GROUP | SecurityInformation::LABEL;
    let needs = [
        (SecurityInformation::SACL, AccessMask::ACCESS_SYSTEM_SECURITY),
        (SecurityInformation::DACL, AccessMask::WRITE_DAC),
        (owners, AccessMask::WRITE_OWNER),
    ];
    if needs.iter().any(|(parts, right)| information.intersects(*parts) && !rights.contains(*right)) {
        return Ok(win32::ACCESS_DENIED);
    }
    let Ok(new) = SecurityDescriptor::decode(&mut Reader::new(&request.descriptor)) else {
        return Ok(win32::INVALID_PARAMETER);
    };
    let services = &call.administration.services;
    services.set_descriptor(object, services.descriptor(object).with_parts(information, &new, false));
    tracing::info!(user = %call.caller.user.name, ?object, "Changed who may control a service");
    Ok(win32::SUCCESS)
}

/// What a handle is to, a service or the database, and the rights it has.
fn find(call: &Call<'_>, handle: &ContextHandle) -> Result<(Option<Service>, AccessMask), Fault> {
    if let Ok(open) = call.handles.find::<OpenService>(handle) {
        return Ok((Some(open.service), AccessMask::from_bits_retain(open.rights)));
    }
    let open = call.handles.find::<OpenManager>(handle)?;
    Ok((None, AccessMask::from_bits_retain(open.rights)))
}

use super::error;
use super::key::{descriptor, find};
use crate::call::Call;
use crate::win32;
use lanward_nt::AccessMask;
use lanward_nt::security::SecurityInformation;
use lanward_rpc::Fault;
use lanward_rpc::winreg::{KeySecurityRequest, KeySecurityResponse};
use lanward_wire::{Encode as _, Writer};

/// [MS-RRP] 3.1.5.13 BaseRegGetKeySecurity.
pub(super) fn key_security(
    call: &Call<'_>,
    request: &KeySecurityRequest,
) -> Result<KeySecurityResponse, Fault> {
    let (open, _) = find(call, &request.key)?;
    let refused = |size, status| Ok(KeySecurityResponse { descriptor: None, size, status });
    let rights = AccessMask::from_bits_retain(open.rights);
    let information = SecurityInformation::from_bits_retain(request.information);
    let audit = information.contains(SecurityInformation::SACL);
    if !rights.contains(AccessMask::READ_CONTROL)
        || audit && !rights.contains(AccessMask::ACCESS_SYSTEM_SECURITY)
    {
        return refused(0, win32::ACCESS_DENIED);
    }
    let mut bytes = Vec::new();
    descriptor().parts(information).encode(&mut Writer::new(&mut bytes));
    let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    if size > request.room {
        return refused(size, error::INSUFFICIENT_BUFFER);
    }
    Ok(KeySecurityResponse { descriptor: Some(bytes), size, status: win32::SUCCESS })
}

//! [MS-SMB2] 3.3.5.22 Receiving an SMB2 OPLOCK_BREAK Acknowledgment

use crate::smb2::context::{Context, Outcome};
use lanward_nt::NtStatus;
use lanward_wire::Reader;

/// No oplock is ever granted, so none can be acknowledged ([MS-SMB2] 3.3.5.22.1: INVALID_OPLOCK_PROTOCOL; 3.3.5.22.2: a lease that is not
/// found, OBJECT_NAME_NOT_FOUND).
pub(in crate::smb2) fn oplock_break(context: &mut Context<'_>, r: &mut Reader<'_>) -> Outcome {
    const LEASE_BREAK: u16 = 36;
    const OPLOCK_BREAK: u16 = 24;
    match r.u16("StructureSize")? {
        LEASE_BREAK => return Err(NtStatus::OBJECT_NAME_NOT_FOUND.into()),
        OPLOCK_BREAK => {}
        _ => return Err(NtStatus::INVALID_PARAMETER.into()),
    }
    r.skip(6, "OplockLevel")?;
    let id = lanward_wire::Decode::decode(r)?;
    context.file(id)?;
    Err(NtStatus::INVALID_OPLOCK_PROTOCOL.into())
}

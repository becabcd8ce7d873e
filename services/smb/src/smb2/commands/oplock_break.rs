//! [MS-SMB2] 3.3.5.22 Receiving an SMB2 OPLOCK_BREAK Acknowledgment

use crate::smb2::caching;
use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use lanward_fsa::{CacheState, LeaseTable, OplockLevel};
use lanward_nt::NtStatus;
use lanward_smb2::messages::{
    LeaseBreakAcknowledgment, LeaseState, OplockBreak, OplockBreakRequest, OplockBreakResponse,
    OplockLevel as WireLevel,
};
use lanward_wire::{Decode, Encode, Reader};
use std::sync::Arc;

pub(in crate::smb2) fn oplock_break(context: &mut Context<'_>, r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    let response = match OplockBreakRequest::decode(r)? {
        OplockBreakRequest::Oplock(body) => acknowledge_oplock(context, body)?,
        OplockBreakRequest::Lease(body) => acknowledge_lease(context, body)?,
    };
    out.body(|w| response.encode(w));
    Ok(NtStatus::SUCCESS)
}

/// [MS-SMB2] 3.3.5.22.1
fn acknowledge_oplock(context: &mut Context<'_>, body: OplockBreak) -> Result<OplockBreakResponse, NtStatus> {
    let file = context.file(body.file_id)?;
    let level = match body.oplock_level {
        WireLevel::NONE => OplockLevel::None,
        WireLevel::II => OplockLevel::Two,
        WireLevel::EXCLUSIVE => OplockLevel::Exclusive,
        WireLevel::LEASE => {
            // It is answered as if it were none, and yet refused.
            file.acknowledge_oplock(OplockLevel::None)?;
            return Err(NtStatus::INVALID_PARAMETER);
        }
        _ => OplockLevel::Batch,
    };
    let left = file.acknowledge_oplock(level)?;
    Ok(OplockBreakResponse::Oplock(OplockBreak { oplock_level: caching::wire_level(left), ..body }))
}

/// [MS-SMB2] 3.3.5.22.2
fn acknowledge_lease(
    context: &Context<'_>,
    body: LeaseBreakAcknowledgment,
) -> Result<OplockBreakResponse, NtStatus> {
    const NONE: NtStatus = NtStatus::OBJECT_NAME_NOT_FOUND;
    let state = CacheState::from_bits(body.lease_state.bits());
    let answer = |table: &Arc<LeaseTable>| table.acknowledge(body.lease_key.0, state);
    let own = context.channel.as_ref().and_then(|channel| channel.leases());
    let mut left = own.map_or(Err(NONE), answer);
    if left == Err(NONE) {
        // A client with several users answers for any of those who are logged on over this connection.
        let others = context.connection.leases();
        left = others.iter().map(answer).find(|left| *left != Err(NONE)).unwrap_or(Err(NONE));
    }
    let left = left?;
    let lease_state = LeaseState::from_bits_retain(left.bits());
    Ok(OplockBreakResponse::Lease(LeaseBreakAcknowledgment { lease_state, ..body }))
}

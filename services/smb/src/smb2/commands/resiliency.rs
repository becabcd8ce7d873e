//! [MS-SMB2] 3.3.5.15.9 Handling a Resiliency Request

use crate::smb2::context::{Context, Outcome};
use lanward_nt::NtStatus;
use lanward_smb2::Dialect;
use lanward_smb2::messages::{IoctlRequest, NetworkResiliencyRequest};
use lanward_wire::{Decode, Reader};
use std::time::Duration;

pub(super) fn request_resiliency(context: &mut Context<'_>, request: &IoctlRequest<'_>) -> Outcome {
    let open = context.open_entry(request.file_id)?.open;
    let negotiated = context.negotiated()?;
    if negotiated.dialect == Dialect::V2_0_2 || open.pipe().is_some() {
        return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
    }
    let input = NetworkResiliencyRequest::decode(&mut Reader::new(request.input))?;
    open.make_resilient(negotiated.client_guid, Duration::from_millis(input.timeout.into()))?;
    Ok(NtStatus::SUCCESS)
}

//! [MS-SMB2] 3.3.5.19 Receiving an SMB2 CHANGE_NOTIFY Request

use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use futures_util::future::FutureExt;
use lanward_fsa::NotifyFilter;
use lanward_nt::NtStatus;
use lanward_smb2::messages::{ChangeNotifyFlags, ChangeNotifyRequest, ChangeNotifyResponse};
use lanward_wire::{Decode, Encode, Reader};

pub(in crate::smb2) async fn change_notify(
    context: &mut Context<'_>,
    r: &mut Reader<'_>,
    out: &mut Out,
) -> Outcome {
    let request = ChangeNotifyRequest::decode(r)?;
    let file = context.file(request.file_id)?;
    let max = request.output_buffer_length;
    if max > context.negotiated()?.max_transfer {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    context.check_charge(max)?;
    let filter = NotifyFilter::from_bits_truncate(request.completion_filter.bits());
    let tree = request.flags.contains(ChangeNotifyFlags::WATCH_TREE);
    let changes = file.change_notify(filter, tree, usize::try_from(max).unwrap_or(usize::MAX));
    let outcome = if context.header.next_command == 0 {
        context.expect_wait();
        tokio::select! {
            biased;
            outcome = changes => outcome,
            () = context.unit.cancelled() => Err(NtStatus::CANCELLED),
        }
    } else {
        // [MS-SMB2] 3.3.5.2.7: what is behind it in the compound would wait with it.
        changes.now_or_never().unwrap_or(Err(NtStatus::INTERNAL_ERROR))
    };
    let (status, changes) = match outcome {
        Ok(changes) => (NtStatus::SUCCESS, changes),
        // It comes with an empty list, not as an error.
        Err(NtStatus::NOTIFY_ENUM_DIR) => (NtStatus::NOTIFY_ENUM_DIR, Vec::new()),
        Err(status) => return Err(status.into()),
    };
    out.reserve(changes.len() + 16);
    out.body(|w| ChangeNotifyResponse { output: &changes }.encode(w));
    Ok(status)
}

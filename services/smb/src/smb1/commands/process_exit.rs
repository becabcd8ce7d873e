//! [MS-CIFS] 3.3.5.20 Receiving an SMB_COM_PROCESS_EXIT Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use lanward_nt::NtStatus;
use lanward_smb1::messages::Empty;

/// What a process waits for ends with it, and what it has open is closed, whatever tree connect it is in; other users' is not theirs to close.
pub(in crate::smb1) async fn process_exit(context: &mut Context<'_>, out: &mut Out) -> Outcome {
    let (process_id, uid) = (context.process_id(), context.session()?.uid);
    let left = context.connection.opens().take(|e| e.process_id == process_id && e.uid == uid);
    for entry in left {
        if let Err(status) = entry.open.finish(false).await {
            tracing::debug!(%status, fid = entry.fid, "closing with its process");
        }
    }
    // Whoever would read what they come to is gone.
    context.connection.pending().iter().filter(|u| u.is_of(uid, process_id)).for_each(|u| u.orphan());
    context.connection.transactions.end_process(uid, process_id).await;
    context.end_searches(|s| s.process_id == process_id && s.uid == uid).await;
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

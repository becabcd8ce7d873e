//! NT_TRANSACT_NOTIFY_CHANGE ([MS-CIFS] 3.3.5.59.4): answered when something changes, or never.

use super::nt_transact::setup_bytes;
use super::reply::Reply;
use crate::smb1::context::{Context, Outcome};
use lanward_fsa::NotifyFilter;
use lanward_nt::NtStatus;
use lanward_smb1::Transaction;
use lanward_smb1::subcommands::{NotifyChangeSetup, Parameters};

pub(super) async fn notify_change(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let setup = setup_bytes(transaction);
    let request = NotifyChangeSetup::decode(&setup, context.text)?;
    let file = context.file(request.fid)?;
    let filter = NotifyFilter::from_bits_truncate(request.completion_filter);
    let limit = usize::try_from(reply.parameter_limit()).unwrap_or(usize::MAX);
    let changes = file.change_notify(filter, request.watch_tree != 0, limit);
    let changes = tokio::select! {
        biased;
        changes = changes => changes,
        () = context.unit.cancelled() => Err(NtStatus::CANCELLED),
    };
    match changes {
        Ok(changes) => {
            reply.write_parameters(|w| w.bytes(&changes))?;
            Ok(NtStatus::SUCCESS)
        }
        // [MS-CIFS] 3.3.5.59.4: without changes where there were more than there is room for, or where the directory was closed. Clients take
        // a status that is no error for one that has an answer with it.
        Err(NtStatus::NOTIFY_ENUM_DIR | NtStatus::NOTIFY_CLEANUP) => Ok(NtStatus::SUCCESS),
        Err(status) => Err(status.into()),
    }
}

//! The subcommands of SMB_COM_NT_TRANSACT ([MS-CIFS] 3.3.5.59, [MS-SMB] 3.3.5.10).

use super::reply::Reply;
use super::{create, ioctl, notify_change, quota, rename, security};
use crate::smb1::context::{Context, Outcome};
use crate::smb1::status::INVALID_SMB;
use lanward_smb1::Transaction;
use lanward_smb1::subcommands::NtTransactCode;

/// One line for each subcommand.
pub(super) async fn carry_out(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    match NtTransactCode(transaction.function) {
        NtTransactCode::CREATE => create::create(context, transaction, reply).await,
        NtTransactCode::IOCTL => ioctl::fsctl(context, transaction, reply).await,
        NtTransactCode::SET_SECURITY_DESC => security::set(context, transaction).await,
        NtTransactCode::NOTIFY_CHANGE => notify_change::notify_change(context, transaction, reply).await,
        NtTransactCode::RENAME => rename::rename(context, transaction),
        NtTransactCode::QUERY_SECURITY_DESC => security::query(context, transaction, reply).await,
        NtTransactCode::QUERY_QUOTA => quota::query(context, transaction, reply).await,
        NtTransactCode::SET_QUOTA => quota::set(context, transaction).await,
        _ => Err(INVALID_SMB.into()),
    }
}

/// The setup words as bytes, which some subcommands have their parameters in.
pub(super) fn setup_bytes(transaction: &Transaction) -> Vec<u8> {
    transaction.setup.iter().flat_map(|word| word.to_le_bytes()).collect()
}

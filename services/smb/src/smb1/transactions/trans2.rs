//! The subcommands of SMB_COM_TRANSACTION2 ([MS-CIFS] 3.3.5.58).

use super::reply::Reply;
use super::{
    create_directory, dfs_referral, find, fs_information, open2, query_information, set_information,
};
use crate::smb1::context::{Context, Outcome};
use crate::smb1::status::INVALID_SMB;
use lanward_nt::NtStatus;
use lanward_smb1::Transaction;
use lanward_smb1::subcommands::Trans2Code;

/// One line for each subcommand.
pub(super) async fn carry_out(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let code = transaction.setup.first().copied().ok_or(NtStatus::INVALID_PARAMETER)?;
    match Trans2Code(code) {
        Trans2Code::OPEN2 => open2::open2(context, transaction, reply).await,
        Trans2Code::FIND_FIRST2 => find::find_first2(context, transaction, reply).await,
        Trans2Code::FIND_NEXT2 => find::find_next2(context, transaction, reply).await,
        Trans2Code::QUERY_FS_INFORMATION => fs_information::query(context, transaction, reply).await,
        Trans2Code::SET_FS_INFORMATION => fs_information::set(context, transaction),
        Trans2Code::QUERY_PATH_INFORMATION => {
            query_information::query_path(context, transaction, reply).await
        }
        Trans2Code::SET_PATH_INFORMATION => set_information::set_path(context, transaction, reply).await,
        Trans2Code::QUERY_FILE_INFORMATION => {
            query_information::query_file(context, transaction, reply).await
        }
        Trans2Code::SET_FILE_INFORMATION => set_information::set_file(context, transaction, reply).await,
        Trans2Code::CREATE_DIRECTORY => create_directory::create_directory(context, transaction, reply).await,
        Trans2Code::GET_DFS_REFERRAL => dfs_referral::referral(context, transaction, reply),
        // [MS-CIFS] 2.2.6.17: told for the log of a namespace that is not kept here.
        Trans2Code::REPORT_DFS_INCONSISTENCY => Err(NtStatus::NOT_IMPLEMENTED.into()),
        // [MS-CIFS] 2.2.6.10 to 2.2.6.15: what no client was ever answered.
        Trans2Code::FSCTL
        | Trans2Code::IOCTL2
        | Trans2Code::FIND_NOTIFY_FIRST
        | Trans2Code::FIND_NOTIFY_NEXT
        | Trans2Code::SESSION_SETUP => Err(NtStatus::NOT_IMPLEMENTED.into()),
        _ => Err(INVALID_SMB.into()),
    }
}

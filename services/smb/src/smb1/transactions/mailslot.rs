//! TRANS_MAILSLOT_WRITE ([MS-MAIL] 2.2.1): messages of class 1, which come in a session and are confirmed.

use crate::smb1::context::{Context, Outcome};
use lanward_nt::NtStatus;
use lanward_server::{MailslotMessage, MailslotOrigin};
use lanward_smb1::Transaction;
use lanward_smb1::subcommands::TransCode;

/// TRANS_MAILSLOT_WRITE shares its code.
const WRITE: TransCode = TransCode::SET_NMPIPE_STATE;

pub(super) fn write(context: &Context<'_>, transaction: &Transaction) -> Outcome {
    if transaction.setup.first() != Some(&WRITE.0) {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    if !context.tree()?.core.is_ipc() {
        return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
    }
    let mailslots = context.connection.service.server.mailslots();
    if !mailslots.contains(&transaction.name) {
        return Err(NtStatus::OBJECT_NAME_NOT_FOUND.into());
    }
    let origin = MailslotOrigin::Transaction { peer: context.connection.peer };
    let message = MailslotMessage { data: transaction.data.clone(), origin };
    match mailslots.write(&transaction.name, message) {
        true => Ok(NtStatus::SUCCESS),
        false => Err(NtStatus::INSUFF_SERVER_RESOURCES.into()),
    }
}

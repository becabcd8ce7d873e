//! NT_TRANSACT_RENAME ([MS-CIFS] 2.2.7.5): servers have always said that it was done, and done nothing.

use crate::smb1::context::{Context, Outcome};
use lanward_nt::NtStatus;
use lanward_smb1::Transaction;
use lanward_wire::Reader;

pub(super) fn rename(context: &mut Context<'_>, transaction: &Transaction) -> Outcome {
    let fid = Reader::new(&transaction.parameters).u16("FID")?;
    context.open(fid)?;
    Ok(NtStatus::SUCCESS)
}

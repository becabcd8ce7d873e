//! TRANS2_GET_DFS_REFERRAL ([MS-CIFS] 3.3.5.58.13, [MS-DFSC] 3.2.5).

use super::reply::Reply;
use crate::dfs;
use crate::smb1::context::{Context, Outcome};
use lanward_nt::dfsc::ReferralRequest;
use lanward_smb1::Transaction;
use lanward_wire::{Decode, Reader};

pub(super) fn referral(context: &mut Context<'_>, transaction: &Transaction, reply: &mut Reply) -> Outcome {
    let wanted = ReferralRequest::decode(&mut Reader::new(&transaction.parameters));
    let (server, zone) = (&context.connection.service.server, context.connection.zone());
    let budget = reply.data_budget();
    Ok(dfs::referrals(server, &zone, wanted, budget, reply.data_bytes())?)
}

//! [MS-CIFS] 3.3.5.8 Receiving an SMB_COM_FLUSH Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use lanward_nt::{AccessMask, NtStatus};
use lanward_smb1::messages::{Empty, FidRequest};
use lanward_smb1::{Body, Message};
use std::sync::Arc;

/// Whatever the process has open.
const ALL: u16 = 0xffff;
const WRITES: AccessMask = AccessMask::WRITE_DATA.union(AccessMask::APPEND_DATA);

pub(in crate::smb1) async fn flush(context: &mut Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = FidRequest::decode(body)?;
    if request.fid == ALL {
        let (process_id, uid) = (context.process_id(), context.session()?.uid);
        let own: Vec<_> = {
            let opens = context.connection.opens();
            opens.values().filter(|e| e.process_id == process_id && e.uid == uid).map(Arc::clone).collect()
        };
        for entry in own {
            if let Some(file) = entry.open.file().filter(|f| f.granted_access().intersects(WRITES)) {
                file.flush().await?;
            }
        }
    } else if let Some(file) = context.open(request.fid)?.open.file() {
        file.flush().await?;
    }
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

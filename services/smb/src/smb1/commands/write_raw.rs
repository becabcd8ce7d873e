//! [MS-CIFS] 3.3.5.26 Receiving an SMB_COM_WRITE_RAW Request, and the commands of connectionless transports: 3.3.5.25 Receiving an SMB_COM_READ_MPX
//! Request and 3.3.5.27 Receiving an SMB_COM_WRITE_MPX Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use crate::smb1::status::SMB_USE_STANDARD;
use lanward_smb1::messages::{CountResponse, WriteRawRequest};
use lanward_smb1::{Body, Command, Message};

/// No buffer is kept for what would follow without a header: the client is told to write in another way, and that nothing was taken.
pub(in crate::smb1) fn write_raw(context: &mut Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = WriteRawRequest::decode(body)?;
    context.open(request.fid)?;
    context.header.command = Command::WRITE_COMPLETE;
    out.begin(Command::WRITE_COMPLETE);
    out.message(&CountResponse { count: 0 });
    Ok(SMB_USE_STANDARD)
}

/// "CIFS permits the use of the command over connectionless transports only."
pub(in crate::smb1) fn mpx() -> Outcome {
    Err(SMB_USE_STANDARD.into())
}

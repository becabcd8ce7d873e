//! [MS-CIFS] 3.3.5.6 Receiving an SMB_COM_CREATE Request, 3.3.5.18 Receiving an SMB_COM_CREATE_NEW Request and 3.3.5.17 Receiving an
//! SMB_COM_CREATE_TEMPORARY Request

use crate::service::random;
use crate::smb1::access_mode::Wanted;
use crate::smb1::context::{Context, Fault, Outcome};
use crate::smb1::fids::{TIME_ZONE, set_times};
use crate::smb1::opening::{Opened, Opening};
use crate::smb1::reply::Out;
use crate::smb1::{attributes, matching, paths};
use lanward_nt::{CreateAction, CreateDisposition, NtStatus, NtString};
use lanward_smb1::messages::{CreateRequest, CreateTemporaryResponse, FidResponse};
use lanward_smb1::{AccessMode, Body, Message};

/// Names of temporary files that are tried.
const TRIES: u32 = 8;

pub(in crate::smb1) async fn create(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = CreateRequest::decode(body)?;
    let opened = make(context, &request, &request.file_name, CreateDisposition::OverwriteIf).await?;
    out.message(&FidResponse { fid: opened.fid });
    Ok(NtStatus::SUCCESS)
}

pub(in crate::smb1) async fn create_new(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = CreateRequest::decode(body)?;
    let opened = make(context, &request, &request.file_name, CreateDisposition::Create).await?;
    out.message(&FidResponse { fid: opened.fid });
    Ok(NtStatus::SUCCESS)
}

pub(in crate::smb1) async fn create_temporary(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = CreateRequest::decode(body)?;
    for _ in 0..TRIES {
        let number = u32::from_le_bytes(random()) & 0xf_ffff;
        let name: NtString = format!("SRV{number:05X}").as_str().into();
        let path = paths::join(&request.file_name, &name);
        match make(context, &request, &path, CreateDisposition::Create).await {
            Ok(opened) => {
                out.message(&CreateTemporaryResponse { fid: opened.fid, file_name: name });
                return Ok(NtStatus::SUCCESS);
            }
            Err(Fault::Status(NtStatus::OBJECT_NAME_COLLISION)) => {}
            Err(Fault::Status(status)) => return Err(matching::missing_directory(status).into()),
            Err(fault) => return Err(fault),
        }
    }
    Err(NtStatus::OBJECT_NAME_COLLISION.into())
}

/// Makes a file and opens it as DOS does, to be read and written.
async fn make(
    context: &mut Context<'_>,
    request: &CreateRequest,
    name: &NtString,
    disposition: CreateDisposition,
) -> Result<Opened, Fault> {
    let mode = Wanted::of(AccessMode::READ_WRITE, name)?;
    let wanted = Opening {
        attributes: attributes::from_dos(request.attributes),
        oplock: context.oplock_of_header(),
        ..Opening::by_mode(name.clone(), mode, disposition)
    };
    let opened = context.open_as(&wanted).await?;
    context.answer_oplock(&opened.created.cache);
    let made = opened.created.action == CreateAction::Created;
    let time = request.creation_time.to_file_time(TIME_ZONE).filter(|_| made);
    if let (Some(file), Some(_)) = (opened.created.open.file(), time) {
        // DOS knows one time of a file only.
        set_times(file, [time, None, time]).await?;
    }
    Ok(opened)
}

//! [MS-CIFS] 3.3.5.12 Receiving an SMB_COM_SET_INFORMATION Request and 3.3.5.29 Receiving an SMB_COM_SET_INFORMATION2 Request

use crate::smb1::attributes;
use crate::smb1::context::{Context, Outcome};
use crate::smb1::fids::{TIME_ZONE, set_times};
use crate::smb1::opening::Opening;
use crate::smb1::reply::Out;
use lanward_fsa::FileInformationClass;
use lanward_nt::fscc::FileBasicInformation;
use lanward_nt::{AccessMask, FileAttributes, NtStatus};
use lanward_server::Open;
use lanward_smb1::messages::{Empty, SetInformation2Request, SetInformationRequest};
use lanward_smb1::{Body, Message, SmbFileAttributes};
use lanward_wire::Encode;

pub(in crate::smb1) async fn set_information(
    context: &Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = SetInformationRequest::decode(body)?;
    let wanted = Opening::existing(request.file_name.clone(), AccessMask::WRITE_ATTRIBUTES);
    let open = context.open_for_now(&wanted).await?.open;
    let set = set(&open, &request).await;
    open.close(false).await?;
    set?;
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

/// FILE_ATTRIBUTE_NORMAL, which is no attribute of DOS: who says so sets none and clears none.
const NORMAL: u16 = 0x80;

async fn set(open: &Open, request: &SetInformationRequest) -> Result<(), NtStatus> {
    let file = open.file().ok_or(NtStatus::INVALID_DEVICE_REQUEST)?;
    if request.attributes.contains(SmbFileAttributes::DIRECTORY) && !file.is_directory() {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    let basic = FileBasicInformation {
        last_write_time: request.last_modified.to_file_time(TIME_ZONE).unwrap_or_default(),
        attributes: match request.attributes.bits() & NORMAL {
            0 => attributes::from_dos(request.attributes),
            _ => FileAttributes::empty(),
        },
        ..FileBasicInformation::default()
    };
    file.set_information(FileInformationClass::BASIC, &basic.to_bytes()).await
}

/// A time of zeros stays as it is.
pub(in crate::smb1) async fn set_information2(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = SetInformation2Request::decode(body)?;
    let file = context.file(request.fid)?;
    let times = [request.created, request.accessed, request.written];
    set_times(&file, times.map(|time| time.to_file_time(TIME_ZONE))).await?;
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

//! [MS-CIFS] 3.3.5.35 and [MS-SMB] 3.3.5.6 Receiving an SMB_COM_OPEN_ANDX Request

use super::open::granted;
use super::query_information::size;
use crate::smb1::access_mode::{OS2_INVALID_ACCESS, Wanted};
use crate::smb1::attributes;
use crate::smb1::context::{Context, Fault, Outcome};
use crate::smb1::fids::{TIME_ZONE, set_times};
use crate::smb1::opening::{Opened, Opening};
use crate::smb1::pipes;
use crate::smb1::reply::Out;
use lanward_fsa::{HeldCache, OplockLevel};
use lanward_nt::fscc::FileNetworkOpenInformation;
use lanward_nt::{CreateAction, CreateDisposition, NtStatus};
use lanward_smb1::messages::{MaximalAccess, OpenAndxRequest, OpenAndxResponse, OpenFlags};
use lanward_smb1::{AccessMode, Body, Message, PipeStatus, ResourceType, UTime};
use lanward_vfs::ExtendedAttribute;

/// What of the rights on a file the answer tells: those that all objects have.
const STANDARD: u32 = 0x001f_0000;
/// The LockStatus of OpenResults.
const WITH_OPLOCK: u16 = 0x8000;

pub(in crate::smb1) async fn open_andx(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = OpenAndxRequest::decode(body)?;
    let response = open(context, &request, Vec::new()).await?;
    out.message(&response);
    Ok(NtStatus::SUCCESS)
}

/// Opens as a request says; a file that is made has extended attributes.
pub(in crate::smb1) async fn open(
    context: &mut Context<'_>,
    request: &OpenAndxRequest,
    extended_attributes: Vec<ExtendedAttribute>,
) -> Result<OpenAndxResponse, Fault> {
    let mode = Wanted::of(request.access_mode, &request.file_name)?;
    let disposition = disposition(request.open_mode, request.access_mode)?;
    let oplock = match () {
        () if request.flags.contains(OpenFlags::OPLOCK_BATCH) => OplockLevel::Batch,
        () if request.flags.contains(OpenFlags::OPLOCK) => OplockLevel::Exclusive,
        () => context.oplock_of_header(),
    };
    let wanted = Opening {
        attributes: attributes::from_dos(request.file_attributes),
        allocation_size: Some(request.allocation_size.into()),
        oplock,
        extended_attributes,
        ..Opening::by_mode(request.file_name.clone(), mode, disposition)
    };
    let opened = context.open_as(&wanted).await?;
    context.answer_oplock(&opened.created.cache);
    let length = shape(request, &opened).await?;
    Ok(response(request, &opened, length))
}

/// What FileExistsOpts and CreateFile mean together.
///
/// # Errors
/// INVALID_PARAMETER, [`OS2_INVALID_ACCESS`].
pub(in crate::smb1) fn disposition(
    open_mode: u16,
    access_mode: AccessMode,
) -> Result<CreateDisposition, NtStatus> {
    let creates = open_mode & 0x10 != 0;
    match (open_mode & 3, creates) {
        // Whoever opens to execute and says neither is taken to mean that it may be made.
        (0, false) if access_mode.access() == AccessMode::EXECUTE => Ok(CreateDisposition::Create),
        (0, false) => Err(OS2_INVALID_ACCESS),
        (0, true) => Ok(CreateDisposition::Create),
        (1, false) => Ok(CreateDisposition::Open),
        (1, true) => Ok(CreateDisposition::OpenIf),
        (2, false) => Ok(CreateDisposition::Overwrite),
        (2, true) => Ok(CreateDisposition::OverwriteIf),
        _ => Err(OS2_INVALID_ACCESS),
    }
}

/// A file that is made or emptied is as long as the client wants it, and a new one as old as it says; answers its size.
async fn shape(request: &OpenAndxRequest, opened: &Opened) -> Result<u64, NtStatus> {
    let Some(file) = opened.created.open.file() else { return Ok(0) };
    let found = opened.created.metadata.map_or(0, |m| m.end_of_file);
    if opened.created.action == CreateAction::Opened {
        return Ok(found);
    }
    let length = u64::from(request.allocation_size);
    if length > found {
        super::write::set_end_of_file(file, length).await?;
    }
    let time = request.creation_time.to_file_time(TIME_ZONE);
    if time.is_some() && opened.created.action == CreateAction::Created {
        set_times(file, [time, None, time]).await?;
    }
    Ok(length.max(found))
}

fn response(request: &OpenAndxRequest, opened: &Opened, length: u64) -> OpenAndxResponse {
    let created = &opened.created;
    let open = created.open.file();
    let maximal_access = request.flags.contains(OpenFlags::EXTENDED_RESPONSE).then(|| MaximalAccess {
        user: open.map_or(u32::MAX, |f| f.maximal_access().bits()) & STANDARD,
        guest: 0,
    });
    let told = OpenAndxResponse { fid: opened.fid, maximal_access, ..OpenAndxResponse::default() };
    if let Some(pipe) = created.open.pipe() {
        return OpenAndxResponse {
            access_rights: granted(request.access_mode),
            resource_type: pipes::kind(pipe),
            pipe_status: pipes::status(pipe),
            open_results: 1,
            ..told
        };
    }
    if created.open.device().is_some() {
        return OpenAndxResponse {
            access_rights: granted(request.access_mode),
            resource_type: ResourceType::COMM_DEVICE,
            open_results: 1,
            ..told
        };
    }
    let metadata = created.metadata.map(FileNetworkOpenInformation::from).unwrap_or_default();
    let did = match created.action {
        CreateAction::Created => 2,
        CreateAction::Overwritten | CreateAction::Superseded => 3,
        _ => 1,
    };
    let locked = match created.cache {
        HeldCache::Oplock(OplockLevel::Exclusive | OplockLevel::Batch) => WITH_OPLOCK,
        HeldCache::Oplock(_) | HeldCache::Lease(_) => 0,
    };
    OpenAndxResponse {
        attributes: attributes::to_dos(metadata.attributes),
        last_write_time: UTime::from_file_time(metadata.last_write_time, TIME_ZONE),
        data_size: size(length),
        access_rights: granted(request.access_mode),
        resource_type: match created.open.print_job() {
            Some(_) => ResourceType::PRINTER,
            None => ResourceType::DISK,
        },
        pipe_status: PipeStatus::empty(),
        open_results: did | locked,
        ..told
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_and_what_there_is_not() {
        type D = CreateDisposition;
        let of = |open_mode| disposition(open_mode, AccessMode::READ_WRITE);
        assert_eq!([0x01, 0x11, 0x10].map(of), [Ok(D::Open), Ok(D::OpenIf), Ok(D::Create)]);
        assert_eq!([0x02, 0x12].map(of), [Ok(D::Overwrite), Ok(D::OverwriteIf)]);
        assert_eq!([0x00, 0x03, 0x13].map(of), [Err(OS2_INVALID_ACCESS); 3]);
        assert_eq!(disposition(0, AccessMode::EXECUTE), Ok(D::Create));
    }
}

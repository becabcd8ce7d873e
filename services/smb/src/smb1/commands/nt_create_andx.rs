//! [MS-CIFS] 3.3.5.51 and [MS-SMB] 3.3.5.5 Receiving an SMB_COM_NT_CREATE_ANDX Request

use crate::smb1::context::{Context, Fault, Outcome};
use crate::smb1::opening::{Opened, Opening};
use crate::smb1::reply::Out;
use crate::smb1::status::NO_DIRECTORY;
use crate::smb1::{paths, pipes};
use lanward_fsa::{FileOpen, HeldCache, OplockLevel};
use lanward_nt::{
    AccessMask, CreateDisposition, CreateOptions, FileAttributes, NtStatus, NtString, ShareAccess,
};
use lanward_smb1::messages::{
    Capabilities, ExtendedOpen, MaximalAccess, NtCreateAndxRequest, NtCreateAndxResponse, NtCreateFlags,
};
use lanward_smb1::{Body, ExtFileAttributes, Message, PipeStatus, ResourceType};
use lanward_vfs::{Capabilities as VolumeCapabilities, FileKind, Metadata};
use std::sync::Arc;

/// SECURITY_DELEGATION
const MOST_IMPERSONATION: u32 = 3;
/// CreateOptions that are passed over ([MS-CIFS] 2.2.4.64.1): FILE_CREATE_TREE_CONNECTION, FILE_OPEN_FOR_RECOVERY, FILE_OPEN_FOR_FREE_SPACE_QUERY, and what
/// there is no name for.
const IGNORED: u32 = 0x008f_0480;
/// FileStatusFlags ([MS-SMB] 2.2.4.9.2)
const NO_EAS: u16 = 1;
const NO_SUBSTREAMS: u16 = 2;
const NO_REPARSETAG: u16 = 4;

pub(in crate::smb1) async fn nt_create_andx(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let request = NtCreateAndxRequest::decode(body)?;
    let name = name_of(context, &request)?;
    let wanted = opening(&request, name)?;
    let opened = open(context, &wanted).await?;
    out.message(&response(context, request.flags, &opened));
    Ok(NtStatus::SUCCESS)
}

/// # Errors
/// As [`Context::open_as`].
pub(in crate::smb1) async fn open(context: &mut Context<'_>, wanted: &Opening<'_>) -> Result<Opened, Fault> {
    context.open_as(wanted).await.map_err(|fault| match fault {
        Fault::Status(status) => Fault::Status(context.told(status, NO_DIRECTORY)),
        ends => ends,
    })
}

/// The open that a request asks for.
///
/// # Errors
/// BAD_IMPERSONATION_LEVEL, INVALID_PARAMETER.
pub(in crate::smb1) fn opening(
    request: &NtCreateAndxRequest,
    name: NtString,
) -> Result<Opening<'static>, NtStatus> {
    if request.impersonation_level > MOST_IMPERSONATION {
        return Err(NtStatus::BAD_IMPERSONATION_LEVEL);
    }
    let disposition =
        CreateDisposition::try_from(request.create_disposition).map_err(|_| NtStatus::INVALID_PARAMETER)?;
    let mut options = CreateOptions::from_bits_retain(request.create_options & !IGNORED);
    let access = AccessMask::from_bits_retain(request.desired_access);
    let synchronous = CreateOptions::SYNCHRONOUS_IO_ALERT | CreateOptions::SYNCHRONOUS_IO_NONALERT;
    // RESERVE_OPFILTER is nothing here.
    if options.contains(CreateOptions::RESERVE_OPFILTER)
        || (options.intersects(synchronous) && !access.contains(AccessMask::SYNCHRONIZE))
    {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    if request.attributes.contains(ExtFileAttributes::WRITE_THROUGH) {
        options |= CreateOptions::WRITE_THROUGH;
    }
    // How a file is to be used stands in its highest byte.
    let attributes = FileAttributes::from_bits_retain(request.attributes.bits() & 0x00ff_ffff);
    let oplock = match () {
        () if request.flags.contains(NtCreateFlags::REQUEST_OPBATCH) => OplockLevel::Batch,
        () if request.flags.contains(NtCreateFlags::REQUEST_OPLOCK) => OplockLevel::Exclusive,
        () => OplockLevel::None,
    };
    Ok(Opening {
        // [MS-CIFS] 3.3.5.51: FILE_READ_ATTRIBUTES is in every request.
        desired_access: access | AccessMask::READ_ATTRIBUTES,
        share_access: ShareAccess::from_bits_retain(request.share_access),
        disposition,
        options,
        attributes,
        allocation_size: Some(request.allocation_size),
        oplock,
        ..Opening::existing(name, AccessMask::empty())
    })
}

/// The name, from the root of the share on: it may be relative to a directory that is open, and the directory above may be meant.
///
/// # Errors
/// INVALID_HANDLE: the directory is not open; what the name comes to.
pub(in crate::smb1) fn name_of(
    context: &mut Context<'_>,
    request: &NtCreateAndxRequest,
) -> Result<NtString, Fault> {
    if context.tree()?.core.is_ipc() && paths::is_beneath_pipe(&request.file_name) {
        // Pipes go by their own names here; `\PIPE\` in front of them is how the older commands tell them from files.
        return Err(NtStatus::OBJECT_NAME_NOT_FOUND.into());
    }
    let name = match u16::try_from(request.root_directory_fid) {
        Ok(0) => request.file_name.clone(),
        Ok(fid) => {
            // The chain is not about the directory.
            let chain_fid = context.chain_fid.take();
            let directory = context.file(fid);
            context.chain_fid = chain_fid;
            paths::join(directory?.path().as_string(), &paths::path_of(&request.file_name)?)
        }
        Err(_) => return Err(NtStatus::INVALID_HANDLE.into()),
    };
    if !request.flags.contains(NtCreateFlags::OPEN_TARGET_DIR) {
        return Ok(name);
    }
    Ok(paths::split(&paths::path_of(&name)?).0)
}

/// What the client is told of an open.
pub(in crate::smb1) fn response(
    context: &Context<'_>,
    flags: NtCreateFlags,
    opened: &Opened,
) -> NtCreateAndxResponse {
    let created = &opened.created;
    let wants_more = flags.contains(NtCreateFlags::REQUEST_EXTENDED_RESPONSE);
    let file = created.open.file();
    let user = file.map_or(u32::MAX, |f| f.maximal_access().bits());
    let maximal_access = MaximalAccess { user, guest: 0 };
    let told = NtCreateAndxResponse {
        oplock_level: oplock_level(context, created.cache),
        fid: opened.fid,
        create_disposition: created.action.into(),
        extended: wants_more.then(|| ExtendedOpen { maximal_access, ..ExtendedOpen::default() }),
        ..NtCreateAndxResponse::default()
    };
    match (created.open.pipe(), &created.metadata) {
        (Some(pipe), _) => NtCreateAndxResponse {
            attributes: ExtFileAttributes::from_bits_retain(FileAttributes::NORMAL.bits()),
            resource_type: pipes::kind(pipe),
            pipe_status: pipes::status(pipe),
            ..told
        },
        (None, Some(metadata)) => NtCreateAndxResponse {
            create_time: metadata.creation_time,
            last_access_time: metadata.last_access_time,
            last_write_time: metadata.last_write_time,
            last_change_time: metadata.change_time,
            attributes: ExtFileAttributes::from_bits_retain(metadata.attributes.bits()),
            allocation_size: metadata.allocation_size,
            end_of_file: metadata.end_of_file,
            resource_type: ResourceType::DISK,
            pipe_status: if wants_more { file_status(file, metadata) } else { PipeStatus::empty() },
            directory: metadata.kind == FileKind::Directory,
            ..told
        },
        (None, None) => NtCreateAndxResponse {
            attributes: ExtFileAttributes::from_bits_retain(FileAttributes::NORMAL.bits()),
            resource_type: match created.open.print_job() {
                Some(_) => ResourceType::PRINTER,
                None => ResourceType::COMM_DEVICE,
            },
            ..told
        },
    }
}

/// 0 none, 1 exclusive, 2 batch, 3 level II, which is told to those only who know it.
fn oplock_level(context: &Context<'_>, held: HeldCache) -> u8 {
    let knows_level_2 = context.connection.client().capabilities.contains(Capabilities::LEVEL_II_OPLOCKS);
    match held {
        HeldCache::Oplock(OplockLevel::Exclusive) => 1,
        HeldCache::Oplock(OplockLevel::Batch) => 2,
        HeldCache::Oplock(OplockLevel::Two) if knows_level_2 => 3,
        HeldCache::Oplock(_) | HeldCache::Lease(_) => 0,
    }
}

/// What a file does not have.
fn file_status(file: Option<&Arc<FileOpen>>, metadata: &Metadata) -> PipeStatus {
    let mut status = 0;
    if metadata.ea_size == 0 {
        status |= NO_EAS;
    }
    let streams = |f: &Arc<FileOpen>| {
        f.file_system().volume().capabilities().contains(VolumeCapabilities::NAMED_STREAMS)
    };
    if !file.is_some_and(streams) {
        status |= NO_SUBSTREAMS;
    }
    if metadata.reparse_tag.is_none() {
        status |= NO_REPARSETAG;
    }
    PipeStatus::from_bits_retain(status)
}

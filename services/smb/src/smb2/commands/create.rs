//! [MS-SMB2] 3.3.5.9 Receiving an SMB2 CREATE Request

use super::aapl;
use super::durable::{self, Begun, DurableContexts};
use super::{posix, symlink_error};
use crate::smb2::caching;
use crate::smb2::context::{Context, Outcome};
use crate::smb2::reply::Out;
use crate::smb2::session::{OpenEntry, Session};
use crate::{dfs, snapshots};
use lanward_fsa::CreateParams;
use lanward_nt::fscc::{FileNetworkOpenInformation, decode_full_ea};
use lanward_nt::{AccessMask, CreateDisposition, FileAttributes, FileTime, NtStatus};
use lanward_server::CreatedOpen;
use lanward_smb2::messages::{
    CreateAction, CreateContextList, CreateRequest, CreateRequestContext, CreateResponse,
    CreateResponseContext, ImpersonationLevel, LeaseContext, LeaseContextV2,
};
use lanward_smb2::{FileId, HeaderFlags};
use lanward_vfs::ExtendedAttribute;
use lanward_wire::{Decode, Encode, Reader};
use std::sync::PoisonError;

/// What the create contexts of a request ask for.
#[derive(Debug, Default)]
pub(super) struct Wanted<'a> {
    pub(super) durable: DurableContexts,
    allocation_size: Option<u64>,
    extended_attributes: &'a [u8],
    security_descriptor: Option<&'a [u8]>,
    maximal_access: bool,
    on_disk_id: bool,
    lease: Option<LeaseContextV2>,
    /// The lease came in a context of version 2.
    lease_v2: bool,
    aapl: Option<&'a [u8]>,
    timewarp: Option<FileTime>,
    /// The mode the POSIX extensions come with.
    posix: Option<u32>,
}

pub(in crate::smb2) async fn create(context: &mut Context<'_>, r: &mut Reader<'_>, out: &mut Out) -> Outcome {
    let request = CreateRequest::decode(r)?;
    let wanted = read_contexts(context, &request)?;
    let tree = context.tree()?.clone();
    let mode = posix::mode(context, &tree, wanted.posix);
    let name = posix::name(request.name.to_nt_string(), mode);
    if let Some(created) = durable::reconnect(context, &name, &wanted.durable).await? {
        // Nothing else of the request means anything ([MS-SMB2] 3.3.5.9.7, 3.3.5.9.12).
        return answer(context, &request, &created, &wanted, out).await;
    }
    if request.impersonation_level.0 > ImpersonationLevel::DELEGATE.0 {
        return Err(NtStatus::BAD_IMPERSONATION_LEVEL.into());
    }
    if !request.name.is_whole() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let prefixed = context.header.flags.contains(HeaderFlags::DFS_OPERATIONS);
    let name = dfs::name_in_share(&tree.core, prefixed, name)?;
    let pending = match durable::begin(context, &request, &name, &wanted.durable)? {
        Begun::New(pending) => pending,
        Begun::Replayed(created) => return answer(context, &request, &created, &wanted, out).await,
    };
    let (path, snapshot) = snapshots::find(&tree.core, name, wanted.timewarp).await?;
    let options = durable::options(context, request.create_options, &path)?;
    let disposition =
        CreateDisposition::try_from(request.create_disposition.0).map_err(|_| NtStatus::INVALID_PARAMETER)?;
    let extended_attributes = extended_attributes(wanted.extended_attributes)?;
    let params = CreateParams {
        path: &path,
        desired_access: request.desired_access,
        share_access: request.share_access,
        disposition,
        options,
        attributes: request.file_attributes,
        allocation_size: wanted.allocation_size,
        extended_attributes,
        posix: mode,
        security_descriptor: wanted.security_descriptor,
        cache: caching::requested(
            context,
            request.requested_oplock_level,
            wanted.lease.as_ref(),
            wanted.lease_v2,
        ),
        waits: Some(context.unit.waits()),
    };
    durable::take_over(context, &path, &wanted.durable).await?;
    let created = tokio::select! {
        biased;
        created = tree.core.create_within(snapshot.as_ref(), params) => created,
        // Only who waits for others can be called off.
        () = context.unit.cancelled_wait() => Err(NtStatus::CANCELLED),
    };
    let created = match created {
        Ok(created) => created,
        Err(status) => {
            let within = (&*tree, snapshot.as_ref());
            return Err(symlink_error::stopped(context, within, (&path, mode.is_some()), status).await);
        }
    };
    durable::promise(context, &request, &wanted.durable, &created, pending).await;
    answer(context, &request, &created, &wanted, out).await
}

/// Makes an open one of the session's and tells the client.
async fn answer(
    context: &mut Context<'_>,
    request: &CreateRequest<'_>,
    created: &CreatedOpen,
    wanted: &Wanted<'_>,
    out: &mut Out,
) -> Outcome {
    let (session, tree) = (context.session()?.clone(), context.tree()?.clone());
    let file_id = FileId { persistent: created.open.id().0, volatile: created.open.volatile_id() };
    let contexts = answer_contexts(request, wanted, created, (tree.core.maximal_access(), &session));
    let entry = OpenEntry::new(created.open.clone(), tree.id, context.header.channel_sequence());
    session.opens.lock().unwrap_or_else(PoisonError::into_inner).insert(file_id.volatile, entry);
    if session.core.is_closed() || tree.core.is_closed() {
        // The session or tree went while the open was made: nobody else would close it now.
        session.remove_open(file_id.volatile);
        // One that waits for its client by now has left the tree.
        if created.open.tree().is_some() {
            created.open.close(false).await.ok();
        }
        return Err(NtStatus::USER_SESSION_DELETED.into());
    }
    context.chain_file = Some(file_id);
    let response = response(created, file_id, &contexts);
    out.body(|w| response.encode(w));
    Ok(NtStatus::SUCCESS)
}

fn read_contexts<'a>(context: &Context<'_>, request: &CreateRequest<'a>) -> Result<Wanted<'a>, NtStatus> {
    let mut wanted = Wanted::default();
    for create_context in request.contexts.requests() {
        let create_context = create_context.map_err(|_| NtStatus::INVALID_PARAMETER)?;
        wanted.durable.read(&create_context);
        match create_context {
            CreateRequestContext::AllocationSize(size) => wanted.allocation_size = Some(size),
            CreateRequestContext::EaBuffer(list) => wanted.extended_attributes = list,
            CreateRequestContext::SecurityDescriptor(sd) => wanted.security_descriptor = Some(sd),
            CreateRequestContext::QueryMaximalAccess(_) => wanted.maximal_access = true,
            CreateRequestContext::QueryOnDiskId => wanted.on_disk_id = true,
            CreateRequestContext::Lease(LeaseContext { key, state, flags }) => {
                wanted.lease = Some(LeaseContextV2 { key, state, flags, ..LeaseContextV2::default() });
            }
            CreateRequestContext::LeaseV2(lease) => (wanted.lease, wanted.lease_v2) = (Some(lease), true),
            CreateRequestContext::Aapl(data) => wanted.aapl = Some(data),
            CreateRequestContext::Posix(mode) => wanted.posix = Some(mode),
            CreateRequestContext::TimewarpToken(time) => wanted.timewarp = Some(time),
            _ => {}
        }
    }
    wanted.durable.check(context.dialect())?;
    Ok(wanted)
}

fn answer_contexts(
    request: &CreateRequest<'_>,
    wanted: &Wanted<'_>,
    created: &CreatedOpen,
    (limit, session): (AccessMask, &Session),
) -> CreateContextList {
    let mut contexts = CreateContextList::new();
    if wanted.maximal_access {
        let maximal_access = created.open.file().map_or(limit, |f| f.maximal_access());
        contexts.push_response(&CreateResponseContext::MaximalAccess {
            query_status: NtStatus::SUCCESS,
            maximal_access,
        });
    }
    if let (true, Some(metadata)) = (wanted.on_disk_id, &created.metadata) {
        contexts.push_response(&CreateResponseContext::OnDiskId {
            disk_file_id: metadata.number.inode,
            volume_id: metadata.number.device,
        });
    }
    let asked = wanted.aapl.zip(created.open.file());
    if let Some((told, apple)) = asked.and_then(|(data, file)| aapl::answer(data, file.takes_backups())) {
        session.agree_on(apple);
        contexts.push_response(&CreateResponseContext::Aapl(&told));
    }
    if let Some(told) = wanted.posix.and_then(|_| posix::answer(created)) {
        contexts.push_response(&told);
    }
    if let Some(granted) = wanted.durable.answer(created, request) {
        contexts.push_response(&granted);
    }
    caching::answer_lease(&created.cache, &mut contexts);
    contexts
}

/// [MS-SMB2] 3.3.5.9.1: a list that cannot be read is EA_LIST_INCONSISTENT.
fn extended_attributes(list: &[u8]) -> Result<Vec<ExtendedAttribute>, NtStatus> {
    let list = decode_full_ea(list).map_err(|_| NtStatus::EA_LIST_INCONSISTENT)?;
    Ok(list
        .into_iter()
        .map(|ea| ExtendedAttribute { flags: ea.flags, name: ea.name, value: ea.value })
        .collect())
}

fn response<'a>(
    created: &CreatedOpen,
    file_id: FileId,
    contexts: &'a CreateContextList,
) -> CreateResponse<'a> {
    let pipe = FileNetworkOpenInformation {
        attributes: FileAttributes::NORMAL,
        ..FileNetworkOpenInformation::default()
    };
    CreateResponse {
        oplock_level: caching::level(&created.cache),
        create_action: CreateAction(created.action.into()),
        file_id,
        information: created.metadata.map_or(pipe, Into::into),
        contexts: contexts.contexts(),
        ..CreateResponse::default()
    }
}

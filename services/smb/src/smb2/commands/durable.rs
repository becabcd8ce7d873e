//! The create contexts of opens their clients may come back for ([MS-SMB2] 3.3.5.9.6, .7, .10, .12 and .13).

use crate::smb2::context::{Context, Fault};
use lanward_fsa::HeldCache;
use lanward_nt::{CreateAction, CreateOptions, Guid, NtStatus, NtString};
use lanward_server::{
    AppInstance, AppVersion, CreatedOpen, Duplicate, LeaseClaim, Open, OpenId, Origin, PendingCreate,
    PersistentReplay, Reconnect,
};
use lanward_smb2::messages::{
    Capabilities, CreateRequest, CreateRequestContext, CreateResponseContext, DurableHandleFlags, LeaseState,
    OplockLevel,
};
use lanward_smb2::{Dialect, FileId, HeaderFlags};
use std::sync::Arc;
use std::time::Duration;

/// What a create says about durability.
#[derive(Debug, Default)]
pub(super) struct DurableContexts {
    request: bool,
    request_v2: Option<RequestV2>,
    reconnect: Option<FileId>,
    reconnect_v2: Option<(FileId, Guid, bool)>,
    lease: Option<(LeaseClaim, LeaseState)>,
    app: Option<Guid>,
    app_version: Option<AppVersion>,
}

/// [MS-SMB2] 2.2.13.2.11 SMB2_CREATE_DURABLE_HANDLE_REQUEST_V2
#[derive(Debug, Clone, Copy)]
struct RequestV2 {
    timeout: Duration,
    persistent: bool,
    create_guid: Guid,
}

/// A create that is to be executed, or one that was.
pub(super) enum Begun {
    New(Option<PendingCreate>),
    Replayed(CreatedOpen),
}

impl DurableContexts {
    /// Notes a context, if it is one of these.
    pub(super) fn read(&mut self, context: &CreateRequestContext<'_>) {
        match *context {
            CreateRequestContext::DurableHandleRequest => self.request = true,
            CreateRequestContext::DurableHandleReconnect(id) => self.reconnect = Some(id),
            CreateRequestContext::DurableHandleRequestV2 { timeout, flags, create_guid } => {
                let timeout = Duration::from_millis(timeout.into());
                let persistent = flags.contains(DurableHandleFlags::PERSISTENT);
                self.request_v2 = Some(RequestV2 { timeout, persistent, create_guid });
            }
            CreateRequestContext::DurableHandleReconnectV2 { file_id, create_guid, flags } => {
                let persistent = flags.contains(DurableHandleFlags::PERSISTENT);
                self.reconnect_v2 = Some((file_id, create_guid, persistent));
            }
            CreateRequestContext::Lease(l) => {
                self.lease = Some((LeaseClaim { key: l.key.0, version: 1 }, l.state));
            }
            CreateRequestContext::LeaseV2(l) => {
                self.lease = Some((LeaseClaim { key: l.key.0, version: 2 }, l.state));
            }
            CreateRequestContext::AppInstanceId(id) => self.app = Some(id),
            CreateRequestContext::AppInstanceVersion { high, low } => {
                self.app_version = Some(AppVersion(high, low));
            }
            _ => {}
        }
    }

    /// Which of them go together. What a dialect does not define is passed over.
    ///
    /// # Errors
    /// INVALID_PARAMETER.
    pub(super) fn check(&mut self, dialect: Option<Dialect>) -> Result<(), NtStatus> {
        if !dialect.is_some_and(Dialect::is_smb3) {
            (self.request_v2, self.reconnect_v2, self.app) = (None, None, None);
        }
        if dialect != Some(Dialect::V3_1_1) {
            self.app_version = None;
        }
        let (v2, reconnect_v2) = (self.request_v2.is_some(), self.reconnect_v2.is_some());
        let first = self.request || self.reconnect.is_some();
        if (v2 && reconnect_v2) || (first && (v2 || reconnect_v2)) {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        Ok(())
    }

    fn app(&self) -> Option<AppInstance> {
        self.app.map(|id| AppInstance { id, version: self.app_version })
    }

    /// Whether the client asks to keep handles, without which it gets nothing durable.
    fn asks_for_handle(&self, request: &CreateRequest<'_>) -> bool {
        match request.requested_oplock_level {
            OplockLevel::BATCH => true,
            OplockLevel::LEASE => self.lease.is_some_and(|(_, s)| s.contains(LeaseState::HANDLE_CACHING)),
            _ => false,
        }
    }

    /// What the client is promised in return.
    pub(super) fn answer(
        &self,
        created: &CreatedOpen,
        request: &CreateRequest<'_>,
    ) -> Option<CreateResponseContext<'static>> {
        let promise = created.open.promise();
        // To a replay the lease is told as it is, an oplock as it is asked for.
        let leased = matches!(created.cache, HeldCache::Lease(_));
        if !promise.durable || !(promise.persistent || leased || self.asks_for_handle(request)) {
            return None;
        }
        if self.request_v2.is_some() {
            let timeout = u32::try_from(promise.timeout.as_millis()).unwrap_or(u32::MAX);
            let flags = if promise.persistent {
                DurableHandleFlags::PERSISTENT
            } else {
                DurableHandleFlags::default()
            };
            return Some(CreateResponseContext::DurableHandleV2 { timeout, flags });
        }
        (self.request && self.reconnect.is_none()).then_some(CreateResponseContext::DurableHandle)
    }
}

/// Takes over the open the client comes back for; `None` when it does not come back for one.
pub(super) async fn reconnect(
    context: &Context<'_>,
    name: &NtString,
    wanted: &DurableContexts,
) -> Result<Option<CreatedOpen>, Fault> {
    let (id, v2) = match (wanted.reconnect, wanted.reconnect_v2) {
        (Some(id), _) => (id, None),
        (None, Some((id, guid, persistent))) => (id, Some((guid, persistent))),
        (None, None) => return Ok(None),
    };
    let client = context.negotiated()?.client_guid;
    let lease = wanted.lease.map(|(claim, _)| claim);
    let claim = Reconnect { id: OpenId(id.persistent), v2, client, lease, name };
    let open = context.tree()?.core.reconnect_behind(&claim).await?;
    let metadata = open.file().map(|f| f.metadata()).transpose()?;
    let cache = open.file().map_or(HeldCache::NONE, |f| f.held_cache());
    Ok(Some(CreatedOpen { open, action: CreateAction::Opened, metadata, cache }))
}

/// Whether opens of the share outlive the server for this client.
fn is_continuous(context: &Context<'_>) -> bool {
    let smb3 = context.dialect().is_some_and(Dialect::is_smb3);
    let share = context.tree.as_ref().is_some_and(|tree| tree.core.share().continuous);
    smb3 && share && context.connection.service.server.keeps_opens()
}

/// What the share demands of a create ([MS-SMB2] 3.3.5.9): on a continuous one nothing is answered that is not on disk, and what waits for
/// its client is nobody else's.
///
/// # Errors
/// FILE_NOT_AVAILABLE.
pub(super) fn options(
    context: &Context<'_>,
    options: CreateOptions,
    name: &NtString,
) -> Result<CreateOptions, Fault> {
    if !is_continuous(context) {
        return Ok(options);
    }
    if context.connection.service.server.awaits_owner(context.tree()?.core.share(), name) {
        return Err(NtStatus::FILE_NOT_AVAILABLE.into());
    }
    Ok(options | CreateOptions::WRITE_THROUGH)
}

/// Finds out whether a create was sent before ([MS-SMB2] 3.3.5.9 and 3.3.5.9.10).
pub(super) fn begin(
    context: &Context<'_>,
    request: &CreateRequest<'_>,
    name: &NtString,
    wanted: &DurableContexts,
) -> Result<Begun, Fault> {
    let tree = context.tree()?;
    let Some(v2) = wanted.request_v2.filter(|_| !tree.core.is_ipc()) else { return Ok(Begun::New(None)) };
    let client = context.negotiated()?.client_guid;
    let server = &context.connection.service.server;
    let replayed = context.header.flags.contains(HeaderFlags::REPLAY_OPERATION);
    let offered = context.negotiated()?.capabilities.contains(Capabilities::PERSISTENT_HANDLES);
    if replayed && v2.persistent && offered && is_continuous(context) {
        let replay = PersistentReplay {
            create_guid: v2.create_guid,
            client,
            desired_access: request.desired_access,
            share_access: request.share_access,
            options: request.create_options | CreateOptions::WRITE_THROUGH,
            name,
        };
        if let Some(open) = tree.core.replay_persistent(&replay)? {
            return again(open, request);
        }
    }
    let open = match server.begin_create(client, v2.create_guid) {
        Ok(pending) => {
            context.unit.outlive();
            return Ok(Begun::New(Some(pending)));
        }
        Err(_) if !replayed => return Err(NtStatus::DUPLICATE_OBJECTID.into()),
        Err(Duplicate::Pending) => return Err(NtStatus::FILE_NOT_AVAILABLE.into()),
        Err(Duplicate::Done(open)) => open,
    };
    let session = &context.session()?.core;
    let user = session.user();
    if open.user().sid != user.sid || open.user().kind != user.kind {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    let leased = request.requested_oplock_level == OplockLevel::LEASE;
    let claimed = wanted.lease.filter(|_| leased).map(|(claim, _)| claim.key);
    if open.caching().lease.map(|l| l.key) != claimed {
        return Err(NtStatus::ACCESS_DENIED.into());
    }
    // Through another tree connect it would be used under another share's policy.
    if !open.tree().is_some_and(|made| Arc::ptr_eq(&made, &tree.core)) {
        return Err(NtStatus::DUPLICATE_OBJECTID.into());
    }
    if open.promise().persistent && !v2.persistent {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    again(open, request)
}

/// What an open came to, told again.
fn again(open: Arc<Open>, request: &CreateRequest<'_>) -> Result<Begun, Fault> {
    let action = open.durability().map_or(CreateAction::Opened, |d| d.origin().action);
    let metadata = open.file().map(|f| f.metadata()).transpose()?;
    let held = open.file().map_or(HeldCache::NONE, |f| f.held_cache());
    let cache = match held {
        HeldCache::Lease(_) => held,
        HeldCache::Oplock(_) => HeldCache::Oplock(match request.requested_oplock_level {
            OplockLevel::BATCH => lanward_fsa::OplockLevel::Batch,
            OplockLevel::EXCLUSIVE => lanward_fsa::OplockLevel::Exclusive,
            OplockLevel::II => lanward_fsa::OplockLevel::Two,
            _ => lanward_fsa::OplockLevel::None,
        }),
    };
    Ok(Begun::Replayed(CreatedOpen { open, action, metadata, cache }))
}

/// Closes what the same application has open from another computer.
pub(super) async fn take_over(
    context: &Context<'_>,
    path: &NtString,
    wanted: &DurableContexts,
) -> Result<(), Fault> {
    let Some(app) = wanted.app() else { return Ok(()) };
    let client = context.negotiated()?.client_guid;
    Ok(context.tree()?.core.take_over(app, client, path).await?)
}

/// Promises a new open what it was asked for, as far as it can be had. What is to outlive the server is on disk when this returns.
pub(super) async fn promise(
    context: &Context<'_>,
    request: &CreateRequest<'_>,
    wanted: &DurableContexts,
    created: &CreatedOpen,
    pending: Option<PendingCreate>,
) {
    let app = wanted.app();
    if !wanted.request && wanted.request_v2.is_none() && app.is_none() {
        return;
    }
    let open = &created.open;
    let Some(client) = context.connection.negotiated().map(|n| n.client_guid) else { return };
    let create_guid = wanted.request_v2.map(|v2| v2.create_guid);
    let origin =
        Origin { client, create_guid, action: created.action, desired_access: request.desired_access, app };
    let settings = context.connection.service.server.settings();
    let timeout = wanted.request_v2.map_or(Duration::ZERO, |v2| v2.timeout).min(settings.durable_timeout_max);
    let timeout = if timeout.is_zero() { settings.durable_timeout } else { timeout };
    let v2 = wanted.request_v2.filter(|_| is_continuous(context) && open.may_wait());
    let offered = context.connection.negotiated().map(|n| n.capabilities).unwrap_or_default();
    let persistent = v2.is_some_and(|v2| v2.persistent) && offered.contains(Capabilities::PERSISTENT_HANDLES);
    let durable = open.may_wait() && wanted.asks_for_handle(request) && open.caching().keeps_handle();
    if durable || persistent {
        open.make_durable(origin, timeout, persistent);
    } else if create_guid.is_some() || app.is_some() {
        open.set_origin(origin);
    }
    if let Some(pending) = pending {
        pending.done(open);
    }
    if (durable || persistent)
        && v2.is_some()
        && let Err(status) = open.keep().await
    {
        tracing::error!(%status, "an open that was to outlive the server will not");
        open.make_durable(origin, timeout, false);
    }
}

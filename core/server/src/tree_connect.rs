use crate::open::{OpenSlot, Owner};
use crate::roll_call::see_off;
use crate::share::ShareUse;
use crate::{
    Act, Caller, ConnectionEntry, CreatedOpen, Document, Open, OpenBody, OpenId, Requester, Server, Session,
    Share, ShareKind, User,
};
use lanward_fsa::{CreateParams, FileSystem, Found, HeldCache, SecurityContext};
use lanward_nt::{AccessMask, CreateAction, CreateOptions, FileTime, Guid, NtStatus, NtString};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// STATUS_NETWORK_NAME_DELETED: the tree connect went while something was under way in it.
pub(crate) const NETWORK_NAME_DELETED: NtStatus = NtStatus(0xc000_00c9);

/// [MS-SRVS] 3.1.1.5 Per TreeConnect: a share as one session uses it. The session owns it.
#[derive(Debug)]
pub struct TreeConnect {
    pub(crate) id: u32,
    pub(crate) global_id: u32,
    pub(crate) server: Arc<Server>,
    pub(crate) session: Weak<Session>,
    pub(crate) user: Arc<User>,
    pub(crate) share: ShareUse,
    /// On whose behalf files are opened.
    pub(crate) by: Arc<SecurityContext>,
    pub(crate) since: FileTime,
    pub(crate) session_opens: Arc<AtomicU32>,
    pub(crate) closed: AtomicBool,
    pub(crate) opens: Mutex<BTreeMap<OpenId, Arc<Open>>>,
}

impl TreeConnect {
    /// Unique in its session; never 0 and never all ones.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// [MS-SRVS] GlobalTreeConnectId.
    #[must_use]
    pub const fn global_id(&self) -> u32 {
        self.global_id
    }

    /// The share, as it was when it was connected to.
    #[must_use]
    pub const fn share(&self) -> &Arc<Share> {
        self.share.share()
    }

    /// The session, while it lives.
    #[must_use]
    pub fn session(&self) -> Option<Arc<Session>> {
        self.session.upgrade()
    }

    /// Who connected.
    #[must_use]
    pub const fn user(&self) -> &Arc<User> {
        &self.user
    }

    /// When it was connected.
    #[must_use]
    pub const fn since(&self) -> FileTime {
        self.since
    }

    /// The most the user may do here ([MS-SMB2] 2.2.10 MaximalAccess).
    #[must_use]
    pub fn maximal_access(&self) -> AccessMask {
        self.by.limit
    }

    /// A file system as whoever connected has it.
    ///
    /// # Errors
    /// ACCESS_DENIED: it cannot act for them.
    pub fn acting(&self, file_system: &Arc<FileSystem>) -> Result<Arc<FileSystem>, NtStatus> {
        file_system.acting_for(&self.by)
    }

    /// Whether this is `IPC$`.
    #[must_use]
    pub fn is_ipc(&self) -> bool {
        self.share().is_ipc()
    }

    /// Whether it was disconnected.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// The opens that came through it.
    #[must_use]
    pub fn opens(&self) -> Vec<Arc<Open>> {
        self.lock().values().cloned().collect()
    }

    /// How many opens it has.
    #[must_use]
    pub fn open_count(&self) -> usize {
        self.lock().len()
    }

    /// Opens a file, a directory or a pipe. Dropping the future leaves nothing behind.
    ///
    /// # Errors
    /// TOO_MANY_OPENED_FILES at the session's limit; what the file system or the pipe says; NETWORK_NAME_DELETED if the tree was
    /// disconnected meanwhile.
    pub async fn create(self: &Arc<Self>, p: CreateParams<'_>) -> Result<CreatedOpen, NtStatus> {
        self.create_within(None, p).await
    }

    /// As [`TreeConnect::create`], in a snapshot of the share if one is given ([MS-SMB2] 3.3.5.9.4).
    ///
    /// # Errors
    /// The same.
    pub async fn create_within(
        self: &Arc<Self>,
        snapshot: Option<&Arc<FileSystem>>,
        p: CreateParams<'_>,
    ) -> Result<CreatedOpen, NtStatus> {
        if self.is_closed() {
            return Err(NETWORK_NAME_DELETED);
        }
        let slot = self.take_slot()?;
        let share = Arc::clone(self.share());
        let file_system = match &share.kind {
            ShareKind::Disk(file_system) => file_system,
            ShareKind::Ipc => return self.open_pipe(&p, slot),
            ShareKind::Printer(printer) => return self.open_printer(printer, p, slot).await,
            ShareKind::Device(device) => return self.open_device(device, &p, slot).await,
        };
        let file_system = snapshot.unwrap_or(file_system);
        let asked = self.asked(&p);
        let mut created = file_system.create(p.clone(), &self.by).await;
        if matches!(created, Err(NtStatus::DELETE_PENDING)) {
            self.see_off_others().await;
            created = file_system.create(p, &self.by).await;
        }
        self.tell_opened(asked, created.as_ref().err().copied().unwrap_or(NtStatus::SUCCESS));
        let created = created.inspect_err(|status| self.note_denied(*status))?;
        let open = self.register(OpenBody::File(created.open), slot)?;
        Ok(CreatedOpen {
            open,
            action: created.action,
            metadata: Some(created.metadata),
            cache: created.cache,
        })
    }

    /// What [`TreeConnect::create_within`] would find, without the open; or what that would be refused with. `Ok(None)`: only an open tells.
    ///
    /// # Errors
    /// As [`FileSystem::look`]; NETWORK_NAME_DELETED.
    pub async fn look_within(
        &self,
        snapshot: Option<&Arc<FileSystem>>,
        p: &CreateParams<'_>,
    ) -> Result<Option<Found>, NtStatus> {
        if self.is_closed() {
            return Err(NETWORK_NAME_DELETED);
        }
        let ShareKind::Disk(file_system) = &self.share().kind else { return Ok(None) };
        let found = snapshot.unwrap_or(file_system).look(p, &self.by).await;
        if !matches!(found, Ok(None)) {
            self.tell_opened(self.asked(p), found.as_ref().err().copied().unwrap_or(NtStatus::SUCCESS));
        }
        found.inspect_err(|status| self.note_denied(*status))
    }

    /// Waits for connections of this client, by its name or address, that it has closed.
    pub(crate) async fn see_off_others(&self) {
        let channels = self.session.upgrade().map(|session| session.channels()).unwrap_or_default();
        let Some(own) = channels.first() else { return };
        let (host, client) = (own.peer().ip(), own.client_guid());
        drop(channels);
        let of_client = |other: &Arc<ConnectionEntry>| {
            other.peer().ip() == host || (client != Guid::default() && other.client_guid() == client)
        };
        see_off(self.server.connections().into_iter().filter(of_client)).await;
    }

    fn note_denied(&self, status: NtStatus) {
        if status == NtStatus::ACCESS_DENIED {
            self.server.counters.permission_errors.add(1);
        }
    }

    /// # Errors
    /// TOO_MANY_OPENED_FILES at the session's limit.
    pub(crate) fn take_slot(&self) -> Result<OpenSlot, NtStatus> {
        OpenSlot::take(&self.session_opens, self.server.settings().limits.opens_per_session)
    }

    fn open_pipe(self: &Arc<Self>, p: &CreateParams<'_>, slot: OpenSlot) -> Result<CreatedOpen, NtStatus> {
        // [MS-SMB2] 2.2.13: of pipes the disposition says nothing.
        let caller = self.caller()?;
        caller.may(Act::OpenPipe(p.path))?;
        let pipe = self.server.pipes().connect(p.path, &caller)?;
        let open = self.register(OpenBody::Pipe(pipe), slot)?;
        Ok(CreatedOpen { open, action: CreateAction::Opened, metadata: None, cache: HeldCache::NONE })
    }

    /// [MS-SMB2] 2.2.13: whatever is opened on a printer is a new job, whose name is the file's; there is nothing there that could be opened
    /// instead, and the disposition says nothing.
    async fn open_printer(
        self: &Arc<Self>,
        printer: &NtString,
        p: CreateParams<'_>,
        slot: OpenSlot,
    ) -> Result<CreatedOpen, NtStatus> {
        let writes = AccessMask::WRITE_DATA | AccessMask::APPEND_DATA;
        let access = p.desired_access.map_generic();
        if p.options.contains(CreateOptions::DIRECTORY_FILE) {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        if !access.intersects(writes | AccessMask::MAXIMUM_ALLOWED) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let by = self.requester()?;
        let name = p.path.units().rsplit(|unit| *unit == u16::from(b'\\')).next().unwrap_or_default();
        let document = Document { name: NtString(name.to_vec()), ..Document::default() };
        let job = self.server.start_document(&by, printer, document).await;
        let job = job.inspect_err(|status| self.note_denied(*status))?;
        let open = self.register(OpenBody::PrintJob(Arc::new(job)), slot)?;
        Ok(CreatedOpen { open, action: CreateAction::Created, metadata: None, cache: HeldCache::NONE })
    }

    /// Who asks printers and their jobs through this tree connect.
    ///
    /// # Errors
    /// USER_SESSION_DELETED; ACCESS_DENIED ([`Requester::of`]).
    pub fn requester(&self) -> Result<Requester, NtStatus> {
        Requester::of(&self.caller()?)
    }

    /// Who asks through this tree connect.
    ///
    /// # Errors
    /// USER_SESSION_DELETED.
    pub(crate) fn caller(&self) -> Result<Caller, NtStatus> {
        let session = self.session().ok_or(NtStatus::USER_SESSION_DELETED)?;
        Ok(Caller {
            user: Arc::clone(&self.user),
            server: Arc::clone(&self.server),
            local: session.local(),
            peer: session.peer(),
            session: Some(session.id()),
            activity: Arc::default(),
        })
    }

    pub(crate) fn register(self: &Arc<Self>, body: OpenBody, slot: OpenSlot) -> Result<Arc<Open>, NtStatus> {
        let global_id = self.server.opens.reserve();
        let id = OpenId(self.server.wire_id(global_id));
        let open = Arc::new(Open {
            id,
            server: Arc::clone(&self.server),
            body,
            share: Arc::clone(self.share()),
            user: Arc::clone(&self.user),
            closed: AtomicBool::new(false),
            volatile: AtomicU64::new(id.0),
            owner: Mutex::new(Owner { tree: Arc::downgrade(self), _slot: Some(slot) }),
            durability: OnceLock::new(),
            lock_sequences: OnceLock::new(),
        });
        let mut opens = self.lock();
        // Under the lock that `close` empties the map under: an open is either seen by it or refused here.
        if self.is_closed() {
            return Err(NETWORK_NAME_DELETED);
        }
        opens.insert(open.id, Arc::clone(&open));
        if let OpenBody::File(file) = &open.body {
            file.set_name(open.id.0);
        }
        self.server.opens.insert(global_id, &open);
        Ok(open)
    }

    pub(crate) fn forget(&self, id: OpenId) {
        let forgotten = self.lock().remove(&id);
        drop(forgotten);
    }

    /// Disconnects: closes every open and leaves every list. Doing it again does nothing.
    pub async fn close(&self) {
        let Some(opens) = self.end() else { return };
        if let Some(session) = self.session.upgrade() {
            session.forget(self.id);
        }
        close_all(opens.into_values().collect()).await;
    }

    /// Leaves every list because its session is gone; answers the opens that are to be closed, and keeps those that wait for their client.
    pub(crate) fn leave(&self) -> Vec<Arc<Open>> {
        self.end().unwrap_or_default().into_values().flat_map(Open::disconnect).collect()
    }

    /// Takes the tree connect out of the server's list and lets nothing more in; what is left is its opens.
    pub(crate) fn end(&self) -> Option<BTreeMap<OpenId, Arc<Open>>> {
        let opens = {
            let mut opens = self.lock();
            if self.closed.swap(true, Ordering::AcqRel) {
                return None;
            }
            std::mem::take(&mut *opens)
        };
        self.server.trees.remove(self.global_id);
        self.tell_ended();
        Some(opens)
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, BTreeMap<OpenId, Arc<Open>>> {
        self.opens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TreeConnect {
    fn drop(&mut self) {
        drop(self.leave());
    }
}

/// Closes opens of a tree connect that is gone.
pub(crate) async fn close_all(opens: Vec<Arc<Open>>) {
    for open in opens {
        if let Err(status) = open.close(false).await {
            tracing::debug!(%status, open = open.id().0, "closing with its tree connect");
        }
    }
}

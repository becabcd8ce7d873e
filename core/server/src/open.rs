use crate::durable::{Durability, LockSequences};
use crate::{DeviceOpen, JobWriter, PipeOpen, Server, Share, TreeConnect, User};
use lanward_fsa::{FileOpen, HeldCache};
use lanward_nt::{CreateAction, NtStatus};
use lanward_vfs::Metadata;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// Names an open for as long as the server runs; never 0 and never all ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OpenId(pub u64);

/// What is open.
#[derive(Debug, Clone)]
pub enum OpenBody {
    /// A file or directory.
    File(Arc<FileOpen>),
    /// A named pipe.
    Pipe(Arc<PipeOpen>),
    /// A job that is being sent to a printer.
    PrintJob(Arc<JobWriter>),
    /// A serial line.
    Device(Arc<DeviceOpen>),
}

/// [MS-SRVS] 3.1.1.6 Per Open. Its tree connect owns it, or while it waits for its client, the server.
#[derive(Debug)]
pub struct Open {
    pub(crate) id: OpenId,
    pub(crate) server: Arc<Server>,
    pub(crate) body: OpenBody,
    pub(crate) share: Arc<Share>,
    pub(crate) user: Arc<User>,
    pub(crate) closed: AtomicBool,
    pub(crate) volatile: AtomicU64,
    pub(crate) owner: Mutex<Owner>,
    pub(crate) durability: OnceLock<Box<Durability>>,
    pub(crate) lock_sequences: OnceLock<Box<LockSequences>>,
}

/// Where an open belongs: nowhere while it waits for its client.
#[derive(Debug, Default)]
pub(crate) struct Owner {
    pub(crate) tree: Weak<TreeConnect>,
    pub(crate) _slot: Option<OpenSlot>,
}

/// What a create came to.
#[derive(Debug)]
pub struct CreatedOpen {
    /// The open.
    pub open: Arc<Open>,
    /// What was done.
    pub action: CreateAction,
    /// The file as it is now; a pipe has none.
    pub metadata: Option<Metadata>,
    /// What it may cache.
    pub cache: HeldCache,
}

impl Open {
    /// Its id, as it goes to clients: the persistent half of a FileId.
    #[must_use]
    pub const fn id(&self) -> OpenId {
        self.id
    }

    /// The volatile half of a FileId: another one after each reconnect.
    #[must_use]
    pub fn volatile_id(&self) -> u64 {
        self.volatile.load(Ordering::Relaxed)
    }

    /// [MS-SRVS] Open.GlobalFileId.
    #[must_use]
    pub const fn global_id(&self) -> u32 {
        (self.id.0 & 0xffff_ffff) as u32
    }

    /// What is open.
    #[must_use]
    pub const fn body(&self) -> &OpenBody {
        &self.body
    }

    /// The file, if it is one.
    #[must_use]
    pub const fn file(&self) -> Option<&Arc<FileOpen>> {
        match &self.body {
            OpenBody::File(file) => Some(file),
            OpenBody::Pipe(_) | OpenBody::PrintJob(_) | OpenBody::Device(_) => None,
        }
    }

    /// The pipe, if it is one.
    #[must_use]
    pub const fn pipe(&self) -> Option<&Arc<PipeOpen>> {
        match &self.body {
            OpenBody::Pipe(pipe) => Some(pipe),
            OpenBody::File(_) | OpenBody::PrintJob(_) | OpenBody::Device(_) => None,
        }
    }

    /// The serial line, if it is one.
    #[must_use]
    pub const fn device(&self) -> Option<&Arc<DeviceOpen>> {
        match &self.body {
            OpenBody::Device(device) => Some(device),
            OpenBody::File(_) | OpenBody::Pipe(_) | OpenBody::PrintJob(_) => None,
        }
    }

    /// The job, if it is one.
    #[must_use]
    pub const fn print_job(&self) -> Option<&Arc<JobWriter>> {
        match &self.body {
            OpenBody::PrintJob(job) => Some(job),
            OpenBody::File(_) | OpenBody::Pipe(_) | OpenBody::Device(_) => None,
        }
    }

    /// The tree connect it came through, while that lives.
    #[must_use]
    pub fn tree(&self) -> Option<Arc<TreeConnect>> {
        self.owner().tree.upgrade()
    }

    /// The share it was opened through.
    #[must_use]
    pub const fn share(&self) -> &Arc<Share> {
        &self.share
    }

    /// Who opened it.
    #[must_use]
    pub const fn user(&self) -> &Arc<User> {
        &self.user
    }

    /// Whether it was closed, by its client or by somebody else.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Closes it because its client has done with it: as [`Open::close`], and what was sent to a printer is a whole job.
    ///
    /// # Errors
    /// As for [`Open::close`]; why there is no job ([`JobWriter::end`]).
    pub async fn finish(&self, post_query: bool) -> Result<Option<Metadata>, NtStatus> {
        let ended = match &self.body {
            OpenBody::PrintJob(job) => job.end().await,
            OpenBody::File(_) | OpenBody::Pipe(_) | OpenBody::Device(_) => Ok(()),
        };
        let closed = self.close(post_query).await;
        ended.and(closed)
    }

    /// Closes it and takes it out of every list; closing again does nothing. A job that is not whole is gone. With `post_query`, a file as it was at the end.
    ///
    /// # Errors
    /// What the volume answers; the open is closed all the same.
    pub async fn close(&self, post_query: bool) -> Result<Option<Metadata>, NtStatus> {
        if self.closed.swap(true, Ordering::AcqRel) {
            return Ok(None);
        }
        self.server.opens.remove(self.global_id());
        if let Some(tree) = self.tree() {
            tree.forget(self.id);
        }
        if self.durability().is_some() {
            self.end_durability();
            drop(self.server.disconnected.take(self.id));
            self.forget_kept().await;
        }
        match &self.body {
            OpenBody::File(file) => file.close(post_query).await,
            OpenBody::Pipe(pipe) => {
                pipe.close();
                Ok(None)
            }
            OpenBody::PrintJob(job) => {
                job.abort();
                Ok(None)
            }
            OpenBody::Device(device) => {
                self.give_back(device);
                Ok(None)
            }
        }
    }
}

impl Open {
    /// Takes it out of everything by which its client could find it again.
    fn end_durability(&self) {
        let Some(durability) = self.durability() else { return };
        self.server.create_guids.leave(self);
        if let Some(app) = durability.origin().app {
            self.server.app_instances.leave(app.id, self.id);
        }
    }

    /// Ends it without a trace in what is written down: the next run of the server brings it back.
    pub(crate) fn abandon(&self) {
        if self.closed.swap(true, Ordering::AcqRel) {
            return;
        }
        self.server.opens.remove(self.global_id());
        self.end_durability();
        if let OpenBody::File(file) = &self.body {
            file.abandon();
        }
    }

    fn owner(&self) -> MutexGuard<'_, Owner> {
        self.owner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Belongs to no session any more, and counts for none.
    pub(crate) fn detach(&self) {
        drop(std::mem::take(&mut *self.owner()));
    }

    /// Belongs to another tree connect now. Its volatile id differs from the one before.
    pub(crate) fn attach(&self, tree: &Arc<TreeConnect>, slot: OpenSlot) {
        // The highest bit of an id is free: see `Server::wire_id`.
        let volatile = self.volatile.fetch_xor(1 << 63, Ordering::Relaxed) ^ (1 << 63);
        if let (Some(file), Some(session)) = (self.file(), tree.session()) {
            file.set_break_route(session.breaks());
            file.set_name(volatile);
        }
        *self.owner() = Owner { tree: Arc::downgrade(tree), _slot: Some(slot) };
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        match &self.body {
            OpenBody::Pipe(pipe) => pipe.close(),
            OpenBody::Device(device) => self.give_back(device),
            OpenBody::File(_) | OpenBody::PrintJob(_) => {}
        }
        if !*self.closed.get_mut() {
            self.server.opens.remove(self.global_id());
            self.end_durability();
        }
    }
}

/// One counted open of a session.
#[derive(Debug)]
pub(crate) struct OpenSlot(Arc<AtomicU32>);

impl OpenSlot {
    pub(crate) fn take(count: &Arc<AtomicU32>, limit: u32) -> Result<Self, NtStatus> {
        let counted = count.try_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < limit).then(|| n + 1));
        counted.map_err(|_| NtStatus::TOO_MANY_OPENED_FILES)?;
        Ok(Self(Arc::clone(count)))
    }
}

impl Drop for OpenSlot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

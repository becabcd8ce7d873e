use crate::{PipeOpen, Server, TreeConnect, User};
use lanward_fsa::FileOpen;
use lanward_nt::{CreateAction, NtStatus};
use lanward_vfs::Metadata;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Weak};

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
}

/// [MS-SRVS] 3.1.1.6 Per Open. Its tree connect owns it.
#[derive(Debug)]
pub struct Open {
    pub(crate) id: OpenId,
    pub(crate) server: Arc<Server>,
    pub(crate) body: OpenBody,
    pub(crate) tree: Weak<TreeConnect>,
    pub(crate) user: Arc<User>,
    pub(crate) closed: AtomicBool,
    pub(crate) _slot: OpenSlot,
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
}

impl Open {
    /// Its id, as it goes to clients.
    #[must_use]
    pub const fn id(&self) -> OpenId {
        self.id
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
            OpenBody::Pipe(_) => None,
        }
    }

    /// The pipe, if it is one.
    #[must_use]
    pub const fn pipe(&self) -> Option<&Arc<PipeOpen>> {
        match &self.body {
            OpenBody::File(_) => None,
            OpenBody::Pipe(pipe) => Some(pipe),
        }
    }

    /// The tree connect it came through, while that lives.
    #[must_use]
    pub fn tree(&self) -> Option<Arc<TreeConnect>> {
        self.tree.upgrade()
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

    /// Closes it and takes it out of every list; closing again does nothing. With `post_query`, a file as it was at the end.
    ///
    /// # Errors
    /// What the volume answers; the open is closed all the same.
    pub async fn close(&self, post_query: bool) -> Result<Option<Metadata>, NtStatus> {
        if self.closed.swap(true, Ordering::AcqRel) {
            return Ok(None);
        }
        self.server.opens.remove(self.global_id());
        if let Some(tree) = self.tree.upgrade() {
            tree.forget(self.id);
        }
        match &self.body {
            OpenBody::File(file) => file.close(post_query).await,
            OpenBody::Pipe(pipe) => {
                pipe.close();
                Ok(None)
            }
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if let OpenBody::Pipe(pipe) = &self.body {
            pipe.close();
        }
        if !*self.closed.get_mut() {
            self.server.opens.remove(self.global_id());
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

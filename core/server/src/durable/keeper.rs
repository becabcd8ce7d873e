use super::KeptOpen;
use crate::{Open, OpenId, Server, Share};
use lanward_fsa::FileOpen;
use lanward_nt::{NtPath, NtStatus};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// Changes that may wait for whoever writes them down.
const BACKLOG: usize = 1024;

/// What is to be written down about opens that outlive the server.
#[derive(Debug)]
pub enum Keep {
    /// The open is like this now.
    Put(Box<KeptOpen>),
    /// There is no such open any more.
    Remove(OpenId),
}

/// One change, and whom to tell when it is on disk. Who cannot write it drops the request.
#[derive(Debug)]
pub struct KeepRequest {
    /// The change.
    pub change: Keep,
    /// Told once the change survives a loss of power.
    pub done: oneshot::Sender<()>,
}

/// The way to whoever writes opens down.
#[derive(Debug, Default)]
pub(crate) struct Keeper(OnceLock<mpsc::Sender<KeepRequest>>);

/// Whether an open is written down; changes of one open keep their order.
#[derive(Debug, Default)]
pub(crate) struct Kept(Mutex<KeptState>);

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum KeptState {
    #[default]
    Never,
    Kept,
    Removed,
}

impl Server {
    /// The changes that are to be written down from now on; only the first who asks gets them. Without anybody no open is persistent.
    pub fn keep_requests(&self) -> Option<mpsc::Receiver<KeepRequest>> {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        self.keeper.0.set(sender).ok().map(|()| receiver)
    }

    /// Whether opens can outlive the server ([MS-SMB2] IsPersistentHandlesSupported).
    #[must_use]
    pub fn keeps_opens(&self) -> bool {
        self.keeper.0.get().is_some()
    }

    /// The opens that are written down.
    fn kept_opens(&self) -> impl Iterator<Item = Arc<Open>> {
        self.opens().into_iter().filter(|open| open.is_kept())
    }

    /// Writes down again what a change of a file's name or times made different: all that is kept in its object store, if it is where opens
    /// are kept at all.
    ///
    /// # Errors
    /// As for [`Open::keep`].
    pub async fn keep_changed(&self, share: &Share, changed: &FileOpen) -> Result<(), NtStatus> {
        if !share.continuous || !self.keeps_opens() {
            return Ok(());
        }
        let path = changed.path();
        for open in self.kept_opens() {
            let Some(file) = open.file() else { continue };
            let same = file.file_number() == changed.file_number();
            // What is in a folder has moved with it.
            let beneath = changed.is_directory() && is_beneath(&file.path(), &path);
            if (same || beneath) && file.file_system().is_same(changed.file_system()) {
                open.keep_again().await?;
            }
        }
        Ok(())
    }
}

fn is_beneath(path: &NtPath, folder: &NtPath) -> bool {
    let mut components = path.components();
    folder.components().all(|component| components.next() == Some(component))
}

impl Kept {
    fn is_kept(&self) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) == KeptState::Kept
    }

    /// It was written down by an earlier run of the server.
    pub(crate) fn set_kept(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = KeptState::Kept;
    }
}

impl Open {
    /// Writes it down as it is now; it is on disk when this returns.
    ///
    /// # Errors
    /// UNEXPECTED_IO_ERROR: it cannot be written down.
    pub async fn keep(&self) -> Result<(), NtStatus> {
        self.write_down(|open| open.kept().map(|kept| Keep::Put(Box::new(kept))), KeptState::Kept).await
    }

    /// The same, if it was written down before.
    ///
    /// # Errors
    /// As for [`Open::keep`].
    pub async fn keep_again(&self) -> Result<(), NtStatus> {
        if self.is_kept() { self.keep().await } else { Ok(()) }
    }

    /// Whether it is written down, so that it outlives the server.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.durability().is_some_and(|d| d.kept.is_kept())
    }

    /// It is gone, and so is what was written down.
    pub(crate) async fn forget_kept(&self) {
        if !self.is_kept() {
            return;
        }
        if let Err(status) = self.write_down(|open| Some(Keep::Remove(open.id)), KeptState::Removed).await {
            tracing::error!(%status, open = self.id.0, "an open that is closed stays written down");
        }
    }

    async fn write_down(
        &self,
        change: impl FnOnce(&Self) -> Option<Keep>,
        becomes: KeptState,
    ) -> Result<(), NtStatus> {
        const FAILED: NtStatus = NtStatus::UNEXPECTED_IO_ERROR;
        let (Some(sender), Some(durability)) = (self.server.keeper.0.get(), self.durability()) else {
            return Err(FAILED);
        };
        let room = sender.reserve().await.map_err(|_| FAILED)?;
        let (done, written) = oneshot::channel();
        {
            let mut state = durability.kept.0.lock().unwrap_or_else(PoisonError::into_inner);
            if *state == KeptState::Removed {
                return Ok(());
            }
            // What it is like is asked under the lock under which it is handed over: of two changes the later is written later.
            let Some(change) = change(self) else { return Err(FAILED) };
            *state = becomes;
            room.send(KeepRequest { change, done });
        }
        written.await.map_err(|_| FAILED)
    }
}

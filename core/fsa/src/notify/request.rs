use super::NotifyFilter;
use super::watch::Watch;
use crate::FileOpen;
use crate::offload::blocking;
use crate::unix::notified;
use lanward_nt::{AccessMask, NtStatus};
use std::sync::Arc;

impl FileOpen {
    /// Waits for changes in this directory and, with `tree`, beneath it; answers them as FILE_NOTIFY_INFORMATION ([MS-FSA] 2.1.5.11,
    /// [MS-FSCC] 2.7.1), at most `max` bytes. What happens between two requests is kept. `filter`, `tree` and how much is kept are those of
    /// the open's first request for good. Requests are answered in the order of asking; dropping the future gives up and leaves nothing
    /// behind.
    ///
    /// # Errors
    /// INVALID_PARAMETER for a file, ACCESS_DENIED without the right to list, FILE_CLOSED, NOTIFY_ENUM_DIR: more changed than fits,
    /// NOTIFY_CLEANUP: it was closed meanwhile, DELETE_PENDING: it is to be deleted, INSUFFICIENT_RESOURCES.
    pub async fn change_notify(
        &self,
        filter: NotifyFilter,
        tree: bool,
        max: usize,
    ) -> Result<Vec<u8>, NtStatus> {
        if !self.is_directory() {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.require(AccessMask::READ_DATA)?;
        if self.by.view.as_ref().is_some_and(|view| view.rules.drop_box) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let watch = self.watch(filter, tree, max)?;
        if self.delete_pending() {
            return Err(NtStatus::DELETE_PENDING);
        }
        loop {
            let place = watch.enter(max)?;
            // It may have been marked just before the request was in the queue.
            if self.delete_pending() {
                return Err(NtStatus::DELETE_PENDING);
            }
            let changes = self.tellable(place.outcome().await?, watch.tree).await?;
            let changes =
                if self.by.hide_unreadable { self.visible_changes(changes).await? } else { changes };
            // Of what the user may not know the client hears nothing.
            if !changes.is_empty() {
                return Ok(changes);
            }
        }
    }

    /// What of some changes a user of the machine may know of: everything, where files are opened as nobody of it.
    async fn tellable(&self, entries: Vec<u8>, tree: bool) -> Result<Vec<u8>, NtStatus> {
        if self.by.identity.is_none() || !tree {
            return Ok(entries);
        }
        let base = self.shared_path().ok_or(NtStatus::NOTIFY_CLEANUP)?;
        let volume = Arc::clone(self.file_system.volume());
        blocking(move || Ok(notified(&*volume, &base, &entries))).await
    }

    /// The watch of this open, made when there is none yet.
    fn watch(&self, filter: NotifyFilter, tree: bool, capacity: usize) -> Result<Arc<Watch>, NtStatus> {
        let watchers = &self.file_system.watchers;
        if let Some(watch) = self.notify.watch.get() {
            return Ok(Arc::clone(watch));
        }
        let path = self.shared_path().ok_or(NtStatus::FILE_CLOSED)?;
        let watch =
            Arc::new(Watch::new((tree, filter), Arc::clone(&self.by), capacity, Arc::clone(&watchers.held)));
        if self.notify.watch.set(Arc::clone(&watch)).is_err() {
            // Two first requests at once: one was first.
            return self.notify.watch.get().cloned().ok_or(NtStatus::INTERNAL_ERROR);
        }
        watchers.add(&path, Arc::clone(&watch))?;
        watch.listen(self.file_system.volume(), &path);
        if self.is_closed() {
            self.end_watch();
            return Err(NtStatus::FILE_CLOSED);
        }
        Ok(watch)
    }

    /// [MS-FSA] 2.1.5.5 phase 5: what waits for changes in a directory that is closed is answered.
    pub(crate) fn end_watch(&self) {
        let Some(watch) = self.notify.watch.get() else { return };
        watch.end(NtStatus::NOTIFY_CLEANUP, true);
        watch.stop_listening();
        self.file_system.watchers.remove(&self.path(), watch);
    }
}

use crate::node::{Deleter, NodeState};
use crate::notify::{NotifyAction, NotifyFilter};
use crate::offload::short;
use crate::{FileOpen, FileSystem, SecurityContext};
use lanward_nt::{CreateOptions, Guid, NtPath, NtStatus, NtString};
use lanward_vfs::{File, FileNumber, Metadata};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A name that goes because its last open went.
#[derive(Debug, Clone)]
pub(crate) struct Removal {
    file_system: Arc<FileSystem>,
    number: FileNumber,
    link: u32,
    /// The name, if that goes.
    path: Option<Arc<NtPath>>,
    directory: bool,
    /// The lease on the directory that the open's client has.
    parent: Option<(u64, Guid)>,
    by: Arc<SecurityContext>,
    /// The stream that goes.
    stream: Option<StreamRemoval>,
}

/// A stream that goes because its last open went.
#[derive(Debug, Clone)]
struct StreamRemoval {
    id: u32,
    name: NtString,
    file: Arc<dyn File>,
    /// Where its file is.
    path: Arc<NtPath>,
}

impl FileOpen {
    /// Closes ([MS-FSA] 2.1.5.5): locks go, a pending deletion runs when this was the last open. Closing again does nothing.
    /// With `post_query` the file as it was just before.
    ///
    /// # Errors
    /// What the volume answers to the query; the open is closed all the same. A deletion that fails is not told, as in Windows.
    pub async fn close(&self, post_query: bool) -> Result<Option<Metadata>, NtStatus> {
        let metadata = if post_query && !self.is_closed() { Some(self.metadata()) } else { None };
        if let Some(removal) = self.unregister() {
            let _ = short(self.file_system.is_slow(), move || removal.run()).await;
        }
        metadata.transpose()
    }

    /// Takes the open out of the table: the part of closing that cannot wait or fail.
    pub(crate) fn unregister(&self) -> Option<Removal> {
        if self.closed.swap(true, Ordering::AcqRel) {
            return None;
        }
        self.end_watch();
        self.report_pending();
        self.release_held_times();
        let (removal, changed) = self.leave();
        if let Some(path) = changed {
            self.tell_entry_changed(&path);
        }
        removal
    }

    /// The name to remove, and that of a file whose entry in its directory changed through this open.
    fn leave(&self) -> (Option<Removal>, Option<Arc<NtPath>>) {
        let mut shard = self.file_system.shard(self.node.number);
        let mut state = self.node.state();
        if let Some(stream) = state.stream_mut(self.stream).filter(|s| !s.locks.is_empty()) {
            stream.locks.release(self.id);
        }
        let changed = self.leave_cache(&mut state);
        let delete_on_close = self.mode.load(Ordering::Relaxed) & CreateOptions::DELETE_ON_CLOSE.bits() != 0;
        if delete_on_close {
            self.mark_deleted(&mut state);
            if let Some(link) = state.link_mut(self.link).filter(|_| self.posix) {
                link.posix_delete = true;
            }
        }
        let name = state.leave_stream(self.stream, self.rights.granted, self.rights.share);
        let Some(link) = state.link_mut(self.link) else { return (None, changed) };
        let stream = name.map(|(name, deleter)| {
            let file = deleter.unwrap_or_else(|| Arc::clone(&self.file));
            StreamRemoval { id: self.stream, name, file, path: Arc::clone(&link.path) }
        });
        link.opens = link.opens.saturating_sub(1);
        link.posix_opens = link.posix_opens.saturating_sub(self.posix.into());
        let goes = link.delete_pending && !link.removed && (link.opens == 0 || link.posix_delete);
        if goes || stream.is_some() {
            link.removed |= goes;
            let deleter = link.deleter.take().filter(|_| goes).unwrap_or_else(|| self.deleter());
            let removal = Removal {
                file_system: deleter.file_system,
                number: self.node.number,
                link: self.link,
                path: goes.then(|| Arc::clone(&link.path)),
                directory: link.counted,
                parent: self.cache.parent,
                by: deleter.by,
                stream,
            };
            return (Some(removal), changed);
        }
        let gone = link.opens == 0;
        if gone && state.forget_link(self.link) {
            shard.remove(&self.node.number);
        }
        (None, changed)
    }

    fn deleter(&self) -> Deleter {
        Deleter { file_system: Arc::clone(&self.file_system), by: Arc::clone(&self.by) }
    }

    /// Marks this open's name as going; answers whether it was not before.
    pub(crate) fn mark_deleted(&self, state: &mut NodeState) -> bool {
        if self.is_named_stream() {
            if let Some(stream) = state.stream_mut(self.stream).filter(|s| !s.removed) {
                stream.delete_pending = true;
                stream.deleter = Some(Arc::clone(&self.file));
            }
            return true;
        }
        let Some(link) = state.link_mut(self.link).filter(|l| !l.delete_pending) else { return false };
        (link.delete_pending, link.counted) = (true, self.directory);
        link.deleter = Some(self.deleter());
        self.lease_goes();
        if self.directory {
            self.file_system.watchers.delete_pending(&link.path);
            self.file_system.pending_directories.fetch_add(1, Ordering::AcqRel);
        }
        true
    }
}

impl FileSystem {
    /// Waits until nothing of a file is being taken away any more because its last open went; answers whether anything was.
    /// Whoever comes between that close and the end of what it does is to see neither.
    pub(crate) async fn removed_meanwhile(&self, number: FileNumber) -> bool {
        let mut waited = false;
        loop {
            let mut ended = pin!(self.removals.notified());
            ended.as_mut().enable();
            let node = self.shard(number).get(&number).cloned();
            if !node.is_some_and(|node| node.state().is_being_removed()) {
                return waited;
            }
            waited = true;
            ended.await;
        }
    }
}

impl NodeState {
    fn is_being_removed(&self) -> bool {
        self.links.iter().any(|link| link.removed && link.opens == 0)
            || self.named().iter().any(|stream| stream.removed && stream.opens == 0)
    }

    /// Forgets a name; answers whether it was the last.
    fn forget_link(&mut self, id: u32) -> bool {
        self.links.retain(|l| l.id != id);
        self.links.is_empty()
    }

    /// A stream was removed, or that failed and it stays.
    fn stream_went(&mut self, id: u32, removed: bool) {
        if let (false, Some(stream)) = (removed, self.stream_mut(id)) {
            (stream.delete_pending, stream.posix_delete, stream.removed) = (false, false, false);
            stream.deleter = None;
        }
        self.forget_stream(id);
    }
}

impl Removal {
    /// Takes the name away, or moves it to the recycle bin where the share has one.
    fn remove_name(&self, path: &NtPath) -> Result<(), NtStatus> {
        let volume = self.file_system.volume();
        let view = self.by.view.as_ref().filter(|_| !self.directory);
        let own = self.by.identity.as_ref().map(|who| (&**self.file_system.own_volume(), who.user.user));
        if let Some(to) = view.and_then(|view| view.keep_deleted((&**volume, own), path, self.number)) {
            self.file_system.changes.fetch_add(1, Ordering::AcqRel);
            self.file_system.report_renamed(false, path, &to, None);
            return Ok(());
        }
        let outcome = volume.remove(path, self.number);
        self.file_system.changes.fetch_add(1, Ordering::AcqRel);
        if outcome.is_ok() {
            self.file_system.report(NotifyAction::Removed, NotifyFilter::name(self.directory), path);
        }
        outcome
    }

    fn run(self) -> Result<(), NtStatus> {
        let outcome = self.remove();
        self.file_system.removals.notify_waiters();
        outcome
    }

    fn remove(&self) -> Result<(), NtStatus> {
        let stream = self.stream.as_ref().map(|s| (s.id, s.file.remove_stream(&s.name)));
        if let (Some(gone), Some((_, Ok(())))) = (&self.stream, &stream) {
            let (action, filter) = (NotifyAction::RemovedStream, NotifyFilter::STREAM_NAME);
            self.file_system.report_stream(action, filter, &gone.path, &gone.name);
        }
        let mut outcome = Ok(());
        if let Some(path) = &self.path {
            outcome = self.remove_name(path);
            self.file_system.entry_changed(path, self.parent);
        }
        let mut shard = self.file_system.shard(self.number);
        let Some(node) = shard.get(&self.number).cloned() else { return outcome };
        let mut state = node.state();
        if let Some((id, outcome)) = stream {
            state.stream_went(id, outcome.is_ok());
        }
        let Some(link) = state.link_mut(self.link) else { return outcome };
        if self.path.is_some() && std::mem::take(&mut link.counted) {
            self.file_system.pending_directories.fetch_sub(1, Ordering::AcqRel);
        }
        if outcome.is_err() {
            (link.delete_pending, link.posix_delete, link.removed) = (false, false, false);
        }
        if link.opens == 0 && state.forget_link(self.link) {
            shard.remove(&self.number);
        }
        outcome
    }
}

impl Drop for FileOpen {
    fn drop(&mut self) {
        let Some(removal) = self.unregister() else { return };
        match tokio::runtime::Handle::try_current() {
            Ok(runtime) if self.file_system.is_slow() => drop(runtime.spawn_blocking(move || removal.run())),
            _ => drop(removal.run()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CacheRequest, CreateParams, Created};
    use lanward_nt::security::{Privileges, Token};
    use lanward_nt::{
        AccessMask, CreateAction, CreateDisposition, FileAttributes, FileTime, ShareAccess, Sid,
    };
    use lanward_vfs::MemVolume;
    use std::task::{Context, Poll, Waker};

    async fn create(
        fs: &Arc<FileSystem>,
        path: &str,
        disposition: CreateDisposition,
        options: CreateOptions,
    ) -> Result<Created, NtStatus> {
        let token = Token {
            user: Sid::new(5, &[21, 1, 2, 3, 1000]),
            groups: vec![Sid::everyone()],
            primary_group: Sid::users(),
            privileges: Privileges::empty(),
        };
        let limit = AccessMask::FILE_ALL_ACCESS;
        let by = SecurityContext {
            token,
            limit,
            hide_unreadable: false,
            identity: None,
            view: None,
            write_time_delay: None,
            auditor: None,
        };
        let params = CreateParams {
            path: &path.into(),
            desired_access: limit,
            share_access: ShareAccess::READ | ShareAccess::WRITE | ShareAccess::DELETE,
            disposition,
            options,
            attributes: FileAttributes::empty(),
            allocation_size: None,
            extended_attributes: Vec::new(),
            posix: None,
            security_descriptor: None,
            cache: CacheRequest::None,
            waits: None,
        };
        fs.create(params, &Arc::new(by)).await
    }

    /// Between the last close of a file and the end of its name nobody is told that it is going: they come before or after.
    #[tokio::test]
    async fn an_open_waits_for_a_name_that_is_just_being_removed() {
        let (base, stream) = ("f", "f:s");
        for (doomed, wanted) in [(base, base), (base, stream), (stream, stream)] {
            for disposition in [CreateDisposition::OpenIf, CreateDisposition::Create] {
                let fs = FileSystem::new(MemVolume::new(|| FileTime(1)));
                let file =
                    create(&fs, base, CreateDisposition::Create, CreateOptions::empty()).await.unwrap();
                file.open.close(false).await.unwrap();
                let options = CreateOptions::DELETE_ON_CLOSE;
                let first = create(&fs, doomed, CreateDisposition::OpenIf, options).await.unwrap().open;
                let removal = first.unregister().unwrap();
                let mut second = pin!(create(&fs, wanted, disposition, CreateOptions::empty()));
                let mut cx = Context::from_waker(Waker::noop());
                let early = second.as_mut().poll(&mut cx);
                assert!(early.is_pending(), "{doomed} {wanted} {disposition:?}: {early:?}");
                removal.run().unwrap();
                let Poll::Ready(created) = second.as_mut().poll(&mut cx) else {
                    panic!("it waits for nothing")
                };
                assert_eq!(created.map(|created| created.action), Ok(CreateAction::Created));
            }
        }
    }
}

use super::{NotifyAction, NotifyFilter};
use crate::{FileOpen, FileSystem};
use lanward_nt::{CreateOptions, NtPath, NtString};
use std::sync::atomic::Ordering;

const COLON: u16 = 0x3a;

/// A change that was made.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) action: NotifyAction,
    pub(crate) filter: NotifyFilter,
    /// From the root of the volume; the name of a stream follows behind a colon.
    pub(crate) path: &'a [u16],
}

impl<'a> Change<'a> {
    pub(crate) fn new(action: NotifyAction, filter: NotifyFilter, path: &'a NtPath) -> Self {
        Self { action, filter, path: path.as_string().units() }
    }
}

impl FileSystem {
    /// [MS-FSA] 2.1.4.1: tells whoever watches a directory above `path` that this was done. Call it when it was done, with no lock of
    /// [`Watchers`](super::Watchers) held.
    pub(crate) fn report(&self, action: NotifyAction, filter: NotifyFilter, path: &NtPath) {
        self.report_all(&[Change::new(action, filter, path)]);
    }

    /// Several changes that belong together, as the two names of a renamed file do: told in one answer.
    pub(crate) fn report_all(&self, changes: &[Change<'_>]) {
        if self.watchers.is_active() {
            self.watchers.tell(changes);
        }
    }

    /// The same of a named stream of the file at `path`. STREAM_NAME, STREAM_SIZE and STREAM_WRITE go with the stream actions.
    pub(crate) fn report_stream(
        &self,
        action: NotifyAction,
        filter: NotifyFilter,
        path: &NtPath,
        stream: &NtString,
    ) {
        if self.watchers.is_active() {
            let path = [path.as_string().units(), &[COLON], stream.units()].concat();
            self.watchers.tell(&[Change { action, filter, path: &path }]);
        }
    }

    /// A name was given to `directory` or file: it was made or linked.
    pub(crate) fn report_added(&self, directory: bool, path: &NtPath) {
        self.report(NotifyAction::Added, NotifyFilter::name(directory), path);
    }

    /// [MS-FSA] 2.1.5.15.12, the end of it: a name became another one, `replaced` being the name as it was of a file that had it.
    pub(crate) fn report_renamed(
        &self,
        directory: bool,
        from: &NtPath,
        to: &NtPath,
        replaced: Option<&NtPath>,
    ) {
        if !self.watchers.is_active() {
            return;
        }
        let name = NotifyFilter::name(directory);
        let same_name = replaced == Some(to);
        let other_directory = from.parent() != to.parent();
        let mut changes = Vec::with_capacity(3);
        if let Some(replaced) = replaced.filter(|_| !same_name) {
            changes.push(Change::new(NotifyAction::Removed, NotifyFilter::FILE_NAME, replaced));
        }
        let (gone, come) = if other_directory {
            (NotifyAction::Removed, NotifyAction::Added)
        } else if same_name {
            (NotifyAction::Removed, NotifyAction::Modified)
        } else {
            (NotifyAction::RenamedOldName, NotifyAction::RenamedNewName)
        };
        changes.push(Change::new(gone, name, from));
        changes.push(match same_name {
            true => Change::new(NotifyAction::Modified, NotifyFilter::REPLACED, to),
            false => Change::new(come, name, to),
        });
        self.watchers.tell(&changes);
    }

    /// [MS-FSA] 2.1.5.15.7, the end of it: a file got one more name, `replaced` being the name of another file that had it.
    pub(crate) fn report_linked(&self, to: &NtPath, replaced: Option<&NtPath>) {
        if !self.watchers.is_active() {
            return;
        }
        let name = NotifyFilter::FILE_NAME;
        match replaced {
            Some(replaced) if replaced == to => {
                self.report(NotifyAction::Modified, NotifyFilter::REPLACED, to);
            }
            Some(replaced) => self.report_all(&[
                Change::new(NotifyAction::Removed, name, replaced),
                Change::new(NotifyAction::Added, name, to),
            ]),
            None => self.report(NotifyAction::Added, name, to),
        }
    }
}

impl FileOpen {
    /// Something about this file changed, and shows now.
    pub(crate) fn report_modified(&self, filter: NotifyFilter) {
        if !self.file_system.watchers.is_active() || filter.is_empty() {
            return;
        }
        if let Some(path) = self.shared_path() {
            self.file_system.report(NotifyAction::Modified, filter, &path);
        }
    }

    /// Something about this file changed that is told when the open is closed ([MS-FSA] 2.1.1.3 PendingNotifications).
    pub(crate) fn note_modified(&self, filter: NotifyFilter) {
        if self.file_system.watchers.is_active() {
            self.notify.pending.fetch_or(filter.bits(), Ordering::Relaxed);
        }
    }

    /// The data was written or cut. The first time is told at once, if anybody watches by then; what follows, when the open is closed: a long
    /// copy is two changes.
    pub(crate) fn report_written(&self) {
        let first = !self.notify.wrote.load(Ordering::Relaxed);
        if first {
            self.notify.wrote.store(true, Ordering::Relaxed);
        }
        if !self.file_system.watchers.is_active() {
            return;
        }
        let (path, stream) = {
            let state = self.node.state();
            (state.link(self.link).map(|l| l.path.clone()), state.stream_name(self.stream).cloned())
        };
        let stream = stream.filter(|name| !name.units().is_empty());
        match (path, stream) {
            (Some(path), Some(stream)) if first => {
                let filter = NotifyFilter::STREAM_SIZE | NotifyFilter::STREAM_WRITE;
                self.file_system.report_stream(NotifyAction::ModifiedStream, filter, &path, &stream);
            }
            (Some(path), None) if first => {
                self.file_system.report(NotifyAction::Modified, NotifyFilter::WRITTEN, &path);
            }
            (_, Some(_)) => self.note_modified(NotifyFilter::STREAM_SIZE | NotifyFilter::STREAM_WRITE),
            (_, None) => self.note_modified(NotifyFilter::WRITTEN),
        }
    }

    /// Tells at the close what was put off until then, unless the name goes with it.
    pub(crate) fn report_pending(&self) {
        let pending = NotifyFilter::from_bits_retain(self.notify.pending.swap(0, Ordering::Relaxed));
        let goes = self.mode.load(Ordering::Relaxed) & CreateOptions::DELETE_ON_CLOSE.bits() != 0;
        if pending.is_empty() || goes || !self.file_system.watchers.is_active() {
            return;
        }
        let (path, stream) = {
            let state = self.node.state();
            let Some(link) = state.link(self.link).filter(|l| !l.delete_pending) else { return };
            (link.path.clone(), state.stream_name(self.stream).cloned().unwrap_or_default())
        };
        let of_stream = NotifyFilter::STREAM_SIZE | NotifyFilter::STREAM_WRITE;
        if pending.intersects(of_stream) {
            self.file_system.report_stream(NotifyAction::ModifiedStream, of_stream, &path, &stream);
        }
        self.report_modified(pending.difference(of_stream));
    }
}

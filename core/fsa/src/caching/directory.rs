use super::act::Scope;
use super::{Act, Owner};
use crate::FileOpen;
use crate::FileSystem;
use crate::node::{FileNode, StreamState};
use lanward_nt::{Guid, NtPath};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use tokio::time::Instant;

/// Directories whose lists are cached by a client. As long as there is none, a change of a directory costs nothing but a look at the count.
#[derive(Debug, Default)]
pub(crate) struct DirectoryCaches {
    count: AtomicUsize,
    /// By their paths, which move only when the directory itself is renamed: nothing beneath a directory is open while it moves.
    nodes: Mutex<HashMap<NtPath, Entry>>,
}

#[derive(Debug)]
struct Entry {
    node: Weak<FileNode>,
    /// Leased opens of it.
    opens: usize,
}

impl DirectoryCaches {
    fn enter(&self, path: &NtPath, node: &Arc<FileNode>) {
        let mut nodes = self.lock();
        let entry = nodes.entry(path.clone()).or_insert_with(|| Entry { node: Weak::new(), opens: 0 });
        entry.node = Arc::downgrade(node);
        entry.opens += 1;
        self.count.store(nodes.len(), Ordering::Release);
    }

    fn leave(&self, path: &NtPath) {
        let mut nodes = self.lock();
        if let Some(entry) = nodes.get_mut(path) {
            entry.opens -= 1;
            if entry.opens == 0 {
                nodes.remove(path);
            }
        }
        self.count.store(nodes.len(), Ordering::Release);
    }

    fn moved(&self, from: &NtPath, to: &NtPath) {
        let mut nodes = self.lock();
        if let Some(entry) = nodes.remove(from) {
            nodes.insert(to.clone(), entry);
        }
    }

    fn find(&self, path: &NtPath) -> Option<Arc<FileNode>> {
        self.lock().get(path).and_then(|entry| entry.node.upgrade())
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<NtPath, Entry>> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl FileSystem {
    /// The list of the directory `path` is in changed, or what it shows of `path`: whoever caches it is told, but for the client whose lease
    /// `parent` names ([MS-FSA] 2.1.4.12 PARENT_OBJECT). Nobody waits for that.
    pub(crate) fn entry_changed(&self, path: &NtPath, parent: Option<(u64, Guid)>) {
        if self.directory_caches.count.load(Ordering::Acquire) == 0 {
            return;
        }
        let Some(node) = self.directory_caches.find(&path.parent()) else { return };
        node.note_own_change();
        let mut state = node.state();
        let Some(list) = state.stream_mut(StreamState::DATA) else { return };
        let spared = parent.and_then(|(table, key)| list.cache.lease_of(table, key));
        list.cache.break_others(Act::ChangeEntry, Scope::All, spared.as_ref(), Instant::now());
    }

    /// A directory has another path.
    pub(crate) fn directory_moved(&self, from: &NtPath, to: &NtPath) {
        if self.directory_caches.count.load(Ordering::Acquire) != 0 {
            self.directory_caches.moved(from, to);
        }
    }
}

impl FileOpen {
    /// A leased directory is found by its path from now on.
    pub(crate) fn enter_directory_cache(&self, path: &NtPath) {
        if self.is_leased_directory() {
            self.file_system.directory_caches.enter(path, &self.node);
        }
    }

    /// Closing: it is not any more.
    pub(crate) fn leave_directory_cache(&self, path: &NtPath) {
        if self.is_leased_directory() {
            self.file_system.directory_caches.leave(path);
        }
    }

    /// Those who cache the list of the directory it is in are told that it changed.
    pub(crate) fn tell_entry_changed(&self, path: &NtPath) {
        self.file_system.entry_changed(path, self.cache.parent);
    }

    /// What a list shows of this file changed.
    pub(crate) fn tell_changed(&self) {
        self.node.note_own_change();
        if self.file_system.directory_caches.count.load(Ordering::Acquire) == 0 {
            return;
        }
        if let Some(path) = self.shared_path() {
            self.tell_entry_changed(&path);
        }
    }

    pub(crate) fn is_leased_directory(&self) -> bool {
        self.directory && matches!(self.cache.owner, Some(Owner::Lease(_)))
    }
}

//! Changes that others make to files which clients cache.
//!
//! Whoever holds a cache is asked about every little while, away from all requests: what a file's name leads to now is held against what
//! was seen before. Nothing is watched, so reading and writing cost nothing more, and it works wherever a file shows when it was written.

use super::Act;
use super::act::Scope;
use crate::FileSystem;
use crate::node::{FileNode, NodeState, StreamState};
use crate::offload::blocking;
use lanward_nt::{FileTime, NtPath, NtStatus};
use lanward_vfs::{Metadata, Wait};
use std::sync::Arc;
use tokio::time::Instant;

/// Files asked about in one go; of more the others are seen a little later.
const MOST: usize = 512;

/// What tells that data, or the list of a directory, changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    /// How many changes were our own by then.
    own: u64,
    write_time: FileTime,
    end_of_file: u64,
}

impl Seen {
    pub(crate) const fn new(own: u64, metadata: &Metadata) -> Self {
        Self { own, write_time: metadata.last_write_time, end_of_file: metadata.end_of_file }
    }

    /// Whether what was seen before changed to this through nobody here.
    fn is_from_outside(self, before: Self) -> bool {
        self.own == before.own
            && (self.write_time, self.end_of_file) != (before.write_time, before.end_of_file)
    }
}

impl NodeState {
    /// What somebody who may cache from now on knows of the file.
    pub(crate) fn note_seen(&mut self, seen: Seen) {
        if let Some(data) = self.stream_mut(StreamState::DATA).filter(|s| !s.cache.is_empty()) {
            data.cache.seen.get_or_insert(seen);
        }
    }
}

impl FileSystem {
    /// Breaks what clients cache of files that somebody else on this machine changed, replaced or removed since they were asked about last.
    /// `turn` counts the calls.
    pub async fn check_outside(self: &Arc<Self>, turn: usize) {
        let mut cached = self.cached();
        if cached.is_empty() {
            return;
        }
        if cached.len() > MOST {
            let first = turn.wrapping_mul(MOST) % cached.len();
            cached.rotate_left(first);
            cached.truncate(MOST);
        }
        let file_system = Arc::clone(self);
        let check = move || {
            cached.iter().for_each(|(node, path)| file_system.check_node(node, path));
            Ok(())
        };
        // It fails only when the runtime ends.
        let _ = blocking(check).await;
    }

    /// The files of whose data somebody caches something, by one of their names.
    fn cached(&self) -> Vec<(Arc<FileNode>, Arc<NtPath>)> {
        let mut cached = Vec::new();
        for shard in self.shards() {
            for node in shard.values() {
                let state = node.state();
                let held = state.stream(StreamState::DATA).is_some_and(|s| !s.cache.is_empty());
                let link = state.links.iter().find(|l| !l.removed && !l.delete_pending);
                if let (true, Some(link)) = (held, link) {
                    cached.push((Arc::clone(node), Arc::clone(&link.path)));
                }
            }
        }
        cached
    }

    fn check_node(&self, node: &Arc<FileNode>, path: &Arc<NtPath>) {
        let own = node.own_changes();
        let now = match self.volume().lookup(path, Wait::Allowed) {
            Ok((_, m)) => (m.number == node.number).then(|| Seen::new(own, &m)),
            Err(NtStatus::OBJECT_NAME_NOT_FOUND | NtStatus::OBJECT_PATH_NOT_FOUND) => None,
            Err(_) => return,
        };
        let mut state = node.state();
        // Whoever renames or deletes it here has said so by now, or will break what is cached itself.
        if !state.links.iter().any(|l| Arc::ptr_eq(&l.path, path) && !l.removed && !l.delete_pending) {
            return;
        }
        let Some(data) = state.stream_mut(StreamState::DATA) else { return };
        let changed = match (data.cache.seen, now) {
            (_, None) => true,
            (Some(before), Some(now)) => now.is_from_outside(before),
            (None, Some(_)) => false,
        };
        data.cache.seen = now;
        if changed {
            data.cache.break_others(Act::Change, Scope::All, None, Instant::now());
        }
    }
}

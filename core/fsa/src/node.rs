use crate::lock::LockTable;
use crate::share_mode::ShareCounts;
use lanward_nt::{AccessMask, NtPath, ShareAccess};
use lanward_vfs::FileNumber;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A file that is open at least once ([MS-FSA] 2.1.1.3 Per File).
#[derive(Debug)]
pub(crate) struct FileNode {
    pub(crate) number: FileNumber,
    state: Mutex<NodeState>,
}

/// What the opens of a file know of each other.
#[derive(Debug, Default)]
pub(crate) struct NodeState {
    pub(crate) shares: ShareCounts,
    pub(crate) links: Vec<Link>,
    pub(crate) locks: LockTable,
    last_link: u32,
}

/// One name of the file that it was opened by ([MS-FSA] 2.1.1.4 Per Link).
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) id: u32,
    pub(crate) path: Arc<NtPath>,
    pub(crate) opens: u32,
    /// The name goes with its last open.
    pub(crate) delete_pending: bool,
    /// The name goes with the next close, whoever else has the file open.
    pub(crate) posix_delete: bool,
    /// The name is gone or just going.
    pub(crate) removed: bool,
}

/// What is asked of a file's state by an open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Want<'a> {
    pub(crate) path: &'a NtPath,
    /// The rights the open itself gets.
    pub(crate) access: AccessMask,
    /// Rights the act of opening needs besides (overwriting), which count only for the verdict.
    pub(crate) added: AccessMask,
    pub(crate) share: ShareAccess,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Granted,
    SharingViolation,
    DeletePending,
}

impl FileNode {
    pub(crate) fn new(number: FileNumber) -> Self {
        Self { number, state: Mutex::default() }
    }

    /// The state, for a moment. A panic elsewhere leaves it as it was: every change to it is complete in itself.
    pub(crate) fn state(&self) -> MutexGuard<'_, NodeState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NodeState {
    /// Whether an open goes with those there are. Changes nothing.
    pub(crate) fn try_open(&self, want: &Want<'_>) -> Verdict {
        if self
            .links
            .iter()
            .any(|l| l.delete_pending && (!l.removed || l.opens == 0) && *l.path == *want.path)
        {
            return Verdict::DeletePending;
        }
        if !self.shares.admits(want.access.union(want.added), want.share) {
            return Verdict::SharingViolation;
        }
        Verdict::Granted
    }

    /// Registers an open that was granted and answers the id of its name.
    pub(crate) fn register(&mut self, want: &Want<'_>) -> u32 {
        self.shares.add(want.access, want.share);
        if let Some(link) = self.links.iter_mut().find(|l| !l.removed && *l.path == *want.path) {
            link.opens += 1;
            return link.id;
        }
        self.last_link = self.last_link.wrapping_add(1);
        self.links.push(Link {
            id: self.last_link,
            path: Arc::new(want.path.clone()),
            opens: 1,
            delete_pending: false,
            posix_delete: false,
            removed: false,
        });
        self.last_link
    }

    pub(crate) fn link(&self, id: u32) -> Option<&Link> {
        self.links.iter().find(|l| l.id == id)
    }

    pub(crate) fn link_mut(&mut self, id: u32) -> Option<&mut Link> {
        self.links.iter_mut().find(|l| l.id == id)
    }
}

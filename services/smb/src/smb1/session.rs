//! What SMB1 keeps beside the core's sessions, tree connects and opens: the ids a client has for them.

use super::locks::WaitingLock;
use lanward_nt::AccessMask;
use lanward_nt::NtString;
use lanward_server::{Open, TreeConnect};
use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

/// [MS-CIFS] 3.3.1.5 Per SMB Session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) uid: u16,
    pub(crate) core: Arc<lanward_server::Session>,
}

impl Session {
    /// Whether it is somebody's who proved who it is: neither a guest's nor a NULL session.
    pub(crate) fn is_named(&self) -> bool {
        !self.core.is_anonymous() && !self.core.is_guest()
    }
}

/// What a UID stands for.
#[derive(Debug)]
pub(crate) enum Place {
    /// Somebody who has not been proved yet.
    Reserved,
    Taken(Arc<Session>),
}

impl Place {
    pub(crate) const fn session(&self) -> Option<&Arc<Session>> {
        match self {
            Self::Reserved => None,
            Self::Taken(session) => Some(session),
        }
    }
}

/// [MS-CIFS] 3.3.1.6 Per Tree Connect: a share as one user of the connection has it.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) tid: u16,
    pub(crate) session: Arc<Session>,
    pub(crate) core: Arc<TreeConnect>,
}

/// What a TID stands for. It belongs to the connection: every user of that can use it, each as far as the share lets in whom it is, and it
/// outlives their sessions.
#[derive(Debug)]
pub(crate) struct TreeEntry {
    /// The share, by name.
    pub(crate) share: NtString,
    /// Whose they are, by UID.
    pub(crate) trees: HashMap<u16, Arc<Tree>>,
}

impl TreeEntry {
    /// The tree connect of a user, while neither it nor its session is closed.
    pub(crate) fn tree(&self, uid: u16) -> Option<&Arc<Tree>> {
        self.trees.get(&uid).filter(|tree| !tree.core.is_closed())
    }

    /// The only one, where clients are no users.
    pub(crate) fn any(&self) -> Option<&Arc<Tree>> {
        self.trees.values().find(|tree| !tree.core.is_closed())
    }
}

/// [MS-CIFS] 3.3.1.7 Per Unique Open.
#[derive(Debug)]
pub(crate) struct OpenEntry {
    pub(crate) fid: u16,
    pub(crate) open: Arc<Open>,
    /// The tree connect it was opened through.
    pub(crate) tid: u16,
    /// Who opened it.
    pub(crate) uid: u16,
    /// The process that opened it: PROCESS_EXIT closes what it has.
    pub(crate) process_id: u32,
    /// What the mode it was opened in lets it do.
    pub(crate) mode: OpenMode,
    /// Where SEEK left it, in bytes.
    pub(crate) position: AtomicU64,
    /// Locks that wait, as LOCKING_ANDX asked for them.
    pub(crate) waiting_locks: Mutex<Vec<WaitingLock>>,
    /// Server.Open.LastFailedLockOffset; all ones for none.
    pub(crate) last_failed_lock: AtomicU64,
}

/// What the mode of the older opens says of a FID: several may stand for one open ([MS-CIFS] 3.2.4.5.1).
#[derive(Debug, Clone, Copy)]
pub(crate) struct OpenMode {
    /// What may be done with the data, of that what the open may do.
    pub(crate) data: AccessMask,
    /// It may stand for an open that another FID stands for, too.
    pub(crate) compatible: bool,
    /// The same process may open the file again and be given another FID for this open.
    pub(crate) shared_with_own: bool,
}

impl OpenMode {
    pub(crate) const fn allows(&self, right: AccessMask) -> bool {
        self.data.contains(right)
    }
}

impl Default for OpenMode {
    /// Whatever the open may do.
    fn default() -> Self {
        Self {
            data: AccessMask::READ_DATA | AccessMask::WRITE_DATA,
            compatible: false,
            shared_with_own: false,
        }
    }
}

//! What SMB1 keeps beside the core's sessions, tree connects and opens: the ids a client has for them.

use lanward_nt::NtString;
use lanward_server::{Open, TreeConnect};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// [MS-CIFS] 3.3.1.5 Per SMB Session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) uid: u16,
    pub(crate) core: Arc<lanward_server::Session>,
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
    /// Where SEEK left it, in bytes.
    pub(crate) position: AtomicU64,
}

//! Rows of `lanward net file`.

use lanward_nt::AccessMask;
use lanward_server::{Open, OpenBody};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An open file, folder or pipe as its server shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct NetFile {
    pub(crate) id: u32,
    /// Where it is on the server.
    pub(crate) path: String,
    /// Empty for a NULL session.
    pub(crate) user: String,
    pub(crate) locks: u32,
    /// It is open for reading.
    pub(crate) reads: bool,
    /// It is open for changes.
    pub(crate) writes: bool,
    /// It creates what it opens ([MS-SRVS] 2.2.2.6 PERM_FILE_CREATE).
    pub(crate) creates: bool,
    /// The session it belongs to; nothing for an open that waits for its client, and of another server.
    pub(crate) session: Option<u32>,
}

impl NetFile {
    pub(crate) fn of(open: &Open) -> Self {
        let all = AccessMask::READ_DATA | AccessMask::WRITE_DATA | AccessMask::APPEND_DATA;
        let (path, granted, locks) = match open.body() {
            OpenBody::File(file) => {
                let root = open.share().path.to_string_lossy();
                let inside = file.path().as_string().to_string_lossy().replace('\\', "/");
                let path = if inside.is_empty() { root } else { format!("{root}/{inside}") };
                (path, file.granted_access(), file.lock_count())
            }
            OpenBody::PrintJob(job) => (job.path().to_string_lossy(), AccessMask::WRITE_DATA, 0),
            OpenBody::Device(device) => (open.share().path.to_string_lossy(), device.granted_access(), 0),
            OpenBody::Pipe(pipe) => (format!("\\PIPE\\{}", pipe.name()), all, 0),
        };
        let writes = AccessMask::WRITE_DATA | AccessMask::APPEND_DATA;
        Self {
            id: open.global_id(),
            path,
            user: open.user().name.to_string_lossy(),
            locks: u32::try_from(locks).unwrap_or(u32::MAX),
            reads: granted.contains(AccessMask::READ_DATA),
            writes: granted.intersects(writes),
            creates: granted.contains(AccessMask::APPEND_DATA),
            session: open.tree().and_then(|tree| tree.session()).map(|session| session.global_id()),
        }
    }

    /// The heads of the columns.
    pub(crate) const HEAD: &str =
        "ID         Path                                    User name            # Locks";

    /// Its rights as the command shows those of one file.
    pub(crate) fn permissions(&self) -> String {
        let rights = [(self.reads, 'R'), (self.writes, 'W'), (self.creates, 'C')];
        rights.iter().filter(|(held, _)| *held).map(|(_, letter)| letter).collect()
    }
}

impl fmt::Display for NetFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, path, user, locks, .. } = self;
        write!(f, "{id:<10} {path:<39} {user:<20} {locks:>7}")
    }
}

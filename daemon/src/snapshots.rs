//! The snapshots of a share: looked for whenever they are asked about, each opened once for all who use it.

use lanward_fsa::FileSystem;
use lanward_localfs::Snapshots;
use lanward_nt::{FileTime, NtStatus};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

#[derive(Debug)]
pub(crate) struct ShareSnapshots {
    snapshots: Snapshots,
    label: String,
    open: Mutex<HashMap<FileTime, Weak<FileSystem>>>,
}

impl ShareSnapshots {
    pub(crate) fn new(snapshots: Snapshots, label: &str) -> Self {
        Self { snapshots, label: label.to_owned(), open: Mutex::default() }
    }
}

impl lanward_server::Snapshots for ShareSnapshots {
    fn times(&self) -> Result<Vec<FileTime>, NtStatus> {
        let list = self.snapshots.list().map_err(|error| {
            tracing::warn!(share = self.label, %error, "The snapshots of a share cannot be listed");
            NtStatus::UNEXPECTED_IO_ERROR
        })?;
        Ok(list.into_iter().map(|snapshot| snapshot.time).collect())
    }

    fn at(&self, time: FileTime) -> Result<Arc<FileSystem>, NtStatus> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, file_system| file_system.strong_count() > 0);
        if let Some(file_system) = open.get(&time).and_then(Weak::upgrade) {
            return Ok(file_system);
        }
        let missing = NtStatus::OBJECT_NAME_NOT_FOUND;
        let list = self.snapshots.list().map_err(|_| missing)?;
        let snapshot = list.iter().find(|snapshot| snapshot.time == time).ok_or(missing)?;
        let file_system = FileSystem::new(self.snapshots.open(snapshot, &self.label).map_err(|_| missing)?);
        open.insert(time, Arc::downgrade(&file_system));
        Ok(file_system)
    }
}

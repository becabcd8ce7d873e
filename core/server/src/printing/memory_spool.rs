use super::job::{Job, JobId};
use super::spool::{KeptPrinter, Spool, SpoolFile};
use lanward_nt::NtStatus;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A spool in memory, for tests.
#[derive(Debug, Default)]
pub struct MemorySpool {
    files: Mutex<BTreeMap<JobId, Arc<MemoryFile>>>,
    /// Bytes a job may have; one more and the disk is full.
    room: Option<u64>,
}

#[derive(Debug)]
struct MemoryFile {
    bytes: Mutex<Vec<u8>>,
    room: Option<u64>,
}

impl MemorySpool {
    /// One whose disk is full once a job has so many bytes.
    #[must_use]
    pub fn with_room(room: u64) -> Self {
        Self { room: Some(room), ..Self::default() }
    }

    /// The bytes of a job, if it is there.
    #[must_use]
    pub fn bytes(&self, job: JobId) -> Option<Vec<u8>> {
        self.lock().get(&job).map(|file| lock(&file.bytes).clone())
    }

    /// The jobs there are bytes of.
    #[must_use]
    pub fn jobs(&self) -> Vec<JobId> {
        self.lock().keys().copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<JobId, Arc<MemoryFile>>> {
        lock(&self.files)
    }
}

impl Spool for MemorySpool {
    fn create(&self, job: JobId) -> Result<Arc<dyn SpoolFile>, NtStatus> {
        let file = Arc::new(MemoryFile { bytes: Mutex::default(), room: self.room });
        self.lock().insert(job, Arc::clone(&file));
        Ok(file)
    }

    fn keep(&self, _: &Job) -> Result<(), NtStatus> {
        Ok(())
    }

    fn keep_printer(&self, _: &KeptPrinter) -> Result<(), NtStatus> {
        Ok(())
    }

    fn remove(&self, job: JobId) {
        self.lock().remove(&job);
    }
}

impl SpoolFile for MemoryFile {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), NtStatus> {
        let end = offset.saturating_add(bytes.len() as u64);
        if self.room.is_some_and(|room| end > room) {
            return Err(NtStatus::DISK_FULL);
        }
        let (offset, end) = (offset as usize, end as usize);
        let mut held = lock(&self.bytes);
        if held.len() < end {
            held.resize(end, 0);
        }
        held[offset..end].copy_from_slice(bytes);
        Ok(())
    }

    fn finish(&self) -> Result<(), NtStatus> {
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

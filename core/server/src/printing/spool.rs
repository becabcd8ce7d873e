use super::job::{Job, JobId};
use lanward_nt::{NtStatus, NtString};
use std::fmt;
use std::sync::Arc;

/// Where jobs lie until they are printed. Every call may block; none is made on a thread that must not.
pub trait Spool: Send + Sync + fmt::Debug {
    /// Room for a job's bytes.
    ///
    /// # Errors
    /// DISK_FULL, or what else is wrong with the disk.
    fn create(&self, job: JobId) -> Result<Arc<dyn SpoolFile>, NtStatus>;

    /// Writes down what a job is, in one step: it is there as it was before or as it is now, whatever happens.
    ///
    /// # Errors
    /// As for [`Spool::create`].
    fn keep(&self, job: &Job) -> Result<(), NtStatus>;

    /// Writes down what became of a printer, in one step.
    ///
    /// # Errors
    /// As for [`Spool::create`].
    fn keep_printer(&self, printer: &KeptPrinter) -> Result<(), NtStatus>;

    /// Takes a job and its bytes away.
    fn remove(&self, job: JobId);
}

/// The bytes of one job.
pub trait SpoolFile: Send + Sync + fmt::Debug {
    /// Writes all of `bytes` at this place; what is before it and was not written is zeros.
    ///
    /// # Errors
    /// DISK_FULL, or what else is wrong with the disk.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), NtStatus>;

    /// All of it has been written: it is to last.
    ///
    /// # Errors
    /// As for [`SpoolFile::write_at`].
    fn finish(&self) -> Result<(), NtStatus>;
}

/// What is remembered of a printer beside its configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeptPrinter {
    /// Which.
    pub name: NtString,
    /// Its jobs wait.
    pub paused: bool,
    /// The comment that was set, if one was.
    pub comment: Option<NtString>,
    /// The location that was set, if one was.
    pub location: Option<NtString>,
}

use super::job::{Job, JobId, JobStatus};
use super::requester::Requester;
use super::spool::SpoolFile;
use crate::Server;
use lanward_nt::{NtStatus, NtString};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use tokio::sync::Notify;

/// A job that is being sent. It is printed when [`JobWriter::end`] succeeds, and gone when it does not, or when this is dropped before.
#[derive(Debug)]
pub struct JobWriter {
    server: Arc<Server>,
    id: JobId,
    by: Requester,
    file: OnceLock<Arc<dyn SpoolFile>>,
    /// What went wrong first: nothing of the job is printed then.
    broken: OnceLock<NtStatus>,
    ended: AtomicBool,
    /// It is a whole job now, or none.
    done: AtomicBool,
    writing: Arc<Writing>,
}

/// Writes that are under way.
#[derive(Debug, Default)]
struct Writing {
    count: AtomicU32,
    less: Notify,
}

struct OneWrite(Arc<Writing>);

impl OneWrite {
    fn begin(writing: &Arc<Writing>) -> Self {
        writing.count.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(writing))
    }
}

impl Drop for OneWrite {
    fn drop(&mut self) {
        self.0.count.fetch_sub(1, Ordering::AcqRel);
        self.0.less.notify_waiters();
    }
}

impl JobWriter {
    pub(super) fn new(server: Arc<Server>, id: JobId, by: Requester) -> Self {
        Self {
            server,
            id,
            by,
            file: OnceLock::new(),
            broken: OnceLock::new(),
            ended: AtomicBool::new(false),
            done: AtomicBool::new(false),
            writing: Arc::default(),
        }
    }

    pub(super) fn attach(&self, file: Arc<dyn SpoolFile>) {
        self.file.get_or_init(|| file);
    }

    /// Which job it is.
    #[must_use]
    pub const fn id(&self) -> JobId {
        self.id
    }

    /// The job as it is now; `None` once it is gone.
    #[must_use]
    pub fn job(&self) -> Option<Job> {
        let mut state = self.server.printing.lock();
        state.entry(self.id).map(|(queue, at)| queue.jobs[at].job.clone())
    }

    /// The printer and the document, as a list of open files shows them.
    #[must_use]
    pub fn path(&self) -> NtString {
        let job = self
            .job()
            .map(|job| format!("{}\\{}", job.printer.to_string_lossy(), job.document.to_string_lossy()));
        job.unwrap_or_default().as_str().into()
    }

    /// Writes behind what was written. Several calls at once are written in the order they were made.
    ///
    /// # Errors
    /// As for [`JobWriter::write_at`].
    pub async fn append(&self, bytes: &[u8]) -> Result<(), NtStatus> {
        self.put(None, bytes).await
    }

    /// Writes all of `bytes` at this place.
    ///
    /// # Errors
    /// PRINT_CANCELLED: somebody took the job away; NO_SPOOL_SPACE: it is too large, or the spool is full; DISK_FULL and what else the spool answers.
    /// After these nothing of the job is printed. FILE_CLOSED: it has ended.
    pub async fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), NtStatus> {
        self.put(Some(offset), bytes).await
    }

    async fn put(&self, offset: Option<u64>, bytes: &[u8]) -> Result<(), NtStatus> {
        if self.ended.load(Ordering::Acquire) {
            return Err(NtStatus::FILE_CLOSED);
        }
        if let Some(status) = self.broken.get() {
            return Err(*status);
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let file = Arc::clone(self.file.get().ok_or(NtStatus::FILE_CLOSED)?);
        let offset = self.make_room(offset, bytes.len()).inspect_err(|status| self.break_with(*status))?;
        let (bytes, one) = (bytes.to_vec(), OneWrite::begin(&self.writing));
        let written = lanward_fsa::blocking(move || {
            let written = file.write_at(offset, &bytes);
            drop(one);
            written
        });
        written.await.inspect_err(|status| self.break_with(*status))
    }

    fn break_with(&self, status: NtStatus) {
        self.broken.get_or_init(|| status);
    }

    /// Counts the bytes before they are written; answers where they go.
    fn make_room(&self, offset: Option<u64>, length: usize) -> Result<u64, NtStatus> {
        let limits = self.server.settings();
        let limits = &limits.limits;
        let (offset, gone) = {
            let mut state = self.server.printing.lock();
            let (queue, at) = state.entry(self.id).ok_or(NtStatus::PRINT_CANCELLED)?;
            let (bytes, owner) = (queue.jobs[at].job.bytes, queue.jobs[at].job.owner_sid.clone());
            let offset = offset.unwrap_or(bytes);
            let end = offset.checked_add(length as u64).ok_or(NtStatus::INVALID_PARAMETER)?;
            let more = end.saturating_sub(bytes);
            if end > limits.print_job_bytes || more > limits.print_spool_bytes {
                return Err(NtStatus::NO_SPOOL_SPACE);
            }
            // One job may be as large as the spool; with several, nobody has more than half of it, so that others print too.
            let own = if more == 0 { 0 } else { state.bytes_beside(self.id, &owner) };
            if own > 0 && own.saturating_add(end) > limits.print_spool_bytes / 2 {
                return Err(NtStatus::NO_SPOOL_SPACE);
            }
            let gone = state.forget_over(limits.print_spool_bytes - more);
            let full = state.bytes > limits.print_spool_bytes - more;
            if !full && let Some((queue, at)) = state.entry(self.id) {
                queue.jobs[at].job.bytes = bytes.max(end);
                state.bytes += more;
            }
            (if full { Err(NtStatus::NO_SPOOL_SPACE) } else { Ok(offset) }, gone)
        };
        for id in gone {
            self.server.remove_from_spool(id);
        }
        offset
    }

    /// All of it is there: it is printed from now on, whatever happens to its client. One of no bytes is nothing. Ending again does nothing.
    ///
    /// # Errors
    /// What went wrong with any write, or with keeping the job; nothing is printed then.
    pub async fn end(&self) -> Result<(), NtStatus> {
        if self.ended.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let outcome = self.complete().await;
        if outcome.is_err() {
            self.abort();
        }
        outcome
    }

    async fn complete(&self) -> Result<(), NtStatus> {
        loop {
            let less = self.writing.less.notified();
            if self.writing.count.load(Ordering::Acquire) == 0 {
                break;
            }
            less.await;
        }
        if let Some(status) = self.broken.get() {
            return Err(*status);
        }
        let job = self.job().ok_or(NtStatus::PRINT_CANCELLED)?;
        if job.bytes == 0 {
            self.abort();
            return Ok(());
        }
        let whole = Job { status: job.status - JobStatus::SPOOLING, ..job };
        let spool = Arc::clone(self.server.printing.spool()?);
        let file = Arc::clone(self.file.get().ok_or(NtStatus::FILE_CLOSED)?);
        lanward_fsa::blocking(move || {
            file.finish()?;
            spool.keep(&whole)
        })
        .await?;
        let job = {
            let mut state = self.server.printing.lock();
            let (queue, at) = state.entry(self.id).ok_or(NtStatus::PRINT_CANCELLED)?;
            queue.jobs[at].job.status.remove(JobStatus::SPOOLING);
            let job = queue.jobs[at].job.clone();
            queue.changed();
            state.totals.submitted += 1;
            job
        };
        self.done.store(true, Ordering::Release);
        self.server.tell_submitted(&self.by, &job);
        Ok(())
    }

    /// Takes the job away, unless it is whole. Doing it again does nothing.
    pub fn abort(&self) {
        self.ended.store(true, Ordering::Release);
        if self.done.swap(true, Ordering::AcqRel) {
            return;
        }
        let job = {
            let mut state = self.server.printing.lock();
            let job = state.take(self.id);
            if job.as_ref().is_some_and(|job| job.bytes > 0) {
                state.totals.aborted += 1;
            }
            job
        };
        self.server.remove_from_spool(self.id);
        if let Some(job) = job.filter(|job| job.bytes > 0) {
            let why = self.broken.get().map_or("given up".to_owned(), ToString::to_string);
            self.server.tell_ended(&job, why);
        }
    }
}

impl Drop for JobWriter {
    fn drop(&mut self) {
        self.abort();
        self.server.printing.lock().written.remove(&self.id);
    }
}

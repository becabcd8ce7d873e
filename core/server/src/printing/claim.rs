//! Who prints: takes a job, tells how it goes, and gives it back.

use super::control::take_cancelled;
use super::job::{Job, JobId, JobStatus};
use super::printer::PrinterDefinition;
use super::queues::{Hold, Queue};
use super::submit::now;
use crate::Server;
use lanward_nt::{FileTime, NtString};
use std::sync::Arc;
use tokio::sync::watch;

/// A job that is being printed. Dropping it lets the job wait for its turn again.
#[derive(Debug)]
pub struct Claim {
    server: Arc<Server>,
    number: u64,
    job: Job,
    definition: Arc<PrinterDefinition>,
    revoked: watch::Receiver<bool>,
}

impl Server {
    /// Waits for a job whose turn it is. Whoever prints for a printer asks again and again, and is alone in that.
    ///
    /// `None`: the printer is not there any more.
    pub async fn next_print_job(self: &Arc<Self>, printer: &NtString) -> Option<Claim> {
        loop {
            let work = {
                let mut state = self.printing.lock();
                let number = state.next_claim();
                let queue = state.queues.get_mut(&printer.to_uppercase())?;
                let definition = Arc::clone(&queue.definition);
                if let Some(entry) = queue.ready() {
                    let (revoke, revoked) = watch::channel(false);
                    entry.claim = Some(Hold { number, revoke });
                    entry.job.status = (entry.job.status - JobStatus::RESTART) | JobStatus::PRINTING;
                    let job = entry.job.clone();
                    queue.changes = queue.changes.wrapping_add(1);
                    return Some(Claim { server: Arc::clone(self), number, job, definition, revoked });
                }
                Arc::clone(&queue.work)
            };
            work.notified().await;
        }
    }

    /// Forgets the jobs that were printed so long ago that nobody is to see them any more; answers when it is the next one's turn.
    pub fn forget_printed_jobs(&self, now: FileTime) -> Option<FileTime> {
        let (mut gone, mut next) = (Vec::new(), None::<FileTime>);
        {
            let mut state = self.printing.lock();
            for queue in state.queues.values() {
                let keep = u64::try_from(queue.definition.keep.as_micros()).unwrap_or(u64::MAX);
                for job in queue.jobs.iter().map(|entry| &entry.job) {
                    let Some(finished) = job.finished.filter(|_| job.status.is_over()) else { continue };
                    let until = FileTime(finished.0.saturating_add(keep.saturating_mul(10)));
                    if until <= now {
                        gone.push(job.id);
                    } else {
                        next = Some(next.map_or(until, |next| next.min(until)));
                    }
                }
            }
            gone.retain(|id| state.take(*id).is_some());
        }
        for id in gone {
            self.remove_from_spool(id);
        }
        next
    }
}

impl Claim {
    /// The job, as it was when it was taken.
    #[must_use]
    pub const fn job(&self) -> &Job {
        &self.job
    }

    /// The printer, as it was when the job was taken.
    #[must_use]
    pub const fn printer(&self) -> &Arc<PrinterDefinition> {
        &self.definition
    }

    /// Waits until the job is to be given up: it was cancelled, paused or restarted, or its printer is gone.
    pub async fn revoked(&self) {
        // That nobody is left who could say so says it too.
        let mut told = self.revoked.clone();
        told.wait_for(|revoked| *revoked).await.ok();
    }

    /// So much of it has got to the printer, from its start; pages where they are known.
    pub fn progress(&self, bytes: u64, pages: Option<u32>) {
        self.with(|queue, at| {
            let job = &mut queue.jobs[at].job;
            job.bytes_printed = bytes;
            job.pages_printed = pages.unwrap_or(job.pages_printed);
            queue.changes = queue.changes.wrapping_add(1);
        });
    }

    /// The printer does not take it now, and why; `None` when it does again. The job is still held.
    pub fn trouble(&self, why: Option<&str>) {
        self.with(|queue, at| {
            let job = &mut queue.jobs[at].job;
            job.status.set(JobStatus::ERROR, why.is_some());
            why.unwrap_or_default().clone_into(&mut job.status_text);
            queue.fault = why.map(ToOwned::to_owned);
            queue.changes = queue.changes.wrapping_add(1);
        });
    }

    /// The printer has all of it.
    pub async fn printed(self) {
        self.finished("").await;
    }

    /// The same, as far as anybody can know: `doubt` says what is not known.
    pub async fn printed_perhaps(self, doubt: &str) {
        self.finished(doubt).await;
    }

    async fn finished(self, doubt: &str) {
        let (server, id) = (Arc::clone(&self.server), self.job.id);
        let kept = {
            let mut state = server.printing.lock();
            let Some(at) = held(state.entry(id), self.number) else { return };
            let (queue, at) = at;
            queue.fault = None;
            queue.printed += 1;
            let entry = &mut queue.jobs[at];
            entry.claim = None;
            let job = &mut entry.job;
            job.status = JobStatus::PRINTED | JobStatus::COMPLETE;
            doubt.clone_into(&mut job.status_text);
            (job.bytes_printed, job.finished) = (job.bytes, Some(now()));
            let job = job.clone();
            let keeps = !queue.definition.keep.is_zero();
            queue.changed();
            if !keeps {
                state.take(id);
            }
            state.totals.printed += 1;
            (job, keeps)
        };
        let (job, keeps) = kept;
        let end = if doubt.is_empty() { "printed".to_owned() } else { format!("printed, perhaps: {doubt}") };
        server.tell_ended(&job, end);
        if keeps {
            server.keep_job(job).await;
        } else {
            server.remove_from_spool(id);
        }
    }

    /// The printer will not have it. It stays, in error, until somebody takes it away or has it tried again.
    pub async fn failed(self, why: &str) {
        let job = {
            let mut state = self.server.printing.lock();
            let Some((queue, at)) = held(state.entry(self.job.id), self.number) else { return };
            let entry = &mut queue.jobs[at];
            if entry.job.status.contains(JobStatus::DELETING) {
                return;
            }
            entry.claim = None;
            let job = &mut entry.job;
            job.status = (job.status - JobStatus::PRINTING) | JobStatus::ERROR;
            why.clone_into(&mut job.status_text);
            let job = job.clone();
            queue.fault = None;
            queue.changed();
            state.totals.failed += 1;
            job
        };
        self.server.tell_ended(&job, format!("failed: {why}"));
        self.server.keep_job(job).await;
    }

    fn with(&self, change: impl FnOnce(&mut Queue, usize)) {
        let mut state = self.server.printing.lock();
        if let Some((queue, at)) = held(state.entry(self.job.id), self.number) {
            change(queue, at);
        }
    }

    fn id(&self) -> JobId {
        self.job.id
    }
}

/// The entry, if it is still held by this claim.
fn held(entry: Option<(&mut Queue, usize)>, number: u64) -> Option<(&mut Queue, usize)> {
    entry.filter(|(queue, at)| queue.jobs[*at].claim.as_ref().is_some_and(|hold| hold.number == number))
}

impl Drop for Claim {
    fn drop(&mut self) {
        let gone = {
            let mut state = self.server.printing.lock();
            let Some((queue, at)) = held(state.entry(self.id()), self.number) else { return };
            let entry = &mut queue.jobs[at];
            entry.claim = None;
            queue.fault = None;
            if entry.job.status.contains(JobStatus::DELETING) {
                take_cancelled(&mut state, self.job.id)
            } else {
                entry.job.status.remove(JobStatus::PRINTING | JobStatus::ERROR);
                entry.job.status_text.clear();
                (entry.job.bytes_printed, entry.job.pages_printed) = (0, 0);
                queue.changed();
                None
            }
        };
        self.server.forget_cancelled(gone);
    }
}

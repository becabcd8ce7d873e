use super::job::{Job, JobChange, JobId, JobStatus};
use super::printer::PrinterChange;
use super::queues::State;
use super::requester::Requester;
use super::rights::PrintAccess;
use super::spool::KeptPrinter;
use super::submit::cut;
use crate::Server;
use lanward_nt::{NtStatus, NtString};
use std::sync::Arc;

/// What can be done with a printer ([MS-RPRN] 3.1.4.2.5, PRINTER_CONTROL values).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrinterControl {
    /// Its jobs wait; what it prints now it prints to the end.
    Pause,
    /// They go on.
    Resume,
    /// All its jobs go.
    Purge,
}

/// What can be done with a job ([MS-RPRN] 3.1.4.3.1, JOB_CONTROL values).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobControl {
    /// It waits. One that is being printed is broken off, and begins from its start when it goes on.
    Pause,
    /// It goes on; one that was in error is tried again.
    Resume,
    /// It begins from its start, also one that was printed and is still kept.
    Restart,
    /// It goes.
    Cancel,
}

impl Server {
    /// Pauses a printer, lets it go on, or takes all its jobs away.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND; ACCESS_DENIED: `by` may not administer it.
    pub async fn control_printer(
        &self,
        by: &Requester,
        printer: &NtString,
        control: PrinterControl,
    ) -> Result<(), NtStatus> {
        let (name, kept, what) = {
            let mut state = self.printing.lock();
            let queue = state.queue(by, printer)?;
            by.demand(PrintAccess::ADMINISTER, &queue.definition.security, None)?;
            let name = queue.definition.name.clone();
            let what = match control {
                PrinterControl::Pause => "printer paused",
                PrinterControl::Resume => "printer resumed",
                PrinterControl::Purge => "printer purged",
            };
            if control != PrinterControl::Purge {
                queue.kept.paused = control == PrinterControl::Pause;
                queue.changed();
            }
            (name, queue.kept.clone(), what)
        };
        self.tell_print_change(by, what, name.to_string_lossy());
        if control == PrinterControl::Purge {
            self.purge(&name);
            return Ok(());
        }
        self.keep_printer(kept).await;
        Ok(())
    }

    fn purge(&self, printer: &NtString) {
        let ids: Vec<JobId> = {
            let state = self.printing.lock();
            let queue = state.queues.get(&printer.to_uppercase());
            queue.iter().flat_map(|queue| queue.jobs.iter().map(|entry| entry.job.id)).collect()
        };
        for id in ids {
            self.cancel(id);
        }
    }

    /// Changes what people read about a printer.
    ///
    /// # Errors
    /// As for [`Server::control_printer`].
    pub async fn change_printer(
        &self,
        by: &Requester,
        printer: &NtString,
        change: PrinterChange,
    ) -> Result<(), NtStatus> {
        let kept = {
            let mut state = self.printing.lock();
            let queue = state.queue(by, printer)?;
            by.demand(PrintAccess::ADMINISTER, &queue.definition.security, None)?;
            let PrinterChange { comment, location } = change;
            queue.kept.comment = comment.as_ref().map(cut).or(queue.kept.comment.take());
            queue.kept.location = location.as_ref().map(cut).or(queue.kept.location.take());
            queue.redefine();
            queue.changed();
            queue.kept.clone()
        };
        self.tell_print_change(by, "printer changed", kept.name.to_string_lossy());
        self.keep_printer(kept).await;
        Ok(())
    }

    /// Pauses a job, lets it go on, prints it again or takes it away. Its owner may, and whoever manages all jobs of its printer.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: there is no such job; ACCESS_DENIED; INVALID_DEVICE_REQUEST: it cannot be done with a job that is as it is.
    pub async fn control_job(&self, by: &Requester, id: JobId, control: JobControl) -> Result<(), NtStatus> {
        let (job, what) = {
            let mut state = self.printing.lock();
            let (queue, at) = state.entry_for(by, id, PrintAccess::JOB_ADMINISTER)?;
            let entry = &mut queue.jobs[at];
            let over = entry.job.status.is_over();
            let what = match control {
                JobControl::Cancel => "job cancelled",
                // What is still being sent can be held, and what is printed cannot.
                JobControl::Pause | JobControl::Resume if over => {
                    return Err(NtStatus::INVALID_DEVICE_REQUEST);
                }
                JobControl::Pause => {
                    entry.job.status.insert(JobStatus::PAUSED);
                    entry.revoke();
                    "job paused"
                }
                JobControl::Resume => {
                    entry.job.status.remove(JobStatus::PAUSED);
                    clear(&mut entry.job, entry.claim.is_some());
                    "job resumed"
                }
                JobControl::Restart if !entry.job.status.is_whole() => {
                    return Err(NtStatus::INVALID_DEVICE_REQUEST);
                }
                JobControl::Restart => {
                    let printing = entry.revoke();
                    let over = JobStatus::PRINTED | JobStatus::COMPLETE | JobStatus::PAUSED;
                    entry.job.status.remove(over);
                    clear(&mut entry.job, printing);
                    (entry.job.bytes_printed, entry.job.pages_printed) = (0, 0);
                    entry.job.finished = None;
                    "job restarted"
                }
            };
            let job = entry.job.clone();
            queue.changed();
            (job, what)
        };
        self.tell_print_change(by, what, format!("{} {id}", job.printer.to_string_lossy()));
        if control == JobControl::Cancel {
            self.cancel(id);
            return Ok(());
        }
        self.keep_job(job).await;
        Ok(())
    }

    /// Takes a job away, from whoever prints it too.
    pub(super) fn cancel(&self, id: JobId) {
        let gone = {
            let mut state = self.printing.lock();
            let Some((queue, at)) = state.entry(id) else { return };
            let entry = &mut queue.jobs[at];
            if entry.revoke() {
                // It goes when it is given back.
                entry.job.status.insert(JobStatus::DELETING);
                queue.changed();
                return;
            }
            take_cancelled(&mut state, id)
        };
        self.forget_cancelled(gone);
    }

    pub(super) fn forget_cancelled(&self, gone: Option<Job>) {
        if let Some(job) = gone {
            self.remove_from_spool(job.id);
            if !job.status.is_over() {
                self.tell_ended(&job, "cancelled".to_owned());
            }
        }
    }

    /// Changes what a job is called, or when it is its turn. Where it stands among others' jobs is for who manages those.
    ///
    /// # Errors
    /// As for [`Server::control_job`].
    pub async fn change_job(&self, by: &Requester, id: JobId, change: JobChange) -> Result<(), NtStatus> {
        let job = {
            let mut state = self.printing.lock();
            let (queue, at) = state.entry_for(by, id, PrintAccess::JOB_ADMINISTER)?;
            let operates = by.access(&queue.definition.security).contains(PrintAccess::JOB_ADMINISTER);
            let JobChange { document, comment, datatype, priority, position } = change;
            let moves = position.filter(|position| *position != queue.jobs[at].job.position);
            let raises = priority.is_some_and(|priority| priority > queue.jobs[at].job.priority);
            if (moves.is_some() || raises) && !operates {
                return Err(NtStatus::ACCESS_DENIED);
            }
            let job = &mut queue.jobs[at].job;
            let set = |text: &mut NtString, other: Option<NtString>| {
                *text = other.as_ref().map_or_else(|| std::mem::take(text), cut);
            };
            set(&mut job.document, document);
            set(&mut job.comment, comment);
            set(&mut job.datatype, datatype);
            if let Some(priority) = priority.map(|p| p.clamp(1, 99)).filter(|p| *p != job.priority) {
                job.priority = priority;
                let entry = queue.jobs.remove(at);
                queue.enter(entry);
            }
            if let Some(position) = moves {
                let at = queue.jobs.iter().position(|entry| entry.job.id == id).unwrap_or(at);
                let entry = queue.jobs.remove(at);
                let to = (position.max(1) as usize - 1).min(queue.jobs.len());
                queue.jobs.insert(to, entry);
            }
            queue.changed();
            let (queue, at) = state.entry(id).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
            queue.jobs[at].job.clone()
        };
        self.tell_print_change(by, "job changed", format!("{} {id}", job.printer.to_string_lossy()));
        self.keep_job(job).await;
        Ok(())
    }

    /// Writes down what a job is now. That it could not be is no reason not to do it.
    pub(super) async fn keep_job(&self, job: Job) {
        if job.status.contains(JobStatus::SPOOLING) {
            // Nothing is kept of it until it is whole.
            return;
        }
        let Ok(spool) = self.printing.spool().map(Arc::clone) else { return };
        let id = job.id;
        if let Err(status) = lanward_fsa::blocking(move || spool.keep(&job)).await {
            tracing::warn!(%status, job = id.0, "what became of a print job could not be written down");
        }
        // It may have gone meanwhile.
        if self.printing.lock().entry(id).is_none() {
            self.remove_from_spool(id);
        }
    }

    async fn keep_printer(&self, kept: KeptPrinter) {
        let Ok(spool) = self.printing.spool().map(Arc::clone) else { return };
        let name = kept.name.to_string_lossy();
        if let Err(status) = lanward_fsa::blocking(move || spool.keep_printer(&kept)).await {
            tracing::warn!(%status, printer = name, "what became of a printer could not be written down");
        }
    }
}

pub(super) fn take_cancelled(state: &mut State, id: JobId) -> Option<Job> {
    let job = state.take(id)?;
    if !job.status.is_over() {
        state.totals.cancelled += 1;
    }
    Some(job)
}

/// Nothing is wrong with the job any more.
fn clear(job: &mut Job, printing: bool) {
    if !printing {
        job.status.remove(JobStatus::PRINTING);
    }
    job.status.remove(JobStatus::ERROR | JobStatus::OFFLINE);
    job.status_text.clear();
}

use super::job::{Document, Job, JobStatus};
use super::queues::{Entry, State};
use super::requester::Requester;
use super::rights::PrintAccess;
use super::writer::JobWriter;
use crate::{Limits, Server};
use lanward_nt::{FileTime, NtStatus, NtString};
use std::sync::Arc;
use std::time::SystemTime;

/// Characters that are kept of a document's name, and of what else is written to a job or printer: everybody's lists have it.
const NAME: usize = 255;

impl Server {
    /// Begins a job: what is written to the [`JobWriter`] is printed once that has ended. Dropping it takes the job away, and so does dropping the
    /// future.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: no such printer, or none that is there for `by`; ACCESS_DENIED; PRINT_QUEUE_FULL: the printer, or the user, has too
    /// many jobs; NO_SPOOL_SPACE: the spool is full; what the spool answers.
    pub async fn start_document(
        self: &Arc<Self>,
        by: &Requester,
        printer: &NtString,
        document: Document,
    ) -> Result<JobWriter, NtStatus> {
        let spool = Arc::clone(self.printing.spool()?);
        let limits = self.settings().limits.clone();
        let id = {
            let mut state = self.printing.lock();
            let queue = state.queue(by, printer)?;
            by.demand(PrintAccess::USE, &queue.definition.security, None)?;
            let key = queue.definition.name.to_uppercase();
            check_limits(&mut state, by, printer, &limits)?;
            let id = state.next_id()?;
            let queue = state.queues.get_mut(&key).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
            let definition = Arc::clone(&queue.definition);
            let job = Job {
                id,
                printer: definition.name.clone(),
                document: name_of(&document.name),
                comment: NtString::default(),
                datatype: document.datatype.as_ref().map_or_else(|| definition.datatype.clone(), cut),
                owner: by.subject.user.clone(),
                owner_domain: by.subject.domain.clone(),
                owner_sid: by.subject.sid.clone(),
                client: by.client.clone(),
                address: by.address(),
                submitted: now(),
                bytes: 0,
                pages: 0,
                bytes_printed: 0,
                pages_printed: 0,
                priority: document.priority.unwrap_or(definition.priority).clamp(1, 99),
                position: 0,
                status: JobStatus::SPOOLING,
                status_text: String::new(),
                finished: None,
            };
            queue.enter(Entry { job, claim: None });
            state.written.insert(id);
            id
        };
        // From here on whatever goes wrong takes the job away.
        let writer = JobWriter::new(Arc::clone(self), id, by.clone());
        let server = Arc::clone(self);
        let file = lanward_fsa::blocking(move || {
            let file = spool.create(id)?;
            // Nobody waits any more: nobody else would remove it.
            if server.printing.lock().entry(id).is_none() {
                spool.remove(id);
            }
            Ok(file)
        });
        writer.attach(file.await?);
        Ok(writer)
    }
}

/// # Errors
/// PRINT_QUEUE_FULL; NO_SPOOL_SPACE.
fn check_limits(
    state: &mut State,
    by: &Requester,
    printer: &NtString,
    limits: &Limits,
) -> Result<(), NtStatus> {
    let of_printer = state.queue(by, printer)?.view().jobs;
    let all = state.queues.values().flat_map(|queue| &queue.jobs);
    let own =
        all.filter(|entry| entry.job.owner_sid == by.subject.sid && !entry.job.status.is_over()).count();
    if of_printer >= limits.print_jobs_per_printer || own >= limits.print_jobs_per_user as usize {
        return Err(NtStatus::PRINT_QUEUE_FULL);
    }
    // What is only kept to be seen gives way when there is something to write.
    let kept = state.queues.values().flat_map(|queue| &queue.jobs).map(|entry| &entry.job);
    let over: u64 = kept.filter(|job| job.status.is_over()).map(|job| job.bytes).sum();
    if state.bytes.saturating_sub(over) >= limits.print_spool_bytes {
        return Err(NtStatus::NO_SPOOL_SPACE);
    }
    Ok(())
}

fn name_of(name: &NtString) -> NtString {
    let units = name.units();
    if units.is_empty() {
        return "Remote Downlevel Document".into();
    }
    cut(name)
}

/// As much of a text as is kept.
pub(super) fn cut(text: &NtString) -> NtString {
    NtString(text.units().iter().take(NAME).copied().collect())
}

pub(super) fn now() -> FileTime {
    FileTime::from_unix_duration(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}

//! What there is to see, and the lists themselves.

use super::job::{Job, JobId};
use super::printer::{Printer, PrinterDefinition};
use super::queues::{Absent, Entry, Queue};
use super::requester::Requester;
use super::rights::PrintAccess;
use super::spool::{KeptPrinter, Spool};
use crate::Server;
use lanward_nt::{NtStatus, NtString};
use std::sync::Arc;

/// What was printed since the server started, and what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PrintTotals {
    /// Jobs that came whole.
    pub submitted: u64,
    /// Jobs that were given to their printers.
    pub printed: u64,
    /// Jobs that somebody cancelled.
    pub cancelled: u64,
    /// Jobs whose printers will not have them.
    pub failed: u64,
    /// Jobs that never became whole: their clients went, or there was no room.
    pub aborted: u64,
    /// Jobs there are now.
    pub jobs: u64,
    /// Bytes of theirs.
    pub bytes: u64,
    /// Printers that are in error now.
    pub faulty: u64,
}

impl Server {
    /// Where jobs lie. Once only, before there are printers.
    ///
    /// # Errors
    /// OBJECT_NAME_COLLISION: there is a spool already.
    pub fn attach_spool(&self, spool: Arc<dyn Spool>) -> Result<(), NtStatus> {
        if self.printing.attach(spool) { Ok(()) } else { Err(NtStatus::OBJECT_NAME_COLLISION) }
    }

    /// Enters what an earlier run left: whole jobs, in their order, and what is remembered of printers. They wait until their printers are there.
    pub fn restore_printing(&self, jobs: Vec<Job>, printers: Vec<KeptPrinter>) {
        let mut state = self.printing.lock();
        for kept in printers {
            let key = kept.name.to_uppercase();
            state.absent.entry(key).or_default().kept = kept;
        }
        for job in jobs {
            state.continue_after(job.id);
            state.bytes = state.bytes.saturating_add(job.bytes);
            state.absent.entry(job.printer.to_uppercase()).or_default().jobs.push(job);
        }
    }

    /// Adds a printer, or puts it in the place of the one with its name, whose jobs stay. Its share is whoever's who calls.
    ///
    /// # Errors
    /// DEVICE_NOT_READY: there is no spool.
    pub fn replace_printer(&self, definition: PrinterDefinition) -> Result<(), NtStatus> {
        self.printing.spool()?;
        let mut state = self.printing.lock();
        let key = definition.name.to_uppercase();
        if let Some(queue) = state.queues.get_mut(&key) {
            queue.configured = definition;
            queue.redefine();
            queue.changed();
            return Ok(());
        }
        let Absent { mut kept, jobs } = state.absent.remove(&key).unwrap_or_default();
        kept.name = definition.name.clone();
        let name = definition.name.clone();
        let mut queue = Queue::new(definition, kept);
        for job in jobs {
            queue.enter(Entry { job: Job { printer: name.clone(), ..job }, claim: None });
        }
        state.queues.insert(key, queue);
        Ok(())
    }

    /// Takes a printer away. What is printed or sent meanwhile is given up; its other jobs wait until it comes back.
    pub fn remove_printer(&self, name: &NtString) {
        let mut given_up = Vec::new();
        {
            let mut state = self.printing.lock();
            let key = name.to_uppercase();
            let Some(queue) = state.queues.remove(&key) else { return };
            let mut absent = Absent { kept: queue.kept.clone(), jobs: Vec::new() };
            for entry in queue.jobs {
                entry.revoke();
                if entry.job.status.is_whole() {
                    absent.jobs.push(entry.job.waiting());
                } else {
                    state.bytes = state.bytes.saturating_sub(entry.job.bytes);
                    given_up.push(entry.job.id);
                }
            }
            state.absent.insert(key, absent);
            queue.work.notify_one();
        }
        for id in given_up {
            self.remove_from_spool(id);
        }
    }

    /// The printers that are there for `by` and that it may use or manage, by name.
    #[must_use]
    pub fn printers(&self, by: &Requester) -> Vec<Printer> {
        let state = self.printing.lock();
        let seen = |queue: &&Queue| {
            let access = by.access(&queue.definition.security);
            by.sees(&queue.definition.share_name)
                && access.intersects(PrintAccess::USE | PrintAccess::ADMINISTER)
        };
        state.queues.values().filter(seen).map(Queue::view).collect()
    }

    /// A printer, by its name or that of its share.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND; ACCESS_DENIED: it may neither be used nor managed.
    pub fn printer(&self, by: &Requester, name: &NtString) -> Result<Printer, NtStatus> {
        let mut state = self.printing.lock();
        let queue = state.queue(by, name)?;
        let access = by.access(&queue.definition.security);
        if !access.intersects(PrintAccess::USE | PrintAccess::ADMINISTER) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        Ok(queue.view())
    }

    /// The jobs of a printer in the order they are printed, those that are over among them. Whoever may use a printer may see its jobs.
    ///
    /// # Errors
    /// As for [`Server::printer`].
    pub fn print_jobs(&self, by: &Requester, printer: &NtString) -> Result<Vec<Job>, NtStatus> {
        let mut state = self.printing.lock();
        let queue = state.queue(by, printer)?;
        let access = by.access(&queue.definition.security);
        if !access.intersects(PrintAccess::USE | PrintAccess::ADMINISTER) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        Ok(queue.jobs.iter().map(|entry| entry.job.clone()).collect())
    }

    /// A job.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND; ACCESS_DENIED.
    pub fn print_job(&self, by: &Requester, id: JobId) -> Result<Job, NtStatus> {
        let mut state = self.printing.lock();
        let (queue, at) = state.entry_for(by, id, PrintAccess::JOB_READ)?;
        Ok(queue.jobs[at].job.clone())
    }

    /// What was printed since the server started, and what waits.
    #[must_use]
    pub fn print_totals(&self) -> PrintTotals {
        let state = self.printing.lock();
        let queues = || state.queues.values();
        PrintTotals {
            jobs: queues().map(|queue| queue.jobs.len() as u64).sum(),
            bytes: state.bytes,
            faulty: queues().filter(|queue| queue.fault.is_some()).count() as u64,
            ..state.totals
        }
    }

    /// Removes a job's bytes where nobody waits for that.
    pub(super) fn remove_from_spool(&self, id: JobId) {
        if let Ok(spool) = self.printing.spool() {
            spool.remove(id);
        }
    }
}

use super::job::{Job, JobId, JobStatus};
use super::printer::{Printer, PrinterDefinition, PrinterState};
use super::requester::Requester;
use super::rights::PrintAccess;
use super::spool::{KeptPrinter, Spool};
use super::views::PrintTotals;
use lanward_nt::{NtStatus, NtString, Sid};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tokio::sync::{Notify, watch};

/// The highest id of a job: old clients have 16 bits for it, and all ones mean something.
const LAST_ID: u32 = 0xfffe;

/// Most jobs of all printers, so that there is always an id.
const MAX_JOBS: usize = 32_768;

/// All printers and jobs. One lock: printing is no hot path.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    spool: OnceLock<Arc<dyn Spool>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// By upper-case name.
    pub(super) queues: BTreeMap<NtString, Queue>,
    /// What is known of printers that are not there (now), and their jobs.
    pub(super) absent: BTreeMap<NtString, Absent>,
    last_id: u32,
    last_claim: u64,
    /// Jobs somebody still writes, whether or not they are still there: their ids are nobody else's.
    pub(super) written: BTreeSet<JobId>,
    /// Of all jobs, the absent among them.
    pub(super) bytes: u64,
    pub(super) totals: PrintTotals,
}

#[derive(Debug, Default)]
pub(super) struct Absent {
    pub(super) kept: KeptPrinter,
    pub(super) jobs: Vec<Job>,
}

#[derive(Debug)]
pub(super) struct Queue {
    /// With what management changed.
    pub(super) definition: Arc<PrinterDefinition>,
    pub(super) configured: PrinterDefinition,
    pub(super) kept: KeptPrinter,
    pub(super) fault: Option<String>,
    /// In the order they are printed.
    pub(super) jobs: Vec<Entry>,
    pub(super) changes: u32,
    pub(super) printed: u64,
    /// Whoever prints has something to look at.
    pub(super) work: Arc<Notify>,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) job: Job,
    pub(super) claim: Option<Hold>,
}

/// Whoever prints a job holds it.
#[derive(Debug)]
pub(super) struct Hold {
    pub(super) number: u64,
    pub(super) revoke: watch::Sender<bool>,
}

impl Queues {
    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// # Errors
    /// DEVICE_NOT_READY: there is no spool.
    pub(super) fn spool(&self) -> Result<&Arc<dyn Spool>, NtStatus> {
        self.spool.get().ok_or(NtStatus::DEVICE_NOT_READY)
    }

    pub(super) fn attach(&self, spool: Arc<dyn Spool>) -> bool {
        self.spool.set(spool).is_ok()
    }
}

impl State {
    /// # Errors
    /// PRINT_QUEUE_FULL: there are too many jobs.
    pub(super) fn next_id(&mut self) -> Result<JobId, NtStatus> {
        let absent = || self.absent.values().flat_map(|absent| absent.jobs.iter().map(|job| job.id));
        let queued = || self.queues.values().flat_map(|queue| queue.jobs.iter().map(|entry| entry.job.id));
        if absent().count() + queued().count() >= MAX_JOBS {
            return Err(NtStatus::PRINT_QUEUE_FULL);
        }
        let used: BTreeSet<JobId> = absent().chain(queued()).collect();
        if used.len() + self.written.len() >= LAST_ID as usize {
            return Err(NtStatus::PRINT_QUEUE_FULL);
        }
        loop {
            self.last_id = if self.last_id >= LAST_ID { 1 } else { self.last_id + 1 };
            let id = JobId(self.last_id);
            if !used.contains(&id) && !self.written.contains(&id) {
                return Ok(JobId(self.last_id));
            }
        }
    }

    pub(super) fn continue_after(&mut self, id: JobId) {
        self.last_id = self.last_id.max(id.0.min(LAST_ID));
    }

    pub(super) const fn next_claim(&mut self) -> u64 {
        self.last_claim += 1;
        self.last_claim
    }

    /// The printer of this name, or whose share has it, as far as it is there for who asks.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND
    pub(super) fn queue(&mut self, by: &Requester, name: &NtString) -> Result<&mut Queue, NtStatus> {
        let key = name.to_uppercase();
        let key = match self.queues.contains_key(&key) {
            true => key,
            false => {
                let named = |queue: &&Queue| queue.definition.share_name.eq_ignore_case(name);
                let found = self.queues.values().find(named);
                found.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?.definition.name.to_uppercase()
            }
        };
        let queue = self.queues.get_mut(&key);
        let seen = queue.filter(|queue| by.sees(&queue.definition.share_name));
        seen.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)
    }

    /// A job and its printer.
    pub(super) fn entry(&mut self, id: JobId) -> Option<(&mut Queue, usize)> {
        self.queues.values_mut().find_map(|queue| {
            let at = queue.jobs.iter().position(|entry| entry.job.id == id)?;
            Some((queue, at))
        })
    }

    /// The same, as far as they are there for who asks and it may do this.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND; ACCESS_DENIED.
    pub(super) fn entry_for(
        &mut self,
        by: &Requester,
        id: JobId,
        access: PrintAccess,
    ) -> Result<(&mut Queue, usize), NtStatus> {
        let (queue, at) = self.entry(id).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        if !by.sees(&queue.definition.share_name) {
            return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
        }
        by.demand(access, &queue.definition.security, Some(&queue.jobs[at].job))?;
        Ok((queue, at))
    }

    /// Bytes of a user's jobs that are not over, without those of one of them.
    pub(super) fn bytes_beside(&self, id: JobId, owner: &Sid) -> u64 {
        let jobs = self.queues.values().flat_map(|queue| &queue.jobs).map(|entry| &entry.job);
        let counted = jobs.filter(|job| job.id != id && job.owner_sid == *owner && !job.status.is_over());
        counted.map(|job| job.bytes).sum()
    }

    /// Forgets the jobs that were over first, until the others have no more than so many bytes. What they have in the spool is whoever's who calls.
    pub(super) fn forget_over(&mut self, most: u64) -> Vec<JobId> {
        let mut gone = Vec::new();
        while self.bytes > most {
            let jobs = self.queues.values().flat_map(|queue| &queue.jobs).map(|entry| &entry.job);
            let over = jobs.filter(|job| job.status.is_over() && job.bytes > 0);
            let Some(id) = over.min_by_key(|job| (job.finished, job.id)).map(|job| job.id) else { break };
            self.take(id);
            gone.push(id);
        }
        gone
    }

    /// Takes a job out of its list. Its bytes in the spool are whoever's who calls.
    pub(super) fn take(&mut self, id: JobId) -> Option<Job> {
        let (queue, at) = self.entry(id)?;
        let job = queue.jobs.remove(at).job;
        queue.changed();
        self.bytes = self.bytes.saturating_sub(job.bytes);
        Some(job)
    }
}

impl Queue {
    pub(super) fn new(configured: PrinterDefinition, kept: KeptPrinter) -> Self {
        let mut queue = Self {
            definition: Arc::new(configured.clone()),
            configured,
            kept,
            fault: None,
            jobs: Vec::new(),
            changes: 0,
            printed: 0,
            work: Arc::default(),
        };
        queue.redefine();
        queue
    }

    /// Makes the definition what the configuration and management say.
    pub(super) fn redefine(&mut self) {
        let configured = self.configured.clone();
        self.definition = Arc::new(PrinterDefinition {
            comment: self.kept.comment.clone().unwrap_or(configured.comment),
            location: self.kept.location.clone().unwrap_or(configured.location),
            ..configured
        });
    }

    /// Puts a job behind those that are as urgent.
    pub(super) fn enter(&mut self, entry: Entry) {
        let urgent = |other: &Entry| other.job.status.is_over() || other.job.priority >= entry.job.priority;
        let at = self.jobs.iter().rposition(urgent).map_or(0, |at| at + 1);
        self.jobs.insert(at, entry);
        self.changed();
    }

    /// Something is different: numbers the jobs again, and whoever prints looks up.
    pub(super) fn changed(&mut self) {
        for (position, entry) in (1..).zip(&mut self.jobs) {
            entry.job.position = position;
        }
        self.changes = self.changes.wrapping_add(1);
        self.work.notify_one();
    }

    /// The first job whose turn it is.
    pub(super) fn ready(&mut self) -> Option<&mut Entry> {
        let holds = JobStatus::PAUSED
            | JobStatus::ERROR
            | JobStatus::SPOOLING
            | JobStatus::PRINTED
            | JobStatus::DELETING;
        if self.kept.paused {
            return None;
        }
        self.jobs.iter_mut().find(|entry| entry.claim.is_none() && !entry.job.status.intersects(holds))
    }

    pub(super) fn view(&self) -> Printer {
        let waiting = self.jobs.iter().filter(|entry| !entry.job.status.is_over()).count();
        let state = match &self.fault {
            _ if self.kept.paused => PrinterState::Paused,
            Some(fault) => PrinterState::Error(fault.clone()),
            None => PrinterState::Ready,
        };
        Printer {
            definition: Arc::clone(&self.definition),
            state,
            fault: self.fault.clone(),
            jobs: u32::try_from(waiting).unwrap_or(u32::MAX),
            changes: self.changes,
            printed: self.printed,
        }
    }
}

impl Entry {
    /// Takes the job away from whoever prints it; whether somebody does.
    pub(super) fn revoke(&self) -> bool {
        self.claim.as_ref().is_some_and(|hold| {
            hold.revoke.send_replace(true);
            true
        })
    }
}

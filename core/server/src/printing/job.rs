use bitflags::bitflags;
use lanward_nt::{FileTime, NtString, Sid};
use std::fmt;
use std::net::IpAddr;

/// Names a job among all of the server's; never 0. Ids of jobs that are gone come again only after all others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u32);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

bitflags! {
    /// [MS-RPRN] 2.2.3.12 Job Status Values. A job without any waits for its turn.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct JobStatus: u32 {
        /// JOB_STATUS_PAUSED: somebody holds it.
        const PAUSED = 0x0001;
        /// JOB_STATUS_ERROR: see [`Job::status_text`].
        const ERROR = 0x0002;
        /// JOB_STATUS_DELETING: it is taken away from whoever prints it.
        const DELETING = 0x0004;
        /// JOB_STATUS_SPOOLING: its client is still sending it.
        const SPOOLING = 0x0008;
        /// JOB_STATUS_PRINTING
        const PRINTING = 0x0010;
        /// JOB_STATUS_OFFLINE
        const OFFLINE = 0x0020;
        /// JOB_STATUS_PAPEROUT
        const PAPEROUT = 0x0040;
        /// JOB_STATUS_PRINTED
        const PRINTED = 0x0080;
        /// JOB_STATUS_DELETED
        const DELETED = 0x0100;
        /// JOB_STATUS_BLOCKED_DEVQ
        const BLOCKED_DEVQ = 0x0200;
        /// JOB_STATUS_USER_INTERVENTION
        const USER_INTERVENTION = 0x0400;
        /// JOB_STATUS_RESTART
        const RESTART = 0x0800;
        /// JOB_STATUS_COMPLETE: the printer has all of it.
        const COMPLETE = 0x1000;
    }
}

impl JobStatus {
    /// Whether there is nothing more to do: the job is only kept to be seen.
    #[must_use]
    pub const fn is_over(self) -> bool {
        self.intersects(Self::PRINTED.union(Self::COMPLETE))
    }
}

/// A job at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Which it is.
    pub id: JobId,
    /// The printer it is for, by its name.
    pub printer: NtString,
    /// What its client calls it.
    pub document: NtString,
    /// What somebody wrote to it (JobComment of [MS-RAP]); empty at first.
    pub comment: NtString,
    /// How its bytes are to be read: `RAW`, unless the client or the printer says something else.
    pub datatype: NtString,
    /// The account that printed it.
    pub owner: NtString,
    /// The domain of the account.
    pub owner_domain: NtString,
    /// Who that is.
    pub owner_sid: Sid,
    /// What the owner's computer calls itself; its address where it did not say.
    pub client: NtString,
    /// Where it came from; `None` from this machine.
    pub address: Option<IpAddr>,
    /// When it was begun.
    pub submitted: FileTime,
    /// Bytes of it that are here.
    pub bytes: u64,
    /// Pages, if somebody has told; otherwise 0.
    pub pages: u32,
    /// Bytes of it the printer has got.
    pub bytes_printed: u64,
    /// Pages that came out, if somebody has told.
    pub pages_printed: u32,
    /// From 1 to 99; higher ones come first.
    pub priority: u32,
    /// Its place among the jobs of its printer, from 1.
    pub position: u32,
    /// What becomes of it.
    pub status: JobStatus,
    /// What is wrong, where something is.
    pub status_text: String,
    /// When it was over.
    pub finished: Option<FileTime>,
}

/// What is to be printed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// What it is called; an empty name becomes `Remote Downlevel Document`, as clients of old know it. At most 255 characters are kept.
    pub name: NtString,
    /// How its bytes are to be read; `None` for the printer's own datatype.
    pub datatype: Option<NtString>,
    /// From 1 to 99; `None` for the printer's own.
    pub priority: Option<u32>,
}

/// What is to be different about a job; what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JobChange {
    /// [`Job::document`]
    pub document: Option<NtString>,
    /// [`Job::comment`]
    pub comment: Option<NtString>,
    /// [`Job::datatype`]
    pub datatype: Option<NtString>,
    /// [`Job::priority`]: the job goes behind those with the same.
    pub priority: Option<u32>,
    /// [`Job::position`]: others make room. For operators only.
    pub position: Option<u32>,
}

impl JobStatus {
    /// Whether all of it is here and nobody takes it away.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        !self.intersects(Self::SPOOLING.union(Self::DELETING))
    }
}

impl Job {
    /// The job as one that nobody prints now.
    #[must_use]
    pub fn waiting(self) -> Self {
        if self.status.is_over() {
            return self;
        }
        let status = self.status & JobStatus::PAUSED;
        Self { status, status_text: String::new(), bytes_printed: 0, pages_printed: 0, ..self }
    }
}

//! Jobs and printers as they are written down.

use lanward_nt::{FileTime, NtString, Sid};
use lanward_server::{Job, JobId, JobStatus, KeptPrinter};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A whole job.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct KeptJob {
    id: u32,
    printer: String,
    document: String,
    comment: String,
    datatype: String,
    owner: String,
    owner_domain: String,
    owner_authority: u64,
    owner_sid: Vec<u32>,
    client: String,
    address: Option<IpAddr>,
    submitted: u64,
    pub(crate) bytes: u64,
    pages: u32,
    priority: u32,
    status: u32,
    status_text: String,
    finished: Option<u64>,
}

impl KeptJob {
    pub(crate) fn of(job: &Job) -> Self {
        let text = NtString::to_string_lossy;
        // What it is at this moment means nothing to who reads this.
        let lasting = JobStatus::PAUSED | JobStatus::ERROR | JobStatus::PRINTED | JobStatus::COMPLETE;
        Self {
            id: job.id.0,
            printer: text(&job.printer),
            document: text(&job.document),
            comment: text(&job.comment),
            datatype: text(&job.datatype),
            owner: text(&job.owner),
            owner_domain: text(&job.owner_domain),
            owner_authority: job.owner_sid.authority(),
            owner_sid: job.owner_sid.sub_authorities().to_vec(),
            client: text(&job.client),
            address: job.address,
            submitted: job.submitted.0,
            bytes: job.bytes,
            pages: job.pages,
            priority: job.priority,
            status: (job.status & lasting).bits(),
            status_text: job.status_text.clone(),
            finished: job.finished.map(|time| time.0),
        }
    }

    pub(crate) fn job(self) -> Job {
        let status = JobStatus::from_bits_truncate(self.status);
        Job {
            id: JobId(self.id),
            printer: self.printer.as_str().into(),
            document: self.document.as_str().into(),
            comment: self.comment.as_str().into(),
            datatype: self.datatype.as_str().into(),
            owner: self.owner.as_str().into(),
            owner_domain: self.owner_domain.as_str().into(),
            owner_sid: Sid::new(self.owner_authority, &self.owner_sid),
            client: self.client.as_str().into(),
            address: self.address,
            submitted: FileTime(self.submitted),
            bytes: self.bytes,
            pages: self.pages,
            bytes_printed: if status.is_over() { self.bytes } else { 0 },
            pages_printed: 0,
            priority: self.priority,
            position: 0,
            status,
            status_text: self.status_text,
            finished: self.finished.map(FileTime),
        }
    }
}

/// What is remembered of a printer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct KeptState {
    pub(crate) name: String,
    paused: bool,
    comment: Option<String>,
    location: Option<String>,
}

impl KeptState {
    pub(crate) fn of(printer: &KeptPrinter) -> Self {
        let text = |text: &Option<NtString>| text.as_ref().map(NtString::to_string_lossy);
        Self {
            name: printer.name.to_string_lossy(),
            paused: printer.paused,
            comment: text(&printer.comment),
            location: text(&printer.location),
        }
    }

    pub(crate) fn printer(self) -> KeptPrinter {
        let text = |text: Option<String>| text.map(|text| text.as_str().into());
        KeptPrinter {
            name: self.name.as_str().into(),
            paused: self.paused,
            comment: text(self.comment),
            location: text(self.location),
        }
    }
}

//! What `lanward printer` asks of a running server and is answered.

use super::{Control, Response};
use lanward_nt::{NtStatus, NtString};
use lanward_server::{
    Job, JobControl, JobId, JobStatus, Printer, PrinterControl, PrinterState, Requester, Server,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PrinterRequest {
    /// The printers.
    List,
    /// The jobs of a printer, or of all.
    Jobs(Option<String>),
    /// Its jobs wait.
    Pause(Target),
    /// They go on.
    Resume(Target),
    /// Printed from the start, once more.
    Restart(u32),
    /// A job goes.
    Cancel(u32),
    /// All jobs of a printer go.
    Purge(String),
}

/// A printer or one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Target {
    Printer(String),
    Job(u32),
}

impl PrinterRequest {
    /// Whether it changes something.
    pub(crate) const fn changes(&self) -> bool {
        !matches!(self, Self::List | Self::Jobs(_))
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PrinterAnswer {
    Printers(Vec<PrinterView>),
    Jobs(Vec<JobView>),
    Done,
}

/// A printer, for people and programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct PrinterView {
    pub(crate) name: String,
    pub(crate) share: String,
    pub(crate) to: String,
    /// `ready`, `paused` or `error`.
    pub(crate) state: String,
    /// What is wrong, paused or not.
    pub(crate) fault: Option<String>,
    pub(crate) jobs: u32,
    pub(crate) printed: u64,
    pub(crate) comment: String,
    pub(crate) location: String,
    pub(crate) driver: String,
    pub(crate) datatype: String,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct JobView {
    pub(crate) id: u32,
    pub(crate) printer: String,
    pub(crate) position: u32,
    pub(crate) user: String,
    pub(crate) client: String,
    pub(crate) document: String,
    pub(crate) datatype: String,
    pub(crate) bytes: u64,
    pub(crate) bytes_printed: u64,
    pub(crate) priority: u32,
    /// Seconds since 1970.
    pub(crate) submitted: i64,
    /// `waiting`, `spooling`, `printing`, `paused`, `error` or `printed`.
    pub(crate) state: String,
    /// What is wrong.
    pub(crate) fault: Option<String>,
}

impl Control {
    pub(super) async fn printer(&self, request: PrinterRequest) -> Response {
        match answer(&self.server, request).await {
            Ok(answer) => Response::Printer(answer),
            Err((what, NtStatus::OBJECT_NAME_NOT_FOUND)) => Response::Refused(format!("there is no {what}")),
            Err((what, NtStatus::INVALID_DEVICE_REQUEST)) => {
                Response::Refused(format!("that cannot be done with {what} as it is"))
            }
            Err((what, status)) => Response::Refused(format!("{what}: {status}")),
        }
    }
}

async fn answer(server: &Server, request: PrinterRequest) -> Result<PrinterAnswer, (String, NtStatus)> {
    let by = Requester::operator("local");
    let done = match request {
        PrinterRequest::List => {
            return Ok(PrinterAnswer::Printers(PrinterView::all(server)));
        }
        PrinterRequest::Jobs(printer) => {
            let printers = match printer {
                Some(name) => vec![NtString::from(name.as_str())],
                None => server.printers(&by).iter().map(|printer| printer.definition.name.clone()).collect(),
            };
            let mut jobs = Vec::new();
            for printer in printers {
                let of = server
                    .print_jobs(&by, &printer)
                    .map_err(|status| (named(&printer.to_string_lossy()), status))?;
                jobs.extend(of.iter().map(JobView::of));
            }
            return Ok(PrinterAnswer::Jobs(jobs));
        }
        PrinterRequest::Pause(Target::Job(id)) => job(server, &by, id, JobControl::Pause).await,
        PrinterRequest::Resume(Target::Job(id)) => job(server, &by, id, JobControl::Resume).await,
        PrinterRequest::Restart(id) => job(server, &by, id, JobControl::Restart).await,
        PrinterRequest::Cancel(id) => job(server, &by, id, JobControl::Cancel).await,
        PrinterRequest::Pause(Target::Printer(name)) => {
            queue(server, &by, &name, PrinterControl::Pause).await
        }
        PrinterRequest::Resume(Target::Printer(name)) => {
            queue(server, &by, &name, PrinterControl::Resume).await
        }
        PrinterRequest::Purge(name) => queue(server, &by, &name, PrinterControl::Purge).await,
    };
    done.map(|()| PrinterAnswer::Done)
}

fn named(printer: &str) -> String {
    format!("printer `{printer}`")
}

async fn job(
    server: &Server,
    by: &Requester,
    id: u32,
    control: JobControl,
) -> Result<(), (String, NtStatus)> {
    server.control_job(by, JobId(id), control).await.map_err(|status| (format!("job {id}"), status))
}

async fn queue(
    server: &Server,
    by: &Requester,
    name: &str,
    control: PrinterControl,
) -> Result<(), (String, NtStatus)> {
    server.control_printer(by, &name.into(), control).await.map_err(|status| (named(name), status))
}

impl PrinterView {
    /// The heads of the columns.
    pub(crate) const HEAD: &str = "PRINTER              STATE    JOBS  TO";

    /// All printers there are.
    pub(super) fn all(server: &Server) -> Vec<Self> {
        server.printers(&Requester::operator("local")).iter().map(Self::of).collect()
    }

    fn of(printer: &Printer) -> Self {
        let definition = &printer.definition;
        let state = match printer.state {
            PrinterState::Ready => "ready",
            PrinterState::Paused => "paused",
            PrinterState::Error(_) => "error",
        };
        Self {
            name: definition.name.to_string_lossy(),
            share: definition.share_name.to_string_lossy(),
            to: definition.port.to_string_lossy(),
            state: state.to_owned(),
            fault: printer.fault.clone(),
            jobs: printer.jobs,
            printed: printer.printed,
            comment: definition.comment.to_string_lossy(),
            location: definition.location.to_string_lossy(),
            driver: definition.driver.to_string_lossy(),
            datatype: definition.datatype.to_string_lossy(),
        }
    }
}

impl fmt::Display for PrinterView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, state, jobs, to, .. } = self;
        writeln!(f, "{name:<20} {state:<8} {jobs:>4}  {to}")?;
        self.fault.iter().try_for_each(|why| writeln!(f, "  {}", printable(why)))
    }
}

/// What clients and printers call things does not steer a terminal.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

impl JobView {
    fn of(job: &Job) -> Self {
        let is = |status| job.status.contains(status);
        let state = match () {
            () if job.status.is_over() => "printed",
            () if is(JobStatus::SPOOLING) => "spooling",
            () if is(JobStatus::PAUSED) => "paused",
            () if is(JobStatus::ERROR) => "error",
            () if is(JobStatus::PRINTING) => "printing",
            () => "waiting",
        };
        Self {
            id: job.id.0,
            printer: job.printer.to_string_lossy(),
            position: job.position,
            user: job.owner.to_string_lossy(),
            client: job.client.to_string_lossy(),
            document: job.document.to_string_lossy(),
            datatype: job.datatype.to_string_lossy(),
            bytes: job.bytes,
            bytes_printed: job.bytes_printed,
            priority: job.priority,
            submitted: job.submitted.to_unix().0,
            state: state.to_owned(),
            fault: Some(job.status_text.clone()).filter(|text| !text.is_empty()),
        }
    }
}

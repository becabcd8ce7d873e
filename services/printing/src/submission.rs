//! How a job gets to a printer that speaks IPP: Create-Job and Send-Document where it has them, else Print-Job (RFC 8011). An answer that is lost
//! when the whole document was sent leaves it open whether the printer has it, and it is asked before anything is sent again.

use crate::Trouble;
use crate::answer::Answer;
use crate::destination::Printer;
use crate::document::{Format, LOOK};
use crate::http::send;
use crate::ipp::{self, RemoteJob, about, add, ask, read, request};
use ::ipp::model::{DelimiterTag, JobState, Operation, StatusCode};
use ::ipp::request::IppRequestResponse;
use ::ipp::value::IppValue;
use lanward_nt::NtString;
use lanward_server::{Claim, Job};
use std::fs::File;
use std::io::{Read as _, Seek as _};

/// Longest name of a job or user there, in bytes.
const LONGEST_NAME: usize = 250;

/// Most jobs of a list that are looked through.
const MOST_JOBS: i32 = 100;

/// What the printer has of a job.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum Remote {
    /// Nothing.
    #[default]
    Nothing,
    /// It was created, and its document sent; whether that has arrived is not known.
    Created(RemoteJob),
    /// It was sent with its document; whether it has arrived is not known. Jobs up to this number were there before.
    Sent(Option<i32>),
    /// All of it.
    Taken(RemoteJob),
}

impl Remote {
    /// Has the printer give up what it has.
    pub(crate) async fn cancel(self, printer: &Printer, job: &Job) {
        match self {
            Self::Nothing => {}
            Self::Created(remote) | Self::Taken(remote) => ipp::cancel(printer, remote).await,
            Self::Sent(before) => {
                if let Ok(Some(remote)) = find(printer, job, before).await {
                    ipp::cancel(printer, remote).await;
                }
            }
        }
    }
}

/// Brings a job to the printer if it is not there.
///
/// # Errors
/// It is not there, or not known to be: `remote` says which.
pub(crate) async fn submit(
    printer: &Printer,
    claim: &Claim,
    data: File,
    remote: &mut Remote,
) -> Result<RemoteJob, Trouble> {
    if let Some(job) = look_for(printer, claim.job(), *remote).await? {
        *remote = Remote::Taken(job);
        return Ok(job);
    }
    *remote = Remote::Nothing;
    let job = if has_create(printer).await? {
        create(printer, claim, data, remote).await?
    } else {
        print_job(printer, claim, data, remote).await?
    };
    *remote = Remote::Taken(job);
    Ok(job)
}

/// The job, if the printer has all of it.
async fn look_for(printer: &Printer, job: &Job, remote: Remote) -> Result<Option<RemoteJob>, Trouble> {
    let found = match remote {
        Remote::Nothing => return Ok(None),
        Remote::Taken(known) => return Ok(Some(known)),
        Remote::Created(created) => arrived(printer, created).await?,
        Remote::Sent(before) => find(printer, job, before).await?,
    };
    let (printer, job) = (&printer.uri, job.id.0);
    match found {
        Some(_) => tracing::info!(printer, job, "The printer has a job that it did not answer for"),
        None => tracing::info!(printer, job, "The printer has nothing of a job that it did not answer for"),
    }
    Ok(found)
}

/// Whether the document of a job that was created is there. If not, the printer gives up the job.
async fn arrived(printer: &Printer, job: RemoteJob) -> Result<Option<RemoteJob>, Trouble> {
    let answer = ask(printer, about(printer, Operation::GetJobAttributes, job)?).await?;
    match answer.status {
        status if status.is_success() => {}
        StatusCode::ClientErrorNotFound => return Ok(None),
        // It forgets jobs that are over.
        StatusCode::ClientErrorGone => return Ok(Some(job)),
        status => return Err(Trouble::Later(status.to_string())),
    }
    let waits = [JobState::Pending, JobState::PendingHeld];
    let waits = waits.into_iter().any(|state| answer.number("job-state") == Some(state as i32));
    let reasons = answer.reasons();
    let missing =
        ["job-incoming", "job-data-insufficient"].into_iter().any(|reason| reasons.contains(reason));
    if waits && missing {
        ipp::cancel(printer, job).await;
        return Ok(None);
    }
    Ok(Some(job))
}

/// A job of this name and user with a number above `before`, running or over. `None` too where nothing is known of before: what is there may be another.
async fn find(printer: &Printer, job: &Job, before: Option<i32>) -> Result<Option<RemoteJob>, Trouble> {
    let Some(before) = before else { return Ok(None) };
    let is = |listed: &Listed| {
        listed.id > before
            && listed.name.as_deref().is_none_or(|name| name == cut(&job.document))
            && listed.user.as_deref().is_none_or(|user| user == cut(&job.owner))
    };
    let found = jobs(printer).await?.into_iter().filter(is).map(|listed| listed.id).max();
    Ok(found.map(RemoteJob))
}

/// A job as the printer lists it.
struct Listed {
    id: i32,
    name: Option<String>,
    user: Option<String>,
}

/// RFC 8011 4.2.6 Get-Jobs: those that are there, and those that are over.
async fn jobs(printer: &Printer) -> Result<Vec<Listed>, Trouble> {
    let mut listed = Vec::new();
    for which in ["not-completed", "completed"] {
        let mut request = request(printer, Operation::GetJobs)?;
        add(&mut request, "limit", IppValue::Integer(MOST_JOBS))?;
        let wanted = ["job-id", "job-name", "job-originating-user-name"];
        let wanted = wanted.into_iter().map(IppValue::new_keyword).collect::<Result<_, _>>();
        add(&mut request, "requested-attributes", IppValue::Array(wanted.map_err(wrong)?))?;
        add(&mut request, "which-jobs", IppValue::new_keyword(which).map_err(wrong)?)?;
        let answer = ask(printer, request.to_bytes().to_vec()).await?;
        if !answer.status.is_success() {
            return Err(Trouble::Later(answer.status.to_string()));
        }
        listed.extend(answer.groups_of(DelimiterTag::JobAttributes).filter_map(|group| {
            let text = |name: &str| group.texts(name).next().map(ToOwned::to_owned);
            let id = group.number("job-id")?;
            Some(Listed { id, name: text("job-name"), user: text("job-originating-user-name") })
        }));
    }
    Ok(listed)
}

fn wrong(error: impl std::fmt::Display) -> Trouble {
    Trouble::Never(error.to_string())
}

/// Whether the printer has Create-Job and Send-Document.
async fn has_create(printer: &Printer) -> Result<bool, Trouble> {
    const SUPPORTED: &str = "operations-supported";
    let mut request = request(printer, Operation::GetPrinterAttributes)?;
    add(&mut request, "requested-attributes", IppValue::new_keyword(SUPPORTED).map_err(wrong)?)?;
    let answer = ask(printer, request.to_bytes().to_vec()).await?;
    let group = answer.groups_of(DelimiterTag::PrinterAttributes).next();
    let has = |operation: Operation| {
        group.is_some_and(|group| group.numbers(SUPPORTED).any(|known| known == operation as i32))
    };
    Ok(has(Operation::CreateJob) && has(Operation::SendDocument))
}

/// RFC 8011 4.2.4 Create-Job and 4.3.1 Send-Document.
async fn create(
    printer: &Printer,
    claim: &Claim,
    mut data: File,
    remote: &mut Remote,
) -> Result<RemoteJob, Trouble> {
    let mut request = request(printer, Operation::CreateJob)?;
    describe(&mut request, claim.job())?;
    let job = taken(&ask(printer, request.to_bytes().to_vec()).await?)?;
    *remote = Remote::Created(job);
    let sent = async {
        let format = format_of(&mut data)?;
        let mut request = ipp::request_about(printer, Operation::SendDocument, job)?;
        add(&mut request, "document-format", format)?;
        add(&mut request, "last-document", IppValue::Boolean(true))?;
        send(printer, &request.to_bytes(), Some((claim, data))).await
    };
    let answer = match sent.await {
        Ok(mut stream) => check(&read(printer, &mut stream).await?),
        Err(trouble) => Err(trouble),
    };
    if answer.is_err() {
        // Not all of it is there, or it is not taken: it waits for nothing.
        *remote = Remote::Nothing;
        ipp::cancel(printer, job).await;
    }
    answer.map(|()| job)
}

/// RFC 8011 4.2.1 Print-Job.
async fn print_job(
    printer: &Printer,
    claim: &Claim,
    mut data: File,
    remote: &mut Remote,
) -> Result<RemoteJob, Trouble> {
    let before = jobs(printer).await.ok().map(|jobs| jobs.iter().map(|job| job.id).max().unwrap_or(0));
    let mut request = request(printer, Operation::PrintJob)?;
    describe(&mut request, claim.job())?;
    add(&mut request, "document-format", format_of(&mut data)?)?;
    let mut stream = send(printer, &request.to_bytes(), Some((claim, data))).await?;
    *remote = Remote::Sent(before);
    let answer = read(printer, &mut stream).await?;
    let job = taken(&answer);
    if job.is_err() {
        *remote = Remote::Nothing;
    }
    job
}

/// Whose job it is, and what it is called.
fn describe(request: &mut IppRequestResponse, job: &Job) -> Result<(), Trouble> {
    for (attribute, text) in [("requesting-user-name", &job.owner), ("job-name", &job.document)] {
        let name = IppValue::new_name_without_language(cut(text));
        add(request, attribute, name.map_err(wrong)?)?;
    }
    Ok(())
}

fn cut(text: &NtString) -> String {
    let mut length = 0;
    let fits = |c: &char| {
        length += c.len_utf8();
        length <= LONGEST_NAME
    };
    text.to_string_lossy().chars().take_while(fits).collect()
}

fn format_of(data: &mut File) -> Result<IppValue, Trouble> {
    let mut beginning = Vec::new();
    let looked = (&*data).take(LOOK as u64).read_to_end(&mut beginning).and_then(|_| data.rewind());
    looked.map_err(|error| Trouble::later("the spool", error))?;
    let format = Format::of(&beginning).media_type().to_owned().try_into();
    format.map(IppValue::MimeMediaType).map_err(wrong)
}

/// The job that an answer is about.
fn taken(answer: &Answer) -> Result<RemoteJob, Trouble> {
    check(answer)?;
    // Whatever it did with it: again it would do the same.
    let unknown = || Trouble::Never("the printer took it and tells no job-id".to_owned());
    answer.number("job-id").map(RemoteJob).ok_or_else(unknown)
}

fn check(answer: &Answer) -> Result<(), Trouble> {
    match answer.status {
        status if status.is_success() => Ok(()),
        // It looked at the document: the next time it is the same.
        status @ (StatusCode::ClientErrorDocumentFormatNotSupported
        | StatusCode::ClientErrorDocumentFormatError
        | StatusCode::ClientErrorRequestEntityTooLong
        | StatusCode::ClientErrorAttributesOrValuesNotSupported) => Err(Trouble::Never(status.to_string())),
        status => Err(Trouble::Later(status.to_string())),
    }
}

//! A printer that speaks IPP (RFC 8011): once it has a job, Get-Job-Attributes until that is over, and Cancel-Job for one that is given up.

use crate::Trouble;
use crate::answer::Answer;
use crate::destination::Printer;
use crate::http;
use crate::submission::{Remote, submit};
use ::ipp::attribute::IppAttribute;
use ::ipp::model::{DelimiterTag, IppVersion, JobState, Operation, StatusCode};
use ::ipp::request::IppRequestResponse;
use ::ipp::value::{IppString, IppValue};
use lanward_server::Claim;
use std::fs::File;
use std::time::Duration;
use tokio::net::TcpStream;

/// Between two looks at a job: the first, and the longest.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LONGEST_LOOK: Duration = Duration::from_secs(10);

/// Looks in vain after which the printer is taken to be away, for a while.
const MISSES: u32 = 3;

/// The job as the printer numbers it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RemoteJob(pub(crate) i32);

/// Prints a job; one that the printer has already (`remote`) is only looked after. What it is there is left in `remote`, for who gives it up.
pub(crate) async fn print(
    printer: &Printer,
    claim: &Claim,
    data: File,
    remote: &mut Remote,
) -> Result<(), Trouble> {
    let job = submit(printer, claim, data, remote).await?;
    let followed = follow(printer, claim, job).await;
    if matches!(followed, Err(Trouble::Never(_))) {
        *remote = Remote::Nothing;
    }
    followed
}

/// Waits until a job is over.
async fn follow(printer: &Printer, claim: &Claim, job: RemoteJob) -> Result<(), Trouble> {
    let (mut pause, mut misses) = (FIRST_LOOK, 0);
    loop {
        let answer = match ask(printer, about(printer, Operation::GetJobAttributes, job)?).await {
            Ok(answer) => answer,
            Err(trouble) if misses + 1 >= MISSES => return Err(trouble),
            Err(_) => {
                misses += 1;
                tokio::time::sleep(pause).await;
                continue;
            }
        };
        misses = 0;
        match answer.status {
            status if status.is_success() => {}
            // It forgets jobs that are over, or never tells of any.
            StatusCode::ClientErrorNotFound
            | StatusCode::ClientErrorGone
            | StatusCode::ServerErrorOperationNotSupported => return Ok(()),
            status => return Err(Trouble::Later(status.to_string())),
        }
        let sheets = answer.number("job-impressions-completed").and_then(|pages| u32::try_from(pages).ok());
        claim.progress(claim.job().bytes, sheets);
        let state = answer.number("job-state");
        let is = |known: JobState| state == Some(known as i32);
        if is(JobState::Completed) || state.is_none() {
            return Ok(());
        }
        if is(JobState::Canceled) || is(JobState::Aborted) {
            return Err(Trouble::Never(format!("the printer gave it up: {}", answer.reasons())));
        }
        let stopped = is(JobState::ProcessingStopped);
        claim.trouble(stopped.then(|| format!("stopped: {}", answer.reasons())).as_deref());
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST_LOOK);
    }
}

/// Has the printer give a job up. That it does not hear of it changes nothing here.
pub(crate) async fn cancel(printer: &Printer, job: RemoteJob) {
    let Ok(request) = about(printer, Operation::CancelJob, job) else { return };
    if let Err(trouble) = ask(printer, request).await {
        tracing::warn!(printer = printer.uri, ?trouble, "a cancelled job may still be printed");
    }
}

pub(crate) fn request(printer: &Printer, operation: Operation) -> Result<IppRequestResponse, Trouble> {
    let wrong = |error: &dyn std::fmt::Display| Trouble::Later(format!("{}: {error}", printer.uri));
    let mut request =
        IppRequestResponse::new(IppVersion::v1_1(), operation, None).map_err(|error| wrong(&error))?;
    let uri = IppString::new(printer.uri.clone()).map_err(|error| wrong(&error))?;
    add(&mut request, "printer-uri", IppValue::Uri(uri))?;
    Ok(request)
}

pub(crate) fn about(printer: &Printer, operation: Operation, job: RemoteJob) -> Result<Vec<u8>, Trouble> {
    Ok(request_about(printer, operation, job)?.to_bytes().to_vec())
}

/// A request about a job, to which more is added.
pub(crate) fn request_about(
    printer: &Printer,
    operation: Operation,
    job: RemoteJob,
) -> Result<IppRequestResponse, Trouble> {
    let mut request = request(printer, operation)?;
    add(&mut request, "job-id", IppValue::Integer(job.0))?;
    let name = IppValue::new_name_without_language("lanward");
    add(&mut request, "requesting-user-name", name.map_err(|error| Trouble::Later(error.to_string()))?)?;
    Ok(request)
}

pub(crate) fn add(request: &mut IppRequestResponse, name: &str, value: IppValue) -> Result<(), Trouble> {
    let attribute =
        IppAttribute::with_name(name, value).map_err(|error| Trouble::Never(error.to_string()))?;
    request.attributes_mut().add(DelimiterTag::OperationAttributes, attribute);
    Ok(())
}

/// Asks what needs no document.
pub(crate) async fn ask(printer: &Printer, request: Vec<u8>) -> Result<Answer, Trouble> {
    read(printer, &mut http::send(printer, &request, None).await?).await
}

/// Reads what the printer answers on a connection by which it was asked.
pub(crate) async fn read(printer: &Printer, stream: &mut TcpStream) -> Result<Answer, Trouble> {
    let body = http::answer(printer, stream).await?;
    Answer::parse(&body).ok_or_else(|| Trouble::later("the printer's answer", "it is no IPP"))
}

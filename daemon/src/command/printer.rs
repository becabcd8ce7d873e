//! `lanward printer`

use super::state::Which as Server;
use crate::control::{
    JobView, PrinterAnswer, PrinterRequest, PrinterView, Request, Response, Target, ask, printable,
};
use crate::exit::Refused;
use anyhow::Result;
use clap::{Args, Subcommand};
use std::io::{Write, stdout};
use std::path::Path;

/// Show printers and their jobs, and pause, resume, restart and cancel them
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Server,
    /// Print JSON
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the printers
    List,
    /// Show a printer and its jobs
    Show(Named),
    /// List jobs
    Jobs {
        /// Of this printer; of all when it is left out
        printer: Option<String>,
    },
    /// Let a printer's jobs wait, or one job
    Pause(Meant),
    /// Let them go on
    Resume(Meant),
    /// Print a job from its start, also one that was printed and is still kept
    Restart(JobNumber),
    /// Take a job away
    Cancel(JobNumber),
    /// Take all jobs of a printer away
    Purge(Named),
}

#[derive(Debug, Args)]
struct Named {
    /// The printer, or its share
    printer: String,
}

#[derive(Debug, Args)]
struct JobNumber {
    /// The job, as the list shows it
    #[arg(value_name = "JOB")]
    job: u32,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Meant {
    /// The printer, or its share
    printer: Option<String>,
    /// The job, as the list shows it
    #[arg(long)]
    job: Option<u32>,
}

impl Meant {
    fn target(&self) -> Target {
        match (&self.printer, self.job) {
            (_, Some(job)) => Target::Job(job),
            (printer, None) => Target::Printer(printer.clone().unwrap_or_default()),
        }
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let state = options.which.state_dir()?;
    let request = match &options.action {
        Action::List => PrinterRequest::List,
        Action::Show(Named { printer }) => return show(options, &state, printer),
        Action::Jobs { printer } => PrinterRequest::Jobs(printer.clone()),
        Action::Pause(meant) => PrinterRequest::Pause(meant.target()),
        Action::Resume(meant) => PrinterRequest::Resume(meant.target()),
        Action::Restart(JobNumber { job }) => PrinterRequest::Restart(*job),
        Action::Cancel(JobNumber { job }) => PrinterRequest::Cancel(*job),
        Action::Purge(Named { printer }) => PrinterRequest::Purge(printer.clone()),
    };
    let mut out = stdout().lock();
    match asked(&state, request)? {
        PrinterAnswer::Printers(printers) if options.json => {
            writeln!(out, "{}", serde_json::to_string_pretty(&printers)?)?;
        }
        PrinterAnswer::Printers(printers) => {
            writeln!(out, "{}", PrinterView::HEAD)?;
            printers.iter().try_for_each(|printer| write!(out, "{printer}"))?;
        }
        PrinterAnswer::Jobs(jobs) if options.json => {
            writeln!(out, "{}", serde_json::to_string_pretty(&jobs)?)?;
        }
        PrinterAnswer::Jobs(jobs) => list(&jobs, &mut out)?,
        PrinterAnswer::Done if options.json => writeln!(out, "{{}}")?,
        PrinterAnswer::Done => {}
    }
    Ok(())
}

fn asked(state: &Path, request: PrinterRequest) -> Result<PrinterAnswer> {
    match ask(state, &Request::Printer(request))? {
        Response::Printer(answer) => Ok(answer),
        _ => Err(Refused::Unavailable("the server answered something else".to_owned()).into()),
    }
}

fn show(options: &Options, state: &Path, name: &str) -> Result<()> {
    let jobs = match asked(state, PrinterRequest::Jobs(Some(name.to_owned())))? {
        PrinterAnswer::Jobs(jobs) => jobs,
        _ => Vec::new(),
    };
    let printers = match asked(state, PrinterRequest::List)? {
        PrinterAnswer::Printers(printers) => printers,
        _ => Vec::new(),
    };
    let meant = |printer: &PrinterView| {
        [&printer.name, &printer.share].iter().any(|known| known.to_lowercase() == name.to_lowercase())
    };
    let printer = printers.into_iter().find(meant);
    let printer = printer.ok_or_else(|| Refused::User(format!("there is no printer `{name}`")))?;
    let mut out = stdout().lock();
    if options.json {
        let both = serde_json::json!({ "printer": printer, "jobs": jobs });
        writeln!(out, "{}", serde_json::to_string_pretty(&both)?)?;
        return Ok(());
    }
    let fault = printer.fault.unwrap_or_default();
    let printed = printer.printed.to_string();
    let lines = [
        ("Printer", &printer.name),
        ("Share", &printer.share),
        ("Prints to", &printer.to),
        ("State", &printer.state),
        ("Trouble", &fault),
        ("Comment", &printer.comment),
        ("Location", &printer.location),
        ("Driver", &printer.driver),
        ("Datatype", &printer.datatype),
        ("Jobs printed", &printed),
    ];
    for (label, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(out, "{label:<14} {value}")?;
    }
    if !jobs.is_empty() {
        writeln!(out)?;
        list(&jobs, &mut out)?;
    }
    Ok(())
}

fn list(jobs: &[JobView], out: &mut impl Write) -> Result<()> {
    writeln!(out, "  JOB  PRINTER         USER             STATE         BYTES  DOCUMENT")?;
    for JobView { id, printer, user, state, bytes, document, fault, .. } in jobs {
        writeln!(out, "{id:>5}  {printer:<15} {user:<16} {state:<9} {bytes:>9}  {}", printable(document))?;
        fault.iter().try_for_each(|why| writeln!(out, "       {}", printable(why)))?;
    }
    Ok(())
}

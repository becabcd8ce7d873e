//! [MS-RAP] 3.2.5.4 to 3.2.5.10: the server's printers and jobs, in the words of LAN Manager.

use super::RapCall;
use super::answer::{Answer, count, name, text, word};
use crate::win32;
use lanward_nt::{NtStatus, NtString};
use lanward_server::{
    Job, JobChange, JobControl, JobId, JobStatus, Printer, PrinterControl, PrinterState, Requester,
};
use lanward_smb1::rap::{Descriptor, Field, Parameter, opcode as op, structures};

/// NERR_QNotFound, NERR_JobNotFound, NERR_DestNotFound and NERR_JobInvalidState
const QUEUE_NOT_FOUND: u32 = 2150;
const JOB_NOT_FOUND: u32 = 2151;
const DESTINATION_NOT_FOUND: u32 = 2152;
const JOB_INVALID_STATE: u32 = 2164;

/// JobComment, the one member of a job that can be set ([MS-RAP] 3.2.5.6).
const JOB_COMMENT: u16 = 0x0b;

/// Characters of a name in a field of its own.
const SHORT_NAME: usize = 12;

/// The priority queues have that say nothing.
const QUEUE_PRIORITY: u16 = 5;

/// What somebody asks, and as whom.
struct Asked<'a> {
    call: &'a RapCall<'a>,
    by: Requester,
}

pub(super) async fn dispatch(call: &RapCall<'_>) -> Result<Answer, u32> {
    let by = Requester::of(call.caller).map_err(|_| win32::ACCESS_DENIED)?;
    let asked = Asked { call, by };
    if let [Parameter::Text(name), ..] = call.parameters.as_slice()
        && name.units().is_empty()
    {
        return Err(win32::INVALID_PARAMETER);
    }
    match (call.opcode, call.parameters.as_slice()) {
        (op::PRINT_Q_ENUM, [Parameter::Word(level), Parameter::ReceiveLength(length)]) => {
            asked.queues(*level, *length)
        }
        (
            op::PRINT_Q_GET_INFO,
            [Parameter::Text(queue), Parameter::Word(level), Parameter::ReceiveLength(length)],
        ) => asked.queue(queue, *level, *length),
        (op::PRINT_Q_PAUSE, [Parameter::Text(queue)]) => asked.control(queue, PrinterControl::Pause).await,
        (op::PRINT_Q_CONTINUE, [Parameter::Text(queue)]) => {
            asked.control(queue, PrinterControl::Resume).await
        }
        (op::PRINT_Q_PURGE, [Parameter::Text(queue)]) => asked.control(queue, PrinterControl::Purge).await,
        (
            op::PRINT_JOB_ENUM,
            [Parameter::Text(queue), Parameter::Word(level), Parameter::ReceiveLength(length)],
        ) => asked.jobs(queue, *level, *length),
        (
            op::PRINT_JOB_GET_INFO,
            [Parameter::Word(job), Parameter::Word(level), Parameter::ReceiveLength(length)],
        ) => asked.job(*job, *level, *length),
        (op::PRINT_JOB_DELETE, [Parameter::Word(job)]) => asked.control_job(*job, JobControl::Cancel).await,
        (op::PRINT_JOB_PAUSE, [Parameter::Word(job)]) => asked.control_job(*job, JobControl::Pause).await,
        (op::PRINT_JOB_CONTINUE, [Parameter::Word(job)]) => asked.control_job(*job, JobControl::Resume).await,
        (
            op::PRINT_JOB_SET_INFO,
            [Parameter::Word(job), Parameter::Word(level), _, Parameter::Member(member)],
        ) => asked.set_job(*job, *level, *member).await,
        (op::PRINT_DEST_ENUM, [Parameter::Word(level), Parameter::ReceiveLength(length)]) => {
            asked.destinations(*level, *length)
        }
        (
            op::PRINT_DEST_GET_INFO,
            [Parameter::Text(destination), Parameter::Word(level), Parameter::ReceiveLength(length)],
        ) => asked.destination(destination, *level, *length),
        _ => Err(win32::NOT_SUPPORTED),
    }
}

/// A structure and what is in it.
type Row = (Descriptor<'static>, Vec<Field>);

impl Asked<'_> {
    /// [MS-RAP] 3.2.5.4 NetPrintQEnum
    fn queues(&self, level: u16, length: u16) -> Result<Answer, u32> {
        let descriptor = structures::print_queue(level).ok_or(win32::INVALID_LEVEL)?;
        let printers = self.call.caller.server.printers(&self.by).into_iter();
        // 2.5.7.8: "If the name of the PrintQueue is longer than 13 bytes, it MUST NOT be included in the enumeration."
        let fits = |p: &Printer| level > 2 || p.definition.share_name.units().len() <= SHORT_NAME;
        let rows = printers.filter(fits).map(|printer| self.queue_rows(&printer, level, descriptor));
        Ok(self.call.list_of(length, rows))
    }

    /// [MS-RAP] 3.2.5.5 NetPrintQGetInfo
    fn queue(&self, queue: &NtString, level: u16, length: u16) -> Result<Answer, u32> {
        let descriptor = structures::print_queue(level).ok_or(win32::INVALID_LEVEL)?;
        let printer = self.call.caller.server.printer(&self.by, queue).map_err(of_queue)?;
        Ok(self.call.one_of(length, &self.queue_rows(&printer, level, descriptor)))
    }

    /// PrintQueue0 to PrintQueue5, and the jobs that come with two of them.
    fn queue_rows(&self, printer: &Printer, level: u16, descriptor: Descriptor<'static>) -> Vec<Row> {
        let jobs = self.call.caller.server.print_jobs(&self.by, &printer.definition.name).unwrap_or_default();
        let mut rows = vec![(descriptor, queue_fields(printer, level, jobs.len()))];
        let with_jobs = match level {
            2 => structures::print_job(1).map(|descriptor| (descriptor, 1)),
            4 => structures::print_job(2).map(|descriptor| (descriptor, 2)),
            _ => None,
        };
        if let Some((descriptor, level)) = with_jobs {
            rows.extend(jobs.iter().map(|job| (descriptor, job_fields(printer, job, level))));
        }
        rows
    }

    async fn control(&self, queue: &NtString, control: PrinterControl) -> Result<Answer, u32> {
        let done = self.call.caller.server.control_printer(&self.by, queue, control).await;
        done.map(|()| Answer::status(win32::SUCCESS)).map_err(of_queue)
    }

    fn jobs(&self, queue: &NtString, level: u16, length: u16) -> Result<Answer, u32> {
        let descriptor = structures::print_job(level).ok_or(win32::INVALID_LEVEL)?;
        let server = &self.call.caller.server;
        let printer = server.printer(&self.by, queue).map_err(of_queue)?;
        let jobs = server.print_jobs(&self.by, queue).map_err(of_queue)?;
        let rows = jobs.iter().map(|job| job_fields(&printer, job, level));
        Ok(self.call.list(descriptor, length, rows))
    }

    /// [MS-RAP] 3.2.5.7 NetPrintJobGetInfo
    fn job(&self, job: u16, level: u16, length: u16) -> Result<Answer, u32> {
        let descriptor = structures::print_job(level).ok_or(win32::INVALID_LEVEL)?;
        let server = &self.call.caller.server;
        let job = server.print_job(&self.by, JobId(job.into())).map_err(of_job)?;
        let printer = server.printer(&self.by, &job.printer).map_err(of_job)?;
        Ok(self.call.one(descriptor, length, &job_fields(&printer, &job, level)))
    }

    /// [MS-RAP] 3.2.5.8 NetPrintJobDelete, 3.2.5.9 NetPrintJobPause and 3.2.5.10 NetPrintJobContinue
    async fn control_job(&self, job: u16, control: JobControl) -> Result<Answer, u32> {
        let done = self.call.caller.server.control_job(&self.by, JobId(job.into()), control).await;
        done.map(|()| Answer::status(win32::SUCCESS)).map_err(of_job)
    }

    /// [MS-RAP] 3.2.5.6 NetPrintJobSetInfo: what is called a comment is the document's name.
    async fn set_job(&self, job: u16, level: u16, member: u16) -> Result<Answer, u32> {
        match (level, member) {
            (1, JOB_COMMENT) => {}
            (1 | 3, _) => return Err(win32::NOT_SUPPORTED),
            _ => return Err(win32::INVALID_LEVEL),
        }
        let change = JobChange { document: Some(self.call.sent_text()), ..JobChange::default() };
        let done = self.call.caller.server.change_job(&self.by, JobId(job.into()), change).await;
        done.map(|()| Answer::status(win32::SUCCESS)).map_err(of_job)
    }

    /// NetPrintDestEnum of LAN Manager: each printer is its own destination.
    fn destinations(&self, level: u16, length: u16) -> Result<Answer, u32> {
        let descriptor = structures::print_destination(level).ok_or(win32::INVALID_LEVEL)?;
        let printers = self.call.caller.server.printers(&self.by).into_iter();
        Ok(self.call.list(descriptor, length, printers.map(|printer| destination_fields(&printer, level))))
    }

    fn destination(&self, destination: &NtString, level: u16, length: u16) -> Result<Answer, u32> {
        let descriptor = structures::print_destination(level).ok_or(win32::INVALID_LEVEL)?;
        let printer = self.call.caller.server.printer(&self.by, destination);
        let printer = printer.map_err(|status| of(status, DESTINATION_NOT_FOUND))?;
        Ok(self.call.one(descriptor, length, &destination_fields(&printer, level)))
    }
}

/// PRQ_ACTIVE, PRQ_PAUSE and PRQ_ERROR
const fn queue_status(printer: &Printer) -> u16 {
    match printer.state {
        PrinterState::Ready => 0,
        PrinterState::Paused => 1,
        PrinterState::Error(_) => 2,
    }
}

/// [MS-RAP] 2.5.7.8.1 to 2.5.7.8.4
fn queue_fields(printer: &Printer, level: u16, jobs: usize) -> Vec<Field> {
    let definition = &printer.definition;
    let string = |text: &NtString| Field::Text(text.clone());
    let (status, jobs) = (Field::Word(queue_status(printer)), Field::Word(count(jobs)));
    let times = [Field::Word(QUEUE_PRIORITY), Field::Word(0), Field::Word(0)];
    let processor = [text(None), Field::Text("WinPrint".into())];
    match level {
        0 => vec![name(Some(definition.share_name.clone()))],
        1 | 2 => {
            let mut fields = vec![name(Some(definition.share_name.clone())), Field::Byte(0)];
            fields.extend(times);
            fields.extend(processor);
            fields.extend([string(&definition.share_name), text(None), string(&definition.comment)]);
            fields.extend([status, jobs]);
            fields
        }
        3 | 4 => {
            let mut fields = vec![string(&definition.share_name)];
            fields.extend(times);
            fields.push(Field::Word(0));
            fields.extend(processor);
            fields.extend([text(None), string(&definition.comment), status, jobs]);
            fields.extend([string(&definition.share_name), string(&definition.driver), Field::Null]);
            fields
        }
        _ => vec![string(&definition.share_name)],
    }
}

/// [MS-RAP] 2.5.7.8.6 and 3.2.5.7.1
fn job_status(job: &Job) -> u16 {
    const QUEUED: u16 = 0;
    const PAUSED: u16 = 1;
    const SPOOLING: u16 = 2;
    const PRINTING: u16 = 3;
    const ERROR: u16 = 0x10;
    let error = if job.status.contains(JobStatus::ERROR) { ERROR } else { 0 };
    let state = match job.status {
        status if status.contains(JobStatus::SPOOLING) => SPOOLING,
        status if status.contains(JobStatus::PAUSED) => PAUSED,
        status if status.contains(JobStatus::PRINTING) => PRINTING,
        _ => QUEUED,
    };
    state | error
}

/// [MS-RAP] 2.5.7.8.5 to 2.5.7.8.8
fn job_fields(printer: &Printer, job: &Job, level: u16) -> Vec<Field> {
    let id = Field::Word(word(job.id.0));
    let string = |text: &NtString| Field::Text(text.clone());
    let submitted = u32::try_from(job.submitted.to_unix().0).unwrap_or(u32::MAX);
    let size = u32::try_from(job.bytes).unwrap_or(u32::MAX);
    let place = [Field::Word(word(job.position)), Field::Word(job_status(job))];
    let (submitted, size) = (Field::Dword(submitted), Field::Dword(size));
    let status = Field::Text(job.status_text.as_str().into());
    if level == 0 {
        return vec![id];
    }
    if level == 1 {
        let notified = || name(Some(job.owner.clone()));
        let mut fields = vec![id, notified(), Field::Byte(0), notified(), name(Some(job.datatype.clone()))];
        fields.push(text(None));
        fields.extend(place);
        fields.extend([status, submitted, size, string(&job.document)]);
        return fields;
    }
    let mut fields = vec![id, Field::Word(word(job.priority)), string(&job.owner)];
    fields.extend(place);
    fields.extend([submitted, size, string(&job.document), string(&job.document)]);
    if level == 3 {
        let definition = &printer.definition;
        fields.extend([string(&job.owner), string(&job.datatype), text(None), status]);
        fields.extend([string(&definition.share_name), Field::Text("WinPrint".into()), text(None)]);
        fields.extend([string(&definition.driver), Field::Null, string(&definition.name)]);
    }
    fields
}

/// PRDINFO of LAN Manager
fn destination_fields(printer: &Printer, level: u16) -> Vec<Field> {
    let definition = &printer.definition;
    let string = |text: &NtString| Field::Text(text.clone());
    let state =
        [Field::Word(0), Field::Word(queue_status(printer)), text(printer.fault.as_deref().map(Into::into))];
    match level {
        0 => vec![name(Some(definition.share_name.clone()))],
        1 => {
            let mut fields = vec![name(Some(definition.share_name.clone())), name(None)];
            fields.extend(state);
            fields.push(Field::Word(0));
            fields
        }
        2 => vec![string(&definition.share_name)],
        _ => {
            let mut fields = vec![string(&definition.share_name), text(None), string(&definition.port)];
            fields.extend(state);
            fields.extend([string(&definition.comment), string(&definition.driver)]);
            fields.extend([Field::Word(0), Field::Word(0)]);
            fields
        }
    }
}

fn of_queue(status: NtStatus) -> u32 {
    of(status, QUEUE_NOT_FOUND)
}

fn of_job(status: NtStatus) -> u32 {
    match status {
        NtStatus::INVALID_DEVICE_REQUEST => JOB_INVALID_STATE,
        status => of(status, JOB_NOT_FOUND),
    }
}

fn of(status: NtStatus, not_found: u32) -> u32 {
    if status == NtStatus::OBJECT_NAME_NOT_FOUND { not_found } else { win32::of_status(status) }
}

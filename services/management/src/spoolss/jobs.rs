//! Jobs ([MS-RPRN] 3.1.4.3).

use super::buffer::{Answer, answer};
use super::open::{Object, Opened, check_datatype, find, printer_named};
use super::{PRINT_PROCESSOR, error};
use crate::call::Call;
use crate::operations::Refusal;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::WideString;
use lanward_rpc::spoolss::{
    AddJobRequest, AddJobResponse, EnumJobsRequest, EnumJobsResponse, GetJobRequest, GetJobResponse,
    Info as _, JobInfo, JobLevel, Packed, ScheduleJobRequest, ScheduleJobResponse, SetJobRequest,
    SetJobResponse,
};
use lanward_server::{Job, JobChange, JobControl, JobId, Printer, Requester};

/// [MS-RPRN] 3.1.4.3.2 RpcGetJob
pub(super) fn job(call: &Call<'_>, request: GetJobRequest) -> Result<GetJobResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let packed = packed_job(call, &opened, request.job, request.level);
    let Answer { buffer, needed, status, .. } = answer(request.buffer, request.size, packed)?;
    Ok(GetJobResponse { buffer, needed, status })
}

fn packed_job(call: &Call<'_>, opened: &Opened, id: u32, level: u32) -> Result<Packed, u32> {
    let by = Requester::of(call.caller).map_err(win32::of_status)?;
    let job = opened.job(call, &by, id)?;
    if !JobInfo::has_level(level) {
        return Err(win32::INVALID_LEVEL);
    }
    let (by, printer) = printer_named(call, &job.printer)?;
    let jobs = call.caller.server.print_jobs(&by, &job.printer).map_err(error::of_job)?;
    let next = jobs.iter().skip_while(|other| other.id != job.id).nth(1).map(|next| next.id);
    Ok(Packed::of(level, [information(opened, &printer, job, next)]))
}

/// [MS-RPRN] 3.1.4.3.3 RpcEnumJobs
pub(super) fn jobs(call: &Call<'_>, request: EnumJobsRequest) -> Result<EnumJobsResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let packed = packed_jobs(call, &opened, &request);
    let Answer { buffer, needed, returned, status } = answer(request.buffer, request.size, packed)?;
    Ok(EnumJobsResponse { buffer, needed, returned, status })
}

fn packed_jobs(call: &Call<'_>, opened: &Opened, request: &EnumJobsRequest) -> Result<Packed, u32> {
    let open = opened.printer()?;
    if !JobInfo::has_level(request.level) {
        return Err(win32::INVALID_LEVEL);
    }
    let (by, printer) = printer_named(call, &open.name)?;
    let jobs = call.caller.server.print_jobs(&by, &open.name).map_err(error::of_open)?;
    let next: Vec<Option<JobId>> = jobs.iter().skip(1).map(|job| Some(job.id)).chain([None]).collect();
    let asked = jobs.into_iter().zip(next).skip(request.first as usize).take(request.count as usize);
    let entries = asked.map(|(job, next)| information(opened, &printer, job, next));
    Ok(Packed::of(request.level, entries))
}

fn information(opened: &Opened, printer: &Printer, job: Job, next: Option<JobId>) -> JobInfo {
    let machine = NtString([&[u16::from(b'\\'); 2], job.client.units()].concat());
    JobInfo {
        id: job.id.0,
        printer: Some(opened.qualified(&job.printer)),
        machine: Some(machine),
        user: Some(job.owner.clone()),
        document: Some(job.document),
        notify: Some(job.owner),
        datatype: Some(job.datatype),
        print_processor: Some(PRINT_PROCESSOR.into()),
        parameters: Some(NtString::default()),
        driver: Some(printer.definition.driver.clone()),
        devmode: None,
        status_text: (!job.status_text.is_empty()).then(|| job.status_text.as_str().into()),
        descriptor: None,
        status: job.status.bits(),
        priority: job.priority,
        position: job.position,
        start_time: 0,
        until_time: 0,
        total_pages: job.pages,
        size: job.bytes,
        submitted: job.submitted.into(),
        time: 0,
        pages_printed: job.pages_printed,
        next: next.map_or(0, |next| next.0),
    }
}

/// [MS-RPRN] 3.1.4.3.1 RpcSetJob
pub(super) async fn set(call: &Call<'_>, request: SetJobRequest) -> Result<SetJobResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let by = Requester::of(call.caller).map_err(win32::of_status)?;
    let job = opened.job(call, &by, request.job)?;
    let control = match request.command {
        0 => None,
        1 => Some(JobControl::Pause),
        2 => Some(JobControl::Resume),
        3 | 5 => Some(JobControl::Cancel),
        4 => Some(JobControl::Restart),
        // What a port tells of a job, and that one is kept: that goes by the printer here.
        _ => return Err(win32::INVALID_PARAMETER.into()),
    };
    if control.is_none() && request.container.is_none() {
        return Err(win32::INVALID_PARAMETER.into());
    }
    let server = &call.caller.server;
    if let Some(container) = request.container {
        if container.level != container.job.level() {
            return Err(win32::INVALID_LEVEL.into());
        }
        let (id, change) = change_of(call, &opened, &by, &job, container.job)?;
        if change != JobChange::default() {
            server.change_job(&by, id, change).await.map_err(error::of_job)?;
        }
    }
    if let Some(control) = control {
        server.control_job(&by, job.id, control).await.map_err(error::of_job)?;
    }
    Ok(SetJobResponse { status: win32::SUCCESS })
}

/// What of a job can be set, of the levels that have it.
struct Settings {
    document: Option<WideString>,
    datatype: Option<WideString>,
    processor: Option<WideString>,
    priority: u32,
    position: u32,
}

/// Which job is to be different, and how.
///
/// # Errors
/// INVALID_PARAMETER, INVALID_PRIORITY, INVALID_DATATYPE, UNKNOWN_PRINTPROCESSOR.
fn change_of(
    call: &Call<'_>,
    opened: &Opened,
    by: &Requester,
    job: &Job,
    level: JobLevel,
) -> Result<(JobId, JobChange), u32> {
    let settings = match level {
        JobLevel::Level1(set) => set.map(|set| Settings {
            document: set.document,
            datatype: set.datatype,
            processor: None,
            priority: set.priority,
            position: set.position,
        }),
        JobLevel::Level2(set) => set.map(|set| Settings {
            document: set.document,
            datatype: set.datatype,
            processor: set.print_processor,
            priority: set.priority,
            position: set.position,
        }),
        JobLevel::Level4(set) => set.map(|set| Settings {
            document: set.document,
            datatype: set.datatype,
            processor: set.print_processor,
            priority: set.priority,
            position: set.position,
        }),
        JobLevel::Level3(set) => {
            let set = set.filter(|set| set.id == job.id.0).ok_or(win32::INVALID_PARAMETER)?;
            let next = opened.job(call, by, set.next)?;
            return following(job, &next);
        }
    };
    let set = settings.ok_or(win32::INVALID_PARAMETER)?;
    let is_processor = |name: &WideString| name.0.eq_ignore_case(&PRINT_PROCESSOR.into());
    if !set.processor.as_ref().is_none_or(is_processor) {
        return Err(error::UNKNOWN_PRINT_PROCESSOR);
    }
    if set.priority > 99 {
        return Err(error::INVALID_PRIORITY);
    }
    let (_, printer) = printer_named(call, &job.printer)?;
    check_datatype(set.datatype.as_ref(), &printer)?;
    let other = |set: Option<WideString>, now: &NtString| set.map(|set| set.0).filter(|set| set != now);
    let change = JobChange {
        document: other(set.document, &job.document),
        datatype: other(set.datatype, &job.datatype),
        priority: Some(set.priority).filter(|priority| *priority != 0 && *priority != job.priority),
        // JOB_POSITION_UNSPECIFIED is 0.
        position: Some(set.position).filter(|position| *position != 0 && *position != job.position),
        ..JobChange::default()
    };
    Ok((job.id, change))
}

/// One job right behind another of the same printer.
fn following(job: &Job, next: &Job) -> Result<(JobId, JobChange), u32> {
    if job.printer != next.printer || job.id == next.id {
        return Err(win32::INVALID_PARAMETER);
    }
    let position = if next.position < job.position { job.position } else { job.position + 1 };
    let position = Some(position).filter(|position| *position != next.position);
    Ok((next.id, JobChange { position, ..JobChange::default() }))
}

/// [MS-RPRN] 3.1.4.3.4 RpcAddJob, which nobody can do any more.
pub(super) fn add(call: &Call<'_>, request: AddJobRequest) -> Result<AddJobResponse, Refusal<u32>> {
    /// Bytes of an offset and a path, where offsets are of 64 bits.
    const LEAST: u32 = 18;
    find(call, &request.handle)?.printer()?;
    let status = match request.level {
        1 => win32::INVALID_PARAMETER,
        2 | 3 if request.size < LEAST => error::INVALID_DATATYPE,
        2 | 3 => win32::INVALID_PARAMETER,
        _ => win32::INVALID_LEVEL,
    };
    let Answer { buffer, needed, status, .. } = answer(request.buffer, request.size, Err(status))?;
    Ok(AddJobResponse { buffer, needed, status })
}

/// [MS-RPRN] 3.1.4.3.5 RpcScheduleJob: what is scheduled was never added.
pub(super) fn schedule(
    call: &Call<'_>,
    request: ScheduleJobRequest,
) -> Result<ScheduleJobResponse, Refusal<u32>> {
    match &find(call, &request.handle)?.object {
        Object::Printer(_) => Err(error::NO_ADD_JOB.into()),
        Object::Server | Object::Job(..) => Err(error::INVALID_HANDLE.into()),
    }
}

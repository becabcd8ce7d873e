//! Printers as they are seen ([MS-RPRN] 2.2.2.9).

use super::buffer::{Answer, answer};
use super::name::is_server;
use super::open::{Object, Opened, READ_CONTROL, descriptor, find, printer_named, qualified};
use super::{DRIVER_VERSION, PRINT_PROCESSOR, error};
use crate::call::Call;
use crate::operations::Refusal;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::spoolss::{
    Devmode, EnumPrintersRequest, EnumPrintersResponse, GetPrinterRequest, GetPrinterResponse, Info as _,
    Packed, PrinterInfo, Stress,
};
use lanward_server::{JobStatus, PrintAccess, Printer, PrinterState, Requester};

/// PRINTER_ENUM_LOCAL, PRINTER_ENUM_NAME and PRINTER_ENUM_SHARED: any of them finds this server's printers.
const HERE: u32 = 0x02 | 0x08 | 0x20;
/// PRINTER_ENUM_NAME
const BY_NAME: u32 = 0x08;
/// PRINTER_ENUM_REMOTE and PRINTER_ENUM_NETWORK
const ELSEWHERE: u32 = 0x10 | 0x40;
/// PRINTER_ENUM_NETWORK
const NETWORK: u32 = 0x40;

/// [MS-RPRN] 3.1.4.2.1 RpcEnumPrinters
pub(super) fn printers(
    call: &Call<'_>,
    request: EnumPrintersRequest,
) -> Result<EnumPrintersResponse, Refusal<u32>> {
    let packed = packed_printers(call, &request);
    let Answer { buffer, needed, returned, status } = answer(request.buffer, request.size, packed)?;
    Ok(EnumPrintersResponse { buffer, needed, returned, status })
}

fn packed_printers(call: &Call<'_>, request: &EnumPrintersRequest) -> Result<Packed, u32> {
    let by = Requester::of(call.caller).map_err(win32::of_status)?;
    let name = request.name.as_ref().map(|name| &name.0);
    if !is_server(name) {
        return Err(win32::INVALID_NAME);
    }
    let level = match request.flags & ELSEWHERE {
        0 => matches!(request.level, 0..=2 | 4 | 5),
        _ => request.level == 1,
    };
    if !level {
        return Err(win32::INVALID_LEVEL);
    }
    // Nobody's printers are announced here.
    if request.flags & NETWORK != 0 {
        return Err(error::CAN_NOT_COMPLETE);
    }
    if request.flags & HERE == 0 {
        return Ok(Packed::default());
    }
    let server = name.filter(|_| request.flags & BY_NAME != 0).cloned().unwrap_or_default();
    let entries = call.caller.server.printers(&by);
    Ok(Packed::of(request.level, entries.iter().map(|printer| information(call, &by, &server, printer))))
}

/// [MS-RPRN] 3.1.4.2.6 RpcGetPrinter
pub(super) fn printer(
    call: &Call<'_>,
    request: GetPrinterRequest,
) -> Result<GetPrinterResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let packed = packed_printer(call, &opened, request.level);
    let Answer { buffer, needed, status, .. } = answer(request.buffer, request.size, packed)?;
    Ok(GetPrinterResponse { buffer, needed, status })
}

fn packed_printer(call: &Call<'_>, opened: &Opened, level: u32) -> Result<Packed, u32> {
    /// The one level that is not for the network.
    const LOCAL: u32 = 9;
    let name = match &opened.object {
        Object::Printer(open) => &open.name,
        Object::Job(..) => return Err(error::INVALID_HANDLE),
        // Of the server there is its descriptor.
        Object::Server if level == 3 => {
            let descriptor = (opened.rights & READ_CONTROL != 0).then(descriptor);
            return Ok(Packed::of(level, [PrinterInfo { descriptor, ..PrinterInfo::default() }]));
        }
        Object::Server => return Err(win32::INVALID_LEVEL),
    };
    if level == LOCAL {
        return Err(win32::NOT_SUPPORTED);
    }
    if !PrinterInfo::has_level(level) {
        return Err(win32::INVALID_LEVEL);
    }
    let (by, printer) = printer_named(call, name)?;
    Ok(Packed::of(level, [information(call, &by, &opened.server, &printer)]))
}

/// A printer as `by` may see it, whose client calls the server so.
pub(super) fn information(
    call: &Call<'_>,
    by: &Requester,
    server: &NtString,
    printer: &Printer,
) -> PrinterInfo {
    let definition = &printer.definition;
    let name = qualified(server, &definition.name);
    let parts = [&name, &definition.driver, &definition.location];
    let description = parts.map(NtString::to_string_lossy).join(",");
    let shown = by.access(&definition.security).contains(PrintAccess::READ_CONTROL);
    let jobs = call.caller.server.print_jobs(by, &definition.name).unwrap_or_default();
    let at_work = |status: JobStatus| jobs.iter().filter(|job| job.status.contains(status)).count();
    PrinterInfo {
        flags: PrinterInfo::ICON8,
        server_name: (!server.units().is_empty()).then(|| server.clone()),
        devmode: Some(devmode(&name)),
        printer_name: Some(name),
        share_name: Some(definition.share_name.clone()),
        port_name: Some(port_of(by, printer)),
        driver_name: Some(definition.driver.clone()),
        description: Some(description.as_str().into()),
        comment: Some(definition.comment.clone()),
        location: Some(definition.location.clone()),
        separator_file: Some(NtString::default()),
        print_processor: Some(PRINT_PROCESSOR.into()),
        datatype: Some(definition.datatype.clone()),
        parameters: Some(NtString::default()),
        descriptor: shown.then(|| (*definition.security).clone()),
        attributes: PrinterInfo::SHARED | PrinterInfo::LOCAL | PrinterInfo::QUEUED | PrinterInfo::RAW_ONLY,
        priority: definition.priority,
        default_priority: definition.priority,
        start_time: 0,
        until_time: 0,
        status: status(printer, at_work(JobStatus::PRINTING) > 0),
        jobs: printer.jobs,
        average_pages: 0,
        // What Windows says of ports that need no telling.
        select_timeout: 15_000,
        retry_timeout: 45_000,
        object_guid: None,
        action: PrinterInfo::UNPUBLISHED,
        stress: Stress {
            total_jobs: u32::try_from(printer.printed).unwrap_or(u32::MAX),
            version: DRIVER_VERSION,
            free_build: 1,
            spooling: u32::try_from(at_work(JobStatus::SPOOLING)).unwrap_or(u32::MAX),
            references: 1,
            most_references: 1,
            processors: 1,
            change_id: printer.changes.wrapping_add(call.printer_data().changes(&definition.name)),
            ..Stress::default()
        },
    }
}

/// What a printer's port is called. Where the printer is tells something of the network or the machine: whoever does not administer the printer
/// sees its name again.
pub(super) fn port_of(by: &Requester, printer: &Printer) -> NtString {
    let definition = &printer.definition;
    let administers = by.access(&definition.security).contains(PrintAccess::ADMINISTER);
    if administers { definition.port.clone() } else { definition.name.clone() }
}

/// [MS-RPRN] 2.2.3.12, of a printer.
const fn status(printer: &Printer, prints: bool) -> u32 {
    let paused = matches!(printer.state, PrinterState::Paused);
    (if paused { PrinterInfo::STATUS_PAUSED } else { 0 })
        | (if printer.fault.is_some() { PrinterInfo::STATUS_ERROR } else { 0 })
        | (if prints { PrinterInfo::STATUS_PRINTING } else { 0 })
}

/// How a printer prints that no driver knows: one A4 page at a time, upright, on one side.
fn devmode(printer: &NtString) -> Devmode {
    /// DM_ORIENTATION, DM_PAPERSIZE, DM_SCALE, DM_COPIES, DM_DEFAULTSOURCE, DM_PRINTQUALITY, DM_COLOR, DM_DUPLEX, DM_TTOPTION, DM_FORMNAME
    const FIELDS: u32 = 0x1 | 0x2 | 0x10 | 0x100 | 0x200 | 0x400 | 0x800 | 0x1000 | 0x4000 | 0x1_0000;
    /// DMPAPER_A4, 100 %, DMBIN_FORMSOURCE, DMRES_HIGH and DMTT_SUBDEV; the rest is the first of its kind.
    const SETTINGS: [(usize, u16); 9] = [
        (Devmode::ORIENTATION, 1),
        (Devmode::PAPER_SIZE, 9),
        (Devmode::SCALE, 100),
        (Devmode::COPIES, 1),
        (Devmode::DEFAULT_SOURCE, 15),
        (Devmode::PRINT_QUALITY, 0xfffc),
        (Devmode::COLOR, 1),
        (Devmode::DUPLEX, 1),
        (Devmode::TT_OPTION, 3),
    ];
    let mut settings = [0; 13];
    for (setting, value) in SETTINGS {
        settings[setting] = value;
    }
    Devmode {
        device_name: printer.clone(),
        fields: FIELDS,
        settings,
        form_name: "A4".into(),
        ..Devmode::default()
    }
}

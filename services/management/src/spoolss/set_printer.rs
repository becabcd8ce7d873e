use super::open::{
    ADMINISTER, Object, Opened, SERVER_ADMINISTER, check_devmode, descriptor, find, printer_named,
};
use super::printers::information;
use super::{error, win32};
use crate::call::Call;
use crate::operations::Refusal;
use lanward_nt::NtString;
use lanward_nt::security::SecurityDescriptor;
use lanward_rpc::spoolss::{
    Printer2, PrinterInfo, PrinterLevel, SecurityContainer, SetPrinterRequest, SetPrinterResponse,
};
use lanward_rpc::{Fault, WideString};
use lanward_server::{PrinterChange, PrinterControl, Requester};
use lanward_wire::{Decode as _, Reader};

/// [MS-RPRN] 3.1.4.2.5 RpcSetPrinter: a printer is paused, goes on or is purged, and gets another comment or location. What else it is the
/// configuration says: nothing of that changes, and setting it as it is succeeds.
pub(super) async fn set(
    call: &Call<'_>,
    request: SetPrinterRequest,
) -> Result<SetPrinterResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let level = request.container.level;
    if level != request.container.printer.level() {
        return Err(win32::INVALID_LEVEL.into());
    }
    check_devmode(&request.devmode)?;
    let security = asked_security(&request.security)?;
    let control = match request.command {
        0 => None,
        1 => Some(PrinterControl::Pause),
        2 => Some(PrinterControl::Resume),
        3 => Some(PrinterControl::Purge),
        _ => return Err(win32::INVALID_PARAMETER.into()),
    };
    let name = match &opened.object {
        Object::Server => return set_server(&opened, level, control.is_some(), security.as_ref()),
        Object::Job(..) => return Err(error::INVALID_HANDLE.into()),
        Object::Printer(open) => &open.name,
    };
    if level != 0 && (control.is_some() || !(2..=7).contains(&level)) {
        return Err(win32::INVALID_LEVEL.into());
    }
    opened.demand_any(ADMINISTER)?;
    let by = Requester::of(call.caller).map_err(win32::of_status)?;
    let server = &call.caller.server;
    if let Some(control) = control {
        server.control_printer(&by, name, control).await.map_err(error::of_open)?;
        return Ok(SetPrinterResponse { status: win32::SUCCESS });
    }
    let change = change_of(call, &opened, name, request.container.printer, security.as_ref())?;
    if change != PrinterChange::default() {
        server.change_printer(&by, name, change).await.map_err(error::of_open)?;
    }
    Ok(SetPrinterResponse { status: win32::SUCCESS })
}

/// The server's descriptor can be set as it is.
fn set_server(
    opened: &Opened,
    level: u32,
    controls: bool,
    security: Option<&SecurityDescriptor>,
) -> Result<SetPrinterResponse, Refusal<u32>> {
    if level != 3 || controls {
        return Err(win32::INVALID_LEVEL.into());
    }
    opened.demand_any(SERVER_ADMINISTER)?;
    unchanged(security.is_none_or(|security| same(security, &descriptor())))?;
    Ok(SetPrinterResponse { status: win32::SUCCESS })
}

/// # Errors
/// INVALID_PARAMETER: what is there is no descriptor.
fn asked_security(container: &SecurityContainer) -> Result<Option<SecurityDescriptor>, Refusal<u32>> {
    let Some(bytes) = &container.descriptor else { return Ok(None) };
    if u32::try_from(bytes.len()) != Ok(container.size) {
        return Err(Fault::BAD_STUB_DATA.into());
    }
    let descriptor = SecurityDescriptor::decode(&mut Reader::new(bytes));
    descriptor.map(Some).map_err(|_| win32::INVALID_PARAMETER.into())
}

/// What somebody may do by a descriptor: its owner and who is allowed what. What is audited is not kept.
fn same(asked: &SecurityDescriptor, now: &SecurityDescriptor) -> bool {
    asked.owner.as_ref().is_none_or(|owner| now.owner.as_ref() == Some(owner))
        && asked.group.as_ref().is_none_or(|group| now.group.as_ref() == Some(group))
        && asked.dacl.as_ref().is_none_or(|list| now.dacl.as_ref() == Some(list))
}

/// # Errors
/// ACCESS_DENIED: something is to change that the configuration says.
const fn unchanged(same: bool) -> Result<(), u32> {
    if same { Ok(()) } else { Err(win32::ACCESS_DENIED) }
}

/// What is to be different.
///
/// # Errors
/// ACCESS_DENIED: more than may be; INVALID_PARAMETER: nothing is given; what publishing says.
fn change_of(
    call: &Call<'_>,
    opened: &Opened,
    name: &NtString,
    level: PrinterLevel,
    security: Option<&SecurityDescriptor>,
) -> Result<PrinterChange, u32> {
    let (by, printer) = printer_named(call, name)?;
    let now = information(call, &by, &opened.server, &printer);
    let is = |set: Option<&WideString>, now: &NtString| set.is_none_or(|set| set.0.eq_ignore_case(now));
    let named = |set: Option<&WideString>| is(set, name) || is(set, &opened.qualified(name));
    let security_stays = security.is_none_or(|security| same(security, &printer.definition.security));
    let given = match level {
        PrinterLevel::Level2(set) => {
            let set = set.ok_or(win32::INVALID_PARAMETER)?;
            unchanged(named(set.printer_name.as_ref()) && security_stays && stays(&set, &now))?;
            return Ok(PrinterChange {
                comment: other(set.comment, now.comment.as_ref()),
                location: other(set.location, now.location.as_ref()),
            });
        }
        PrinterLevel::Level3(set) => set.map(|_| security_stays),
        PrinterLevel::Level4(set) => {
            set.map(|set| named(set.printer_name.as_ref()) && set.attributes == now.attributes)
        }
        PrinterLevel::Level5(set) => {
            set.map(|set| named(set.printer_name.as_ref()) && set.attributes == now.attributes)
        }
        PrinterLevel::Level6(set) => set.map(|set| set.status == now.status),
        PrinterLevel::Level7(set) => return publish(set.map_or(0, |set| set.action)),
        // Level 0 and no command: nothing. Other levels do not come here.
        _ => Some(true),
    };
    unchanged(given.ok_or(win32::INVALID_PARAMETER)?)?;
    Ok(PrinterChange::default())
}

/// Whether level 2 sets what cannot change as it is.
fn stays(set: &Printer2, now: &PrinterInfo) -> bool {
    let strings = [
        (&set.share_name, &now.share_name),
        (&set.port_name, &now.port_name),
        (&set.driver_name, &now.driver_name),
        (&set.separator_file, &now.separator_file),
        (&set.print_processor, &now.print_processor),
        (&set.datatype, &now.datatype),
        (&set.parameters, &now.parameters),
    ];
    let same = |(set, now): (&Option<WideString>, &Option<NtString>)| match (set, now) {
        (Some(set), Some(now)) => set.0.eq_ignore_case(now),
        (set, _) => set.is_none(),
    };
    strings.into_iter().all(same)
        && (set.attributes, set.priority) == (now.attributes, now.priority)
        && (set.start_time, set.until_time) == (now.start_time, now.until_time)
}

fn other(set: Option<WideString>, now: Option<&NtString>) -> Option<NtString> {
    set.map(|set| set.0).filter(|set| Some(set) != now)
}

/// [MS-RPRN] 2.2.1.10.8: there is no directory to publish anything in.
const fn publish(action: u32) -> Result<PrinterChange, u32> {
    /// The HRESULT of ERROR_FILE_NOT_FOUND.
    const NOT_PUBLISHED: u32 = 0x8007_0002;
    const UPDATE: u32 = 2;
    match action {
        PrinterInfo::UNPUBLISHED => Ok(PrinterChange { comment: None, location: None }),
        UPDATE => Err(NOT_PUBLISHED),
        _ => Err(win32::NOT_SUPPORTED),
    }
}

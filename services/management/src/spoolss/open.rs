use super::name::Named;
use super::{DATATYPES, buffer, error};
use crate::access::ObjectRights;
use crate::call::Call;
use crate::operations::Refusal;
use crate::win32;
use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
use lanward_nt::{AccessMask, NtString, Sid};
use lanward_rpc::spoolss::{
    ClosePrinterRequest, ClosePrinterResponse, CreatePrinterIcRequest, CreatePrinterIcResponse, Devmode,
    DevmodeContainer, OpenPrinterExRequest, OpenPrinterExResponse, OpenPrinterRequest, OpenPrinterResponse,
    ResetPrinterRequest, ResetPrinterResponse, XcvDataRequest, XcvDataResponse,
};
use lanward_rpc::{ContextHandle, Fault, WideString};
use lanward_server::{Act, Holding, Job, JobId, JobWriter, PrintAccess, Printer, Requester};
use std::sync::{Arc, Mutex, PoisonError};

/// What a handle stands for.
pub(super) struct Opened {
    /// The server as the client called it, with the backslashes before it; it is part of the names in answers ([MS-RPRN] 3.1.4.1.4).
    pub(super) server: NtString,
    pub(super) object: Object,
    /// What was asked for and granted.
    pub(super) rights: u32,
    /// Has the printer be seen as open by the pipe.
    _holding: Option<Holding>,
}

pub(super) enum Object {
    Server,
    Printer(OpenPrinter),
    Job(JobId),
}

/// A printer, and the document that is being printed by this handle.
pub(super) struct OpenPrinter {
    pub(super) name: NtString,
    /// Of documents that do not say; `None` for the printer's own.
    pub(super) datatype: Mutex<Option<NtString>>,
    pub(super) document: Mutex<Option<Arc<JobWriter>>>,
}

/// Rights of [MS-RPRN] 2.2.3.1.
pub(super) const SERVER_ADMINISTER: u32 = 0x1;
pub(super) const ADMINISTER: u32 = 0x4;
pub(super) const USE: u32 = 0x8;
/// PRINTER_ACCESS_MANAGE_LIMITED
pub(super) const MANAGE_LIMITED: u32 = 0x40;
pub(super) const READ_CONTROL: u32 = 0x0002_0000;

const SERVER: ObjectRights =
    ObjectRights { read: 0x0002_0002, write: 0x0002_0003, execute: 0x0002_0002, all: 0x000f_0003 };

const GENERIC_READ: u32 = 0x8000_0000;

/// PRINTER_ACCESS_ADMINISTER, PRINTER_ACCESS_USE, JOB_ACCESS_ADMINISTER, JOB_ACCESS_READ
const PRINTERS: u32 = 0x3c;

/// The one level of client information that may be sent.
const CLIENT_LEVEL: u32 = 1;

/// [MS-RPRN] 3.1.4.2.2 RpcOpenPrinter
pub(super) fn open(
    call: &Call<'_>,
    request: OpenPrinterRequest,
) -> Result<OpenPrinterResponse, Refusal<u32>> {
    let OpenPrinterRequest { name, datatype, devmode, access } = request;
    let handle = opened(call, name.as_ref(), datatype, &devmode, access)?;
    Ok(OpenPrinterResponse { handle, status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.2.14 RpcOpenPrinterEx
pub(super) fn open_ex(
    call: &Call<'_>,
    request: OpenPrinterExRequest,
) -> Result<OpenPrinterExResponse, Refusal<u32>> {
    let OpenPrinterExRequest { name, datatype, devmode, access, client } = request;
    if client.level != CLIENT_LEVEL || client.client.level != CLIENT_LEVEL {
        return Err(win32::INVALID_LEVEL.into());
    }
    if client.client.information.is_none() {
        return Err(win32::INVALID_PARAMETER.into());
    }
    let handle = opened(call, name.as_ref(), datatype, &devmode, access)?;
    Ok(OpenPrinterExResponse { handle, status: win32::SUCCESS })
}

fn opened(
    call: &Call<'_>,
    name: Option<&WideString>,
    datatype: Option<WideString>,
    devmode: &DevmodeContainer,
    access: u32,
) -> Result<ContextHandle, Refusal<u32>> {
    call.caller.may(Act::Print).map_err(win32::of_status)?;
    let name = name.map(|name| &name.0);
    // 3.1.4.1.5: who means the server names it, or nothing at all.
    if name.is_some_and(|name| name.units().is_empty()) {
        return Err(error::INVALID_PRINTER_NAME.into());
    }
    let (server, named) = Named::parse(name).ok_or(error::INVALID_PRINTER_NAME)?;
    check_devmode(devmode)?;
    let access = if access == 0 { GENERIC_READ } else { access };
    let (object, rights) = match named {
        Named::Server => (Object::Server, open_server(call, access)?),
        Named::Printer(name) => {
            let (by, printer) = printer_named(call, &name)?;
            check_datatype(datatype.as_ref(), &printer)?;
            let given = by.access(&printer.definition.security);
            let name = printer.definition.name.clone();
            let datatype = Mutex::new(datatype.map(|datatype| datatype.0));
            let printer = OpenPrinter { name, datatype, document: Mutex::default() };
            (Object::Printer(printer), granted(call, given, access)?)
        }
        Named::Job(name, id) => {
            let (by, printer) = printer_named(call, &name)?;
            let id = JobId(id);
            let job = call.caller.server.print_job(&by, id).map_err(error::of_open)?;
            if job.printer != printer.definition.name {
                return Err(error::INVALID_PRINTER_NAME.into());
            }
            let given = by.job_access(&printer.definition.security, &job);
            (Object::Job(id), granted(call, given, access)?)
        }
    };
    let held = match &object {
        Object::Server => None,
        Object::Printer(printer) => Some(printer.name.clone()),
        Object::Job(id) => Some(format!("job {id}").as_str().into()),
    };
    let holding = held.map(|name| call.caller.activity.hold(name));
    Ok(call.handles.open(Opened { server, object, rights, _holding: holding })?)
}

/// Rights of printers and jobs mean nothing of a server, and clients that want "all of it" ask for them.
fn open_server(call: &Call<'_>, access: u32) -> Result<u32, u32> {
    let access = if access & !PRINTERS == 0 { GENERIC_READ } else { access & !PRINTERS };
    SERVER.open(&descriptor(), &call.caller.user, access).ok_or(win32::ACCESS_DENIED)
}

/// Who may do what with the server: everybody who may print sees what it has (SERVER_ACCESS_ENUMERATE), and administrators and Print Operators administer it.
pub(super) fn descriptor() -> SecurityDescriptor {
    let allow = |sid, mask| Ace::allow(sid, AccessMask::from_bits_retain(mask), 0);
    let entries = vec![
        allow(Sid::administrators(), SERVER.all),
        allow(Sid::print_operators(), SERVER.all),
        allow(Sid::everyone(), SERVER.read),
        // Nobody is not everybody, and is here only where a zone lets him.
        allow(Sid::anonymous(), SERVER.read),
    ];
    SecurityDescriptor {
        control: SecurityDescriptor::SELF_RELATIVE | SecurityDescriptor::DACL_PRESENT,
        owner: Some(Sid::administrators()),
        group: Some(Sid::administrators()),
        sacl: None,
        dacl: Some(Some(Acl::new(entries))),
    }
}

/// What a handle of a printer or job gets, with generic rights as [MS-RPRN] 2.2.3.1 has them for printers.
fn granted(call: &Call<'_>, given: PrintAccess, desired: u32) -> Result<u32, u32> {
    const MAXIMUM_ALLOWED: u32 = 0x0200_0000;
    const ACCESS_SYSTEM_SECURITY: u32 = 0x0100_0000;
    const GENERIC: [(u32, u32); 4] = [
        (GENERIC_READ, READ_CONTROL | USE),
        (0x4000_0000, READ_CONTROL | USE),
        (0x2000_0000, READ_CONTROL | USE),
        (0x1000_0000, 0x000f_000c),
    ];
    let limited = if given.contains(PrintAccess::ADMINISTER) { MANAGE_LIMITED } else { 0 };
    // The list of what is audited is for administrators, who must ask for it.
    let audited = if call.caller.user.is_admin { ACCESS_SYSTEM_SECURITY } else { 0 };
    let given = given.bits() | limited;
    let asked = GENERIC.into_iter().fold(desired & !MAXIMUM_ALLOWED, |mask, (generic, meaning)| {
        if mask & generic == 0 { mask } else { mask & !generic | meaning }
    });
    if asked & !(given | audited) != 0 || given == 0 {
        return Err(win32::ACCESS_DENIED);
    }
    Ok(if desired & MAXIMUM_ALLOWED == 0 { asked } else { given | asked })
}

/// # Errors
/// INVALID_PARAMETER: it is longer than its container, or its sizes are wrong. Its settings are for drivers, which there are none of.
pub(super) fn check_devmode(container: &DevmodeContainer) -> Result<(), Refusal<u32>> {
    let Some(bytes) = &container.devmode else { return Ok(()) };
    if u32::try_from(bytes.len()) != Ok(container.size) {
        return Err(Fault::BAD_STUB_DATA.into());
    }
    Devmode::from_bytes(bytes).map(drop).map_err(|_| win32::INVALID_PARAMETER.into())
}

/// # Errors
/// INVALID_DATATYPE: neither what goes to printers as it is nor what this one takes.
pub(super) fn check_datatype(datatype: Option<&WideString>, printer: &Printer) -> Result<(), u32> {
    let is_known = |datatype: &WideString| {
        let is = |known: &str| datatype.0.eq_ignore_case(&known.into());
        DATATYPES.into_iter().any(is) || datatype.0.eq_ignore_case(&printer.definition.datatype)
    };
    if datatype.is_none_or(is_known) { Ok(()) } else { Err(error::INVALID_DATATYPE) }
}

/// Who asks, and a printer as it is now.
///
/// # Errors
/// ACCESS_DENIED, INVALID_PRINTER_NAME.
pub(super) fn printer_named(call: &Call<'_>, name: &NtString) -> Result<(Requester, Printer), u32> {
    let by = Requester::of(call.caller).map_err(win32::of_status)?;
    let printer = call.caller.server.printer(&by, name).map_err(error::of_open)?;
    Ok((by, printer))
}

/// What a handle stands for.
///
/// # Errors
/// CONTEXT_MISMATCH
pub(super) fn find(call: &Call<'_>, handle: &ContextHandle) -> Result<Arc<Opened>, Fault> {
    call.handles.find(handle)
}

impl Opened {
    /// The printer a handle is of.
    ///
    /// # Errors
    /// INVALID_HANDLE: it is of something else.
    pub(super) fn printer(&self) -> Result<&OpenPrinter, u32> {
        match &self.object {
            Object::Printer(printer) => Ok(printer),
            Object::Server | Object::Job(..) => Err(error::INVALID_HANDLE),
        }
    }

    /// # Errors
    /// ACCESS_DENIED: the handle was not opened with any of these rights.
    pub(super) const fn demand_any(&self, rights: u32) -> Result<(), u32> {
        if self.rights & rights == 0 { Err(win32::ACCESS_DENIED) } else { Ok(()) }
    }

    /// A printer's name as the client would say it.
    pub(super) fn qualified(&self, printer: &NtString) -> NtString {
        qualified(&self.server, printer)
    }

    /// A job that this handle reaches.
    ///
    /// # Errors
    /// INVALID_PARAMETER: there is none; ACCESS_DENIED.
    pub(super) fn job(&self, call: &Call<'_>, by: &Requester, id: u32) -> Result<Job, u32> {
        let job = call.caller.server.print_job(by, JobId(id)).map_err(error::of_job)?;
        let reached = match &self.object {
            Object::Server => true,
            Object::Printer(printer) => printer.name.eq_ignore_case(&job.printer),
            Object::Job(own) => *own == job.id,
        };
        if reached { Ok(job) } else { Err(win32::INVALID_PARAMETER) }
    }
}

/// `\\server\printer`, or the printer alone where no server was named.
pub(super) fn qualified(server: &NtString, printer: &NtString) -> NtString {
    if server.units().is_empty() {
        return printer.clone();
    }
    let separator = [u16::from(b'\\')];
    NtString([server.units(), &separator, printer.units()].concat())
}

impl OpenPrinter {
    /// The document that is being printed.
    ///
    /// # Errors
    /// SPL_NO_STARTDOC: there is none.
    pub(super) fn document(&self) -> Result<Arc<JobWriter>, u32> {
        let document = self.document.lock().unwrap_or_else(PoisonError::into_inner).clone();
        document.ok_or(error::NO_START_DOC)
    }

    /// The same; afterwards there is none.
    ///
    /// # Errors
    /// SPL_NO_STARTDOC
    pub(super) fn take_document(&self) -> Result<Arc<JobWriter>, u32> {
        let document = self.document.lock().unwrap_or_else(PoisonError::into_inner).take();
        document.ok_or(error::NO_START_DOC)
    }
}

/// [MS-RPRN] 3.1.4.2.9 RpcClosePrinter: a document that was not ended ends.
pub(super) async fn close(
    call: &Call<'_>,
    request: ClosePrinterRequest,
) -> Result<ClosePrinterResponse, Refusal<u32>> {
    let opened = call.handles.close::<Opened>(&request.handle)?;
    if let Ok(document) = opened.printer().and_then(OpenPrinter::take_document)
        && let Err(status) = document.end().await
    {
        tracing::debug!(%status, job = document.id().0, "a document ended with its handle, and failed");
    }
    Ok(ClosePrinterResponse { handle: ContextHandle::NULL, status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.2.13 RpcResetPrinter
pub(super) fn reset(
    call: &Call<'_>,
    request: ResetPrinterRequest,
) -> Result<ResetPrinterResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    let open = opened.printer()?;
    let (_, printer) = printer_named(call, &open.name)?;
    check_datatype(request.datatype.as_ref(), &printer)?;
    check_devmode(&request.devmode)?;
    let datatype = request.datatype.map(|datatype| datatype.0);
    *open.datatype.lock().unwrap_or_else(PoisonError::into_inner) = datatype;
    Ok(ResetPrinterResponse { status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.2.10 RpcCreatePrinterIC: which fonts a printer has is known to drivers, and there are none.
pub(super) fn information_context(
    call: &Call<'_>,
    request: CreatePrinterIcRequest,
) -> Result<CreatePrinterIcResponse, Refusal<u32>> {
    find(call, &request.handle)?.printer()?;
    Err(win32::NOT_SUPPORTED.into())
}

/// [MS-RPRN] 3.1.4.6.5 RpcXcvData: no handle is one of a port or monitor.
pub(super) fn transceive(call: &Call<'_>, request: XcvDataRequest) -> Result<XcvDataResponse, Refusal<u32>> {
    find(call, &request.handle)?;
    let output = buffer::zeros(request.output_size)?;
    Ok(XcvDataResponse { output, needed: 0, state: request.state, status: error::INVALID_HANDLE })
}

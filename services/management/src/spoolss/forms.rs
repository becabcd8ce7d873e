//! Printer forms ([MS-RPRN] 3.1.4.5): those every print server has, and what administrators add while the server runs.

use super::buffer::{Answer, answer};
use super::builtin_forms::BUILTIN;
use super::error;
use super::open::{ADMINISTER, Object, Opened, SERVER_ADMINISTER, find};
use crate::call::Call;
use crate::operations::Refusal;
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::spoolss::{
    AddFormRequest, AddFormResponse, DeleteFormRequest, DeleteFormResponse, EnumFormsRequest,
    EnumFormsResponse, Form1, Form2, FormContainer, FormInfo, FormLevel, GetFormRequest, GetFormResponse,
    Info as _, Packed, SetFormRequest, SetFormResponse,
};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most forms that are added.
const MOST: usize = 256;

/// Longest name of one, in characters.
const LONGEST: usize = 128;

/// What administrators have added.
#[derive(Debug, Default)]
pub(crate) struct Forms(Mutex<Vec<FormInfo>>);

impl Forms {
    fn lock(&self) -> MutexGuard<'_, Vec<FormInfo>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> Vec<FormInfo> {
        BUILTIN.iter().map(builtin).chain(self.lock().iter().cloned()).collect()
    }
}

/// One that every print server has; millimetres in tenths become thousandths.
fn builtin((name, width, height): &(&str, u32, u32)) -> FormInfo {
    let (width, height) = (width * 100, height * 100);
    FormInfo {
        flags: FormInfo::BUILTIN,
        name: Some((*name).into()),
        width,
        height,
        imageable_area: [0, 0, width, height],
        string_type: FormInfo::STRING_NONE,
        ..FormInfo::default()
    }
}

fn is(form: &FormInfo, name: &NtString) -> bool {
    form.name.as_ref().is_some_and(|known| known.eq_ignore_case(name))
}

/// # Errors
/// INVALID_HANDLE: it is that of a job; ACCESS_DENIED: it is not for administering.
fn may_change(opened: &Opened) -> Result<(), u32> {
    match &opened.object {
        Object::Server => opened.demand_any(SERVER_ADMINISTER),
        Object::Printer(_) => opened.demand_any(ADMINISTER),
        Object::Job(..) => Err(error::INVALID_HANDLE),
    }
}

/// [MS-RPRN] 3.1.4.5.3 RpcGetForm
pub(super) fn form(call: &Call<'_>, request: GetFormRequest) -> Result<GetFormResponse, Refusal<u32>> {
    find(call, &request.handle)?;
    let GetFormRequest { name, level, buffer, size, .. } = request;
    let found = call.forms().all().into_iter().find(|form| is(form, &name.0));
    let form = match found {
        _ if !FormInfo::has_level(level) => Err(win32::INVALID_LEVEL),
        Some(form) => Ok(Packed::of(level, [form])),
        None => Err(error::INVALID_FORM_NAME),
    };
    let Answer { buffer, needed, status, .. } = answer(buffer, size, form)?;
    Ok(GetFormResponse { buffer, needed, status })
}

/// [MS-RPRN] 3.1.4.5.5 RpcEnumForms
pub(super) fn forms(call: &Call<'_>, request: EnumFormsRequest) -> Result<EnumFormsResponse, Refusal<u32>> {
    find(call, &request.handle)?;
    let level = request.level;
    let known = FormInfo::has_level(level);
    let forms = if known { Ok(Packed::of(level, call.forms().all())) } else { Err(win32::INVALID_LEVEL) };
    let Answer { buffer, needed, returned, status } = answer(request.buffer, request.size, forms)?;
    Ok(EnumFormsResponse { buffer, needed, returned, status })
}

/// [MS-RPRN] 3.1.4.5.1 RpcAddForm
pub(super) fn add(call: &Call<'_>, request: AddFormRequest) -> Result<AddFormResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    may_change(&opened)?;
    let form = asked_form(request.container)?;
    let mut added = call.forms().lock();
    let name = form.name.clone().unwrap_or_default();
    if BUILTIN.iter().map(builtin).any(|known| is(&known, &name))
        || added.iter().any(|known| is(known, &name))
    {
        return Err(error::FILE_EXISTS.into());
    }
    check_flags(&form)?;
    if added.len() >= MOST {
        return Err(error::NOT_ENOUGH_MEMORY.into());
    }
    added.push(form);
    Ok(AddFormResponse { status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.5.4 RpcSetForm
pub(super) fn set(call: &Call<'_>, request: SetFormRequest) -> Result<SetFormResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    may_change(&opened)?;
    let form = asked_form(request.container)?;
    let mut added = call.forms().lock();
    let at = position(&added, &request.name.0)?;
    // Under another name it would be another form.
    if form.name.as_ref().is_none_or(|name| !is(&added[at], name)) {
        return Err(error::INVALID_FORM_NAME.into());
    }
    check_flags(&form)?;
    added[at] = form;
    Ok(SetFormResponse { status: win32::SUCCESS })
}

/// [MS-RPRN] 3.1.4.5.2 RpcDeleteForm
pub(super) fn delete(
    call: &Call<'_>,
    request: DeleteFormRequest,
) -> Result<DeleteFormResponse, Refusal<u32>> {
    let opened = find(call, &request.handle)?;
    may_change(&opened)?;
    let mut added = call.forms().lock();
    let at = position(&added, &request.name.0)?;
    added.remove(at);
    Ok(DeleteFormResponse { status: win32::SUCCESS })
}

/// Where a form is that was added.
///
/// # Errors
/// INVALID_PARAMETER: every print server has it; INVALID_FORM_NAME: there is none.
fn position(added: &[FormInfo], name: &NtString) -> Result<usize, u32> {
    if BUILTIN.iter().map(builtin).any(|known| is(&known, name)) {
        return Err(win32::INVALID_PARAMETER);
    }
    added.iter().position(|form| is(form, name)).ok_or(error::INVALID_FORM_NAME)
}

/// # Errors
/// INVALID_LEVEL; INVALID_PARAMETER, INVALID_FORM_NAME and INVALID_FORM_SIZE for what is no form.
fn asked_form(container: FormContainer) -> Result<FormInfo, u32> {
    if container.level != container.form.level() {
        return Err(win32::INVALID_LEVEL);
    }
    let form = match container.form {
        FormLevel::Level1(form) => *form,
        // A keyword and a localized name are for drivers' dialogs.
        FormLevel::Level2(form) => form.map(|form| {
            let Form2 { flags, name, width, height, left, top, right, bottom, .. } = form;
            Form1 { flags, name, width, height, left, top, right, bottom }
        }),
    };
    let form = form.ok_or(win32::INVALID_PARAMETER)?;
    let form = FormInfo {
        flags: form.flags,
        name: form.name.map(|name| name.0),
        width: form.width,
        height: form.height,
        imageable_area: [form.left, form.top, form.right, form.bottom],
        string_type: FormInfo::STRING_NONE,
        ..FormInfo::default()
    };
    let length = form.name.as_ref().map_or(0, |name| name.units().len());
    if length == 0 || length > LONGEST {
        return Err(error::INVALID_FORM_NAME);
    }
    let [left, top, right, bottom] = form.imageable_area;
    if form.width == 0 || form.height == 0 || left > right || top > bottom {
        return Err(error::INVALID_FORM_SIZE);
    }
    Ok(form)
}

/// # Errors
/// INVALID_PARAMETER: neither FORM_USER nor FORM_PRINTER; nobody makes those that are built in.
const fn check_flags(form: &FormInfo) -> Result<(), u32> {
    if form.flags > 2 || form.flags == FormInfo::BUILTIN { Err(win32::INVALID_PARAMETER) } else { Ok(()) }
}

impl<'c> Call<'c> {
    fn forms(&self) -> &'c Forms {
        &self.endpoint.runtime.forms
    }
}

use super::RapCall;
use super::answer::{Answer, text, word};
use crate::srvsvc::{file_close, file_enum, file_get_info};
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::srvsvc::{
    FileCloseRequest, FileEnumRequest, FileGetInfoRequest, FileInfo, MAX_PREFERRED_LENGTH,
};
use lanward_smb1::rap::{Field, Output, Parameter, opcode as op, structures};

pub(super) async fn dispatch(call: &RapCall<'_>) -> Result<Answer, u32> {
    match (call.opcode, call.parameters.as_slice()) {
        (
            op::FILE_ENUM,
            [Parameter::Text(base), Parameter::Word(level @ 0..=1), Parameter::ReceiveLength(length)],
        ) => {
            // Those whose ids these levels can tell.
            let files = files(call, Some(base), None)?.into_iter().filter(|file| is_short(file.id));
            let descriptor = structures::file(*level).ok_or(win32::INVALID_LEVEL)?;
            Ok(call.list(descriptor, *length, files.map(|file| fields(*level, file))))
        }
        (
            op::FILE_ENUM2,
            [
                base @ (Parameter::Text(_) | Parameter::Null),
                user @ (Parameter::Text(_) | Parameter::Null),
                Parameter::Word(level @ 2..=3),
                Parameter::ReceiveLength(length),
                Parameter::Bytes(resume),
            ],
        ) => enumerate(call, [base, user], *level, *length, resume),
        (
            op::FILE_GET_INFO,
            [Parameter::Word(id), Parameter::Word(level @ 0..=1), Parameter::ReceiveLength(length)],
        ) => get_info(call, (*id).into(), *level, *length),
        (
            op::FILE_GET_INFO2,
            [Parameter::Dword(id), Parameter::Word(level @ 2..=3), Parameter::ReceiveLength(length)],
        ) => get_info(call, *id, *level, *length),
        (op::FILE_CLOSE, [Parameter::Word(id)]) => close(call, (*id).into()).await,
        (op::FILE_CLOSE2, [Parameter::Dword(id)]) => close(call, *id).await,
        _ if call.parameters.len() > 1 => Err(win32::INVALID_LEVEL),
        _ => Err(win32::INVALID_PARAMETER),
    }
}

/// NetFileEnum2 of LAN Manager. The resume key is the id of the last file that was told of.
fn enumerate(
    call: &RapCall<'_>,
    [base, user]: [&Parameter<'_>; 2],
    level: u16,
    length: u16,
    resume: &[u8],
) -> Result<Answer, u32> {
    let descriptor = structures::file(level).ok_or(win32::INVALID_LEVEL)?;
    let after = resume.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let mut files = files(call, given(base), given(user))?;
    files.retain(|file| file.id > after);
    files.sort_by_key(|file| file.id);
    let ids: Vec<u32> = files.iter().map(|file| file.id).collect();
    let answer = call.list(descriptor, length, files.into_iter().map(|file| fields(level, file)));
    let last = usize::from(answer.entries()).checked_sub(1).and_then(|last| ids.get(last));
    let mut key = [0; 8];
    key[..4].copy_from_slice(&last.copied().unwrap_or(after).to_le_bytes());
    Ok(answer.and(Output::Bytes(key)))
}

/// A name that is not left out.
fn given<'p>(parameter: &'p Parameter<'_>) -> Option<&'p NtString> {
    match parameter {
        Parameter::Text(name) => Some(name),
        _ => None,
    }
}

fn files(call: &RapCall<'_>, base: Option<&NtString>, user: Option<&NtString>) -> Result<Vec<FileInfo>, u32> {
    let request = FileEnumRequest {
        base_path: base.cloned(),
        user: user.cloned(),
        level: 3,
        preferred_maximum_length: MAX_PREFERRED_LENGTH,
        ..FileEnumRequest::default()
    };
    let response = file_enum(call.caller, &request);
    if matches!(response.status, win32::SUCCESS | win32::MORE_DATA) {
        Ok(response.entries.unwrap_or_default())
    } else {
        Err(response.status)
    }
}

fn get_info(call: &RapCall<'_>, id: u32, level: u16, length: u16) -> Result<Answer, u32> {
    let descriptor = structures::file(level).ok_or(win32::INVALID_LEVEL)?;
    let response =
        file_get_info(call.caller, &FileGetInfoRequest { id, level: 3, ..FileGetInfoRequest::default() });
    let file = response.file.ok_or(if response.status == win32::FILE_NOT_FOUND {
        win32::FILE_ID_NOT_FOUND
    } else {
        response.status
    })?;
    Ok(call.one(descriptor, length, &fields(level, file)))
}

async fn close(call: &RapCall<'_>, id: u32) -> Result<Answer, u32> {
    let response = file_close(call.caller, &FileCloseRequest { id, ..FileCloseRequest::default() }).await;
    Ok(Answer::status(response.status))
}

/// FILE_INFO_0 to FILE_INFO_3 of LAN Manager
fn fields(level: u16, file: FileInfo) -> Vec<Field> {
    let id = if level < 2 { Field::Word(word(file.id)) } else { Field::Dword(file.id) };
    let mut fields = vec![id];
    if matches!(level, 1 | 3) {
        fields.extend([Field::Word(word(file.permissions)), Field::Word(word(file.locks))]);
        fields.extend([text(file.path), text(file.user)]);
    }
    fields
}

fn is_short(id: u32) -> bool {
    u16::try_from(id).is_ok()
}

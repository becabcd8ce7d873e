use super::RapCall;
use super::answer::{Answer, name, text, word};
use crate::srvsvc::{share_add, share_check, share_del, share_enum, share_get_info, share_set_info};
use crate::win32;
use lanward_nt::NtString;
use lanward_rpc::srvsvc::{
    MAX_PREFERRED_LENGTH, ShareAddRequest, ShareCheckRequest, ShareDelRequest, ShareEnumRequest,
    ShareGetInfoRequest, ShareInfo, ShareSetInfoRequest, ShareType,
};
use lanward_smb1::rap::{Field, Parameter, opcode as op, structures};

/// SHI_REMARK_PARMNUM and SHI_MAX_USES_PARMNUM of LAN Manager
const REMARK: u16 = 4;
const MAX_USES: u16 = 6;

pub(super) async fn dispatch(call: &RapCall<'_>) -> Result<Answer, u32> {
    match (call.opcode, call.parameters.as_slice()) {
        (op::SHARE_ENUM, [Parameter::Word(level), Parameter::ReceiveLength(length)]) => {
            enumerate(call, *level, *length)
        }
        (
            op::SHARE_GET_INFO,
            [Parameter::Text(share), Parameter::Word(level), Parameter::ReceiveLength(length)],
        ) => get_info(call, share, *level, *length),
        (
            op::SHARE_SET_INFO,
            [
                Parameter::Text(share),
                Parameter::Word(level),
                Parameter::SendLength(_),
                Parameter::Member(member),
            ],
        ) => set_info(call, share, *level, *member).await,
        (op::SHARE_ADD, [Parameter::Word(level), Parameter::SendLength(_)]) => add(call, *level).await,
        (op::SHARE_DEL, [Parameter::Text(share), Parameter::Word(_)]) => {
            let request = ShareDelRequest { name: share.clone(), ..ShareDelRequest::default() };
            let response = share_del(call.caller, call.administration, &request).await;
            Ok(Answer::status(response.status))
        }
        (op::SHARE_CHECK, [Parameter::Text(device)]) => {
            let request = ShareCheckRequest { device: device.clone(), ..ShareCheckRequest::default() };
            let response = share_check(call.caller, &request);
            if response.status == win32::SUCCESS {
                Ok(Answer::word(word(response.share_type)))
            } else {
                Err(response.status)
            }
        }
        _ => Err(win32::INVALID_PARAMETER),
    }
}

/// [MS-RAP] 3.2.5.1 NetShareEnum
fn enumerate(call: &RapCall<'_>, level: u16, length: u16) -> Result<Answer, u32> {
    let descriptor = structures::share(level).ok_or(win32::INVALID_LEVEL)?;
    let response = share_enum(
        call.caller,
        &ShareEnumRequest {
            level: level.into(),
            preferred_maximum_length: MAX_PREFERRED_LENGTH,
            ..ShareEnumRequest::default()
        },
    );
    if response.status != win32::SUCCESS {
        return Err(response.status);
    }
    let shares = response.entries.unwrap_or_default();
    Ok(call.list(descriptor, length, shares.into_iter().map(|share| fields(level, share))))
}

/// [MS-RAP] 3.2.5.2 NetShareGetInfo
fn get_info(call: &RapCall<'_>, share: &NtString, level: u16, length: u16) -> Result<Answer, u32> {
    let descriptor = structures::share(level).ok_or(win32::INVALID_LEVEL)?;
    let request =
        ShareGetInfoRequest { name: share.clone(), level: level.into(), ..ShareGetInfoRequest::default() };
    let response = share_get_info(call.caller, &request);
    let share = response.share.ok_or(response.status)?;
    Ok(call.one(descriptor, length, &fields(level, share)))
}

/// NetShareSetInfo of LAN Manager: a remark, how many it takes at once, or both with everything else as it was.
async fn set_info(call: &RapCall<'_>, share: &NtString, level: u16, member: u16) -> Result<Answer, u32> {
    let descriptor = structures::share(level).filter(|_| level > 0).ok_or(win32::INVALID_LEVEL)?;
    let (level, info) = match member {
        0 => (u32::from(level), sent(&call.sent(descriptor)?, call)),
        REMARK => (1004, ShareInfo { remark: Some(call.sent_text()), ..ShareInfo::default() }),
        MAX_USES if level == 2 => {
            (1006, ShareInfo { max_uses: uses(call.sent_word()?), ..ShareInfo::default() })
        }
        _ => return Err(win32::INVALID_PARAMETER),
    };
    let request = ShareSetInfoRequest {
        name: share.clone(),
        level,
        share: Some(info),
        ..ShareSetInfoRequest::default()
    };
    let response = share_set_info(call.caller, call.administration, &request).await;
    Ok(Answer::status(response.status))
}

/// NetShareAdd of LAN Manager, which has level 2 only.
async fn add(call: &RapCall<'_>, level: u16) -> Result<Answer, u32> {
    let descriptor = structures::share(level).filter(|_| level == 2).ok_or(win32::INVALID_LEVEL)?;
    let share = Some(sent(&call.sent(descriptor)?, call));
    let request = ShareAddRequest { level: level.into(), share, ..ShareAddRequest::default() };
    let response = share_add(call.caller, call.administration, &request).await;
    Ok(Answer::status(response.status))
}

/// [MS-RAP] 2.5.6.3 of what [MS-SRVS] says.
fn fields(level: u16, share: ShareInfo) -> Vec<Field> {
    let mut fields = vec![name(share.name)];
    if level > 0 {
        // What is special about it has no place in 16 bits.
        let kind = word(share.share_type.bits() & 0xffff);
        fields.extend([Field::Byte(0), Field::Word(kind), text(share.remark)]);
    }
    if level > 1 {
        fields.extend([
            Field::Word(0),
            Field::Word(word(share.max_uses)),
            Field::Word(word(share.current_uses)),
            text(share.path),
            Field::Bytes(Vec::new()),
            Field::Byte(0),
        ]);
    }
    fields
}

/// What was sent, in the words of [MS-SRVS].
fn sent(fields: &[Field], call: &RapCall<'_>) -> ShareInfo {
    let mut info = ShareInfo { max_uses: u32::MAX, ..ShareInfo::default() };
    let string = |field: Option<&Field>| match field {
        Some(Field::Text(string)) => Some(string.clone()),
        _ => None,
    };
    if let Some(Field::Bytes(bytes)) = fields.first() {
        info.name = Some(call.string(bytes));
    }
    if let Some(Field::Word(kind)) = fields.get(2) {
        info.share_type = ShareType::from_bits_retain((*kind).into());
    }
    info.remark = string(fields.get(3));
    if let Some(Field::Word(max)) = fields.get(5) {
        info.max_uses = uses(*max);
    }
    info.path = string(fields.get(7));
    info
}

/// All ones stand for any number.
fn uses(value: u16) -> u32 {
    if value == u16::MAX { u32::MAX } else { value.into() }
}

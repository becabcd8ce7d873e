use super::RapCall;
use super::answer::{Answer, name, text};
use crate::srvsvc::{server_disk_enum, server_get_info, server_set_info};
use crate::win32;
use lanward_rpc::srvsvc::{ServerDiskEnumRequest, ServerGetInfoRequest, ServerInfo, ServerSetInfoRequest};
use lanward_smb1::rap::{Descriptor, Field, Parameter, opcode as op, structures};

/// SV_COMMENT_PARMNUM of LAN Manager
const COMMENT: u16 = 5;

pub(super) async fn dispatch(call: &RapCall<'_>) -> Result<Answer, u32> {
    match (call.opcode, call.parameters.as_slice()) {
        (op::SERVER_GET_INFO, [Parameter::Word(level), Parameter::ReceiveLength(length)]) => {
            get_info(call, *level, *length)
        }
        (
            op::SERVER_SET_INFO,
            [Parameter::Word(level), Parameter::SendLength(_), Parameter::Member(member)],
        ) => set_info(call, *level, *member).await,
        (op::SERVER_DISK_ENUM, [Parameter::Word(level), Parameter::ReceiveLength(length)]) => {
            let request =
                ServerDiskEnumRequest { level: (*level).into(), ..ServerDiskEnumRequest::default() };
            let response = server_disk_enum(call.caller, &request);
            if response.status != win32::SUCCESS {
                return Err(response.status);
            }
            let disks = response.disks.into_iter().filter(|disk| !disk.units().is_empty());
            Ok(call.list(Descriptor::new("B3"), *length, disks.map(|disk| vec![Field::Name(disk)])))
        }
        _ => Err(win32::INVALID_PARAMETER),
    }
}

/// [MS-RAP] 3.2.5.3 NetServerGetInfo
fn get_info(call: &RapCall<'_>, level: u16, length: u16) -> Result<Answer, u32> {
    let descriptor = structures::server(level).ok_or(win32::INVALID_LEVEL)?;
    let response =
        server_get_info(call.caller, &ServerGetInfoRequest { level: 101, ..ServerGetInfoRequest::default() });
    let info = response.info.ok_or(response.status)?;
    let byte = |version: u32| Field::Byte(u8::try_from(version).unwrap_or(u8::MAX));
    let mut fields = vec![name(info.name)];
    if level > 0 {
        fields.extend([byte(info.version_major), byte(info.version_minor)]);
        fields.extend([Field::Dword(info.server_type.bits()), text(info.comment)]);
    }
    Ok(call.one(descriptor, length, &fields))
}

/// NetServerSetInfo of LAN Manager, as far as level 1 goes: the comment.
async fn set_info(call: &RapCall<'_>, level: u16, member: u16) -> Result<Answer, u32> {
    let descriptor = structures::server(level).filter(|_| level == 1).ok_or(win32::INVALID_LEVEL)?;
    let comment = match member {
        0 => match call.sent(descriptor)?.pop() {
            Some(Field::Text(comment)) => comment,
            _ => return Err(win32::INVALID_PARAMETER),
        },
        COMMENT => call.sent_text(),
        _ => return Err(win32::INVALID_PARAMETER),
    };
    let request = ServerSetInfoRequest {
        level: 1005,
        info: Some(ServerInfo { comment: Some(comment), ..ServerInfo::default() }),
        ..ServerSetInfoRequest::default()
    };
    let response = server_set_info(call.caller, call.administration, &request).await;
    Ok(Answer::status(response.status))
}

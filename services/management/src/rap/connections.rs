use super::RapCall;
use super::answer::{Answer, text, word};
use crate::srvsvc::connection_enum;
use crate::{now, win32};
use lanward_rpc::srvsvc::{ConnectionEnumRequest, MAX_PREFERRED_LENGTH};
use lanward_smb1::rap::{Field, Parameter, structures};

/// NetConnectionEnum of LAN Manager: of a share, or of a computer, which has two backslashes in front.
pub(super) fn enumerate(call: &RapCall<'_>) -> Result<Answer, u32> {
    let [Parameter::Text(qualifier), Parameter::Word(level), Parameter::ReceiveLength(length)] =
        call.parameters.as_slice()
    else {
        return Err(win32::INVALID_PARAMETER);
    };
    let descriptor = structures::connection(*level).ok_or(win32::INVALID_LEVEL)?;
    let request = ConnectionEnumRequest {
        qualifier: Some(qualifier.clone()),
        level: 1,
        preferred_maximum_length: MAX_PREFERRED_LENGTH,
        ..ConnectionEnumRequest::default()
    };
    let response = connection_enum(call.caller, &request, now());
    if response.status != win32::SUCCESS {
        return Err(response.status);
    }
    let rows = response.entries.unwrap_or_default().into_iter().map(|connection| {
        let mut fields = vec![Field::Word(word(connection.id))];
        if *level > 0 {
            fields.extend([
                Field::Word(word(connection.share_type & 0xffff)),
                Field::Word(word(connection.opens)),
                Field::Word(word(connection.users)),
                Field::Dword(connection.seconds),
                text(connection.user),
                text(connection.name),
            ]);
        }
        fields
    });
    Ok(call.list(descriptor, *length, rows))
}

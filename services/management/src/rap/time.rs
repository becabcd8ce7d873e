use super::RapCall;
use super::answer::{Answer, word};
use crate::srvsvc::remote_tod;
use crate::win32;
use lanward_smb1::rap::{Field, Parameter, structures};

/// [MS-RAP] 3.2.5.11 NetRemoteTOD
pub(super) fn time_of_day(call: &RapCall<'_>) -> Result<Answer, u32> {
    let [Parameter::ReceiveLength(length)] = call.parameters.as_slice() else {
        return Err(win32::INVALID_PARAMETER);
    };
    let response = remote_tod();
    let time = response.time.ok_or(response.status)?;
    let byte = |value: u32| Field::Byte(u8::try_from(value).unwrap_or(0));
    let fields = [
        Field::Dword(time.elapsed),
        Field::Dword(time.milliseconds),
        byte(time.hours),
        byte(time.minutes),
        byte(time.seconds),
        byte(time.hundredths),
        // Minutes west of Greenwich: the low half of a signed number is that number.
        Field::Word((time.time_zone & 0xffff) as u16),
        Field::Word(word(time.tick)),
        byte(time.day),
        byte(time.month),
        Field::Word(word(time.year)),
        byte(time.weekday),
    ];
    Ok(call.one(structures::TIME_OF_DAY, *length, &fields))
}

use super::RapCall;
use super::answer::{Answer, word};
use super::users::{age, privilege, unix};
use crate::srvsvc::VERSION;
use crate::{now, win32};
use lanward_nt::{FileTime, NtString};
use lanward_server::{Act, Session, UserKind};
use lanward_smb1::rap::{Field, Parameter, opcode as op, structures};
use std::sync::Arc;

pub(super) fn dispatch(call: &RapCall<'_>) -> Result<Answer, u32> {
    match (call.opcode, call.parameters.as_slice()) {
        (op::WKSTA_GET_INFO, [Parameter::Word(level), Parameter::ReceiveLength(length)]) => {
            get_info(call, *level, *length)
        }
        (
            op::WKSTA_USER_LOGON | op::WKSTA_USER_LOGOFF,
            [
                _,
                _,
                Parameter::Word(level),
                Parameter::Bytes(who),
                Parameter::Word(_),
                Parameter::ReceiveLength(length),
            ],
        ) => {
            if *level != 1 {
                return Err(win32::INVALID_LEVEL);
            }
            let session = own_session(call, who)?;
            if call.opcode == op::WKSTA_USER_LOGON {
                log_on(call, &session, *length)
            } else {
                log_off(call, &session, *length)
            }
        }
        _ => Err(win32::INVALID_PARAMETER),
    }
}

/// [MS-RAP] 3.2.5.16 NetWkstaGetInfo
fn get_info(call: &RapCall<'_>, level: u16, length: u16) -> Result<Answer, u32> {
    let descriptor = structures::workstation(level).ok_or(win32::INVALID_LEVEL)?;
    call.caller.may(Act::QueryServer).map_err(|_| win32::ACCESS_DENIED)?;
    let identity = call.caller.server.identity();
    let byte = |version: u32| Field::Byte(u8::try_from(version).unwrap_or(u8::MAX));
    let text = |string: &str| Field::Text(string.into());
    // Nobody is signed in at the server itself (2.5.10.4.1, notes 59, 62 and 63).
    let fields = [
        text(&identity.name),
        text(""),
        text(&identity.workgroup),
        byte(VERSION.0),
        byte(VERSION.1),
        text(""),
        text(""),
    ];
    Ok(call.one(descriptor, length, &fields))
}

/// The session a request came in, if it is about its own user and computer ([MS-RAP] 3.2.5.17): nobody signs in or out for somebody else. Both requests
/// have the name of the user in front and that of the workstation at the end.
fn own_session(call: &RapCall<'_>, who: &[u8]) -> Result<Arc<Session>, u32> {
    let session = call.caller.session.and_then(|id| call.caller.server.session(id));
    let session = session.filter(|_| call.caller.user.kind == UserKind::Named).ok_or(win32::ACCESS_DENIED)?;
    let (user, rest) = who.split_at_checked(21).ok_or(win32::INVALID_PARAMETER)?;
    let workstation = rest.last_chunk::<16>().ok_or(win32::INVALID_PARAMETER)?;
    let (user, workstation) = (call.string(user), bare(&call.string(workstation)));
    let same = user.eq_ignore_case(&call.caller.user.name)
        && !workstation.units().is_empty()
        && workstation.eq_ignore_case(&bare(&session.client_name()));
    if same { Ok(session) } else { Err(win32::ACCESS_DENIED) }
}

/// A computer's name without backslashes in front.
fn bare(name: &NtString) -> NtString {
    NtString(name.units().iter().copied().skip_while(|unit| *unit == u16::from(b'\\')).collect())
}

/// [MS-RAP] 3.2.5.17 NetWkstaUserLogon. Its LogonList is that of the sessions.
fn log_on(call: &RapCall<'_>, session: &Session, length: u16) -> Result<Answer, u32> {
    let descriptor = structures::logon(1).ok_or(win32::INVALID_LEVEL)?;
    let accounts = call.caller.server.accounts();
    let directory = accounts.directory();
    let user = directory.user_named(&call.caller.user.name).ok_or(win32::USER_NOT_FOUND)?;
    let attempt = accounts.attempts(user);
    let ends = user.password_ends(directory.policy()).map_or(u32::MAX, unix);
    let earliest = FileTime(ticks(directory.policy().min_password_age).saturating_add(user.password_set.0));
    let fields = [
        Field::Word(0),
        Field::Name(user.name.clone()),
        Field::Byte(0),
        Field::Word(privilege(&directory, user)),
        Field::Dword(0),
        Field::Word(word(attempt.logons.into())),
        Field::Word(word(attempt.bad_passwords.into())),
        Field::Dword(unix(attempt.last_logon)),
        Field::Dword(0),
        Field::Dword(u32::MAX),
        Field::Dword(u32::MAX),
        Field::Dword(age(user.password_set)),
        Field::Dword(unix(earliest)),
        Field::Dword(ends),
        Field::Text(bare(&session.client_name())),
        Field::Text(call.caller.server.identity().workgroup.as_str().into()),
        Field::Text(user.script_path.clone()),
        Field::Dword(0),
    ];
    Ok(call.one(descriptor, length, &fields))
}

/// [MS-RAP] 3.2.5.18 NetWkstaUserLogoff
fn log_off(call: &RapCall<'_>, session: &Session, length: u16) -> Result<Answer, u32> {
    let descriptor = structures::logoff(1).ok_or(win32::INVALID_LEVEL)?;
    let accounts = call.caller.server.accounts();
    let directory = accounts.directory();
    let logons = directory.user_named(&call.caller.user.name).map(|user| accounts.attempts(user).logons);
    let duration = unix(now()).saturating_sub(unix(session.since()));
    let fields = [
        Field::Word(0),
        Field::Dword(duration),
        Field::Word(logons.map_or(u16::MAX, |logons| word(logons.into()))),
    ];
    Ok(call.one(descriptor, length, &fields))
}

/// 100-nanosecond intervals of a span.
fn ticks(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_nanos() / 100).unwrap_or(u64::MAX)
}

use super::RapCall;
use super::answer::{Answer, count, text, word};
use crate::srvsvc::{session_del, session_enum};
use crate::{now, win32};
use lanward_nt::NtString;
use lanward_rpc::srvsvc::{MAX_PREFERRED_LENGTH, SessionDelRequest, SessionEnumRequest, SessionInfo};
use lanward_smb1::rap::{Field, Parameter, opcode as op, structures};

pub(super) async fn dispatch(call: &RapCall<'_>) -> Result<Answer, u32> {
    match (call.opcode, call.parameters.as_slice()) {
        (op::SESSION_ENUM, [Parameter::Word(level), Parameter::ReceiveLength(length)]) => {
            let descriptor = structures::session(*level).ok_or(win32::INVALID_LEVEL)?;
            let sessions = sessions(call, None)?;
            let rows: Vec<_> = sessions.into_iter().map(|session| fields(call, *level, session)).collect();
            Ok(call.list(descriptor, *length, rows))
        }
        (
            op::SESSION_GET_INFO,
            [Parameter::Text(client), Parameter::Word(level), Parameter::ReceiveLength(length)],
        ) => {
            let descriptor = structures::session(*level).ok_or(win32::INVALID_LEVEL)?;
            let session = sessions(call, Some(computer(client)?))?.into_iter().next();
            let session = session.ok_or(win32::CLIENT_NAME_NOT_FOUND)?;
            Ok(call.one(descriptor, *length, &fields(call, *level, session)))
        }
        (op::SESSION_DEL, [Parameter::Text(client), Parameter::Word(_)]) => {
            let request =
                SessionDelRequest { client: Some(computer(client)?), ..SessionDelRequest::default() };
            Ok(Answer::status(session_del(call.caller, &request).await.status))
        }
        _ => Err(win32::INVALID_PARAMETER),
    }
}

/// A computer's name as [MS-SRVS] has it: two backslashes in front, which clients leave out as they like.
fn computer(name: &NtString) -> Result<NtString, u32> {
    let bare = bare(name);
    if bare.is_empty() { Err(win32::INVALID_PARAMETER) } else { Ok(NtString([&[0x5c, 0x5c], bare].concat())) }
}

/// A computer's name without backslashes in front, as LAN Manager has it.
fn bare(name: &NtString) -> &[u16] {
    let start = name.units().iter().position(|unit| *unit != u16::from(b'\\'));
    start.map_or(&[], |start| &name.units()[start..])
}

fn sessions(call: &RapCall<'_>, client: Option<NtString>) -> Result<Vec<SessionInfo>, u32> {
    let request = SessionEnumRequest {
        client,
        level: 502,
        preferred_maximum_length: MAX_PREFERRED_LENGTH,
        ..SessionEnumRequest::default()
    };
    let response = session_enum(call.caller, &request, now());
    if response.status == win32::SUCCESS {
        Ok(response.entries.unwrap_or_default())
    } else {
        Err(response.status)
    }
}

/// SESSION_INFO_0, _1, _2 and _10 of LAN Manager
fn fields(call: &RapCall<'_>, level: u16, session: SessionInfo) -> Vec<Field> {
    let times = [Field::Dword(session.seconds), Field::Dword(session.idle_seconds)];
    let (client, user) = (session.client.unwrap_or_default(), session.user.unwrap_or_default());
    let name = Field::Text(NtString(bare(&client).to_vec()));
    if level == 0 {
        return vec![name];
    }
    let connections = count(connections(call, &client, &user));
    let names = [name, Field::Text(user)];
    if level == 10 {
        return names.into_iter().chain(times).collect();
    }
    let counts = [Field::Word(connections), Field::Word(word(session.opens)), Field::Word(1)];
    let mut fields: Vec<_> = names.into_iter().chain(counts).chain(times).collect();
    fields.push(Field::Dword(session.user_flags));
    if level == 2 {
        fields.push(text(session.client_type));
    }
    fields
}

/// Shares that a user at a computer is connected to.
fn connections(call: &RapCall<'_>, client: &NtString, user: &NtString) -> usize {
    let trees = call.caller.server.tree_connects();
    let theirs = trees.iter().filter(|tree| tree.user().name == *user);
    theirs.filter_map(|tree| tree.session()).filter(|s| crate::srvsvc::is_client(s, client)).count()
}

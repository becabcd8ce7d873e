//! The Remote Administration Protocol ([MS-RAP]) over `\PIPE\LANMAN`: what the server service, the workstation service and the accounts say, in the
//! words of LAN Manager. Each call is a view of what the same call of [MS-SRVS], [MS-WKST] or [MS-SAMR] answers, so that nobody sees or
//! changes more this way than the other.

mod access;
mod answer;
mod connections;
mod files;
mod groups;
mod passwords;
mod printing;
mod server_list;
mod servers;
mod services;
mod sessions;
mod shares;
#[cfg(test)]
mod tests;
mod time;
mod users;
mod workstation;

use crate::{Administration, win32};
use answer::Answer;
use lanward_server::{Act, Caller, LanmanRequest, LanmanResponse};
use lanward_smb1::Text;
use lanward_smb1::rap::{Descriptor, Parameter, RapRequest, opcode as op};
use lanward_wire::CodePage;
use std::time::Duration;

/// How long a call may take.
const CALL_DEADLINE: Duration = Duration::from_secs(60);

/// NERR_InvalidAPI: there is no such call.
const INVALID_API: u32 = 2142;

/// A call that has been read, and what it may use.
struct RapCall<'c> {
    caller: &'c Caller,
    administration: &'c Administration,
    opcode: u16,
    parameters: Vec<Parameter<'c>>,
    /// DataDesc, of structures that were sent.
    data_descriptor: Descriptor<'c>,
    /// Structures that were sent.
    data: &'c [u8],
    /// Most bytes of structures that the transaction takes back.
    max_data: u32,
    code_page: CodePage,
}

/// Answers a request within the bounds of its transaction.
pub(crate) async fn answer(
    caller: &Caller,
    administration: &Administration,
    request: LanmanRequest<'_>,
) -> LanmanResponse {
    let text = Text { unicode: false, code_page: request.code_page };
    let head = RapRequest::head(request.parameters).map(|(opcode, parameters, ..)| (opcode, parameters));
    let descriptor = head.map_or(Descriptor::default(), |(_, descriptor)| descriptor);
    let outcome = match (head, RapRequest::decode(request.parameters, text)) {
        (Ok((opcode, descriptor)), decoded) => match (op::is_described(opcode, descriptor), decoded) {
            (None, _) => Err(INVALID_API),
            // 3.2.5: a descriptor that is not the call's; or parameters that are not the descriptor's.
            (Some(false), _) | (_, Err(_)) => Err(win32::INVALID_PARAMETER),
            _ if !is_open_to(caller) => Err(win32::ACCESS_DENIED),
            (Some(true), Ok(read)) => {
                let call = RapCall {
                    caller,
                    administration,
                    opcode,
                    parameters: read.parameters,
                    data_descriptor: read.data_descriptor,
                    data: request.data,
                    max_data: request.max_data,
                    code_page: request.code_page,
                };
                caller.activity.note(opcode);
                let answer = tokio::time::timeout(CALL_DEADLINE, dispatch(&call)).await;
                answer.unwrap_or(Err(win32::of_status(lanward_nt::NtStatus::IO_TIMEOUT)))
            }
        },
        (Err(_), _) => Err(win32::INVALID_PARAMETER),
    };
    outcome.unwrap_or_else(Answer::status).within(descriptor, request.max_parameters)
}

/// Whether somebody may ask anything at all: a NULL session opens no pipe to get here, so what the others allow whoever has one open it may only where
/// it may list, or where this pipe is among those that are open to it by name.
fn is_open_to(caller: &Caller) -> bool {
    caller.may(Act::ListServers).is_ok() || caller.may(Act::OpenPipe(&"LANMAN".into())).is_ok()
}

async fn dispatch(call: &RapCall<'_>) -> Result<Answer, u32> {
    match call.opcode {
        op::SHARE_ENUM..=op::SHARE_CHECK => shares::dispatch(call).await,
        op::SESSION_ENUM..=op::SESSION_DEL => sessions::dispatch(call).await,
        op::CONNECTION_ENUM => connections::enumerate(call),
        op::FILE_ENUM..=op::FILE_CLOSE | op::FILE_ENUM2 | op::FILE_GET_INFO2 | op::FILE_CLOSE2 => {
            files::dispatch(call).await
        }
        op::SERVER_GET_INFO..=op::SERVER_DISK_ENUM => servers::dispatch(call).await,
        op::SERVER_ENUM2 | op::SERVER_ENUM3 => server_list::enumerate(call),
        op::SERVICE_ENUM | op::SERVICE_GET_INFO => services::dispatch(call),
        op::GROUP_ENUM..=op::GROUP_GET_USERS | op::GROUP_GET_INFO | op::USER_GET_GROUPS => {
            groups::dispatch(call).await
        }
        op::USER_ENUM | op::USER_DEL | op::USER_GET_INFO | op::USER_ADD2 => users::dispatch(call).await,
        op::USER_PASSWORD_SET2 | op::OEM_CHANGE_PASSWORD => passwords::dispatch(call).await,
        op::WKSTA_GET_INFO | op::WKSTA_USER_LOGON | op::WKSTA_USER_LOGOFF => workstation::dispatch(call),
        op::REMOTE_TOD => time::time_of_day(call),
        op::ACCESS_GET_USER_PERMS => access::user_permissions(call),
        op::PRINT_Q_ENUM..=op::PRINT_DEST_GET_INFO | op::PRINT_Q_PURGE | op::PRINT_JOB_SET_INFO => {
            printing::dispatch(call).await
        }
        _ => Err(INVALID_API),
    }
}

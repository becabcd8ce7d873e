use super::RapCall;
use super::answer::{Answer, word};
use crate::svcctl::Service;
use crate::win32;
use lanward_rpc::svcctl::State;
use lanward_server::Act;
use lanward_smb1::rap::{Field, Parameter, opcode as op, structures};

/// NERR_ServiceNotInstalled
const NOT_INSTALLED: u32 = 2184;

/// Bits of a service's status in LAN Manager: how far it is, and what it lets be done with it.
const INSTALLED: u16 = 3;
const UNINSTALL_PENDING: u16 = 2;
const PAUSED: u16 = 0x0c;
const UNINSTALLABLE: u16 = 0x10;
const PAUSABLE: u16 = 0x20;

/// NetServiceEnum and NetServiceGetInfo of LAN Manager: the services that run.
pub(super) fn dispatch(call: &RapCall<'_>) -> Result<Answer, u32> {
    if call.caller.may(Act::Administer).is_err() {
        return Err(win32::ACCESS_DENIED);
    }
    let running = Service::ALL
        .into_iter()
        .filter(|service| service.status(&call.caller.server).state != State::STOPPED);
    match (call.opcode, call.parameters.as_slice()) {
        (op::SERVICE_ENUM, [Parameter::Word(level), Parameter::ReceiveLength(length)]) => {
            let descriptor = structures::service(*level).ok_or(win32::INVALID_LEVEL)?;
            Ok(call.list(descriptor, *length, running.map(|service| fields(call, *level, service))))
        }
        (
            op::SERVICE_GET_INFO,
            [Parameter::Text(asked), Parameter::Word(level), Parameter::ReceiveLength(length)],
        ) => {
            let descriptor = structures::service(*level).ok_or(win32::INVALID_LEVEL)?;
            let mut named = running.filter(|service| asked.eq_ignore_case(&service.name().into()));
            let service = named.next().ok_or(NOT_INSTALLED)?;
            Ok(call.one(descriptor, *length, &fields(call, *level, service)))
        }
        _ => Err(win32::INVALID_PARAMETER),
    }
}

/// SERVICE_INFO_0 to SERVICE_INFO_2 of LAN Manager
fn fields(call: &RapCall<'_>, level: u16, service: Service) -> Vec<Field> {
    let mut fields = vec![Field::Name(service.name().into())];
    if level > 0 {
        let state = match service.status(&call.caller.server).state {
            State::STOP_PENDING => UNINSTALL_PENDING,
            State::PAUSED => INSTALLED | PAUSED,
            _ => INSTALLED,
        };
        let status = state | UNINSTALLABLE | PAUSABLE;
        fields.extend([
            Field::Word(status),
            Field::Dword(0),
            Field::Word(word(service.process_id(&call.caller.server))),
        ]);
    }
    if level > 1 {
        fields.push(Field::Name(service.display_name().into()));
    }
    fields
}

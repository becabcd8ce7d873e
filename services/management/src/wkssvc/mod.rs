//! [MS-WKST]: the workstation service of a server that connects to nobody and belongs to a workgroup.

mod join;
mod transports;
mod users;
mod uses;
mod validate_name;
mod workstation_info;
mod workstation_statistics;

use crate::call::Call;
use crate::endpoint::Interface;
use crate::win32;
use lanward_rpc::wkssvc::opnum as op;
use lanward_rpc::{Arguments as _, Fault, StatusResponse};
use lanward_server::Act;

pub(crate) const INTERFACE: Interface =
    Interface { id: lanward_rpc::wkssvc::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    let caller = call.caller;
    match call.operation {
        op::WORKSTATION_GET_INFO => {
            call.answer(workstation_info::workstation_get_info(caller, &call.decoded()?))
        }
        op::WORKSTATION_SET_INFO => {
            call.answer(workstation_info::workstation_set_info(caller, &call.decoded()?))
        }
        op::WORKSTATION_USER_ENUM => call.answer(users::workstation_user_enum(caller, &call.decoded()?)),
        op::WORKSTATION_TRANSPORT_ENUM => {
            call.answer(transports::workstation_transport_enum(caller, &call.decoded()?))
        }
        op::WORKSTATION_TRANSPORT_ADD => {
            call.answer(transports::workstation_transport_add(caller, &call.decoded()?))
        }
        op::WORKSTATION_TRANSPORT_DEL => {
            call.answer(transports::workstation_transport_del(caller, &call.decoded()?))
        }
        op::USE_ADD => call.answer(uses::use_add(&call.decoded()?)),
        op::USE_GET_INFO => call.answer(uses::use_get_info(&call.decoded()?)),
        op::USE_DEL => call.answer(StatusResponse { status: win32::CALL_NOT_IMPLEMENTED }),
        op::USE_ENUM => call.answer(uses::use_enum(&call.decoded()?)),
        op::WORKSTATION_STATISTICS_GET => {
            call.answer(workstation_statistics::workstation_statistics(caller, &call.decoded()?))
        }
        op::GET_JOIN_INFORMATION => {
            call.arguments(lanward_rpc::wkssvc::GetJoinInformationRequest::decode)?;
            call.answer(join::join_information(caller))
        }
        op::VALIDATE_NAME => call.answer(validate_name::validate_name(caller, &call.decoded()?)),
        op::ENUMERATE_COMPUTER_NAMES => call.answer(join::enumerate_computer_names(caller, &call.decoded()?)),
        // What makes a computer a domain's, or renames it: [MS-WKST] 3.2.4.13 to 3.2.4.20. This one's name is its configuration's.
        op::JOIN_DOMAIN..=op::RENAME_MACHINE_IN_DOMAIN
        | op::ADD_ALTERNATE_COMPUTER_NAME..=op::SET_PRIMARY_COMPUTER_NAME => call.answer(not_here(call)),
        op::GET_JOINABLE_OUS => call.answer(join::no_units(not_here(call).status)),
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

fn not_here(call: &Call<'_>) -> StatusResponse {
    let administers = call.caller.may(Act::Administer).is_ok();
    StatusResponse { status: if administers { win32::NOT_SUPPORTED } else { win32::ACCESS_DENIED } }
}

//! Plug and Play: what devices there are, which is none. A service has no devices, and what is no service has no list.

#![expect(
    clippy::needless_pass_by_value,
    reason = "an operation owns its arguments, whether it needs that or not"
)]

use crate::call::Call;
use crate::endpoint::Interface;
use crate::operations::{Refusal, view};
use crate::svcctl::Service;
use lanward_rpc::ntsvcs::{
    self, DeviceListRequest, DeviceListResponse, DeviceListSizeRequest, DeviceListSizeResponse,
    DevicePropertyRequest, DevicePropertyResponse, ValidateDeviceRequest, ValidateDeviceResponse,
};
use lanward_rpc::{Fault, Operation as _, Varying, WideString};

pub(crate) const INTERFACE: Interface =
    Interface { id: ntsvcs::INTERFACE, dispatch: |call| Box::pin(dispatch(call)) };

/// The version Windows 2000 and everything later says.
const VERSION: u16 = 0x400;

/// Of a filter: it is a service's name.
const FILTER_SERVICE: u32 = 0x0000_0002;

/// Results, which are none of the Win32 errors.
mod result {
    pub(super) const SUCCESS: u32 = 0;
    pub(super) const INVALID_POINTER: u32 = 0x03;
    pub(super) const NO_SUCH_DEVICE: u32 = 0x0d;
    pub(super) const BUFFER_SMALL: u32 = 0x1a;
    pub(super) const NO_SUCH_VALUE: u32 = 0x25;
}

async fn dispatch(call: &Call<'_>) -> Result<Vec<u8>, Fault> {
    match call.operation {
        ntsvcs::GET_VERSION => call.results(|w| {
            w.u16(VERSION);
            w.u32(result::SUCCESS);
        }),
        ValidateDeviceRequest::NUMBER => view(call, validate),
        DeviceListRequest::NUMBER => view(call, list),
        DeviceListSizeRequest::NUMBER => view(call, list_size),
        DevicePropertyRequest::NUMBER => view(call, property),
        _ => Err(Fault::OP_RANGE_ERROR),
    }
}

fn validate(_: &Call<'_>, _: ValidateDeviceRequest) -> Result<ValidateDeviceResponse, Refusal<u32>> {
    Err(result::NO_SUCH_DEVICE.into())
}

/// The list that passes a filter: a terminator.
fn listed(filter: Option<&WideString>, flags: u32) -> Result<Vec<u16>, Refusal<u32>> {
    if flags & FILTER_SERVICE != 0 {
        let service = filter.ok_or(result::INVALID_POINTER)?;
        if Service::named(&service.0).is_none() {
            return Err(result::NO_SUCH_VALUE.into());
        }
    }
    Ok(vec![0])
}

fn list(_: &Call<'_>, request: DeviceListRequest) -> Result<DeviceListResponse, Refusal<u32>> {
    let devices = listed(request.filter.as_ref(), request.flags)?;
    let length = u32::try_from(devices.len()).unwrap_or(u32::MAX);
    if request.length < length {
        return Err(result::BUFFER_SMALL.into());
    }
    Ok(DeviceListResponse { devices: Varying(devices), length, status: result::SUCCESS })
}

fn list_size(_: &Call<'_>, request: DeviceListSizeRequest) -> Result<DeviceListSizeResponse, Refusal<u32>> {
    let devices = listed(request.filter.as_ref(), request.flags)?;
    let length = u32::try_from(devices.len()).unwrap_or(u32::MAX);
    Ok(DeviceListSizeResponse { length, status: result::SUCCESS })
}

fn property(_: &Call<'_>, _: DevicePropertyRequest) -> Result<DevicePropertyResponse, Refusal<u32>> {
    Err(result::NO_SUCH_DEVICE.into())
}

//! Plug and Play: there are no devices, whoever asks and however.

use super::*;
use lanward_rpc::WideString;
use lanward_rpc::ntsvcs::{
    self, DeviceListRequest, DeviceListSizeRequest, DevicePropertyRequest, ValidateDeviceRequest,
};

const BY_SERVICE: u32 = 2;

fn name(name: &str) -> WideString {
    WideString(name.into())
}

#[tokio::test]
async fn there_are_no_devices() {
    let server = server();
    for pipe in ["ntsvcs", "plugplay"] {
        let mut peer = Peer::bind(&session(&server, false), pipe, ntsvcs::INTERFACE).await;
        assert_eq!(peer.call(ntsvcs::GET_VERSION, |_| {}).await.unwrap(), [0, 4, 0, 0, 0, 0, 0, 0]);
        let device = name("ACPI\\ACPI0003\\1");
        let validate = ValidateDeviceRequest { device: device.clone(), flags: 0 };
        assert_eq!(perform(&mut peer, validate).await.status, 0x0d);
        let property =
            DevicePropertyRequest { device, property: 1, data_type: 0, buffer_size: 8, needed: 0, flags: 0 };
        assert_eq!(perform(&mut peer, property).await.status, 0x0d);
        assert_eq!(peer.call(3, |_| {}).await, Err(ClientError::Fault(Fault::OP_RANGE_ERROR)));
    }
}

#[tokio::test]
async fn a_service_has_a_list_without_devices_and_what_is_none_has_no_list() {
    let server = server();
    let mut peer = Peer::bind(&session(&server, false), "ntsvcs", ntsvcs::INTERFACE).await;
    let cases = [
        (None, BY_SERVICE, Err(3)),
        (Some("Spooler"), BY_SERVICE, Ok(1)),
        (Some("Nothing"), BY_SERVICE, Err(0x25)),
        (None, 0, Ok(1)),
    ];
    for (filter, flags, expected) in cases {
        let size = DeviceListSizeRequest { filter: filter.map(name), flags };
        let size = perform(&mut peer, size).await;
        let seen = if size.status == 0 { Ok(size.length) } else { Err(size.status) };
        assert_eq!(seen, expected, "{filter:?}");
        let list = DeviceListRequest { filter: filter.map(name), length: 1, flags };
        let list = perform(&mut peer, list).await;
        let seen = if list.status == 0 { Ok(list.length) } else { Err(list.status) };
        assert_eq!(seen, expected, "{filter:?}");
        assert_eq!(list.devices.0, vec![0; usize::try_from(list.length).unwrap()]);
    }
    let small = DeviceListRequest { filter: Some(name("Spooler")), length: 0, flags: BY_SERVICE };
    assert_eq!(perform(&mut peer, small).await.status, 0x1a);
}

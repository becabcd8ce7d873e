//! What holds for the arguments of svcctl, winreg, spoolss and ntsvcs, whatever the bytes: what can be read is written as what reads the same.

use crate::{NdrReader, NdrWriter, Operation, Results as _, TransferSyntax, ntsvcs, spoolss, svcctl, winreg};
use core::fmt::Debug;
use lanward_wire::DecodeError;

fn read_and_write<T: PartialEq + Debug>(
    bytes: &[u8],
    decode: impl Fn(&mut NdrReader<'_>) -> Result<T, DecodeError>,
    encode: impl Fn(&T, &mut NdrWriter<'_>),
) {
    for syntax in [TransferSyntax::Ndr, TransferSyntax::Ndr64] {
        let Ok(value) = decode(&mut NdrReader::with_syntax(bytes, syntax)) else { continue };
        let mut again = Vec::new();
        encode(&value, &mut NdrWriter::with_syntax(&mut again, syntax));
        let read = decode(&mut NdrReader::with_syntax(&again, syntax));
        assert_eq!(read.as_ref(), Ok(&value), "{syntax:?} {again:02x?}");
    }
}

/// Any bytes as the arguments or results of their operations.
pub(crate) fn services(bytes: &[u8]) {
    read_and_write(bytes, svcctl::OpenManagerRequest::decode, svcctl::OpenManagerRequest::encode);
    read_and_write(bytes, svcctl::OpenServiceRequest::decode, svcctl::OpenServiceRequest::encode);
    read_and_write(bytes, svcctl::HandleResponse::decode, svcctl::HandleResponse::encode);
    read_and_write(bytes, svcctl::ControlRequest::decode, svcctl::ControlRequest::encode);
    read_and_write(bytes, svcctl::StatusResponse::decode, svcctl::StatusResponse::encode);
    read_and_write(bytes, svcctl::StartRequest::decode, svcctl::StartRequest::encode);
    read_and_write(bytes, svcctl::EnumServicesRequest::decode, svcctl::EnumServicesRequest::encode);
    read_and_write(bytes, svcctl::EnumServicesRequest::decode_ex, svcctl::EnumServicesRequest::encode_ex);
    read_and_write(bytes, svcctl::EnumServicesResponse::decode, svcctl::EnumServicesResponse::encode);
    read_and_write(bytes, |r| svcctl::QueryRequest::decode(r, 8192), svcctl::QueryRequest::encode);
    read_and_write(bytes, svcctl::BufferResponse::decode, svcctl::BufferResponse::encode);
    read_and_write(bytes, svcctl::SetSecurityRequest::decode, svcctl::SetSecurityRequest::encode);
    read_and_write(bytes, svcctl::QueryConfigRequest::decode, svcctl::QueryConfigRequest::encode);
    read_and_write(bytes, svcctl::QueryConfigResponse::decode, svcctl::QueryConfigResponse::encode);
    read_and_write(bytes, svcctl::NameRequest::decode, svcctl::NameRequest::encode);
    read_and_write(bytes, svcctl::NameResponse::decode, svcctl::NameResponse::encode);
    read_and_write(bytes, svcctl::LockStatusRequest::decode, svcctl::LockStatusRequest::encode);
    read_and_write(bytes, svcctl::LockStatusResponse::decode, svcctl::LockStatusResponse::encode);
    let (decode, encode) =
        (svcctl::ChangeServiceConfigRequest::decode, svcctl::ChangeServiceConfigRequest::encode);
    read_and_write(bytes, decode, encode);
    read_and_write(bytes, winreg::OpenRootRequest::decode, winreg::OpenRootRequest::encode);
    read_and_write(bytes, winreg::OpenKeyRequest::decode, winreg::OpenKeyRequest::encode);
    read_and_write(bytes, winreg::CreateKeyRequest::decode, winreg::CreateKeyRequest::encode);
    read_and_write(bytes, winreg::CreateKeyResponse::decode, winreg::CreateKeyResponse::encode);
    read_and_write(bytes, winreg::EnumKeyResponse::decode, winreg::EnumKeyResponse::encode);
    read_and_write(bytes, winreg::QueryInfoResponse::decode, winreg::QueryInfoResponse::encode);
    read_and_write(bytes, winreg::KeySecurityRequest::decode, winreg::KeySecurityRequest::encode);
    read_and_write(bytes, winreg::KeySecurityResponse::decode, winreg::KeySecurityResponse::encode);
    read_and_write(bytes, winreg::MultipleResponse::decode, winreg::MultipleResponse::encode);
    spoolss::oracle::operations(bytes);
    spoolss::oracle::information(bytes);
    operation::<ntsvcs::DeviceListRequest>(bytes);
    operation::<ntsvcs::DevicePropertyRequest>(bytes);
    // What these announce sizes nothing, and is not sent when it is written.
    for syntax in [TransferSyntax::Ndr, TransferSyntax::Ndr64] {
        let reader = || NdrReader::with_syntax(bytes, syntax);
        let _ = winreg::EnumKeyRequest::decode(&mut reader());
        let _ = winreg::QueryInfoRequest::decode(&mut reader());
        let _ = winreg::QueryValueRequest::decode(&mut reader());
        let _ = winreg::EnumValueRequest::decode(&mut reader());
        let _ = winreg::MultipleRequest::decode(&mut reader());
        let _ = winreg::ValueResponse::decode_enumerated(&mut reader());
    }
}

/// The same of an operation that says both its layouts once.
pub(crate) fn operation<Q>(bytes: &[u8])
where
    Q: Operation + PartialEq + Debug,
    Q::Response: PartialEq + Debug,
{
    read_and_write(bytes, Q::decode, Q::encode);
    read_and_write(bytes, Q::Response::decode, Q::Response::encode);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ContextHandle;
    use lanward_nt::{FileTime, Guid};

    const HANDLE: ContextHandle = ContextHandle { attributes: 0, uuid: Guid([7; 16]) };

    /// In both syntaxes, to the last byte, and through the oracle.
    fn round_trip<T: PartialEq + Debug>(
        value: &T,
        decode: impl Fn(&mut NdrReader<'_>) -> Result<T, DecodeError>,
        encode: impl Fn(&T, &mut NdrWriter<'_>),
    ) {
        for syntax in [TransferSyntax::Ndr, TransferSyntax::Ndr64] {
            let mut bytes = Vec::new();
            encode(value, &mut NdrWriter::with_syntax(&mut bytes, syntax));
            let mut r = NdrReader::with_syntax(&bytes, syntax);
            assert_eq!(decode(&mut r).as_ref(), Ok(value), "{syntax:?} {bytes:02x?}");
            assert_eq!(r.remaining(), 0, "{value:?}");
            (0..=bytes.len()).for_each(|length| services(&bytes[..length]));
        }
    }

    #[test]
    fn arguments_of_svcctl_in_both_syntaxes() {
        use svcctl::*;
        let open = OpenServiceRequest { manager: HANDLE, name: "Spooler".into(), desired_access: 1 };
        round_trip(&open, OpenServiceRequest::decode, OpenServiceRequest::encode);
        let arguments = Some(vec![Some("a".into()), None, Some("bc".into())]);
        let start = StartRequest { service: HANDLE, count: 3, arguments };
        round_trip(&start, StartRequest::decode, StartRequest::encode);
        let list = EnumServicesRequest {
            handle: HANDLE,
            level: 0,
            service_type: 0x30,
            state: 3,
            buffer_size: 99,
            resume: Some(1),
            group: Some("".into()),
        };
        round_trip(&list, EnumServicesRequest::decode_ex, EnumServicesRequest::encode_ex);
        let config = ServiceConfig {
            service_type: 16,
            binary_path: Some("x".into()),
            start_name: Some("LocalSystem".into()),
            ..ServiceConfig::default()
        };
        let response = QueryConfigResponse { config, needed: 90, status: 0 };
        round_trip(&response, QueryConfigResponse::decode, QueryConfigResponse::encode);
        let lock = LockStatus { locked: true, owner: Some("ann".into()), duration: 5 };
        let response = LockStatusResponse { lock, needed: 32, status: 0 };
        round_trip(&response, LockStatusResponse::decode, LockStatusResponse::encode);
        let change = ChangeServiceConfigRequest {
            service: HANDLE,
            service_type: NO_CHANGE,
            start_type: 2,
            error_control: 1,
            binary_path: Some("x".into()),
            load_order_group: None,
            tag_id: Some(1),
            dependencies: Some(vec![1, 0, 0]),
            start_name: None,
            password: Some(vec![5]),
            display_name: Some("name".into()),
        };
        round_trip(&change, ChangeServiceConfigRequest::decode, ChangeServiceConfigRequest::encode);
    }

    #[test]
    fn arguments_of_winreg_in_both_syntaxes() {
        use winreg::*;
        let open =
            OpenKeyRequest { key: HANDLE, sub_key: Some("a\\b".into()), options: 0, desired_access: 1 };
        round_trip(&open, OpenKeyRequest::decode, OpenKeyRequest::encode);
        let next = EnumKeyRequest {
            key: HANDLE,
            index: 3,
            name_room: 20,
            class_room: Some(0),
            last_write_time: Some(FileTime(1 << 40)),
        };
        round_trip(&next, EnumKeyRequest::decode, EnumKeyRequest::encode);
        let found = EnumKeyResponse {
            name: Some("key".into()),
            class: Some("".into()),
            last_write_time: Some(FileTime(7)),
            status: 0,
        };
        round_trip(&found, EnumKeyResponse::decode, EnumKeyResponse::encode);
        let buffers = ValueBuffers { value_type: true, data: true, room: Some(0x0400_0000), length: Some(0) };
        let query = QueryValueRequest { key: HANDLE, name: Some("Users".into()), buffers };
        round_trip(&query, QueryValueRequest::decode, QueryValueRequest::encode);
        let value = ValueResponse {
            name: Some("Users".into()),
            value_type: Some(4),
            data: Some(vec![1, 2, 3, 4]),
            size: Some(4),
            length: Some(4),
            status: 0,
        };
        round_trip(&value, ValueResponse::decode_enumerated, ValueResponse::encode_enumerated);
        let info = QueryInfoResponse { class: Some("".into()), values: 3, ..QueryInfoResponse::default() };
        round_trip(&info, QueryInfoResponse::decode, QueryInfoResponse::encode);
        let entry = ValueEntry { name: Some("a".into()), length: 4, offset: 8, value_type: 4 };
        let several = MultipleResponse {
            values: vec![entry.clone(), entry],
            buffer: Some(vec![1, 2]),
            size: 2,
            status: 0,
        };
        round_trip(&several, MultipleResponse::decode, MultipleResponse::encode);
        let security = KeySecurityResponse { descriptor: Some(vec![1, 2, 3]), size: 3, status: 0 };
        round_trip(&security, KeySecurityResponse::decode, KeySecurityResponse::encode);
    }

    #[test]
    fn operations_of_print_servers_there_and_back() {
        use crate::spoolss::{
            ClientContainer, ClientInfo, ClientInfo1, DevmodeContainer, EnumDataResponse,
            EnumPrintersResponse, OpenPrinterExRequest,
        };
        let text = |text: &str| Some(crate::WideString(text.into()));
        let information = ClientInfo1 {
            size: 28,
            machine: text("\\\\CLIENT"),
            user: text("ann"),
            build: 19_045,
            major: 10,
            minor: 0,
            architecture: 9,
        };
        let request = OpenPrinterExRequest {
            name: text("\\\\SERVER"),
            datatype: None,
            devmode: DevmodeContainer { size: 3, devmode: Some(vec![1, 2, 3]) },
            access: 2,
            client: ClientContainer {
                level: 1,
                client: ClientInfo { level: 1, information: Some(information) },
            },
        };
        round_trip(&request, OpenPrinterExRequest::decode, OpenPrinterExRequest::encode);
        let list = EnumPrintersResponse { buffer: Some(vec![7; 5]), needed: 1, returned: 2, status: 3 };
        round_trip(&list, EnumPrintersResponse::decode, EnumPrintersResponse::encode);
        let values = EnumDataResponse {
            name: vec![1, 2, 3],
            name_needed: 6,
            data_type: 4,
            data: vec![9],
            data_needed: 1,
            status: 0,
        };
        round_trip(&values, EnumDataResponse::decode, EnumDataResponse::encode);
        // As clients write it, in NDR: no name, no datatype, no DEVMODE, a right.
        let bytes = [[0_u8; 4], [0; 4], [0; 4], [0; 4], [2, 0, 0, 0]].concat();
        let read = spoolss::OpenPrinterRequest::decode(&mut NdrReader::new(&bytes)).unwrap();
        assert_eq!((read.name, read.devmode, read.access), (None, DevmodeContainer::default(), 2));
    }
}

//! A print server without printers: what it says, and that nothing is left of what is refused.

use super::*;
use lanward_rpc::spoolss::{
    self, AddProcessorRequest, ClientContainer, ClientInfo, ClientInfo1, ClosePrinterRequest,
    CoreDriversRequest, DeleteProcessorRequest, DevmodeContainer, DriverDirectoryRequest, EnumDataRequest,
    EnumDatatypesRequest, EnumDriversRequest, EnumMonitorsRequest, EnumPortsRequest, EnumPrintersRequest,
    EnumProcessorsRequest, GetDataExRequest, GetDataRequest, GetPrinterRequest, MonitorInfo, NameInfo,
    OpenPrinterExRequest, OpenPrinterRequest, PackagePathRequest, ReadPrinterRequest, unpack,
};
use lanward_rpc::{ContextHandle, WideString};

const ADMINISTER: u32 = 0x0002_0001;

pub(super) fn text(text: &str) -> WideString {
    WideString(text.into())
}

pub(super) fn open_request(name: Option<&str>, access: u32) -> OpenPrinterRequest {
    OpenPrinterRequest { name: name.map(text), datatype: None, devmode: DevmodeContainer::default(), access }
}

pub(super) async fn bound(server: &Arc<Server>, is_admin: bool) -> Peer {
    Peer::bind(&session(server, is_admin), "spoolss", spoolss::INTERFACE).await
}

pub(super) async fn opened(peer: &mut Peer) -> ContextHandle {
    perform(peer, open_request(Some("\\\\TEST"), 0)).await.handle
}

/// [MS-RPRN] 3.1.4.2.2 RpcOpenPrinter, 3.1.4.2.14 RpcOpenPrinterEx
#[tokio::test]
async fn the_server_is_opened_and_printers_are_not_there() {
    let server = server();
    let mut user = bound(&server, false).await;
    let cases = [
        (None, 0, 0),
        (None, 0x8000_0000, 0),
        (Some(""), 0x8000_0000, 1801),
        (Some("\\\\10.0.0.1"), 0x0200_0000, 0),
        (Some("\\\\TEST"), ADMINISTER, 5),
        (Some("\\\\TEST"), 0x8, 0),
        (Some("\\\\TEST\\laser"), 0, 1801),
        (Some("laser"), 0, 1801),
        (Some("\\\\TEST\\,XcvMonitor Local Port"), 0, 1801),
        (Some("\\\\"), 0, 1801),
    ];
    for (name, access, status) in cases {
        let opened = perform(&mut user, open_request(name, access)).await;
        assert_eq!((opened.status, opened.handle.is_null()), (status, status != 0), "{name:?}");
    }
    let mut admin = bound(&server, true).await;
    for all in [ADMINISTER, 0x000f_000c] {
        assert_eq!(perform(&mut admin, open_request(None, all)).await.status, 0);
    }

    let information =
        Some(ClientInfo1 { size: 28, machine: Some(text("\\\\CLIENT")), ..ClientInfo1::default() });
    for (level, information, status) in [(1, information.clone(), 0), (2, information, 124), (1, None, 87)] {
        let client = ClientInfo { level, information };
        let client = ClientContainer { level, client };
        let OpenPrinterRequest { name, datatype, devmode, access } = open_request(Some("\\\\TEST"), 0);
        let request = OpenPrinterExRequest { name, datatype, devmode, access, client };
        let opened = perform(&mut user, request).await;
        assert_eq!(opened.status, status);
        if status == 0 {
            let closed = perform(&mut user, ClosePrinterRequest { handle: opened.handle }).await;
            assert!(closed.status == 0 && closed.handle.is_null());
            let again = ClosePrinterRequest { handle: opened.handle };
            let again = user.call(ClosePrinterRequest::NUMBER, |w| again.encode(w)).await;
            assert_eq!(again, Err(ClientError::Fault(Fault::CONTEXT_MISMATCH)));
        }
    }
}

/// [MS-RPRN] 3.1.4.1.9
#[tokio::test]
async fn lists_are_empty() {
    let server = server();
    let mut peer = bound(&server, false).await;
    let (name, buffer, size) = (Some(text("\\\\TEST")), Some(vec![7; 64]), 64);
    // PRINTER_ENUM_LOCAL, _NAME, _REMOTE and _NETWORK.
    let cases = [(2, 1, 0), (2, 2, 0), (2, 3, 124), (8, 4, 0), (0x10, 1, 0), (0x40, 2, 124), (0x40, 1, 1003)];
    for (flags, level, status) in cases {
        let list = EnumPrintersRequest { flags, name: name.clone(), level, buffer: buffer.clone(), size };
        let list = perform(&mut peer, list).await;
        assert_eq!((list.status, list.needed, list.returned), (status, 0, 0), "{flags} {level}");
        assert_eq!(list.buffer.map(|buffer| buffer.len()), Some(64), "as long as the client says");
    }
    let none = EnumPrintersRequest { flags: 2, name: None, level: 1, buffer: None, size: 8 };
    assert_eq!(perform(&mut peer, none).await.status, 1784);
    let elsewhere = EnumPortsRequest { name: Some(text("no server")), level: 1, buffer: None, size: 0 };
    assert_eq!(perform(&mut peer, elsewhere).await.status, 123);
    for (environment, status) in [("Windows x64", 0), ("windows nt X86", 0), ("", 0), ("Plan 9", 1805)] {
        let environment = Some(text(environment));
        let (name, buffer, size) = (None, None, 0);
        let list = EnumDriversRequest { name, environment: environment.clone(), level: 3, buffer, size };
        assert_eq!(perform(&mut peer, list).await.status, status, "{environment:?}");
        let (name, buffer) = (None, None);
        let list = EnumProcessorsRequest { name, environment, level: 1, buffer, size };
        let found = perform(&mut peer, list).await;
        let expected = if status == 0 { (122, 24) } else { (status, 0) };
        assert_eq!((found.status, found.needed), expected, "the one there is wants room");
    }
    let ports = EnumPortsRequest { name: None, level: 2, buffer: None, size: 0 };
    assert_eq!(perform(&mut peer, ports).await.status, 0);
    let short = EnumPrintersRequest { flags: 2, name: None, level: 1, buffer: Some(vec![0; 4]), size: 8 };
    let short = peer.call(EnumPrintersRequest::NUMBER, |w| short.encode(w)).await;
    assert_eq!(
        short,
        Err(ClientError::Fault(Fault::BAD_STUB_DATA)),
        "a buffer that is not as long as it says"
    );
}

/// [MS-RPRN] 3.1.4.4 to 3.1.4.8: what every print server has.
#[tokio::test]
async fn monitors_processors_and_places_are_named() {
    let server = server();
    let mut peer = bound(&server, false).await;
    let (buffer, size) = (Some(vec![7; 512]), 512);
    let monitors = EnumMonitorsRequest { name: None, level: 2, buffer: buffer.clone(), size };
    let monitors = perform(&mut peer, monitors).await;
    let found: Vec<MonitorInfo> = unpack(2, &monitors.buffer.unwrap(), monitors.returned).unwrap();
    assert_eq!(found[0].name, Some("Local Port".into()));
    for (processor, expected) in [("WinPrint", (0, 2)), ("other", (1798, 0))] {
        let processor = Some(text(processor));
        let types = EnumDatatypesRequest { name: None, processor, level: 1, buffer: buffer.clone(), size };
        let types = perform(&mut peer, types).await;
        assert_eq!((types.status, types.returned), expected);
        let found: Vec<NameInfo> = unpack(1, &types.buffer.unwrap(), types.returned).unwrap();
        let names: Vec<_> = found.into_iter().filter_map(|found| found.name).collect();
        assert_eq!(names, ["RAW", "XPS_PASS"].map(Into::into)[..names.len()]);
    }
    // The path is under the name the client knows the server by, and nothing is there.
    let cases = [
        (Some("\\\\1.2.3.4"), "Windows x64", 256, (0, 42)),
        (None, "Windows NT x86", 256, (0, 42)),
        (None, "Windows x64", 3, (122, 36)),
        (None, "Plan 9", 256, (1805, 0)),
        (Some("nobody"), "Windows x64", 256, (123, 0)),
    ];
    for (name, environment, size, expected) in cases {
        let (name, environment) = (name.map(text), Some(text(environment)));
        let buffer = Some(vec![0; size as usize]);
        let directory = DriverDirectoryRequest { name, environment, level: 1, buffer, size };
        let directory = perform(&mut peer, directory).await;
        assert_eq!((directory.status, directory.needed), expected);
    }
    let environment = Some(text("Windows x64"));
    let directory = DriverDirectoryRequest { name: None, environment, level: 1, buffer, size: 512 };
    let path = lanward_wire::utf16le_bytes("\\\\TEST\\print$\\x64\0");
    assert_eq!(perform(&mut peer, directory).await.buffer.unwrap()[..path.len()], path);
}

/// [MS-RPRN] 2.2.3.10 Server Handle Key Values
#[tokio::test]
async fn the_server_says_what_it_is() {
    let server = server();
    let mut peer = bound(&server, false).await;
    let handle = opened(&mut peer).await;
    let cases = [
        ("MajorVersion", 4, (0, 4, 4)),
        ("DefaultSpoolDirectory", 40, (0, 1, 18)),
        ("beepenabled", 4, (0, 4, 4)),
        ("OSVersion", 300, (0, 3, 276)),
        ("OSVersionEx", 300, (0, 3, 284)),
        ("OSVersion", 10, (234, 3, 276)),
        ("MajorVersion", 0, (234, 4, 4)),
        ("Nothing", 4, (87, 0, 0)),
    ];
    for (value, size, expected) in cases {
        let found = perform(&mut peer, GetDataRequest { handle, value: text(value), size }).await;
        assert_eq!((found.status, found.data_type, found.needed), expected, "{value} {size}");
        assert_eq!(found.data.len(), size as usize);
    }
    let request = GetDataExRequest { handle, key: text(""), value: text("DNSMachineName"), size: 10 };
    let name = perform(&mut peer, request).await;
    assert_eq!((name.status, name.data), (0, lanward_wire::utf16le_bytes("test\0")));
    // A size that is only said makes no room.
    let huge = GetDataRequest { handle, value: text("MajorVersion"), size: u32::MAX };
    let huge = peer.call(GetDataRequest::NUMBER, |w| huge.encode(w)).await;
    assert_eq!(huge, Err(ClientError::Fault(Fault::NO_MEMORY)));
}

/// Behaviours 1.10 and 1.11.
#[tokio::test]
async fn what_there_is_not_is_refused_by_the_book() {
    const NOTIFICATION: [u16; 2] = [62, 65];
    /// [MS-RPRN] 3.1.4: reserved, answered by clients, or of servers with more than this one has.
    const UNKNOWN: [u16; 36] = [
        37, 38, 43, 44, 45, 49, 50, 54, 55, 57, 58, 59, 60, 63, 64, 66, 68, 74, 75, 76, 83, 90, 91, 92, 93,
        94, 95, 98, 99, 100, 101, 103, 110, 116, 123, 124,
    ];
    let server = server();
    let mut peer = bound(&server, false).await;
    let handle = opened(&mut peer).await;
    for operation in UNKNOWN {
        let answer = peer.call(operation, |w| w.context_handle(&handle)).await;
        assert_eq!(answer, Err(ClientError::Fault(Fault::OP_RANGE_ERROR)), "{operation}");
    }
    for operation in NOTIFICATION {
        let answer = peer.call(operation, |w| w.context_handle(&handle)).await;
        assert_eq!(answer, Ok(1722_u32.to_le_bytes().to_vec()), "nobody is called back");
    }
    for operation in [6, 18, 20, 21, 23, 28, 56, 62, 65, 67, 96, 97] {
        let known = peer.call(operation, |w| w.context_handle(&handle)).await.unwrap();
        assert_ne!(known[known.len() - 4..], [0; 4], "{operation} is refused");
        let unknown = peer.call(operation, |w| w.context_handle(&ContextHandle::NULL)).await;
        assert_eq!(unknown, Err(ClientError::Fault(Fault::CONTEXT_MISMATCH)), "{operation}");
    }
    for operation in [41, 42] {
        let answer = peer.call(operation, |w| w.context_handle(&handle)).await;
        assert_eq!(answer, Err(ClientError::Fault(Fault::CONTEXT_MISMATCH)));
    }
    let mut admin = bound(&server, true).await;
    for operation in [9, 13, 39, 46, 47, 61, 71, 84, 85, 86, 89] {
        assert_eq!(peer.call(operation, |_| {}).await.unwrap(), 5_u32.to_le_bytes(), "{operation}");
        assert_eq!(admin.call(operation, |_| {}).await.unwrap(), 50_u32.to_le_bytes(), "{operation}");
    }
    // Of the server there is its descriptor.
    for (level, expected) in [(2, (124, 0)), (3, (122, 152))] {
        let printer = GetPrinterRequest { handle, level, buffer: Some(vec![0; 8]), size: 8 };
        let printer = perform(&mut peer, printer).await;
        assert_eq!((printer.status, printer.needed), expected, "{level}");
        assert_eq!(printer.buffer, Some(vec![0; 8]));
    }
    let read = perform(&mut peer, ReadPrinterRequest { handle, size: 12 }).await;
    assert_eq!((read.status, read.data.len()), (6, 12));
    let values = EnumDataRequest { handle, index: 0, name_size: 10, data_size: 3 };
    let values = perform(&mut peer, values).await;
    assert_eq!((values.status, values.name.len(), values.data.len()), (6, 5, 3));
}

/// [MS-RPRN] 3.1.4.8.1, 3.1.4.8.4, 3.1.4.4.9 and 3.1.4.4.10: nothing is taken, and nothing is there to be given.
#[tokio::test]
async fn processors_and_packages_are_the_ones_there_are() {
    let server = server();
    let (mut peer, mut admin) = (bound(&server, false).await, bound(&server, true).await);
    let add = |environment: &str, processor: &str| AddProcessorRequest {
        name: None,
        environment: text(environment),
        path: text("\\\\elsewhere\\evil.dll"),
        processor: text(processor),
    };
    let delete = |processor: &str| DeleteProcessorRequest {
        name: None,
        environment: Some(text("Windows x64")),
        processor: text(processor),
    };
    for (processor, added, deleted) in [("WinPrint", 3005, 1003), ("other", 126, 1798)] {
        assert_eq!(perform(&mut peer, add("Windows x64", processor)).await.status, 5);
        assert_eq!(perform(&mut admin, add("Windows x64", processor)).await.status, added);
        assert_eq!(perform(&mut peer, delete(processor)).await.status, 5);
        assert_eq!(perform(&mut admin, delete(processor)).await.status, deleted);
    }
    assert_eq!(perform(&mut admin, add("Plan 9", "other")).await.status, 1805);

    let wanted: Vec<u16> = "{D20EA372-DD35-4950-9ED8-A6335AFE79F5}\0\0".encode_utf16().collect();
    let core = |environment: &str, count| CoreDriversRequest {
        name: None,
        environment: text(environment),
        size: u32::try_from(wanted.len()).unwrap(),
        wanted: wanted.clone(),
        count,
    };
    for (environment, count, status) in [
        ("Windows x64", 1, 0x8007_0490),
        ("Windows x64", 2, 0x8007_0057),
        ("Windows x64", 0, 0x8007_0057),
        ("Plan 9", 1, 0x8007_070d),
    ] {
        let answer = perform(&mut peer, core(environment, count)).await;
        assert_eq!((answer.status, answer.drivers.len()), (status, count as usize));
    }
    let huge = core("Windows x64", u32::MAX);
    let huge = peer.call(CoreDriversRequest::NUMBER, |w| huge.encode(w)).await;
    assert_eq!(huge, Err(ClientError::Fault(Fault::NO_MEMORY)), "a count that is only said makes no room");
    let package = |size, path: Option<Vec<u16>>| PackagePathRequest {
        name: None,
        environment: text("Windows x64"),
        language: None,
        package: text("ntprint.inf"),
        path,
        size,
    };
    let answer = perform(&mut peer, package(4, Some(vec![7; 4]))).await;
    assert_eq!((answer.status, answer.path, answer.needed), (0x8007_0002, Some(vec![7; 4]), 0));
    let short = package(9, Some(vec![7; 4]));
    let short = peer.call(PackagePathRequest::NUMBER, |w| short.encode(w)).await;
    assert_eq!(short, Err(ClientError::Fault(Fault::BAD_STUB_DATA)));
}

/// Behaviour 1.9: whoever opens handles and never closes them comes to an end.
#[tokio::test]
async fn handles_that_are_never_closed_have_an_end() {
    let server = server();
    let mut peer = bound(&server, false).await;
    let request = open_request(None, 0);
    let mut opened = 0;
    let refused = loop {
        match peer.call(OpenPrinterRequest::NUMBER, |w| request.encode(w)).await {
            Ok(_) => opened += 1,
            Err(error) => break error,
        }
        assert!(opened < 10_000);
    };
    assert_eq!(refused, ClientError::Fault(Fault::NO_MEMORY));
    let mut other = Peer::bind(&session(&server, false), "spoolss", spoolss::INTERFACE).await;
    assert_eq!(perform(&mut other, request).await.status, 0, "and nobody else does");
}

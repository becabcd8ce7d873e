//! Printers over \PIPE\spoolss: what is printed, seen and managed, and by whom.

use super::printing::{bound, open_request, text};
use super::*;
use lanward_rpc::ContextHandle;
use lanward_rpc::spoolss::{
    self, AbortPrinterRequest, AddJobRequest, ClosePrinterRequest, DevmodeContainer, Document,
    DocumentContainer, DocumentLevel, EndDocRequest, EndPageRequest, EnumJobsRequest, EnumPrintersRequest,
    GetDriver2Request, GetJobRequest, GetPrinterRequest, Job1, JobContainer, JobInfo, JobLevel,
    OpenPrinterRequest, Printer2, PrinterContainer, PrinterInfo, PrinterLevel, ResetPrinterRequest,
    ScheduleJobRequest, SecurityContainer, SetJobRequest, SetPrinterRequest, StartDocRequest,
    StartPageRequest, WritePrinterRequest, unpack,
};
use lanward_server::{JobId, MemorySpool, PrinterDefinition};

const USE: u32 = 0x8;
const ADMINISTER: u32 = 0x4;

pub(super) fn printing_server() -> (Arc<Server>, Arc<MemorySpool>) {
    let (server, spool) = (server(), Arc::new(MemorySpool::default()));
    server.attach_spool(Arc::clone(&spool) as _).unwrap();
    for name in ["laser", "plotter"] {
        let (comment, port) = ("old".into(), "socket://10.9.8.7".into());
        let definition = PrinterDefinition { comment, port, ..PrinterDefinition::named(name) };
        server.replace_printer(definition).unwrap();
    }
    (server, spool)
}

/// Somebody who is not who all others are in these tests.
async fn stranger(server: &Arc<Server>) -> Peer {
    let addresses = ("10.0.0.1:445".parse().unwrap(), "10.0.0.3:999".parse().unwrap());
    let connection = server.admit_connection(addresses.0, addresses.1, NOW).unwrap();
    let user = User {
        name: "bob".into(),
        domain: "TEST".into(),
        sid: Sid::new(5, &[21, 1, 2, 3, 1001]),
        groups: Vec::new(),
        kind: UserKind::Named,
        is_admin: false,
        privileges: lanward_nt::security::Privileges::empty(),
    };
    let id = server.new_session_id();
    let client_name = NtString::from("STRANGER");
    let session = NewSession { id, user, client_name, connection, expiry: None, now: NOW };
    Peer::bind(&server.open_session(session).unwrap(), "spoolss", spoolss::INTERFACE).await
}

pub(super) async fn open_printer(peer: &mut Peer, name: &str, access: u32) -> ContextHandle {
    let opened = perform(peer, open_request(Some(name), access)).await;
    assert_eq!(opened.status, 0, "{name}");
    opened.handle
}

fn document(handle: ContextHandle, name: &str, datatype: Option<&str>) -> StartDocRequest {
    let document = Document { name: Some(text(name)), output_file: None, datatype: datatype.map(text) };
    let document = DocumentLevel::Level1(Box::new(Some(document)));
    StartDocRequest { handle, container: DocumentContainer { level: 1, document } }
}

async fn start(peer: &mut Peer, handle: ContextHandle) -> u32 {
    let started = perform(peer, document(handle, "letter.txt", Some("raw"))).await;
    assert_eq!(started.status, 0);
    started.job
}

async fn write(peer: &mut Peer, handle: ContextHandle, data: &[u8]) -> (u32, u32) {
    let size = u32::try_from(data.len()).unwrap();
    let written = perform(peer, WritePrinterRequest { handle, data: data.to_vec(), size }).await;
    (written.written, written.status)
}

async fn jobs(peer: &mut Peer, handle: ContextHandle, level: u32) -> Vec<JobInfo> {
    let (buffer, size) = (Some(vec![0; 8192]), 8192);
    let list = EnumJobsRequest { handle, first: 0, count: 100, level, buffer, size };
    let list = perform(peer, list).await;
    assert_eq!(list.status, 0);
    unpack(level, &list.buffer.unwrap(), list.returned).unwrap()
}

async fn control(peer: &mut Peer, handle: ContextHandle, command: u32) -> u32 {
    set(peer, handle, PrinterLevel::Stress(Box::new(None)), command).await
}

async fn set(peer: &mut Peer, handle: ContextHandle, printer: PrinterLevel, command: u32) -> u32 {
    let container = PrinterContainer { level: printer.level(), printer };
    let (devmode, security) = (DevmodeContainer::default(), SecurityContainer::default());
    perform(peer, SetPrinterRequest { handle, container, devmode, security, command }).await.status
}

async fn information(peer: &mut Peer, handle: ContextHandle, level: u32) -> PrinterInfo {
    let size = 4096;
    let request = GetPrinterRequest { handle, level, buffer: Some(vec![1; size as usize]), size };
    let found = perform(peer, request).await;
    assert_eq!(found.status, 0, "{level}");
    let exact =
        GetPrinterRequest { handle, level, buffer: Some(vec![1; found.needed as usize]), size: found.needed };
    assert_eq!(perform(peer, exact).await.status, 0, "what is needed is enough");
    let size = found.needed - 1;
    let short = GetPrinterRequest { handle, level, buffer: Some(vec![1; size as usize]), size };
    let short = perform(peer, short).await;
    assert_eq!((short.status, short.needed), (122, found.needed), "{level}");
    assert_eq!(short.buffer, Some(vec![1; size as usize]), "nothing of it is there");
    unpack(level, &found.buffer.unwrap(), 1).unwrap().remove(0)
}

/// [MS-RPRN] 3.2.4.2.1 Printing a Document Using RpcStartDocPrinter
#[tokio::test]
async fn a_document_is_printed() {
    let (server, spool) = printing_server();
    let mut peer = bound(&server, false).await;
    let handle = open_printer(&mut peer, "\\\\TEST\\laser", USE).await;
    assert_eq!(write(&mut peer, handle, b"early").await, (0, 3003));
    let job = start(&mut peer, handle).await;
    assert_eq!(perform(&mut peer, document(handle, "again", None)).await.status, 6, "one at a time");
    assert_eq!(perform(&mut peer, StartPageRequest { handle }).await.status, 0);
    assert_eq!(write(&mut peer, handle, b"first ").await, (6, 0));
    assert_eq!(write(&mut peer, handle, b"second").await, (6, 0));
    assert_eq!(perform(&mut peer, EndPageRequest { handle }).await.status, 0);
    let seen = jobs(&mut peer, handle, 2).await;
    assert_eq!((seen.len(), seen[0].id, seen[0].status, seen[0].size), (1, job, JobInfo::SPOOLING, 12));
    assert_eq!((&seen[0].user, &seen[0].document), (&Some("alice".into()), &Some("letter.txt".into())));
    assert_eq!(seen[0].printer, Some("\\\\TEST\\laser".into()));
    assert_eq!(seen[0].machine, Some("\\\\10.0.0.2".into()));
    assert_eq!(perform(&mut peer, EndDocRequest { handle }).await.status, 0);
    assert_eq!(perform(&mut peer, EndDocRequest { handle }).await.status, 3003);
    assert_eq!(spool.bytes(JobId(job)).unwrap(), b"first second");
    assert_eq!(jobs(&mut peer, handle, 1).await[0].status, 0, "it waits for its turn");

    // Closing the handle ends a document, and a client that is gone takes its own along.
    let second = start(&mut peer, handle).await;
    write(&mut peer, handle, b"closed").await;
    perform(&mut peer, ClosePrinterRequest { handle }).await;
    assert_eq!(spool.bytes(JobId(second)).unwrap(), b"closed");
    let handle = open_printer(&mut peer, "laser", USE).await;
    let third = start(&mut peer, handle).await;
    write(&mut peer, handle, b"lost").await;
    assert!(spool.bytes(JobId(third)).is_some());
    let Peer { open, .. } = peer;
    open.close(false).await.unwrap();
    drop(open);
    assert_eq!(spool.bytes(JobId(third)), None);
}

#[tokio::test]
async fn a_document_is_given_up_or_taken_away() {
    let (server, spool) = printing_server();
    let mut peer = bound(&server, false).await;
    let mut admin = bound(&server, true).await;
    let handle = open_printer(&mut peer, "laser", USE).await;
    let job = start(&mut peer, handle).await;
    write(&mut peer, handle, b"unwanted").await;
    assert_eq!(perform(&mut peer, AbortPrinterRequest { handle }).await.status, 0);
    assert_eq!((spool.bytes(JobId(job)), jobs(&mut peer, handle, 1).await), (None, Vec::new()));
    assert_eq!(perform(&mut peer, AbortPrinterRequest { handle }).await.status, 3003);
    start(&mut peer, handle).await;
    write(&mut peer, handle, b"cancelled").await;
    let whole = open_printer(&mut admin, "laser", ADMINISTER | USE).await;
    assert_eq!(control(&mut admin, whole, 3).await, 0, "purged");
    assert_eq!(write(&mut peer, handle, b"more").await, (0, 63));
    assert_eq!(perform(&mut peer, StartPageRequest { handle }).await.status, 63);
    assert_eq!(perform(&mut peer, EndDocRequest { handle }).await.status, 63);
    for (datatype, output_file, status) in [("NT EMF 1.008", None, 1804), ("RAW", Some("C:\\x"), 5)] {
        let output_file = output_file.map(text);
        let document = Document { name: None, output_file, datatype: Some(text(datatype)) };
        let document = DocumentLevel::Level1(Box::new(Some(document)));
        let request = StartDocRequest { handle, container: DocumentContainer { level: 1, document } };
        assert_eq!(perform(&mut peer, request).await.status, status);
    }
    let reset = |datatype| ResetPrinterRequest { handle, datatype, devmode: DevmodeContainer::default() };
    assert_eq!(perform(&mut peer, reset(Some(text("raw")))).await.status, 0);
    assert_eq!(perform(&mut peer, reset(Some(text("XPS")))).await.status, 1804);
    let cut = DevmodeContainer { size: 4, devmode: Some(vec![0; 4]) };
    let request = OpenPrinterRequest { devmode: cut, ..open_request(Some("laser"), USE) };
    assert_eq!(perform(&mut peer, request).await.status, 87, "what is no DEVMODE");
}

/// [MS-RPRN] 2.2.3.1: what a handle may is what was asked for and granted.
#[tokio::test]
async fn handles_have_the_rights_they_were_opened_with() {
    let (server, _) = printing_server();
    let (mut user, mut admin) = (bound(&server, false).await, bound(&server, true).await);
    let cases = [
        (0, 0, 0),
        (USE, 0, 0),
        (0x2000_0000, 0, 0),
        (0x0200_0000, 0, 0),
        (ADMINISTER, 5, 0),
        (0x1000_0000, 5, 0),
        (0x000f_000c, 5, 0),
        (0x010e_0000, 5, 0),
        (0x0010_0000, 5, 5),
        (0x1, 5, 5),
    ];
    for (access, user_status, admin_status) in cases {
        let request = open_request(Some("\\\\10.0.0.1\\LASER"), access);
        assert_eq!(perform(&mut user, request.clone()).await.status, user_status, "{access:x}");
        assert_eq!(perform(&mut admin, request).await.status, admin_status, "{access:x}");
    }
    let printing = open_printer(&mut admin, "laser", USE).await;
    assert_eq!(control(&mut admin, printing, 1).await, 5, "not opened for that");
    let reading = open_printer(&mut user, "laser", 0x0002_0000).await;
    assert_eq!(perform(&mut user, document(reading, "a", None)).await.status, 5);
    let unknown = perform(&mut user, open_request(Some("toaster"), 0)).await;
    assert_eq!(unknown.status, 1801);
}

/// [MS-RPRN] 2.2.2.9
#[tokio::test]
async fn printers_are_seen_at_every_level() {
    let (server, _) = printing_server();
    let mut peer = bound(&server, false).await;
    let handle = open_printer(&mut peer, "\\\\TEST\\laser", USE).await;
    for level in 0..=8 {
        let seen = information(&mut peer, handle, level).await;
        let expected = matches!(level, 0 | 1 | 2 | 4 | 5).then(|| "\\\\TEST\\laser".into());
        assert_eq!(seen.printer_name, expected, "{level}");
    }
    let seen = information(&mut peer, handle, 2).await;
    assert_eq!((seen.server_name, seen.share_name), (Some("\\\\TEST".into()), Some("laser".into())));
    assert_eq!((seen.datatype, seen.print_processor), (Some("RAW".into()), Some("winprint".into())));
    assert!(seen.descriptor.is_some() && seen.devmode.is_some());
    let mut admin = bound(&server, true).await;
    let whole = open_printer(&mut admin, "laser", ADMINISTER | USE).await;
    let known = information(&mut admin, whole, 2).await;
    assert_eq!((known.port_name, known.server_name), (Some("socket://10.9.8.7".into()), None));
    assert_eq!(seen.port_name, Some("laser".into()), "where it is is not for everybody");
    for (level, status) in [(9, 50), (10, 124)] {
        let request = GetPrinterRequest { handle, level, buffer: None, size: 0 };
        assert_eq!(perform(&mut peer, request).await.status, status);
    }
    let cases = [
        (2, None, vec!["laser", "plotter"]),
        (8, Some("\\\\TEST"), vec!["\\\\TEST\\laser", "\\\\TEST\\plotter"]),
        (4, None, vec![]),
    ];
    for (flags, name, expected) in cases {
        let (name, buffer, size) = (name.map(text), Some(vec![0; 4096]), 4096);
        let list = EnumPrintersRequest { flags, name, level: 4, buffer, size };
        let list = perform(&mut peer, list).await;
        let seen: Vec<PrinterInfo> = unpack(4, &list.buffer.unwrap(), list.returned).unwrap();
        let seen: Vec<String> = seen.into_iter().map(|p| p.printer_name.unwrap().to_string_lossy()).collect();
        assert_eq!((list.status, seen), (0, expected.into_iter().map(String::from).collect()), "{flags}");
    }
    let environment = Some(text("Windows x64"));
    let (level, buffer, size, client_major, client_minor) = (3, None, 0, 3, 0);
    let driver = GetDriver2Request { handle, environment, level, buffer, size, client_major, client_minor };
    assert_eq!(perform(&mut peer, driver).await.status, 1797, "clients print with their own");
}

/// [MS-RPRN] 3.1.4.2.5 RpcSetPrinter
#[tokio::test]
async fn printers_are_paused_and_described() {
    let (server, _) = printing_server();
    let mut admin = bound(&server, true).await;
    let handle = open_printer(&mut admin, "\\\\TEST\\laser", ADMINISTER | USE).await;
    assert_eq!(control(&mut admin, handle, 1).await, 0);
    assert_eq!(information(&mut admin, handle, 6).await.status, PrinterInfo::STATUS_PAUSED);
    assert_eq!(control(&mut admin, handle, 2).await, 0);
    assert_eq!(information(&mut admin, handle, 6).await.status, 0);
    assert_eq!(control(&mut admin, handle, 4).await, 87);
    let now = information(&mut admin, handle, 2).await;
    let change = now.stress.change_id;
    let as_it_is = Printer2 {
        printer_name: Some(text("\\\\TEST\\laser")),
        port_name: now.port_name.map(lanward_rpc::WideString),
        comment: Some(text("new")),
        attributes: now.attributes,
        priority: now.priority,
        ..Printer2::default()
    };
    let level2 = |set: &Printer2| PrinterLevel::Level2(Box::new(Some(set.clone())));
    assert_eq!(set(&mut admin, handle, level2(&as_it_is), 0).await, 0);
    assert_eq!(information(&mut admin, handle, 1).await.comment, Some("new".into()));
    assert_ne!(information(&mut admin, handle, 0).await.stress.change_id, change);
    assert_eq!(set(&mut admin, handle, level2(&as_it_is), 1).await, 124, "a command is of level 0");
    let elsewhere = [
        Printer2 { port_name: Some(text("\\\\evil\\port")), ..as_it_is.clone() },
        Printer2 { driver_name: Some(text("evil.dll")), ..as_it_is.clone() },
        Printer2 { printer_name: Some(text("other")), ..as_it_is.clone() },
        Printer2 { attributes: 0, ..as_it_is },
    ];
    for other in elsewhere {
        assert_eq!(set(&mut admin, handle, level2(&other), 0).await, 5, "{other:?}");
    }
}

/// [MS-RPRN] 3.1.4.3.1 RpcSetJob
#[tokio::test]
async fn jobs_are_their_owners_and_the_operators() {
    let (server, spool) = printing_server();
    let mut owner = bound(&server, false).await;
    let (mut other, mut admin) = (stranger(&server).await, bound(&server, true).await);
    let handle = open_printer(&mut owner, "laser", USE).await;
    let mut ids = Vec::new();
    for data in ["one", "two", "three"] {
        ids.push(start(&mut owner, handle).await);
        write(&mut owner, handle, data.as_bytes()).await;
        perform(&mut owner, EndDocRequest { handle }).await;
    }
    let theirs = open_printer(&mut other, "laser", USE).await;
    assert_eq!(jobs(&mut other, theirs, 3).await[0].next, ids[1]);
    let command = |handle, job, command| SetJobRequest { handle, job, container: None, command };
    for control in 1..=5 {
        assert_eq!(perform(&mut other, command(theirs, ids[0], control)).await.status, 5, "{control}");
    }
    assert_eq!(perform(&mut owner, command(handle, ids[0], 1)).await.status, 0);
    let request = GetJobRequest { handle, job: ids[0], level: 1, buffer: Some(vec![0; 512]), size: 512 };
    let paused = perform(&mut owner, request).await;
    let paused: Vec<JobInfo> = unpack(1, &paused.buffer.unwrap(), 1).unwrap();
    assert_eq!(paused[0].status, JobInfo::PAUSED);
    assert_eq!(perform(&mut owner, command(handle, ids[0], 2)).await.status, 0);
    for (job, control) in [(ids[0], 0), (ids[0], 6), (ids[0], 9), (999, 1), (0, 1)] {
        assert_eq!(perform(&mut owner, command(handle, job, control)).await.status, 87, "{job} {control}");
    }
    let plotter = open_printer(&mut owner, "plotter", USE).await;
    assert_eq!(perform(&mut owner, command(plotter, ids[0], 1)).await.status, 87, "another printer's");

    let renamed = Job1 { document: Some(text("renamed")), position: 3, ..Job1::default() };
    let container = Some(JobContainer { level: 1, job: JobLevel::Level1(Box::new(Some(renamed))) });
    let request = |handle| SetJobRequest { handle, job: ids[0], container: container.clone(), command: 0 };
    assert_eq!(perform(&mut owner, request(handle)).await.status, 5, "others' places are not the owner's");
    let whole = open_printer(&mut admin, "laser", ADMINISTER | USE).await;
    assert_eq!(perform(&mut admin, request(whole)).await.status, 0);
    let seen = jobs(&mut admin, whole, 1).await;
    assert_eq!((seen[2].id, &seen[2].document), (ids[0], &Some("renamed".into())));
    assert_eq!(perform(&mut owner, command(handle, ids[1], 5)).await.status, 0);
    assert_eq!((spool.bytes(JobId(ids[1])), jobs(&mut owner, handle, 1).await.len()), (None, 2));

    // A handle of a job reaches that job; and nobody adds jobs any more.
    let one = open_printer(&mut owner, &format!("laser,Job {}", ids[2]), 0x0002_0020).await;
    assert_eq!(perform(&mut owner, command(one, ids[0], 3)).await.status, 87);
    assert_eq!(perform(&mut owner, command(one, ids[2], 3)).await.status, 0);
    let add = AddJobRequest { handle, level: 1, buffer: None, size: 0 };
    assert_eq!(perform(&mut owner, add).await.status, 87);
    assert_eq!(perform(&mut owner, ScheduleJobRequest { handle, job: 1 }).await.status, 3004);
}

/// [MS-SCMR] 3.1.4.19: the spooler runs where there is something to print on.
#[tokio::test]
async fn the_spooler_runs_where_there_are_printers() {
    use lanward_rpc::svcctl::{
        self, HandleResponse, OpenManagerRequest, OpenServiceRequest, StartRequest, State,
    };
    let started = async |server: &Arc<Server>| {
        let mut peer = Peer::bind(&session(server, true), "svcctl", svcctl::INTERFACE).await;
        let open =
            OpenManagerRequest { machine_name: None, database_name: None, desired_access: 0x0200_0000 };
        let answer = peer.call(svcctl::OPEN_MANAGER, |w| open.encode(w)).await.unwrap();
        let manager = HandleResponse::decode(&mut NdrReader::new(&answer)).unwrap().handle;
        let open = OpenServiceRequest { manager, name: "Spooler".into(), desired_access: 0x0200_0000 };
        let answer = peer.call(svcctl::OPEN_SERVICE, |w| open.encode(w)).await.unwrap();
        let service = HandleResponse::decode(&mut NdrReader::new(&answer)).unwrap().handle;
        let start = StartRequest { service, count: 0, arguments: None };
        let start = peer.call(svcctl::START_SERVICE, |w| start.encode(w)).await.unwrap();
        let status = peer.call(svcctl::QUERY_STATUS, |w| w.context_handle(&service)).await.unwrap();
        let status = svcctl::StatusResponse::decode(&mut NdrReader::new(&status)).unwrap();
        (u32::from_le_bytes(start.try_into().unwrap()), status.service_status.state)
    };
    assert_eq!(started(&server()).await, (1058, State::STOPPED));
    assert_eq!(started(&printing_server().0).await, (1056, State::RUNNING));
}

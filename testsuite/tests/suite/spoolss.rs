//! The print server over SMB2: what its clients' buffers hold, documents that lose their pipe, and whose places printers take.

use crate::pipes::transceive;
use lanward_client::{Connection, Create, File, Options};
use lanward_fsa::FileSystem;
use lanward_nt::{AccessMask, FileTime, Guid};
use lanward_rpc::spoolss::{
    self, DevmodeContainer, Document, DocumentContainer, DocumentLevel, EnumFormsRequest, EnumJobsRequest,
    EnumPortsRequest, EnumPrintersRequest, GetPrinterRequest, OpenPrinterRequest, StartDocRequest,
    WritePrinterRequest,
};
use lanward_rpc::{
    ClientAssociation, ContextHandle, NdrReader, NdrWriter, Operation, Results as _, TransferSyntax,
    WideString,
};
use lanward_server::{MemorySpool, PrinterDefinition, Requester, ShareDefinition};
use lanward_testsuite::{ALICE, Plan, Site, rpc_oracle};
use lanward_vfs::MemVolume;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

/// What stands for the handle of the printer that is open.
const HANDLE: ContextHandle = ContextHandle { attributes: 0xfefe_fefe, uuid: Guid([0xfe; 16]) };

const FOLDERS: [&str; 5] = ["data", "music", "plans", "letters", "scans"];

fn site() -> Site {
    let mut plan = Plan::default();
    for name in FOLDERS {
        let files = FileSystem::new(MemVolume::new(|| FileTime(133_000_000_000_000_000)));
        plan = plan.define(ShareDefinition::disk(name, files, name));
    }
    for name in ["laser", "plotter"] {
        plan = plan.define(ShareDefinition::printer(&name.into(), &name.into()));
    }
    let site = plan.start().unwrap();
    site.server.attach_spool(Arc::new(MemorySpool::default())).unwrap();
    for name in ["laser", "plotter"] {
        site.server.replace_printer(PrinterDefinition::named(name)).unwrap();
    }
    site
}

/// A client of a printer, by a pipe of its own.
struct Client {
    c: Connection,
    pipe: File,
    association: ClientAssociation,
    handle: ContextHandle,
}

impl Client {
    fn open(mut c: Connection, session: lanward_smb2::SessionId, printer: &str) -> Self {
        let ipc = c.tree_connect(session, "IPC$").unwrap();
        let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
        let pipe = c.create(ipc, &Create::open("spoolss", access)).unwrap().file;
        let mut association = ClientAssociation::new(spoolss::INTERFACE);
        let answer = transceive(&mut c, pipe, &association.bind(), 4280).unwrap();
        assert_eq!(association.receive(&answer).unwrap(), Some(Vec::new()));
        let mut client = Self { c, pipe, association, handle: ContextHandle::NULL };
        let (name, devmode) = (Some(WideString(printer.into())), DevmodeContainer::default());
        let opened = client.ask(&OpenPrinterRequest { name, datatype: None, devmode, access: 8 });
        assert_eq!(opened.status, 0);
        client.handle = opened.handle;
        client
    }

    fn ask<Q: Operation>(&mut self, request: &Q) -> Q::Response {
        let mut stub = Vec::new();
        request.encode(&mut NdrWriter::new(&mut stub));
        let pdus = self.association.call(Q::NUMBER, &stub);
        let [pdu] = pdus.as_slice() else { panic!("more than a PDU") };
        let answer = transceive(&mut self.c, self.pipe, pdu, 4280).unwrap();
        let answer = self.association.receive(&answer).unwrap().unwrap();
        Q::Response::decode(&mut NdrReader::new(&answer)).unwrap()
    }

    fn begin(&mut self, data: &[u8]) {
        let handle = self.handle;
        let document = DocumentLevel::Level1(Box::new(Some(Document::default())));
        let container = DocumentContainer { level: 1, document };
        assert_eq!(self.ask(&StartDocRequest { handle, container }).status, 0);
        let size = u32::try_from(data.len()).unwrap();
        assert_eq!(self.ask(&WritePrinterRequest { handle, data: data.to_vec(), size }).written, size);
    }
}

fn jobs(site: &Site) -> usize {
    site.server.print_jobs(&Requester::operator("test"), &"laser".into()).unwrap().len()
}

/// Behaviour 1.9: a pipe that nobody uses is closed although a printer is open by it, and a document that was begun goes with it.
#[test]
fn an_idle_pipe_takes_its_document_along() {
    let site = site();
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let mut client = Client::open(c, session, "\\\\TESTSITE\\laser");
    client.begin(b"half a page");
    assert_eq!(jobs(&site), 1);
    // What it is open for is to be seen: the operation that was called last, and the printer.
    let trees = site.server.sessions().into_iter().flat_map(|session| session.trees());
    let pipes = trees.flat_map(|tree| tree.opens()).filter_map(|open| open.pipe().cloned());
    let seen = pipes.map(|pipe| {
        let printers = pipe.activity().open().into_iter().map(|held| held.name).collect();
        (pipe.activity().last_operation(), printers)
    });
    assert_eq!(seen.collect::<Vec<(_, Vec<_>)>>(), [(Some(19), vec!["laser".into()])]);
    for session in site.server.sessions() {
        session.hang_up_idle_pipes(Duration::ZERO);
    }
    assert!(transceive(&mut client.c, client.pipe, &[0; 16], 4280).is_err(), "the pipe is still there");
    assert_eq!(jobs(&site), 0);
    // Closed as if by its client: the connection lives, and so do all others' documents.
    drop(client.c);
}

/// Behaviour 1.4: folders, printers, pipes and connections of one user of one computer are one.
#[test]
fn whoever_prints_takes_one_place() {
    let site = site();
    let mut clients = Vec::new();
    for printer in ["laser", "plotter", "laser"] {
        let mut c = site.connect(Options::default()).unwrap();
        let session = c.login(ALICE.0, ALICE.1).unwrap();
        for share in FOLDERS.into_iter().chain(["laser", "plotter"]) {
            c.tree_connect(session, share).unwrap();
        }
        clients.push(Client::open(c, session, printer));
    }
    clients.iter_mut().for_each(|client| client.begin(b"a page"));
    let counts = site.counts();
    assert_eq!((counts.users, counts.connections, counts.trees), (1, 3, 24));
}

fn call<Q: Operation>(request: &Q, syntax: TransferSyntax) -> Vec<u8> {
    let mut stub = Vec::new();
    request.encode(&mut NdrWriter::with_syntax(&mut stub, syntax));
    let length = u16::try_from(stub.len()).unwrap().to_le_bytes();
    [&[u8::try_from(Q::NUMBER).unwrap()], &length[..], &stub].concat()
}

/// Calls with buffers of every size, and none.
fn calls(level: u32, size: u32, present: bool, syntax: TransferSyntax) -> Vec<u8> {
    let handle = HANDLE;
    let buffer = || present.then(|| vec![0xff; size as usize]);
    let name = None;
    [
        call(&EnumPrintersRequest { flags: 2, name: name.clone(), level, buffer: buffer(), size }, syntax),
        call(&GetPrinterRequest { handle, level, buffer: buffer(), size }, syntax),
        call(&EnumJobsRequest { handle, first: 0, count: 9, level, buffer: buffer(), size }, syntax),
        call(&EnumFormsRequest { handle, level, buffer: buffer(), size }, syntax),
        call(&EnumPortsRequest { name, level, buffer: buffer(), size }, syntax),
    ]
    .concat()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn answers_stay_within_their_buffers(
        level in 0_u32..11,
        size in prop_oneof![0_u32..64, 64_u32..1024, 7000_u32..11_000],
        present in any::<bool>(),
        wide in any::<bool>(),
    ) {
        let syntax = if wide { TransferSyntax::Ndr64 } else { TransferSyntax::Ndr };
        let mut data = vec![u8::from(wide)];
        data.extend(calls(level, size, present, syntax));
        rpc_oracle::print_server(&data);
    }

    #[test]
    fn no_arguments_break_it(data in proptest::collection::vec(any::<u8>(), 0..400)) {
        rpc_oracle::print_server(&data);
    }
}

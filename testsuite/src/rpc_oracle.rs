//! What must hold whatever arguments a client calls the management interfaces with.

use crate::spoolss_oracle;
use lanward_fsa::FileSystem;
use lanward_management::{Administration, register};
use lanward_nt::{Guid, NtStatus, NtString, Sid};
use lanward_rpc::epmapper::{self, LookupRequest, LookupResponse, Transport};
use lanward_rpc::pdu::{Bind, ContextElement, Header, PacketType, Pdu, Request};
use lanward_rpc::{ContextHandle, NdrReader, NdrWriter, SyntaxId, TransferSyntax, mgmt, spoolss};
use lanward_server::{
    Caller, Identity, MemorySpool, PipeOpen, PrinterDefinition, Server, Settings, ShareDefinition, User,
    UserKind,
};
use lanward_vfs::MemVolume;
use lanward_wire::{Decode, Reader};
use std::sync::Arc;
use std::time::Duration;

/// Calls that one input makes at most.
const MAX_CALLS: usize = 32;

/// Most bytes of all PDUs of an answer: 1 MiB of results and what frames them.
const MAX_ANSWER: usize = 1100 * 1024;

/// What stands for the handle that the last call returned.
const HANDLE: [u8; 20] = [0xfe; 20];

/// A server that nobody but this input knows takes calls made from `data`, of an administrator: the first byte chooses an interface, the
/// second how arguments are written (1: NDR64, 2: big-endian); then come calls, each an operation, a 16-bit length and arguments. Every call
/// is answered, with results or a fault, in PDUs that are well formed and no longer than was agreed.
///
/// # Panics
/// Something does not hold: a fault in the server.
pub fn interfaces(data: &[u8]) {
    let &[which, ref rest @ ..] = data else { return };
    run(|all| usize::from(which) % all.len(), rest);
}

/// The same of the print server alone.
///
/// # Panics
/// As [`interfaces`].
pub fn print_server(data: &[u8]) {
    run(|all| all.iter().position(|(_, id)| *id == spoolss::INTERFACE).expect("a print server"), data);
}

fn run(which: impl Fn(&[(NtString, SyntaxId)]) -> usize, data: &[u8]) {
    let &[how, ref rest @ ..] = data else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(async {
        let caller = administrator();
        let all = interfaces_of(&caller).await;
        let (name, interface) = &all[which(&all)];
        converse(&open(&caller, name), *interface, how, rest).await;
    });
}

async fn converse(pipe: &PipeOpen, interface: SyntaxId, how: u8, data: &[u8]) {
    let (syntax, big_endian) =
        (if how & 1 == 0 { TransferSyntax::Ndr } else { TransferSyntax::Ndr64 }, how & 2 != 0);
    bind(pipe, interface, syntax.id()).await;
    let mut handle = None;
    if interface == spoolss::INTERFACE && !big_endian {
        let (operation, stub) = spoolss_oracle::open_printer(syntax);
        let opened = call(pipe, operation, &stub, false).await.expect("the printer is opened");
        handle = opened.first_chunk::<20>().copied();
    }
    for (operation, stub) in calls(data).take(MAX_CALLS) {
        let stub = with_handle(stub, handle);
        let Some(answer) = call(pipe, operation.into(), &stub, big_endian).await else { break };
        if interface == spoolss::INTERFACE {
            if !big_endian {
                spoolss_oracle::within(operation.into(), &stub, &answer, syntax);
            }
            // Few of its operations begin with a handle.
            continue;
        }
        handle = answer.first_chunk::<20>().copied().or(handle);
    }
}

/// A server with a share, an account, a printer and whoever administers it.
pub(crate) fn administrator() -> Caller {
    let domain = Sid::new(5, &[21, 1, 2, 3]);
    let identity = Identity {
        name: "TESTSITE".into(),
        workgroup: "WORKGROUP".into(),
        comment: "A server under test".into(),
        guid: Guid([7; 16]),
        sid: domain.clone(),
    };
    let server = Server::new(identity, Settings::default(), crate::site::now());
    let volume = FileSystem::new(MemVolume::new(crate::site::now));
    server.add_share(ShareDefinition::disk("data", volume, "data")).expect("a share");
    let added = server.accounts().change(|draft| draft.add_user("alice".into()));
    added.expect("an account");
    server.attach_spool(Arc::new(MemorySpool::default())).expect("a spool");
    server.replace_printer(PrinterDefinition::named("laser")).expect("a printer");
    register(&server, Administration::default());
    let user = User {
        name: "root".into(),
        domain: "TESTSITE".into(),
        sid: domain.child(500),
        groups: vec![Sid::administrators()],
        is_admin: true,
        kind: UserKind::Named,
        ..User::anonymous()
    };
    let [local, peer] = ["10.0.0.1:445", "10.0.0.2:1024"].map(|a| a.parse().expect("an address"));
    Caller { user: Arc::new(user), server, local, peer, session: Some(1), activity: Arc::default() }
}

/// Every pipe with each interface behind it, as the endpoint mapper tells.
async fn interfaces_of(caller: &Caller) -> Vec<(NtString, SyntaxId)> {
    let mapper = open(caller, &"epmapper".into());
    bind(&mapper, epmapper::INTERFACE, SyntaxId::NDR).await;
    let request = LookupRequest {
        inquiry: 0,
        object: None,
        interface: None,
        version_option: 1,
        handle: ContextHandle::NULL,
        maximum: 500,
    };
    let mut stub = Vec::new();
    request.encode(&mut NdrWriter::new(&mut stub));
    let answer = call(&mapper, epmapper::LOOKUP, &stub, false).await.expect("an answer");
    let found = LookupResponse::decode(&mut NdrReader::new(&answer)).expect("the mapper's answer");
    let mut all: Vec<_> = found
        .entries
        .into_iter()
        .filter_map(|entry| match entry.tower.transport {
            Transport::Pipe { path, .. } => {
                let name = String::from_utf8(path).ok()?;
                Some((name.strip_prefix("\\PIPE\\")?.into(), entry.tower.interface))
            }
            Transport::Tcp { .. } | Transport::Other => None,
        })
        .collect();
    all.push(("epmapper".into(), mgmt::INTERFACE));
    all
}

fn open(caller: &Caller, name: &NtString) -> Arc<PipeOpen> {
    caller.server.pipes().connect(name, caller).expect("the pipe is there")
}

async fn bind(pipe: &PipeOpen, interface: SyntaxId, syntax: SyntaxId) {
    let contexts = vec![ContextElement { id: 0, interface, transfer_syntaxes: vec![syntax] }];
    let bind = Bind { max_transmit: 4280, max_receive: 4280, group: 0, contexts };
    pipe.write(&Pdu::Bind(bind).to_bytes(1)).await.expect("a bind is taken");
    let mut ack = Vec::new();
    pipe.read(usize::MAX, &mut ack).await.expect("a bind is answered");
    assert_eq!(ack.get(2), Some(&PacketType::BIND_ACK.0), "no bind_ack");
}

/// The results of a call; none for one that ends with a fault. `None` where the conversation is over.
async fn call(pipe: &PipeOpen, operation: u16, stub: &[u8], big_endian: bool) -> Option<Vec<u8>> {
    let pdu = if big_endian { big_endian_request(operation, stub) } else { request(operation, stub) };
    match pipe.write(&pdu).await {
        Err(NtStatus::PIPE_DISCONNECTED) => return None,
        taken => assert_eq!(taken, Ok(pdu.len()), "a call is not taken"),
    }
    let (mut results, mut total) = (Vec::new(), 0);
    loop {
        let mut pdu = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(90), pipe.read(usize::MAX, &mut pdu)).await;
        read.expect("a call is answered in time").expect("a call is answered");
        let header = Header::decode(&mut Reader::new(&pdu)).expect("a header");
        assert_eq!(usize::from(header.fragment_length), pdu.len(), "not one PDU");
        total += pdu.len();
        assert!(pdu.len() <= 4280 && total <= MAX_ANSWER, "an answer longer than was agreed");
        match Pdu::decode(&mut Reader::new(&pdu)).expect("a PDU") {
            Pdu::Response(response) => results.extend_from_slice(response.stub),
            Pdu::Fault(_) => return Some(Vec::new()),
            other => panic!("no answer: {other:?}"),
        }
        if header.flags.contains(lanward_rpc::pdu::Flags::LAST) {
            return Some(results);
        }
    }
}

fn request(operation: u16, stub: &[u8]) -> Vec<u8> {
    Pdu::Request(Request { allocation_hint: 0, context_id: 0, operation, stub }).to_bytes(2)
}

fn big_endian_request(operation: u16, stub: &[u8]) -> Vec<u8> {
    let length = u16::try_from(24 + stub.len()).expect("a short stub");
    let mut pdu = vec![5, 0, PacketType::REQUEST.0, 3, 0, 0, 0, 0];
    pdu.extend_from_slice(&length.to_be_bytes());
    pdu.extend_from_slice(&[0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0]);
    pdu.extend_from_slice(&operation.to_be_bytes());
    pdu.extend_from_slice(stub);
    pdu
}

/// Operations and as much of their arguments as there is.
fn calls(mut rest: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let &[operation, low, high, ref behind @ ..] = rest else { return None };
        let length = usize::from(u16::from_le_bytes([low, high])).min(behind.len()).min(60_000);
        let (stub, left) = behind.split_at(length);
        rest = left;
        Some((operation, stub))
    })
}

fn with_handle(stub: &[u8], handle: Option<[u8; 20]>) -> Vec<u8> {
    let mut stub = stub.to_vec();
    if let Some(handle) = handle
        && let Some(at) = stub.windows(HANDLE.len()).position(|w| w == HANDLE)
    {
        stub[at..at + HANDLE.len()].copy_from_slice(&handle);
    }
    stub
}

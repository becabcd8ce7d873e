//! Every way to print: SMB 2 and 3, and of SMB1 the commands of its core as well as opens on a printer's share.

use crate::support::refused;
use lanward_client::smb1::{self, Form, Login, Request};
use lanward_client::{Create, Options};
use lanward_fsa::FileSystem;
use lanward_nt::{AccessMask, CreateOptions, NtStatus, NtString};
use lanward_server::{
    Job, JobControl, JobId, JobStatus, MemorySpool, PrinterControl, PrinterDefinition, Requester,
    ShareDefinition,
};
use lanward_smb1::messages::{
    Empty, FidRequest, FidResponse, GetPrintQueueRequest, GetPrintQueueResponse, IoctlRequest, IoctlResponse,
    OpenPrintFileRequest, WritePrintFileRequest,
};
use lanward_smb1::{AccessMode, Command, Dialect};
use lanward_smb2::messages::{CreateDisposition, ShareType};
use lanward_testsuite::{ALICE, Plan, Site};
use lanward_vfs::MemVolume;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A server with a printer, which nobody takes jobs of.
fn site(plan: Plan) -> (Site, Arc<MemorySpool>) {
    let volume = MemVolume::new(|| lanward_nt::FileTime(133_000_000_000_000_000));
    let disk = ShareDefinition::disk("data", FileSystem::new(volume), "data");
    let printer = ShareDefinition::printer(&"Laser1".into(), &laser());
    let plan = plan.smb1().zone(|zone| zone.plaintext = true);
    let site = plan.define(disk).define(printer).start().unwrap();
    let spool = Arc::new(MemorySpool::default());
    site.server.attach_spool(Arc::clone(&spool) as _).unwrap();
    let definition = PrinterDefinition { share_name: "Laser1".into(), ..PrinterDefinition::named("laser") };
    site.server.replace_printer(definition).unwrap();
    (site, spool)
}

fn laser() -> NtString {
    "laser".into()
}

fn jobs(site: &Site) -> Vec<Job> {
    site.server.print_jobs(&Requester::operator("test"), &laser()).unwrap()
}

fn control(site: &Site, id: JobId, control: JobControl) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(site.server.control_job(&Requester::operator("test"), id, control)).unwrap();
}

fn until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !so() {
        assert!(Instant::now() < deadline, "never {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Those before NT LM 0.12 have nothing better than the password itself.
fn smb1_alice(site: &Site, dialect: Dialect) -> (smb1::Connection, smb1::Session) {
    let mut c = site.connect_smb1(smb1::Options::only(dialect)).unwrap();
    let plain = Login::user(ALICE.0, ALICE.1, Form::Plaintext);
    let session = if dialect == Dialect::NtLm { c.login(ALICE.0, ALICE.1) } else { c.login_with(&plain) };
    (c, session.unwrap())
}

fn smb1_printer(site: &Site, dialect: Dialect) -> (smb1::Connection, smb1::Tree) {
    let (mut c, session) = smb1_alice(site, dialect);
    let tree = c.tree_connect_as(&session, "LASER1", "LPT1:", &[0]).unwrap();
    assert_eq!(tree.service, "LPT1:");
    (c, tree.tree)
}

#[test]
fn what_is_written_to_a_new_file_is_printed_when_it_is_closed() {
    let (site, spool) = site(Plan::default());
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(session, "laser1").unwrap();
    assert_eq!(tree.share_type, ShareType::PRINT);
    for disposition in [CreateDisposition::OVERWRITE_IF, CreateDisposition::OPEN] {
        let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
        let file =
            c.create(tree, &Create { disposition, ..Create::open("report.pdf", access) }).unwrap().file;
        c.write(file, 0, b"%PDF-").unwrap();
        c.write(file, 5, b"1.7").unwrap();
        assert_eq!(refused(c.read(file, 0, 8)), NtStatus::ACCESS_DENIED, "nothing comes back");
        let job = jobs(&site).pop().unwrap();
        assert_eq!((job.status, job.bytes, job.document), (JobStatus::SPOOLING, 8, "report.pdf".into()));
        assert_eq!(job.owner, ALICE.0.into());
        c.close(file).unwrap();
        let job = jobs(&site).pop().unwrap();
        assert_eq!((job.status, spool.bytes(job.id).unwrap()), (JobStatus::empty(), b"%PDF-1.7".to_vec()));
    }
    assert_eq!(jobs(&site).len(), 2, "each is a new one");
}

#[test]
fn a_printer_is_nothing_but_a_printer() {
    let (site, _) = site(Plan::default());
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(session, "laser1").unwrap();
    let read = Create::open("report.pdf", AccessMask::GENERIC_READ);
    assert_eq!(refused(c.create(tree, &read)), NtStatus::ACCESS_DENIED);
    let root =
        Create { options: CreateOptions::DIRECTORY_FILE, ..Create::open("", AccessMask::GENERIC_READ) };
    assert_eq!(refused(c.create(tree, &root)), NtStatus::NOT_SUPPORTED);
    assert!(jobs(&site).is_empty());

    let (mut c, _) = smb1_printer(&site, Dialect::NtLm);
    let session = c.sessions()[0].clone();
    for (share, service) in [("laser1", "A:"), ("data", "LPT1:"), ("laser1", "IPC")] {
        let wrong = c.tree_connect_as(&session, share, service, &[0]);
        assert_eq!(refused(wrong.map(|_| ())), NtStatus::BAD_DEVICE_TYPE, "{share} as {service}");
    }
    let data = c.tree_connect(&session, "data").unwrap();
    let body = OpenPrintFileRequest { setup_length: 0, mode: 1, identifier: "x".into() };
    let answer = c.call(&Request::new(Command::OPEN_PRINT_FILE, data, &body)).unwrap().check(&[]);
    assert_eq!(refused(answer.map(|_| ())), NtStatus::INVALID_DEVICE_REQUEST);
}

#[test]
fn who_may_not_print_is_told_so() {
    let mut plan = Plan::default();
    plan.accounts.add_user("carol", "Secret010");
    let (site, _) = site(plan);
    let alice = site.server.accounts().directory().user_named(&ALICE.0.into()).map(|user| user.rid);
    let alice = site.server.identity().sid.child(alice.unwrap());
    let definition = PrinterDefinition { share_name: "Laser1".into(), ..PrinterDefinition::named("laser") };
    site.server.replace_printer(definition.open_to(Some(&[alice]), &[], false)).unwrap();
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login("carol", "Secret010").unwrap();
    let tree = c.tree_connect(session, "laser1").unwrap();
    assert_eq!(refused(c.create(tree, &Create::new_file("x"))), NtStatus::ACCESS_DENIED);
    let mut nobody = site.connect_smb1(smb1::Options::only(Dialect::NtLm)).unwrap();
    assert!(nobody.login_anonymous().and_then(|s| nobody.tree_connect(&s, "laser1")).is_err());
    assert!(jobs(&site).is_empty());
}

#[test]
fn limits_are_told_and_leave_nothing() {
    let plan = Plan::default().settings(|settings| {
        settings.limits.print_job_bytes = 100;
        settings.limits.print_jobs_per_user = 1;
    });
    let (site, spool) = site(plan);
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(session, "laser1").unwrap();
    let file = c.create(tree, &Create::new_file("x")).unwrap().file;
    assert_eq!(refused(c.create(tree, &Create::new_file("y"))), NtStatus::PRINT_QUEUE_FULL);
    c.write(file, 0, &[0; 100]).unwrap();
    assert_eq!(refused(c.write(file, 100, b"x")), NtStatus::NO_SPOOL_SPACE);
    assert_eq!(refused(c.close(file)), NtStatus::NO_SPOOL_SPACE);
    assert!(jobs(&site).is_empty() && spool.jobs().is_empty());
    // As DOS numbers it: ERRSRV, ERRqtoobig.
    let (mut c, tree) = smb1_printer(&site, Dialect::LanMan1);
    let body = OpenPrintFileRequest { setup_length: 0, mode: 1, identifier: "x".into() };
    let reply = c.call(&Request::new(Command::OPEN_PRINT_FILE, tree, &body)).unwrap().check(&[]).unwrap();
    let fid = reply.decode::<FidResponse>().unwrap().fid;
    let write = WritePrintFileRequest { fid, data: &[0; 101] };
    let reply = c.call(&Request::new(Command::WRITE_PRINT_FILE, tree, &write)).unwrap();
    let error = reply.dos_error().unwrap();
    assert_eq!((error.class, error.code), (2, 0x32));
}

#[test]
fn who_is_lost_in_the_middle_prints_nothing() {
    let (site, spool) = site(Plan::default());
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(session, "laser1").unwrap();
    let file = c.create(tree, &Create::new_file("lost")).unwrap().file;
    c.write(file, 0, b"half of it").unwrap();
    let other = c.create(tree, &Create::new_file("left")).unwrap().file;
    c.write(other, 0, b"half of it").unwrap();
    let (mut old, old_tree) = smb1_printer(&site, Dialect::NtLm);
    let file = old.create(old_tree, &smb1::Create::new_file("old")).unwrap();
    old.write(file, 0, b"half of it").unwrap();
    assert_eq!(jobs(&site).len(), 3);
    c.tree_disconnect(tree).unwrap();
    assert_eq!(jobs(&site).len(), 1);
    drop((c, old));
    until("gone", || jobs(&site).is_empty());
    assert!(spool.jobs().is_empty());
    assert_eq!(site.server.print_totals().aborted, 3);
}

#[test]
fn what_is_cancelled_while_it_is_sent_ends_there() {
    let (site, _) = site(Plan::default());
    let mut c = site.connect(Options::default()).unwrap();
    let session = c.login(ALICE.0, ALICE.1).unwrap();
    let tree = c.tree_connect(session, "laser1").unwrap();
    let file = c.create(tree, &Create::new_file("x")).unwrap().file;
    c.write(file, 0, b"some").unwrap();
    control(&site, jobs(&site)[0].id, JobControl::Cancel);
    assert_eq!(refused(c.write(file, 4, b"more")), NtStatus::PRINT_CANCELLED);
    assert_eq!(refused(c.close(file)), NtStatus::PRINT_CANCELLED);
}

#[test]
fn the_commands_of_the_core_print() {
    let (site, spool) = site(Plan::default());
    for dialect in [Dialect::NtLm, Dialect::LanMan1] {
        let (mut c, session) = smb1_alice(&site, dialect);
        let tree = c.core_tree_connect(&session, "laser1", "").unwrap();
        let body = OpenPrintFileRequest { setup_length: 2, mode: 0, identifier: "letter.txt".into() };
        let reply = c.call(&Request::new(Command::OPEN_PRINT_FILE, tree, &body)).unwrap().check(&[]).unwrap();
        let fid = reply.decode::<FidResponse>().unwrap().fid;
        for data in [&b"\x1bEDear "[..], b"Sir"] {
            let body = WritePrintFileRequest { fid, data };
            let reply =
                c.call(&Request::new(Command::WRITE_PRINT_FILE, tree, &body)).unwrap().check(&[]).unwrap();
            reply.decode::<Empty>().unwrap();
        }
        let id = jobs(&site).pop().unwrap().id;
        let asked = IoctlRequest {
            fid,
            category: 0x53,
            function: 0x60,
            max_data_count: 32,
            ..IoctlRequest::default()
        };
        let reply = c.call(&Request::new(Command::IOCTL, tree, &asked)).unwrap().check(&[]).unwrap();
        let told = reply.decode::<IoctlResponse<'_>>().unwrap();
        let at = usize::from(told.data_offset);
        let data = &reply.message()[at..at + usize::from(told.data_count)];
        assert_eq!((data.len(), &data[..2]), (32, &u16::try_from(id.0).unwrap().to_le_bytes()[..]));
        assert_eq!(&data[18..25], b"Laser1\0");
        let other = FidRequest { fid: fid.wrapping_add(1) };
        let wrong = c.call(&Request::new(Command::CLOSE_PRINT_FILE, tree, &other)).unwrap().check(&[]);
        assert!(wrong.is_err());
        let body = FidRequest { fid };
        c.call(&Request::new(Command::CLOSE_PRINT_FILE, tree, &body)).unwrap().check(&[]).unwrap();
        assert_eq!(spool.bytes(id).unwrap(), b"\x1bEDear Sir", "{dialect:?}");
        let job = jobs(&site).pop().unwrap();
        assert_eq!((job.document, job.status), ("letter.txt".into(), JobStatus::empty()));
    }
}

#[test]
fn opens_of_old_redirectors_print() {
    let (site, spool) = site(Plan::default());
    let (mut c, tree) = smb1_printer(&site, Dialect::LanMan1);
    let (file, _) = c.core_open(tree, "opened", AccessMode::WRITE).unwrap();
    c.core_write(file, 0, b"by open").unwrap();
    c.close(file).unwrap();
    let file = c.core_create(tree, "created").unwrap();
    c.core_write(file, 0, b"by create").unwrap();
    c.core_write(file, 9, b"").unwrap();
    c.close(file).unwrap();
    // A process that ends has done with what it prints.
    let file = c.core_create(tree, "exited").unwrap();
    c.core_write(file, 0, b"by exit").unwrap();
    c.process_exit(tree, 0x1234).unwrap();
    let (mut nt, tree) = smb1_printer(&site, Dialect::NtLm);
    let file = nt.create(tree, &smb1::Create::new_file("by NT")).unwrap();
    nt.write(file, 0, b"by NT create").unwrap();
    nt.close(file).unwrap();
    let printed: Vec<_> = spool.jobs().into_iter().filter_map(|id| spool.bytes(id)).collect();
    let expected: [&[u8]; 4] = [b"by open", b"by create", b"by exit", b"by NT create"];
    assert_eq!(printed, expected);
    assert!(jobs(&site).iter().all(|job| job.status.is_empty()));
}

#[test]
fn queues_are_listed_as_the_core_has_them() {
    let (site, _) = site(Plan::default());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let by = Requester::operator("test");
    runtime.block_on(site.server.control_printer(&by, &laser(), PrinterControl::Pause)).unwrap();
    let (mut c, tree) = smb1_printer(&site, Dialect::LanMan1);
    for length in 1..=3 {
        let file = c.core_create(tree, "x").unwrap();
        c.core_write(file, 0, &vec![0; length]).unwrap();
        c.close(file).unwrap();
    }
    control(&site, JobId(2), JobControl::Pause);
    let mut ask = |max_count: i16, start_index| {
        let body = GetPrintQueueRequest { max_count: max_count.cast_unsigned(), start_index };
        let reply = c.call(&Request::new(Command::GET_PRINT_QUEUE, tree, &body)).unwrap().check(&[]).unwrap();
        let told = reply.decode::<GetPrintQueueResponse<'_>>().unwrap();
        let entries: Vec<_> = told.entries.chunks(28).map(|entry| (entry[4], entry[5], entry[7])).collect();
        assert_eq!(entries.len(), usize::from(told.count));
        (told.restart_index, entries)
    };
    assert_eq!(ask(10, 0), (3, vec![(3, 1, 1), (1, 2, 2), (3, 3, 3)]));
    assert_eq!(ask(1, 1), (2, vec![(1, 2, 2)]));
    assert_eq!(ask(-2, 2), (0, vec![(3, 3, 3), (1, 2, 2)]));
    assert_eq!(ask(10, 3), (3, vec![]));
    let (mut c, _) = smb1_printer(&site, Dialect::LanMan1);
    let data = c.sessions().first().cloned();
    let data = c.tree_connect(&data.unwrap(), "data").unwrap();
    let body = GetPrintQueueRequest { max_count: 1, start_index: 0 };
    assert!(c.call(&Request::new(Command::GET_PRINT_QUEUE, data, &body)).unwrap().check(&[]).is_err());
}

use super::*;
use crate::{Identity, Limits, Server, Settings, Subject};
use lanward_nt::security::{Privileges, Token};
use lanward_nt::{FileTime, Guid, NtStatus, NtString, Sid};
use std::sync::Arc;
use std::time::Duration;

fn server(limits: Limits) -> (Arc<Server>, Arc<MemorySpool>) {
    served_from(limits, MemorySpool::default())
}

fn served_from(limits: Limits, spool: MemorySpool) -> (Arc<Server>, Arc<MemorySpool>) {
    let identity = Identity {
        name: "TEST".to_owned(),
        workgroup: "WORKGROUP".to_owned(),
        comment: String::new(),
        guid: Guid::default(),
        sid: Sid::new(5, &[21, 1, 2, 3]),
    };
    let server = Server::new(identity, Settings { limits, ..Settings::default() }, FileTime(1));
    let spool = Arc::new(spool);
    server.attach_spool(Arc::clone(&spool) as _).unwrap();
    server.replace_printer(PrinterDefinition::named("laser")).unwrap();
    (server, spool)
}

fn user(rid: u32) -> Requester {
    let sid = Sid::new(5, &[21, 1, 2, 3, rid]);
    let groups = vec![Sid::everyone(), Sid::authenticated_users(), Sid::users()];
    let (primary_group, privileges) = (Sid::users(), Privileges::empty());
    let subject = Subject {
        user: NtString::from(format!("user{rid}").as_str()),
        domain: "TEST".into(),
        sid: sid.clone(),
        peer: Some("10.0.0.9:1000".parse().unwrap()),
        session: None,
    };
    let token = Some(Token { user: sid, groups, primary_group, privileges });
    Requester { subject, client: "PC".into(), token, zone: None }
}

fn member_of(rid: u32, group: Sid) -> Requester {
    let mut by = user(rid);
    by.token.as_mut().unwrap().groups.push(group);
    by
}

fn laser() -> NtString {
    "LASER".into()
}

async fn begin(server: &Arc<Server>, by: &Requester) -> JobWriter {
    server.start_document(by, &laser(), Document::default()).await.unwrap()
}

async fn submit(server: &Arc<Server>, by: &Requester, bytes: &[u8]) -> JobId {
    let writer = begin(server, by).await;
    writer.append(bytes).await.unwrap();
    writer.end().await.unwrap();
    writer.id()
}

fn order(server: &Server) -> Vec<u32> {
    let jobs = server.print_jobs(&Requester::operator("test"), &laser()).unwrap();
    jobs.iter().map(|job| job.id.0).collect()
}

#[tokio::test]
async fn a_job_is_one_when_it_has_ended_and_nothing_before() {
    let (server, spool) = server(Limits::default());
    let alice = user(1000);
    let document = Document { name: "report.ps".into(), ..Document::default() };
    let writer = server.start_document(&alice, &laser(), document).await.unwrap();
    tokio::join!(async { writer.append(b"%!PS").await.unwrap() }, async {
        writer.append(b" one").await.unwrap();
    });
    writer.write_at(0, b"#").await.unwrap();
    let job = server.print_job(&alice, writer.id()).unwrap();
    assert_eq!((job.status, job.bytes, job.position), (JobStatus::SPOOLING, 8, 1));
    assert_eq!((job.document, job.client, job.owner), ("report.ps".into(), "PC".into(), "user1000".into()));
    writer.end().await.unwrap();
    writer.end().await.unwrap();
    assert_eq!(writer.append(b"late").await, Err(NtStatus::FILE_CLOSED));
    let id = writer.id();
    drop(writer);
    assert_eq!(server.print_job(&alice, id).unwrap().status, JobStatus::empty());
    assert_eq!(spool.bytes(id).unwrap(), b"#!PS one");

    let claim = server.next_print_job(&laser()).await.unwrap();
    assert_eq!(claim.job().id, id);
    assert_eq!(server.print_job(&alice, id).unwrap().status, JobStatus::PRINTING);
    claim.printed().await;
    assert!(order(&server).is_empty() && spool.jobs().is_empty());
    let totals = server.print_totals();
    assert_eq!((totals.submitted, totals.printed, totals.jobs, totals.bytes), (1, 1, 0, 0));
}

#[tokio::test]
async fn what_is_not_ended_leaves_nothing() {
    let (server, spool) = server(Limits::default());
    let writer = begin(&server, &user(1000)).await;
    writer.append(b"half").await.unwrap();
    drop(writer);
    let empty = begin(&server, &user(1000)).await;
    empty.end().await.unwrap();
    assert!(order(&server).is_empty() && spool.jobs().is_empty());
    assert_eq!((server.print_totals().aborted, server.print_totals().bytes), (1, 0));
}

#[tokio::test]
async fn a_full_disk_prints_nothing() {
    let (server, spool) = served_from(Limits::default(), MemorySpool::with_room(4));
    let writer = begin(&server, &user(1000)).await;
    writer.append(b"1234").await.unwrap();
    assert_eq!(writer.append(b"5").await, Err(NtStatus::DISK_FULL));
    // Not even what would fit is taken after that.
    assert_eq!(writer.write_at(0, b"x").await, Err(NtStatus::DISK_FULL));
    assert_eq!(writer.end().await, Err(NtStatus::DISK_FULL));
    assert!(order(&server).is_empty() && spool.jobs().is_empty());
}

#[tokio::test]
async fn limits() {
    let limits = Limits {
        print_job_bytes: 10,
        print_jobs_per_printer: 3,
        print_jobs_per_user: 2,
        print_spool_bytes: 15,
        ..Limits::default()
    };
    let (server, _) = server(limits);
    let (alice, bob) = (user(1000), user(1001));
    let too_long = begin(&server, &alice).await;
    assert_eq!(too_long.append(&[0; 11]).await, Err(NtStatus::NO_SPOOL_SPACE));
    drop(too_long);
    let first = begin(&server, &alice).await;
    first.append(&[0; 10]).await.unwrap();
    let second = begin(&server, &alice).await;
    let start = |by: Requester| {
        let server = Arc::clone(&server);
        async move { server.start_document(&by, &laser(), Document::default()).await.map(|writer| writer.id()) }
    };
    assert_eq!(start(alice.clone()).await, Err(NtStatus::PRINT_QUEUE_FULL), "two of one user");
    assert_eq!(second.append(&[0; 6]).await, Err(NtStatus::NO_SPOOL_SPACE), "of all jobs");
    let third = begin(&server, &bob).await;
    assert_eq!(start(bob.clone()).await, Err(NtStatus::PRINT_QUEUE_FULL), "three of one printer");
    drop((second, third));
    let again = begin(&server, &bob).await;
    again.append(&[0; 5]).await.unwrap();
    assert_eq!(server.print_totals().bytes, 15);
    assert_eq!(start(bob).await, Err(NtStatus::NO_SPOOL_SPACE));
}

#[tokio::test]
async fn who_may_do_what() {
    let (server, _) = server(Limits::default());
    let (alice, bob) = (user(1000), user(1001));
    let operator = member_of(1002, Sid::new(5, &[32, 550]));
    let id = submit(&server, &alice, b"x").await;
    assert_eq!(server.control_job(&bob, id, JobControl::Pause).await, Err(NtStatus::ACCESS_DENIED));
    let comment = JobChange { comment: Some("mine".into()), ..JobChange::default() };
    assert_eq!(server.change_job(&bob, id, comment.clone()).await, Err(NtStatus::ACCESS_DENIED));
    server.change_job(&alice, id, comment).await.unwrap();
    assert_eq!(server.print_job(&bob, id).unwrap().comment, "mine".into());
    server.control_job(&alice, id, JobControl::Pause).await.unwrap();
    server.control_job(&operator, id, JobControl::Resume).await.unwrap();
    let first = JobChange { position: Some(1), priority: Some(99), ..JobChange::default() };
    assert_eq!(server.change_job(&alice, id, first.clone()).await, Err(NtStatus::ACCESS_DENIED));
    server.change_job(&operator, id, first).await.unwrap();
    let purge = PrinterControl::Purge;
    assert_eq!(server.control_printer(&alice, &laser(), purge).await, Err(NtStatus::ACCESS_DENIED));
    server.control_printer(&operator, &laser(), purge).await.unwrap();
    assert!(order(&server).is_empty());

    let few =
        PrinterDefinition::named("laser").open_to(Some(&[Sid::new(5, &[21, 1, 2, 3, 1000])]), &[], false);
    server.replace_printer(few).unwrap();
    assert_eq!(server.printer(&bob, &laser()), Err(NtStatus::ACCESS_DENIED));
    assert!(server.printers(&bob).is_empty());
    let refused = server.start_document(&bob, &laser(), Document::default()).await;
    assert_eq!(refused.map(|writer| writer.id()), Err(NtStatus::ACCESS_DENIED));
    assert_eq!(server.printers(&alice).len(), 1);

    let guest = || {
        let mut by = user(501);
        by.token.as_mut().unwrap().groups = vec![Sid::everyone(), Sid::guests()];
        by
    };
    assert_eq!(server.printer(&guest(), &laser()), Err(NtStatus::ACCESS_DENIED));
    server.replace_printer(PrinterDefinition::named("laser").open_to(None, &[], true)).unwrap();
    let id = submit(&server, &guest(), b"x").await;
    assert_eq!(server.control_job(&guest(), id, JobControl::Cancel).await, Err(NtStatus::ACCESS_DENIED));
}

#[tokio::test]
async fn jobs_come_in_their_order_and_as_they_are_put() {
    let (server, _) = server(Limits::default());
    let operator = Requester::operator("test");
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(submit(&server, &user(1000), b"x").await);
    }
    let urgent = Document { priority: Some(50), ..Document::default() };
    let writer = server.start_document(&user(1001), &laser(), urgent).await.unwrap();
    assert_eq!(order(&server), [4, 1, 2, 3]);
    let last = JobChange { position: Some(99), ..JobChange::default() };
    server.change_job(&operator, ids[0], last).await.unwrap();
    let second = JobChange { priority: Some(10), ..JobChange::default() };
    server.change_job(&operator, ids[2], second).await.unwrap();
    assert_eq!(order(&server), [4, 3, 2, 1]);
    // What is still being sent, and what is paused, lets others pass.
    server.control_job(&operator, ids[2], JobControl::Pause).await.unwrap();
    assert_eq!(server.next_print_job(&laser()).await.unwrap().job().id, ids[1]);
    drop(writer);
    server.control_printer(&operator, &laser(), PrinterControl::Pause).await.unwrap();
    assert_eq!(server.printer(&operator, &laser()).unwrap().state, PrinterState::Paused);
    let name = laser();
    let waits = tokio::time::timeout(Duration::from_millis(1), server.next_print_job(&name));
    assert!(waits.await.is_err());
    server.control_printer(&operator, &laser(), PrinterControl::Resume).await.unwrap();
    assert_eq!(server.next_print_job(&laser()).await.unwrap().job().id, ids[1]);
}

#[tokio::test]
async fn what_is_printed_is_given_up_when_it_is_told() {
    let (server, spool) = server(Limits::default());
    let alice = user(1000);
    let id = submit(&server, &alice, b"x").await;
    for control in [JobControl::Pause, JobControl::Restart, JobControl::Cancel] {
        let claim = server.next_print_job(&laser()).await.unwrap();
        claim.trouble(Some("out of paper"));
        let job = server.print_job(&alice, id).unwrap();
        assert_eq!((job.status, &*job.status_text), (JobStatus::PRINTING | JobStatus::ERROR, "out of paper"));
        let printer = server.printer(&alice, &laser()).unwrap();
        assert_eq!(printer.state, PrinterState::Error("out of paper".to_owned()));
        server.control_job(&alice, id, control).await.unwrap();
        claim.revoked().await;
        drop(claim);
        assert_eq!(server.printer(&alice, &laser()).unwrap().state, PrinterState::Ready);
        if control == JobControl::Pause {
            assert_eq!(server.print_job(&alice, id).unwrap().status, JobStatus::PAUSED);
            server.control_job(&alice, id, JobControl::Resume).await.unwrap();
        }
    }
    assert!(order(&server).is_empty() && spool.jobs().is_empty());
    assert_eq!(server.print_totals().cancelled, 1);
}

#[tokio::test]
async fn what_a_printer_will_not_have_stays_until_it_is_tried_again() {
    let (server, _) = server(Limits::default());
    let (alice, id) = (user(1000), submit(&server, &user(1000), b"x").await);
    server.next_print_job(&laser()).await.unwrap().failed("no such format").await;
    let job = server.print_job(&alice, id).unwrap();
    assert_eq!((job.status, &*job.status_text), (JobStatus::ERROR, "no such format"));
    let next = submit(&server, &alice, b"y").await;
    assert_eq!(server.next_print_job(&laser()).await.unwrap().job().id, next);
    server.control_job(&alice, id, JobControl::Restart).await.unwrap();
    assert_eq!(server.next_print_job(&laser()).await.unwrap().job().id, id);
}

#[tokio::test]
async fn a_job_that_is_cancelled_while_it_is_sent_takes_no_more() {
    let (server, spool) = server(Limits::default());
    let alice = user(1000);
    let writer = begin(&server, &alice).await;
    writer.append(b"x").await.unwrap();
    server.control_job(&alice, writer.id(), JobControl::Cancel).await.unwrap();
    assert_eq!(writer.append(b"y").await, Err(NtStatus::PRINT_CANCELLED));
    assert_eq!(writer.end().await, Err(NtStatus::PRINT_CANCELLED));
    assert!(spool.jobs().is_empty());
}

#[tokio::test]
async fn printed_jobs_are_shown_as_long_as_they_are_kept() {
    let (server, spool) = server(Limits::default());
    let keep = Duration::from_secs(60);
    server.replace_printer(PrinterDefinition { keep, ..PrinterDefinition::named("laser") }).unwrap();
    let (alice, id) = (user(1000), submit(&server, &user(1000), b"x").await);
    server.next_print_job(&laser()).await.unwrap().printed().await;
    let job = server.print_job(&alice, id).unwrap();
    assert_eq!(job.status, JobStatus::PRINTED | JobStatus::COMPLETE);
    let finished = job.finished.unwrap();
    let until = FileTime(finished.0 + 600_000_000);
    assert_eq!(server.forget_printed_jobs(FileTime(until.0 - 1)), Some(until));
    server.control_job(&alice, id, JobControl::Restart).await.unwrap();
    server.next_print_job(&laser()).await.unwrap().printed().await;
    let far = FileTime(until.0 + 600_000_000_000);
    assert_eq!(server.forget_printed_jobs(far), None);
    assert!(order(&server).is_empty() && spool.jobs().is_empty());
}

#[tokio::test]
async fn jobs_wait_for_their_printer_to_come_back() {
    let (server, spool) = server(Limits::default());
    let (alice, id) = (user(1000), submit(&server, &user(1000), b"x").await);
    let unfinished = begin(&server, &alice).await;
    let claim = server.next_print_job(&laser()).await.unwrap();
    server.control_printer(&Requester::operator("test"), &laser(), PrinterControl::Pause).await.unwrap();
    server.remove_printer(&laser());
    claim.revoked().await;
    drop(claim);
    assert_eq!(server.printer(&alice, &laser()), Err(NtStatus::OBJECT_NAME_NOT_FOUND));
    assert!(server.next_print_job(&laser()).await.is_none());
    assert_eq!(unfinished.append(b"x").await, Err(NtStatus::PRINT_CANCELLED));
    assert_eq!((spool.jobs(), server.print_totals().bytes), (vec![id], 1));
    server.replace_printer(PrinterDefinition::named("Laser")).unwrap();
    assert_eq!(server.printer(&alice, &laser()).unwrap().state, PrinterState::Paused);
    assert_eq!(order(&server), [id.0]);
}

#[tokio::test]
async fn ids_are_of_16_bits_and_never_of_two_jobs() {
    let (server, _) = server(Limits { print_jobs_per_user: 10, ..Limits::default() });
    let first = submit(&server, &user(1000), b"x").await;
    server.printing.lock().continue_after(JobId(0xfffe));
    let next = begin(&server, &user(1000)).await;
    assert_eq!((first.0, next.id().0), (1, 2));
}

#[tokio::test]
async fn nobody_fills_the_spool_for_all_others_with_many_jobs() {
    let limits = Limits { print_spool_bytes: 100, print_job_bytes: 100, ..Limits::default() };
    let (server, _) = server(limits);
    let (first, second) = (begin(&server, &user(1)).await, begin(&server, &user(1)).await);
    first.append(&[1; 40]).await.unwrap();
    second.append(&[1; 10]).await.unwrap();
    assert_eq!(second.append(&[1; 1]).await, Err(NtStatus::NO_SPOOL_SPACE), "half of it is theirs");
    // Others have the rest, and one job alone is as large as there is room.
    let other = begin(&server, &user(2)).await;
    other.append(&[1; 50]).await.unwrap();
    assert_eq!(other.append(&[1; 1]).await, Err(NtStatus::NO_SPOOL_SPACE));
    drop((first, second, other));
    let alone = begin(&server, &user(1)).await;
    alone.append(&[1; 100]).await.unwrap();
    alone.end().await.unwrap();
}

#[tokio::test]
async fn what_is_only_kept_to_be_seen_gives_way_to_what_is_to_be_printed() {
    let limits = Limits { print_spool_bytes: 100, ..Limits::default() };
    let (server, spool) = server(limits);
    let kept = PrinterDefinition { keep: Duration::from_secs(3_600), ..PrinterDefinition::named("laser") };
    server.replace_printer(kept).unwrap();
    let mut printed = Vec::new();
    for _ in 0..2 {
        printed.push(submit(&server, &user(1), &[1; 50]).await);
        server.next_print_job(&laser()).await.unwrap().printed().await;
    }
    assert_eq!(spool.jobs(), printed);
    let next = submit(&server, &user(2), &[1; 20]).await;
    assert_eq!(spool.jobs(), [printed[1], next], "the one that was over first");
    let large = begin(&server, &user(3)).await;
    assert_eq!(large.append(&[1; 90]).await, Err(NtStatus::NO_SPOOL_SPACE), "what waits stays");
    assert_eq!(server.print_job(&user(2), next).unwrap().bytes, 20);
}

#[tokio::test]
async fn whoever_still_writes_a_job_that_is_gone_has_nobody_elses() {
    let (server, _) = server(Limits::default());
    let mine = begin(&server, &user(1)).await;
    server.control_job(&user(1), mine.id(), JobControl::Cancel).await.unwrap();
    // Ids come again after all others.
    server.printing.lock().continue_after(JobId(0xfffe));
    let other = submit(&server, &user(2), b"other").await;
    assert_ne!(other, mine.id());
    assert_eq!(mine.append(b"x").await, Err(NtStatus::PRINT_CANCELLED));
    drop(mine);
    assert_eq!(server.print_job(&user(2), other).unwrap().bytes, 5);
}

#[tokio::test]
async fn what_is_written_to_a_job_is_cut_as_its_name_is() {
    let (server, _) = server(Limits::default());
    let id = submit(&server, &user(1), b"x").await;
    let long = || Some(NtString(vec![0x61; 100_000]));
    let change = JobChange { document: long(), comment: long(), ..JobChange::default() };
    server.change_job(&user(1), id, change).await.unwrap();
    let job = server.print_job(&user(1), id).unwrap();
    assert_eq!((job.document.units().len(), job.comment.units().len()), (255, 255));
}

use crate::{Destination, Printing};
use lanward_nt::{FileTime, Guid, NtString, Sid};
use lanward_server::{
    Document, Identity, JobControl, JobId, JobStatus, PrinterControl, PrinterDefinition, PrinterState,
    Requester, Server, Settings,
};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

fn server() -> Arc<Server> {
    let identity = Identity {
        name: "TEST".to_owned(),
        workgroup: "WORKGROUP".to_owned(),
        comment: String::new(),
        guid: Guid::default(),
        sid: Sid::new(5, &[21, 1, 2, 3]),
    };
    Server::new(identity, Settings::default(), FileTime(1))
}

fn operator() -> Requester {
    Requester::operator("al/ice")
}

fn laser() -> NtString {
    "laser".into()
}

fn start(root: &Path, to: &str) -> (Arc<Server>, Printing) {
    let server = server();
    let printing = Printing::start(&server, root.join("spool")).unwrap();
    printing.apply(vec![(PrinterDefinition::named("laser"), to.parse().unwrap())]).unwrap();
    (server, printing)
}

async fn submit(server: &Arc<Server>, bytes: &[u8]) -> JobId {
    let document = Document { name: "../a b.pdf".into(), ..Document::default() };
    let writer = server.start_document(&operator(), &laser(), document).await.unwrap();
    for piece in bytes.chunks(1_000) {
        writer.append(piece).await.unwrap();
    }
    writer.end().await.unwrap();
    writer.id()
}

/// Waits until something is so; whatever it waits for happens without anybody's luck.
async fn until(what: &str, so: impl Fn() -> bool) {
    let waited = async {
        while !so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waited).await.unwrap_or_else(|_| panic!("never {what}"));
}

fn is_empty(server: &Server) -> bool {
    server.print_jobs(&operator(), &laser()).unwrap().is_empty()
}

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn jobs_become_files_in_a_folder() {
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join(".lanward-7.part"), b"from a run that was ended").unwrap();
    let (server, _printing) = start(root.path(), out.to_str().unwrap());
    let document: Vec<u8> = b"%PDF-1.4\n".iter().copied().chain((0..700_000).map(|n: u32| n as u8)).collect();
    submit(&server, &document).await;
    until("printed", || is_empty(&server)).await;
    let files = names(&out);
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].ends_with("-1-al_ice-a_b.pdf"), "{files:?}");
    assert_eq!(fs::read(out.join(&files[0])).unwrap(), document);
    assert_eq!(names(&root.path().join("spool")).len(), 0);
}

#[tokio::test]
async fn what_waits_is_there_after_a_restart_and_what_was_not_whole_is_not() {
    let root = tempfile::tempdir().unwrap();
    let out = root.path().join("out");
    fs::create_dir(&out).unwrap();
    let spool = root.path().join("spool");
    {
        let (server, _printing) = start(root.path(), out.to_str().unwrap());
        server.control_printer(&operator(), &laser(), PrinterControl::Pause).await.unwrap();
        submit(&server, b"first").await;
        submit(&server, b"second").await;
        server.control_job(&operator(), JobId(2), JobControl::Pause).await.unwrap();
        let unfinished = server.start_document(&operator(), &laser(), Document::default()).await.unwrap();
        unfinished.append(b"never whole").await.unwrap();
        // As if the process was killed: nothing is put in order.
        std::mem::forget(unfinished);
    }
    assert!(spool.join("3.data").exists());
    fs::write(spool.join("9.job"), b"{").unwrap();
    fs::write(spool.join("8.new"), b"").unwrap();
    let (server, _printing) = start(root.path(), out.to_str().unwrap());
    assert_eq!(server.printer(&operator(), &laser()).unwrap().state, PrinterState::Paused);
    let jobs = server.print_jobs(&operator(), &laser()).unwrap();
    let seen: Vec<_> = jobs.iter().map(|job| (job.id.0, job.bytes, job.status)).collect();
    assert_eq!(seen, [(1, 5, JobStatus::empty()), (2, 6, JobStatus::PAUSED)]);
    let mut left = names(&spool);
    left.sort();
    assert_eq!(left, ["1.data", "1.job", "2.data", "2.job", "printers.json"]);
    server.control_printer(&operator(), &laser(), PrinterControl::Resume).await.unwrap();
    until("printed", || server.print_totals().printed == 1).await;
    assert_eq!(submit(&server, b"third").await, JobId(3), "ids go on behind those that are there");
}

#[tokio::test]
async fn a_printer_that_is_away_gets_the_job_when_it_is_back() {
    let root = tempfile::tempdir().unwrap();
    let reserved = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = reserved.local_addr().unwrap();
    drop(reserved);
    let (server, printing) = start(root.path(), &format!("socket://{address}"));
    submit(&server, b"raw bytes").await;
    let fault = || server.printer(&operator(), &laser()).unwrap().fault.is_some();
    until("in error", fault).await;
    let status = server.print_job(&operator(), JobId(1)).unwrap().status;
    assert!(status.contains(JobStatus::ERROR), "{status:?}");

    let printer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let to: Destination = format!("socket://{}", printer.local_addr().unwrap()).parse().unwrap();
    // Where it is now is tried at once.
    printing.apply(vec![(PrinterDefinition::named("laser"), to)]).unwrap();
    let (mut stream, _) = printer.accept().await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.unwrap();
    assert_eq!(received, b"raw bytes");
    drop(stream);
    until("printed", || is_empty(&server)).await;
    assert_eq!(server.printer(&operator(), &laser()).unwrap().state, PrinterState::Ready);
}

/// One request of a client: its IPP operation, and everything in it.
async fn request(printer: &TcpListener) -> (TcpStream, u8, Vec<u8>) {
    let (mut stream, _) = printer.accept().await.unwrap();
    let mut bytes = Vec::new();
    loop {
        assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "cut off");
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let length = head.split("Content-Length: ").nth(1).unwrap().split("\r\n").next().unwrap();
        if bytes.len() == end + 4 + length.parse::<usize>().unwrap() {
            let body = bytes.split_off(end + 4);
            return (stream, body[3], body);
        }
    }
}

/// An answer with a job's id and state.
async fn answer(mut stream: TcpStream, status: u16, state: u8) {
    let mut body = vec![1, 1, (status >> 8) as u8, status as u8, 0, 0, 0, 1, 0x01];
    let mut attribute = |tag: u8, name: &str, value: &[u8]| {
        body.push(tag);
        body.extend((name.len() as u16).to_be_bytes());
        body.extend(name.as_bytes());
        body.extend((value.len() as u16).to_be_bytes());
        body.extend(value);
    };
    attribute(0x47, "attributes-charset", b"utf-8");
    attribute(0x48, "attributes-natural-language", b"en");
    body.push(0x02);
    let mut attribute = |tag: u8, name: &str, value: &[u8]| {
        body.push(tag);
        body.extend((name.len() as u16).to_be_bytes());
        body.extend(name.as_bytes());
        body.extend((value.len() as u16).to_be_bytes());
        body.extend(value);
    };
    attribute(0x21, "job-id", &[0, 0, 0, 77]);
    attribute(0x23, "job-state", &[0, 0, 0, state]);
    attribute(0x44, "job-state-reasons", b"media-empty-error");
    body.push(0x03);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
}

const PRINT_JOB: u8 = 2;
const CANCEL_JOB: u8 = 8;
const GET_JOB: u8 = 9;

async fn ipp_printer(root: &Path) -> (TcpListener, Arc<Server>, Printing) {
    let printer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (server, printing) = start(root, &format!("ipp://{}/ipp/print", printer.local_addr().unwrap()));
    (printer, server, printing)
}

#[tokio::test]
async fn ipp_jobs_are_followed_to_their_end() {
    let root = tempfile::tempdir().unwrap();
    let (printer, server, _printing) = ipp_printer(root.path()).await;
    submit(&server, b"%!PS document").await;
    let (stream, operation, body) = request(&printer).await;
    assert_eq!(operation, PRINT_JOB);
    assert!(body.ends_with(b"\x03%!PS document"));
    let has = |text: &[u8]| body.windows(text.len()).any(|window| window == text);
    assert!(has(b"application/postscript") && has(b"al/ice") && has(b"/ipp/print"));
    answer(stream, 0, 5).await;
    let (stream, operation, _) = request(&printer).await;
    assert_eq!(operation, GET_JOB);
    answer(stream, 0, 6).await;
    let fault = || server.printer(&operator(), &laser()).unwrap().fault;
    until("stopped", || fault().is_some_and(|why| why.contains("media-empty"))).await;
    // One look that fails changes nothing.
    drop(request(&printer).await);
    let (stream, operation, _) = request(&printer).await;
    assert_eq!(operation, GET_JOB);
    answer(stream, 0, 9).await;
    until("printed", || is_empty(&server)).await;
    assert_eq!(server.print_totals().printed, 1);
}

#[tokio::test]
async fn what_a_printer_refuses_stays_and_what_is_cancelled_is_cancelled_there() {
    let root = tempfile::tempdir().unwrap();
    let (printer, server, _printing) = ipp_printer(root.path()).await;
    let id = submit(&server, b"%!PS document").await;
    let (stream, ..) = request(&printer).await;
    // client-error-document-format-not-supported
    answer(stream, 0x40a, 3).await;
    until("failed", || server.print_job(&operator(), id).unwrap().status == JobStatus::ERROR).await;

    server.control_job(&operator(), id, JobControl::Restart).await.unwrap();
    let (stream, operation, _) = request(&printer).await;
    assert_eq!(operation, PRINT_JOB);
    answer(stream, 0, 5).await;
    let (stream, operation, _) = request(&printer).await;
    assert_eq!(operation, GET_JOB);
    server.control_job(&operator(), id, JobControl::Cancel).await.unwrap();
    let (cancelled, operation, body) = request(&printer).await;
    assert_eq!(operation, CANCEL_JOB);
    assert!(body.windows(4).any(|window| window == [0, 0, 0, 77]));
    answer(cancelled, 0, 7).await;
    drop(stream);
    until("gone", || is_empty(&server)).await;
    assert_eq!(server.print_totals().cancelled, 1);
}

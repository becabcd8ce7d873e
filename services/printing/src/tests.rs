mod ipp;

use crate::{Destination, DirectorySpool, Printing};
use lanward_nt::{FileTime, Guid, NtString, Sid};
use lanward_server::{
    Document, Identity, JobControl, JobId, JobStatus, PrinterControl, PrinterDefinition, PrinterState,
    Requester, Server, Settings,
};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpListener;

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

/// A printer on a port that resets its connection has perhaps not printed: the job says so, and is not sent again.
#[tokio::test]
async fn what_is_not_known_of_a_job_is_said() {
    let root = tempfile::tempdir().unwrap();
    let printer = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = server();
    let printing = Printing::start(&server, root.path().join("spool")).unwrap();
    let mut definition = PrinterDefinition::named("laser");
    definition.keep = Duration::from_secs(3600);
    let to = format!("socket://{}", printer.local_addr().unwrap()).parse().unwrap();
    printing.apply(vec![(definition, to)]).unwrap();
    submit(&server, b"raw bytes").await;
    let (mut stream, _) = printer.accept().await.unwrap();
    let mut some = [0; 3];
    stream.read_exact(&mut some).await.unwrap();
    // Closed with bytes that were not read.
    drop(stream);
    until("done", || server.print_totals().printed == 1).await;
    let job = server.print_job(&operator(), JobId(1)).unwrap();
    assert_eq!(job.status, JobStatus::PRINTED | JobStatus::COMPLETE);
    assert!(job.status_text.contains("broke off"), "{}", job.status_text);
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

#[test]
fn what_nobody_knows_in_the_spools_folder_is_left_alone() {
    let root = tempfile::tempdir().unwrap();
    let at = |name: &str| root.path().join(name);
    for name in ["2026.pdf", "7.new", "8.data", "notes.txt"] {
        fs::write(at(name), "x").unwrap();
    }
    let (_, jobs, _) = DirectorySpool::open(root.path().to_owned()).unwrap();
    assert!(jobs.is_empty());
    let left: Vec<bool> = ["2026.pdf", "notes.txt", "7.new", "8.data"].map(|name| at(name).exists()).into();
    assert_eq!(left, [true, true, false, false]);
    // What cannot be read now may be somebody's document.
    fs::create_dir(at("9.job")).unwrap();
    fs::write(at("9.data"), "x").unwrap();
    assert!(DirectorySpool::open(root.path().to_owned()).is_err());
    assert!(at("9.data").exists());
}

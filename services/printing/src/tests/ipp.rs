//! Printers that speak IPP, as they answer and as they do not.

use super::*;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

const PRINT_JOB: u8 = 2;
const CREATE_JOB: u8 = 5;
const SEND_DOCUMENT: u8 = 6;
const CANCEL_JOB: u8 = 8;
const GET_JOB: u8 = 9;
const GET_JOBS: u8 = 10;
const GET_PRINTER: u8 = 11;

const PROCESSING: u8 = 5;
const COMPLETED: u8 = 9;

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

/// A request that must be for this.
async fn asked(printer: &TcpListener, expected: u8) -> (TcpStream, Vec<u8>) {
    let (stream, operation, body) = request(printer).await;
    assert_eq!(operation, expected);
    (stream, body)
}

fn attribute(tag: u8, name: &str, value: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| (bytes.len() as u16).to_be_bytes();
    [&[tag][..], &length(name.as_bytes()), name.as_bytes(), &length(value), value].concat()
}

/// An answer with these groups behind the first.
async fn answer_with(mut stream: TcpStream, status: u16, groups: &[Vec<u8>]) {
    let mut body = vec![1, 1, (status >> 8) as u8, status as u8, 0, 0, 0, 1, 0x01];
    body.extend(attribute(0x47, "attributes-charset", b"utf-8"));
    body.extend(attribute(0x48, "attributes-natural-language", b"en"));
    body.extend(groups.concat());
    body.push(0x03);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&body).await.unwrap();
}

fn job(id: u8, more: &[Vec<u8>]) -> Vec<u8> {
    [vec![0x02], attribute(0x21, "job-id", &[0, 0, 0, id]), more.concat()].concat()
}

fn state(state: u8, reasons: &str) -> Vec<Vec<u8>> {
    vec![
        attribute(0x23, "job-state", &[0, 0, 0, state]),
        attribute(0x44, "job-state-reasons", reasons.as_bytes()),
    ]
}

/// An answer with the job's id and state.
async fn answer(stream: TcpStream, status: u16, now: u8) {
    answer_with(stream, status, &[job(77, &state(now, "media-empty-error"))]).await;
}

/// What the printer can do.
async fn tells_operations(printer: &TcpListener, operations: &[u8]) {
    let (stream, _) = asked(printer, GET_PRINTER).await;
    let names = std::iter::once("operations-supported").chain(std::iter::repeat(""));
    let values =
        operations.iter().zip(names).flat_map(|(known, name)| attribute(0x23, name, &[0, 0, 0, *known]));
    answer_with(stream, 0, &[std::iter::once(0x04).chain(values).collect()]).await;
}

const ALL: [u8; 4] = [PRINT_JOB, CREATE_JOB, SEND_DOCUMENT, GET_JOB];

/// Takes a job, and answers its document with this status.
async fn takes(printer: &TcpListener, status: u16) -> Vec<u8> {
    tells_operations(printer, &ALL).await;
    answer(asked(printer, CREATE_JOB).await.0, 0, 3).await;
    let (stream, body) = asked(printer, SEND_DOCUMENT).await;
    answer(stream, status, PROCESSING).await;
    body
}

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
    tells_operations(&printer, &ALL).await;
    let (stream, body) = asked(&printer, CREATE_JOB).await;
    let has = |body: &[u8], text: &[u8]| body.windows(text.len()).any(|window| window == text);
    assert!(has(&body, b"al/ice") && has(&body, b"../a b.pdf") && has(&body, b"/ipp/print"));
    answer(stream, 0, 3).await;
    let (stream, body) = asked(&printer, SEND_DOCUMENT).await;
    assert!(body.ends_with(b"\x03%!PS document"));
    assert!(has(&body, b"application/postscript") && has(&body, &[0, 0, 0, 77]));
    answer(stream, 0, PROCESSING).await;
    answer(asked(&printer, GET_JOB).await.0, 0, 6).await;
    let fault = || server.printer(&operator(), &laser()).unwrap().fault;
    until("stopped", || fault().is_some_and(|why| why.contains("media-empty"))).await;
    // One look that fails changes nothing.
    drop(request(&printer).await);
    answer(asked(&printer, GET_JOB).await.0, 0, COMPLETED).await;
    until("printed", || is_empty(&server)).await;
    assert_eq!(server.print_totals().printed, 1);
}

#[tokio::test]
async fn what_a_printer_refuses_stays_and_what_is_cancelled_is_cancelled_there() {
    let root = tempfile::tempdir().unwrap();
    let (printer, server, _printing) = ipp_printer(root.path()).await;
    let id = submit(&server, b"%!PS document").await;
    // client-error-document-format-not-supported
    takes(&printer, 0x40a).await;
    // It waits for no other document.
    answer(asked(&printer, CANCEL_JOB).await.0, 0, 7).await;
    until("failed", || server.print_job(&operator(), id).unwrap().status == JobStatus::ERROR).await;

    server.control_job(&operator(), id, JobControl::Restart).await.unwrap();
    takes(&printer, 0).await;
    let (stream, _) = asked(&printer, GET_JOB).await;
    server.control_job(&operator(), id, JobControl::Cancel).await.unwrap();
    let (cancelled, body) = asked(&printer, CANCEL_JOB).await;
    assert!(body.windows(4).any(|window| window == [0, 0, 0, 77]));
    answer(cancelled, 0, 7).await;
    drop(stream);
    until("gone", || is_empty(&server)).await;
    assert_eq!(server.print_totals().cancelled, 1);
}

/// An answer that is lost: what the printer says of the job decides whether it is sent again.
#[tokio::test]
async fn a_lost_answer_prints_nothing_twice() {
    let root = tempfile::tempdir().unwrap();
    let (printer, server, _printing) = ipp_printer(root.path()).await;
    submit(&server, b"%!PS document").await;
    tells_operations(&printer, &ALL).await;
    answer(asked(&printer, CREATE_JOB).await.0, 0, 3).await;
    drop(asked(&printer, SEND_DOCUMENT).await);
    // It waits for the document that did not arrive: it is given up, and comes again.
    let waiting = [job(77, &state(3, "job-incoming"))];
    answer_with(asked(&printer, GET_JOB).await.0, 0, &waiting).await;
    answer(asked(&printer, CANCEL_JOB).await.0, 0, 7).await;
    tells_operations(&printer, &ALL).await;
    answer(asked(&printer, CREATE_JOB).await.0, 0, 3).await;
    drop(asked(&printer, SEND_DOCUMENT).await);
    // This time it did arrive: it is looked after, and nothing else.
    answer(asked(&printer, GET_JOB).await.0, 0, PROCESSING).await;
    answer(asked(&printer, GET_JOB).await.0, 0, COMPLETED).await;
    until("printed", || is_empty(&server)).await;
    assert_eq!(server.print_totals().printed, 1);
}

/// The same at a printer that has Print-Job alone: the job is looked for among those that came since.
#[tokio::test]
async fn a_lost_answer_prints_nothing_twice_where_jobs_are_sent_whole() {
    let root = tempfile::tempdir().unwrap();
    let (printer, server, _printing) = ipp_printer(root.path()).await;
    let named = |name: &str| {
        let user = attribute(0x42, "job-originating-user-name", b"al/ice");
        vec![attribute(0x42, "job-name", name.as_bytes()), user]
    };
    let lists = async |first: &[Vec<u8>]| {
        answer_with(asked(&printer, GET_JOBS).await.0, 0, first).await;
        answer_with(asked(&printer, GET_JOBS).await.0, 0, &[]).await;
    };
    submit(&server, b"%!PS document").await;
    tells_operations(&printer, &[PRINT_JOB, GET_JOB]).await;
    // One of the same name that was there before is not this one.
    let earlier = job(7, &named("../a b.pdf"));
    lists(std::slice::from_ref(&earlier)).await;
    drop(asked(&printer, PRINT_JOB).await);
    lists(&[earlier.clone(), job(8, &named("another"))]).await;
    tells_operations(&printer, &[PRINT_JOB, GET_JOB]).await;
    lists(std::slice::from_ref(&earlier)).await;
    let (lost, body) = asked(&printer, PRINT_JOB).await;
    assert!(body.ends_with(b"\x03%!PS document"));
    drop(lost);
    lists(&[earlier, job(9, &named("../a b.pdf"))]).await;
    let (stream, body) = asked(&printer, GET_JOB).await;
    assert!(body.windows(4).any(|window| window == [0, 0, 0, 9]));
    answer(stream, 0, COMPLETED).await;
    until("printed", || is_empty(&server)).await;
    assert_eq!(server.print_totals().printed, 1);
}

#[tokio::test]
async fn a_job_that_goes_to_another_printer_is_cancelled_at_the_one_that_has_it() {
    let root = tempfile::tempdir().unwrap();
    let (printer, server, printing) = ipp_printer(root.path()).await;
    submit(&server, b"%!PS document").await;
    takes(&printer, 0).await;
    // It does not tell any more what becomes of it.
    for _ in 0..3 {
        drop(asked(&printer, GET_JOB).await);
    }
    let fault = || server.printer(&operator(), &laser()).unwrap().fault;
    until("away", || fault().is_some()).await;
    let folder = root.path().join("prints");
    fs::create_dir(&folder).unwrap();
    let there = folder.to_str().unwrap().parse().unwrap();
    printing.apply(vec![(PrinterDefinition::named("laser"), there)]).unwrap();
    answer(asked(&printer, CANCEL_JOB).await.0, 0, 7).await;
    until("printed", || is_empty(&server)).await;
    assert_eq!(names(&folder).len(), 1);
}

//! As much of HTTP/1.1 (RFC 9112) as a printer needs: one POST for each connection, and an answer of bounded size.

use crate::Trouble;
use crate::destination::Printer;
use crate::socket::{self, connect};
use lanward_server::Claim;
use std::fs::File;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The longest answer, its head with it, in bytes.
const MAX_ANSWER: usize = 256 << 10;

/// How long an answer may take. Some printers answer when they have printed.
const ANSWER: Duration = Duration::from_secs(300);

/// How long a request may take to send that has no document.
const REQUEST: Duration = Duration::from_secs(30);

/// Posts `request`, and the document behind it if there is one: all of it is on its way.
pub(crate) async fn send(
    printer: &Printer,
    request: &[u8],
    document: Option<(&Claim, File)>,
) -> Result<TcpStream, Trouble> {
    let shown = printer.address.to_string();
    let mut stream = connect(&printer.address).await?;
    let length = match &document {
        Some((_, file)) => file.metadata().map_err(|error| Trouble::later("the spool", error))?.len(),
        None => 0,
    };
    let length = length.saturating_add(request.len() as u64);
    let mut head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: lanward\r\nContent-Type: application/ipp\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
        printer.path, printer.address
    )
    .into_bytes();
    head.extend_from_slice(request);
    let sent = timeout(REQUEST, stream.write_all(&head)).await;
    sent.unwrap_or_else(|_| Err(std::io::ErrorKind::TimedOut.into()))
        .map_err(|error| Trouble::later(&shown, error))?;
    if let Some((claim, file)) = document {
        socket::send(&mut stream, claim, file).await?;
    }
    Ok(stream)
}

/// The body of the answer to what was posted.
pub(crate) async fn answer(printer: &Printer, stream: &mut TcpStream) -> Result<Vec<u8>, Trouble> {
    let shown = printer.address.to_string();
    let answer = timeout(ANSWER, receive(stream)).await;
    let answer = answer.map_err(|_| Trouble::Later(format!("{shown} does not answer")))?;
    answer.map_err(|why| Trouble::later(&shown, why))
}

async fn receive(stream: &mut TcpStream) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    loop {
        match read(&bytes, false)? {
            Some(body) => return Ok(body),
            None if bytes.len() > MAX_ANSWER => return Err("the answer is too long".to_owned()),
            None => {}
        }
        let length = stream.read_buf(&mut bytes).await.map_err(|error| error.to_string())?;
        if length == 0 {
            return read(&bytes, true)?.ok_or_else(|| "the answer is cut off".to_owned());
        }
    }
}

/// The body of an answer, if all of it is there; `ended` says that nothing more comes.
fn read(mut bytes: &[u8], ended: bool) -> Result<Option<Vec<u8>>, String> {
    loop {
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { return Ok(None) };
        let (head, body) = (String::from_utf8_lossy(&bytes[..end]), &bytes[end + 4..]);
        let mut lines = head.split("\r\n");
        let mut status = lines.next().unwrap_or_default().splitn(3, ' ');
        let (version, code) = (status.next().unwrap_or_default(), status.next().unwrap_or_default());
        if !version.starts_with("HTTP/1.") {
            return Err("speaks no HTTP".to_owned());
        }
        match code {
            "200" => return body_of(lines, body, ended),
            // "A client MUST be able to parse one or more 1xx responses received prior to a final response."
            code if code.starts_with('1') => bytes = body,
            code => return Err(format!("HTTP status {code} {}", status.next().unwrap_or_default())),
        }
    }
}

fn body_of<'a>(
    lines: impl Iterator<Item = &'a str>,
    body: &[u8],
    ended: bool,
) -> Result<Option<Vec<u8>>, String> {
    let headers: Vec<(&str, &str)> = lines.filter_map(|line| line.split_once(':')).collect();
    let header = |name: &str| {
        let found = headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    };
    if header("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
        return chunks(body);
    }
    match header("content-length") {
        Some(length) => {
            let length: usize = length.parse().map_err(|_| "a length that is none".to_owned())?;
            Ok(body.get(..length).map(<[u8]>::to_vec))
        }
        None => Ok(ended.then(|| body.to_vec())),
    }
}

/// A body in chunks (RFC 9112 7.1), if all of them are there.
fn chunks(mut bytes: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let mut body = Vec::new();
    loop {
        let Some(end) = bytes.windows(2).position(|two| two == b"\r\n") else { return Ok(None) };
        let line = String::from_utf8_lossy(&bytes[..end]);
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(|_| "a chunk without a length".to_owned())?;
        if size == 0 {
            return Ok(Some(body));
        }
        let start = end + 2;
        let Some(chunk) = start.checked_add(size).and_then(|end| bytes.get(start..end)) else {
            return Ok(None);
        };
        body.extend_from_slice(chunk);
        let Some(rest) = bytes.get(start + size..).and_then(|rest| rest.strip_prefix(b"\r\n")) else {
            return Ok(None);
        };
        bytes = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_when_they_are_whole() {
        let whole: [&[u8]; 4] = [
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1;x=y\r\nc\r\n0\r\n\r\n",
            b"HTTP/1.0 200 OK\r\n\r\nabc",
        ];
        for bytes in whole {
            assert_eq!(read(bytes, true), Ok(Some(b"abc".to_vec())));
            for end in 0..bytes.len() - 4 {
                assert!(!matches!(read(&bytes[..end], false), Ok(Some(_))), "{end}");
            }
        }
        for bytes in [
            &b"HTTP/1.1 401 Unauthorized\r\n\r\n"[..],
            b"SSH-2.0\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        ] {
            assert!(read(bytes, true).is_err());
        }
        let many = b"HTTP/1.1 100\r\n\r\n".repeat(100_000);
        assert_eq!(read(&many, true), Ok(None), "however many come first");
        let huge = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n";
        assert_eq!(read(huge, true), Ok(None));
    }
}

//! The head of a request over HTTP (RFC 9112): only a message that is posted to the host is read.

use super::MAX_ENVELOPE;

/// The longest head, in bytes.
const MAX_HEAD: usize = 4 << 10;

/// What is known of a request by now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// More is to come.
    More,
    /// The head is whole.
    Head(Head),
    /// It is answered with this.
    Refused(Refusal),
}

/// A head that asks us to take a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Where the message begins.
    pub(crate) begin: usize,
    /// Where it ends.
    pub(crate) end: usize,
    /// The client waits to be told to go on.
    pub(crate) expects: bool,
}

/// A status without a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    BadRequest,
    NotFound,
    MethodNotAllowed,
    LengthRequired,
    TooLarge,
    UnsupportedType,
    HeadTooLarge,
}

impl Refusal {
    /// The status line's end.
    pub(crate) const fn status(self) -> &'static str {
        match self {
            Self::BadRequest => "400 Bad Request",
            Self::NotFound => "404 Not Found",
            Self::MethodNotAllowed => "405 Method Not Allowed",
            Self::LengthRequired => "411 Length Required",
            Self::TooLarge => "413 Content Too Large",
            Self::UnsupportedType => "415 Unsupported Media Type",
            Self::HeadTooLarge => "431 Request Header Fields Too Large",
        }
    }
}

/// Reads the head at the beginning of `bytes`; the message is for `path`.
pub(crate) fn read_head(bytes: &[u8], path: &str) -> Reading {
    let within = bytes.get(..MAX_HEAD).unwrap_or(bytes);
    let Some(end) = within.windows(4).position(|four| four == b"\r\n\r\n") else {
        let long = bytes.len() >= MAX_HEAD;
        return if long { Reading::Refused(Refusal::HeadTooLarge) } else { Reading::More };
    };
    let head = within.get(..end).and_then(|head| std::str::from_utf8(head).ok());
    let Some(head) = head else { return Reading::Refused(Refusal::BadRequest) };
    match fields(head, path) {
        Err(refusal) => Reading::Refused(refusal),
        Ok((length, expects)) => {
            let begin = end.saturating_add(4);
            Reading::Head(Head { begin, end: begin.saturating_add(length), expects })
        }
    }
}

/// The message's length, and whether the client waits.
fn fields(head: &str, path: &str) -> Result<(usize, bool), Refusal> {
    let mut lines = head.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target, version) = (words.next(), words.next(), words.next());
    if !version.is_some_and(|v| v.starts_with("HTTP/1.")) || words.next().is_some() {
        return Err(Refusal::BadRequest);
    }
    if method != Some("POST") {
        return Err(Refusal::MethodNotAllowed);
    }
    if !target.is_some_and(|target| target.eq_ignore_ascii_case(path)) {
        return Err(Refusal::NotFound);
    }
    let (mut length, mut soap, mut expects) = (None, false, false);
    for line in lines {
        let (name, value) = line.split_once(':').ok_or(Refusal::BadRequest)?;
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => {
                // Digits only: `parse` would take a sign.
                let digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
                let value: usize = value.parse().ok().filter(|_| digits).ok_or(Refusal::BadRequest)?;
                if length.replace(value).is_some() {
                    return Err(Refusal::BadRequest);
                }
            }
            "content-type" => {
                let kind = value.split(';').next().unwrap_or_default().trim();
                soap = kind.eq_ignore_ascii_case("application/soap+xml");
            }
            "expect" => expects = value.eq_ignore_ascii_case("100-continue"),
            "transfer-encoding" => return Err(Refusal::LengthRequired),
            _ => {}
        }
    }
    let length = length.ok_or(Refusal::LengthRequired)?;
    match (soap, length <= MAX_ENVELOPE) {
        (false, _) => Err(Refusal::UnsupportedType),
        (true, false) => Err(Refusal::TooLarge),
        (true, true) => Ok((length, expects)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Reading {
        read_head(text.as_bytes(), "/me")
    }

    #[test]
    fn a_message_that_is_posted_is_read() {
        let head = "POST /me HTTP/1.1\r\nContent-Type: application/soap+xml; charset=utf-8\r\nContent-Length: 5\r\n\r\n";
        let begin = head.len();
        let expected = Head { begin, end: begin + 5, expects: false };
        assert_eq!(read(&format!("{head}<a/>")), Reading::Head(expected));
        let waits = head.replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
        assert!(matches!(read(&waits), Reading::Head(Head { expects: true, .. })));
        for cut in 0..begin {
            assert_eq!(read(&head[..cut]), Reading::More, "{cut}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        let soap = "Content-Type: application/soap+xml\r\n";
        let cases = [
            ("GET /me HTTP/1.1\r\n".to_owned(), Refusal::MethodNotAllowed),
            (format!("POST /you HTTP/1.1\r\n{soap}Content-Length: 1\r\n"), Refusal::NotFound),
            (format!("POST /me HTTP/2\r\n{soap}Content-Length: 1\r\n"), Refusal::BadRequest),
            (format!("POST /me  HTTP/1.1\r\n{soap}"), Refusal::BadRequest),
            (format!("POST /me HTTP/1.1\r\n{soap}"), Refusal::LengthRequired),
            (format!("POST /me HTTP/1.1\r\n{soap}Transfer-Encoding: chunked\r\n"), Refusal::LengthRequired),
            (format!("POST /me HTTP/1.1\r\n{soap}Content-Length: 32768\r\n"), Refusal::TooLarge),
            (format!("POST /me HTTP/1.1\r\n{soap}Content-Length: +1\r\n"), Refusal::BadRequest),
            (
                format!("POST /me HTTP/1.1\r\n{soap}Content-Length: 1\r\nContent-Length: 2\r\n"),
                Refusal::BadRequest,
            ),
            (
                format!("POST /me HTTP/1.1\r\n{soap}Content-Length: 99999999999999999999\r\n"),
                Refusal::BadRequest,
            ),
            ("POST /me HTTP/1.1\r\nContent-Length: 1\r\n".to_owned(), Refusal::UnsupportedType),
            ("POST /me HTTP/1.1\r\nnonsense\r\n".to_owned(), Refusal::BadRequest),
            ("\u{0}\r\n".to_owned(), Refusal::BadRequest),
        ];
        for (head, refusal) in cases {
            assert_eq!(read(&format!("{head}\r\n")), Reading::Refused(refusal), "{head}");
        }
        assert_eq!(read(&"a".repeat(MAX_HEAD)), Reading::Refused(Refusal::HeadTooLarge));
        assert_eq!(read_head(b"\xff\r\n\r\n", "/me"), Reading::Refused(Refusal::BadRequest));
    }
}

//! The asking side.

use super::{DEADLINE, MAX_RESPONSE, Request, Response, socket_path};
use crate::exit::Refused;
use anyhow::{Context as _, Result};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;

/// Asks the daemon whose state is in `state_dir`.
///
/// # Errors
/// [`Refused::Unavailable`]: none is running; [`Refused::User`]: what it refused.
pub(crate) fn ask(state_dir: &Path, request: &Request) -> Result<Response> {
    let path = socket_path(state_dir);
    let mut stream = match UnixStream::connect(&path) {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) => {
            let message = format!("no server is running here (nobody answers at {})", path.display());
            return Err(Refused::Unavailable(message).into());
        }
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    let mut line = serde_json::to_string(request)?;
    line.push('\n');
    stream.write_all(line.as_bytes())?;
    let mut answer = String::new();
    BufReader::new(stream.take(MAX_RESPONSE)).read_line(&mut answer).context("the server does not answer")?;
    match serde_json::from_str(&answer).context("the server's answer makes no sense")? {
        Response::Refused(message) => Err(Refused::User(message).into()),
        response => Ok(response),
    }
}

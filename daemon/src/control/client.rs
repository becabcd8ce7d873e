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
    converse(state_dir, request).map(|(response, _)| response)
}

/// The same of what is answered by more than a response: what comes behind it, for as long as it takes.
///
/// # Errors
/// Those of [`ask`].
pub(crate) fn follow(state_dir: &Path, request: &Request) -> Result<BufReader<UnixStream>> {
    let (_, stream) = converse(state_dir, request)?;
    stream.get_ref().set_read_timeout(None)?;
    Ok(stream)
}

fn converse(state_dir: &Path, request: &Request) -> Result<(Response, BufReader<UnixStream>)> {
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
    let (mut stream, mut answer) = (BufReader::new(stream), String::new());
    (&mut stream).take(MAX_RESPONSE).read_line(&mut answer).context("the server does not answer")?;
    match serde_json::from_str(&answer).context("the server's answer makes no sense")? {
        Response::Refused(message) => Err(Refused::User(message).into()),
        response => Ok((response, stream)),
    }
}

//! The journal's own protocol: a datagram of fields, each `NAME=value` and a line's end.

use std::io::{self, ErrorKind};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the journal listens.
pub(super) const SOCKET: &str = "/run/systemd/journal/socket";

/// How long it may take to take a line. Who stops or reloads the server waits for that.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    socket: UnixDatagram,
}

impl Journal {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_path_buf(), socket: connect(path)? })
    }

    /// Sends a line, which has no line's end in it: to a journal that was started again too.
    pub(super) fn send(&mut self, kind: &str, line: &str) -> io::Result<()> {
        const INFO: u8 = 6;
        let fields =
            format!("MESSAGE={line}\nPRIORITY={INFO}\nSYSLOG_IDENTIFIER=lanward\nLANWARD_EVENT={kind}\n");
        let Err(gone) = self.socket.send(fields.as_bytes()) else { return Ok(()) };
        if matches!(gone.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) {
            return Err(gone);
        }
        self.socket = connect(&self.path).map_err(|_| gone)?;
        self.socket.send(fields.as_bytes()).map(drop)
    }
}

fn connect(path: &Path) -> io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.connect(path)?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_arrives_with_its_fields() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let listener = UnixDatagram::bind(&path).unwrap();
        Journal::open(&path).unwrap().send("logged-on", "{\"a\":1}").unwrap();
        let mut buffer = [0; 500];
        let length = listener.recv(&mut buffer).unwrap();
        let text = std::str::from_utf8(&buffer[..length]).unwrap();
        let expected =
            ["MESSAGE={\"a\":1}", "PRIORITY=6", "SYSLOG_IDENTIFIER=lanward", "LANWARD_EVENT=logged-on"];
        assert_eq!(text.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_journal_that_was_started_again_is_written_to_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("socket");
        let first = UnixDatagram::bind(&path).unwrap();
        let mut journal = Journal::open(&path).unwrap();
        journal.send("a", "{}").unwrap();
        drop(first);
        assert!(journal.send("b", "{}").is_err(), "nobody is there");
        std::fs::remove_file(&path).unwrap();
        let second = UnixDatagram::bind(&path).unwrap();
        journal.send("c", "{}").unwrap();
        assert!(second.recv(&mut [0; 500]).unwrap() > 0);
    }
}

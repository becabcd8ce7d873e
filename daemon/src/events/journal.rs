//! The journal's own protocol: a datagram of fields, each `NAME=value` and a line's end.

use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

/// Where the journal listens.
pub(super) const SOCKET: &str = "/run/systemd/journal/socket";

/// How long it may take to take a line. Who stops or reloads the server waits for that.
const PATIENCE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Journal(UnixDatagram);

impl Journal {
    pub(super) fn open(socket: &Path) -> io::Result<Self> {
        let datagrams = UnixDatagram::unbound()?;
        datagrams.connect(socket)?;
        datagrams.set_write_timeout(Some(PATIENCE))?;
        Ok(Self(datagrams))
    }

    /// Sends a line, which has no line's end in it.
    pub(super) fn send(&self, kind: &str, line: &str) -> io::Result<()> {
        const INFO: u8 = 6;
        let fields =
            format!("MESSAGE={line}\nPRIORITY={INFO}\nSYSLOG_IDENTIFIER=lanward\nLANWARD_EVENT={kind}\n");
        self.0.send(fields.as_bytes()).map(drop)
    }
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
}

use crate::{Error, Result};
use lanward_netbios::{SessionHeader, SessionPacket, SessionRequest};
use lanward_wire::Encode as _;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Bytes of the direct TCP header ([MS-SMB2] 2.1): a zero byte and a 24-bit length, big-endian.
pub(crate) const FRAME_HEADER: usize = 4;
/// Frames longer than this are the server's mistake: the largest read and its headers.
const MAX_FRAME: usize = 0x0100_0000;
/// A NetBIOS session is kept alive by these, which nobody answers (RFC 1002 4.3.7).
const KEEP_ALIVE: [u8; FRAME_HEADER] = [0x85, 0, 0, 0];
/// Small replies come whole with one call; the rest of a large one goes straight to where it is kept.
const INBOX: usize = 8192;

/// A server may send us to another address, and that one to a third; no further.
const MAX_RETARGETS: usize = 4;

/// A socket and the beginning of what has come and was not asked for yet.
#[derive(Debug)]
pub(crate) struct Transport {
    stream: TcpStream,
    inbox: Vec<u8>,
    /// The part of the inbox that is still to be read.
    ready: core::ops::Range<usize>,
    timeout: Duration,
}

impl Transport {
    pub(crate) fn connect(address: SocketAddr, timeout: Duration) -> Result<Self> {
        let stream = TcpStream::connect_timeout(&address, timeout)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(timeout))?;
        stream.set_write_timeout(Some(timeout))?;
        Ok(Self { stream, inbox: Vec::new(), ready: 0..0, timeout })
    }

    pub(crate) const fn stream(&self) -> &TcpStream {
        &self.stream
    }

    /// Sends all bytes.
    pub(crate) fn send(&mut self, bytes: &[u8]) -> Result<()> {
        Ok(self.stream.write_all(bytes)?)
    }

    /// Says that nothing more will be sent.
    pub(crate) fn shutdown_write(&mut self) -> Result<()> {
        Ok(self.stream.shutdown(Shutdown::Write)?)
    }

    /// Reads one frame into `buf`, which keeps its length if it is longer; gives the frame's length.
    pub(crate) fn receive(&mut self, buf: &mut Vec<u8>, timeout: Duration) -> Result<usize> {
        let deadline = Instant::now() + timeout;
        self.limit_reads(timeout)?;
        let head = loop {
            let mut head = [0; FRAME_HEADER];
            self.fill(&mut head, deadline)?;
            if head != KEEP_ALIVE {
                break head;
            }
        };
        let [kind, length @ ..] = head;
        if kind != 0 {
            return Err(Error::Protocol("a frame that is not a session message"));
        }
        let length = length.iter().fold(0, |sum, b| sum << 8 | usize::from(*b));
        if length > MAX_FRAME {
            return Err(Error::Protocol("a frame above 16 MiB"));
        }
        if buf.len() < length {
            buf.resize(length, 0);
        }
        self.fill(&mut buf[..length], deadline)?;
        Ok(length)
    }

    /// Asks the session service behind port 139 for a session with one of its names (RFC 1002 4.3.2). Where it sends us elsewhere, that is
    /// where the session is.
    pub(crate) fn call(&mut self, request: &SessionRequest, timeout: Duration) -> Result<()> {
        for _ in 0..MAX_RETARGETS {
            self.send(&SessionPacket::Request(request.clone()).to_bytes())?;
            match self.receive_packet(timeout)? {
                SessionPacket::Positive => return Ok(()),
                SessionPacket::Negative(reason) => return Err(Error::Netbios(reason)),
                SessionPacket::Retarget { address, port } => {
                    *self = Self::connect(SocketAddr::from((address, port)), timeout)?;
                }
                _ => return Err(Error::Protocol("no answer to a session request")),
            }
        }
        Err(Error::Protocol("a session request that leads nowhere"))
    }

    fn receive_packet(&mut self, timeout: Duration) -> Result<SessionPacket> {
        let deadline = Instant::now() + timeout;
        self.limit_reads(timeout)?;
        let mut head = [0; SessionHeader::LEN];
        self.fill(&mut head, deadline)?;
        let header = SessionHeader::decode(head, 0)?;
        let mut payload = vec![0; header.payload_len()];
        self.fill(&mut payload, deadline)?;
        Ok(SessionPacket::decode(header, &payload)?)
    }

    /// Whether the server closes the connection before the time is over. What it still sends is passed over.
    pub(crate) fn closes_within(&mut self, timeout: Duration) -> Result<bool> {
        let deadline = Instant::now() + timeout;
        self.ready = 0..0;
        self.inbox.resize(INBOX, 0);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(false);
            }
            self.limit_reads(left)?;
            match self.stream.read(&mut self.inbox).map_err(Error::from) {
                Ok(0) => return Ok(true),
                Ok(_) => {}
                Err(Error::TimedOut) => return Ok(false),
                Err(e) if e.is_disconnect() => return Ok(true),
                Err(e) => return Err(e),
            }
        }
    }

    /// Sets the socket's own limit, unless the one it has is near enough: the deadline decides, and a system call for
    /// each request would be measurable.
    fn limit_reads(&mut self, timeout: Duration) -> Result<()> {
        let timeout = timeout.max(Duration::from_millis(1));
        if self.timeout < timeout / 4 || self.timeout > timeout + timeout / 16 {
            self.stream.set_read_timeout(Some(timeout))?;
            self.timeout = timeout;
        }
        Ok(())
    }

    fn fill(&mut self, mut into: &mut [u8], deadline: Instant) -> Result<()> {
        while !into.is_empty() {
            if self.ready.is_empty() {
                if into.len() >= INBOX {
                    let n = self.read(into, deadline)?;
                    into = &mut into[n..];
                } else {
                    self.refill(deadline)?;
                }
            }
            let n = into.len().min(self.ready.len());
            let (now, later) = into.split_at_mut(n);
            now.copy_from_slice(&self.inbox[self.ready.start..self.ready.start + n]);
            self.ready.start += n;
            into = later;
        }
        Ok(())
    }

    /// Some bytes, at least one.
    fn read(&mut self, into: &mut [u8], deadline: Instant) -> Result<usize> {
        loop {
            match self.stream.read(into) {
                Ok(0) => return Err(Error::Closed),
                Ok(n) => return Ok(n),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                    if Instant::now() >= deadline {
                        return Err(Error::TimedOut);
                    }
                }
                Err(e) => return Err(e.into()),
            }
        }
    }

    fn refill(&mut self, deadline: Instant) -> Result<()> {
        let mut inbox = core::mem::take(&mut self.inbox);
        inbox.resize(INBOX, 0);
        let read = self.read(&mut inbox, deadline);
        self.inbox = inbox;
        self.ready = 0..read?;
        Ok(())
    }
}

//! A connection's stream, whatever is spoken over it: frames in, frames out, and whether what was sent arrives.

use crate::Service;
use crate::frame::{Frame, FrameReader, PREFIX, write_all, write_with_tail};
use crate::service::now;
use lanward_fsa::FileRange;
use lanward_netbios::{FrameHeader, SessionHeader};
use lanward_server::ConnectionEntry;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep, timeout};

/// A break on its way: whether it arrived is looked at when it is due.
struct Arrival {
    due: Pin<Box<Sleep>>,
    /// Bytes sent on the connection, the break included.
    sent: u64,
    since: Instant,
}

/// One connection's stream.
pub(crate) struct Link {
    service: Arc<Service>,
    entry: Arc<ConnectionEntry>,
    stream: TcpStream,
    reader: FrameReader,
    /// When to see whether a break has arrived, and after how many bytes on their way it has.
    arrival: Option<Arrival>,
    started: Instant,
    heard: Instant,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Link").field("stream", &self.stream).finish_non_exhaustive()
    }
}

impl Link {
    pub(crate) fn new(service: Arc<Service>, entry: Arc<ConnectionEntry>, stream: TcpStream) -> Self {
        let now = Instant::now();
        let reader = FrameReader::new(entry.netbios_session().is_some());
        Self { service, entry, stream, reader, arrival: None, started: now, heard: now }
    }

    /// When it began.
    pub(crate) const fn started(&self) -> Instant {
        self.started
    }

    /// When bytes came last.
    pub(crate) const fn heard(&self) -> Instant {
        self.heard
    }

    /// The next frame, if all of it is here. None may be longer than `max`.
    pub(crate) fn take(&mut self, max: usize) -> Result<Option<Frame>, &'static str> {
        let frame = self.reader.take(max).map_err(|_| "no direct TCP transport, or a frame too long")?;
        if let Some(frame) = &frame {
            self.entry.count_bytes(frame.bytes().len() as u64, 0);
            if let Some(capture) = self.service.server.capture() {
                let prefix = FrameHeader::for_message(frame.bytes().len()).map_err(|_| "a frame too long")?;
                capture.add_frame(&self.entry, now(), true, &[&prefix.encode(), frame.bytes()]);
            }
        }
        Ok(frame)
    }

    /// Reads once. Call only when [`Link::take`] has answered `None`. `trusted`: see [`FrameReader::poll_fill`].
    pub(crate) fn poll_fill(
        &mut self,
        max: usize,
        trusted: bool,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let call = self.entry.roll_call();
        if call.poll_asked(cx) {
            call.answer(lanward_sys::is_closed_by_peer(&self.stream));
        }
        self.reader.poll_fill(&mut self.stream, max, trusted, cx)
    }

    /// Takes note of what [`Link::poll_fill`] read; an error ends the connection.
    pub(crate) fn note_read(&mut self, read: &io::Result<usize>) -> Result<(), &'static str> {
        match read {
            Ok(0) => Err("closed by the client"),
            Ok(_) => {
                self.heard = Instant::now();
                Ok(())
            }
            Err(_) => Err("the connection broke"),
        }
    }

    /// Whether anything has arrived that [`Link::take`] has not answered.
    pub(crate) fn has_begun(&self) -> bool {
        self.reader.is_partial()
    }

    /// Whether a frame has begun and takes too long to arrive.
    pub(crate) fn is_late(&self, now: Instant) -> bool {
        self.reader.is_partial() && now - self.heard >= self.service.config.frame_deadline
    }

    /// Sends a frame, and behind it bytes of a file that its length counts.
    pub(crate) async fn send(&mut self, bytes: &[u8], tail: Option<&FileRange>) -> Result<(), &'static str> {
        let sent = bytes.len() + tail.map_or(0, |tail| tail.length);
        if sent > PREFIX + SessionHeader::MAX_MESSAGE && self.entry.netbios_session().is_some() {
            return Err("a response longer than a NetBIOS session can carry");
        }
        self.entry.count_bytes(0, sent as u64);
        if let Some(capture) = self.service.server.capture() {
            // Reads that begin while somebody captures have no tail; of others it is not here.
            let unseen = vec![0; tail.map_or(0, |tail| tail.length)];
            capture.add_frame(&self.entry, now(), false, &[bytes, &unseen]);
        }
        let deadline = self.service.config.write_deadline;
        let written = match tail {
            None => timeout(deadline, write_all(&mut self.stream, bytes)).await,
            Some(tail) => timeout(deadline, write_with_tail(&mut self.stream, bytes, tail)).await,
        };
        match written {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err("the connection broke"),
            Err(_) => Err("the client does not read"),
        }
    }

    /// What was sent just now was a break.
    pub(crate) fn expect_arrival(&mut self) {
        self.entry.count_break();
        let due = Box::pin(sleep(self.service.config.break_arrival));
        let since = self.arrival.as_ref().map_or_else(Instant::now, |a| a.since);
        self.arrival = Some(Arrival { due, sent: self.entry.bytes().1, since });
    }

    /// Whether a break that was sent should have arrived.
    pub(crate) fn poll_break_due(&mut self, cx: &mut Context<'_>) -> bool {
        self.arrival.as_mut().is_some_and(|arrival| arrival.due.as_mut().poll(cx).is_ready())
    }

    /// Another channel takes over the breaks of one whose client acknowledges no bytes any more; a client that does so for long is gone, and
    /// nobody waits for what it holds.
    pub(crate) fn check_break(&mut self) -> Result<(), &'static str> {
        let Some(mut arrival) = self.arrival.take() else { return Ok(()) };
        let unacknowledged = lanward_sys::unacknowledged(&self.stream).unwrap_or(0) as u64;
        let breaks = self.entry.breaks();
        if self.entry.bytes().1.saturating_sub(unacknowledged) >= arrival.sent {
            breaks.flows();
            return Ok(());
        }
        let (now, config) = (Instant::now(), &self.service.config);
        if now - arrival.since >= config.break_lost {
            return Err("the client is gone: a break did not arrive");
        }
        breaks.stalls();
        arrival.due.as_mut().reset(now + config.break_arrival);
        self.arrival = Some(arrival);
        Ok(())
    }
}

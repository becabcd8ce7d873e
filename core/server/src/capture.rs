//! Copies of what goes over the wire, with the keys to read it, for whoever administers this machine. While nobody captures it costs one load
//! for each frame.

use crate::{ConnectionEntry, Server};
use lanward_nt::FileTime;
use std::collections::{HashSet, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// What is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CaptureFilter {
    /// The connections of this address only.
    pub client: Option<IpAddr>,
    /// The connections of this session only.
    pub session: Option<u64>,
}

/// A frame as it came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedFrame {
    /// When.
    pub time: FileTime,
    /// The connection ([`ConnectionEntry::id`]).
    pub connection: u32,
    /// The server's end.
    pub local: SocketAddr,
    /// The client's end.
    pub peer: SocketAddr,
    /// It came from the client.
    pub received: bool,
    /// All of it, the transport's length in front.
    pub bytes: Vec<u8>,
}

/// What opens the sealed frames of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedKeys {
    /// The session ([`crate::Session::id`]).
    pub session: u64,
    /// What the client seals with.
    pub to_server: Vec<u8>,
    /// What the server seals with.
    pub to_client: Vec<u8>,
}

/// What a capture gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Captured {
    /// Keys, before the first frame they open.
    Keys(CapturedKeys),
    /// A frame.
    Frame(CapturedFrame),
    /// So many frames were left out here because they came faster than they were taken.
    Lost(u64),
}

/// A capture that goes on: whoever sends and receives frames adds them.
#[derive(Debug)]
pub struct Capture {
    filter: CaptureFilter,
    /// Bytes that may wait.
    room: usize,
    waiting: Mutex<Waiting>,
    ready: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    keys: VecDeque<CapturedKeys>,
    frames: VecDeque<CapturedFrame>,
    bytes: usize,
    lost: u64,
    /// Sessions whose keys were given.
    told: HashSet<u64>,
}

/// The capture of a server, if there is one.
#[derive(Debug, Default)]
pub(crate) struct Captures {
    running: AtomicBool,
    current: Mutex<Option<Arc<Capture>>>,
}

/// Takes what a capture gives; dropping it ends the capture.
#[derive(Debug)]
pub struct CaptureTaker {
    server: Arc<Server>,
    capture: Arc<Capture>,
}

impl Server {
    /// Begins to capture; `room` bytes may wait to be taken. `None` while somebody captures already.
    #[must_use]
    pub fn begin_capture(self: &Arc<Self>, filter: CaptureFilter, room: usize) -> Option<CaptureTaker> {
        let mut current = self.captures.current();
        if current.is_some() {
            return None;
        }
        let capture = Arc::new(Capture { filter, room, waiting: Mutex::default(), ready: Notify::new() });
        *current = Some(Arc::clone(&capture));
        self.captures.running.store(true, Ordering::Release);
        drop(current);
        Some(CaptureTaker { server: Arc::clone(self), capture })
    }

    /// The capture that goes on, if there is one.
    #[must_use]
    pub fn capture(&self) -> Option<Arc<Capture>> {
        if !self.captures.running.load(Ordering::Acquire) {
            return None;
        }
        self.captures.current().clone()
    }
}

impl Captures {
    fn current(&self) -> MutexGuard<'_, Option<Arc<Capture>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Capture {
    /// Whether the frames of a connection are captured.
    #[must_use]
    pub fn wants(&self, connection: &ConnectionEntry) -> bool {
        let peer = connection.peer().ip().to_canonical();
        let of_session = |wanted| {
            let session = connection.server().session(wanted);
            session.is_some_and(|session| session.channels().iter().any(|c| c.id() == connection.id()))
        };
        self.filter.client.is_none_or(|client| client.to_canonical() == peer)
            && self.filter.session.is_none_or(of_session)
    }

    /// Adds keys; those of a session once.
    pub fn add_keys(&self, session: u64, keys: impl FnOnce() -> Option<CapturedKeys>) {
        let mut waiting = self.waiting();
        if waiting.told.contains(&session) {
            return;
        }
        if let Some(keys) = keys() {
            waiting.told.insert(session);
            waiting.keys.push_back(keys);
        }
    }

    /// Adds a frame of a connection, which is in parts, if it is wanted; the oldest go if there is no room.
    pub fn add_frame(&self, connection: &ConnectionEntry, time: FileTime, received: bool, parts: &[&[u8]]) {
        if !self.wants(connection) {
            return;
        }
        let frame = CapturedFrame {
            time,
            connection: connection.id(),
            local: connection.local(),
            peer: connection.peer(),
            received,
            bytes: parts.concat(),
        };
        let mut waiting = self.waiting();
        waiting.bytes += frame.bytes.len();
        waiting.frames.push_back(frame);
        while waiting.bytes > self.room
            && let Some(oldest) = waiting.frames.pop_front()
        {
            waiting.bytes -= oldest.bytes.len();
            waiting.lost += 1;
        }
        drop(waiting);
        self.ready.notify_one();
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CaptureTaker {
    /// What comes next. It waits until there is something, and may be dropped meanwhile.
    pub async fn next(&mut self) -> Captured {
        loop {
            let ready = self.capture.ready.notified();
            if let Some(captured) = self.take() {
                return captured;
            }
            ready.await;
        }
    }

    fn take(&self) -> Option<Captured> {
        let mut waiting = self.capture.waiting();
        if let Some(keys) = waiting.keys.pop_front() {
            return Some(Captured::Keys(keys));
        }
        if waiting.lost > 0 {
            return Some(Captured::Lost(std::mem::take(&mut waiting.lost)));
        }
        let frame = waiting.frames.pop_front()?;
        waiting.bytes -= frame.bytes.len();
        Some(Captured::Frame(frame))
    }
}

impl Drop for CaptureTaker {
    fn drop(&mut self) {
        self.server.captures.running.store(false, Ordering::Release);
        *self.server.captures.current() = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NewSession;
    use crate::tests::{server, user};

    fn connection(server: &Arc<Server>, peer: &str) -> Arc<ConnectionEntry> {
        server.admit_connection("10.0.0.1:445".parse().unwrap(), peer.parse().unwrap(), FileTime(1)).unwrap()
    }

    #[tokio::test]
    async fn frames_come_in_order_and_the_oldest_give_way() {
        let server = server(crate::Settings::default());
        assert!(server.capture().is_none());
        let mut taker = server.begin_capture(CaptureFilter::default(), 10).unwrap();
        assert!(server.begin_capture(CaptureFilter::default(), 10).is_none(), "one at a time");
        let connection = connection(&server, "10.0.0.2:999");
        let capture = server.capture().unwrap();
        let keys = CapturedKeys { session: 7, to_server: vec![1], to_client: vec![2] };
        for _ in 0..2 {
            capture.add_keys(7, || Some(keys.clone()));
        }
        for (n, received) in [(1_u8, true), (2, false), (3, true)] {
            capture.add_frame(&connection, FileTime(u64::from(n)), received, &[&[n; 2], &[n; 2]]);
        }
        assert_eq!(taker.next().await, Captured::Keys(keys));
        assert_eq!(taker.next().await, Captured::Lost(1));
        for (n, received) in [(2, false), (3, true)] {
            let Captured::Frame(frame) = taker.next().await else { panic!("no frame") };
            assert_eq!((frame.bytes, frame.received, frame.peer.port()), (vec![n; 4], received, 999));
        }
        assert!(taker.take().is_none());
        // What is larger than all room is left out, too.
        capture.add_frame(&connection, FileTime(4), true, &[&[0; 11]]);
        assert_eq!(taker.next().await, Captured::Lost(1));
        drop(taker);
        assert!(server.capture().is_none());
        assert!(server.begin_capture(CaptureFilter::default(), 10).is_some());
    }

    #[test]
    fn the_filter_is_by_client_and_session() {
        let server = server(crate::Settings::default());
        let (one, other) = (connection(&server, "10.0.0.2:1"), connection(&server, "[::ffff:10.0.0.3]:2"));
        let wants = |filter, connection: &Arc<ConnectionEntry>| {
            server.begin_capture(filter, 10).unwrap().capture.wants(connection)
        };
        let of = |client: &str| CaptureFilter { client: client.parse().ok(), session: None };
        assert!(wants(CaptureFilter::default(), &one));
        assert!(wants(of("10.0.0.2"), &one) && !wants(of("10.0.0.2"), &other));
        assert!(wants(of("10.0.0.3"), &other));
        let session = NewSession {
            id: server.new_session_id(),
            user: user("ann", 1000),
            client_name: Default::default(),
            connection: Arc::clone(&one),
            expiry: None,
            now: FileTime(1),
        };
        let session = server.open_session(session).unwrap();
        let of = CaptureFilter { client: None, session: Some(session.id()) };
        assert!(wants(of, &one) && !wants(of, &other));
    }
}

//! The socket between the worker and the main process: frames of bounded length, some with descriptors.

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::VecDeque;
use std::io::{self, ErrorKind};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream as Plain;
use std::sync::Arc;
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

/// Longest frame, in bytes: what many sessions have carried is the longest there is.
const MAX_FRAME: usize = 1 << 20;

/// Frames that wait to be sent. Who lets more of them pile up does not read.
const QUEUE: usize = 1024;

/// Read at once, in bytes.
const CHUNK: usize = 16 << 10;

/// A message on its way, with its descriptors.
#[derive(Debug)]
pub struct Frame {
    bytes: Zeroizing<Vec<u8>>,
    descriptors: Vec<OwnedFd>,
}

impl Frame {
    /// A message and what goes with it.
    ///
    /// # Errors
    /// It is too long.
    pub fn new(message: &impl Serialize, descriptors: Vec<OwnedFd>) -> io::Result<Self> {
        let mut bytes = Zeroizing::new(vec![0; 4]);
        serde_json::to_writer(&mut *bytes, message)?;
        let length = bytes.len() - 4;
        let head = u32::try_from(length).ok().filter(|_| length <= MAX_FRAME);
        let Some(head) = head else {
            return Err(io::Error::new(ErrorKind::InvalidInput, "a message is too long"));
        };
        bytes[..4].copy_from_slice(&head.to_le_bytes());
        Ok(Self { bytes, descriptors })
    }
}

/// Where messages are sent. They go in order; a task of the runtime writes them.
#[derive(Debug, Clone)]
pub struct Sender(mpsc::Sender<Frame>);

impl Sender {
    /// Queues a message. Never waits.
    ///
    /// # Errors
    /// The other side is gone or does not read.
    pub fn send(&self, message: &impl Serialize) -> io::Result<()> {
        self.send_with(message, Vec::new())
    }

    /// The same with descriptors.
    ///
    /// # Errors
    /// Those of [`Sender::send`].
    pub fn send_with(&self, message: &impl Serialize, descriptors: Vec<OwnedFd>) -> io::Result<()> {
        let frame = Frame::new(message, descriptors)?;
        self.0.try_send(frame).map_err(|_| io::Error::new(ErrorKind::BrokenPipe, "nobody reads the messages"))
    }
}

/// One end.
#[derive(Debug)]
pub struct Channel {
    stream: Arc<UnixStream>,
    received: Zeroizing<Vec<u8>>,
    descriptors: VecDeque<OwnedFd>,
    outbox: Sender,
}

impl Channel {
    /// Both ends of a new one, not yet in use.
    ///
    /// # Errors
    /// The system's.
    pub fn pair() -> io::Result<(Plain, Plain)> {
        Plain::pair()
    }

    /// Takes an end into use, within a runtime. What writes ends with the last [`Sender`] or the other side.
    ///
    /// # Errors
    /// The system's.
    pub fn new(stream: Plain) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        let stream = Arc::new(UnixStream::from_std(stream)?);
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(write_all(Arc::clone(&stream), receiver));
        Ok(Self {
            stream,
            received: Zeroizing::default(),
            descriptors: VecDeque::new(),
            outbox: Sender(sender),
        })
    }

    /// Where to send.
    #[must_use]
    pub fn sender(&self) -> Sender {
        self.outbox.clone()
    }

    /// The next message; `None` when the other side is gone. Dropped while it waits, it loses nothing.
    ///
    /// # Errors
    /// What comes makes no sense, or the system's.
    pub async fn receive<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        loop {
            if let Some(message) = self.next()? {
                return Ok(Some(message));
            }
            let (stream, received) = (Arc::clone(&self.stream), &mut self.received);
            let mut came = Vec::new();
            let read = || {
                let mut chunk = Zeroizing::new([0; CHUNK]);
                let count = lanward_sys::receive_descriptors(stream.as_fd(), &mut *chunk, &mut came)?;
                received.extend_from_slice(chunk.get(..count).unwrap_or_default());
                Ok(count)
            };
            let count = stream.async_io(Interest::READABLE, read).await?;
            self.descriptors.extend(came);
            if self.descriptors.len() > lanward_sys::MAX_DESCRIPTORS {
                return Err(io::Error::new(ErrorKind::InvalidData, "descriptors that nobody takes"));
            }
            if count == 0 {
                return Ok(None);
            }
        }
    }

    /// The descriptor that came with a message, if one did and was not taken yet.
    pub fn take_descriptor(&mut self) -> Option<OwnedFd> {
        self.descriptors.pop_front()
    }

    /// The first message of what has come, if it is there as a whole.
    fn next<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        let Some(head) = self.received.first_chunk::<4>() else { return Ok(None) };
        let length = usize::try_from(u32::from_le_bytes(*head)).unwrap_or(usize::MAX);
        if length > MAX_FRAME {
            return Err(io::Error::new(ErrorKind::InvalidData, "a message is too long"));
        }
        let Some(body) = self.received.get(4..4 + length) else { return Ok(None) };
        let message = serde_json::from_slice(body)?;
        let rest = Zeroizing::new(self.received.split_off(4 + length));
        self.received = rest;
        Ok(Some(message))
    }
}

async fn write_all(stream: Arc<UnixStream>, mut frames: mpsc::Receiver<Frame>) {
    while let Some(frame) = frames.recv().await {
        if let Err(error) = write(&stream, &frame).await {
            tracing::debug!(%error, "The other process is not told any more");
            return;
        }
    }
}

async fn write(stream: &UnixStream, frame: &Frame) -> io::Result<()> {
    let mut sent = 0;
    while sent < frame.bytes.len() {
        let descriptors: Vec<_> = match sent {
            0 => frame.descriptors.iter().map(|one| one.as_fd()).collect(),
            _ => Vec::new(),
        };
        let bytes = frame.bytes.get(sent..).unwrap_or_default();
        let write = || lanward_sys::send_descriptors(stream.as_fd(), bytes, &descriptors);
        sent += stream.async_io(Interest::WRITABLE, write).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Channel, MAX_FRAME};
    use crate::engine::CARRIED_AT_ONCE;
    use crate::messages::{ToMain, ToWorker, Usage};
    use std::io::Write as _;
    use std::os::fd::OwnedFd;

    #[tokio::test]
    async fn messages_and_descriptors_arrive_in_order() {
        let (one, other) = Channel::pair().unwrap();
        let (one, mut other) = (Channel::new(one).unwrap(), Channel::new(other).unwrap());
        let address = "192.0.2.1:1723".parse().unwrap();
        let (passed, _kept) = Channel::pair().unwrap();
        one.sender().send_with(&ToWorker::Listen(address), vec![OwnedFd::from(passed)]).unwrap();
        let most = u64::MAX;
        let usage = Usage {
            seconds: most,
            packets_in: most,
            octets_in: most,
            packets_out: most,
            octets_out: most,
            dropped: most,
        };
        let long = ToMain::Carried(vec![(most, usage); CARRIED_AT_ONCE]);
        one.sender().send(&long).unwrap();
        one.sender().send(&ToWorker::Stop).unwrap();
        assert_eq!(other.receive().await.unwrap(), Some(ToWorker::Listen(address)));
        assert!(other.take_descriptor().is_some() && other.take_descriptor().is_none());
        assert_eq!(other.receive().await.unwrap(), Some(long));
        assert_eq!(other.receive().await.unwrap(), Some(ToWorker::Stop));
        drop(one);
        assert_eq!(other.receive::<ToWorker>().await.unwrap(), None);
    }

    #[tokio::test]
    async fn what_makes_no_sense_is_refused_before_it_is_kept() {
        for nonsense in [&[0xff; 64][..], &[3, 0, 0, 0, b'{', b'{', b'{']] {
            let (mut one, other) = Channel::pair().unwrap();
            one.write_all(nonsense).unwrap();
            assert!(Channel::new(other).unwrap().receive::<ToWorker>().await.is_err());
        }
    }

    #[tokio::test]
    async fn descriptors_that_nobody_takes_do_not_pile_up() {
        let (one, other) = Channel::pair().unwrap();
        let (one, mut other) = (Channel::new(one).unwrap(), Channel::new(other).unwrap());
        for token in 0..32 {
            let (passed, _) = Channel::pair().unwrap();
            one.sender().send_with(&ToWorker::Report { token }, vec![OwnedFd::from(passed)]).unwrap();
        }
        let mut came = 0;
        while let Ok(Some(ToWorker::Report { .. })) = other.receive().await {
            came += 1;
        }
        assert!(came < 32, "all {came} are kept");
    }

    #[tokio::test]
    async fn who_does_not_read_does_not_hold_up_whoever_writes() {
        let (one, _other) = Channel::pair().unwrap();
        let one = Channel::new(one).unwrap();
        let sender = one.sender();
        assert!((0..10_000).any(|token| sender.send(&ToWorker::Report { token }).is_err()));
        let much = "x".repeat(MAX_FRAME + 1);
        assert!(sender.send(&much).is_err());
    }
}

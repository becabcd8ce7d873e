use super::*;
use crate::device::comm::CommDevice;
use lanward_nt::{AccessMask, NtStatus};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::Notify;

/// A line that says what it is told to say, and takes a byte at a time.
#[derive(Debug, Default)]
struct Wire {
    said: Mutex<Vec<u8>>,
    heard: Mutex<Vec<u8>>,
    spoke: Notify,
    /// Bytes it still takes.
    room: Mutex<usize>,
}

#[derive(Debug)]
struct Port(Arc<Wire>);

struct Near(Arc<Wire>);

impl Wire {
    fn say(&self, bytes: &[u8]) {
        self.said.lock().unwrap().extend_from_slice(bytes);
        self.spoke.notify_one();
    }
}

impl CommPort for Port {
    fn open(&self) -> LineWork<'_, Box<dyn Line>> {
        let wire = Arc::clone(&self.0);
        Box::pin(async move { Ok(Box::new(Near(wire)) as Box<dyn Line>) })
    }
}

impl Line for Near {
    fn read<'a>(&'a self, max: usize, out: &'a mut Vec<u8>) -> LineWork<'a, usize> {
        Box::pin(async move {
            while self.0.said.lock().unwrap().is_empty() {
                self.0.spoke.notified().await;
            }
            let mut said = self.0.said.lock().unwrap();
            let count = said.len().min(max);
            out.extend(said.drain(..count));
            Ok(count)
        })
    }

    fn write<'a>(&'a self, data: &'a [u8]) -> LineWork<'a, usize> {
        Box::pin(async move {
            if *self.0.room.lock().unwrap() == 0 {
                std::future::pending::<()>().await;
            }
            *self.0.room.lock().unwrap() -= 1;
            self.0.heard.lock().unwrap().push(data[0]);
            Ok(1)
        })
    }

    fn settings(&self) -> Result<LineSettings, NtStatus> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    fn set(&self, _: &LineSettings) -> Result<(), NtStatus> {
        Err(NtStatus::NOT_SUPPORTED)
    }

    fn command(&self, _: LineCommand) -> Result<(), NtStatus> {
        Ok(())
    }

    fn status(&self) -> Result<LineStatus, NtStatus> {
        Ok(LineStatus::default())
    }
}

const SECOND: Duration = Duration::from_secs(1);

fn device(wire: &Arc<Wire>, idle: Option<Duration>) -> CommDevice {
    let timing = LineTiming { wait: ReadWait::Something, read: 5 * SECOND, write: 5 * SECOND };
    let policy = CommPolicy { zones: Vec::new(), exclusive: true, idle, timing };
    CommDevice::new(Arc::new(Port(Arc::clone(wire))), policy)
}

async fn open(device: &CommDevice) -> DeviceOpen {
    device.open(AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_WRITE).await.unwrap()
}

async fn read(open: &DeviceOpen, max: usize, wanted: Option<(usize, Duration)>) -> Result<Vec<u8>, NtStatus> {
    let mut out = Vec::new();
    open.read(max, wanted, &mut out).await.map(|count| {
        assert_eq!(count, out.len());
        out
    })
}

#[tokio::test(start_paused = true)]
async fn every_wait_has_an_end_and_what_came_until_then_is_there() {
    let wire = Arc::new(Wire { room: Mutex::new(2), ..Wire::default() });
    let open = open(&device(&wire, None)).await;
    assert_eq!(read(&open, 9, None).await, Ok(Vec::new()));
    wire.say(b"abc");
    assert_eq!(read(&open, 2, None).await, Ok(b"ab".to_vec()), "never more than is asked for");
    assert_eq!(read(&open, 9, Some((4, SECOND))).await, Ok(b"c".to_vec()));
    wire.say(b"12");
    let (whole, ()) = tokio::join!(read(&open, 9, Some((4, 60 * SECOND))), async {
        tokio::time::sleep(SECOND).await;
        wire.say(b"34567");
    });
    assert_eq!(whole, Ok(b"1234567".to_vec()), "and what else there is");
    open.set_timing(LineTiming { wait: ReadWait::Nothing, ..open.timing() });
    assert_eq!(read(&open, 9, None).await, Ok(Vec::new()));
    open.set_timing(LineTiming { wait: ReadWait::Everything, ..open.timing() });
    wire.say(b"xy");
    assert_eq!(read(&open, 9, None).await, Ok(b"xy".to_vec()));

    assert_eq!(open.write(b"abc", None).await, Ok(2), "as much as it takes");
    assert_eq!(open.write(b"c", Some(Duration::MAX)).await, Err(NtStatus::IO_TIMEOUT));
    assert_eq!(*wire.heard.lock().unwrap(), b"ab");
    assert_eq!(open.octets(), (3 + 7 + 2, 2));
}

#[tokio::test(start_paused = true)]
async fn one_has_it_until_it_is_closed_and_who_waits_is_told() {
    let wire = Arc::new(Wire::default());
    let device = device(&wire, None);
    let first = open(&device).await;
    let again = device.open(AccessMask::FILE_GENERIC_READ).await;
    assert_eq!(again.unwrap_err(), NtStatus::SHARING_VIOLATION);
    let (waited, written, closed) =
        tokio::join!(read(&first, 9, None), first.write(b"x", None), async { first.close() });
    assert_eq!((waited, written, closed), (Err(NtStatus::FILE_CLOSED), Err(NtStatus::FILE_CLOSED), true));
    assert!(!first.close());
    assert_eq!(read(&first, 9, None).await, Err(NtStatus::FILE_CLOSED));
    assert_eq!((device.open_count(), first.status().unwrap_err()), (0, NtStatus::FILE_CLOSED));
    let reader = device.open(AccessMask::FILE_GENERIC_READ).await.unwrap();
    assert_eq!(reader.write(b"x", None).await, Err(NtStatus::ACCESS_DENIED));
}

#[tokio::test(start_paused = true)]
async fn it_is_idle_when_nobody_asks_anything_of_it() {
    let wire = Arc::new(Wire::default());
    let open = open(&device(&wire, Some(60 * SECOND))).await;
    tokio::time::advance(59 * SECOND).await;
    assert!(!open.is_idle());
    open.status().unwrap();
    tokio::time::advance(59 * SECOND).await;
    assert!(!open.is_idle());
    tokio::time::advance(SECOND).await;
    assert!(open.is_idle());
    // Whoever waits for a byte uses it, however long none comes.
    let (waited, ()) = tokio::join!(read(&open, 9, Some((1, 300 * SECOND))), async {
        tokio::time::sleep(200 * SECOND).await;
        assert!(!open.is_idle());
        wire.say(b"at last");
    });
    assert_eq!(waited, Ok(b"at last".to_vec()));
    tokio::time::advance(60 * SECOND).await;
    assert!(open.is_idle());
}

#[tokio::test(start_paused = true)]
async fn nobody_takes_bytes_out_of_the_middle_of_what_another_reads() {
    let wire = Arc::new(Wire::default());
    let open = open(&device(&wire, None)).await;
    let (whole, others) = tokio::join!(read(&open, 4, Some((4, 60 * SECOND))), async {
        wire.say(b"ab");
        tokio::time::sleep(SECOND).await;
        wire.say(b"cd");
        // Before the first is told that there is more.
        read(&open, 9, Some((1, Duration::ZERO))).await
    });
    assert_eq!((whole, others), (Ok(b"abcd".to_vec()), Ok(Vec::new())));
}

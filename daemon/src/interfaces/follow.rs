//! Waiting for changes of the machine's interfaces.

use lanward_sys::{Interface, InterfaceWatch};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long to let changes come that belong together: an interface that comes up says so several times.
const SETTLE: Duration = Duration::from_millis(100);

/// How often to look where the kernel does not tell.
const LOOK: Duration = Duration::from_millis(500);

/// The machine's interfaces, by a thread of their own that waits for the kernel.
#[derive(Debug)]
pub(crate) struct Follow(watch::Receiver<Arc<[Interface]>>);

impl Follow {
    /// Begins to watch.
    ///
    /// # Errors
    /// The system's: there is no thread left.
    pub(crate) fn new() -> io::Result<Self> {
        let (tell, told) = watch::channel(Arc::default());
        let thread = std::thread::Builder::new().name("interfaces".into());
        thread.spawn(move || {
            while !tell.is_closed() {
                if let Err(error) = told_by_kernel(&tell) {
                    tracing::warn!(%error, "the interfaces are looked at now and then until the kernel tells again");
                    look(&tell);
                }
            }
        })?;
        Ok(Self(told))
    }

    /// Waits until the interfaces or their addresses are others than before. Dropping the future loses nothing.
    pub(crate) async fn changed(&mut self) {
        if self.0.changed().await.is_err() {
            // The thread is gone, which it is when nobody listens.
            std::future::pending::<()>().await;
        }
    }
}

/// Tells of every change until nobody listens, or the kernel tells nothing any more.
fn told_by_kernel(tell: &watch::Sender<Arc<[Interface]>>) -> io::Result<()> {
    let watch = InterfaceWatch::new()?;
    loop {
        // What changed before there was a watch is told by nobody.
        send(tell, watch.current()?);
        watch.wait()?;
        if tell.is_closed() {
            return Ok(());
        }
        std::thread::sleep(SETTLE);
    }
}

/// Looks for itself for a while.
fn look(tell: &watch::Sender<Arc<[Interface]>>) {
    /// Until it is tried again whether the kernel tells.
    const TIMES: usize = 120;
    for _ in 0..TIMES {
        std::thread::sleep(LOOK);
        if tell.is_closed() {
            return;
        }
        if let Ok(interfaces) = lanward_sys::interfaces() {
            send(tell, interfaces.into());
        }
    }
}

fn send(tell: &watch::Sender<Arc<[Interface]>>, now: Arc<[Interface]>) {
    tell.send_if_modified(|seen| {
        let other = *seen != now;
        *seen = now;
        other
    });
}

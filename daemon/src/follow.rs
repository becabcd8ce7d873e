//! Waiting for changes of the machine's interfaces.

use lanward_sys::{Interface, InterfaceWatch};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long to let changes come that belong together: an interface that comes up says so several times.
const SETTLE: Duration = Duration::from_millis(100);

/// The machine's interfaces, by a thread of their own that waits for the kernel.
#[derive(Debug)]
pub(crate) struct Follow(Option<watch::Receiver<Arc<[Interface]>>>);

impl Follow {
    /// Begins to watch.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn new() -> io::Result<Self> {
        let watch = InterfaceWatch::new()?;
        let (tell, told) = watch::channel(watch.current()?);
        std::thread::Builder::new().name("interfaces".into()).spawn(move || {
            if let Err(error) = run(&watch, &tell) {
                tracing::warn!(%error, "the interfaces are not followed any more: reload after changes");
            }
        })?;
        Ok(Self(Some(told)))
    }

    /// For who cannot watch: nothing ever changes.
    pub(crate) const fn nothing() -> Self {
        Self(None)
    }

    /// Waits until the interfaces or their addresses are others than before. Dropping the future loses nothing.
    pub(crate) async fn changed(&mut self) {
        if let Some(told) = &mut self.0
            && told.changed().await.is_ok()
        {
            return;
        }
        self.0 = None;
        std::future::pending::<()>().await;
    }
}

/// Tells of every change until nobody listens.
fn run(watch: &InterfaceWatch, tell: &watch::Sender<Arc<[Interface]>>) -> io::Result<()> {
    while !tell.is_closed() {
        watch.wait()?;
        std::thread::sleep(SETTLE);
        let now = watch.current()?;
        tell.send_if_modified(|seen| {
            let other = *seen != now;
            *seen = now;
            other
        });
    }
    Ok(())
}

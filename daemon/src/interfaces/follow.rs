//! Waiting for changes of the machine's interfaces.

use lanward_sys::{Interface, InterfaceWatch};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// How long to let changes come before something is believed to be gone: an address that is renewed is away for a moment.
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

    /// Waits until the interfaces or their addresses are others than before, or were for a moment. Dropping the future loses nothing.
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
        // What changed before there was a watch is told by nobody. What came is told at once: until somebody listens there it resets.
        let mut now = watch.current()?;
        if !adds_only(&tell.borrow(), &now) {
            std::thread::sleep(SETTLE);
            now = watch.current()?;
        }
        // Told even if it is as it was told last: whoever looked by himself meanwhile may have seen what was gone for a moment.
        tell.send_replace(now);
        watch.wait()?;
        if tell.is_closed() {
            return Ok(());
        }
    }
}

/// Whether everything is there still.
fn adds_only(before: &[Interface], now: &[Interface]) -> bool {
    before.iter().all(|old| {
        let new = now.iter().find(|new| new.index == old.index && new.name == old.name);
        new.is_some_and(|new| old.addresses.iter().all(|ip| new.addresses.contains(ip)))
    })
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

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_sys::LinkKind;

    fn interface(index: u32, name: &str, addresses: &[&str]) -> Interface {
        Interface {
            name: name.to_owned(),
            index,
            addresses: addresses.iter().map(|a| a.parse().unwrap()).collect(),
            kind: LinkKind::Ethernet,
            loopback: false,
            speed: None,
            spreads: false,
        }
    }

    #[test]
    fn what_goes_is_told_from_what_comes() {
        let before = [interface(1, "lo", &["127.0.0.1"]), interface(2, "eth0", &["10.0.0.1"])];
        let with = |third: Interface| [before[0].clone(), before[1].clone(), third];
        assert!(adds_only(&[], &before) && adds_only(&before, &before));
        assert!(adds_only(&before, &with(interface(3, "ppp0", &["10.1.0.1"]))));
        let more = [before[0].clone(), interface(2, "eth0", &["fd00::1", "10.0.0.1"])];
        assert!(adds_only(&before, &more) && !adds_only(&more, &before));
        assert!(!adds_only(&before, &before[..1]));
        assert!(!adds_only(&before, &[before[0].clone(), interface(2, "wan0", &["10.0.0.1"])]), "renamed");
        assert!(
            !adds_only(&before, &[before[0].clone(), interface(3, "eth0", &["10.0.0.1"])]),
            "another link"
        );
    }

    #[tokio::test]
    async fn what_is_there_at_the_start_is_told() {
        let mut follow = Follow::new().unwrap();
        follow.changed().await;
        assert_eq!(**follow.0.borrow(), *lanward_sys::interfaces().unwrap());
    }
}

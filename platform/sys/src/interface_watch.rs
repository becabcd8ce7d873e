use crate::{Interface, interfaces};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

/// RTMGRP_LINK, RTMGRP_IPV4_IFADDR and RTMGRP_IPV6_IFADDR of rtnetlink(7).
const GROUPS: u32 = 0x1 | 0x10 | 0x100;

/// Messages read in one go: whoever sends more of them holds nobody up.
const AT_ONCE: usize = 256;

/// The machine's interfaces as they are. The kernel tells when something has changed, and only then they are looked at again. What its messages say
/// is not read, so that lost ones (ENOBUFS) cost nothing, and forged ones no more than a look.
#[derive(Debug)]
pub struct InterfaceWatch {
    events: OwnedFd,
    known: Mutex<Option<Arc<[Interface]>>>,
}

impl InterfaceWatch {
    /// Begins to watch.
    ///
    /// # Errors
    /// The system's: no such socket, or no descriptor left.
    pub fn new() -> io::Result<Self> {
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        // Without a protocol it is NETLINK_ROUTE, which is 0.
        let events = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
        bind(&events, &SocketAddrNetlink::new(0, GROUPS))?;
        Ok(Self { events, known: Mutex::default() })
    }

    /// The interfaces that are up, with their addresses, by number.
    ///
    /// # Errors
    /// The system's.
    pub fn current(&self) -> io::Result<Arc<[Interface]>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = self.take_events();
        if let Some(known) = known.as_ref().filter(|_| !changed) {
            return Ok(Arc::clone(known));
        }
        // Until it has been looked at nothing is known.
        *known = None;
        let now: Arc<[Interface]> = interfaces()?.into();
        *known = Some(Arc::clone(&now));
        Ok(now)
    }

    /// Blocks until [`InterfaceWatch::current`] would look again.
    ///
    /// # Errors
    /// The system's.
    pub fn wait(&self) -> io::Result<()> {
        loop {
            match poll(&mut [PollFd::new(&self.events, PollFlags::IN)], None) {
                Err(Errno::INTR) => {}
                outcome => return Ok(outcome.map(drop)?),
            }
        }
    }

    /// Whether anything was said since the last time.
    fn take_events(&self) -> bool {
        let mut changed = false;
        for _ in 0..AT_ONCE {
            let mut head = [0; 16];
            match recv(&self.events, &mut head, RecvFlags::DONTWAIT) {
                Err(Errno::AGAIN) => return changed,
                // ENOBUFS: there was more than the socket had room for.
                Ok(_) | Err(_) => changed = true,
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_looked_at_twice_until_something_changes() {
        let watch = InterfaceWatch::new().unwrap();
        let first = watch.current().unwrap();
        assert_eq!(*first, *interfaces().unwrap());
        // Whatever the machine does meanwhile, an unchanged look is the same look.
        let (mut before, mut after) = (first, watch.current().unwrap());
        while !Arc::ptr_eq(&before, &after) {
            (before, after) = (after, watch.current().unwrap());
        }
        *watch.known.lock().unwrap() = None;
        assert!(!Arc::ptr_eq(&before, &watch.current().unwrap()));
    }
}

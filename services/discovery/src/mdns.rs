//! Multicast DNS (RFC 6762) and service discovery by it (RFC 6763): the server's name, its files, its model, and where Macs may back up to.

use crate::mdns_filter::hear_only_takers_part;
use crate::names::Dialect;
use mdns_sd::{DaemonEvent, IfKind, IfPredicate, ServiceDaemon, ServiceInfo};
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// How often the interfaces are looked at, in seconds.
const LOOK: u32 = 2;

/// How long goodbyes may take.
const FAREWELL: Duration = Duration::from_secs(1);

const FILES: &str = "_smb._tcp.local.";
const MODEL: &str = "_device-info._tcp.local.";
const BACKUPS: &str = "_adisk._tcp.local.";

/// What is announced, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Announcement {
    /// The computer's name.
    pub name: String,
    /// The kind of computer that Macs show.
    pub model: String,
    /// Addresses of this machine, and with them their interfaces; none: nothing is announced.
    pub addresses: BTreeSet<IpAddr>,
    /// Where files are served.
    pub port: u16,
    /// Shares that Macs back up to.
    pub backups: Vec<String>,
}

impl Announcement {
    /// The services, each with its text.
    fn services(&self) -> Vec<Said> {
        let mut services =
            vec![(FILES, self.port, Vec::new()), (MODEL, 0, vec![("model".to_owned(), self.model.clone())])];
        if !self.backups.is_empty() {
            // A volume that is shared over SMB and takes backups; no service is at the port, which is that of "discard".
            let volume = |(number, share): (usize, &String)| {
                (format!("dk{number}"), format!("adVN={share},adVF=0x82"))
            };
            let mut text = vec![("sys".to_owned(), "waMa=0,adVF=0x100".to_owned())];
            text.extend(self.backups.iter().enumerate().map(volume));
            services.push((BACKUPS, 9, text));
        }
        services
    }
}

/// A service: its type, port and text.
type Said = (&'static str, u16, Vec<(String, String)>);

/// The responder, which has a thread of its own while something is announced.
#[derive(Debug, Default)]
pub struct Mdns {
    running: Option<Running>,
}

struct Running {
    daemon: ServiceDaemon,
    said: Announcement,
    addresses: Arc<RwLock<BTreeSet<IpAddr>>>,
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Running").field("said", &self.said).finish_non_exhaustive()
    }
}

impl Mdns {
    /// Announces this from now on, and nothing else. Must be called within a runtime, on which it is told what becomes of names.
    ///
    /// # Errors
    /// Why that cannot be done, in words.
    pub fn announce(&mut self, wanted: Announcement) -> Result<(), String> {
        if wanted.addresses.is_empty() {
            self.running = None;
            return Ok(());
        }
        let running = match &mut self.running {
            Some(running) => running,
            None => self.running.insert(Running::start()?),
        };
        running.say(wanted)
    }

    /// Where something is announced now.
    #[must_use]
    pub fn addresses(&self) -> BTreeSet<IpAddr> {
        self.running.as_ref().map(|running| running.said.addresses.clone()).unwrap_or_default()
    }

    /// Says goodbye to everybody.
    pub async fn stop(&mut self) {
        let Some(running) = self.running.take() else { return };
        let goodbyes = running.said.services().into_iter().filter_map(|(kind, ..)| running.take_back(kind));
        for goodbye in goodbyes.collect::<Vec<_>>() {
            let _ = tokio::time::timeout(FAREWELL, goodbye.recv_async()).await;
        }
    }
}

impl Running {
    fn start() -> Result<Self, String> {
        let addresses = Arc::<RwLock<BTreeSet<IpAddr>>>::default();
        let daemon = ServiceDaemon::new().map_err(|error| error.to_string())?;
        let there = wanted(&addresses);
        let prepared = daemon
            .disable_interface(IfKind::All)
            .and_then(|()| daemon.enable_interface(there))
            .and_then(|()| daemon.set_ip_check_interval(LOOK))
            .and_then(|()| daemon.monitor());
        let events = prepared.map_err(|error| error.to_string())?;
        // An answer shows that its sockets are there.
        let there = daemon.status().map_err(|error| error.to_string())?;
        tokio::spawn(async move {
            if there.recv_async().await.is_ok() {
                confine();
            }
            while let Ok(event) = events.recv_async().await {
                tell(&event);
            }
        });
        Ok(Self { daemon, said: Announcement::default(), addresses })
    }

    fn say(&mut self, wanted_now: Announcement) -> Result<(), String> {
        if wanted_now == self.said {
            return Ok(());
        }
        self.addresses.write().unwrap_or_else(PoisonError::into_inner).clone_from(&wanted_now.addresses);
        let (before, services) = (self.said.services(), wanted_now.services());
        for (gone, ..) in before.iter().filter(|(kind, ..)| !services.iter().any(|(other, ..)| other == kind))
        {
            self.take_back(gone);
        }
        let others = self.said.name != wanted_now.name || self.said.addresses.is_empty();
        for (kind, port, text) in services.iter().filter(|service| others || !before.contains(service)) {
            let host = format!("{}.local.", wanted_now.name.to_lowercase());
            let info = ServiceInfo::new(kind, &wanted_now.name, &host, "", *port, &text[..]);
            let registered = info.and_then(|info| {
                let mut info = info.enable_addr_auto();
                info.set_interfaces(vec![wanted(&self.addresses)]);
                self.daemon.register(info)
            });
            registered.map_err(|error| error.to_string())?;
        }
        self.said = wanted_now;
        Ok(())
    }

    /// Withdraws a service; whoever waits learns when that has been said.
    fn take_back(&self, kind: &str) -> Option<mdns_sd::Receiver<mdns_sd::UnregisterStatus>> {
        let withdrawn = self.daemon.unregister(&format!("{}.{kind}", self.said.name));
        withdrawn.inspect_err(|error| tracing::debug!(%error, "mDNS")).ok()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.daemon.shutdown() {
            tracing::debug!(%error, "mDNS");
        }
    }
}

/// The interfaces with these addresses, at any time.
fn wanted(addresses: &Arc<RwLock<BTreeSet<IpAddr>>>) -> IfKind {
    let addresses = Arc::clone(addresses);
    IfKind::Predicate(IfPredicate::new(move |interface| {
        addresses.read().unwrap_or_else(PoisonError::into_inner).contains(&interface.ip())
    }))
}

/// Who is not heard is not answered.
fn confine() {
    match hear_only_takers_part(Dialect::Mdns.port()) {
        Ok(0) => tracing::debug!("multicast DNS has no sockets"),
        Ok(_) => {}
        Err(error) => {
            tracing::warn!(%error, "multicast DNS answers everybody as often as he asks, as its sockets have no filter");
        }
    }
}

fn tell(event: &DaemonEvent) {
    match event {
        DaemonEvent::NameChange(change) => {
            tracing::warn!(?change, "somebody else has the name: it is another by mDNS");
        }
        DaemonEvent::Error(error) => tracing::warn!(%error, "mDNS"),
        event => tracing::debug!(?event, "mDNS"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_are_announced_where_there_are_shares_for_them() {
        let mut said = Announcement { port: 445, model: "MacSamba".into(), ..Announcement::default() };
        let kinds = |said: &Announcement| said.services().iter().map(|(kind, ..)| *kind).collect::<Vec<_>>();
        assert_eq!(kinds(&said), [FILES, MODEL]);
        said.backups = vec!["Time".into(), "More".into()];
        assert_eq!(kinds(&said), [FILES, MODEL, BACKUPS]);
        let text = said.services().pop().unwrap().2;
        let text: Vec<String> = text.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(text, ["sys=waMa=0,adVF=0x100", "dk0=adVN=Time,adVF=0x82", "dk1=adVN=More,adVF=0x82"]);
    }
}

//! The serial lines of the configuration, live.

use crate::config::{Config, DeviceSection};
use crate::shares::sids;
use lanward_gateway::{TcpPort, TerminalPort};
use lanward_nt::{NtString, Sid};
use lanward_server::{CommDevice, CommPort, Server, ShareDefinition};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The devices there are, and those there should be.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    configured: BTreeMap<NtString, (String, DeviceSection)>,
    entered: BTreeMap<NtString, (DeviceSection, Vec<Sid>)>,
}

impl Devices {
    /// Those of a configuration, from the next [`Devices::replace`] on.
    pub(crate) fn configure(&mut self, config: &Config) {
        let sections = config.device.iter().map(|(name, section)| {
            let name = name.get_ref().clone();
            (NtString::from(name.as_str()).to_uppercase(), (name, section.clone()))
        });
        self.configured = sections.collect();
    }

    /// Makes the server's devices those of the configuration. What did not change is left alone; what changed or is gone takes those who use it
    /// along, unless only who may use it changed.
    pub(crate) async fn replace(&mut self, server: &Arc<Server>) {
        let gone = self.entered.iter().filter(|(key, (entered, _))| {
            self.configured.get(*key).is_none_or(|(_, section)| section != entered)
        });
        for key in Vec::from_iter(gone.map(|(key, _)| key.clone())) {
            self.entered.remove(&key);
            if let Some(share) = server.remove_share(&key) {
                server.disconnect_share(&share).await;
            }
        }
        for (key, (name, section)) in &self.configured {
            let users = sids(server, name, &section.users);
            if self.entered.get(key).is_some_and(|(_, entered)| *entered == users) {
                continue;
            }
            let there = server.find_share(key).filter(|_| self.entered.contains_key(key));
            let definition = match there {
                Some(share) => {
                    ShareDefinition { allowed: Some(users.clone()), ..ShareDefinition::clone(&share) }
                }
                None => definition(name, section, users.clone()),
            };
            if let Err(status) = server.replace_share(definition) {
                tracing::error!(device = name, %status, "A device is not shared");
                continue;
            }
            self.entered.insert(key.clone(), (section.clone(), users));
        }
    }
}

fn definition(name: &str, section: &DeviceSection, users: Vec<Sid>) -> ShareDefinition {
    let port: Arc<dyn CommPort> = match (&section.path, &section.tcp) {
        (Some(path), _) => Arc::new(TerminalPort::new(path.get_ref().clone(), section.settings())),
        (None, tcp) => {
            let address = tcp.as_ref().map(|tcp| tcp.get_ref().clone()).unwrap_or_default();
            Arc::new(TcpPort::new(address))
        }
    };
    let device = CommDevice::new(port, section.policy());
    let share = ShareDefinition::device(name, device, users, &section.place());
    ShareDefinition { comment: section.comment.as_str().into(), ..share }
}

//! The services of this machine that the configuration offers as named pipes, live.

use crate::config::{Config, PipeModeName, PipeSection};
use crate::shares::sids;
use lanward_gateway::{LocalService, ServicePolicy};
use lanward_nt::NtString;
use lanward_server::{PipeService, Server};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The pipes there are, and those there should be.
#[derive(Debug, Default)]
pub(crate) struct LocalServices {
    configured: BTreeMap<NtString, (String, PipeSection)>,
    entered: BTreeMap<NtString, Arc<LocalService>>,
}

impl LocalServices {
    /// Those of a configuration, from the next [`LocalServices::replace`] on.
    pub(crate) fn configure(&mut self, config: &Config) {
        let sections = config.pipe.iter().map(|(name, section)| {
            let name = name.get_ref().clone();
            (NtString::from(name.as_str()).to_uppercase(), (name, section.clone()))
        });
        self.configured = sections.collect();
    }

    /// Makes the server's pipes those of the configuration, beside its own. Who talks to a service goes on.
    pub(crate) fn replace(&mut self, server: &Server) {
        self.entered.retain(|key, service| {
            let stays = self.configured.contains_key(key);
            if !stays {
                server.pipes().unregister(&key.to_string_lossy());
                service.withdraw();
            }
            stays
        });
        for (key, (name, section)) in &self.configured {
            let policy = policy(server, name, section);
            if let Some(service) = self.entered.get(key) {
                service.set_policy(policy);
            } else if server.pipes().contains(key) {
                tracing::error!(pipe = name, "The server has a pipe of that name itself: it is not replaced");
            } else {
                let service = Arc::new(LocalService::new(policy));
                server.pipes().register(name, Arc::clone(&service) as Arc<dyn PipeService>);
                self.entered.insert(key.clone(), service);
            }
        }
    }
}

fn policy(server: &Server, name: &str, section: &PipeSection) -> ServicePolicy {
    ServicePolicy {
        socket: section.socket.get_ref().clone(),
        users: sids(server, name, &section.users),
        zones: section.zones.iter().map(|zone| zone.get_ref().clone()).collect(),
        anonymous: section.anonymous,
        messages: section.mode.map(|mode| mode == PipeModeName::Message),
        instances: section.instances(),
        announce: section.announce,
    }
}

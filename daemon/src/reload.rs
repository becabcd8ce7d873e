//! A new configuration for a server that runs. Nobody is dropped.

use crate::config::{Config, load};
use crate::control::Control;
use crate::events::{EventLog, Sinks};
use crate::listen;
use crate::listeners::Listeners;
use crate::run::notify;
use anyhow::Result;
use sd_notify::NotifyState;
use std::path::PathBuf;

pub(crate) struct Reload {
    pub(crate) file: Option<PathBuf>,
    /// The configuration in force.
    pub(crate) config: Config,
    pub(crate) control: Control,
    pub(crate) events: EventLog,
}

impl Reload {
    /// Reads the file again. If it cannot be used the old configuration stays in force, whole.
    pub(crate) async fn run(&mut self, listeners: &mut Listeners) {
        let Some(file) = self.file.clone() else {
            tracing::info!("there is no configuration file to read again");
            return;
        };
        let mut reloading = vec![NotifyState::Reloading];
        reloading.extend(NotifyState::monotonic_usec_now());
        notify(&reloading);
        match self.replace(&file, listeners).await {
            Ok(()) => {
                tracing::info!(file = %file.display(), "reloaded");
                self.control.tell_changed("configuration reloaded", file.display().to_string());
            }
            Err(error) => tracing::error!("not reloaded, the old configuration stays: {error:#}"),
        }
        notify(&[NotifyState::Ready]);
    }

    async fn replace(&mut self, file: &std::path::Path, listeners: &mut Listeners) -> Result<()> {
        let loaded = load(file)?;
        for warning in &loaded.warnings {
            tracing::warn!("{warning}");
        }
        let config = loaded.config;
        let policy = config.policy();
        let bound = listen::bind(&policy, &listeners.kept())?;
        let sinks = Sinks::open(&config.events)?;
        self.control.shares.apply(&config).await?;
        self.control.printers.apply(&config).await?;
        self.control.shares.apply_services(&config).await;
        self.control.shares.apply_settings(&config).await;
        listeners.guard(&policy, &lanward_sys::interfaces()?);
        listeners.change(bound)?;
        self.control.set_policy(policy);
        self.control.server.accounts().set_guests(config.admits_guests());
        // The new file has what comes after it was rotated.
        self.events.replace(sinks);
        self.warn_of_what_stays(&config);
        self.config = config;
        Ok(())
    }

    fn warn_of_what_stays(&self, new: &Config) {
        let (old, other) = (&self.config.server, &new.server);
        let stays = [
            ("name", old.name != other.name),
            ("workgroup", old.workgroup != other.workgroup),
            ("comment", old.comment != other.comment),
            ("identity", old.identity() != other.identity()),
            ("threads", old.threads != other.threads),
            ("state-dir", old.state_dir != other.state_dir),
        ];
        if self.config.netbios.needs_restart(&new.netbios) {
            tracing::warn!("`[netbios]` changes when the server is started again");
        }
        if self.config.discovery != new.discovery {
            tracing::warn!("`[discovery]` changes when the server is started again");
        }
        if self.config.vpn != new.vpn {
            tracing::warn!("`[vpn]` changes when the server is started again");
        }
        if self.config.metrics != new.metrics {
            tracing::warn!("`[metrics]` changes when the server is started again");
        }
        for (key, _) in stays.iter().filter(|(_, differs)| *differs) {
            tracing::warn!("`{key}` changes when the server is started again");
        }
    }
}

//! The printers of the configuration, live, each with its share.

use crate::config::{Config, PrinterSection};
use crate::shares::sids;
use anyhow::{Context as _, Result};
use lanward_nt::{NtString, Sid};
use lanward_printing::Printing;
use lanward_server::{PrinterDefinition, Server, ShareDefinition};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Mutex;

#[derive(Debug)]
pub(crate) struct Printers {
    server: Arc<Server>,
    /// Where jobs lie; nowhere without a state directory, and then there are no printers.
    spool: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// From the first printer on.
    printing: Option<Printing>,
    configured: BTreeMap<String, PrinterSection>,
    /// The shares there are, by their names.
    shares: BTreeMap<NtString, Shared>,
}

/// What a share was made of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shared {
    definition: PrinterDefinition,
    section: PrinterSection,
    allowed: Option<Vec<Sid>>,
}

impl Printers {
    /// No printers yet.
    pub(crate) fn new(server: Arc<Server>, state_dir: Option<&Path>) -> Self {
        Self { server, spool: state_dir.map(|dir| dir.join("spool")), state: Mutex::default() }
    }

    /// Makes the server's printers those of the configuration. Jobs of one that goes wait until it comes back.
    ///
    /// # Errors
    /// There is no room for jobs.
    pub(crate) async fn apply(&self, config: &Config) -> Result<()> {
        let mut state = self.state.lock().await;
        let sections = config.printer.iter().map(|(name, section)| (name.get_ref().clone(), section.clone()));
        state.configured = sections.collect();
        self.replace(&mut state).await
    }

    /// Looks up again who may print: accounts have changed.
    ///
    /// # Errors
    /// As for [`Printers::apply`].
    pub(crate) async fn refresh(&self) -> Result<()> {
        let mut state = self.state.lock().await;
        self.replace(&mut state).await
    }

    async fn replace(&self, state: &mut State) -> Result<()> {
        if state.printing.is_none() && !state.configured.is_empty() {
            let spool = self.spool.clone().context("printers need a state directory")?;
            let named = spool.display().to_string();
            state.printing = Some(Printing::start(&self.server, spool).context(named)?);
        }
        let Some(printing) = &state.printing else { return Ok(()) };
        let (mut printers, mut wanted) = (Vec::new(), BTreeMap::new());
        for (name, section) in &state.configured {
            let Some(destination) = section.destination() else { continue };
            let shared = self.shared(name, section, &destination.to_string());
            printers.push((shared.definition.clone(), destination));
            wanted.insert(shared.definition.share_name.to_uppercase(), shared);
        }
        printing.apply(printers).map_err(|status| anyhow::anyhow!("printers: {status}"))?;
        let before = std::mem::take(&mut state.shares);
        for key in before.keys().filter(|key| !wanted.contains_key(*key)) {
            if let Some(share) = self.server.remove_share(key) {
                self.server.disconnect_share(&share).await;
            }
        }
        for (key, shared) in &wanted {
            if before.get(key) == Some(shared) {
                continue;
            }
            let share = share_of(shared);
            let replaced = self.server.replace_share(share);
            replaced.map_err(|status| anyhow::anyhow!("printer {}: {status}", shared.definition.name))?;
        }
        state.shares = wanted;
        Ok(())
    }

    fn shared(&self, name: &str, section: &PrinterSection, port: &str) -> Shared {
        let sids = |names: &[String]| sids(&self.server, name, names);
        let allowed = section.users.as_deref().map(sids);
        let definition = PrinterDefinition {
            share_name: section.share_name(name).into(),
            comment: section.comment.as_str().into(),
            location: section.location.as_str().into(),
            driver: section.driver.as_str().into(),
            port: port.into(),
            datatype: section.datatype.as_deref().unwrap_or("RAW").into(),
            priority: section.priority.as_ref().map_or(1, |priority| *priority.get_ref()),
            keep: section.keep(),
            ..PrinterDefinition::named(name)
        };
        let definition = definition.open_to(allowed.as_deref(), &sids(&section.operators), section.guests);
        Shared { definition, section: section.clone(), allowed }
    }
}

/// Whoever manages a printer reaches its share as well.
fn share_of(shared: &Shared) -> ShareDefinition {
    let Shared { definition, section, .. } = shared;
    ShareDefinition {
        comment: definition.comment.clone(),
        guest_ok: section.guests,
        encrypt: section.encrypt,
        ..ShareDefinition::printer(&definition.share_name, &definition.name)
    }
}

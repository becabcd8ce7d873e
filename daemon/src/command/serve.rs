//! `lanward serve`

use crate::accounts::{self, Store};
use crate::config::{default_file, default_state_dir, load};
use crate::identity::identity;
use crate::opens::OpenBook;
use crate::run::{Plan, run as run_server};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

/// Run the server that a configuration describes
///
/// SIGHUP reads the configuration again without dropping anybody; SIGTERM and SIGINT let connections end what they are doing, a second one
/// stops at once.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The configuration; /etc/lanward/lanward.toml, or ~/.config/lanward/lanward.toml for ordinary users
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let file = options.config.clone().unwrap_or_else(default_file);
    let loaded = load(&file)?;
    for warning in &loaded.warnings {
        tracing::warn!("{warning}");
    }
    let config = loaded.config;
    let state_dir = config.server.state_dir.clone().unwrap_or_else(default_state_dir);
    let store = Store::open(&state_dir)?;
    let machine = store.machine()?;
    let accounts = accounts::book(&identity(&config, machine).name, machine, store)?;
    let opens = Some(OpenBook::open(&state_dir)?);
    run_server(Plan {
        policy: config.policy(),
        config,
        file: Some(file),
        machine,
        accounts: Arc::new(accounts),
        state_dir: Some(state_dir),
        opens,
        announce: Box::new(|_| tracing::info!("ready")),
    })
}

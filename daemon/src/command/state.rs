//! Where a server's state is, for the commands that look at it.

use crate::config::{default_file, default_state_dir, read};
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;

/// Which server is meant.
#[derive(Debug, Args)]
pub(crate) struct Which {
    /// The configuration of the server that is meant
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
}

impl Which {
    /// The configuration that was named.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        self.config.clone()
    }

    /// The server's state directory.
    ///
    /// # Errors
    /// The configuration cannot be read.
    pub(crate) fn state_dir(&self) -> Result<PathBuf> {
        let file = match &self.config {
            Some(named) => named.clone(),
            None => default_file(),
        };
        if self.config.is_none() && !file.exists() {
            return Ok(default_state_dir());
        }
        Ok(read(&file)?.server.state_dir.unwrap_or_else(default_state_dir))
    }
}

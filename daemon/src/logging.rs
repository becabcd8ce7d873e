//! The log, on standard error.

use clap::{Args, ValueEnum};
use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines for people; without times where the journal adds them
    Text,
    /// One JSON object per line
    Json,
}

/// How much is logged, and how.
#[derive(Debug, Args)]
pub(crate) struct Logging {
    /// What to log: error, warn, info, debug, trace, or target=level,... (otherwise RUST_LOG, otherwise info)
    #[arg(long, value_name = "FILTER", global = true, help_heading = "Log", display_order = 900)]
    log: Option<String>,
    /// How to write the log
    #[arg(
        long,
        value_enum,
        default_value = "text",
        global = true,
        help_heading = "Log",
        display_order = 901
    )]
    log_format: Format,
}

impl Logging {
    /// Starts the log; `usual` is the filter when nobody says otherwise.
    pub(crate) fn start(&self, usual: &str) -> anyhow::Result<()> {
        let filter = match &self.log {
            Some(given) => EnvFilter::try_new(given)?,
            None => EnvFilter::try_from_default_env().or_else(|_| EnvFilter::try_new(usual))?,
        };
        let journal = std::env::var_os("JOURNAL_STREAM").is_some();
        let builder = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal());
        match self.log_format {
            Format::Json => builder.json().init(),
            Format::Text if journal => builder.without_time().init(),
            Format::Text => builder.init(),
        }
        Ok(())
    }
}

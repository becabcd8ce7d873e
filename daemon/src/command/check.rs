//! `lanward check`

use crate::config::{Config, Invalid, Problem, default_file, default_state_dir, load};
use crate::disagreement::disagreements;
use crate::managed::Managed;
use anyhow::Result;
use clap::Args;
use serde::Serialize;
use std::io::{Write as _, stdout};
use std::path::PathBuf;

/// Say what is wrong with a configuration, where, and what to do about it
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The configuration; the one that `lanward serve` would take when it is left out
    file: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Verdict<'a> {
    valid: bool,
    errors: &'a [Problem],
    warnings: &'a [Problem],
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let file = options.file.clone().unwrap_or_else(default_file);
    let (errors, warnings) = match load(&file) {
        Ok(loaded) => {
            let mut warnings = loaded.warnings;
            warnings.extend(managed(&loaded.config)?);
            (Vec::new(), warnings)
        }
        Err(Invalid(errors)) => (errors, Vec::new()),
    };
    if options.json {
        let verdict = Verdict { valid: errors.is_empty(), errors: &errors, warnings: &warnings };
        writeln!(stdout(), "{}", serde_json::to_string_pretty(&verdict)?)?;
    } else {
        for warning in &warnings {
            writeln!(stdout(), "warning: {warning}")?;
        }
        if errors.is_empty() {
            writeln!(stdout(), "{}: good", file.display())?;
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Invalid(errors).into()) }
}

/// Where what management changed counts instead of the configuration.
fn managed(config: &Config) -> Result<Vec<Problem>> {
    let state_dir = config.server.state_dir.clone().unwrap_or_else(default_state_dir);
    let file = Managed::file(&state_dir);
    match Managed::read(&file) {
        Ok(managed) => Ok(disagreements(config, &managed, &file)),
        // A file can be checked by who may not see the server's state.
        Err(error) if is_hidden(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn is_hidden(error: &anyhow::Error) -> bool {
    let io = error.downcast_ref::<std::io::Error>();
    io.is_some_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

//! `lanward man`: manual pages, generated from the definitions of the arguments, and the page of the configuration file.

use super::Cli;
use anyhow::{Context as _, Result};
use clap::{Args, Command, CommandFactory as _};
use clap_mangen::Man;
use std::path::{Path, PathBuf};

const MANUAL: &str = "Lanward Manual";

const CONFIGURATION: &str = include_str!("man/lanward.toml.5");

/// Write the manual pages
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The directory they go into
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let out = &options.out;
    let named = || out.display().to_string();
    std::fs::create_dir_all(out).with_context(named)?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    pages(&command, out).with_context(named)?;
    std::fs::write(out.join("lanward.toml.5"), CONFIGURATION).with_context(named)
}

/// The page of a command and those of its subcommands.
fn pages(command: &Command, out: &Path) -> std::io::Result<()> {
    for below in command.get_subcommands().filter(|below| !below.is_hide_set()) {
        pages(below, out)?;
    }
    let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_uppercase();
    let source = concat!("lanward ", env!("CARGO_PKG_VERSION"));
    Man::new(command.clone()).title(name).source(source).manual(MANUAL).generate_to(out).map(drop)
}

#[cfg(test)]
mod tests {
    use super::CONFIGURATION;
    use crate::config::known_keys;

    #[test]
    fn the_page_of_the_file_has_every_key() {
        for table in [
            "server",
            "floor.x",
            "zone.x",
            "share.x",
            "device.x",
            "printer.x",
            "pipe.x",
            "interface.x",
            "limits",
            "events",
            "netbios",
            "discovery",
            "vpn",
        ] {
            let keys = known_keys(table);
            assert!(keys.len() > 3, "{table}: {keys:?}");
            for key in keys {
                let entry = format!("\n.BR {} ", key.replace('-', "\\-"));
                let entries = CONFIGURATION.matches(&entry).count();
                assert!(entries > 0, "lanward.toml.5 says nothing of `{key}` in [{table}]");
            }
        }
    }
}

//! `lanward share`

mod instructions;

use crate::accounts::{Change, Hash, apply};
use crate::config::{Config, ListenAddress, ShareSection, ZoneSection};
use crate::exit::Refused;
use crate::identity::{Machine, identity};
use crate::interfaces::Policy;
use crate::password;
use crate::run::{Plan, Ready, run as run_server};
use anyhow::{Context as _, Result};
use clap::Args;
use instructions::Instructions;
use lanward_auth::NtHash;
use lanward_server::AccountBook;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Spanned;

/// Share a folder now, until this command ends
///
/// Prints the address to type in each operating system, with a user and a password that are good for this run. Nothing is kept on disk. Only
/// private addresses of this machine are listened on unless --listen names others.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The folder
    dir: PathBuf,
    /// The share's name; the folder's own when it is left out
    #[arg(long)]
    name: Option<String>,
    /// Listen on this address; can be given several times
    #[arg(long, value_name = "ADDR[:PORT]")]
    listen: Vec<ListenAddress>,
    /// The port of addresses without one; 445, or 4445 where that is not allowed
    #[arg(long)]
    port: Option<u16>,
    /// The user to sign in as, instead of one made up
    #[arg(long, value_name = "NAME")]
    user: Option<String>,
    /// A file with the user's password in its first line; - for standard input
    #[arg(long, value_name = "FILE", requires = "user")]
    password_file: Option<PathBuf>,
    /// Let anybody in without a password
    #[arg(long)]
    guest: bool,
    /// Nothing can be changed
    #[arg(long)]
    read_only: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Who signs in, and with what if that was made up.
struct Account {
    user: String,
    password: Option<String>,
    hash: NtHash,
}

pub(crate) fn run(options: Options) -> Result<()> {
    let folder = folder(&options.dir)?;
    if !options.read_only && rustix::fs::access(&folder, rustix::fs::Access::WRITE_OK).is_err() {
        eprintln!("lanward: warning: this user may not write to {}", folder.display());
    }
    let name = options.name.clone().unwrap_or_else(|| share_name(&folder));
    let account = account(&options)?;
    let machine = Machine::random()?;
    let config = configuration(&options, &name, folder.clone());
    let accounts = AccountBook::transient(&identity(&config, machine).name, machine.sid());
    if let Some(Account { user, hash, .. }) = &account {
        apply(
            &accounts,
            Change::Add { name: user.clone(), admin: false, hash: Hash(hash.clone()), lm_hash: None },
        )?;
    }
    let (user, password) = account.map_or((None, None), |a| (Some(a.user), a.password));
    let (guests, read_only, json) = (options.guest, options.read_only, options.json);
    let announce = move |ready: &Ready| {
        Instructions { name, folder, user, password, guests, read_only, ready }.print(json);
    };
    run_server(Plan {
        config,
        file: None,
        policy: Policy {
            rules: Vec::new(),
            addresses: (!options.listen.is_empty()).then_some(options.listen),
            port: options.port,
        },
        machine,
        accounts: Arc::new(accounts),
        state_dir: None,
        opens: None,
        announce: Box::new(announce),
    })
}

fn folder(dir: &Path) -> Result<PathBuf> {
    let shown = dir.display();
    let found = std::fs::canonicalize(dir).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Refused::Input(format!("{shown} does not exist")).into(),
        _ => anyhow::Error::from(error).context(shown.to_string()),
    })?;
    if !found.is_dir() {
        return Err(Refused::Input(format!("{shown} is not a folder")).into());
    }
    std::fs::read_dir(&found).with_context(|| shown.to_string())?;
    Ok(found)
}

/// The folder's name as a share's.
fn share_name(folder: &Path) -> String {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let bad = |c: char| c.is_control() || "\"\\/[]:|<>+=;,*?".contains(c);
    let name: String = name.chars().map(|c| if bad(c) { '-' } else { c }).take(40).collect();
    if name.is_empty() || name.eq_ignore_ascii_case("IPC$") { "share".to_owned() } else { name }
}

fn account(options: &Options) -> Result<Option<Account>> {
    if let Some(user) = &options.user {
        let hash = password::obtain(options.password_file.as_deref(), user)?;
        return Ok(Some(Account { user: user.clone(), password: None, hash }));
    }
    if options.guest {
        return Ok(None);
    }
    let password = password::generate()?;
    let hash = NtHash::of_password(&password.as_str().into());
    Ok(Some(Account { user: "share".to_owned(), password: Some(password), hash }))
}

fn configuration(options: &Options, name: &str, folder: PathBuf) -> Config {
    let mut config = Config::default();
    let zone = ZoneSection { guests: options.guest, ..ZoneSection::default() };
    config.zone.insert(Spanned::new(0..0, "default".to_owned()), zone);
    let share =
        ShareSection { guests: options.guest, read_only: options.read_only, ..ShareSection::folder(folder) };
    config.share.insert(Spanned::new(0..0, name.to_owned()), share);
    config
}

#[cfg(test)]
mod tests {
    use super::share_name;
    use std::path::Path;

    #[test]
    fn share_names() {
        let cases =
            [("/srv/photos", "photos"), ("/", "share"), ("/a/b: c?", "b- c-"), ("/tmp/ipc$", "share")];
        for (folder, name) in cases {
            assert_eq!(share_name(Path::new(folder)), name);
        }
    }
}

//! Where files are when nobody says.

use std::env;
use std::path::PathBuf;

/// `/etc/lanward/lanward.toml`, or an ordinary user's own.
pub(crate) fn default_file() -> PathBuf {
    directory("XDG_CONFIG_HOME", ".config").unwrap_or_else(|| "/etc/lanward".into()).join("lanward.toml")
}

/// `/var/lib/lanward`, an ordinary user's own, or the one the service manager made.
pub(crate) fn default_state_dir() -> PathBuf {
    if let Some(given) = env::var_os("STATE_DIRECTORY").filter(|d| !d.is_empty()) {
        return given.into();
    }
    directory("XDG_STATE_HOME", ".local/state").unwrap_or_else(|| "/var/lib/lanward".into())
}

/// An ordinary user's directory; `None` for root and for users without a home.
fn directory(variable: &str, below_home: &str) -> Option<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return None;
    }
    let set = |name: &str| env::var_os(name).filter(|d| !d.is_empty()).map(PathBuf::from);
    let base = set(variable).or_else(|| Some(set("HOME")?.join(below_home)))?;
    Some(base.join("lanward"))
}

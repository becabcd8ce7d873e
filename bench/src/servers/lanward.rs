use super::process::{Launch, Server, folders, free_address};
use super::{Kind, PASSWORD, SHARE, USER};
use anyhow::{Context as _, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Starts Lanward with one account and one share. Its default zone demands signing; the bench also measures
/// unsigned work, so the zone here leaves signing to the client.
pub(super) fn start(program: &Path) -> Result<Server> {
    if !program.is_file() {
        bail!("{} is not there: build it with `cargo build --release -p lanward`", program.display());
    }
    let (folder, state) = folders(Kind::Lanward)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777))?;
    let address = free_address()?;
    let config = state.join("lanward.toml");
    fs::write(&config, configuration(&state, &folder, address))?;
    add_user(program, &config)?;
    let arguments = vec![OsString::from("serve"), "--config".into(), config.into()];
    let environment = Vec::new();
    Server::start(Launch { kind: Kind::Lanward, program, arguments, environment, address, folder, state })
}

/// The whole configuration: everything that knows the daemon's keys is here and in [`add_user`].
fn configuration(state: &Path, folder: &Path, address: SocketAddr) -> String {
    let (state, folder) = (state.display(), folder.display());
    format!(
        "[server]
name = \"BENCH\"
listen = [\"{address}\"]
state-dir = \"{state}\"

[zone.default]
signing = \"optional\"
min-dialect = \"NT LM 0.12\"

[limits]
connections-per-address = 16000

[share.{SHARE}]
path = \"{folder}\"
"
    )
}

fn add_user(program: &Path, config: &Path) -> Result<()> {
    let password = config.with_file_name("password");
    fs::write(&password, format!("{PASSWORD}\n"))?;
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600))?;
    let mut command = Command::new(program);
    command.args(["user", "add", USER, "--config"]).arg(config).arg("--password-file").arg(&password);
    let done = command.stdin(Stdio::null()).output().context("lanward does not run")?;
    if !done.status.success() {
        bail!("lanward user add failed: {}", String::from_utf8_lossy(&done.stderr));
    }
    Ok(())
}

/// The release build beside this program, which cargo puts into the same folder.
pub(super) fn default_program() -> Result<PathBuf> {
    let me = std::env::current_exe()?;
    let dir = me.parent().context("this program lies in no folder")?;
    Ok(dir.join("lanward"))
}

/// Builds the release binary with the cargo that runs this program.
pub(super) fn build() -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new(cargo);
    let done = command.args(["build", "--release", "-p", "lanward"]).current_dir(workspace).status()?;
    if !done.success() {
        bail!("lanward does not build");
    }
    Ok(())
}

use super::process::{Launch, Server, find_program, folders, free_address};
use super::{Kind, PASSWORD, SHARE, USER};
use anyhow::{Result, bail};
use std::fs;

/// Starts rocketsmbd with the same share and account.
pub(super) fn start() -> Result<Server> {
    let Some(program) = find_program("rocketsmbd") else {
        bail!("it is not installed (cargo install rocketsmbd)")
    };
    let (folder, state) = folders(Kind::Rocketsmbd)?;
    let address = free_address()?;
    let config = state.join("rocketsmbd.toml");
    let path = folder.display();
    let text = format!(
        "listen = \"{address}\"
server_name = \"BENCH\"
require_signing = false

[[share]]
name = \"{SHARE}\"
path = \"{path}\"
read_only = false

[[user]]
name = \"{USER}\"
password = \"{PASSWORD}\"
"
    );
    fs::write(&config, text)?;
    let arguments = vec!["--config".into(), config.into()];
    let environment = Vec::new();
    Server::start(Launch {
        kind: Kind::Rocketsmbd,
        program: &program,
        arguments,
        environment,
        address,
        folder,
        state,
    })
}

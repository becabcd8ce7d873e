//! The same file put and got with smbclient: a check on our own client, which the tables rest on.

use crate::servers::{PASSWORD, SHARE, USER, find_program};
use crate::target::{Target, pattern};
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// MiB that are put and got.
const MEBIBYTES: usize = 256;

/// A dialect and how it is protected, as smbclient is told.
const FORMS: [(&str, &str); 3] = [("SMB3_11", "off"), ("NT1", "off"), ("NT1", "sign")];

/// One line for each server and form: seconds, MiB/s and server CPU of a put and a get.
pub(crate) fn run(targets: &[Target]) -> Result<Vec<String>> {
    let Some(smbclient) = find_program("smbclient") else {
        bail!("smbclient is not installed (Debian: apt-get install smbclient)")
    };
    let dir = std::env::temp_dir().join(format!("lanward-bench-smbclient-{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    let lines = with_files(&smbclient, &dir, targets);
    let _ = fs::remove_dir_all(&dir);
    lines
}

fn with_files(smbclient: &Path, dir: &Path, targets: &[Target]) -> Result<Vec<String>> {
    let (source, account) = (dir.join("source.bin"), dir.join("account"));
    fs::write(&source, pattern(1 << 20).repeat(MEBIBYTES))?;
    fs::write(&account, format!("username = {USER}\npassword = {PASSWORD}\n"))?;
    let all = FORMS.iter().flat_map(|form| targets.iter().map(move |target| (*form, target)));
    all.map(|(form, target)| {
        let timed = |command: &str| timed(smbclient, &account, target, form, command);
        let put = timed(&format!("put {} cross.bin", source.display()))?;
        let got = dir.join("got.bin");
        let get = timed(&format!("get cross.bin {}", got.display()))?;
        timed("del cross.bin")?;
        let equal = fs::read(&source)? == fs::read(&got)?;
        fs::remove_file(&got)?;
        let verdict = if equal { "bytes equal" } else { "BYTES DIFFER" };
        let (dialect, protection) = form;
        Ok(format!("{:10} {dialect:7} {protection:4}  put {put}  get {get}  {verdict}", target.server.name))
    })
    .collect()
}

fn timed(
    smbclient: &Path,
    account: &Path,
    target: &Target,
    (dialect, protection): (&str, &str),
    command: &str,
) -> Result<String> {
    let before = target.server.cpu.settled_seconds()?;
    let start = Instant::now();
    let done = Command::new(smbclient)
        .arg(format!("//{}/{SHARE}", target.server.address.ip()))
        .args(["-p", &target.server.address.port().to_string(), "-m", dialect, "-A"])
        .arg(account)
        .args(["--option=client min protocol=NT1", &format!("--client-protection={protection}")])
        .args(["-c", command])
        .stdin(Stdio::null())
        .output()
        .context("smbclient does not run")?;
    let wall = start.elapsed().as_secs_f64();
    let cpu = target.server.cpu.settled_seconds()? - before;
    if !done.status.success() {
        let said = [done.stdout, done.stderr].concat();
        bail!("smbclient on {}: {command}: {}", target.server.name, String::from_utf8_lossy(&said));
    }
    Ok(format!("{wall:.2} s ({:.0} MiB/s, server {cpu:.2} s)", MEBIBYTES as f64 / wall))
}

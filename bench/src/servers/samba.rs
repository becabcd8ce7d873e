use super::process::{Launch, Server, find_program, folders, free_address};
use super::{Kind, PASSWORD, SHARE, USER};
use anyhow::{Context as _, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// Starts the reference server with the settings it is fastest with. The account exists only within its process
/// tree, by way of nss_wrapper, so that the machine's own accounts stay as they are.
pub(super) fn start() -> Result<Server> {
    let Some(smbd) = find_program("smbd") else {
        bail!("Samba is not installed (Debian: apt-get install samba libnss-wrapper)")
    };
    let smbpasswd = find_program("smbpasswd").context("smbpasswd is not installed")?;
    let (folder, state) = folders(Kind::Samba)?;
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777))?;
    let private = ["private", "lock", "state", "cache", "pid", "log", "ncalrpc"];
    private.iter().try_for_each(|dir| fs::create_dir_all(state.join(dir)))?;
    let address = free_address()?;
    let conf = state.join("smb.conf");
    fs::write(&conf, configuration(&state, &folder, address.port()))?;
    let environment = accounts(&state)?;
    add_user(&smbpasswd, &conf, &environment)?;
    let arguments = ["--foreground", "--no-process-group", "--configfile"];
    let mut arguments: Vec<OsString> = arguments.into_iter().map(OsString::from).collect();
    arguments.push(conf.into());
    Server::start(Launch {
        kind: Kind::Samba,
        program: &smbd,
        arguments,
        environment,
        address,
        folder,
        state,
    })
}

/// "Tuned": sendfile, receivefile and no detour of small requests through the thread pool.
fn configuration(state: &Path, folder: &Path, port: u16) -> String {
    let (state, folder) = (state.display(), folder.display());
    format!(
        "[global]
    netbios name = REFERENCE
    workgroup = WORKGROUP
    server role = standalone server
    interfaces = 127.0.0.1/8
    bind interfaces only = yes
    smb ports = {port}
    server min protocol = NT1
    server signing = auto
    server max protocol = SMB3_11
    private dir = {state}/private
    lock directory = {state}/lock
    state directory = {state}/state
    cache directory = {state}/cache
    pid directory = {state}/pid
    ncalrpc dir = {state}/ncalrpc
    log file = {state}/log/smbd
    logging = file
    log level = 0
    usershare max shares = 0
    passdb backend = tdbsam
    guest account = nobody
    map to guest = Never
    load printers = no
    printcap name = /dev/null
    printing = bsd
    dns proxy = no
    read only = no
    use sendfile = yes
    min receivefile size = 16384
    aio read size = 0
    aio write size = 0
[{SHARE}]
    path = {folder}
"
    )
}

/// A passwd and a group file of the server's own, and the environment that makes it read them.
fn accounts(state: &Path) -> Result<Vec<(&'static str, OsString)>> {
    let (passwd, group) = (state.join("passwd"), state.join("group"));
    fs::write(
        &passwd,
        format!(
            "root:x:0:0:root:/root:/bin/false\nnobody:x:65534:65534:guest:/:/bin/false\n\
             {USER}:x:30001:30000:{USER}:/:/bin/false\n"
        ),
    )?;
    fs::write(&group, format!("root:x:0:\nnogroup:x:65534:\nbenchers:x:30000:{USER}\n"))?;
    Ok(vec![
        ("LD_PRELOAD", "libnss_wrapper.so".into()),
        ("NSS_WRAPPER_PASSWD", passwd.into()),
        ("NSS_WRAPPER_GROUP", group.into()),
    ])
}

fn add_user(smbpasswd: &Path, conf: &Path, environment: &[(&'static str, OsString)]) -> Result<()> {
    let mut command = Command::new(smbpasswd);
    command.arg("-c").arg(conf).args(["-L", "-s", "-a", USER]).envs(environment.iter().cloned());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let mut input = child.stdin.take().context("smbpasswd has no standard input")?;
    write!(input, "{PASSWORD}\n{PASSWORD}\n")?;
    drop(input);
    let done = child.wait_with_output()?;
    if !done.status.success() {
        bail!(
            "smbpasswd cannot add a user (libnss_wrapper missing, or not root?): {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
    Ok(())
}

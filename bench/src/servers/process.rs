use super::Kind;
use crate::cpu::{self, CpuMeter, Memory};
use anyhow::{Context as _, Result, bail};
use std::ffi::OsString;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// A server that runs for the length of the bench: its process, its CPU meter and the folder it shares.
/// Dropping it ends the process and removes what was made for it.
#[derive(Debug)]
pub(crate) struct Server {
    /// Which it is.
    pub(crate) kind: Kind,
    /// What the tables call it.
    pub(crate) name: &'static str,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// The folder behind the share, on tmpfs.
    pub(crate) folder: PathBuf,
    /// Where its CPU time is read.
    pub(crate) cpu: CpuMeter,
    child: Child,
    state: PathBuf,
}

/// What to start and where.
pub(crate) struct Launch<'a> {
    pub(crate) kind: Kind,
    pub(crate) program: &'a Path,
    pub(crate) arguments: Vec<OsString>,
    pub(crate) environment: Vec<(&'static str, OsString)>,
    pub(crate) address: SocketAddr,
    pub(crate) folder: PathBuf,
    pub(crate) state: PathBuf,
}

impl Server {
    /// Starts a server in a control group of its own where that can be had, and waits until it accepts connections.
    pub(crate) fn start(launch: Launch<'_>) -> Result<Self> {
        let Launch { kind, program, arguments, environment, address, folder, state } = launch;
        let name = kind.name();
        let group = state.file_name().and_then(|n| cpu::make_group(n.to_str()?));
        let log = fs::File::create(state.join("output.log"))?;
        let mut command = match &group {
            // The shell joins the group and becomes the server, so that not one of its cycles is missed.
            Some(group) => {
                let mut shell = Command::new("/bin/sh");
                shell.args(["-c", r#"echo $$ > "$0/cgroup.procs" && exec "$@""#]).arg(group).arg(program);
                shell
            }
            None => Command::new(program),
        };
        command.args(arguments).envs(environment).stdin(Stdio::null());
        command.stdout(log.try_clone()?).stderr(log).current_dir(&state);
        // smbd ends its whole process group when it ends, which must not be this program's.
        let child = command.process_group(0).spawn().with_context(|| format!("{name} does not start"))?;
        let cpu = group.map_or(CpuMeter::Tree(child.id()), CpuMeter::Group);
        let mut server = Self { kind, name, address, folder, cpu, child, state };
        server.wait_until_it_listens()?;
        Ok(server)
    }

    fn wait_until_it_listens(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(15);
        while Instant::now() < deadline {
            if TcpStream::connect_timeout(&self.address, Duration::from_millis(500)).is_ok() {
                return Ok(());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended at once ({status}):\n{}", self.name, self.log_tail());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("{} does not listen on {}:\n{}", self.name, self.address, self.log_tail())
    }

    fn log_tail(&self) -> String {
        let text = fs::read_to_string(self.state.join("output.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// What the process tree holds now.
    pub(crate) fn memory(&self) -> Result<Memory> {
        cpu::memory(self.child.id())
    }

    /// Whether the server still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
        if let CpuMeter::Group(group) = &self.cpu {
            let left = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
            let left: Vec<&str> = left.lines().collect();
            left.chunks(1000).for_each(|pids| signal("-KILL", pids));
            let gone = (0..40).any(|_| {
                std::thread::sleep(Duration::from_millis(25));
                fs::remove_dir(group).is_ok()
            });
            if !gone {
                eprintln!("{}: left behind {}", self.name, group.display());
            }
        }
        let _ = fs::remove_dir_all(&self.state);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Asks a process to end, and ends it after five seconds.
fn end(child: &mut Child) {
    signal("-TERM", &[&child.id().to_string()]);
    for _ in 0..100 {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn signal(which: &str, pids: &[&str]) {
    let _ = Command::new("kill").arg(which).args(pids).stdin(Stdio::null()).stderr(Stdio::null()).status();
}

/// A loopback port that nobody listens on at this moment.
pub(crate) fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

/// Makes the shared folder on tmpfs and the folder for state, both of one server alone.
pub(crate) fn folders(kind: Kind) -> Result<(PathBuf, PathBuf)> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let unique = format!("lanward-bench-{}-{}-{number}", kind.name(), std::process::id());
    let shm = Path::new("/dev/shm");
    let folder = if shm.is_dir() { shm.to_path_buf() } else { std::env::temp_dir() }.join(&unique);
    let state = std::env::temp_dir().join(&unique);
    for dir in [&folder, &state] {
        fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    }
    Ok((folder, state))
}

/// The first of these that is an executable file, or a name found on the PATH.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let extra = [PathBuf::from("/usr/sbin"), PathBuf::from("/usr/local/sbin")];
    let cargo = std::env::var_os("CARGO_HOME").map(|home| PathBuf::from(home).join("bin"));
    let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo/bin"));
    let dirs = std::env::split_paths(&path).chain(extra).chain(cargo).chain(home);
    dirs.map(|dir| dir.join(name)).find(|file| file.is_file())
}

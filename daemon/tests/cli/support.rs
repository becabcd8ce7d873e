//! Running the command.

use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Nothing here takes longer.
pub(crate) const DEADLINE: Duration = Duration::from_secs(60);

pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lanward"));
    command
        .env_remove("RUST_LOG")
        .env_remove("NOTIFY_SOCKET")
        .env_remove("JOURNAL_STREAM")
        .stdin(Stdio::null());
    command
}

/// Runs the command to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    command().args(arguments).output().unwrap()
}

/// Runs the command to its end with something on its standard input.
pub(crate) fn run_with_input(arguments: &[&str], input: &str) -> Output {
    let mut command = command();
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// An address of this machine nobody listens on.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A command that goes on until it is told to stop; killed at the latest when this is dropped.
pub(crate) struct Running {
    child: Child,
    lines: Receiver<String>,
}

impl Running {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(command(), arguments)
    }

    pub(crate) fn start_with(mut command: Command, arguments: &[&str]) -> Self {
        command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = channel();
        let streams: [Box<dyn Read + Send>; 2] =
            [Box::new(child.stdout.take().unwrap()), Box::new(child.stderr.take().unwrap())];
        for stream in streams {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    if sender.send(line).is_err() {
                        return;
                    }
                }
            });
        }
        Self { child, lines }
    }

    /// The next line it prints or logs that has `text` in it.
    pub(crate) fn line_with(&self, text: &str) -> String {
        let deadline = Instant::now() + DEADLINE;
        let mut seen = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            if line.contains(text) {
                return line;
            }
            seen.push(line);
        }
        panic!("no line with `{text}` among:\n{}", seen.join("\n"));
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Asks it to stop and waits until it has.
    pub(crate) fn stop(mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        while self.lines.recv_timeout(DEADLINE).is_ok() {}
        self.child.wait().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.child.kill().and_then(|()| self.child.wait().map(drop)).unwrap();
        }
    }
}

/// A server's folder, state and configuration, below one temporary directory.
pub(crate) struct Home {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) address: SocketAddr,
}

impl Home {
    pub(crate) fn new() -> Self {
        let home = Self { dir: tempfile::tempdir().unwrap(), address: free_address() };
        std::fs::create_dir(home.path("files")).unwrap();
        home.configure("");
        home
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn config(&self) -> String {
        self.path("lanward.toml").to_str().unwrap().to_owned()
    }

    /// Writes a configuration with one share, `files`, and whatever else is said.
    pub(crate) fn configure(&self, more: &str) {
        let (dir, address) = (shown(self.dir.path()), self.address);
        let text = format!(
            "[server]\nname = \"tested\"\nlisten = [\"{address}\"]\nstate-dir = \"{dir}/state\"\nthreads = 1\n\
             [share.files]\npath = \"{dir}/files\"\n{more}"
        );
        std::fs::write(self.config(), text).unwrap();
    }

    pub(crate) fn user(&self, arguments: &[&str]) -> Output {
        let config = self.config();
        run(&[&["user", "--config", &config], arguments].concat())
    }

    pub(crate) fn add_user(&self, name: &str, password: &str) {
        let config = self.config();
        let arguments = ["user", "--config", &config, "add", name, "--password-file", "-"];
        let added = run_with_input(&arguments, password);
        assert!(added.status.success(), "{}", err(&added));
    }

    pub(crate) fn serve(&self) -> Running {
        let running = Running::start(&["serve", "--config", &self.config()]);
        running.line_with(&format!("listening on {}", self.address));
        running.line_with("ready");
        running
    }

    pub(crate) fn status(&self) -> serde_json::Value {
        let output = run(&["status", "--json", "--config", &self.config()]);
        assert!(output.status.success(), "{}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

pub(crate) fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

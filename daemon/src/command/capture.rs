//! `lanward capture`

use super::state::Which;
use crate::capture::{Record, Summary, Wish};
use crate::control::{Request, follow};
use anyhow::{Context as _, Result, bail};
use clap::Args;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Write what clients and server send each other to a file for Wireshark
///
/// FILE is pcapng. Beside it FILE.keys gets a line for each session with encryption keys; Wireshark takes them from a file
/// smb2_seskey_list in its configuration folder, tshark from -o uat:smb2_seskey_list:LINE. Who has the keys reads everything.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    which: Which,
    /// Only what this address sends and is sent
    #[arg(long, value_name = "ADDRESS")]
    client: Option<IpAddr>,
    /// Only the connections of this session, as `lanward status` numbers it
    #[arg(long, value_name = "ID", value_parser = session)]
    session: Option<u64>,
    /// How long
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=Wish::MAX_SECONDS))]
    seconds: u64,
    /// How much, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=Wish::MAX_MIB))]
    size: u64,
    /// A file that is not there yet
    file: PathBuf,
}

/// A session's number, in hexadecimal with 0x in front.
fn session(text: &str) -> Result<u64, std::num::ParseIntError> {
    match text.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16),
        None => text.parse(),
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let wish = Wish {
        client: options.client,
        session: options.session,
        seconds: options.seconds,
        bytes: options.size << 20,
    };
    let state_dir = options.which.state_dir()?;
    let keys_file = beside(&options.file);
    let (mut packets, mut keys) = (create(&options.file)?, create(&keys_file)?);
    let mut stream = match follow(&state_dir, &Request::Capture(wish)) {
        Ok(stream) => stream,
        Err(error) => {
            // Nothing is in them, and they are ours.
            for file in [&options.file, &keys_file] {
                std::fs::remove_file(file).ok();
            }
            return Err(error);
        }
    };
    loop {
        match Record::read(&mut stream)? {
            Some(Record::Blocks(blocks)) => packets.write_all(&blocks)?,
            Some(Record::Keys(line)) => keys.write_all(line.as_bytes())?,
            Some(Record::End(summary)) => {
                tell(&summary, &options.file, &keys_file);
                return Ok(());
            }
            None => {
                bail!("the server ended before the capture did; what came is in {}", options.file.display())
            }
        }
    }
}

/// A file for nobody else, which is not there yet.
fn create(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    options.open(path).with_context(|| path.display().to_string())
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".keys");
    name.into()
}

fn tell(summary: &Summary, file: &Path, keys: &Path) {
    let why = if summary.full { "; it is as large as it may be" } else { "" };
    eprintln!("{} frames in {}{why}", summary.frames, file.display());
    if summary.lost > 0 {
        eprintln!("{} frames were left out: they came faster than they were written", summary.lost);
    }
    if summary.sessions > 0 {
        eprintln!("the keys of {} sessions are in {}", summary.sessions, keys.display());
    }
}

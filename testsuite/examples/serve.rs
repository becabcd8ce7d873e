//! Serves a directory to foreign peers until it is stopped. For the interoperability runs.
//! Beside its folders there is a share `counted` in memory, with quotas.
//! usage: serve DIR PORT

use lanward_fsa::FileSystem;
use lanward_localfs::LocalVolume;
use lanward_nt::FileTime;
use lanward_server::ShareDefinition;
use lanward_testsuite::{MemAccounts, Plan};
use lanward_vfs::MemVolume;
use std::net::SocketAddr;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, directory, port] = arguments.as_slice() else {
        eprintln!("usage: serve DIR PORT");
        std::process::exit(2);
    };
    let port = port.parse().map_err(std::io::Error::other)?;
    let directory = Path::new(directory);
    let second = directory.join("tmp2");
    std::fs::create_dir_all(&second)?;
    let first = directory.join("tmp");
    std::fs::create_dir_all(&first)?;
    let mut accounts = MemAccounts::default();
    accounts.add_user("torture", "Torture.pw1");
    let plan =
        Plan { accounts, workers: 2, listen: SocketAddr::from(([127, 0, 0, 1], port)), ..Plan::default() };
    let hides = directory.join("hideunread");
    std::fs::create_dir_all(&hides)?;
    let volume = LocalVolume::open(&hides, lanward_localfs::Options::default())?;
    let hides = ShareDefinition::disk("hideunread", FileSystem::new(volume), "hideunread");
    let hides = ShareDefinition { hide_unreadable: true, ..hides };
    let counted = MemVolume::with_quotas(|| FileTime::from_unix(1_700_000_000, 0));
    let plan = plan.directory("tmp", &first)?.directory("tmp2", &second)?.define(hides);
    let site = plan.share("counted", counted).start()?;
    println!("listening on {}", site.address);
    loop {
        std::thread::park();
    }
}

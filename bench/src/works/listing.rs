use crate::target::{Mode, Sample, Target};
use anyhow::{Result, ensure};
use lanward_client::{Create, records};
use lanward_smb2::messages::QueryDirectoryFlags;
use std::fs;

/// FileIdBothDirectoryInformation
const ID_BOTH_DIRECTORY: u8 = 37;
/// What is asked for at a time, where the server's MaxTransactSize allows it. Clients ask for 64 KiB to 1 MiB.
const BUFFER: u32 = 1 << 20;

/// Lists a folder of `entries` empty files from its first name to its last. The files are made in the folder itself,
/// not through the server.
pub(super) fn run(target: &mut Target, entries: u32) -> Result<Sample> {
    let folder = format!("list-{entries}");
    make(target, &folder, entries)?;
    let times = if entries > 10_000 { 1 } else { 10 };
    target.measure(f64::from(times), f64::from(times), |t| {
        (0..times).try_for_each(|_| list(t, &folder, entries))
    })
}

fn make(target: &mut Target, folder: &str, entries: u32) -> Result<()> {
    if target.share.listed.contains(&(entries as usize)) {
        return Ok(());
    }
    let path = target.server.folder.join(folder);
    fs::create_dir(&path)?;
    for n in 0..entries {
        fs::File::create(path.join(format!("a file with a name {n}.txt")))?;
    }
    target.share.listed.push(entries as usize);
    Ok(())
}

fn list(target: &mut Target, folder: &str, entries: u32) -> Result<()> {
    let client = target.client(Mode::Plain)?;
    let connection = &mut client.connection;
    let buffer = BUFFER.min(connection.negotiated().max_transact_size);
    let directory = connection.create(client.tree, &Create::directory(folder))?.file;
    let (mut found, mut flags) = (0, QueryDirectoryFlags::RESTART_SCANS);
    loop {
        let part = connection.query_directory(directory, ID_BOTH_DIRECTORY, flags, "*", buffer)?;
        if part.is_empty() {
            break;
        }
        found += records(&part).count();
        flags = QueryDirectoryFlags::empty();
    }
    connection.close(directory)?;
    // "." and ".." may be there or not.
    let expected = entries as usize..=entries as usize + 2;
    ensure!(expected.contains(&found), "a folder of {entries} names lists {found}");
    Ok(())
}

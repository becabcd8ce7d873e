//! Measures what a folder costs in processor time: `measure DIR [entries]` makes, opens, lists and removes files in a new folder of DIR.

use lanward_localfs::{LocalVolume, Options};
use lanward_nt::{FileAttributes, NtPath, NtStatus};
use lanward_vfs::{Data, Intent, OpenRequest, Opened, Volume, Wait, Wanted};

fn open(volume: &LocalVolume, name: &str, intent: Intent, data: Data) -> Result<Opened, NtStatus> {
    let path = NtPath::new(name.into()).ok_or(NtStatus::OBJECT_NAME_INVALID)?;
    volume.open(&OpenRequest {
        path: &path,
        intent,
        data,
        make_directory: false,
        attributes: FileAttributes::NORMAL,
        security: None,
        mode: None,
        no_follow: false,
        posix: None,
        wait: Wait::Allowed,
    })
}

/// Nanoseconds this thread has run, as the scheduler counts them: other load on the machine does not show.
fn ran() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or_default()
}

fn microseconds_each(since: u64, count: usize) -> f64 {
    (ran() - since) as f64 / 1e3 / count as f64
}

fn timed(
    what: &str,
    count: usize,
    mut work: impl FnMut(usize) -> Result<(), NtStatus>,
) -> Result<(), NtStatus> {
    let start = ran();
    (0..count).try_for_each(&mut work)?;
    println!("{what:28} {:8.3} us", microseconds_each(start, count));
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let parent = arguments.next().ok_or("measure DIR [entries]")?;
    let count: usize = arguments.next().map_or(Ok(10_000), |n| n.parse())?;
    let root = tempfile::TempDir::new_in(parent)?;
    let volume = LocalVolume::open(root.path(), Options::default())?;
    let both = Data::READ | Data::WRITE;
    timed("create", count, |n| open(&volume, &format!("File {n}.txt"), Intent::Create, both).map(drop))?;
    timed("open or create, existing", count, |n| {
        open(&volume, &format!("File {n}.txt"), Intent::OpenOrCreate, both).map(drop)
    })?;
    timed("open, exact", count, |n| {
        open(&volume, &format!("File {n}.txt"), Intent::Open, Data::READ).map(drop)
    })?;
    timed("open for metadata", count, |n| {
        open(&volume, &format!("File {n}.txt"), Intent::Open, Data::empty()).map(drop)
    })?;
    timed("open, other case", count, |n| {
        open(&volume, &format!("file {n}.TXT"), Intent::Open, both).map(drop)
    })?;
    timed("open, missing", count, |n| {
        open(&volume, &format!("missing {n}"), Intent::Open, both)
            .map_or(Ok(()), |_| Err(NtStatus::UNSUCCESSFUL))
    })?;
    let directory = open(&volume, "", Intent::Open, Data::READ)?;
    for round in 0..5 {
        if round == 2 {
            // What changed this long ago is remembered between listings.
            std::thread::sleep(std::time::Duration::from_secs(3));
        }
        directory.file.rewind()?;
        let mut entries = Vec::new();
        let start = ran();
        while directory.file.list(&Wanted::ALL, 1000, &mut entries, Wait::Allowed)? {
            entries.clear();
        }
        println!("list {round}, an entry            {:8.3} us", microseconds_each(start, count));
    }
    timed("rename", count, |n| {
        let (from, to) = (format!("File {n}.txt"), format!("Renamed {n}.txt"));
        let (from, to) = (NtPath::new((&*from).into()), NtPath::new((&*to).into()));
        let (Some(from), Some(to)) = (from, to) else { return Err(NtStatus::OBJECT_NAME_INVALID) };
        let (_, metadata) = volume.lookup(&from, Wait::Allowed)?;
        volume.rename(&from, metadata.number, &to, false).map(drop)
    })?;
    timed("lookup and remove", count, |n| {
        let path = NtPath::new((&*format!("Renamed {n}.txt")).into()).ok_or(NtStatus::OBJECT_NAME_INVALID)?;
        let (_, metadata) = volume.lookup(&path, Wait::Allowed)?;
        volume.remove(&path, metadata.number)
    })?;
    println!("{} scans", volume.scans());
    Ok(())
}

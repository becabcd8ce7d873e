//! Jobs as files in a folder.

use crate::Trouble;
use crate::document::{Format, LOOK};
use lanward_nt::FileTime;
use lanward_server::Job;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bytes copied at once.
const PIECE: usize = 256 << 10;

/// Names that are tried where the first is taken.
const TRIES: u32 = 100;

/// What is being written has this in front of its name.
const UNFINISHED: &str = ".lanward-";

/// Says that the job was given up: the thread that copies looks.
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Puts a job into a folder: it is there whole, under a name of its own, or not at all. Dropping the future gives it up.
pub(crate) async fn print(folder: &Path, job: &Job, data: File) -> Result<(), Trouble> {
    let (folder, job) = (folder.to_owned(), job.clone());
    let given_up = Arc::new(AtomicBool::new(false));
    let guard = GivenUp(Arc::clone(&given_up));
    let shown = folder.display().to_string();
    let written = tokio::task::spawn_blocking(move || put(&folder, &job, data, &given_up)).await;
    drop(guard);
    match written {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Trouble::later(&shown, error)),
        Err(_) => Err(Trouble::Later(format!("{shown}: writing there failed"))),
    }
}

fn put(folder: &Path, job: &Job, mut data: File, given_up: &AtomicBool) -> io::Result<()> {
    let (temporary, mut file) = begin(folder, job)?;
    let copied = (|| {
        let (mut beginning, mut piece) = (Vec::new(), vec![0; PIECE]);
        loop {
            let length = data.read(&mut piece)?;
            if length == 0 {
                break;
            }
            let piece = &piece[..length];
            beginning.extend(piece.iter().take(LOOK.saturating_sub(beginning.len())));
            file.write_all(piece)?;
            if given_up.load(Ordering::Relaxed) {
                return Err(io::Error::other("given up"));
            }
        }
        file.sync_all()?;
        if given_up.load(Ordering::Relaxed) {
            return Err(io::Error::other("given up"));
        }
        settle(folder, &temporary, &name_of(job), Format::of(&beginning).suffix())
    })();
    if copied.is_err() {
        fs::remove_file(&temporary).ok();
    }
    copied
}

/// A new file for what is being written: nobody else's, and nowhere else, whoever may put links into the folder. One that is given up and begins
/// again may still be written by the thread of the first try.
fn begin(folder: &Path, job: &Job) -> io::Result<(PathBuf, File)> {
    for n in 0..TRIES {
        let path = folder.join(format!("{UNFINISHED}{}-{n}.part", job.id));
        match OpenOptions::new().write(true).create_new(true).mode(0o640).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Gives a file its name, which is nobody else's.
fn settle(folder: &Path, temporary: &Path, stem: &str, suffix: &str) -> io::Result<()> {
    let stem = stem.strip_suffix(&format!(".{suffix}")).unwrap_or(stem);
    for n in 0..TRIES {
        let name = if n == 0 { format!("{stem}.{suffix}") } else { format!("{stem}-{n}.{suffix}") };
        let path = folder.join(name);
        match renameat_with(CWD, temporary, CWD, &path, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::EXIST) => {}
            // A file system that cannot do it in one step.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if !path.exists() => {
                return fs::rename(temporary, path);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// Removes what a run that was ended left.
pub(crate) fn tidy(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let unfinished = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(UNFINISHED) && name.ends_with(".part"))
    };
    for path in entries.flatten().map(|entry| entry.path()).filter(unfinished) {
        fs::remove_file(path).ok();
    }
}

/// The time, the job, the user and the document: nothing of it leads anywhere.
fn name_of(job: &Job) -> String {
    let user = sanitised(&job.owner.to_string_lossy(), 40);
    let document = sanitised(&job.document.to_string_lossy(), 120);
    format!("{}-{}-{user}-{document}", stamp(job.submitted), job.id)
}

fn sanitised(text: &str, most: usize) -> String {
    let mut name = String::new();
    for c in text.chars() {
        let c = if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' };
        if name.len() + c.len_utf8() > most {
            break;
        }
        name.push(c);
    }
    let name = name.trim_matches(['.', '_']);
    if name.is_empty() { "unnamed".to_owned() } else { name.to_owned() }
}

/// `20260131T235959`, in UTC.
fn stamp(time: FileTime) -> String {
    let seconds = time.to_unix().0.max(0).unsigned_abs();
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Years from 1 March 0000, so that leap days come last (days of 1970-01-01: 719 468).
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}", rest / 3_600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_server::JobId;
    use std::time::Duration;

    #[test]
    fn names_lead_nowhere() {
        for (text, name) in [
            ("../../etc/passwd", "etc_passwd"),
            ("a;rm -rf $HOME`x`|y", "a_rm_-rf__HOME_x__y"),
            ("", "unnamed"),
            ("..", "unnamed"),
            ("\u{0}\n", "unnamed"),
            ("Größe 1.pdf", "Größe_1.pdf"),
        ] {
            assert_eq!(sanitised(text, 120), name);
        }
        assert_eq!(sanitised(&"ü".repeat(99), 9).len(), 8);
    }

    #[test]
    fn nothing_is_written_through_what_others_put_into_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let (folder, others) = (place.path().join("prints"), place.path().join("others"));
        fs::create_dir(&folder).unwrap();
        fs::write(&others, "kept").unwrap();
        fs::write(place.path().join("data"), "printed").unwrap();
        let job = Job { id: JobId(7), ..job() };
        std::os::unix::fs::symlink(&others, folder.join(format!("{UNFINISHED}7-0.part"))).unwrap();
        std::os::unix::fs::symlink(&others, folder.join(format!("{UNFINISHED}7.part"))).unwrap();
        let data = || File::open(place.path().join("data")).unwrap();
        put(&folder, &job, data(), &AtomicBool::new(false)).unwrap();
        assert_eq!(fs::read(&others).unwrap(), b"kept");
        // What was given up before it had its name gets none, and takes away nothing of who began after it.
        let later = begin(&folder, &job).unwrap().0;
        assert!(put(&folder, &job, data(), &AtomicBool::new(true)).is_err());
        assert!(later.exists());
        tidy(&folder);
        let names: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["19700101T000000-7-unnamed-unnamed.txt"]);
    }

    fn job() -> Job {
        Job {
            id: JobId(1),
            printer: "laser".into(),
            document: "".into(),
            comment: "".into(),
            datatype: "RAW".into(),
            owner: "".into(),
            owner_domain: "".into(),
            owner_sid: lanward_nt::Sid::everyone(),
            client: "".into(),
            address: None,
            submitted: FileTime::from_unix_duration(Duration::ZERO),
            bytes: 7,
            pages: 0,
            bytes_printed: 0,
            pages_printed: 0,
            priority: 1,
            position: 1,
            status: lanward_server::JobStatus::default(),
            status_text: String::new(),
            finished: None,
        }
    }

    #[test]
    fn times_are_in_their_order() {
        let at = |seconds| stamp(FileTime::from_unix_duration(Duration::from_secs(seconds)));
        assert_eq!((at(0), at(951_782_400)), ("19700101T000000".into(), "20000229T000000".into()));
        assert_eq!(at(1_798_761_599), "20261231T235959");
    }
}

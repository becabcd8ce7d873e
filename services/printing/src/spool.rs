//! Jobs as files in a folder: `ID.data` with their bytes, and beside it, once they are whole, `ID.job` with what they are.

use crate::kept::{KeptJob, KeptState};
use lanward_nt::NtStatus;
use lanward_server::{Job, JobId, KeptPrinter, Spool, SpoolFile};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

const PRINTERS: &str = "printers.json";

/// A spool in a folder, which is nobody else's.
#[derive(Debug)]
pub struct DirectorySpool {
    root: PathBuf,
    /// Printers as they are written down; one after another.
    printers: Mutex<Vec<KeptState>>,
}

/// The bytes of one job.
#[derive(Debug)]
struct DataFile(File);

impl DirectorySpool {
    /// Opens the spool at `root`, which is made if it is not there. Answers what an earlier run left: whole jobs, oldest first, and what is remembered
    /// of printers. What was never finished is removed.
    ///
    /// # Errors
    /// The folder cannot be made or read.
    pub fn open(root: PathBuf) -> io::Result<(Self, Vec<Job>, Vec<KeptPrinter>)> {
        if !root.exists() {
            DirBuilder::new().mode(0o700).recursive(true).create(&root)?;
        }
        let jobs = recover(&root)?;
        let printers = match fs::read(root.join(PRINTERS)) {
            Ok(bytes) => serde_json::from_slice::<Vec<KeptState>>(&bytes)?,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let known = printers.iter().cloned().map(KeptState::printer).collect();
        Ok((Self { root, printers: Mutex::new(printers) }, jobs, known))
    }

    /// The bytes of a job, from their beginning.
    ///
    /// # Errors
    /// They are not there.
    pub fn read(&self, job: JobId) -> io::Result<File> {
        File::open(data_of(&self.root, job))
    }

    /// Puts a file there whole, or leaves the one that was there.
    fn replace(&self, path: &Path, contents: &[u8]) -> Result<(), NtStatus> {
        let temporary = path.with_extension("new");
        let written = (|| {
            let mut file = private().truncate(true).open(&temporary)?;
            file.write_all(contents)?;
            file.sync_all()?;
            fs::rename(&temporary, path)?;
            File::open(&self.root)?.sync_all()
        })();
        written.map_err(|error| {
            fs::remove_file(&temporary).ok();
            status_of(&error)
        })
    }
}

impl Spool for DirectorySpool {
    fn create(&self, job: JobId) -> Result<Arc<dyn SpoolFile>, NtStatus> {
        let file =
            private().truncate(true).open(data_of(&self.root, job)).map_err(|error| status_of(&error))?;
        Ok(Arc::new(DataFile(file)))
    }

    fn keep(&self, job: &Job) -> Result<(), NtStatus> {
        let text = serde_json::to_vec(&KeptJob::of(job)).map_err(|_| NtStatus::INTERNAL_ERROR)?;
        self.replace(&record_of(&self.root, job.id), &text)
    }

    fn keep_printer(&self, printer: &KeptPrinter) -> Result<(), NtStatus> {
        let mut printers = self.printers.lock().unwrap_or_else(PoisonError::into_inner);
        let state = KeptState::of(printer);
        printers.retain(|other| other.name != state.name);
        printers.push(state);
        let text = serde_json::to_vec_pretty(&*printers).map_err(|_| NtStatus::INTERNAL_ERROR)?;
        self.replace(&self.root.join(PRINTERS), &text)
    }

    fn remove(&self, job: JobId) {
        // The record first: without it the bytes are an unfinished job.
        for path in [record_of(&self.root, job), data_of(&self.root, job)] {
            if let Err(error) = fs::remove_file(&path)
                && error.kind() != ErrorKind::NotFound
            {
                tracing::warn!(%error, path = %path.display(), "Part of a print job stays behind");
            }
        }
    }
}

impl SpoolFile for DataFile {
    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<(), NtStatus> {
        self.0.write_all_at(bytes, offset).map_err(|error| status_of(&error))
    }

    fn finish(&self) -> Result<(), NtStatus> {
        self.0.sync_all().map_err(|error| status_of(&error))
    }
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).mode(0o600);
    options
}

fn data_of(root: &Path, job: JobId) -> PathBuf {
    root.join(format!("{job}.data"))
}

fn record_of(root: &Path, job: JobId) -> PathBuf {
    root.join(format!("{job}.job"))
}

fn status_of(error: &io::Error) -> NtStatus {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => NtStatus::DISK_FULL,
        ErrorKind::NotFound => NtStatus::FILE_CLOSED,
        _ => {
            tracing::warn!(%error, "the print spool");
            NtStatus::UNEXPECTED_IO_ERROR
        }
    }
}

/// The whole jobs; the rest goes.
fn recover(root: &Path) -> io::Result<Vec<Job>> {
    let mut jobs = Vec::new();
    let mut names = Vec::new();
    for entry in fs::read_dir(root)? {
        names.push(entry?.file_name());
    }
    for name in names {
        let path = root.join(&name);
        let Some((id, kind)) = name.to_str().and_then(|name| name.split_once('.')) else { continue };
        let Some(id) = id.parse().ok().map(JobId) else { continue };
        match kind {
            "job" => match whole_job(root, id)? {
                Some(job) => jobs.push(job),
                None => discard(&path, "a print job that cannot be read was removed"),
            },
            "data" if whole_job(root, id)?.is_some() => {}
            "data" => discard(&path, "a print job that was never whole was removed"),
            "new" => discard(&path, "part of a print job was removed"),
            // Whose it is nobody knows here.
            _ => {}
        }
    }
    jobs.sort_by_key(|job| (job.submitted, job.id));
    Ok(jobs)
}

/// A job that is written down, of which all bytes are there.
///
/// # Errors
/// What is there cannot be read now: that is no reason to remove it.
fn whole_job(root: &Path, id: JobId) -> io::Result<Option<Job>> {
    let record = there(fs::read(record_of(root, id)))?;
    let data = there(fs::metadata(data_of(root, id)))?;
    let (Some(record), Some(data)) = (record, data) else { return Ok(None) };
    let Ok(kept) = serde_json::from_slice::<KeptJob>(&record) else { return Ok(None) };
    let whole = kept.bytes == data.len();
    Ok(Some(kept.job()).filter(|job| whole && job.id == id))
}

fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}

fn discard(path: &Path, what: &str) {
    tracing::warn!(path = %path.display(), "{what}");
    fs::remove_file(path).ok();
}

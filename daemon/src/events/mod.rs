//! The account of what happens: the core's events as JSON lines, to a file, to the journal or to both, by a thread of its own.

mod journal;
mod line;

use crate::config::EventsSection;
use anyhow::{Context as _, Result};
use journal::Journal;
use lanward_server::{Record, Server};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// How long something left out may stay unmentioned.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where lines go.
#[derive(Debug, Default)]
pub(crate) struct Sinks {
    file: Option<File>,
    journal: Option<Journal>,
}

impl Sinks {
    /// Opens what a configuration names; a file is appended to, and made for its owner and group alone.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(crate) fn open(section: &EventsSection) -> Result<Self> {
        let file = section.file.as_deref().map(append_to).transpose()?;
        let journal = section.journal.then(|| Journal::open(Path::new(journal::SOCKET)));
        let journal = journal.transpose().context("the journal cannot be reached")?;
        Ok(Self { file, journal })
    }

    const fn is_empty(&self) -> bool {
        self.file.is_none() && self.journal.is_none()
    }

    /// Writes records down, each in one piece; what one of them does not take is in the other all the same.
    ///
    /// # Errors
    /// The system's, and how many of the first records are everywhere.
    fn write(&mut self, records: &[Record]) -> Result<(), (io::Error, usize)> {
        let mut text = String::new();
        let mut sent = Ok(());
        for (number, record) in records.iter().enumerate() {
            let line = line::of(record);
            // A journal that has failed fails for every line, and may take its time each time.
            if let (Some(journal), true) = (&mut self.journal, sent.is_ok()) {
                sent = journal.send(line::kind(record), &line).map_err(|error| (error, number));
            }
            text.push_str(&line);
            text.push('\n');
        }
        let written = self.file.as_mut().map_or(Ok(()), |file| file.write_all(text.as_bytes()));
        written.map_err(|error| (error, 0)).and(sent)
    }
}

fn append_to(path: &Path) -> Result<File> {
    let opened = OpenOptions::new().append(true).create(true).mode(0o640).open(path);
    opened.with_context(|| format!("the events cannot be written to {}", path.display()))
}

/// The thread that writes. Dropping this writes down what is left and ends it.
#[derive(Debug)]
pub(crate) struct EventLog {
    server: Arc<Server>,
    sinks: Arc<Mutex<Sinks>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl EventLog {
    /// Begins to write what happens on a server.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn start(server: Arc<Server>, sinks: Sinks) -> io::Result<Self> {
        server.attend_events(!sinks.is_empty());
        let (sinks, ended) = (Arc::new(Mutex::new(sinks)), Arc::<AtomicBool>::default());
        let (to, until, of) = (Arc::clone(&sinks), Arc::clone(&ended), Arc::clone(&server));
        let thread = std::thread::Builder::new().name("events".to_owned()).spawn(move || {
            let mut failing = false;
            loop {
                let last = until.load(Ordering::Acquire);
                // What is left at the end is there already.
                let records = of.take_events(if last { Duration::ZERO } else { PATIENCE });
                let written = to.lock().unwrap_or_else(PoisonError::into_inner).write(&records);
                if let Err((_, kept)) = &written {
                    of.lose_events(records.get(*kept..).unwrap_or_default());
                }
                match &written {
                    Err((error, _)) if !failing => tracing::error!(%error, "events are not written down"),
                    Ok(()) if failing => tracing::info!("events are written down again"),
                    Ok(()) | Err(_) => {}
                }
                failing = written.is_err();
                if last {
                    return;
                }
            }
        })?;
        Ok(Self { server, sinks, ended, thread: Some(thread) })
    }

    /// Writes to these from now on: to a new file of the same name, for one, when the old one was rotated away.
    pub(crate) fn replace(&self, sinks: Sinks) {
        let attended = !sinks.is_empty();
        *self.sinks.lock().unwrap_or_else(PoisonError::into_inner) = sinks;
        self.server.attend_events(attended);
    }
}

impl Drop for EventLog {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
        self.server.attend_events(false);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed already.
            thread.join().ok();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_nt::FileTime;
    use lanward_server::Entry;
    use std::os::unix::net::UnixDatagram;

    #[test]
    fn a_journal_that_is_gone_or_stuck_takes_nothing_from_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let (socket, file) = (dir.path().join("socket"), dir.path().join("events"));
        let listener = UnixDatagram::bind(&socket).unwrap();
        let journal = Some(Journal::open(&socket).unwrap());
        let mut sinks = Sinks { file: Some(append_to(&file).unwrap()), journal };
        let records = vec![Record { time: FileTime(0), entry: Entry::Lost(1) }; 2_000];
        // Nobody reads: it takes as many as the system keeps, and no more.
        let (_, kept) = sinks.write(&records).unwrap_err();
        assert!((1..2_000).contains(&kept), "{kept}");
        drop(listener);
        assert_eq!(sinks.write(&records).unwrap_err().1, 0);
        assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 4_000);
    }
}

//! The opens on disk: those of shares that are continuous, which outlive the server.

use anyhow::{Context as _, Result};
use lanward_server::{Keep, KeepRequest, KeptOpen, OpenId, Server};
use lanward_wire::{Decode as _, Encode as _, Reader, Writer};
use redb::{Builder, Database, ReadableDatabase as _, ReadableTable as _, TableDefinition, TableError};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use tokio::sync::mpsc::Receiver;

/// An open's id to its record, in the layout of [`KeptOpen`].
const OPENS: TableDefinition<'static, u64, &[u8]> = TableDefinition::new("opens");

/// Bytes of the file kept in memory.
const CACHE: usize = 4 << 20;

/// Changes written with one commit: whoever comes while the disk is busy goes with the next one, all together.
const GROUP: usize = 512;

/// The file of opens.
#[derive(Debug)]
pub(crate) struct OpenBook {
    database: Database,
}

impl OpenBook {
    /// Opens the file in the state directory, which is there; makes it if it is missing, for this user's eyes only.
    ///
    /// # Errors
    /// Whatever keeps the file from being read and written.
    pub(crate) fn open(state_dir: &Path) -> Result<Self> {
        let path = state_dir.join("opens.redb");
        let named = || path.display().to_string();
        let mode =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        drop(mode.with_context(named)?);
        let database = Builder::new().set_cache_size(CACHE).create(&path).with_context(named)?;
        Ok(Self { database })
    }

    /// The opens an earlier run of the server left. A record nobody can read is passed over.
    ///
    /// # Errors
    /// The file's.
    pub(crate) fn all(&self) -> Result<Vec<(OpenId, Option<KeptOpen>)>> {
        let read = self.database.begin_read()?;
        let table = match read.open_table(OPENS) {
            Ok(table) => table,
            Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        let mut opens = Vec::new();
        for entry in table.iter()? {
            let (id, record) = entry?;
            let kept = KeptOpen::decode(&mut Reader::new(record.value())).ok();
            opens.push((OpenId(id.value()), kept));
        }
        Ok(opens)
    }

    /// Forgets opens that could not be restored.
    ///
    /// # Errors
    /// The file's.
    pub(crate) fn forget(&self, opens: &[OpenId]) -> Result<()> {
        self.write(opens.iter().map(|id| Keep::Remove(*id)).collect::<Vec<_>>().iter())
    }

    /// Writes down what the server asks to, on a thread of its own, until the server is gone.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(crate) fn serve(self, mut requests: Receiver<KeepRequest>) -> std::io::Result<JoinHandle<()>> {
        std::thread::Builder::new().name("opens".to_owned()).spawn(move || {
            let mut group = Vec::new();
            while requests.blocking_recv_many(&mut group, GROUP) > 0 {
                if let Err(error) = self.write(group.iter().map(|request| &request.change)) {
                    tracing::error!(%error, "cannot write down what is open");
                    // Dropping a request says that it was not done.
                    group.clear();
                }
                for request in group.drain(..) {
                    // Who does not wait any more has been disconnected.
                    let _ = request.done.send(());
                }
            }
        })
    }

    /// One commit, which is on disk when this returns.
    fn write<'a>(&self, changes: impl Iterator<Item = &'a Keep>) -> Result<()> {
        let write = self.database.begin_write()?;
        {
            let mut table = write.open_table(OPENS)?;
            let mut record = Vec::new();
            for change in changes {
                match change {
                    Keep::Put(kept) => {
                        record.clear();
                        kept.encode(&mut Writer::new(&mut record));
                        table.insert(kept.id.0, record.as_slice())?;
                    }
                    Keep::Remove(id) => drop(table.remove(id.0)?),
                }
            }
        }
        Ok(write.commit()?)
    }
}

/// Brings back what an earlier run of the server had open, and writes down what is opened from now on. What changed meanwhile is given up.
///
/// # Errors
/// The file's or the system's.
pub(crate) async fn restore(server: &Arc<Server>, book: OpenBook) -> Result<()> {
    let kept = book.all()?;
    let total = kept.len();
    let ids: Vec<OpenId> = kept.iter().map(|(id, _)| *id).collect();
    let mut gone = Vec::new();
    for (id, kept) in kept {
        let Some(kept) = kept else {
            tracing::warn!(open = id.0, "what is written down of an open cannot be read");
            gone.push(id);
            continue;
        };
        let (share, path) = (kept.share.clone(), kept.file.path.clone());
        if let Err(status) = server.restore(kept).await {
            tracing::warn!(%status, share = %share, path = %path.as_string(), "an open is given up: it cannot be restored");
            gone.push(id);
        }
    }
    // Where more were kept than may wait now, some have been given up for others.
    gone.extend(ids.into_iter().filter(|id| server.open(*id).is_none()));
    gone.sort_unstable();
    gone.dedup();
    if total > 0 {
        tracing::info!(restored = total - gone.len(), given_up = gone.len(), "opens of an earlier run");
    }
    book.forget(&gone)?;
    if let Some(requests) = server.keep_requests() {
        book.serve(requests)?;
    }
    Ok(())
}

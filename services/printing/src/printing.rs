use crate::destination::Destination;
use crate::spool::DirectorySpool;
use crate::worker::Worker;
use lanward_nt::{FileTime, NtStatus, NtString};
use lanward_server::{PrinterDefinition, Server};
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// How often jobs are looked for that were printed long enough ago to be forgotten.
const TIDY: Duration = Duration::from_secs(5);

/// The printers of a server, each with its worker. They print until this is dropped; what is being printed then begins again next time.
#[derive(Debug)]
pub struct Printing {
    server: Arc<Server>,
    spool: Arc<DirectorySpool>,
    workers: Mutex<BTreeMap<NtString, Running>>,
    tidying: JoinHandle<()>,
}

#[derive(Debug)]
struct Running {
    definition: PrinterDefinition,
    destination: watch::Sender<Destination>,
    worker: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.worker.abort();
    }
}

impl Drop for Printing {
    fn drop(&mut self) {
        self.tidying.abort();
    }
}

impl Printing {
    /// Opens the spool at `root` and enters what an earlier run left. There are no printers yet. Within a runtime.
    ///
    /// # Errors
    /// The spool cannot be opened, or the server has one.
    pub fn start(server: &Arc<Server>, root: PathBuf) -> io::Result<Self> {
        let (spool, jobs, printers) = DirectorySpool::open(root)?;
        let spool = Arc::new(spool);
        server
            .attach_spool(Arc::clone(&spool) as _)
            .map_err(|status| io::Error::other(format!("a second spool: {status}")))?;
        server.restore_printing(jobs, printers);
        let tidying = tokio::spawn(forget(Arc::clone(server)));
        Ok(Self { server: Arc::clone(server), spool, workers: Mutex::default(), tidying })
    }

    /// Makes the server's printers these. What did not change is left alone; jobs of a printer that goes wait until it comes back.
    ///
    /// # Errors
    /// As for [`Server::replace_printer`].
    pub fn apply(&self, printers: Vec<(PrinterDefinition, Destination)>) -> Result<(), NtStatus> {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        let keys: Vec<_> = printers.iter().map(|(definition, _)| definition.name.to_uppercase()).collect();
        workers.retain(|key, running| {
            let stays = keys.contains(key);
            if !stays {
                running.worker.abort();
                self.server.remove_printer(&running.definition.name);
            }
            stays
        });
        for (key, (definition, destination)) in keys.into_iter().zip(printers) {
            match workers.get_mut(&key) {
                Some(running) => {
                    if running.definition != definition {
                        self.server.replace_printer(definition.clone())?;
                        running.definition = definition;
                    }
                    running.destination.send_if_modified(|known| {
                        let differs = *known != destination;
                        *known = destination;
                        differs
                    });
                }
                None => {
                    self.server.replace_printer(definition.clone())?;
                    workers.insert(key, self.run(definition, destination));
                }
            }
        }
        Ok(())
    }

    /// Where a printer is, by its name.
    #[must_use]
    pub fn destination(&self, printer: &NtString) -> Option<Destination> {
        let workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers.get(&printer.to_uppercase()).map(|running| running.destination.borrow().clone())
    }

    fn run(&self, definition: PrinterDefinition, destination: Destination) -> Running {
        let (destination, told) = watch::channel(destination);
        let worker = Worker {
            server: Arc::clone(&self.server),
            spool: Arc::clone(&self.spool),
            printer: definition.name.clone(),
            destination: told,
        };
        Running { definition, destination, worker: tokio::spawn(worker.run()) }
    }
}

async fn forget(server: Arc<Server>) {
    loop {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        server.forget_printed_jobs(FileTime::from_unix_duration(since));
        tokio::time::sleep(TIDY).await;
    }
}

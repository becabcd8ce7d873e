//! One printer's jobs, one after another.

use crate::destination::Destination;
use crate::spool::DirectorySpool;
use crate::submission::Remote;
use crate::{Trouble, directory, ipp, socket};
use lanward_nt::NtString;
use lanward_server::{Claim, Job, Server};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Between two tries: the first, and the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What a worker is about.
pub(crate) struct Worker {
    pub(crate) server: Arc<Server>,
    pub(crate) spool: Arc<DirectorySpool>,
    pub(crate) printer: NtString,
    /// As the configuration says at the moment.
    pub(crate) destination: watch::Receiver<Destination>,
}

impl Worker {
    /// Prints until the printer is gone.
    pub(crate) async fn run(mut self) {
        let first = self.destination.borrow().clone();
        if let Destination::Directory(folder) = first {
            tokio::task::spawn_blocking(move || directory::tidy(&folder)).await.ok();
        }
        while let Some(claim) = self.server.next_print_job(&self.printer).await {
            self.print(claim).await;
        }
    }

    /// Tries until it is done, or the job is taken away.
    async fn print(&mut self, claim: Claim) {
        let (mut pause, mut remote) = (FIRST_PAUSE, Remote::Nothing);
        loop {
            let destination = self.destination.borrow_and_update().clone();
            let outcome = tokio::select! {
                biased;
                () = claim.revoked() => {
                    return give_up(&destination, claim.job(), remote).await;
                }
                outcome = self.attempt(&destination, &claim, &mut remote) => outcome,
            };
            let why = match outcome {
                Ok(None) => {
                    tracing::info!(printer = %self.printer, job = claim.job().id.0, "Printed a job");
                    return claim.printed().await;
                }
                Ok(Some(doubt)) => {
                    tracing::warn!(printer = %self.printer, job = claim.job().id.0, doubt, "Printed a job, perhaps");
                    return claim.printed_perhaps(&doubt).await;
                }
                Err(Trouble::Never(why)) => {
                    tracing::warn!(printer = %self.printer, job = claim.job().id.0, why, "A job cannot be printed");
                    return claim.failed(&why).await;
                }
                Err(Trouble::Later(why)) => why,
            };
            if pause == FIRST_PAUSE {
                tracing::warn!(printer = %self.printer, job = claim.job().id.0, why, "A printer does not take a job; it is tried again");
            }
            claim.trouble(Some(&why));
            tokio::select! {
                () = claim.revoked() => return give_up(&destination, claim.job(), remote).await,
                // It may be elsewhere now.
                Ok(()) = self.destination.changed() => {
                    // What the printer that was there has of it is not to come out besides.
                    give_up(&destination, claim.job(), std::mem::take(&mut remote)).await;
                    pause = FIRST_PAUSE;
                }
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
            }
        }
    }

    /// Answers what is not known of a job that is done.
    async fn attempt(
        &self,
        destination: &Destination,
        claim: &Claim,
        remote: &mut Remote,
    ) -> Result<Option<String>, Trouble> {
        let (spool, id) = (Arc::clone(&self.spool), claim.job().id);
        let data = match tokio::task::spawn_blocking(move || spool.read(id)).await {
            Ok(Ok(data)) => data,
            Ok(Err(error)) => return Err(Trouble::Never(format!("the spool has lost it: {error}"))),
            Err(error) => return Err(Trouble::later("the spool", error)),
        };
        match destination {
            Destination::Directory(folder) => {
                directory::print(folder, claim.job(), data).await.map(|()| None)
            }
            Destination::Socket(address) => socket::print(address, claim, data).await,
            Destination::Ipp(printer) => ipp::print(printer, claim, data, remote).await.map(|()| None),
        }
    }
}

async fn give_up(destination: &Destination, job: &Job, remote: Remote) {
    if let Destination::Ipp(printer) = destination {
        remote.cancel(printer, job).await;
    }
}

//! Prints: keeps what clients sent in a spool on disk, and brings it to where each printer is, which is a folder, a printer that takes bytes on a
//! port, or one that speaks IPP (RFC 8010, RFC 8011). No program is ever started for it.
//!
//! The queue itself is [`lanward_server`]'s; here is one worker for each printer, which takes the jobs in turn.

mod answer;
mod destination;
mod directory;
mod document;
mod http;
mod ipp;
mod kept;
mod printing;
mod socket;
mod spool;
mod submission;
#[cfg(test)]
mod tests;
mod worker;

pub use destination::{Address, Destination};
pub use document::Format;
pub use printing::Printing;
pub use spool::DirectorySpool;

/// Why a job is not printed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Trouble {
    /// It may go later: the printer is not there, or busy.
    Later(String),
    /// It never will: the printer has looked at it and will not have it.
    Never(String),
}

impl Trouble {
    fn later(what: &str, error: impl std::fmt::Display) -> Self {
        Self::Later(format!("{what}: {error}"))
    }
}

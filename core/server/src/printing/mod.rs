//! Printers and their jobs ([MS-RPRN] 3.1.1: the lists of print queues and jobs). Whoever prints, by whatever protocol, and whoever looks at
//! queues or manages them comes here, with a [`Requester`]; rights and limits are kept here and nowhere else. What is printed lies in a
//! [`Spool`]; who prints it takes a [`Claim`].

mod claim;
mod control;
mod job;
mod memory_spool;
mod printer;
mod queues;
mod requester;
mod rights;
mod spool;
mod submit;
#[cfg(test)]
mod tests;
mod told;
mod views;
mod writer;

pub use claim::Claim;
pub use control::{JobControl, PrinterControl};
pub use job::{Document, Job, JobChange, JobId, JobStatus};
pub use memory_spool::MemorySpool;
pub use printer::{Printer, PrinterChange, PrinterDefinition, PrinterState};
pub use requester::Requester;
pub use rights::PrintAccess;
pub use spool::{KeptPrinter, Spool, SpoolFile};
pub use views::PrintTotals;
pub use writer::JobWriter;

pub(crate) use queues::Queues;

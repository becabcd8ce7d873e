//! SMB 1: from PC NETWORK PROGRAM 1.0 to NT LM 0.12 ([MS-CIFS], [MS-SMB]): messages, chains of them, and their signatures.
//!
//! Values and pure functions only: no clock, no I/O, no randomness of its own, no panic on input.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

mod attributes;
mod body;
mod dialect;
mod dos_error;
mod header;
mod lanes;
mod mailslot;
mod message;
pub mod messages;
pub mod oracle;
pub mod rap;
pub mod serial;
mod side_by_side;
mod signing;
pub mod subcommands;
mod text;
mod time;
mod transactions;

pub use attributes::{AccessMode, ExtFileAttributes, PipeStatus, ResourceType, SmbFileAttributes};
pub use body::{Body, Chain, MessageWriter};
pub use dialect::Dialect;
pub use dos_error::DosError;
pub use header::{Command, Flags, Flags2, Header};
pub use mailslot::MailslotWrite;
pub use message::Message;
pub use side_by_side::WideMd5;
pub use signing::{Mac, SequenceNumber, SigningKey};
pub use text::Text;
pub use time::{DosTime, UTime};
pub use transactions::{AssemblyError, Transaction, Transactions};

//! Remote procedure calls as [MS-RPCE] and [C706] have them, connection-oriented, with NDR (version 2.0) and NDR64 arguments: the PDUs, both ends of
//! an association, and the argument types of the interfaces.
//!
//! Pure: bytes in, values out. A count in a stream never sizes an allocation, and nothing here recurses.

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

#[cfg(test)]
mod account_tests;
mod association;
mod client;
pub mod epmapper;
mod fault;
#[cfg(test)]
mod hex;
mod information;
pub mod lsarpc;
pub mod mgmt;
mod ndr;
pub mod ntsvcs;
pub mod oracle;
mod oracle_services;
pub mod pdu;
pub mod samr;
pub mod spoolss;
pub mod srvsvc;
mod status;
mod stream;
pub mod svcctl;
mod syntax;
pub mod winreg;
pub mod wkssvc;

pub use association::{Association, Authentication, Call, Environment, Event, Refused};
pub use client::{ClientAssociation, ClientError};
pub use fault::Fault;
pub use information::{Entry, EnumResponse, Members, entry_length};
pub use ndr::{
    Alignment, Arguments, ContextHandle, Ndr, NdrReader, NdrWriter, TransferSyntax, UnicodeStringHeader,
};
pub use ndr::{
    ByteString, Counted, Enumeration, Halves, NarrowString, Operation, Results, Text, UlongPtr, Value,
    Varying, WideString,
};
pub use status::StatusResponse;
pub use stream::PduStream;
pub use syntax::SyntaxId;

//! The vocabulary every Windows protocol shares: status codes, times, identifiers, names, access rights, security
//! descriptors and the [MS-FSCC] information classes.
//!
//! Values and pure functions only: no clock, no I/O, no panic on input.

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

mod access;
mod attributes;
mod create;
pub mod dfsc;
pub mod fscc;
mod gmt_token;
mod guid;
mod name;
mod posix_name;
mod posix_sid;
pub mod security;
mod short_name;
mod sid;
mod status;
mod time;

pub use access::AccessMask;
pub use attributes::FileAttributes;
pub use create::{CreateAction, CreateDisposition, CreateOptions, ShareAccess};
pub use gmt_token::{CivilTime, GmtToken};
pub use guid::Guid;
pub use name::{NtPath, NtString, upcase};
pub use posix_sid::PosixSid;
pub use short_name::ShortName;
pub use sid::Sid;
pub use status::NtStatus;
pub use time::FileTime;

//! The SMB 2 and 3 protocols, dialects 2.0.2 to 3.1.1 ([MS-SMB2]): messages, their protection and the mechanics of a
//! connection.
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

mod dialect;
mod field;
mod header;
mod ids;
pub mod messages;
mod text;
mod value;

pub use dialect::Dialect;
pub use header::{Command, Header, HeaderFlags};
pub use ids::{AsyncId, FileId, MessageId, SessionId, TreeId};
pub use text::Utf16;

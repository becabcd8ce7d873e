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

pub mod compound;
pub mod compression;
mod dialect;
mod field;
mod header;
#[cfg(test)]
mod hex;
mod ids;
mod kdf;
pub mod messages;
mod multi_protocol;
pub mod oracle;
mod preauth;
mod sealing;
mod sequence;
mod signing;
mod text;

pub use compression::{
    CompressedPayload, CompressedPayloads, Compression, CompressionTransform, DecompressError, PatternPayload,
};
pub use dialect::Dialect;
pub use header::{Command, Header, HeaderFlags};
pub use ids::{AsyncId, FileId, MessageId, SessionId, TreeId};
pub use kdf::{CipherKey, KeySchedule, SessionKeys, Side, signing_key};
pub use multi_protocol::MultiProtocolNegotiate;
pub use preauth::PreauthHash;
pub use sealing::{
    Cipher, NonceSequence, NoncesExhausted, OpenError, SealFailed, Sealer, SealingNonce, TransformHeader,
};
pub use sequence::{SequenceError, SequenceWindow, charge_covers, credit_charge};
pub use signing::{SigningAlgorithm, SigningFailed, SigningKey};
pub use text::Utf16;

//! Bytes and values: the cursor, the encoder and the error every codec of the workspace uses.
//!
//! This crate knows no protocol. It is deterministic, does no I/O and never panics on input.

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

mod code_page;
mod error;
mod reader;
mod reply_budget;
mod utf16;
mod value;
mod writer;

#[doc(hidden)]
pub use bitflags;
pub use code_page::CodePage;
pub use error::{DecodeError, DecodeErrorKind};
pub use reader::Reader;
pub use reply_budget::{BudgetedWriter, BufferFull, ReplyBudget};
pub use utf16::{utf16le_bytes, utf16le_units};
pub use writer::Writer;

/// A value that can be read from bytes.
pub trait Decode<'a>: Sized {
    /// Reads one value and leaves the reader behind it.
    ///
    /// # Errors
    /// [`DecodeError`] names the field at which the bytes stop making sense.
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError>;
}

/// A value that can be written as bytes.
pub trait Encode {
    /// Appends the value.
    fn encode(&self, w: &mut Writer<'_>);

    /// The value's bytes in a vector of their own.
    fn to_bytes(&self) -> Vec<u8> {
        let mut buf = Vec::new();
        self.encode(&mut Writer::new(&mut buf));
        buf
    }
}

use core::fmt;

/// Why bytes could not be read as a value. Small, `Copy`, and built without allocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodeError {
    /// What was wrong.
    pub kind: DecodeErrorKind,
    /// The specification's name of the field.
    pub field: &'static str,
}

/// The ways in which bytes can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeErrorKind {
    /// A field has a value that the specification does not allow.
    InvalidField(&'static str),
    /// The bytes end before the value does.
    NotEnoughBytes {
        /// Bytes the field needs.
        expected: usize,
        /// Bytes that are left.
        received: usize,
    },
    /// The message is of another type than the one asked for.
    UnexpectedType(u32),
}

impl DecodeError {
    /// A field with a value that is not allowed.
    #[must_use]
    pub const fn invalid(field: &'static str, reason: &'static str) -> Self {
        Self { kind: DecodeErrorKind::InvalidField(reason), field }
    }

    /// A message of another type.
    #[must_use]
    pub const fn unexpected(field: &'static str, got: u32) -> Self {
        Self { kind: DecodeErrorKind::UnexpectedType(got), field }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = self.field;
        match self.kind {
            DecodeErrorKind::InvalidField(reason) => write!(f, "{field}: {reason}"),
            DecodeErrorKind::NotEnoughBytes { expected, received } => {
                write!(f, "{field}: needs {expected} bytes, {received} left")
            }
            DecodeErrorKind::UnexpectedType(got) => write!(f, "{field}: unexpected type {got:#x}"),
        }
    }
}

impl core::error::Error for DecodeError {}

use core::fmt;
use lanward_nt::NtString;

/// A string as it stands in a message: UTF-16LE bytes without a terminator, borrowed. Nothing about it was checked.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Utf16<'a>(pub &'a [u8]);

impl Utf16<'_> {
    /// The string's own copy; a trailing odd byte is passed over.
    #[must_use]
    pub fn to_nt_string(self) -> NtString {
        NtString::from_utf16le(self.0)
    }

    /// Whether the length is a whole number of code units, as a name's must be.
    #[must_use]
    pub const fn is_whole(self) -> bool {
        self.0.len().is_multiple_of(2)
    }

    /// Whether there is no byte.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Utf16<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_nt_string(), f)
    }
}

use core::fmt;

use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// A field of `N` octets that holds text up to the first zero, or up to its end. A peer may put any octets there; shown, they are printable.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FixedText<const N: usize>([u8; N]);

impl<const N: usize> FixedText<N> {
    /// A field with this text, as far as it fits.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut octets = [0; N];
        for (octet, byte) in octets.iter_mut().zip(text.bytes()) {
            *octet = byte;
        }
        Self(octets)
    }

    /// What is in front of the first zero.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        let end = self.0.iter().position(|octet| *octet == 0).unwrap_or(N);
        self.0.get(..end).unwrap_or_default()
    }

    /// The whole field, as it was on the wire.
    #[must_use]
    pub const fn field(&self) -> &[u8; N] {
        &self.0
    }
}

impl<const N: usize> Default for FixedText<N> {
    fn default() -> Self {
        Self([0; N])
    }
}

/// Printable ASCII as it is, but `\`; all else as `\xNN`. Never longer than four times the field.
impl<const N: usize> fmt::Display for FixedText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for octet in self.octets() {
            match octet {
                b' '..=b'~' if *octet != b'\\' => write!(f, "{}", char::from(*octet))?,
                other => write!(f, "\\x{other:02x}")?,
            }
        }
        Ok(())
    }
}

impl<const N: usize> fmt::Debug for FixedText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl<'a, const N: usize> Decode<'a> for FixedText<N> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        Ok(Self(r.array("text")?))
    }
}

impl<const N: usize> Encode for FixedText<N> {
    fn encode(&self, w: &mut Writer<'_>) {
        w.bytes(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_ends_at_a_zero_or_with_its_field() {
        assert_eq!(FixedText::<4>::new("abcdef").octets(), b"abcd");
        assert_eq!(FixedText::<4>::new("ab").field(), b"ab\0\0");
        assert_eq!(FixedText::<4>([b'a', 0, b'b', 0]).to_string(), "a");
    }

    #[test]
    fn nothing_gets_into_a_log_but_print() {
        assert_eq!(FixedText::<8>::new("\x1b[2J\n%n\\").to_string(), r"\x1b[2J\x0a%n\x5c");
        assert_eq!(FixedText::<2>([0xff; 2]).to_string(), r"\xff\xff");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_bounded_print(octets: [u8; 64]) {
            let shown = FixedText(octets).to_string();
            prop_assert!(shown.len() <= 256 && shown.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
        }
    }
}

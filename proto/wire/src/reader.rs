use crate::{DecodeError, DecodeErrorKind};

/// A bounded cursor over borrowed bytes. Every access is checked; none panics.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    data: &'a [u8],
    pos: usize,
}

macro_rules! int {
    ($($(#[$doc:meta])* $name:ident, $ty:ty, $from:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// # Errors
        /// Not enough bytes are left.
        pub fn $name(&mut self, field: &'static str) -> Result<$ty, DecodeError> {
            Ok(<$ty>::$from(self.array(field)?))
        }
    )*};
}

impl<'a> Reader<'a> {
    /// A cursor at the start of `data`.
    #[must_use]
    pub const fn new(data: &'a [u8]) -> Self {
        Self { data, pos: 0 }
    }

    /// Bytes read so far.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.pos
    }

    /// Bytes left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.data.len().saturating_sub(self.pos)
    }

    /// Whether nothing is left.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.remaining() == 0
    }

    /// Everything the cursor was made over, read or not: what "offset from the header" counts in.
    #[must_use]
    pub const fn whole(&self) -> &'a [u8] {
        self.data
    }

    /// All that is left, and leaves the cursor at the end.
    pub fn rest(&mut self) -> &'a [u8] {
        let rest = self.data.get(self.pos..).unwrap_or_default();
        self.pos = self.data.len();
        rest
    }

    /// The next `n` bytes.
    ///
    /// # Errors
    /// Fewer than `n` bytes are left.
    pub fn bytes(&mut self, n: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let taken = self.pos.checked_add(n).and_then(|end| Some((self.data.get(self.pos..end)?, end)));
        let Some((bytes, end)) = taken else {
            return Err(not_enough(field, n, self.remaining()));
        };
        self.pos = end;
        Ok(bytes)
    }

    /// The next `N` bytes as an array.
    ///
    /// # Errors
    /// Fewer than `N` bytes are left.
    pub fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let left = self.remaining();
        let bytes = self.bytes(N, field)?;
        bytes.try_into().map_err(|_| not_enough(field, N, left))
    }

    /// Passes over `n` bytes.
    ///
    /// # Errors
    /// Fewer than `n` bytes are left.
    pub fn skip(&mut self, n: usize, field: &'static str) -> Result<(), DecodeError> {
        self.bytes(n, field).map(drop)
    }

    /// Passes over padding so that the position is a multiple of `align` (a power of two or not; 0 does nothing).
    ///
    /// # Errors
    /// The padding is cut off.
    pub fn align(&mut self, align: usize, field: &'static str) -> Result<(), DecodeError> {
        let over = self.pos.checked_rem(align).unwrap_or(0);
        if over == 0 {
            return Ok(());
        }
        self.skip(align.saturating_sub(over), field)
    }

    /// `len` bytes at `offset` from the start of what the cursor was made over; the cursor stays where it is.
    /// An empty slice is empty whatever its offset says: many clients send garbage offsets with length 0.
    ///
    /// # Errors
    /// The range does not lie within the data.
    pub fn slice_at(&self, offset: usize, len: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        if len == 0 {
            return Ok(&[]);
        }
        let range = offset.checked_add(len).and_then(|end| self.data.get(offset..end));
        range.ok_or_else(|| not_enough(field, len, self.data.len().saturating_sub(offset)))
    }

    int! {
        /// One byte.
        u8, u8, from_le_bytes;
        /// A little-endian 16-bit integer.
        u16, u16, from_le_bytes;
        /// A little-endian 32-bit integer.
        u32, u32, from_le_bytes;
        /// A little-endian 64-bit integer.
        u64, u64, from_le_bytes;
        /// A little-endian signed 64-bit integer.
        i64, i64, from_le_bytes;
        /// A little-endian 128-bit integer.
        u128, u128, from_le_bytes;
        /// A big-endian 16-bit integer.
        u16_be, u16, from_be_bytes;
        /// A big-endian 32-bit integer.
        u32_be, u32, from_be_bytes;
        /// A big-endian 64-bit integer.
        u64_be, u64, from_be_bytes;
    }
}

const fn not_enough(field: &'static str, expected: usize, received: usize) -> DecodeError {
    DecodeError { kind: DecodeErrorKind::NotEnoughBytes { expected, received }, field }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn integers_both_orders() {
        let mut r = Reader::new(&[1, 2, 0, 3, 0, 0, 0, 0, 1]);
        assert_eq!(r.u8("a"), Ok(1));
        assert_eq!(r.u16("b"), Ok(2));
        assert_eq!(r.u32("c"), Ok(3));
        assert_eq!(r.u16_be("d"), Ok(1));
        assert!(r.is_empty());
        assert_eq!(
            r.u8("e"),
            Err(DecodeError {
                kind: DecodeErrorKind::NotEnoughBytes { expected: 1, received: 0 },
                field: "e"
            })
        );
    }

    #[test]
    fn a_failed_read_moves_nothing() {
        let mut r = Reader::new(&[1, 2, 3]);
        assert!(r.u32("x").is_err());
        assert_eq!(r.position(), 0);
        assert!(r.bytes(usize::MAX, "x").is_err());
        assert_eq!(r.rest(), &[1, 2, 3]);
    }

    #[test]
    fn empty_slices_ignore_their_offset() {
        let r = Reader::new(&[0; 4]);
        assert_eq!(r.slice_at(9999, 0, "x"), Ok(&[][..]));
        assert!(r.slice_at(3, 2, "x").is_err());
        assert!(r.slice_at(usize::MAX, 2, "x").is_err());
    }

    proptest! {
        #[test]
        fn no_sequence_of_reads_panics(data: Vec<u8>, ops: Vec<(u8, usize)>) {
            let mut r = Reader::new(&data);
            for (op, n) in ops {
                let _ = match op % 5 {
                    0 => r.bytes(n, "n").map(drop),
                    1 => r.align(n, "n"),
                    2 => r.slice_at(n, n, "n").map(drop),
                    3 => r.u64("n").map(drop),
                    _ => r.skip(n, "n"),
                };
                prop_assert!(r.position() <= data.len());
            }
        }
    }
}

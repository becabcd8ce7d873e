/// Appends to a caller's buffer. Offsets count from where the writer started, so that a message can be
/// written behind whatever the buffer already holds (a frame header, the message before it in a compound).
#[derive(Debug)]
pub struct Writer<'b> {
    buf: &'b mut Vec<u8>,
    base: usize,
}

macro_rules! int {
    ($($(#[$doc:meta])* $name:ident, $ty:ty, $to:ident;)*) => {$(
        $(#[$doc])*
        pub fn $name(&mut self, v: $ty) {
            self.buf.extend_from_slice(&v.$to());
        }
    )*};
}

impl<'b> Writer<'b> {
    /// A writer whose position 0 is the present end of `buf`.
    pub fn new(buf: &'b mut Vec<u8>) -> Self {
        let base = buf.len();
        Self { buf, base }
    }

    /// A writer that goes on with what was begun at `base`, which is its position 0; at the present end of `buf` where that comes before.
    pub fn resume(buf: &'b mut Vec<u8>, base: usize) -> Self {
        let base = base.min(buf.len());
        Self { buf, base }
    }

    /// A writer inside this one whose position 0 is here.
    pub fn nested(&mut self) -> Writer<'_> {
        Writer::new(self.buf)
    }

    /// Bytes written since the writer was made.
    #[must_use]
    pub fn position(&self) -> usize {
        self.buf.len().saturating_sub(self.base)
    }

    /// What has been written since the writer was made.
    #[must_use]
    pub fn written(&self) -> &[u8] {
        self.buf.get(self.base..).unwrap_or_default()
    }

    /// The same, to be changed in place.
    pub fn written_mut(&mut self) -> &mut [u8] {
        self.buf.get_mut(self.base..).unwrap_or_default()
    }

    /// Forgets what was written behind `position`.
    pub fn truncate(&mut self, position: usize) {
        self.buf.truncate(self.base.saturating_add(position));
    }

    /// Raw bytes.
    pub fn bytes(&mut self, v: &[u8]) {
        self.buf.extend_from_slice(v);
    }

    /// `n` zero bytes.
    pub fn zeros(&mut self, n: usize) {
        self.buf.resize(self.buf.len().saturating_add(n), 0);
    }

    /// Zero bytes up to a multiple of `align` (0 does nothing).
    pub fn align(&mut self, align: usize) {
        let over = self.position().checked_rem(align).unwrap_or(0);
        if over != 0 {
            self.zeros(align.saturating_sub(over));
        }
    }

    /// UTF-16LE code units, no terminator.
    pub fn utf16(&mut self, units: &[u16]) {
        self.buf.reserve(units.len().saturating_mul(2));
        for u in units {
            self.u16(*u);
        }
    }

    /// Overwrites bytes written earlier; a range that was not written is left alone.
    pub fn patch(&mut self, position: usize, v: &[u8]) {
        let end = position.saturating_add(v.len());
        if let Some(place) = self.written_mut().get_mut(position..end) {
            place.copy_from_slice(v);
        }
    }

    int! {
        /// One byte.
        u8, u8, to_le_bytes;
        /// A little-endian 16-bit integer.
        u16, u16, to_le_bytes;
        /// A little-endian 32-bit integer.
        u32, u32, to_le_bytes;
        /// A little-endian 64-bit integer.
        u64, u64, to_le_bytes;
        /// A little-endian signed 64-bit integer.
        i64, i64, to_le_bytes;
        /// A little-endian 128-bit integer.
        u128, u128, to_le_bytes;
        /// A big-endian 16-bit integer.
        u16_be, u16, to_be_bytes;
        /// A big-endian 32-bit integer.
        u32_be, u32, to_be_bytes;
        /// A big-endian 64-bit integer.
        u64_be, u64, to_be_bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_from_the_base() {
        let mut buf = vec![9, 9, 9];
        let mut w = Writer::new(&mut buf);
        w.u16(0x0201);
        w.align(4);
        w.u32_be(7);
        w.patch(2, &[5]);
        w.patch(7, &[1, 2]); // does not fit: nothing changes
        assert_eq!(w.position(), 8);
        assert_eq!(w.written(), &[1, 2, 5, 0, 0, 0, 0, 7]);
        w.nested().utf16(&[0x41, 0xd800]);
        w.truncate(10);
        assert_eq!(buf, [9, 9, 9, 1, 2, 5, 0, 0, 0, 0, 7, 0x41, 0]);
        let mut w = Writer::resume(&mut buf, 11);
        assert_eq!(w.written(), [0x41, 0]);
        w.patch(1, &[1]);
        assert_eq!(buf[11..], [0x41, 1]);
        assert_eq!(Writer::resume(&mut buf, 99).position(), 0);
    }
}

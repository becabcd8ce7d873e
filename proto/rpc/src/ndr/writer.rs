use super::{Alignment, TransferSyntax};
use lanward_nt::NtString;
use lanward_wire::Writer;

/// Writes NDR values. Referent ids count up from 0x00020000 in steps of 4, so that none is used twice in a stub.
/// Once its budget is spent it writes nothing any more, and says so.
#[derive(Debug)]
pub struct NdrWriter<'b> {
    w: Writer<'b>,
    next_referent: u32,
    syntax: TransferSyntax,
    limit: usize,
    overflowed: bool,
}

const FIRST_REFERENT: u32 = 0x0002_0000;

impl<'b> NdrWriter<'b> {
    /// A writer of a stub in NDR that begins at the present end of `buf`.
    pub fn new(buf: &'b mut Vec<u8>) -> Self {
        Self::with_syntax(buf, TransferSyntax::Ndr)
    }

    /// A writer of a stub that begins at the present end of `buf`.
    pub fn with_syntax(buf: &'b mut Vec<u8>, syntax: TransferSyntax) -> Self {
        let (next_referent, limit) = (FIRST_REFERENT, usize::MAX);
        Self { w: Writer::new(buf), next_referent, syntax, limit, overflowed: false }
    }

    /// The same in NDR with another first referent id.
    pub fn starting_at(buf: &'b mut Vec<u8>, first_referent: u32) -> Self {
        Self { next_referent: first_referent, ..Self::new(buf) }
    }

    /// The same with a budget of so many bytes.
    #[must_use]
    pub const fn limited(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// How values are written.
    #[must_use]
    pub const fn syntax(&self) -> TransferSyntax {
        self.syntax
    }

    /// Bytes written.
    #[must_use]
    pub fn position(&self) -> usize {
        self.w.position()
    }

    /// Whether something did not fit the budget.
    #[must_use]
    pub const fn overflowed(&self) -> bool {
        self.overflowed
    }

    /// Forgets what was written behind `position`.
    pub fn truncate(&mut self, position: usize) {
        self.w.truncate(position);
    }

    /// Raw bytes: a fixed array of them.
    pub fn bytes(&mut self, v: &[u8]) {
        if self.fits(v.len()) {
            self.w.bytes(v);
        }
    }

    fn fits(&mut self, length: usize) -> bool {
        self.overflowed |= self.limit.saturating_sub(self.w.position()) < length;
        !self.overflowed
    }

    /// A byte.
    pub fn u8(&mut self, v: u8) {
        self.bytes(&[v]);
    }

    /// An aligned 16-bit integer.
    pub fn u16(&mut self, v: u16) {
        self.align(Alignment::Two);
        self.bytes(&v.to_le_bytes());
    }

    /// An aligned 32-bit integer.
    pub fn u32(&mut self, v: u32) {
        self.align(Alignment::Four);
        self.bytes(&v.to_le_bytes());
    }

    /// An aligned 64-bit integer (hyper).
    pub fn u64(&mut self, v: u64) {
        self.align(Alignment::Eight);
        self.bytes(&v.to_le_bytes());
    }

    /// An enumeration: 16 bits, and 32 in NDR64.
    pub fn enum16(&mut self, v: u16) {
        if self.syntax.is_wide() { self.u32(v.into()) } else { self.u16(v) }
    }

    /// A 64-bit time, size or id that NDR has as two 32-bit halves, the low one first: aligned like a 32-bit integer.
    pub fn u64_in_halves(&mut self, v: u64) {
        self.align(Alignment::Four);
        self.bytes(&v.to_le_bytes());
    }

    /// An __int3264 ([MS-RPCE] 2.2.4.1.2): 32 bits, and 64 in NDR64. What 32 bits do not hold becomes their largest value.
    pub fn u3264(&mut self, v: u64) {
        if self.syntax.is_wide() { self.u64(v) } else { self.u32(u32::try_from(v).unwrap_or(u32::MAX)) }
    }

    /// The padding in front of a structure or union.
    pub fn align(&mut self, alignment: Alignment) {
        let alignment = alignment.bytes(self.syntax);
        // Never more than 7 bytes, and what is aligned within a budget is checked with the next value.
        self.w.align(if self.overflowed { 0 } else { alignment });
    }

    /// A structure, or its fixed part: `write` writes its members; it is padded in front, and behind in NDR64.
    pub fn structure(&mut self, alignment: Alignment, write: impl FnOnce(&mut Self)) {
        self.align(alignment);
        write(self);
        if self.syntax.is_wide() {
            self.align(alignment);
        }
    }

    /// The 32-bit discriminant of a union and the padding in front of its arm; `alignment` is that of the most aligned arm.
    pub fn union_switch(&mut self, alignment: Alignment, v: u32) {
        self.discriminant(alignment, |w| w.u32(v));
    }

    /// The same with a 16-bit discriminant.
    pub fn union_switch16(&mut self, alignment: Alignment, v: u16) {
        self.discriminant(alignment, |w| w.u16(v));
    }

    /// The same with an enumeration as discriminant.
    pub fn union_switch_enum(&mut self, alignment: Alignment, v: u16) {
        self.discriminant(alignment, |w| w.enum16(v));
    }

    fn discriminant(&mut self, alignment: Alignment, write: impl FnOnce(&mut Self)) {
        if self.syntax.is_wide() {
            self.structure(alignment, write);
        } else {
            write(self);
        }
    }

    /// A unique pointer: a new referent id, or null.
    pub fn pointer(&mut self, present: bool) {
        if !present {
            self.u3264(0);
            return;
        }
        let referent = self.next_referent;
        self.next_referent = referent.wrapping_add(4);
        self.u3264(referent.into());
    }

    /// A unique pointer that is an operation's own argument, and what it points at right behind it.
    pub fn unique<T>(&mut self, v: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.pointer(v.is_some());
        if let Some(v) = v {
            write(self, v);
        }
    }

    /// A count, offset or maximum as it is.
    pub fn size(&mut self, v: u32) {
        self.u3264(v.into());
    }

    /// The maximum count of a conformant array.
    pub fn count(&mut self, count: usize) {
        self.u3264(u32::try_from(count).unwrap_or(u32::MAX).into());
    }

    /// The counts of a conformant varying array that is full.
    pub fn conformant_varying(&mut self, count: usize) {
        self.count(count);
        self.count(0);
        self.count(count);
    }

    /// 16-bit characters.
    pub fn units(&mut self, units: &[u16]) {
        if self.fits(units.len().saturating_mul(2)) {
            self.w.utf16(units);
        }
    }

    /// A conformant varying string of 16-bit characters; the terminator is added. What is behind a NUL in the string is left out.
    pub fn string(&mut self, v: &NtString) {
        let units = v.units().split(|u| *u == 0).next().unwrap_or_default();
        self.conformant_varying(units.len().saturating_add(1));
        self.units(units);
        self.u16(0);
    }

    /// A pointer to a string and the string right behind it, as it is for an operation's own arguments.
    pub fn string_pointer(&mut self, v: Option<&NtString>) {
        self.unique(v, Self::string);
    }

    /// The string a pointer that was written earlier points at.
    pub fn deferred_string(&mut self, v: Option<&NtString>) {
        if let Some(v) = v {
            self.string(v);
        }
    }

    /// A conformant array of bytes.
    pub fn byte_array(&mut self, v: &[u8]) {
        self.count(v.len());
        self.bytes(v);
    }

    /// A conformant varying array of bytes that is full.
    pub fn varying_byte_array(&mut self, v: &[u8]) {
        self.conformant_varying(v.len());
        self.bytes(v);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;

    #[test]
    fn nothing_is_written_beyond_the_budget() {
        for limit in 0..40 {
            let mut bytes = vec![9];
            let mut w = NdrWriter::new(&mut bytes).limited(limit);
            w.u16(1);
            w.string(&"abcdef".into());
            w.u32(7);
            // 2, 2 of padding, 12 and 14, 2 of padding, 4
            assert_eq!(w.overflowed(), limit < 36, "{limit}");
            assert!(bytes.len() <= 1 + limit.next_multiple_of(8));
        }
    }

    #[test]
    fn unions_and_structures_are_padded_as_the_syntax_says() {
        let write = |syntax| {
            let mut bytes = Vec::new();
            let mut w = NdrWriter::with_syntax(&mut bytes, syntax);
            w.enum16(1);
            w.union_switch_enum(Alignment::Pointer, 2);
            w.structure(Alignment::Pointer, |w| {
                w.pointer(false);
                w.u16(3);
            });
            w.u8(4);
            bytes
        };
        assert_eq!(write(TransferSyntax::Ndr), hex("0100 0200 00000000 0300 04"));
        assert_eq!(
            write(TransferSyntax::Ndr64),
            hex("01000000 00000000 02000000 00000000 0000000000000000 0300000000000000 04")
        );
    }
}

use super::{Alignment, TransferSyntax};
use lanward_nt::NtString;
use lanward_wire::{DecodeError, Reader};

/// Reads NDR values. Every value takes bytes of the stub that no other value takes, so that what is read is never larger than the stub,
/// and an array whose count the rest of the stub cannot hold is refused before it is begun (hostile input C9).
#[derive(Debug)]
pub struct NdrReader<'a> {
    r: Reader<'a>,
    syntax: TransferSyntax,
    big_endian: bool,
}

impl<'a> NdrReader<'a> {
    /// A reader at the start of a call's stub, which is in NDR.
    #[must_use]
    pub const fn new(stub: &'a [u8]) -> Self {
        Self::with_syntax(stub, TransferSyntax::Ndr)
    }

    /// A reader at the start of a call's stub.
    #[must_use]
    pub const fn with_syntax(stub: &'a [u8], syntax: TransferSyntax) -> Self {
        Self { r: Reader::new(stub), syntax, big_endian: false }
    }

    /// The same for integers in the other order of bytes ([C706] 14.1).
    #[must_use]
    pub const fn big_endian(mut self, big_endian: bool) -> Self {
        self.big_endian = big_endian;
        self
    }

    /// How the arguments are written.
    #[must_use]
    pub const fn syntax(&self) -> TransferSyntax {
        self.syntax
    }

    /// Bytes left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.r.remaining()
    }

    /// A byte.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.r.u8(field)
    }

    /// An aligned 16-bit integer.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.r.align(2, field)?;
        if self.big_endian { self.r.u16_be(field) } else { self.r.u16(field) }
    }

    /// An aligned 32-bit integer.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.r.align(4, field)?;
        if self.big_endian { self.r.u32_be(field) } else { self.r.u32(field) }
    }

    /// An aligned 64-bit integer (hyper).
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        self.r.align(8, field)?;
        if self.big_endian { self.r.u64_be(field) } else { self.r.u64(field) }
    }

    /// An enumeration: 16 bits, and 32 in NDR64.
    ///
    /// # Errors
    /// Not enough bytes; a value no 16 bits hold.
    pub fn enum16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        if !self.syntax.is_wide() {
            return self.u16(field);
        }
        u16::try_from(self.u32(field)?).map_err(|_| DecodeError::invalid(field, "enumeration"))
    }

    /// A 64-bit time, size or id that NDR has as two 32-bit halves, the low one first: aligned like a 32-bit integer.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn u64_in_halves(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        let (low, high) = (self.u32(field)?, self.u32(field)?);
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    /// An __int3264 ([MS-RPCE] 2.2.4.1.2): 32 bits, and 64 in NDR64.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn u3264(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        if self.syntax.is_wide() { self.u64(field) } else { Ok(self.u32(field)?.into()) }
    }

    /// Raw bytes: a fixed array of them.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn bytes(&mut self, count: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        self.r.bytes(count, field)
    }

    /// All that is left.
    pub(crate) fn rest(&mut self) -> &'a [u8] {
        self.r.rest()
    }

    /// Passes over the padding in front of a structure or union.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn align(&mut self, alignment: Alignment, field: &'static str) -> Result<(), DecodeError> {
        self.r.align(alignment.bytes(self.syntax), field)
    }

    /// A structure, or its fixed part: `read` reads its members; what pads it in front, and behind in NDR64, is passed over.
    ///
    /// # Errors
    /// Not enough bytes; what `read` says.
    pub fn structure<T>(
        &mut self,
        alignment: Alignment,
        field: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        self.align(alignment, field)?;
        let value = read(self)?;
        // [MS-RPCE] 2.2.5.3.4.1. Nobody misses it at the very end of a stub.
        if self.syntax.is_wide() && self.remaining() > 0 {
            self.align(alignment, field)?;
        }
        Ok(value)
    }

    /// The 32-bit discriminant of a union and the padding in front of its arm; `alignment` is that of the most aligned arm.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn union_switch(&mut self, alignment: Alignment, field: &'static str) -> Result<u32, DecodeError> {
        self.discriminant(alignment, field, Self::u32)
    }

    /// The same with a 16-bit discriminant.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn union_switch16(&mut self, alignment: Alignment, field: &'static str) -> Result<u16, DecodeError> {
        self.discriminant(alignment, field, Self::u16)
    }

    /// The same with an enumeration as discriminant.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn union_switch_enum(
        &mut self,
        alignment: Alignment,
        field: &'static str,
    ) -> Result<u16, DecodeError> {
        self.discriminant(alignment, field, Self::enum16)
    }

    /// [MS-RPCE] 2.2.5.3.4.4: in NDR64 the union and its arm are aligned like the most aligned arm.
    fn discriminant<T>(
        &mut self,
        alignment: Alignment,
        field: &'static str,
        read: fn(&mut Self, &'static str) -> Result<T, DecodeError>,
    ) -> Result<T, DecodeError> {
        if !self.syntax.is_wide() {
            return read(self, field);
        }
        self.align(alignment, field)?;
        let value = read(self, field)?;
        // An arm without members may be the last of all.
        if self.remaining() > 0 {
            self.align(alignment, field)?;
        }
        Ok(value)
    }

    /// A unique pointer's referent id, and whether it points at something. The referent comes later.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn pointer(&mut self, field: &'static str) -> Result<bool, DecodeError> {
        Ok(self.u3264(field)? != 0)
    }

    /// A unique pointer that is an operation's own argument: what it points at comes right here.
    ///
    /// # Errors
    /// Not enough bytes; what `read` says.
    pub fn unique<T>(
        &mut self,
        field: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, DecodeError>,
    ) -> Result<Option<T>, DecodeError> {
        let present = self.pointer(field)?;
        present.then(|| read(self)).transpose()
    }

    /// The maximum count of a conformant array whose elements take at least `element` bytes each.
    ///
    /// # Errors
    /// Not enough bytes for that many.
    pub fn count(&mut self, element: usize, field: &'static str) -> Result<u32, DecodeError> {
        let count = self.size(field)?;
        self.check(count, element, field)?;
        Ok(count)
    }

    /// The counts of a conformant varying array: how many there is room for, and how many elements follow, of at least `element` bytes each.
    /// An array that does not begin at its beginning is refused.
    ///
    /// # Errors
    /// Not enough bytes for that many; counts that contradict each other.
    pub fn conformant_varying(
        &mut self,
        element: usize,
        field: &'static str,
    ) -> Result<(u32, u32), DecodeError> {
        let (maximum, offset, actual) = (self.size(field)?, self.size(field)?, self.size(field)?);
        if offset != 0 || actual > maximum {
            return Err(DecodeError::invalid(field, "array counts"));
        }
        self.check(actual, element, field)?;
        Ok((maximum, actual))
    }

    /// A count, offset or maximum as it is: it was held against nothing.
    ///
    /// # Errors
    /// Not enough bytes; more than 32 bits.
    pub fn size(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        u32::try_from(self.u3264(field)?).map_err(|_| DecodeError::invalid(field, "count"))
    }

    fn check(&self, count: u32, element: usize, field: &'static str) -> Result<(), DecodeError> {
        let needed = usize::try_from(count).ok().and_then(|n| n.checked_mul(element.max(1)));
        match needed {
            Some(needed) if needed <= self.remaining() => Ok(()),
            _ => Err(DecodeError::invalid(field, "more elements than bytes")),
        }
    }

    /// 16-bit characters, as many as that.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn units(&mut self, count: u32, field: &'static str) -> Result<NtString, DecodeError> {
        self.check(count, 2, field)?;
        Ok(NtString((0..count).map(|_| self.u16(field)).collect::<Result<_, _>>()?))
    }

    /// A conformant varying string of 16-bit characters, without its terminator.
    ///
    /// # Errors
    /// Not enough bytes; counts that contradict each other; no terminator.
    pub fn string(&mut self, field: &'static str) -> Result<NtString, DecodeError> {
        let (_, actual) = self.conformant_varying(2, field)?;
        let mut string = self.units(actual, field)?;
        match string.0.iter().position(|u| *u == 0) {
            Some(end) => string.0.truncate(end),
            None => return Err(DecodeError::invalid(field, "no terminator")),
        }
        Ok(string)
    }

    /// A string behind a pointer that comes right here, as it does for an operation's own arguments.
    ///
    /// # Errors
    /// As [`NdrReader::string`].
    pub fn string_pointer(&mut self, field: &'static str) -> Result<Option<NtString>, DecodeError> {
        self.unique(field, |r| r.string(field))
    }

    /// A conformant array of bytes.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn byte_array(&mut self, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let count = self.count(1, field)?;
        self.r.bytes(usize::try_from(count).unwrap_or(usize::MAX), field)
    }

    /// A conformant varying array of bytes.
    ///
    /// # Errors
    /// Not enough bytes; counts that contradict each other.
    pub fn varying_byte_array(&mut self, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let (_, count) = self.conformant_varying(1, field)?;
        self.r.bytes(usize::try_from(count).unwrap_or(usize::MAX), field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NdrWriter;
    use proptest::prelude::*;

    #[test]
    fn counts_are_checked_before_they_are_believed() {
        assert!(NdrReader::new(&[0xff, 0xff, 0xff, 0xff, 1, 2]).count(1, "x").is_err());
        assert!(NdrReader::new(&[0xff, 0xff, 0xff, 0x7f, 1, 2]).count(usize::MAX, "x").is_err());
        assert_eq!(NdrReader::new(&[2, 0, 0, 0, 1, 2]).count(1, "x"), Ok(2));
        assert!(NdrReader::new(&[1, 0, 0, 0]).count(0, "x").is_err());
    }

    #[test]
    fn strings_end_and_their_counts_agree() {
        let good = [2, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, b'a', 0, 0, 0];
        assert_eq!(NdrReader::new(&good).string("x"), Ok("a".into()));
        for (at, value) in [(0, 1), (4, 1), (8, 3), (8, 1), (8, 0), (14, 1), (11, 0x80)] {
            let mut bad = good;
            bad[at] = value;
            assert!(NdrReader::new(&bad).string("x").is_err(), "{at} {value}");
        }
    }

    proptest! {
        #[test]
        fn strings_there_and_back(units in proptest::collection::vec(1u16.., 0..40), lead in 0usize..4) {
            let mut bytes = vec![0; lead * 2];
            let string = NtString(units);
            NdrWriter::new(&mut bytes).string(&string);
            prop_assert_eq!(NdrReader::new(&bytes[lead * 2..]).string("x"), Ok(string));
        }
    }
}

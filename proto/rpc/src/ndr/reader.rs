use lanward_nt::NtString;
use lanward_wire::{DecodeError, Reader};

/// Reads NDR values. Every value takes bytes of the stub that no other value takes, so that what is read is never larger than the stub,
/// and an array whose count the rest of the stub cannot hold is refused before it is begun (hostile input C9).
#[derive(Debug)]
pub struct NdrReader<'a> {
    r: Reader<'a>,
}

impl<'a> NdrReader<'a> {
    /// A reader at the start of a call's stub.
    #[must_use]
    pub const fn new(stub: &'a [u8]) -> Self {
        Self { r: Reader::new(stub) }
    }

    /// Bytes left.
    #[must_use]
    pub const fn remaining(&self) -> usize {
        self.r.remaining()
    }

    /// An aligned 16-bit integer.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.r.align(2, field)?;
        self.r.u16(field)
    }

    /// An aligned 32-bit integer.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.r.align(4, field)?;
        self.r.u32(field)
    }

    /// A unique pointer's referent id, and whether it points at something. The referent comes later.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn pointer(&mut self, field: &'static str) -> Result<bool, DecodeError> {
        Ok(self.u32(field)? != 0)
    }

    /// The maximum count of a conformant array whose elements take at least `element` bytes each.
    ///
    /// # Errors
    /// Not enough bytes for that many.
    pub fn count(&mut self, element: usize, field: &'static str) -> Result<u32, DecodeError> {
        let count = self.u32(field)?;
        let needed = usize::try_from(count).ok().and_then(|n| n.checked_mul(element.max(1)));
        if needed.is_none_or(|needed| needed > self.remaining()) {
            return Err(DecodeError::invalid(field, "more elements than bytes"));
        }
        Ok(count)
    }

    /// A conformant varying string of 16-bit characters, without its terminator.
    ///
    /// # Errors
    /// Not enough bytes; counts that contradict each other; no terminator.
    pub fn string(&mut self, field: &'static str) -> Result<NtString, DecodeError> {
        let (maximum, offset, actual) = (self.u32(field)?, self.u32(field)?, self.u32(field)?);
        if offset != 0 || actual > maximum {
            return Err(DecodeError::invalid(field, "string counts"));
        }
        let length = usize::try_from(actual).ok().and_then(|n| n.checked_mul(2));
        let bytes = self.r.bytes(length.ok_or(DecodeError::invalid(field, "string counts"))?, field)?;
        let mut string = NtString::from_utf16le(bytes);
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
        let present = self.pointer(field)?;
        present.then(|| self.string(field)).transpose()
    }

    /// A conformant array of bytes.
    ///
    /// # Errors
    /// Not enough bytes.
    pub fn byte_array(&mut self, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let count = self.count(1, field)?;
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

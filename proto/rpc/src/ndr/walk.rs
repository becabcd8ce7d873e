use super::{Alignment, ContextHandle, NdrReader, NdrWriter};
use lanward_nt::{Guid, NtString};
use lanward_wire::DecodeError;

/// Both directions of NDR: a layout that is walked with a reader fills in what it is given, walked with a writer it writes that out. Arguments
/// that have their layout once, for both, cannot be written other than they are read.
pub trait Ndr: Sized {
    /// Whether values are read into what is given.
    const READS: bool;

    /// A byte.
    ///
    /// # Errors
    /// Not enough bytes; here and below only when read.
    fn u8(&mut self, field: &'static str, v: &mut u8) -> Result<(), DecodeError>;

    /// An aligned 32-bit integer.
    ///
    /// # Errors
    /// Not enough bytes.
    fn u32(&mut self, field: &'static str, v: &mut u32) -> Result<(), DecodeError>;

    /// An aligned 64-bit integer.
    ///
    /// # Errors
    /// Not enough bytes.
    fn u64(&mut self, field: &'static str, v: &mut u64) -> Result<(), DecodeError>;

    /// An enumeration.
    ///
    /// # Errors
    /// Not enough bytes.
    fn enum16(&mut self, field: &'static str, v: &mut u16) -> Result<(), DecodeError>;

    /// A UUID.
    ///
    /// # Errors
    /// Not enough bytes.
    fn guid(&mut self, field: &'static str, v: &mut Guid) -> Result<(), DecodeError>;

    /// A context handle.
    ///
    /// # Errors
    /// Not enough bytes.
    fn context_handle(&mut self, field: &'static str, v: &mut ContextHandle) -> Result<(), DecodeError>;

    /// A conformant varying string.
    ///
    /// # Errors
    /// As [`NdrReader::string`].
    fn string(&mut self, field: &'static str, v: &mut NtString) -> Result<(), DecodeError>;

    /// A varying string of 16-bit characters, as structures have it whose room is fixed: offset and count, and no maximum.
    ///
    /// # Errors
    /// Not enough bytes; no terminator.
    fn varying_string(&mut self, field: &'static str, v: &mut NtString) -> Result<(), DecodeError>;

    /// A conformant array of 16-bit characters.
    ///
    /// # Errors
    /// Not enough bytes.
    fn unit_array(&mut self, field: &'static str, v: &mut Vec<u16>) -> Result<(), DecodeError>;

    /// A conformant array of bytes.
    ///
    /// # Errors
    /// As [`NdrReader::byte_array`].
    fn byte_array(&mut self, field: &'static str, v: &mut Vec<u8>) -> Result<(), DecodeError>;

    /// A conformant array of RPC_UNICODE_STRINGs.
    ///
    /// # Errors
    /// As its parts.
    fn unicode_strings(&mut self, field: &'static str, v: &mut Vec<NtString>) -> Result<(), DecodeError>;

    /// A fixed array of bytes, as many as `v` has.
    ///
    /// # Errors
    /// Not enough bytes.
    fn bytes(&mut self, field: &'static str, v: &mut [u8]) -> Result<(), DecodeError>;

    /// A unique pointer; what it points at comes later.
    ///
    /// # Errors
    /// Not enough bytes.
    fn pointer(&mut self, field: &'static str, present: &mut bool) -> Result<(), DecodeError>;

    /// The count of a conformant array whose elements take at least `element` bytes each.
    ///
    /// # Errors
    /// As [`NdrReader::count`].
    fn count(&mut self, element: usize, field: &'static str, v: &mut usize) -> Result<(), DecodeError>;

    /// The discriminant of a union.
    ///
    /// # Errors
    /// Not enough bytes.
    fn union_switch(&mut self, a: Alignment, field: &'static str, v: &mut u32) -> Result<(), DecodeError>;

    /// A structure with its padding.
    ///
    /// # Errors
    /// Not enough bytes; what `members` says.
    fn structure(
        &mut self,
        alignment: Alignment,
        field: &'static str,
        members: impl FnOnce(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError>;

    /// A unique pointer whose referent comes later; one that is read and points at something gets a value to be filled in.
    ///
    /// # Errors
    /// Not enough bytes.
    fn referent_of<T: Default>(&mut self, field: &'static str, v: &mut Option<T>) -> Result<(), DecodeError> {
        let mut present = v.is_some();
        self.pointer(field, &mut present)?;
        if Self::READS {
            *v = present.then(T::default);
        }
        Ok(())
    }

    /// A unique pointer to a 32-bit integer right behind it.
    ///
    /// # Errors
    /// Not enough bytes.
    fn u32_pointer(&mut self, field: &'static str, v: &mut Option<u32>) -> Result<(), DecodeError> {
        self.referent_of(field, v)?;
        v.as_mut().map_or(Ok(()), |v| self.u32(field, v))
    }

    /// A unique pointer to a string right behind it.
    ///
    /// # Errors
    /// As [`NdrReader::string`].
    fn string_pointer(&mut self, field: &'static str, v: &mut Option<NtString>) -> Result<(), DecodeError> {
        self.referent_of(field, v)?;
        v.as_mut().map_or(Ok(()), |v| self.string(field, v))
    }
}

/// The arguments or results of an operation: what is walked one way or the other.
pub trait Arguments: Default + Clone {
    /// Walks the layout.
    ///
    /// # Errors
    /// The bytes are not of this layout.
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError>;

    /// # Errors
    /// The bytes are not of this layout.
    fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let mut value = Self::default();
        value.walk(r)?;
        Ok(value)
    }

    /// Appends the value.
    fn encode(&self, w: &mut NdrWriter<'_>) {
        self.clone().append(w);
    }

    /// As [`Arguments::encode`], for a value that is not needed any more.
    fn append(mut self, w: &mut NdrWriter<'_>) {
        // What is written cannot fail.
        let _ = self.walk(w);
    }
}

impl Ndr for NdrReader<'_> {
    const READS: bool = true;

    fn u8(&mut self, field: &'static str, v: &mut u8) -> Result<(), DecodeError> {
        NdrReader::u8(self, field).map(|read| *v = read)
    }

    fn u32(&mut self, field: &'static str, v: &mut u32) -> Result<(), DecodeError> {
        NdrReader::u32(self, field).map(|read| *v = read)
    }

    fn u64(&mut self, field: &'static str, v: &mut u64) -> Result<(), DecodeError> {
        NdrReader::u64(self, field).map(|read| *v = read)
    }

    fn enum16(&mut self, field: &'static str, v: &mut u16) -> Result<(), DecodeError> {
        NdrReader::enum16(self, field).map(|read| *v = read)
    }

    fn guid(&mut self, field: &'static str, v: &mut Guid) -> Result<(), DecodeError> {
        NdrReader::guid(self, field).map(|read| *v = read)
    }

    fn context_handle(&mut self, field: &'static str, v: &mut ContextHandle) -> Result<(), DecodeError> {
        NdrReader::context_handle(self, field).map(|read| *v = read)
    }

    fn string(&mut self, field: &'static str, v: &mut NtString) -> Result<(), DecodeError> {
        NdrReader::string(self, field).map(|read| *v = read)
    }

    fn varying_string(&mut self, field: &'static str, v: &mut NtString) -> Result<(), DecodeError> {
        let (offset, actual) = (self.size(field)?, self.size(field)?);
        if offset != 0 {
            return Err(DecodeError::invalid(field, "string counts"));
        }
        *v = self.units(actual, field)?;
        let end = v.0.iter().position(|u| *u == 0).ok_or(DecodeError::invalid(field, "no terminator"))?;
        v.0.truncate(end);
        Ok(())
    }

    fn unit_array(&mut self, field: &'static str, v: &mut Vec<u16>) -> Result<(), DecodeError> {
        let count = NdrReader::count(self, 2, field)?;
        self.units(count, field).map(|read| *v = read.0)
    }

    fn byte_array(&mut self, field: &'static str, v: &mut Vec<u8>) -> Result<(), DecodeError> {
        NdrReader::byte_array(self, field).map(|read| *v = read.to_vec())
    }

    fn unicode_strings(&mut self, field: &'static str, v: &mut Vec<NtString>) -> Result<(), DecodeError> {
        let count = NdrReader::count(self, 8, field)?;
        let headers = (0..count).map(|_| self.unicode_string(field)).collect::<Result<Vec<_>, _>>()?;
        let strings = headers.into_iter().map(|header| self.unicode_string_buffer(header, field));
        *v = strings.map(|string| string.map(Option::unwrap_or_default)).collect::<Result<_, _>>()?;
        Ok(())
    }

    fn bytes(&mut self, field: &'static str, v: &mut [u8]) -> Result<(), DecodeError> {
        NdrReader::bytes(self, v.len(), field).map(|read| v.copy_from_slice(read))
    }

    fn pointer(&mut self, field: &'static str, present: &mut bool) -> Result<(), DecodeError> {
        NdrReader::pointer(self, field).map(|read| *present = read)
    }

    fn count(&mut self, element: usize, field: &'static str, v: &mut usize) -> Result<(), DecodeError> {
        NdrReader::count(self, element, field).map(|read| *v = usize::try_from(read).unwrap_or(usize::MAX))
    }

    fn union_switch(&mut self, a: Alignment, field: &'static str, v: &mut u32) -> Result<(), DecodeError> {
        NdrReader::union_switch(self, a, field).map(|read| *v = read)
    }

    fn structure(
        &mut self,
        alignment: Alignment,
        field: &'static str,
        members: impl FnOnce(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        NdrReader::structure(self, alignment, field, members)
    }
}

impl Ndr for NdrWriter<'_> {
    const READS: bool = false;

    fn u8(&mut self, _: &'static str, v: &mut u8) -> Result<(), DecodeError> {
        NdrWriter::u8(self, *v);
        Ok(())
    }

    fn u32(&mut self, _: &'static str, v: &mut u32) -> Result<(), DecodeError> {
        NdrWriter::u32(self, *v);
        Ok(())
    }

    fn u64(&mut self, _: &'static str, v: &mut u64) -> Result<(), DecodeError> {
        NdrWriter::u64(self, *v);
        Ok(())
    }

    fn enum16(&mut self, _: &'static str, v: &mut u16) -> Result<(), DecodeError> {
        NdrWriter::enum16(self, *v);
        Ok(())
    }

    fn guid(&mut self, _: &'static str, v: &mut Guid) -> Result<(), DecodeError> {
        NdrWriter::guid(self, v);
        Ok(())
    }

    fn context_handle(&mut self, _: &'static str, v: &mut ContextHandle) -> Result<(), DecodeError> {
        NdrWriter::context_handle(self, v);
        Ok(())
    }

    fn string(&mut self, _: &'static str, v: &mut NtString) -> Result<(), DecodeError> {
        NdrWriter::string(self, v);
        Ok(())
    }

    fn varying_string(&mut self, _: &'static str, v: &mut NtString) -> Result<(), DecodeError> {
        NdrWriter::count(self, 0);
        NdrWriter::count(self, v.units().len().saturating_add(1));
        self.units(v.units());
        self.u16(0);
        Ok(())
    }

    fn unit_array(&mut self, _: &'static str, v: &mut Vec<u16>) -> Result<(), DecodeError> {
        NdrWriter::count(self, v.len());
        self.units(v);
        Ok(())
    }

    fn byte_array(&mut self, _: &'static str, v: &mut Vec<u8>) -> Result<(), DecodeError> {
        NdrWriter::byte_array(self, v);
        Ok(())
    }

    fn unicode_strings(&mut self, _: &'static str, v: &mut Vec<NtString>) -> Result<(), DecodeError> {
        NdrWriter::count(self, v.len());
        v.iter().for_each(|string| self.unicode_string(Some(string)));
        v.iter().for_each(|string| self.unicode_string_buffer(Some(string)));
        Ok(())
    }

    fn bytes(&mut self, _: &'static str, v: &mut [u8]) -> Result<(), DecodeError> {
        NdrWriter::bytes(self, v);
        Ok(())
    }

    fn pointer(&mut self, _: &'static str, present: &mut bool) -> Result<(), DecodeError> {
        NdrWriter::pointer(self, *present);
        Ok(())
    }

    fn count(&mut self, _: usize, _: &'static str, v: &mut usize) -> Result<(), DecodeError> {
        NdrWriter::count(self, *v);
        Ok(())
    }

    fn union_switch(&mut self, a: Alignment, _: &'static str, v: &mut u32) -> Result<(), DecodeError> {
        NdrWriter::union_switch(self, a, *v);
        Ok(())
    }

    fn structure(
        &mut self,
        alignment: Alignment,
        _: &'static str,
        members: impl FnOnce(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        let mut outcome = Ok(());
        NdrWriter::structure(self, alignment, |w| outcome = members(w));
        outcome
    }
}

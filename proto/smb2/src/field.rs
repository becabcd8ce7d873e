//! What every message body shares: StructureSize, offset and length pairs, and the buffer behind the fixed part.

use lanward_wire::{DecodeError, Reader, Writer};

/// Reads StructureSize, which MUST have one value per message.
pub(crate) fn structure_size(r: &mut Reader<'_>, expected: u16) -> Result<(), DecodeError> {
    if r.u16("StructureSize")? == expected {
        return Ok(());
    }
    Err(DecodeError::invalid("StructureSize", "not that of the message"))
}

/// A 32-bit length or offset as an index.
pub(crate) fn index(v: u32) -> usize {
    usize::try_from(v).unwrap_or(usize::MAX)
}

/// What an offset and a length point at. The reader stands behind the fixed part, and what is pointed at must not
/// lie before it; an empty buffer is empty wherever it claims to be.
pub(crate) fn buffer<'a>(
    r: &Reader<'a>,
    offset: impl Into<u32>,
    len: impl Into<u32>,
    field: &'static str,
) -> Result<&'a [u8], DecodeError> {
    let (offset, len) = (index(offset.into()), index(len.into()));
    if len != 0 && offset < r.position() {
        return Err(DecodeError::invalid(field, "lies before the buffer"));
    }
    r.slice_at(offset, len, field)
}

/// The bytes a 16-bit length can count, and that length: what a message cannot carry is cut off, so that the
/// message stays well-formed whatever the caller passes.
pub(crate) fn counted16(bytes: &[u8]) -> (&[u8], u16) {
    match u16::try_from(bytes.len()) {
        Ok(len) => (bytes, len),
        Err(_) => (bytes.get(..usize::from(u16::MAX)).unwrap_or_default(), u16::MAX),
    }
}

/// The same for a 32-bit length.
pub(crate) fn counted32(bytes: &[u8]) -> (&[u8], u32) {
    match u32::try_from(bytes.len()) {
        Ok(len) => (bytes, len),
        Err(_) => (bytes.get(..index(u32::MAX)).unwrap_or_default(), u32::MAX),
    }
}

/// A count or offset that fits 16 bits by construction.
pub(crate) fn short(v: usize) -> u16 {
    u16::try_from(v).unwrap_or(u16::MAX)
}

/// A count or offset that fits 32 bits by construction.
pub(crate) fn long(v: usize) -> u32 {
    u32::try_from(v).unwrap_or(u32::MAX)
}

/// The writer's position plus the size of what is still to be written of the fixed part: where the buffer will be.
pub(crate) fn ahead(w: &Writer<'_>, fixed_left: usize) -> usize {
    w.position().saturating_add(fixed_left)
}

/// An offset that SHOULD be 0 where there is nothing to point at.
pub(crate) fn offset_unless_empty(offset: usize, bytes: &[u8]) -> usize {
    if bytes.is_empty() { 0 } else { offset }
}

/// One zero byte where the buffer would be empty: "the Buffer field MUST be at least one byte in length".
pub(crate) fn at_least_one_byte(w: &mut Writer<'_>, buffer: &[u8]) {
    if buffer.is_empty() {
        w.u8(0);
    } else {
        w.bytes(buffer);
    }
}

/// Where the next multiple of 8 is.
pub(crate) const fn align8(v: usize) -> usize {
    v.saturating_add(7) & !7
}

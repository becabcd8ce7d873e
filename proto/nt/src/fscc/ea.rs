use lanward_wire::{DecodeError, Encode, Reader, Writer};

/// [MS-FSCC] 2.4.16 FILE_FULL_EA_INFORMATION: one extended attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FullEa {
    /// FILE_NEED_EA (0x80) or 0.
    pub flags: u8,
    /// The name without its terminator: at most 255 bytes.
    pub name: Vec<u8>,
    /// The value: at most 65,535 bytes.
    pub value: Vec<u8>,
}

impl FullEa {
    /// Bytes of the entry without padding behind it.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.name.len().saturating_add(self.value.len()).saturating_add(9)
    }
}

impl Encode for FullEa {
    /// With NextEntryOffset 0, to be patched when another follows.
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(0);
        w.u8(self.flags);
        w.u8(u8::try_from(self.name.len()).unwrap_or(0));
        w.u16(u16::try_from(self.value.len()).unwrap_or(0));
        w.bytes(&self.name);
        w.u8(0);
        w.bytes(&self.value);
    }
}

/// Reads a chain of extended attributes.
///
/// # Errors
/// An entry is cut off, or points into itself or behind the data.
pub fn decode_full_ea(data: &[u8]) -> Result<Vec<FullEa>, DecodeError> {
    chain(data, 8, 1, |r| {
        let flags = r.u8("Flags")?;
        let name_length = usize::from(r.u8("EaNameLength")?);
        let value_length = usize::from(r.u16("EaValueLength")?);
        let name = r.bytes(name_length, "EaName")?.to_vec();
        r.skip(1, "EaName")?;
        Ok(FullEa { flags, name, value: r.bytes(value_length, "EaValue")?.to_vec() })
    })
}

/// Writes a chain, each entry aligned to 4 bytes.
pub fn encode_full_ea(list: &[FullEa], w: &mut Writer<'_>) {
    let mut last = None;
    for ea in list {
        w.align(4);
        let start = w.position();
        if let Some(before) = last {
            let offset = u32::try_from(start.saturating_sub(before)).unwrap_or(0);
            w.patch(before, &offset.to_le_bytes());
        }
        ea.encode(w);
        last = Some(start);
    }
}

/// Reads a FILE_GET_EA_INFORMATION list ([MS-FSCC] 2.4.16.1): the names asked for.
///
/// # Errors
/// An entry is cut off, or points into itself or behind the data.
pub fn decode_get_ea(data: &[u8]) -> Result<Vec<Vec<u8>>, DecodeError> {
    chain(data, 5, 1, |r| {
        let length = usize::from(r.u8("EaNameLength")?);
        Ok(r.bytes(length, "EaName")?.to_vec())
    })
}

/// Writes such a list.
pub fn encode_get_ea(names: &[Vec<u8>], w: &mut Writer<'_>) {
    let mut last = None;
    for name in names {
        w.align(4);
        let start = w.position();
        if let Some(before) = last {
            let offset = u32::try_from(start.saturating_sub(before)).unwrap_or(0);
            w.patch(before, &offset.to_le_bytes());
        }
        let name = name.get(..usize::from(u8::MAX)).unwrap_or(name);
        w.u32(0);
        w.u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
        w.bytes(name);
        w.u8(0);
        last = Some(start);
    }
}

/// Reads entries that begin with the offset of the next one, 0 in the last. Each has at least `shortest` bytes and is aligned to `alignment`.
pub(super) fn chain<T>(
    data: &[u8],
    shortest: usize,
    alignment: usize,
    mut entry: impl FnMut(&mut Reader<'_>) -> Result<T, DecodeError>,
) -> Result<Vec<T>, DecodeError> {
    let mut list = Vec::new();
    let mut rest = data;
    while !rest.is_empty() {
        let mut r = Reader::new(rest);
        let next = usize::try_from(r.u32("NextEntryOffset")?).unwrap_or(usize::MAX);
        list.push(entry(&mut r)?);
        if next == 0 {
            break;
        }
        // Entries that overlap would let a few bytes stand for any number of long values.
        if next < shortest.max(r.position()) {
            return Err(DecodeError::invalid("NextEntryOffset", "points into its own entry"));
        }
        if !next.is_multiple_of(alignment) {
            return Err(DecodeError::invalid("NextEntryOffset", "is not aligned"));
        }
        rest = rest.get(next..).ok_or(DecodeError::invalid("NextEntryOffset", "points behind the data"))?;
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_chain_as_bytes() {
        let list = [
            FullEa { flags: 0, name: b"A".to_vec(), value: b"12".to_vec() },
            FullEa { flags: 0x80, name: b"BC".to_vec(), value: vec![] },
        ];
        let mut buf = Vec::new();
        encode_full_ea(&list, &mut Writer::new(&mut buf));
        let bytes = [12, 0, 0, 0, 0, 1, 2, 0, b'A', 0, b'1', b'2', 0, 0, 0, 0, 0x80, 2, 0, 0, b'B', b'C', 0];
        assert_eq!(buf, bytes);
        assert_eq!(decode_full_ea(&bytes), Ok(list.to_vec()));
        let names = [8, 0, 0, 0, 1, b'A', 0, 0, 0, 0, 0, 0, 1, b'B', 0];
        assert_eq!(decode_get_ea(&names).unwrap(), [b"A", b"B"]);
        let mut buf = Vec::new();
        encode_get_ea(&[b"A".to_vec(), b"B".to_vec()], &mut Writer::new(&mut buf));
        assert_eq!(buf, names);
        assert!(decode_full_ea(&[4, 0, 0, 0, 0, 0, 0, 0, 0]).is_err());
    }

    proptest! {
        #[test]
        fn no_list_panics(data: Vec<u8>) {
            let _ = (decode_full_ea(&data), decode_get_ea(&data));
        }
    }
}

/// The code units of UTF-16LE bytes; a trailing odd byte is passed over. Unpaired surrogates are kept.
#[must_use]
pub fn utf16le_units(bytes: &[u8]) -> Vec<u16> {
    bytes.as_chunks::<2>().0.iter().map(|c| u16::from_le_bytes(*c)).collect()
}

/// `s` as UTF-16LE bytes without a terminator.
#[must_use]
pub fn utf16le_bytes(s: &str) -> Vec<u8> {
    s.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        assert_eq!(utf16le_bytes("aé𝄞"), [0x61, 0, 0xe9, 0, 0x34, 0xd8, 0x1e, 0xdd]);
        assert_eq!(utf16le_units(&[0x61, 0, 0, 0xd8, 7]), [0x61, 0xd800]);
    }
}

use encoding_rs::{Encoding, SHIFT_JIS, WINDOWS_1252};

/// An OEM character set: what strings are in where Unicode was not agreed on ([MS-CIFS] 2.2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum CodePage {
    /// United States; what DOS and the English OS/2 have.
    #[default]
    Cp437,
    /// Western Europe.
    Cp850,
    /// Central Europe.
    Cp852,
    /// Cyrillic.
    Cp866,
    /// Windows, Western Europe.
    Cp1252,
    /// Japanese: one or two bytes for each character.
    Cp932,
}

/// What stands for a character that the code page does not have.
const REPLACEMENT: u8 = b'?';

impl CodePage {
    /// By its number.
    #[must_use]
    pub const fn from_number(number: u16) -> Option<Self> {
        Some(match number {
            437 => Self::Cp437,
            850 => Self::Cp850,
            852 => Self::Cp852,
            866 => Self::Cp866,
            1252 => Self::Cp1252,
            932 => Self::Cp932,
            _ => return None,
        })
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Cp437 => 437,
            Self::Cp850 => 850,
            Self::Cp852 => 852,
            Self::Cp866 => 866,
            Self::Cp1252 => 1252,
            Self::Cp932 => 932,
        }
    }

    const fn wide(self) -> Option<&'static Encoding> {
        match self {
            Self::Cp1252 => Some(WINDOWS_1252),
            Self::Cp932 => Some(SHIFT_JIS),
            Self::Cp437 | Self::Cp850 | Self::Cp852 | Self::Cp866 => None,
        }
    }

    fn upper_half(self) -> &'static [char; 128] {
        use oem_cp::code_table::{
            DECODING_TABLE_CP437, DECODING_TABLE_CP850, DECODING_TABLE_CP852, DECODING_TABLE_CP866,
        };
        match self {
            Self::Cp850 => &DECODING_TABLE_CP850,
            Self::Cp852 => &DECODING_TABLE_CP852,
            Self::Cp866 => &DECODING_TABLE_CP866,
            Self::Cp437 | Self::Cp1252 | Self::Cp932 => &DECODING_TABLE_CP437,
        }
    }

    /// The UTF-16 code units that bytes stand for. Bytes that are no character become U+FFFD.
    #[must_use]
    pub fn decode(self, bytes: &[u8]) -> Vec<u16> {
        if bytes.is_ascii() {
            return bytes.iter().map(|b| u16::from(*b)).collect();
        }
        if let Some(encoding) = self.wide() {
            let (text, _) = encoding.decode_without_bom_handling(bytes);
            return text.encode_utf16().collect();
        }
        let table = self.upper_half();
        let unit = |b: &u8| match b.checked_sub(0x80) {
            None => u16::from(*b),
            Some(high) => {
                let c = table.get(usize::from(high)).copied().unwrap_or(char::REPLACEMENT_CHARACTER);
                u16::try_from(u32::from(c)).unwrap_or(0xfffd)
            }
        };
        bytes.iter().map(unit).collect()
    }

    /// The bytes that stand for UTF-16 code units. A character the code page does not have becomes `?`; then the second part is `false`.
    #[must_use]
    pub fn encode(self, units: &[u16]) -> (Vec<u8>, bool) {
        let mut whole = true;
        let mut bytes = Vec::with_capacity(units.len());
        for c in char::decode_utf16(units.iter().copied()) {
            let encoded = c.is_ok_and(|c| self.push(c, &mut bytes));
            if !encoded {
                bytes.push(REPLACEMENT);
                whole = false;
            }
        }
        (bytes, whole)
    }

    fn push(self, c: char, bytes: &mut Vec<u8>) -> bool {
        if c.is_ascii() {
            bytes.push(u8::try_from(u32::from(c)).unwrap_or(REPLACEMENT));
            return true;
        }
        if let Some(encoding) = self.wide() {
            let mut utf8 = [0; 4];
            let (encoded, _, failed) = encoding.encode(c.encode_utf8(&mut utf8));
            if !failed {
                bytes.extend_from_slice(&encoded);
            }
            return !failed;
        }
        let found = self.upper_half().iter().position(|have| *have == c);
        let byte = found.and_then(|i| u8::try_from(i.saturating_add(0x80)).ok());
        bytes.extend(byte);
        byte.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ALL: [CodePage; 6] = [
        CodePage::Cp437,
        CodePage::Cp850,
        CodePage::Cp852,
        CodePage::Cp866,
        CodePage::Cp1252,
        CodePage::Cp932,
    ];

    #[test]
    fn characters_are_where_each_page_has_them() {
        let cases: [(CodePage, &[u8], &str); 7] = [
            (CodePage::Cp437, &[0x81, b'b', 0xe1], "übß"),
            (CodePage::Cp850, &[0x9b], "ø"),
            (CodePage::Cp852, &[0x88], "ł"),
            (CodePage::Cp866, &[0x8f], "П"),
            (CodePage::Cp1252, &[0xfc, 0x80], "ü€"),
            (CodePage::Cp932, &[0x93, 0xfa, b'.'], "日."),
            (CodePage::Cp932, &[0xb1], "ｱ"),
        ];
        for (page, bytes, text) in cases {
            let units: Vec<u16> = text.encode_utf16().collect();
            assert_eq!(page.decode(bytes), units, "{page:?}");
            assert_eq!(page.encode(&units), (bytes.to_vec(), true), "{page:?}");
        }
    }

    #[test]
    fn what_a_page_does_not_have_is_said() {
        for page in ALL {
            assert_eq!(page.encode(&[0x41, 0xd800, 0x42]), (b"A?B".to_vec(), false), "{page:?}");
            assert_eq!(CodePage::from_number(page.number()), Some(page));
        }
        assert_eq!(CodePage::Cp437.encode(&[0x65e5]), (b"?".to_vec(), false));
        assert_eq!(CodePage::from_number(1), None);
    }

    proptest! {
        #[test]
        fn single_bytes_come_back(bytes: Vec<u8>) {
            for page in [CodePage::Cp437, CodePage::Cp850, CodePage::Cp852, CodePage::Cp866] {
                prop_assert_eq!(page.encode(&page.decode(&bytes)), (bytes.clone(), true));
            }
        }

        #[test]
        fn no_bytes_break_it(bytes: Vec<u8>, units: Vec<u16>) {
            for page in ALL {
                let _ = (page.decode(&bytes), page.encode(&units));
            }
        }
    }
}

//! Names as the disk has them and as clients see them: bytes here, UTF-16 units there, each turned into the other without loss.
//!
//! What Windows forbids takes the private characters that Services for Macintosh gave it: control characters U+F001 to U+F01F,
//! `"*:<>?\|` U+F020 to U+F027, a space or period at the end U+F028 and U+F029. A byte that is no UTF-8 is U+F080 to U+F0FF. Where the
//! disk literally holds one of these characters, its bytes are shown one by one. A lone surrogate is kept in the three bytes its number
//! would take.

use lanward_nt::NtString;
use lanward_vfs::{NtStatus, Result};

/// Longest component in bytes.
pub(crate) const LONGEST: usize = 255;

const PRIVATE: u16 = 0xf000;
const SPECIAL: &[u8; 8] = b"\"*:<>?\\|";
const FIRST_SPECIAL: u16 = 0xf020;
const FINAL_SPACE: u16 = 0xf028;
const FINAL_PERIOD: u16 = 0xf029;

/// Appends the bytes of one component.
///
/// # Errors
/// OBJECT_NAME_INVALID for what Windows forbids, for a name that is too long and for one that would come back as another.
pub(crate) fn encode(units: &[u16], out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    let plain = |u: &u16| {
        u8::try_from(*u).ok().filter(|b| (0x20..0x80).contains(b) && *b != b'/' && !SPECIAL.contains(b))
    };
    for unit in units {
        let Some(byte) = plain(unit) else {
            out.truncate(start);
            return encode_rest(units, out);
        };
        out.push(byte);
    }
    check(start, out)
}

fn check(start: usize, out: &mut Vec<u8>) -> Result<()> {
    let name = &out[start..];
    if name.is_empty() || name.len() > LONGEST || name == b"." || name == b".." {
        out.truncate(start);
        return Err(NtStatus::OBJECT_NAME_INVALID);
    }
    Ok(())
}

/// As [`encode`], for names that are not plain ASCII.
fn encode_rest(units: &[u16], out: &mut Vec<u8>) -> Result<()> {
    let start = out.len();
    let mut doubtful = false;
    let mut at = 0;
    while let Some(unit) = units.get(at).copied() {
        at += 1;
        let last = at == units.len();
        match unit {
            0..0x20 => return Err(NtStatus::OBJECT_NAME_INVALID),
            0x20..0x80 => {
                let byte = unit.to_le_bytes()[0];
                if byte == b'/' || SPECIAL.contains(&byte) {
                    return Err(NtStatus::OBJECT_NAME_INVALID);
                }
                out.push(byte);
            }
            0xf001..=0xf01f | 0xf080..=0xf0ff => {
                doubtful |= unit >= 0xf080;
                out.push(unit.to_le_bytes()[0]);
            }
            0xf020..=0xf027 => out.push(SPECIAL[usize::from(unit - FIRST_SPECIAL)]),
            FINAL_SPACE if last => out.push(b' '),
            FINAL_PERIOD if last => out.push(b'.'),
            0xd800..0xdc00 => match units.get(at) {
                Some(low @ 0xdc00..0xe000) => {
                    at += 1;
                    push(0x10000 + (u32::from(unit - 0xd800) << 10) + u32::from(low - 0xdc00), out);
                }
                _ => push(u32::from(unit), out),
            },
            _ => push(u32::from(unit), out),
        }
    }
    // Bytes shown one by one can together make a character, and then mean another name.
    if doubtful && decode(&out[start..]).0 != canonical(units) {
        return Err(NtStatus::OBJECT_NAME_INVALID);
    }
    check(start, out)
}

/// How a name is shown that a client may also spell with its last space or period as itself.
pub(crate) fn canonical(units: &[u16]) -> Vec<u16> {
    let mut units = units.to_vec();
    match units.last_mut() {
        Some(last) if *last == u16::from(b' ') => *last = FINAL_SPACE,
        Some(last) if *last == u16::from(b'.') => *last = FINAL_PERIOD,
        _ => {}
    }
    units
}

/// UTF-8's pattern for a number, surrogates included.
pub(crate) fn push(number: u32, out: &mut Vec<u8>) {
    if let Some(c) = char::from_u32(number) {
        let mut buf = [0; 4];
        out.extend_from_slice(c.encode_utf8(&mut buf).as_bytes());
        return;
    }
    let six = |shift: u32| 0x80 | (number >> shift & 0x3f).to_le_bytes()[0];
    out.extend_from_slice(&[0xe0 | (number >> 12).to_le_bytes()[0], six(6), six(0)]);
}

/// The name a client sees for bytes on the disk. Different bytes make different names.
pub(crate) fn decode(bytes: &[u8]) -> NtString {
    let mut units = Vec::with_capacity(bytes.len());
    let (plain, end) = bytes.split_at(bytes.len().saturating_sub(1));
    if plain.iter().all(|b| (0x20..0x80).contains(b) && !SPECIAL.contains(b)) {
        units.extend(plain.iter().map(|b| u16::from(*b)));
        if let [b] = end
            && *b < 0x80
        {
            units.push(shown(*b, true));
            return NtString(units);
        }
        units.clear();
    }
    let mut rest = bytes;
    while let Some(byte) = rest.first() {
        if *byte < 0x80 {
            units.push(shown(*byte, rest.len() == 1));
            rest = &rest[1..];
            continue;
        }
        let (length, character) = character(rest);
        match character {
            Some(number) => push_units(number, &mut units),
            None => units.extend(rest[..length].iter().map(|b| PRIVATE | u16::from(*b))),
        }
        rest = &rest[length..];
    }
    NtString(units)
}

/// An ASCII byte as a client sees it.
fn shown(byte: u8, last: bool) -> u16 {
    match byte {
        1..0x20 => PRIVATE | u16::from(byte),
        b' ' if last => FINAL_SPACE,
        b'.' if last => FINAL_PERIOD,
        _ => match (FIRST_SPECIAL..).zip(SPECIAL).find(|(_, s)| **s == byte) {
            Some((unit, _)) => unit,
            None => u16::from(byte),
        },
    }
}

/// The character at the start of `bytes` and how many bytes it takes; `None` for bytes to be shown one by one.
fn character(bytes: &[u8]) -> (usize, Option<u32>) {
    let length = match bytes.first() {
        Some(0xc2..=0xdf) => 2,
        Some(0xe0..=0xef) => 3,
        Some(0xf0..=0xf4) => 4,
        _ => return (1, None),
    };
    let Some(own) = bytes.get(..length) else { return (1, None) };
    if let Ok(text) = core::str::from_utf8(own) {
        let number = text.chars().next().map_or(0, u32::from);
        let reserved = match number {
            0xf001..=0xf027 | 0xf080..=0xf0ff => true,
            0xf028 | 0xf029 => bytes.len() == length,
            _ => false,
        };
        return (length, (!reserved).then_some(number));
    }
    match (surrogate(own), bytes.get(3..6).and_then(surrogate)) {
        (None, _) => (1, None),
        // Two that would join to another character when read as units.
        (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => (3, None),
        (number, _) => (3, number),
    }
}

/// A surrogate's number in UTF-8's pattern.
pub(crate) fn surrogate(bytes: &[u8]) -> Option<u32> {
    match bytes {
        [0xed, second @ 0xa0..=0xbf, third @ 0x80..=0xbf] => {
            Some(0xd000 | (u32::from(*second) & 0x3f) << 6 | u32::from(*third) & 0x3f)
        }
        _ => None,
    }
}

fn push_units(number: u32, units: &mut Vec<u16>) {
    match char::from_u32(number) {
        Some(c) => units.extend_from_slice(c.encode_utf16(&mut [0; 2])),
        None => units.extend(u16::try_from(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes_of(units: &[u16]) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        encode(units, &mut out).map(|()| out)
    }

    #[test]
    fn known_pairs() {
        let pairs: [(&[u8], &[u16]); 9] = [
            (b"a:b", &[0x61, 0xf022, 0x62]),
            (b"end.", &[0x65, 0x6e, 0x64, 0xf029]),
            (b"end ", &[0x65, 0x6e, 0x64, 0xf028]),
            (b"\x01\\", &[0xf001, 0xf026]),
            ("é\u{1f600}".as_bytes(), &[0xe9, 0xd83d, 0xde00]),
            (b"a\xff\xc3", &[0x61, 0xf0ff, 0xf0c3]),
            (b"\xed\xa0\x80z", &[0xd800, 0x7a]),
            (b"\xed\xa0\x80\xed\xb0\x80", &[0xf0ed, 0xf0a0, 0xf080, 0xdc00]),
            ("\u{f022}".as_bytes(), &[0xf0ef, 0xf080, 0xf0a2]),
        ];
        for (bytes, units) in pairs {
            assert_eq!(decode(bytes).0, units, "{bytes:x?}");
            assert_eq!(bytes_of(units).unwrap(), bytes, "{units:x?}");
        }
        assert_eq!(bytes_of(&[0x61, 0x2e]).unwrap(), b"a.", "a last period may be spelled as itself");
    }

    #[test]
    fn names_no_client_may_send() {
        for bad in ["a/b", "a*", "a:b", "\u{1}", "\"", "x|", "<", ">", "?", "", ".", ".."] {
            assert_eq!(bytes_of(NtString::from(bad).units()), Err(NtStatus::OBJECT_NAME_INVALID), "{bad:?}");
        }
        for bad in [&[0xf029][..], &[0x2e, 0xf029], &[0xf0c3, 0xf0a9], &[0x61; 256], &[0xe9; 128]] {
            assert_eq!(bytes_of(bad), Err(NtStatus::OBJECT_NAME_INVALID), "{bad:x?}");
        }
    }

    fn interesting_byte() -> impl Strategy<Value = u8> {
        prop_oneof![any::<u8>(), Just(0xed), Just(0xef), 0x80..0xc0u8, Just(b'.'), Just(b' ')]
    }

    fn interesting_unit() -> impl Strategy<Value = u16> {
        prop_oneof![0x20..0x7fu16, any::<u16>(), 0xd800..0xe000u16, 0xf000..0xf100u16, Just(0x2e), Just(0x20)]
    }

    proptest! {
        #[test]
        fn bytes_come_back(bytes in prop::collection::vec(interesting_byte(), 1..40)) {
            prop_assume!(!bytes.contains(&0) && !bytes.contains(&b'/') && bytes != b"." && bytes != b"..");
            prop_assert_eq!(bytes_of(&decode(&bytes).0).unwrap(), bytes);
        }

        #[test]
        fn units_come_back(units in prop::collection::vec(interesting_unit(), 1..40)) {
            if let Ok(bytes) = bytes_of(&units) {
                prop_assert_eq!(decode(&bytes).0, canonical(&units));
            }
        }

        #[test]
        fn names_without_private_characters_are_taken(units in prop::collection::vec(interesting_unit(), 1..40)) {
            let forbidden = |u: &u16| *u < 0x20 || (*u < 0x80 && (SPECIAL.contains(&(*u as u8)) || *u == 0x2f));
            prop_assume!(!units.iter().any(|u| forbidden(u) || (0xf080..0xf100).contains(u)));
            let outcome = bytes_of(&units);
            prop_assume!(!matches!(units.as_slice(), [0x2e | 0xf029] | [0x2e, 0x2e | 0xf029]));
            prop_assert!(outcome.is_ok());
        }
    }
}

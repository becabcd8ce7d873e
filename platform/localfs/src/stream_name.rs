//! Names of streams as the disk has them: almost anything may be in one, so they are no names of files.
//!
//! UTF-8, a lone surrogate in the three bytes its number would take. A period at the start has a backslash before it, which no stream's name
//! can have: names with a bare one are the depot's own.

use crate::name::{push, surrogate};
use lanward_nt::NtString;
use lanward_vfs::{NtStatus, Result};

/// Longest name of a stream in UTF-16 units, and of a file in bytes.
const LONGEST: usize = 255;

/// The bytes for a name.
///
/// # Errors
/// OBJECT_NAME_INVALID for what [MS-FSCC] 2.1.5.3 forbids and for a name the disk has no room for.
pub(crate) fn encode(name: &NtString) -> Result<Vec<u8>> {
    let units = name.units();
    let forbidden = |u: &u16| matches!(*u, 0 | 0x2f | 0x3a | 0x5c);
    if units.is_empty() || units.len() > LONGEST || units.iter().any(forbidden) {
        return Err(NtStatus::OBJECT_NAME_INVALID);
    }
    let mut bytes = Vec::with_capacity(units.len() + 1);
    if units.first() == Some(&0x2e) {
        bytes.push(b'\\');
    }
    for character in char::decode_utf16(units.iter().copied()) {
        push(character.map_or_else(|e| u32::from(e.unpaired_surrogate()), u32::from), &mut bytes);
    }
    if bytes.len() > LONGEST {
        return Err(NtStatus::OBJECT_NAME_INVALID);
    }
    Ok(bytes)
}

/// The name behind bytes, if they are a stream's.
pub(crate) fn decode(bytes: &[u8]) -> Option<NtString> {
    if bytes.first() == Some(&b'.') {
        return None;
    }
    let mut rest = bytes.strip_prefix(b"\\").unwrap_or(bytes);
    let mut units = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let (text, more) = match str::from_utf8(rest) {
            Ok(text) => (text, &[][..]),
            Err(e) => {
                let (good, more) = rest.split_at(e.valid_up_to());
                (str::from_utf8(good).unwrap_or_default(), more)
            }
        };
        units.extend(text.encode_utf16());
        rest = more;
        if let Some((lone, more)) = rest.split_at_checked(3) {
            units.push(u16::try_from(surrogate(lone)?).ok()?);
            rest = more;
        } else if !rest.is_empty() {
            return None;
        }
    }
    Some(NtString(units))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_pairs() {
        let pairs: [(&[u16], &[u8]); 5] = [
            (&[0x61, 0x3f, 0x01], b"a?\x01"),
            (&[0x2e], b"\\."),
            (&[0x2e, 0x2e, 0x61], b"\\..a"),
            (&[0xd83d, 0xde00], "\u{1f600}".as_bytes()),
            (&[0xdc00, 0xd800, 0x61], b"\xed\xb0\x80\xed\xa0\x80a"),
        ];
        for (units, bytes) in pairs {
            assert_eq!(encode(&NtString(units.to_vec())).unwrap(), bytes, "{units:x?}");
            assert_eq!(decode(bytes).unwrap().0, units, "{bytes:x?}");
        }
    }

    #[test]
    fn what_is_no_stream() {
        for bytes in [&b"."[..], b".path", b"a\xff", b"\xed\xa0", b"\xc3"] {
            assert_eq!(decode(bytes), None, "{bytes:x?}");
        }
        for name in ["", "a/b", "a:b", "a\\b", "a\0", &"n".repeat(256), &"é".repeat(128)] {
            assert_eq!(encode(&name.into()), Err(NtStatus::OBJECT_NAME_INVALID), "{name:?}");
        }
    }

    proptest! {
        #[test]
        fn names_come_back(units in prop::collection::vec(prop_oneof![any::<u16>(), 0xd800..0xe000u16, Just(0x2e)], 1..60)) {
            let name = NtString(units);
            if let Ok(bytes) = encode(&name) {
                prop_assert!(!bytes.starts_with(b".") && !bytes.contains(&b'/') && !bytes.contains(&0));
                prop_assert_eq!(decode(&bytes), Some(name));
            }
        }
    }
}

use core::fmt;

use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

use crate::NetbiosName;

/// The most bytes a scope may have, its lengths and end among them. RFC 1002 4.1 gives a whole name 255; scopes are in use that are longer by the
/// name in front of them.
const MAX_SCOPE: usize = 255;

/// 1 length and 32 letters.
const NAME: usize = 33;

/// The scope of a name (RFC 1001 14.2): labels behind it that tell apart networks which use the same wires. Empty nearly everywhere. As in names,
/// case matters ([MS-NBTE] 2.2.1).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Scope(Vec<u8>);

/// A NetBIOS name with its scope, as the name and datagram services write it (RFC 1002 4.1).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FullName {
    /// The name.
    pub name: NetbiosName,
    /// Where it is one.
    pub scope: Scope,
}

impl Scope {
    /// A scope as people write it: labels of 1 to 63 characters of ASCII with dots between. An empty text is the empty scope. `None` if it is
    /// not that, or too long.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        if text.is_empty() {
            return Some(Self::default());
        }
        let mut labels = Vec::new();
        for label in text.split('.') {
            let len = u8::try_from(label.len()).ok().filter(|len| (1..=63).contains(len))?;
            if !label.is_ascii() {
                return None;
            }
            labels.push(len);
            labels.extend_from_slice(label.as_bytes());
        }
        (labels.len() < MAX_SCOPE).then_some(Self(labels))
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes of its labels with their lengths, less than 255.
    #[must_use]
    pub const fn encoded_len(&self) -> usize {
        self.0.len()
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.as_slice();
        let mut first = true;
        while let Some((len, behind)) = rest.split_first() {
            let (label, next) = behind.split_at_checked((*len).into()).unwrap_or((behind, &[]));
            let dot = if first { "" } else { "." };
            write!(f, "{dot}{}", label.escape_ascii())?;
            (rest, first) = (next, false);
        }
        Ok(())
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}

impl FullName {
    /// A name with an empty scope.
    #[must_use]
    pub fn unscoped(name: NetbiosName) -> Self {
        Self { name, scope: Scope::default() }
    }

    /// Reads a name that may end with, or be, a pointer to what came before it in the message (RFC 1002 4.1, RFC 883). A pointer leads
    /// backwards and to labels only, never to another pointer, so that there is nothing to go round in.
    ///
    /// # Errors
    /// It is no name, too long, or its pointer leads nowhere.
    pub fn decode_compressed(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let start = r.position();
        let mut labels = Vec::new();
        if let Some(offset) = read_labels(r, &mut labels)? {
            if offset >= start {
                return Err(DecodeError::invalid("NAME", "a pointer that does not lead backwards"));
            }
            let mut earlier = Reader::new(r.whole());
            earlier.skip(offset, "NAME")?;
            if read_labels(&mut earlier, &mut labels)?.is_some() {
                return Err(DecodeError::invalid("NAME", "a pointer to a pointer"));
            }
        }
        from_labels(&labels)
    }
}

/// Appends the labels up to the empty one or to a pointer, whose offset is answered.
fn read_labels(r: &mut Reader<'_>, labels: &mut Vec<u8>) -> Result<Option<usize>, DecodeError> {
    loop {
        match r.u8("NAME")? {
            0 => return Ok(None),
            len @ 1..=63 => {
                labels.push(len);
                labels.extend_from_slice(r.bytes(len.into(), "NAME")?);
                if labels.len() >= const { NAME + MAX_SCOPE } {
                    return Err(DecodeError::invalid("NAME", "too long"));
                }
            }
            high @ 0xc0.. => {
                let low = r.u8("NAME")?;
                return Ok(Some(usize::from(u16::from_be_bytes([high & 0x3f, low]))));
            }
            _ => return Err(DecodeError::invalid("NAME", "a label longer than 63 bytes")),
        }
    }
}

fn from_labels(labels: &[u8]) -> Result<FullName, DecodeError> {
    let wrong = DecodeError::invalid("NAME", "the first label has not 32 bytes");
    let Some((32, rest)) = labels.split_first() else { return Err(wrong) };
    let (encoded, scope) = rest.split_first_chunk::<32>().ok_or(wrong)?;
    Ok(FullName { name: NetbiosName::from_letters(encoded)?, scope: Scope(scope.to_vec()) })
}

impl Decode<'_> for FullName {
    /// Reads a name without pointers, as in datagrams and session packets.
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut labels = Vec::new();
        match read_labels(r, &mut labels)? {
            None => from_labels(&labels),
            Some(_) => Err(DecodeError::invalid("NAME", "a pointer where there can be none")),
        }
    }
}

impl Encode for FullName {
    fn encode(&self, w: &mut Writer<'_>) {
        self.name.encode_label(w);
        w.bytes(&self.scope.0);
        w.u8(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FRED: &[u8] = b"\x20EGFCEFEECACACACACACACACACACACACA";

    fn fred(scope: &str) -> FullName {
        FullName { name: NetbiosName::new("FRED", b' ').unwrap(), scope: Scope::new(scope).unwrap() }
    }

    fn read(bytes: &[u8], at: usize) -> Result<(FullName, usize), DecodeError> {
        let mut r = Reader::new(bytes);
        r.skip(at, "test").unwrap();
        FullName::decode_compressed(&mut r).map(|name| (name, r.position()))
    }

    /// RFC 1001 14.1: "FRED.NETBIOS.COM".
    #[test]
    fn both_ways() {
        for (scope, behind) in [("", &b"\0"[..]), ("NETBIOS.COM", b"\x07NETBIOS\x03COM\0")] {
            let bytes = [FRED, behind].concat();
            assert_eq!(fred(scope).to_bytes(), bytes);
            assert_eq!(FullName::decode(&mut Reader::new(&bytes)), Ok(fred(scope)));
            assert_eq!(fred(scope).scope.to_string(), scope);
        }
    }

    #[test]
    fn pointers_lead_backwards_and_once() {
        let whole = [b"....", FRED, b"\x03COM\0", b"\xc0\x04", b"\xc0\x25", FRED, b"\xc0\x25"].concat();
        let pointer = 4 + 33 + 5;
        assert_eq!(read(&whole, pointer), Ok((fred("COM"), pointer + 2)), "a whole name");
        let mixed = pointer + 4;
        assert_eq!(read(&whole, mixed), Ok((fred("COM"), whole.len())), "a scope only");
        assert!(read(&whole, pointer + 2).is_err(), "a scope is no name");
        let to_pointer = [&whole[..], b"\xc0\x2a"].concat();
        assert!(read(&to_pointer, whole.len()).is_err(), "a pointer to a pointer");
        for target in [0xc0u8, 0xc2, 0xff] {
            let own = [b"..", &[target, 2][..]].concat();
            assert!(read(&own, 2).is_err(), "a pointer to itself or forwards");
        }
        assert!(FullName::decode(&mut Reader::new(&whole[pointer..])).is_err(), "none here");
    }

    #[test]
    fn every_name_has_an_end() {
        let scope = ["A".repeat(63), "B".repeat(63), "C".repeat(63), "D".repeat(61)].join(".");
        let longest = fred(&scope).to_bytes();
        assert_eq!(longest.len(), 33 + 255);
        assert_eq!(FullName::decode(&mut Reader::new(&longest)), Ok(fred(&scope)));
        assert_eq!(Scope::new(&format!("{scope}D")), None);
        let mut longer = longest.clone();
        longer[33 + 3 * 64] += 1;
        longer.insert(longer.len() - 1, b'D');
        assert!(FullName::decode(&mut Reader::new(&longer)).is_err());
        // Two halves that are each short enough.
        let twice = [&longest[..33 + 254], b"\xc0\x00"].concat();
        assert!(FullName::decode_compressed(&mut Reader::new(&twice)).is_err());
    }

    #[test]
    fn what_is_no_scope() {
        for wrong in [".", "a.", "a..b", "é", &"a".repeat(64)] {
            assert_eq!(Scope::new(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(prop_oneof![Just(32u8), Just(0), Just(0xc0), b'A'..=b'P', any::<u8>()], 0..120), at in 0usize..8) {
            let mut r = Reader::new(&bytes);
            let _ = r.skip(at, "test");
            if let Ok(name) = FullName::decode_compressed(&mut r) {
                prop_assert!(name.to_bytes().len() <= 33 + 255);
                prop_assert_eq!(FullName::decode(&mut Reader::new(&name.to_bytes())), Ok(name));
            }
        }
    }
}

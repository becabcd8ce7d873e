use core::fmt;

use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// A NetBIOS name: 15 bytes padded with spaces, and a suffix that says what the name is of. On the wire it has its
/// first-level encoding (RFC 1001 14.1, RFC 1002 4.1). Alone its scope is empty when written and passed over when read;
/// with its scope it is a [`crate::FullName`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetbiosName([u8; 16]);

impl NetbiosName {
    /// The suffix of a file server.
    pub const SERVER: u8 = 0x20;
    /// The suffix of a workstation.
    pub const WORKSTATION: u8 = 0x00;
    /// The suffix of who gets messages for people.
    pub const MESSENGER: u8 = 0x03;
    /// The suffix of a domain's master browser.
    pub const DOMAIN_MASTER: u8 = 0x1b;
    /// The suffix of a domain's controllers, whose addresses a name server keeps.
    pub const DOMAIN_CONTROLLERS: u8 = 0x1c;
    /// The suffix of a subnet's master browser, which a name server never tells.
    pub const LOCAL_MASTER: u8 = 0x1d;
    /// The suffix of all who can be browsers.
    pub const BROWSERS: u8 = 0x1e;
    /// The name of every node, which asks for the status of whoever is asked (RFC 1002 4.2.17).
    pub const ANY: Self = Self(*b"*\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    /// The name clients call that know only an address.
    pub const ANY_SERVER: Self = Self(*b"*SMBSERVER      ");
    /// The name all master browsers have in common ([MS-BRWS] 2.1.1.1).
    pub const MASTER_BROWSERS: Self = Self(*b"\x01\x02__MSBROWSE__\x02\x01");

    /// `name` in upper case, padded, with `suffix` behind it. `None` if it is not 1 to 15 bytes of ASCII. Peers use the
    /// wildcard `*` padded with zeros; that is a name of its own, [`NetbiosName::from_bytes`].
    #[must_use]
    pub fn new(name: &str, suffix: u8) -> Option<Self> {
        if name.is_empty() || name.len() > 15 || !name.is_ascii() {
            return None;
        }
        let padded = name.bytes().map(|b| b.to_ascii_uppercase()).chain(core::iter::repeat(b' '));
        let mut bytes = [suffix; 16];
        bytes.iter_mut().take(15).zip(padded).for_each(|(into, from)| *into = from);
        Some(Self(bytes))
    }

    /// From its 16 bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Its 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The name without padding, in whatever code page it was written.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        let [name @ .., _] = &self.0;
        let end = name.iter().rposition(|b| !matches!(b, b' ' | 0)).map_or(0, |last| last.saturating_add(1));
        name.get(..end).unwrap_or_default()
    }

    /// Whether it begins with an asterisk: such a name is everybody's, never registered and never defended ([MS-NBTE]
    /// 3.1.4.1, 3.1.5.1).
    #[must_use]
    pub const fn is_wildcard(&self) -> bool {
        matches!(self.0, [b'*', ..])
    }

    /// From the 32 letters of its first-level encoding.
    pub(crate) fn from_letters(letters: &[u8; 32]) -> Result<Self, DecodeError> {
        let mut bytes = [0; 16];
        for (into, pair) in bytes.iter_mut().zip(letters.as_chunks::<2>().0) {
            let [high, low] = pair.map(nibble);
            *into = high
                .zip(low)
                .map(|(h, l)| h << 4 | l)
                .ok_or(DecodeError::invalid("NAME", "not of A to P"))?;
        }
        Ok(Self(bytes))
    }

    /// The first label of its encoding.
    pub(crate) fn encode_label(&self, w: &mut Writer<'_>) {
        w.u8(32);
        for b in self.0 {
            w.bytes(&[b'A'.saturating_add(b >> 4), b'A'.saturating_add(b & 0xf)]);
        }
    }

    /// What the name is of.
    #[must_use]
    pub const fn suffix(&self) -> u8 {
        let [.., suffix] = self.0;
        suffix
    }
}

impl Decode<'_> for NetbiosName {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.u8("NAME")? != 32 {
            return Err(DecodeError::invalid("NAME", "the first label has not 32 bytes"));
        }
        let name = Self::from_letters(&r.array("NAME")?)?;
        skip_scope(r)?;
        Ok(name)
    }
}

impl Encode for NetbiosName {
    fn encode(&self, w: &mut Writer<'_>) {
        self.encode_label(w);
        w.u8(0);
    }
}

impl fmt::Debug for NetbiosName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}<{:02x}>", self.name().escape_ascii(), self.suffix())
    }
}

fn nibble(letter: u8) -> Option<u8> {
    letter.checked_sub(b'A').filter(|n| *n < 16)
}

/// Passes over the labels of the scope up to the empty one. A pointer, which has the upper bits set, leads nowhere in a
/// session packet.
fn skip_scope(r: &mut Reader<'_>) -> Result<(), DecodeError> {
    loop {
        match r.u8("SCOPE_ID")? {
            0 => return Ok(()),
            len @ 1..=63 => r.skip(len.into(), "SCOPE_ID")?,
            _ => return Err(DecodeError::invalid("SCOPE_ID", "a label longer than 63 bytes")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// RFC 1001 14.1: "The NetBIOS name is FRED".
    #[test]
    fn fred() {
        let bytes = b"\x20EGFCEFEECACACACACACACACACACACACA\0";
        let name = NetbiosName::new("Fred", b' ').unwrap();
        assert_eq!(name.to_bytes(), bytes);
        assert_eq!(NetbiosName::decode(&mut Reader::new(bytes)), Ok(name));
        assert_eq!((name.name(), name.suffix()), (&b"FRED"[..], NetbiosName::SERVER));
        assert_eq!(format!("{name:?}"), "FRED<20>");
    }

    #[test]
    fn a_scope_is_passed_over() {
        let bytes = b"\x20EGFCEFEECACACACACACACACACACACACA\x07NETBIOS\x03COM\0rest";
        let mut r = Reader::new(bytes);
        assert_eq!(NetbiosName::decode(&mut r), Ok(NetbiosName::new("FRED", b' ').unwrap()));
        assert_eq!(r.rest(), b"rest");
    }

    #[test]
    fn what_is_no_name() {
        let name = b"\x20EGFCEFEECACACACACACACACACACACACA\0";
        for len in 0..name.len() {
            assert!(NetbiosName::decode(&mut Reader::new(&name[..len])).is_err());
        }
        for (at, byte) in [(0, 31), (1, b'@'), (32, b'Q'), (33, 0xc0)] {
            let mut changed = *name;
            changed[at] = byte;
            assert!(NetbiosName::decode(&mut Reader::new(&changed)).is_err(), "{at}");
        }
        assert_eq!(NetbiosName::new("", 0), None);
        assert_eq!(NetbiosName::new("SIXTEEN-LETTERS!", 0), None);
        assert_eq!(NetbiosName::new("é", 0), None);
    }

    proptest! {
        #[test]
        fn every_name_both_ways(bytes: [u8; 16]) {
            let name = NetbiosName::from_bytes(bytes);
            prop_assert_eq!(NetbiosName::decode(&mut Reader::new(&name.to_bytes())), Ok(name));
            prop_assert!(name.name().len() <= 15);
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = NetbiosName::decode(&mut Reader::new(&bytes));
        }
    }
}

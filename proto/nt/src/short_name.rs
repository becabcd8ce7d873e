use crate::{NtString, upcase};

/// Longest 8.3 name in units.
const LONGEST: usize = 12;
const DOT: u16 = 0x2e;
const TILDE: u16 = 0x7e;
const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// What a made name keeps of the long one, and how much of the hash stands on either side of its tilde.
const KEPT: usize = 2;
const HASH_BEFORE: usize = 4;

/// An 8.3 name ([MS-FSCC] 2.1.5.2.1); empty for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ShortName {
    units: [u16; LONGEST],
    length: usize,
}

impl ShortName {
    /// The 8.3 name of a file: its own in upper case if that is one already, or one that depends on the long name alone, without its
    /// case: two of its characters, a hash with a tilde in it and its extension (`REPORT 2024.docx` is `RE1K2S~7.DOC`). The root and
    /// `.` and `..` have none.
    #[must_use]
    pub fn of(name: &[u16]) -> Self {
        if is_short(name) { Self::copied(name.iter().map(|u| upcase(*u))) } else { Self::made_for(name) }
    }

    /// The 8.3 name beside a name that is none itself; empty for one that is.
    #[must_use]
    pub fn beside(name: &[u16]) -> Self {
        if is_short(name) { Self::default() } else { Self::made_for(name) }
    }

    /// Whether a name has the shape of those that are made.
    #[must_use]
    pub fn is_made(name: &[u16]) -> bool {
        let base = name.iter().position(|u| *u == DOT).unwrap_or(name.len());
        base == KEPT + HASH_BEFORE + 2 && name.get(KEPT + HASH_BEFORE) == Some(&TILDE) && is_short(name)
    }

    /// Its units; none if it is empty.
    #[must_use]
    pub fn units(&self) -> &[u16] {
        self.units.get(..self.length).unwrap_or_default()
    }

    /// As a peer sent it: at most 12 units of it.
    #[must_use]
    pub fn given(name: &NtString) -> Self {
        Self::copied(name.units().iter().copied())
    }

    fn copied(units: impl Iterator<Item = u16>) -> Self {
        let mut short = Self::default();
        units.take(LONGEST).for_each(|unit| short.push(unit));
        short
    }

    fn push(&mut self, unit: u16) {
        if let Some(to) = self.units.get_mut(self.length) {
            *to = unit;
            self.length = self.length.saturating_add(1);
        }
    }

    fn push_good(&mut self, units: &[u16], most: usize) {
        units.iter().filter(|u| is_good(**u)).take(most).for_each(|u| self.push(upcase(*u)));
    }

    fn made_for(name: &[u16]) -> Self {
        let mut short = Self::default();
        if matches!(name, [] | [DOT] | [DOT, DOT]) {
            return short;
        }
        let last_dot = name.iter().rposition(|u| *u == DOT).filter(|at| *at > 0);
        let (base, extension) = name.split_at(last_dot.unwrap_or(name.len()));
        short.push_good(base, KEPT);
        while short.length < KEPT {
            short.push(u16::from(b'_'));
        }
        let mut hash = hash(name);
        for place in 0..=HASH_BEFORE {
            if place == HASH_BEFORE {
                short.push(TILDE);
            }
            let digit = usize::try_from(hash % 36).unwrap_or_default();
            short.push(u16::from(DIGITS.get(digit).copied().unwrap_or(b'0')));
            hash /= 36;
        }
        if extension.iter().any(|u| is_good(*u)) {
            short.push(DOT);
            short.push_good(extension, 3);
        }
        short
    }
}

impl From<ShortName> for NtString {
    fn from(short: ShortName) -> Self {
        Self(short.units().to_vec())
    }
}

/// What an 8.3 name may hold besides its dot.
fn is_good(unit: u16) -> bool {
    u8::try_from(unit).is_ok_and(|b| b.is_ascii_alphanumeric() || b"!#$%&'()-@^_`{}~".contains(&b))
}

fn is_short(name: &[u16]) -> bool {
    if name.len() > LONGEST {
        return false;
    }
    let dot = name.iter().position(|u| *u == DOT);
    let (base, rest) = name.split_at(dot.unwrap_or(name.len()));
    let good = |part: &[u16], most| (1..=most).contains(&part.len()) && part.iter().all(|u| is_good(*u));
    good(base, 8) && rest.split_first().is_none_or(|(_, extension)| good(extension, 3))
}

/// FNV-1a over the units in upper case, its halves mixed.
fn hash(name: &[u16]) -> u64 {
    let mixed = name.iter().fold(0xcbf2_9ce4_8422_2325u64, |hash, unit| {
        (hash ^ u64::from(upcase(*unit))).wrapping_mul(0x0100_0000_01b3)
    });
    mixed ^ mixed >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn of(name: &str) -> String {
        NtString::from(ShortName::of(NtString::from(name).units())).to_string_lossy()
    }

    #[test]
    fn a_short_name_is_its_own() {
        for (name, short) in [("ReadMe.txt", "README.TXT"), ("a", "A"), ("12345678.x~1", "12345678.X~1")] {
            assert_eq!(of(name), short);
            assert_eq!(ShortName::beside(NtString::from(name).units()), ShortName::default());
        }
        assert_eq!((of(".").as_str(), of("..").as_str()), ("", ""));
    }

    #[test]
    fn a_long_name_gets_one_that_says_it_was_made() {
        for name in
            ["123456789", "a.html", "a b", "ü", ".profile", "a.b.c", "x.", "name.", "...", " x", "a+b"]
        {
            let short = ShortName::of(NtString::from(name).units());
            assert!(ShortName::is_made(short.units()), "{name} {short:?}");
            assert_eq!(ShortName::beside(NtString::from(name).units()), short, "{name}");
        }
        assert_eq!(of("Long Name.HTML"), of("long name.html"), "case is no difference");
        let short = of("Long Name.tar.gz");
        assert!(short.starts_with("LO") && short.ends_with(".GZ") && short.len() == 11, "{short}");
        for name in ["~$report.doc", "ABCDEF~12", "ABCDE~1.TXT", "ABCDEF~1.LONG", "plain.txt"] {
            assert!(!ShortName::is_made(NtString::from(name).units()), "{name}");
        }
    }

    #[test]
    fn few_collide() {
        let names: HashSet<String> = (0..3000).map(|n| of(&format!("Some file {n}.txt"))).collect();
        assert!(names.len() > 2995, "{}", names.len());
    }

    proptest! {
        #[test]
        fn every_name_has_a_good_one(units: Vec<u16>) {
            let short = ShortName::of(&units);
            let none = matches!(units.as_slice(), [] | [0x2e] | [0x2e, 0x2e]);
            prop_assert!(none || is_short(short.units()), "{short:?}");
        }
    }
}

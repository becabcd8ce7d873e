//! Names of the SMB3 POSIX extensions, which may hold what Windows forbids.
//!
//! Such characters have a private one each, by which Windows' clients know them: control characters U+F001 to U+F01F, `"*:<>?\|` U+F020 to
//! U+F027, a space or period at the end of a name U+F028 and U+F029. So every file has one name here, whoever asks for it.

use crate::NtString;

const BACKSLASH: u16 = 0x5c;
const SLASH: u16 = 0x2f;
const SPACE: u16 = 0x20;
const PERIOD: u16 = 0x2e;
const PRIVATE: u16 = 0xf000;
/// From U+F020 on.
const SPECIAL: [u16; 8] = [0x22, 0x2a, 0x3a, 0x3c, 0x3e, 0x3f, BACKSLASH, 0x7c];
const FIRST_SPECIAL: u16 = 0xf020;
const FINAL_SPACE: u16 = 0xf028;
const FINAL_PERIOD: u16 = 0xf029;

impl NtString {
    /// A path of a POSIX client, components between slashes or backslashes, as everybody else has it. A backslash in a name is U+F026 on the
    /// way as well.
    #[must_use]
    pub fn from_posix_path(&self) -> Self {
        let mut units = Vec::with_capacity(self.units().len());
        for (index, name) in self.units().split(|u| matches!(*u, SLASH | BACKSLASH)).enumerate() {
            if index > 0 {
                units.push(BACKSLASH);
            }
            push_name(name, &mut units);
        }
        Self(units)
    }

    /// One name of a path as a POSIX client has it. Only a backslash stays as it is, for that would be a separator.
    #[must_use]
    pub fn to_posix_name(&self) -> Self {
        let last = self.units().len();
        let shown = |(at, unit): (usize, &u16)| match *unit {
            control @ 0xf001..=0xf01f => control ^ PRIVATE,
            special @ FIRST_SPECIAL..FINAL_SPACE => special
                .checked_sub(FIRST_SPECIAL)
                .and_then(|index| SPECIAL.get(usize::from(index)).copied())
                .filter(|unit| *unit != BACKSLASH)
                .unwrap_or(special),
            FINAL_SPACE if at == last => SPACE,
            FINAL_PERIOD if at == last => PERIOD,
            other => other,
        };
        Self((1..).zip(self.units()).map(shown).collect())
    }
}

fn push_name(name: &[u16], units: &mut Vec<u16>) {
    if matches!(name, [PERIOD] | [PERIOD, PERIOD]) {
        units.extend_from_slice(name);
        return;
    }
    let last = name.len();
    for (at, unit) in (1..).zip(name) {
        units.push(match *unit {
            control @ 1..=0x1f => control | PRIVATE,
            SPACE if at == last => FINAL_SPACE,
            PERIOD if at == last => FINAL_PERIOD,
            other => {
                (FIRST_SPECIAL..).zip(SPECIAL).find(|(_, s)| *s == other).map_or(other, |(unit, _)| unit)
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_pairs() {
        let pairs: [(&str, &[u16]); 5] = [
            ("a:b", &[0x61, 0xf022, 0x62]),
            ("what? ", &[0x77, 0x68, 0x61, 0x74, 0xf025, 0xf028]),
            ("end.", &[0x65, 0x6e, 0x64, 0xf029]),
            ("\u{1}.x", &[0xf001, 0x2e, 0x78]),
            ("<\">|*", &[0xf023, 0xf020, 0xf024, 0xf027, 0xf021]),
        ];
        for (posix, units) in pairs {
            assert_eq!(NtString::from(posix).from_posix_path().units(), units, "{posix}");
            assert_eq!(NtString(units.to_vec()).to_posix_name(), posix.into(), "{posix}");
        }
    }

    #[test]
    fn paths() {
        for (posix, path) in [("a/b\\c", "a\\b\\c"), ("", ""), ("a/../b", "a\\..\\b"), ("./a", ".\\a")] {
            assert_eq!(NtString::from(posix).from_posix_path(), path.into(), "{posix}");
        }
        let ends = NtString::from("dir./f").from_posix_path();
        assert_eq!(ends.units()[3], 0xf029, "the end of every name counts");
        let backslash = NtString(vec![0xf026]);
        assert_eq!((backslash.from_posix_path(), backslash.to_posix_name()), (backslash.clone(), backslash));
    }

    proptest! {
        #[test]
        fn names_come_back(name in "[^/\\\\\\x00]{1,40}") {
            prop_assume!(name != "." && name != ".." && !name.chars().any(|c| ('\u{f000}'..'\u{f030}').contains(&c)));
            let own = NtString::from(name.as_str()).from_posix_path();
            prop_assert!(!own.units().iter().any(|u| *u < 0x20 || SPECIAL.contains(u)));
            prop_assert_eq!(own.to_posix_name(), name.as_str().into());
        }

        #[test]
        fn no_path_makes_a_name_of_its_own(units: Vec<u16>) {
            let own = NtString(units.clone()).from_posix_path();
            prop_assert_eq!(own.units().len(), units.len());
            prop_assert!(!own.units().contains(&0x3a) && !own.units().contains(&SLASH));
            prop_assert_eq!(own.from_posix_path(), own);
        }
    }
}

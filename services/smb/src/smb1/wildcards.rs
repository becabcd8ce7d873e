//! Wildcards as DOS has them, in those of [MS-FSCC] 2.1.4.1.

use lanward_nt::NtString;

const STAR: u16 = 0x2a;
const QUESTION: u16 = 0x3f;
const DOT: u16 = 0x2e;
const DOS_STAR: u16 = 0x3c;
const DOS_QM: u16 = 0x3e;
const DOS_DOT: u16 = 0x22;

/// Whether a pattern says more than one name.
pub(crate) fn has_wildcards(pattern: &NtString) -> bool {
    pattern.units().iter().any(|u| matches!(*u, STAR | QUESTION | DOS_STAR | DOS_QM | DOS_DOT))
}

/// A pattern of a client that knows the wildcards of DOS only, as one that finds the same: `?` finds no character where a part of the name ends, a dot before
/// a wildcard finds the end of a name without extension, and `*` before a dot stops at the last one.
pub(crate) fn from_dos(pattern: &NtString) -> NtString {
    let units = pattern.units();
    let mut translated = Vec::with_capacity(units.len());
    for (at, unit) in units.iter().enumerate() {
        let next = units.get(at + 1);
        translated.push(match *unit {
            QUESTION => DOS_QM,
            DOT if next.is_some_and(|n| matches!(*n, STAR | QUESTION)) => DOS_DOT,
            STAR if next == Some(&DOT) => DOS_STAR,
            other => other,
        });
    }
    NtString(translated)
}

/// The new name of a file, by a pattern and its old name: `?` stands for the character that is there, `*` for what is left of the part before or behind
/// the last dot ([MS-CIFS] 3.3.5.10).
pub(crate) fn renamed(old: &NtString, pattern: &NtString) -> NtString {
    let (old_base, old_extension) = parts(old.units());
    let (base, extension) = parts(pattern.units());
    let mut new = filled(old_base, base);
    if let Some(extension) = extension {
        let extension = filled(old_extension.unwrap_or_default(), extension);
        if !extension.is_empty() {
            new.push(DOT);
            new.extend(extension);
        }
    }
    NtString(new)
}

/// What is before and what is behind the last dot.
fn parts(name: &[u16]) -> (&[u16], Option<&[u16]>) {
    match name.iter().rposition(|u| *u == DOT) {
        Some(at) => (&name[..at], Some(&name[at + 1..])),
        None => (name, None),
    }
}

fn filled(old: &[u16], pattern: &[u16]) -> Vec<u16> {
    let mut new = Vec::with_capacity(pattern.len());
    for (at, unit) in pattern.iter().enumerate() {
        match *unit {
            STAR => {
                new.extend(old.get(at..).unwrap_or_default());
                break;
            }
            QUESTION | DOS_QM => new.extend(old.get(at)),
            other => new.push(other),
        }
    }
    new
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_dos() {
        for (dos, nt) in [
            ("????????.???", ">>>>>>>>\">>>"),
            ("*.*", "<\"*"),
            ("*.TXT", "<.TXT"),
            ("A.TXT", "A.TXT"),
            ("A*.?", "A<\">"),
            ("A.", "A."),
            ("*", "*"),
        ] {
            assert_eq!(from_dos(&dos.into()), nt.into(), "{dos}");
        }
        assert!(has_wildcards(&"a?".into()) && has_wildcards(&"<".into()) && !has_wildcards(&"a.b".into()));
    }

    #[test]
    fn new_names_by_patterns() {
        for (old, pattern, new) in [
            ("a.txt", "*.bak", "a.bak"),
            ("a.txt", "b.*", "b.txt"),
            ("abc.txt", "x??.*", "xbc.txt"),
            ("abc", "*.*", "abc"),
            ("abc", "*.x", "abc.x"),
            ("abc.d", "z", "z"),
            ("a.b.c", "*.d", "a.b.d"),
            ("abcdef.txt", "??.??", "ab.tx"),
        ] {
            assert_eq!(renamed(&old.into(), &pattern.into()), new.into(), "{old} {pattern}");
        }
    }
}

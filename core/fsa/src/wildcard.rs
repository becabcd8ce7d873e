use lanward_nt::{NtString, ShortName, upcase};

const STAR: u16 = 0x2a;
const QUESTION: u16 = 0x3f;
const DOS_STAR: u16 = 0x3c;
const DOS_QM: u16 = 0x3e;
const DOS_DOT: u16 = 0x22;
const DOT: u16 = 0x2e;
/// Longest expression that is matched; longer ones match nothing, for no name is that long.
const MAX: usize = 512;

/// A pattern of names, matched without regard to case ([MS-FSA] 2.1.4.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Expression {
    upper: Vec<u16>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// `*` or `*.*`
    Everything,
    /// No wildcard.
    Exact,
    /// `*` and then no wildcard.
    Ending,
    General,
}

impl Expression {
    /// The pattern; an empty one matches everything.
    pub(crate) fn new(pattern: &NtString) -> Self {
        let upper = pattern.to_uppercase().0;
        let kind = match upper.as_slice() {
            [] | [STAR] | [STAR, DOT, STAR] => Kind::Everything,
            [STAR, rest @ ..] if !rest.iter().any(|u| is_wildcard(*u)) => Kind::Ending,
            all if !all.iter().any(|u| is_wildcard(*u)) => Kind::Exact,
            _ => Kind::General,
        };
        Self { upper, kind }
    }

    /// Whether it names one file only.
    pub(crate) fn is_exact(&self) -> bool {
        self.kind == Kind::Exact
    }

    /// Whether a name is in the pattern.
    pub(crate) fn matches(&self, name: &[u16]) -> bool {
        match self.kind {
            Kind::Everything => true,
            Kind::Exact => same(&self.upper, name),
            Kind::Ending => {
                let tail = &self.upper[1..];
                name.len() >= tail.len() && same(tail, &name[name.len() - tail.len()..])
            }
            Kind::General => self.upper.len() <= MAX && matches_general(&self.upper, name),
        }
    }

    /// The same of an 8.3 name, if there is one.
    pub(crate) fn matches_short(&self, name: &ShortName) -> bool {
        !name.units().is_empty() && self.matches(name.units())
    }
}

/// [MS-FSA] 2.1.4.3
pub(crate) const fn is_wildcard(unit: u16) -> bool {
    matches!(unit, STAR | QUESTION | DOS_STAR | DOS_QM | DOS_DOT)
}

fn same(upper: &[u16], name: &[u16]) -> bool {
    upper.len() == name.len() && upper.iter().zip(name).all(|(u, n)| *u == upcase(*n))
}

/// Follows every place in the pattern a prefix of the name can have led to.
fn matches_general(pattern: &[u16], name: &[u16]) -> bool {
    let last_dot = name.iter().rposition(|u| *u == DOT);
    let mut places = [false; MAX + 1];
    places[0] = true;
    for (i, unit) in name.iter().enumerate() {
        skip_without_unit(pattern, &mut places, |p| match p {
            STAR | DOS_STAR => true,
            DOS_QM => *unit == DOT,
            _ => false,
        });
        let unit = upcase(*unit);
        let mut next = [false; MAX + 1];
        for (at, expected) in pattern.iter().enumerate().filter(|(at, _)| places[*at]) {
            match *expected {
                STAR => next[at] = true,
                DOS_STAR if last_dot != Some(i) => next[at] = true,
                DOS_STAR => {}
                DOS_QM if unit == DOT => {}
                QUESTION | DOS_QM => next[at + 1] = true,
                DOS_DOT => next[at + 1] |= unit == DOT,
                other => next[at + 1] |= other == unit,
            }
        }
        places = next;
    }
    skip_without_unit(pattern, &mut places, |p| matches!(p, STAR | DOS_STAR | DOS_QM | DOS_DOT));
    places[pattern.len()]
}

/// Passes over what can match no unit at all here.
fn skip_without_unit(pattern: &[u16], places: &mut [bool; MAX + 1], passes: impl Fn(u16) -> bool) {
    for (at, expected) in pattern.iter().enumerate() {
        if places[at] && passes(*expected) {
            places[at + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_in(pattern: &str, name: &str) -> bool {
        Expression::new(&pattern.into()).matches(NtString::from(name).units())
    }

    #[test]
    fn the_rules_one_by_one() {
        let yes = [
            ("*", "a"),
            ("*.*", "noext"),
            ("*.TXT", "x.txt"),
            ("a*b*c", "aXXbYYc"),
            ("?", "x"),
            ("f?o", "foo"),
            ("a<", "abc"),
            ("<.txt", "a.b.txt"),
            ("<\"*", "file"),
            ("<\"*", "a.b"),
            ("abc\"", "abc"),
            ("abc\"", "abc."),
            (">>>", "a"),
            (">>>>>>>>\">>>", "a.c"),
            ("a>>.c", "a.c"),
            ("<.", "a."),
            ("f*", "FOO"),
            ("é*", "É1"),
        ];
        for (pattern, name) in yes {
            assert!(is_in(pattern, name), "{pattern} should match {name}");
        }
        let no = [
            ("?", ""),
            ("?", "ab"),
            ("*.txt", "x.txtt"),
            ("f?o", "fo"),
            ("<.txt", "a.txt.b"),
            ("abc\"", "abcd"),
            (">", "ab"),
            ("a>>c", "a.c"),
            ("b*", "abc"),
            ("?????", "a.b"),
        ];
        for (pattern, name) in no {
            assert!(!is_in(pattern, name), "{pattern} should not match {name}");
        }
    }

    fn naive(pattern: &[u16], name: &[u16]) -> bool {
        match (pattern.first(), name.first()) {
            (None, None) => true,
            (Some(&STAR), _) if naive(&pattern[1..], name) => true,
            (Some(&STAR), Some(_)) => naive(pattern, &name[1..]),
            (Some(&QUESTION), Some(_)) => naive(&pattern[1..], &name[1..]),
            (Some(p), Some(n)) => *p == upcase(*n) && naive(&pattern[1..], &name[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn plain_wildcards_agree_with_recursion(pattern in "[ab*?.]{1,6}", name in "[abAB.]{1,7}") {
            prop_assume!(pattern != "*.*");
            let units = NtString::from(name.as_str());
            let upper = NtString::from(pattern.as_str()).to_uppercase();
            prop_assert_eq!(is_in(&pattern, &name), naive(upper.units(), units.units()));
        }

        #[test]
        fn nothing_panics(pattern: Vec<u16>, name: Vec<u16>) {
            let _ = Expression::new(&NtString(pattern)).matches(&name);
        }
    }
}

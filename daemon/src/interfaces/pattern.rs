//! Names of interfaces with wildcards.

use serde::Deserialize;

/// A name in which `*` is for any characters and `?` for one, such as `ppp*`. Upper and lower case differ, as they do for the kernel.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct NamePattern(String);

/// The longest name of an interface, in bytes (IFNAMSIZ less one).
const LONGEST: usize = 15;

impl TryFrom<String> for NamePattern {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let letters = text.bytes().filter(|b| *b != b'*').count();
        let bad = |c: char| c == '/' || c == ':' || c.is_whitespace() || c.is_control();
        if text.is_empty() || letters > LONGEST || text.contains(bad) {
            return Err(format!("`{text}` is no name of an interface: write it as eth0, ppp* or wg?"));
        }
        Ok(Self(text))
    }
}

impl NamePattern {
    /// Whether a name is one of those.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let (pattern, name) = (self.0.as_bytes(), name.as_bytes());
        let (mut p, mut n) = (0, 0);
        // Where to go on if what follows the last star does not fit.
        let mut again = None;
        while n < name.len() {
            match pattern.get(p) {
                Some(b'*') => {
                    again = Some((p, n));
                    p += 1;
                }
                Some(b) if *b == b'?' || *b == name[n] => (p, n) = (p + 1, n + 1),
                _ => {
                    let Some((star, taken)) = again else { return false };
                    again = Some((star, taken + 1));
                    (p, n) = (star + 1, taken + 1);
                }
            }
        }
        pattern[p..].iter().all(|b| *b == b'*')
    }
}

#[cfg(test)]
mod tests {
    use super::NamePattern;

    #[test]
    fn names_match() {
        let cases = [
            ("eth0", "eth0", true),
            ("eth0", "eth01", false),
            ("eth0", "Eth0", false),
            ("ppp*", "ppp0", true),
            ("ppp*", "ppp", true),
            ("ppp*", "xppp0", false),
            ("*", "anything", true),
            ("wg?", "wg1", true),
            ("wg?", "wg", false),
            ("en*s?f*", "enp3s0f1", true),
            ("*0", "tun00", true),
            ("*0", "tun01", false),
            ("a*b*c", "abcbc", true),
        ];
        for (pattern, name, expected) in cases {
            let pattern = NamePattern::try_from(pattern.to_owned()).unwrap();
            assert_eq!(pattern.matches(name), expected, "{pattern:?} {name}");
        }
        for wrong in ["", "a/b", "eth0:1", "eth 0", "a-name-that-is-too-long"] {
            assert!(NamePattern::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
    }
}

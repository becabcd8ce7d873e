use core::fmt;

/// A string of UTF-16 code units as Windows has it: unpaired surrogates are allowed and kept.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct NtString(pub Vec<u16>);

/// The simple upper-case mapping of one code unit ([MS-UCODEREF] upcases per unit, so surrogates map to themselves and
/// the length never changes).
#[must_use]
pub fn upcase(unit: u16) -> u16 {
    if unit < 0x80 {
        return match u8::try_from(unit) {
            Ok(b) => u16::from(b.to_ascii_uppercase()),
            Err(_) => unit,
        };
    }
    // Windows' table leaves these two alone where Unicode would map them to ASCII or to another length.
    if matches!(unit, 0x0131 | 0x017f) {
        return unit;
    }
    let Some(c) = char::from_u32(u32::from(unit)) else { return unit };
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        (Some(u), None) => u16::try_from(u32::from(u)).unwrap_or(unit),
        _ => unit,
    }
}

impl NtString {
    /// From UTF-16LE bytes; a trailing odd byte is passed over.
    #[must_use]
    pub fn from_utf16le(bytes: &[u8]) -> Self {
        Self(lanward_wire::utf16le_units(bytes))
    }

    /// The code units.
    #[must_use]
    pub fn units(&self) -> &[u16] {
        &self.0
    }

    /// As text, unpaired surrogates replaced: for people and logs, never for a file's name.
    #[must_use]
    pub fn to_string_lossy(&self) -> String {
        String::from_utf16_lossy(&self.0)
    }

    /// Every unit upper-cased: two names are the same to Windows when these are equal.
    #[must_use]
    pub fn to_uppercase(&self) -> Self {
        Self(self.0.iter().map(|u| upcase(*u)).collect())
    }

    /// Equality without regard to case.
    #[must_use]
    pub fn eq_ignore_case(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().zip(&other.0).all(|(a, b)| upcase(*a) == upcase(*b))
    }
}

impl From<&str> for NtString {
    fn from(s: &str) -> Self {
        Self(s.encode_utf16().collect())
    }
}

impl fmt::Display for NtString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        char::decode_utf16(self.0.iter().copied())
            .try_for_each(|c| write!(f, "{}", c.unwrap_or(char::REPLACEMENT_CHARACTER)))
    }
}

impl fmt::Debug for NtString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string_lossy())
    }
}

/// A path relative to the root of a share: components between backslashes, none of them empty, `.` or `..`. The empty path is the
/// root itself. What else a name may hold is the volume's affair.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct NtPath(NtString);

const BACKSLASH: u16 = 0x5c;

impl NtPath {
    /// Checks the shape of a path; `None` for a leading, trailing or doubled backslash, a `.` or `..` component, or a NUL.
    #[must_use]
    pub fn new(name: NtString) -> Option<Self> {
        let path = Self(name);
        let dot = u16::from(b'.');
        let good = |c: &[u16]| !c.is_empty() && c != [dot] && c != [dot, dot] && !c.contains(&0);
        (path.is_root() || path.0.0.split(|u| *u == BACKSLASH).all(good)).then_some(path)
    }

    /// The share's root.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// Whether this is the share's root.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.0.is_empty()
    }

    /// The path as one string with backslashes.
    #[must_use]
    pub const fn as_string(&self) -> &NtString {
        &self.0
    }

    /// The components from the root down.
    pub fn components(&self) -> impl DoubleEndedIterator<Item = &[u16]> {
        self.0.0.split(|u| *u == BACKSLASH).filter(|c| !c.is_empty())
    }

    /// The last component; empty for the root.
    #[must_use]
    pub fn file_name(&self) -> &[u16] {
        self.components().next_back().unwrap_or_default()
    }

    /// The directory the path's last component is in; the root's parent is the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        let cut = self.0.0.iter().rposition(|u| *u == BACKSLASH).unwrap_or(0);
        Self(NtString(self.0.0.get(..cut).unwrap_or_default().to_vec()))
    }

    /// This path with one more component, which must be a single good one.
    #[must_use]
    pub fn join(&self, name: &[u16]) -> Option<Self> {
        if name.is_empty() || name.contains(&BACKSLASH) {
            return None;
        }
        let mut units = self.0.0.clone();
        if !units.is_empty() {
            units.push(BACKSLASH);
        }
        units.extend_from_slice(name);
        Self::new(NtString(units))
    }
}

impl fmt::Display for NtPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for NtPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(s: &str) -> Option<NtPath> {
        NtPath::new(s.into())
    }

    #[test]
    fn shapes_of_paths() {
        for good in ["", "a", "a\\b c\\...", "a\\.b"] {
            assert!(path(good).is_some(), "{good}");
        }
        for bad in ["\\", "\\a", "a\\", "a\\\\b", "..", "a\\..\\b", "a\\.", "a\0b"] {
            assert!(path(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn parts_of_paths() {
        let p = path("dir\\sub\\file").unwrap();
        assert_eq!(p.parent(), path("dir\\sub").unwrap());
        assert_eq!(p.file_name(), NtString::from("file").units());
        assert_eq!(p.components().count(), 3);
        assert_eq!(NtPath::root().components().count(), 0);
        assert_eq!(NtPath::root().join(&[0x61]), path("a"));
        assert_eq!(path("a").unwrap().parent(), NtPath::root());
        assert!(p.join(NtString::from("..").units()).is_none());
    }

    #[test]
    fn case_is_folded_per_unit() {
        assert!(NtString::from("StraßE\u{e9}ж").eq_ignore_case(&NtString::from("sTRAßeÉЖ")));
        assert!(!NtString::from("ß").eq_ignore_case(&NtString::from("SS")));
        let lone = NtString(vec![0xd800, 0x61]);
        assert_eq!(lone.to_uppercase(), NtString(vec![0xd800, 0x41]));
    }
}

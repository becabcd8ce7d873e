use lanward_nt::{NtPath, NtStatus, NtString};

/// Which part of a file a name ends in ([MS-FSCC] 2.1.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StreamPart {
    /// None was named.
    Absent,
    /// `::$DATA`, the data of a file.
    MainData,
    /// `::$INDEX_ALLOCATION` or `:$I30:$INDEX_ALLOCATION`, the list of a directory.
    Directory,
    /// A named stream.
    Named,
    /// `$Extend\$Quota:$Q:$INDEX_ALLOCATION`, through which quotas are asked for ([MS-FSA] 2.1.5.1 phase 7).
    Quota,
}

/// A name of an open, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct OpenName {
    pub(crate) path: NtPath,
    pub(crate) stream: StreamPart,
    /// The name of a named stream.
    pub(crate) named: NtString,
    pub(crate) trailing_backslash: bool,
}

/// [MS-FSA] 2.1.5.21, note 198.
const QUOTA_FILE: &str = "$EXTEND\\$QUOTA";
const BACKSLASH: u16 = 0x5c;
const COLON: u16 = 0x3a;
const MAX_COMPONENT: usize = 255;
const MAX_PATH: usize = 32_760;

/// Whether a name could be that of a file, whatever there is.
///
/// # Errors
/// OBJECT_NAME_INVALID and what else an open of it would be answered before anything is looked for.
pub fn check_name(name: &NtString) -> Result<(), NtStatus> {
    parse(name).map(drop)
}

/// Takes the name of an open apart.
///
/// # Errors
/// OBJECT_NAME_INVALID, OBJECT_PATH_SYNTAX_BAD for `..` above the root, INVALID_PARAMETER for a leading backslash or `..` as the second
/// component.
pub(crate) fn parse(name: &NtString) -> Result<OpenName, NtStatus> {
    let units = name.units();
    if units.first() == Some(&BACKSLASH) {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    let (units, trailing_backslash) = match units {
        [before @ .., BACKSLASH] => (before, true),
        all => (all, false),
    };
    let (path, stream, named) = split_stream(units)?;
    let named = NtString(named.to_vec());
    let path = if has_dots(path) { checked_path(&without_dots(path)?)? } else { checked_path(path)? };
    Ok(OpenName { path, stream, named, trailing_backslash })
}

fn is_dots(component: &[u16]) -> bool {
    matches!(component, [0x2e] | [0x2e, 0x2e])
}

fn has_dots(units: &[u16]) -> bool {
    units.split(|u| *u == BACKSLASH).any(is_dots)
}

/// [MS-SMB2] 3.3.5.9, as Windows does it: `.` and `..` are taken out of a path before anything is looked for, but not where `..` is the second
/// component.
///
/// # Errors
/// INVALID_PARAMETER, OBJECT_PATH_SYNTAX_BAD for a path that leads above the root, OBJECT_NAME_INVALID.
fn without_dots(units: &[u16]) -> Result<Vec<u16>, NtStatus> {
    let mut kept: Vec<&[u16]> = Vec::new();
    for (index, component) in units.split(|u| *u == BACKSLASH).enumerate() {
        match component {
            [0x2e] => {}
            [0x2e, 0x2e] if index == 1 => return Err(NtStatus::INVALID_PARAMETER),
            [0x2e, 0x2e] => {
                kept.pop().ok_or(NtStatus::OBJECT_PATH_SYNTAX_BAD)?;
            }
            name if is_good_component(name) => kept.push(name),
            _ => return Err(NtStatus::OBJECT_NAME_INVALID),
        }
    }
    Ok(kept.join(&BACKSLASH))
}

/// A path every component of which is a good name.
///
/// # Errors
/// OBJECT_NAME_INVALID, OBJECT_PATH_SYNTAX_BAD.
pub(crate) fn checked_path(units: &[u16]) -> Result<NtPath, NtStatus> {
    if units.len() > MAX_PATH {
        return Err(NtStatus::OBJECT_NAME_INVALID);
    }
    if units.is_empty() {
        return Ok(NtPath::root());
    }
    for component in units.split(|u| *u == BACKSLASH) {
        if component == [0x2e, 0x2e] {
            return Err(NtStatus::OBJECT_PATH_SYNTAX_BAD);
        }
        if !is_good_component(component) {
            return Err(NtStatus::OBJECT_NAME_INVALID);
        }
    }
    NtPath::new(NtString(units.to_vec())).ok_or(NtStatus::OBJECT_NAME_INVALID)
}

/// Whether a unit may be in no component ([MS-FSCC] 2.1.5.2).
const fn is_forbidden(unit: u16) -> bool {
    matches!(unit, 0..=0x1f | 0x22 | 0x2a | 0x2f | 0x3a | 0x3c | 0x3e | 0x3f | 0x7c)
}

fn is_good_component(component: &[u16]) -> bool {
    !component.is_empty() && component.len() <= MAX_COMPONENT && !component.iter().any(|u| is_forbidden(*u))
}

/// The name a stream is to have ([MS-FSA] 2.1.5.15.12.1): empty for the data of the file. It begins with a colon.
///
/// # Errors
/// INVALID_PARAMETER, OBJECT_TYPE_MISMATCH.
pub(crate) fn stream_of_rename(units: &[u16]) -> Result<NtString, NtStatus> {
    let mut parts = units.get(1..).unwrap_or_default().split(|u| *u == COLON);
    let (name, kind) = (parts.next().unwrap_or_default(), parts.next());
    let ends = units.last() == Some(&COLON) || parts.next().is_some();
    if ends || !is_good_stream(name) || (name.is_empty() && kind.is_none()) {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    if kind.is_some_and(|k| !String::from_utf16_lossy(k).eq_ignore_ascii_case("$DATA")) {
        return Err(NtStatus::OBJECT_TYPE_MISMATCH);
    }
    Ok(NtString(name.to_vec()))
}

/// Whether a name may be a stream's ([MS-FSCC] 2.1.5.3); an empty one is.
fn is_good_stream(name: &[u16]) -> bool {
    name.len() <= MAX_COMPONENT && !name.iter().any(|u| matches!(u, 0 | 0x2f | 0x3a | 0x5c))
}

/// The path, what is named of the file, and the name of a named stream.
fn split_stream(units: &[u16]) -> Result<(&[u16], StreamPart, &[u16]), NtStatus> {
    let last = units.iter().rposition(|u| *u == BACKSLASH).map_or(0, |i| i + 1);
    let Some(colon) = units[last..].iter().position(|u| *u == COLON) else {
        return Ok((units, StreamPart::Absent, &[]));
    };
    let (path, suffix) = units.split_at(last + colon);
    let mut parts = suffix[1..].split(|u| *u == COLON);
    let (stream, kind) = (parts.next().unwrap_or_default(), parts.next());
    if parts.next().is_some() || (stream.is_empty() && kind.is_none()) {
        return Err(NtStatus::OBJECT_NAME_INVALID);
    }
    let upper = |s: &[u16]| String::from_utf16_lossy(s).to_ascii_uppercase();
    let part = match (upper(stream).as_str(), kind.map(upper).as_deref()) {
        ("", Some("$DATA")) => StreamPart::MainData,
        ("" | "$I30", Some("$INDEX_ALLOCATION")) => StreamPart::Directory,
        (name, Some("$DATA") | None) if !name.is_empty() && is_good_stream(stream) => {
            return Ok((path, StreamPart::Named, stream));
        }
        ("$O" | "$Q", Some("$INDEX_ALLOCATION")) if upper(path) == QUOTA_FILE => StreamPart::Quota,
        (_, Some("$INDEX_ALLOCATION")) => return Err(NtStatus::INVALID_PARAMETER),
        _ => return Err(NtStatus::OBJECT_NAME_INVALID),
    };
    Ok((path, part, &[]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(s: &str) -> Result<(String, StreamPart, bool), NtStatus> {
        parse(&s.into()).map(|n| (n.path.to_string(), n.stream, n.trailing_backslash))
    }

    #[test]
    fn names_and_their_streams() {
        assert_eq!(parsed(""), Ok((String::new(), StreamPart::Absent, false)));
        assert_eq!(parsed("a\\b"), Ok(("a\\b".into(), StreamPart::Absent, false)));
        assert_eq!(parsed("a\\"), Ok(("a".into(), StreamPart::Absent, true)));
        assert_eq!(parsed("a::$data"), Ok(("a".into(), StreamPart::MainData, false)));
        assert_eq!(parsed("d\\a:s"), Ok(("d\\a".into(), StreamPart::Named, false)));
        assert_eq!(parsed("a:s:$DATA"), Ok(("a".into(), StreamPart::Named, false)));
        let quota = "$Extend\\$Quota";
        let opened = parsed(&format!("{quota}:$q:$INDEX_ALLOCATION"));
        assert_eq!(opened, Ok((quota.into(), StreamPart::Quota, false)));
        assert_eq!(parsed("x:$Q:$INDEX_ALLOCATION"), Err(NtStatus::INVALID_PARAMETER));
        assert_eq!(parsed("d:$I30:$INDEX_ALLOCATION"), Ok(("d".into(), StreamPart::Directory, false)));
    }

    #[test]
    fn dots_are_taken_out() {
        let path = |s: &str| parsed(s).map(|(path, ..)| path);
        assert_eq!(path("a\\b\\..\\c"), Ok("a\\c".into()));
        assert_eq!(path("a\\b\\.."), Ok("a".into()));
        assert_eq!(path(".\\a\\.\\b\\."), Ok("a\\b".into()));
        assert_eq!(path("a\\b\\..\\.."), Ok(String::new()));
        assert_eq!(path("."), Ok(String::new()));
    }

    #[test]
    fn bad_names() {
        for bad in [
            "a:",
            "a::",
            "a:b:c",
            "a:b:$DATA:x",
            "a*",
            "a\\b?\\c",
            "a\\\\b",
            "x:y\\z",
            "x:y/z",
            "x:y:$FOO",
            "a|b",
            "a\u{1}",
            "a/b",
            "a*\\x\\..",
        ] {
            assert_eq!(parsed(bad), Err(NtStatus::OBJECT_NAME_INVALID), "{bad}");
        }
        assert_eq!(parsed("\\a"), Err(NtStatus::INVALID_PARAMETER));
        assert_eq!(parsed("a\\..\\b"), Err(NtStatus::INVALID_PARAMETER));
        assert_eq!(parsed(".."), Err(NtStatus::OBJECT_PATH_SYNTAX_BAD));
        assert_eq!(parsed("a\\b\\..\\..\\..\\c"), Err(NtStatus::OBJECT_PATH_SYNTAX_BAD));
        assert_eq!(parsed(&"n".repeat(256)), Err(NtStatus::OBJECT_NAME_INVALID));
        assert!(parsed(&"n".repeat(255)).is_ok());
    }
}

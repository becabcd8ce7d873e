//! Names as clients of SMB1 write them: from the root of the share on, with a backslash in front, or more of them than one.

use lanward_nt::{NtStatus, NtString};

const BACKSLASH: u16 = 0x5c;
const SLASH: u16 = 0x2f;
const COLON: u16 = 0x3a;

/// The path of a name, as the core takes it: no backslash in front, behind, or twice, none of the slashes that some clients write, and `..` resolved before anything is looked for.
///
/// # Errors
/// OBJECT_PATH_SYNTAX_BAD: it leads above the root; OBJECT_NAME_INVALID: it ends in `.`; OBJECT_PATH_NOT_FOUND: it leads through `.`.
pub(crate) fn path_of(name: &NtString) -> Result<NtString, NtStatus> {
    let mut kept: Vec<&[u16]> = Vec::new();
    for component in name.units().split(|u| matches!(*u, BACKSLASH | SLASH)) {
        match component {
            [] => {}
            [0x2e, 0x2e] => {
                kept.pop().ok_or(NtStatus::OBJECT_PATH_SYNTAX_BAD)?;
            }
            component => kept.push(component),
        }
    }
    match kept.iter().position(|c| *c == [0x2e]) {
        None => Ok(NtString(kept.join(&BACKSLASH))),
        Some(at) if at + 1 == kept.len() => Err(NtStatus::OBJECT_NAME_INVALID),
        Some(_) => Err(NtStatus::OBJECT_PATH_NOT_FOUND),
    }
}

/// A path of 8.3 names without the spaces that names are padded with in answers to SMB_COM_SEARCH ([MS-CIFS] 2.2.4.58.2) and that some clients
/// send back with them: no such name has any (2.2.1.1.1).
pub(crate) fn unpadded(path: &NtString) -> NtString {
    const SPACE: u16 = 0x20;
    let without = |component: &[u16]| {
        let end = component.iter().rposition(|u| *u != SPACE).map_or(0, |last| last + 1);
        component[..end].to_vec()
    };
    let components: Vec<Vec<u16>> = path.units().split(|u| *u == BACKSLASH).map(without).collect();
    NtString(components.join(&BACKSLASH))
}

/// The name of a pipe as it is registered: without `\PIPE\` in front, if that is there.
pub(crate) fn pipe_name(name: &NtString) -> NtString {
    let mut components = components(name);
    if is_beneath_pipe(name) {
        components.remove(0);
    }
    NtString(components.join(&BACKSLASH))
}

/// Whether a name has `\PIPE\` in front.
pub(crate) fn is_beneath_pipe(name: &NtString) -> bool {
    let components = components(name);
    components.len() > 1 && NtString(components[0].to_vec()).eq_ignore_case(&"PIPE".into())
}

fn components(name: &NtString) -> Vec<&[u16]> {
    name.units().split(|u| *u == BACKSLASH).filter(|c| !c.is_empty()).collect()
}

/// A path's directory and its last component.
pub(crate) fn split(path: &NtString) -> (NtString, NtString) {
    let units = path.units();
    match units.iter().rposition(|u| *u == BACKSLASH) {
        Some(at) => (NtString(units[..at].to_vec()), NtString(units[at + 1..].to_vec())),
        None => (NtString::default(), path.clone()),
    }
}

/// What has a name in a directory.
pub(crate) fn join(directory: &NtString, name: &NtString) -> NtString {
    if directory.units().is_empty() {
        return name.clone();
    }
    if name.units().is_empty() {
        return directory.clone();
    }
    // The name of a stream of what is there already begins with its colon.
    let between: &[u16] = if name.units().first() == Some(&COLON) { &[] } else { &[BACKSLASH] };
    NtString([directory.units(), between, name.units()].concat())
}

/// Whether one path is that of a directory or of what is in it.
pub(crate) fn is_within(path: &NtString, directory: &NtString) -> bool {
    let (path, directory) = (path.to_uppercase(), directory.to_uppercase());
    let rest = path.units().strip_prefix(directory.units());
    rest.is_some_and(|rest| directory.units().is_empty() || matches!(rest, [] | [BACKSLASH, ..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pads_names_is_no_part_of_them() {
        for (path, expected) in
            [("A.TXT       ", "A.TXT"), ("DIR     \\B", "DIR\\B"), ("A B", "A B"), ("", "")]
        {
            assert_eq!(unpadded(&path.into()).to_string(), expected);
        }
    }

    #[test]
    fn paths() {
        let path = |name: &str| path_of(&name.into()).map(|p| p.to_string());
        for (name, expected) in [
            ("", ""),
            ("\\", ""),
            ("\\a\\b", "a\\b"),
            ("a\\b", "a\\b"),
            ("/a/b", "a\\b"),
            ("\\\\a\\\\b\\\\", "a\\b"),
            ("\\a\\..", ""),
            ("\\a\\b\\..\\..\\c", "c"),
            ("\\a:s", "a:s"),
        ] {
            assert_eq!(path(name).as_deref(), Ok(expected), "{name}");
        }
        for (name, status) in [
            ("..", NtStatus::OBJECT_PATH_SYNTAX_BAD),
            ("\\a\\..\\..", NtStatus::OBJECT_PATH_SYNTAX_BAD),
            (".", NtStatus::OBJECT_NAME_INVALID),
            ("\\a\\.\\", NtStatus::OBJECT_NAME_INVALID),
            (".\\a", NtStatus::OBJECT_PATH_NOT_FOUND),
            (".\\.", NtStatus::OBJECT_PATH_NOT_FOUND),
        ] {
            assert_eq!(path(name), Err(status), "{name}");
        }
    }

    #[test]
    fn names_of_pipes() {
        for (name, expected) in [
            ("\\PIPE\\srvsvc", "srvsvc"),
            ("\\srvsvc", "srvsvc"),
            ("srvsvc", "srvsvc"),
            ("\\pipe\\a\\b", "a\\b"),
            ("\\PIPE", "PIPE"),
        ] {
            assert_eq!(pipe_name(&name.into()), expected.into(), "{name}");
        }
    }

    #[test]
    fn parts_of_paths() {
        assert_eq!(split(&"a\\b\\c".into()), ("a\\b".into(), "c".into()));
        assert_eq!(split(&"c".into()), ("".into(), "c".into()));
        assert_eq!(join(&"".into(), &"c".into()), "c".into());
        assert_eq!(join(&"a".into(), &"c".into()), "a\\c".into());
        assert_eq!(join(&"a".into(), &":s".into()), "a:s".into());
        assert_eq!(join(&"a".into(), &"".into()), "a".into());
        for (path, directory, within) in
            [("A\\b", "a", true), ("a", "a", true), ("ab", "a", false), ("a", "", true), ("b", "a", false)]
        {
            assert_eq!(is_within(&path.into(), &directory.into()), within, "{path} {directory}");
        }
    }
}

//! Paths of this machine as Windows writes them. There is one drive, `C:`, and it is the root: `C:\srv\docs` is `/srv/docs`.

use lanward_nt::NtString;
use std::path::PathBuf;

const SLASH: u16 = 0x2f;
const BACKSLASH: u16 = 0x5c;

/// Why a client's path is none of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoPath {
    /// It is none at all: empty, relative, with `.` or `..` in it.
    Invalid,
    /// It is on another drive.
    OtherDrive,
}

/// A path of this machine for clients, who take one only with a drive and backslashes.
pub(crate) fn windows_path(path: &NtString) -> NtString {
    if path.units().first() != Some(&SLASH) {
        return path.clone();
    }
    let drive = "C:".encode_utf16();
    NtString(drive.chain(path.units().iter().map(|u| if *u == SLASH { BACKSLASH } else { *u })).collect())
}

/// The path of this machine that a client means; also one that is written as it is here.
pub(super) fn local_path(path: &NtString) -> Result<PathBuf, NoPath> {
    let text = String::from_utf16(path.units()).map_err(|_| NoPath::Invalid)?.replace('\\', "/");
    let below = match text.as_bytes() {
        [b'/', ..] => text.as_str(),
        [b'C' | b'c', b':'] => "/",
        [b'C' | b'c', b':', b'/', ..] => &text[2..],
        [b'A'..=b'Z' | b'a'..=b'z', b':'] | [b'A'..=b'Z' | b'a'..=b'z', b':', b'/', ..] => {
            return Err(NoPath::OtherDrive);
        }
        _ => return Err(NoPath::Invalid),
    };
    // Two in front are another computer.
    let strange = |name: &str| name == "." || name == ".." || name.contains('\0');
    if below.starts_with("//") || below.split('/').any(strange) {
        return Err(NoPath::Invalid);
    }
    let mut local = PathBuf::from("/");
    local.extend(below.split('/').filter(|name| !name.is_empty()));
    Ok(local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_for_windows() {
        assert_eq!(windows_path(&"/srv/my data".into()), "C:\\srv\\my data".into());
        assert_eq!(windows_path(&"".into()), "".into());
        assert_eq!(windows_path(&"D:\\x/y".into()), "D:\\x/y".into());
    }

    #[test]
    fn paths_of_this_machine() {
        let good = [
            ("C:\\srv\\docs", "/srv/docs"),
            ("c:/srv/docs/", "/srv/docs"),
            ("C:\\", "/"),
            ("C:", "/"),
            ("/srv/docs", "/srv/docs"),
            ("C:\\srv\\\\x", "/srv/x"),
        ];
        for (given, local) in good {
            assert_eq!(local_path(&given.into()), Ok(PathBuf::from(local)), "{given}");
        }
        for bad in ["", "srv", "C:srv", "C:\\a\\..\\b", "C:\\.", "\\\\host\\x", "//host", "1:\\", "::BLaH::"]
        {
            assert_eq!(local_path(&bad.into()), Err(NoPath::Invalid), "{bad}");
        }
        assert_eq!(local_path(&NtString(vec![0x43, 0x3a, 0x5c, 0xd800])), Err(NoPath::Invalid));
        for other in ["D:", "z:\\x"] {
            assert_eq!(local_path(&other.into()), Err(NoPath::OtherDrive));
        }
    }

    #[test]
    fn there_and_back() {
        for path in ["/", "/srv", "/srv/my data/x"] {
            assert_eq!(local_path(&windows_path(&path.into())), Ok(PathBuf::from(path)));
        }
    }
}

use super::*;
use proptest::prelude::*;

fn type_of_text(path: &str) -> Option<u32> {
    type_of(&path.encode_utf16().collect::<Vec<_>>())
}

#[test]
fn types_of_paths() {
    let cases = [
        ("\\\\server", kind::UNC_COMPNAME),
        ("\\\\*", kind::UNC_WC),
        ("\\\\server\\share", kind::UNC),
        ("\\\\server\\share\\a*", kind::UNC_WC_PATH),
        ("\\\\.\\x", kind::PATH_ABSD),
        ("\\\\.\\x?", kind::PATH_ABSD_WC),
        ("\\x\\y", kind::PATH_ABSND),
        ("\\x\\*.txt", kind::PATH_ABSND_WC),
        ("c:\\x", kind::PATH_ABSD),
        ("C:\\x?", kind::PATH_ABSD_WC),
        ("z:", kind::DEVICE_DISK),
        ("x\\y", kind::PATH_RELND),
        ("*.c", kind::PATH_RELND_WC),
        ("lpt1", kind::DEVICE_LPT),
        ("LPT4:", kind::DEVICE_LPT),
        ("\\dev\\com2:", kind::DEVICE_COM),
        ("com", kind::PATH_RELND),
        ("lpt1x", kind::PATH_RELND),
    ];
    for (path, expected) in cases {
        assert_eq!(type_of_text(path), Some(expected), "{path}");
    }
    let long = "x".repeat(261);
    for bad in
        ["", "a<b", "a|b", "a\"b", "\\\\.x", "\\\\", "\\\\server\\", "\\\\*x", "\\dev\\x", "a\u{1}", &long]
    {
        assert_eq!(type_of_text(bad), None, "{bad}");
    }
    assert!(type_of_text(&"x".repeat(260)).is_some());
}

fn canonicalize(prefix: &str, path: &str, output_length: u32) -> PathCanonicalizeResponse {
    let request = PathCanonicalizeRequest {
        path: path.into(),
        prefix: prefix.into(),
        output_length,
        ..PathCanonicalizeRequest::default()
    };
    path_canonicalize(&request)
}

fn text_of(response: &PathCanonicalizeResponse) -> String {
    let units: Vec<u16> = response.output.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
    String::from_utf16_lossy(&units).trim_end_matches('\0').to_owned()
}

#[test]
fn canonical_paths() {
    let cases = [
        ("", "a\\b", "a\\b"),
        ("", "a/./b//c", "a\\b\\c"),
        ("", "\\a\\..\\b", "\\b"),
        ("", "C:\\x\\..\\..\\y", ""),
        ("", "C:\\x\\..", "C:\\"),
        ("", "c:\\Mixed\\Case\\", "c:\\Mixed\\Case"),
        ("C:\\dir", "file.txt", "C:\\dir\\file.txt"),
        ("C:\\dir\\", "..\\file", "C:\\file"),
        ("", "\\\\server\\share\\x\\..\\y", "\\\\server\\share\\y"),
        ("", "\\\\server\\share\\..", "\\\\server"),
        ("", "lpt1:", "LPT1"),
        ("", "z:", "z:"),
        // Only a letter is a drive; and what is in front may have hidden what a path is.
        (".", ".:.", ".:."),
        ("", ".:.", ".:."),
        (".", "c:.", "c:"),
        ("", ".\\lpt1:", "LPT1"),
        ("", "\\.\\dev\\com2:", "\\DEV\\COM2"),
        (".", "c:\\..\\..", ""),
    ];
    for (prefix, path, expected) in cases {
        let response = canonicalize(prefix, path, 600);
        assert_eq!(text_of(&response), expected, "{prefix} {path}");
        let status = if expected.is_empty() { win32::INVALID_NAME } else { win32::SUCCESS };
        assert_eq!((response.status, response.output.len()), (status, 600), "{path}");
    }
}

/// Paths as they were sent in MS08-067: more `..` than there are names, in every place.
#[test]
fn paths_that_lead_out() {
    let long = format!("\\{}\\..\\..\\x", "A".repeat(100));
    for path in
        ["\\..\\", "..\\x", "\\a\\..\\..\\b", "C:\\..", "\\\\server\\..\\..\\x", "a\\..\\..\\..\\..\\", &long]
    {
        for length in [64_000, 0] {
            let response = canonicalize("", path, length);
            assert_eq!(
                (response.status, response.output.len()),
                (win32::INVALID_NAME, length as usize),
                "{path}"
            );
            assert!(response.output.iter().all(|b| *b == 0));
        }
    }
}

#[test]
fn the_buffer_is_as_long_as_it_was_said_to_be() {
    for (length, status) in [(0, 0x84b), (7, 0x84b), (8, 0), (9, 0), (64_000, 0)] {
        let response = canonicalize("", "a\\b", length);
        assert_eq!((response.status, response.output.len()), (status, length as usize));
    }
    assert_eq!(canonicalize("", "a", u32::MAX).output.len(), 64_000);
    let flags = PathCanonicalizeRequest { path: "a".into(), flags: 2, ..PathCanonicalizeRequest::default() };
    assert_eq!(path_canonicalize(&flags).status, win32::INVALID_PARAMETER);
}

#[test]
fn comparisons() {
    let compare = |first: &str, second: &str, flags| {
        let (first, second) = (first.into(), second.into());
        path_compare(&PathCompareRequest { first, second, flags, ..PathCompareRequest::default() }).status
    };
    assert_eq!(compare("a\\.\\b", "a/b", 0), 0);
    assert_eq!((compare("a", "b", 0), compare("b", "a", 0)), (u32::MAX, 1));
    assert_eq!(compare("\\a", "a", 0), 1);
    assert_eq!(compare("a\\.\\b", "a/b", 1), 0u32.wrapping_add(1));
    assert_eq!(compare("..", "a", 0), win32::INVALID_NAME);
    assert_eq!(compare("a", "a", 2), win32::INVALID_PARAMETER);
}

#[test]
fn old_rules() {
    let old =
        |path: &str| path_type(&PathTypeRequest { server_name: None, path: path.into(), flags: 1 }).status;
    assert_eq!((old("C:\\config.sys"), old("\\dos\\a.b")), (0, 0));
    for bad in ["verylongname.txt", "a.html", "a.b.c", &"x\\".repeat(65)] {
        assert_eq!(old(bad), win32::INVALID_NAME, "{bad}");
    }
    let flags = PathTypeRequest { server_name: None, path: "a".into(), flags: 2 };
    assert_eq!(path_type(&flags).status, win32::INVALID_PARAMETER);
}

proptest! {
    #[test]
    fn what_is_canonical_stays_as_it_is(path in "[a-c.\\\\/:*]{0,24}", prefix in "(C:)?[a-c.\\\\/]{0,9}") {
        let prefix: Vec<u16> = prefix.encode_utf16().collect();
        let path: Vec<u16> = path.encode_utf16().collect();
        if let Some((once, kind)) = canonical(&prefix, &path) {
            prop_assert!(once.len() <= prefix.len() + path.len() + 1);
            prop_assert_eq!(canonical(&[], &once), Some((once.clone(), kind)));
            prop_assert!(!once.split(|u| *u == BACKSLASH).any(|name| name == [0x2e, 0x2e]));
        }
    }
}

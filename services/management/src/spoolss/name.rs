use lanward_nt::NtString;

/// What a name that is opened stands for ([MS-RPRN] 2.2.4.14).
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The server itself.
    Server,
    /// A printer, by its name or that of its share.
    Printer(NtString),
    /// A job on a printer.
    Job(NtString, u32),
}

const BACKSLASH: u16 = b'\\' as u16;
const COMMA: u16 = b',' as u16;

/// Longest name of a server, in characters: it stands in front of every printer's name in what is answered.
const LONGEST: usize = 255;

impl Named {
    /// The server as the client calls it, with the backslashes before it and empty where it does not say, and what is meant.
    /// `None` for what is no such name, and for ports and monitors.
    pub(super) fn parse(name: Option<&NtString>) -> Option<(NtString, Self)> {
        let units = name.map(NtString::units).unwrap_or_default();
        let (server, rest) = split_server(units)?;
        let server = NtString(server.to_vec());
        let Some(rest) = rest else { return Some((server, Self::Server)) };
        let comma = rest.iter().position(|unit| *unit == COMMA);
        let printer = rest.get(..comma.unwrap_or(rest.len())).unwrap_or_default();
        if printer.is_empty() || printer.contains(&BACKSLASH) {
            return None;
        }
        let printer = NtString(printer.to_vec());
        let Some(comma) = comma else { return Some((server, Self::Printer(printer))) };
        let postfix = String::from_utf16_lossy(rest.get(comma + 1..).unwrap_or_default());
        let words: Vec<&str> = postfix.split_whitespace().take(3).collect();
        match words.as_slice() {
            ["Job", number] => Some((server, Self::Job(printer, number.parse().ok().filter(|id| *id != 0)?))),
            [word, ..] if is_ignored(word) => Some((server, Self::Printer(printer))),
            _ => None,
        }
    }
}

/// Whether a word behind a name asks for what there is nothing of: that no driver converts anything, or that the printer is a local one. Clients put
/// more behind these words.
fn is_ignored(word: &str) -> bool {
    const KNOWN: [&str; 3] = ["DrvConvert", "LocalOnly", "LocalsplOnly"];
    KNOWN.iter().any(|known| word.starts_with(known))
}

/// `\\server` and what is behind the backslash after it, if there is one.
fn split_server(units: &[u16]) -> Option<(&[u16], Option<&[u16]>)> {
    let [BACKSLASH, BACKSLASH, host @ ..] = units else {
        return Some((&[], (!units.is_empty()).then_some(units)));
    };
    let length = host.iter().position(|unit| *unit == BACKSLASH).unwrap_or(host.len());
    let (host, rest) = host.split_at(length);
    if host.is_empty() || host.len() > LONGEST || host.contains(&COMMA) {
        return None;
    }
    let server = &units[..length + 2];
    match rest {
        [] => Some((server, None)),
        [_, rest @ ..] => Some((server, Some(rest))),
    }
}

/// Whether a name is that of a server ([MS-RPRN] 2.2.4.16), by which name whatsoever ([MS-RPRN] 3.1.4.1.4).
pub(super) fn is_server(name: Option<&NtString>) -> bool {
    matches!(Named::parse(name), Some((_, Named::Server)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_what_can_be_opened() {
        let printer = |name: &str| Named::Printer(name.into());
        let cases = [
            ("", Some(("", Named::Server))),
            ("\\\\SRV", Some(("\\\\SRV", Named::Server))),
            ("\\\\::1", Some(("\\\\::1", Named::Server))),
            ("laser", Some(("", printer("laser")))),
            ("\\\\SRV\\laser 2", Some(("\\\\SRV", printer("laser 2")))),
            ("\\\\SRV\\laser, LocalOnly", Some(("\\\\SRV", printer("laser")))),
            ("laser,LocalOnlyx", Some(("", printer("laser")))),
            ("laser , LocalOnly", Some(("", printer("laser ")))),
            ("laser, localOnly", None),
            ("laser, LocalOnl", None),
            ("laser,", None),
            ("laser,Job 7", Some(("", Named::Job("laser".into(), 7)))),
            ("\\\\SRV\\laser,  Job  12", Some(("\\\\SRV", Named::Job("laser".into(), 12)))),
            ("laser, Job 0", None),
            ("laser, Job x", None),
            ("lp0:, Port", None),
            ("\\\\SRV\\,XcvMonitor Local Port", None),
            (",XcvPort lp0", None),
            ("\\\\", None),
            ("\\\\\\", None),
            ("\\\\\\laser", None),
            ("\\\\SRV\\", None),
            ("\\\\SRV\\a\\b", None),
            ("\\laser", None),
        ];
        for (name, expected) in cases {
            let expected = expected.map(|(server, named)| (NtString::from(server), named));
            assert_eq!(Named::parse(Some(&name.into())), expected, "{name}");
        }
        let server =
            |length: usize| Named::parse(Some(&format!("\\\\{}", "s".repeat(length)).as_str().into()));
        assert!(server(LONGEST).is_some() && server(LONGEST + 1).is_none());
        assert!(is_server(None) && is_server(Some(&"\\\\SRV".into())) && !is_server(Some(&"laser".into())));
    }
}

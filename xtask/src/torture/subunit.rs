//! What smbtorture prints with `--format=subunit`, and the names `--list` gives its tests.

use super::table::Outcome;

/// What one process told.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Transcript {
    /// Test, outcome, seconds, reason, in the order they ended.
    pub(super) ended: Vec<(String, Outcome, f64, String)>,
    /// A test that started and never ended.
    pub(super) cut: Option<String>,
}

/// Reads a transcript. Lines that are not subunit (the tests print freely) are passed over.
pub(super) fn parse(text: &str) -> Transcript {
    let mut told = Transcript::default();
    let (mut now, mut started) = (None, None);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(stamp) = line.strip_prefix("time: ") {
            now = seconds_of_day(stamp).or(now);
            if told.cut.is_some() {
                started = started.or(now);
            }
        } else if let Some(name) = line.strip_prefix("test: ") {
            (told.cut, started) = (Some(name.trim().to_owned()), None);
        } else if let Some(outcome) = verdict(line) {
            let reason = if line.ends_with('[') { bracketed(&mut lines) } else { String::new() };
            if let Some(name) = told.cut.take() {
                told.ended.push((name, outcome, elapsed(started, now), reason));
            }
        }
    }
    told
}

fn verdict(line: &str) -> Option<Outcome> {
    match line.split_once(": ")?.0 {
        "success" => Some(Outcome::Success),
        "failure" | "xfail" => Some(Outcome::Failure),
        "error" => Some(Outcome::Error),
        "skip" => Some(Outcome::Skip),
        _ => None,
    }
}

/// The lines up to a lone `]`, in one line of at most 300 characters.
fn bracketed<'t>(lines: &mut impl Iterator<Item = &'t str>) -> String {
    let inside: Vec<&str> = lines.map(str::trim).take_while(|line| *line != "]").collect();
    inside.join(" ").chars().take(300).collect()
}

/// `2026-01-31 23:59:58.123456Z` as seconds since midnight.
fn seconds_of_day(stamp: &str) -> Option<f64> {
    let clock = stamp.split_whitespace().nth(1)?.trim_end_matches('Z');
    let mut parts = clock.split(':').map(|part| part.parse::<f64>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    Some((hours * 60.0 + minutes) * 60.0 + seconds)
}

fn elapsed(started: Option<f64>, now: Option<f64>) -> f64 {
    const DAY: f64 = 86_400.0;
    match (started, now) {
        (Some(started), Some(now)) => (now - started).rem_euclid(DAY),
        _ => 0.0,
    }
}

/// The name results carry for a name of `--list`, which repeats its end: `a.b.b` is `a.b`.
pub(super) fn reported_name(listed: &str) -> String {
    let parts: Vec<&str> = listed.split('.').collect();
    for length in 1..=parts.len() / 2 {
        let (rest, last) = parts.split_at(parts.len() - length);
        if rest.ends_with(last) {
            return rest.join(".");
        }
    }
    listed.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transcript_gives_outcomes_reasons_and_the_test_that_was_cut() {
        let text = "smbtorture 4\ntime: 2026-01-31 23:59:59.500000Z\ntest: a.one\n\
            time: 2026-01-31 23:59:59.500000Z\nfree text: yes\ntime: 2026-02-01 00:00:00.750000Z\n\
            failure: a.one [\nfile.c:1: was X\n\nwanted Y\n]\ntest: a.two\nskip: a.two\ntest: a.three\nnothing more";
        let told = parse(text);
        let names: Vec<_> = told.ended.iter().map(|row| (row.0.as_str(), row.1, row.3.as_str())).collect();
        assert_eq!(
            names,
            [("a.one", Outcome::Failure, "file.c:1: was X  wanted Y"), ("a.two", Outcome::Skip, "")]
        );
        assert!((told.ended[0].2 - 1.25).abs() < 1e-6);
        assert_eq!(told.cut.as_deref(), Some("a.three"));
    }

    #[test]
    fn listed_names_lose_their_repeated_end() {
        assert_eq!(reported_name("smb2.lock.valid-request.valid-request"), "smb2.lock.valid-request");
        assert_eq!(reported_name("smb2.ioctl.bug.X.bug.X"), "smb2.ioctl.bug.X");
        assert_eq!(reported_name("smb2.connect.connect"), "smb2.connect");
        assert_eq!(reported_name("smb2.connect"), "smb2.connect");
    }
}

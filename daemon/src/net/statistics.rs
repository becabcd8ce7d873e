//! What `lanward net statistics` shows.

use serde::{Deserialize, Serialize};

/// A server's counters since it started ([MS-SRVS] 2.2.4.39).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct NetStatistics {
    pub(crate) server: String,
    /// Seconds since 1970.
    pub(crate) since: u64,
    pub(crate) sessions_accepted: u64,
    pub(crate) sessions_timed_out: u64,
    pub(crate) sessions_errored_out: u64,
    pub(crate) bytes_sent: u64,
    pub(crate) bytes_received: u64,
    pub(crate) system_errors: u64,
    pub(crate) permission_violations: u64,
    pub(crate) password_violations: u64,
    pub(crate) files_accessed: u64,
}

impl NetStatistics {
    /// The lines of the table: names and counts, and empty ones between groups.
    pub(crate) fn lines(&self) -> Vec<String> {
        let groups: [&[(&str, u64)]; 4] = [
            &[
                ("Sessions accepted", self.sessions_accepted),
                ("Sessions timed-out", self.sessions_timed_out),
                ("Sessions errored-out", self.sessions_errored_out),
            ],
            &[("Kilobytes sent", self.bytes_sent / 1024), ("Kilobytes received", self.bytes_received / 1024)],
            &[
                ("System errors", self.system_errors),
                ("Permission violations", self.permission_violations),
                ("Password violations", self.password_violations),
            ],
            &[("Files accessed", self.files_accessed)],
        ];
        let line = |(name, count): &(&str, u64)| format!("{name:<34} {count}");
        groups.iter().flat_map(|group| group.iter().map(line).chain([String::new()])).collect()
    }

    /// When counting began, as people read it, in UTC.
    pub(crate) fn since(&self) -> String {
        let (days, seconds) = (self.since / 86_400, self.since % 86_400);
        let (year, month, day) = date(days);
        let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
    }
}

/// Year, month and day of a day since 1970.
fn date(mut days: u64) -> (u64, u64, u64) {
    let is_leap =
        |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 1;
    for length in months {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn dates() {
        let cases = [
            (0, (1970, 1, 1)),
            (59, (1970, 3, 1)),
            (11_016, (2000, 2, 29)),
            (19_723, (2024, 1, 1)),
            (20_088, (2024, 12, 31)),
        ];
        for (days, expected) in cases {
            assert_eq!(date(days), expected, "{days}");
        }
    }
}

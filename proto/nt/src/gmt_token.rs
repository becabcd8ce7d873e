use crate::{FileTime, NtString};

/// A second of the Gregorian calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CivilTime {
    /// 1601 to 9999.
    pub year: u16,
    /// 1 to 12.
    pub month: u16,
    /// 1 to 31.
    pub day: u16,
    /// 0 to 23.
    pub hour: u16,
    /// 0 to 59.
    pub minute: u16,
    /// 0 to 59.
    pub second: u16,
}

const TICKS: u64 = 10_000_000;
const DAY: u64 = 86_400;
/// Days before January 1, 1601, from year 1 on.
const DAYS_TO_1601: u64 = 584_388;

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of_month(year: u64, month: u16) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from January 1 of year 1 to that of `year`.
const fn days_before_year(year: u64) -> u64 {
    let whole = year.saturating_sub(1);
    let leap = (whole / 4).saturating_sub(whole / 100).saturating_add(whole / 400);
    whole.saturating_mul(365).saturating_add(leap)
}

impl CivilTime {
    /// The instant, if there is such a day and time of day.
    #[must_use]
    pub fn file_time(self) -> Option<FileTime> {
        let year = u64::from(self.year);
        let day = u64::from(self.day);
        let real = (1601..=9999).contains(&year)
            && (1..=12).contains(&self.month)
            && (1..=days_of_month(year, self.month)).contains(&day)
            && self.hour < 24
            && self.minute < 60
            && self.second < 60;
        if !real {
            return None;
        }
        let months: u64 = (1..self.month).map(|m| days_of_month(year, m)).sum();
        let days =
            days_before_year(year).saturating_sub(DAYS_TO_1601).saturating_add(months).saturating_add(day);
        let minutes = u64::from(self.hour).saturating_mul(60).saturating_add(self.minute.into());
        let seconds = minutes.saturating_mul(60).saturating_add(self.second.into());
        Some(FileTime(
            days.saturating_sub(1).saturating_mul(DAY).saturating_add(seconds).saturating_mul(TICKS),
        ))
    }
}

impl From<FileTime> for CivilTime {
    /// What is less than a second is dropped; years after 9999 all look like that one's last second.
    fn from(time: FileTime) -> Self {
        let seconds = time.0 / TICKS;
        let mut days = (seconds / DAY).saturating_add(DAYS_TO_1601);
        let mut year = days.saturating_mul(400) / 146_097;
        while days_before_year(year.saturating_add(1)) <= days {
            year = year.saturating_add(1);
        }
        if year > 9999 {
            return Self { year: 9999, month: 12, day: 31, hour: 23, minute: 59, second: 59 };
        }
        days = days.saturating_sub(days_before_year(year));
        let mut month = 1;
        while days >= days_of_month(year, month) {
            days = days.saturating_sub(days_of_month(year, month));
            month = month.saturating_add(1);
        }
        let small = |n: u64| u16::try_from(n).unwrap_or(u16::MAX);
        Self {
            year: small(year),
            month,
            day: small(days.saturating_add(1)),
            hour: small(seconds % DAY / 3600),
            minute: small(seconds % 3600 / 60),
            second: small(seconds % 60),
        }
    }
}

/// [MS-SMB2] 2.2.32.2: the name of a previous version, `@GMT-YYYY.MM.DD-HH.MM.SS`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GmtToken(FileTime);

impl GmtToken {
    /// UTF-16 units it has.
    pub const LENGTH: usize = 24;

    /// The token of an instant, which is cut to its second.
    #[must_use]
    pub const fn new(time: FileTime) -> Self {
        Self(FileTime(time.0.saturating_sub(time.0 % TICKS)))
    }

    /// The second it names.
    #[must_use]
    pub const fn time(self) -> FileTime {
        self.0
    }

    /// From a component of a path; `None` for any other.
    #[must_use]
    pub fn parse(component: &[u16]) -> Option<Self> {
        if component.len() != Self::LENGTH {
            return None;
        }
        let text = String::from_utf16(component).ok()?;
        let (date, time) = text.strip_prefix("@GMT-")?.split_once('-')?;
        let mut date = date.split('.').map(number);
        let mut time = time.split('.').map(number);
        let civil = CivilTime {
            year: date.next()??,
            month: date.next()??,
            day: date.next()??,
            hour: time.next()??,
            minute: time.next()??,
            second: time.next()??,
        };
        let whole = date.next().is_none() && time.next().is_none();
        let token = civil.file_time().filter(|_| whole).map(Self)?;
        // Digits are where they belong only if it comes out the same again.
        (token.to_string() == text).then_some(token)
    }

    /// The token as a name.
    #[must_use]
    pub fn name(self) -> NtString {
        self.to_string().as_str().into()
    }
}

fn number(text: &str) -> Option<u16> {
    if text.bytes().all(|b| b.is_ascii_digit()) { text.parse().ok() } else { None }
}

impl core::fmt::Display for GmtToken {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let t = CivilTime::from(self.0);
        write!(
            f,
            "@GMT-{:04}.{:02}.{:02}-{:02}.{:02}.{:02}",
            t.year, t.month, t.day, t.hour, t.minute, t.second
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Option<GmtToken> {
        GmtToken::parse(NtString::from(text).units())
    }

    #[test]
    fn tokens() {
        let token = parse("@GMT-2024.02.29-23.59.59").unwrap();
        assert_eq!(token.time(), FileTime::from_unix(1_709_251_199, 0));
        assert_eq!(token.to_string(), "@GMT-2024.02.29-23.59.59");
        assert_eq!(GmtToken::new(FileTime(0)).to_string(), "@GMT-1601.01.01-00.00.00");
        assert_eq!(GmtToken::new(FileTime::from_unix(0, 999)).to_string(), "@GMT-1970.01.01-00.00.00");
        for bad in [
            "@GMT-2023.02.29-00.00.00",
            "@GMT-2024.13.01-00.00.00",
            "@GMT-2024.01.01-24.00.00",
            "@GMT-2024.01.01-00.60.00",
            "@GMT-2024.1.001-00.00.00",
            "@GMT-2024.01.01-00.00.0",
            "@gmt-2024.01.01-00.00.00",
            "@GMT-+024.01.01-00.00.00",
            "@GMT-1600.01.01-00.00.00",
            "@GMT-2024.01.01 00.00.00",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn there_and_back(seconds in 0u64..250_000_000_000) {
            let token = GmtToken::new(FileTime(seconds * TICKS + 5));
            prop_assert_eq!(token.time(), FileTime(seconds * TICKS));
            prop_assert_eq!(GmtToken::parse(token.name().units()), Some(token));
        }

        #[test]
        fn nothing_panics(units: Vec<u16>, time: u64) {
            let _ = GmtToken::parse(&units);
            let _ = CivilTime::from(FileTime(time)).file_time();
        }
    }
}

use crate::ndr::structure;
use crate::srvsvc::TimeOfDay;
use lanward_nt::FileTime;

structure! {
    /// [MS-DTYP] 2.3.13 SYSTEMTIME, in UTC.
    #[derive(Copy, Default)]
    SystemTime {
        year: u16,
        month: u16,
        day_of_week: u16,
        day: u16,
        hour: u16,
        minute: u16,
        second: u16,
        milliseconds: u16,
    }
}

impl From<FileTime> for SystemTime {
    /// What lies before 1970 is its beginning.
    fn from(time: FileTime) -> Self {
        let (seconds, nanoseconds) = time.to_unix();
        let day = TimeOfDay::from_unix(u64::try_from(seconds).unwrap_or(0), nanoseconds);
        let part = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
        Self {
            year: part(day.year),
            month: part(day.month),
            day_of_week: part(day.weekday),
            day: part(day.day),
            hour: part(day.hours),
            minute: part(day.minutes),
            second: part(day.seconds),
            milliseconds: part(nanoseconds / 1_000_000),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_a_time() {
        // A leap day, a Thursday.
        let time = SystemTime::from(FileTime::from_unix(1_709_210_096, 789_000_000));
        let expected = SystemTime {
            year: 2024,
            month: 2,
            day_of_week: 4,
            day: 29,
            hour: 12,
            minute: 34,
            second: 56,
            milliseconds: 789,
        };
        assert_eq!(time, expected);
    }
}

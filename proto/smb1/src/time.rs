use lanward_nt::FileTime;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// A date and a time of day in the server's time zone, in steps of two seconds ([MS-CIFS] 2.2.1.4.1 SMB_DATE, 2.2.1.4.2 SMB_TIME).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct DosTime {
    /// SMB_DATE: year since 1980, month and day in 7, 4 and 5 bits.
    pub date: u16,
    /// SMB_TIME: hours, minutes and half seconds in 5, 6 and 5 bits.
    pub time: u16,
}

/// [MS-CIFS] 2.2.1.4.3 UTIME: seconds since 1970, of the server's local time in the older commands. 0 and all ones stand for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct UTime(pub u32);

impl DosTime {
    /// What no time is written as, and read from.
    pub const NONE: Self = Self { date: 0, time: 0 };

    /// The time, `offset` seconds east of Greenwich; `None` for dates that do not exist.
    #[must_use]
    pub fn to_file_time(self, offset: i32) -> Option<FileTime> {
        let [date, time] = [self.date, self.time].map(i64::from);
        let (year, month, day) = ((date >> 9).saturating_add(1980), date >> 5 & 15, date & 31);
        let (hour, minute, second) = (time >> 11, time >> 5 & 63, (time & 31).saturating_mul(2));
        let exists =
            (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 60;
        let days = days_before(year, month, day);
        let of_day =
            hour.saturating_mul(3600).saturating_add(minute.saturating_mul(60)).saturating_add(second);
        let local = days.saturating_mul(DAY).saturating_add(of_day);
        exists.then(|| FileTime::from_unix(local.saturating_sub(offset.into()), 0))
    }

    /// A time, `offset` seconds east of Greenwich; [`DosTime::NONE`] where the years 1980 to 2107 do not hold it.
    #[must_use]
    pub fn from_file_time(time: FileTime, offset: i32) -> Self {
        let (seconds, _) = time.to_unix();
        let local = seconds.saturating_add(offset.into());
        let (days, of_day) = (local.div_euclid(DAY), local.rem_euclid(DAY));
        let (year, month, day) = civil(days);
        let Ok(years @ 0..=127) = u16::try_from(year.saturating_sub(1980)) else { return Self::NONE };
        let part = |v: i64| u16::try_from(v).unwrap_or(0);
        Self {
            date: years << 9 | part(month) << 5 | part(day),
            time: part(of_day / 3600) << 11 | part(of_day / 60 % 60) << 5 | part(of_day % 60 / 2),
        }
    }
}

impl UTime {
    /// The time, `offset` seconds east of Greenwich; `None` where there is none.
    #[must_use]
    pub fn to_file_time(self, offset: i32) -> Option<FileTime> {
        let local = i64::from(self.0);
        (self.0 != 0 && self.0 != u32::MAX)
            .then(|| FileTime::from_unix(local.saturating_sub(offset.into()), 0))
    }

    /// A time, `offset` seconds east of Greenwich; 0 where 32 bits do not hold it.
    #[must_use]
    pub fn from_file_time(time: FileTime, offset: i32) -> Self {
        let local = time.to_unix().0.saturating_add(offset.into());
        Self(u32::try_from(local).unwrap_or(0))
    }
}

/// Days from 1970 to a date of the Gregorian calendar. Days that a month does not have run into the next.
fn days_before(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the day that comes and goes is the last of all.
    let year = if month <= 2 { year.saturating_sub(1) } else { year };
    let month = month.saturating_add(9) % 12;
    let of_year = month.saturating_mul(153).saturating_add(2) / 5;
    [
        year.saturating_mul(365),
        year.div_euclid(4),
        0_i64.saturating_sub(year.div_euclid(100)),
        year.div_euclid(400),
        of_year,
        day,
    ]
    .into_iter()
    .fold(-719_469, i64::saturating_add)
}

/// Year, month and day of a day, counted from 1970.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days.saturating_add(719_468);
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let leaps = (of_era / 1460).saturating_sub(of_era / 36_524).saturating_add(of_era / 146_096);
    let year_of_era = of_era.saturating_sub(leaps) / 365;
    let before =
        year_of_era.saturating_mul(365).saturating_add(year_of_era / 4).saturating_sub(year_of_era / 100);
    let of_year = of_era.saturating_sub(before);
    let month = of_year.saturating_mul(5).saturating_add(2) / 153;
    let day = of_year.saturating_sub(month.saturating_mul(153).saturating_add(2) / 5).saturating_add(1);
    let month = month.saturating_add(2) % 12;
    let year = era.saturating_mul(400).saturating_add(year_of_era);
    (if month < 2 { year.saturating_add(1) } else { year }, month.saturating_add(1), day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_everybody_knows() {
        let cases = [
            (0, (1970, 1, 1)),
            (11_016, (2000, 2, 29)),
            (11_017, (2000, 3, 1)),
            (-1, (1969, 12, 31)),
            (20_454, (2026, 1, 1)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ];
        for (days, (year, month, day)) in cases {
            assert_eq!(civil(days), (year, month, day));
            assert_eq!(days_before(year, month, day), days);
        }
    }

    #[test]
    fn dos_times_both_ways() {
        // 2002-08-22 13:37:42, two hours east
        let dos = DosTime { date: 22 << 9 | 8 << 5 | 22, time: 13 << 11 | 37 << 5 | 21 };
        let time = FileTime::from_unix(1_030_016_262, 0);
        assert_eq!(dos.to_file_time(7200), Some(time));
        assert_eq!(DosTime::from_file_time(time, 7200), dos);
        for none in [
            DosTime::NONE,
            DosTime { date: 13 << 5 | 1, time: 0 },
            DosTime { date: 1 << 5 | 1, time: 24 << 11 },
        ] {
            assert_eq!(none.to_file_time(0), None);
        }
        assert_eq!(DosTime::from_file_time(FileTime::from_unix(0, 0), 0), DosTime::NONE);
        assert_eq!(UTime(0).to_file_time(0), None);
        assert_eq!(UTime(3600).to_file_time(3600), Some(FileTime::from_unix(0, 0)));
        assert_eq!(UTime::from_file_time(time, 0), UTime(1_030_016_262));
    }

    proptest! {
        #[test]
        fn times_come_back(half_seconds in 157_766_400i64..2_100_000_000, offset in -43_200i32..50_400) {
            let time = FileTime::from_unix(half_seconds * 2, 0);
            let dos = DosTime::from_file_time(time, offset);
            // Time zones with odd seconds do not exist.
            prop_assume!(offset % 2 == 0);
            prop_assert_eq!(dos.to_file_time(offset), Some(time));
        }

        #[test]
        fn no_value_breaks_them(date: u16, time: u16, ticks: u64, offset: i32) {
            let _ = DosTime { date, time }.to_file_time(offset);
            let _ = (DosTime::from_file_time(FileTime(ticks), offset), UTime::from_file_time(FileTime(ticks), offset));
        }
    }
}

use crate::information::{Entry, Members, whole};
use crate::ndr::{Arguments, Ndr};
use lanward_nt::NtString;
use lanward_wire::DecodeError;

/// [MS-SRVS] 3.1.4.21 NetrRemoteTOD (Opnum 28), what the client gives.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RemoteTodRequest {
    /// ServerName
    pub server_name: Option<NtString>,
}

/// [MS-SRVS] 2.2.4.105 TIME_OF_DAY_INFO, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TimeOfDay {
    /// Seconds since 1970.
    pub elapsed: u32,
    /// Milliseconds since an arbitrary start.
    pub milliseconds: u32,
    /// 0 to 23.
    pub hours: u32,
    /// 0 to 59.
    pub minutes: u32,
    /// 0 to 59.
    pub seconds: u32,
    /// 0 to 99.
    pub hundredths: u32,
    /// Minutes west of Greenwich, as a signed number's bits; all ones for unknown.
    pub time_zone: u32,
    /// Length of a tick in ten-thousandths of a second.
    pub tick: u32,
    /// 1 to 31.
    pub day: u32,
    /// 1 to 12.
    pub month: u32,
    /// The year.
    pub year: u32,
    /// 0 for Sunday.
    pub weekday: u32,
}

/// [MS-SRVS] 3.1.4.21 NetrRemoteTOD (Opnum 28), what the server returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RemoteTodResponse {
    /// The time.
    pub time: Option<TimeOfDay>,
    /// A Win32 error.
    pub status: u32,
}

impl TimeOfDay {
    /// The time `seconds` and `nanoseconds` after 1970, in UTC.
    #[must_use]
    pub fn from_unix(seconds: u64, nanoseconds: u32) -> Self {
        let part = |n: u64| u32::try_from(n).unwrap_or(0);
        let days = seconds / 86_400;
        let (year, month, day) = civil_from_days(days);
        Self {
            elapsed: u32::try_from(seconds).unwrap_or(u32::MAX),
            milliseconds: part(
                seconds.wrapping_mul(1000).wrapping_add(u64::from(nanoseconds / 1_000_000)) & 0xffff_ffff,
            ),
            hours: part(seconds % 86_400 / 3600),
            minutes: part(seconds % 3600 / 60),
            seconds: part(seconds % 60),
            hundredths: (nanoseconds / 10_000_000).min(99),
            time_zone: 0,
            tick: 100,
            day,
            month,
            year,
            // 1970 began on a Thursday.
            weekday: part(days.wrapping_add(4) % 7),
        }
    }
}

impl Entry for TimeOfDay {
    fn has_level(_: u32) -> bool {
        true
    }

    fn members<N: Ndr>(&mut self, _: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        m.u32("tod_elapsedt", &mut self.elapsed)?;
        m.u32("tod_msecs", &mut self.milliseconds)?;
        m.u32("tod_hours", &mut self.hours)?;
        m.u32("tod_mins", &mut self.minutes)?;
        m.u32("tod_secs", &mut self.seconds)?;
        m.u32("tod_hunds", &mut self.hundredths)?;
        m.u32("tod_timezone", &mut self.time_zone)?;
        m.u32("tod_tinterval", &mut self.tick)?;
        m.u32("tod_day", &mut self.day)?;
        m.u32("tod_month", &mut self.month)?;
        m.u32("tod_year", &mut self.year)?;
        m.u32("tod_weekday", &mut self.weekday)
    }
}

/// Year, month and day of a day since 1970-01-01. Years are counted from March, so that a leap day is a year's last.
fn civil_from_days(days: u64) -> (u32, u32, u32) {
    const DAYS_OF_ERA: u64 = 146_097;
    let shifted = days.wrapping_add(719_468);
    let (era, day) = (shifted / DAYS_OF_ERA, shifted % DAYS_OF_ERA);
    let leap_adjusted = day.wrapping_sub(day / 1460).wrapping_add(day / 36_524).wrapping_sub(day / 146_096);
    let year_of_era = leap_adjusted / 365;
    let before = year_of_era.wrapping_mul(365).wrapping_add(year_of_era / 4).wrapping_sub(year_of_era / 100);
    let day_of_year = day.wrapping_sub(before);
    let from_march = day_of_year.wrapping_mul(5).wrapping_add(2) / 153;
    let day_of_month =
        day_of_year.wrapping_sub(from_march.wrapping_mul(153).wrapping_add(2) / 5).wrapping_add(1);
    let month = if from_march < 10 { from_march.wrapping_add(3) } else { from_march.wrapping_sub(9) };
    let year = era.wrapping_mul(400).wrapping_add(year_of_era).wrapping_add(u64::from(month <= 2));
    let part = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    (part(year), part(month), part(day_of_month))
}

impl Arguments for RemoteTodRequest {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.string_pointer("ServerName", &mut self.server_name)
    }
}

impl Arguments for RemoteTodResponse {
    fn walk(&mut self, n: &mut impl Ndr) -> Result<(), DecodeError> {
        n.referent_of("BufferPtr", &mut self.time)?;
        self.time.as_mut().map_or(Ok(()), |time| whole(time, 0, n))?;
        n.u32("status", &mut self.status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex::hex;
    use crate::{NdrReader, NdrWriter};

    /// What Samba answered at 01:43:40 on Sunday, 2026-11-22.
    #[test]
    fn a_real_answer() {
        let bytes =
            hex("04000200 cc48026b 00000000 01000000 2b000000 28000000 00000000 00000000 10270000 16000000
            0b000000 ea070000 00000000 00000000");
        let response = RemoteTodResponse::decode(&mut NdrReader::new(&bytes)).unwrap();
        let expected = TimeOfDay { milliseconds: 0, tick: 10_000, ..TimeOfDay::from_unix(0x6b02_48cc, 0) };
        assert_eq!(response, RemoteTodResponse { time: Some(expected), status: 0 });
        let mut encoded = Vec::new();
        response.encode(&mut NdrWriter::starting_at(&mut encoded, 0x0002_0004));
        assert_eq!(encoded, bytes);
    }

    #[test]
    fn days_and_dates() {
        let cases = [
            (0, (1970, 1, 1)),
            (59, (1970, 3, 1)),
            (11_016, (2000, 2, 29)),
            (47_540, (2100, 2, 28)),
            (47_541, (2100, 3, 1)),
        ];
        for (days, date) in cases {
            assert_eq!(civil_from_days(days), date);
        }
        assert_eq!(TimeOfDay::from_unix(0, 0).weekday, 4);
    }
}

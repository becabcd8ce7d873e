use core::time::Duration;

/// [MS-DTYP] 2.3.3 FILETIME: 100-nanosecond intervals since 1601-01-01 UTC. 0 means "not given".
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct FileTime(pub u64);

const UNIX_EPOCH: i128 = 116_444_736_000_000_000;

impl FileTime {
    /// From seconds and nanoseconds since 1970 (negative seconds lie before it). What FILETIME cannot express is
    /// clamped to its ends.
    #[must_use]
    pub fn from_unix(seconds: i64, nanoseconds: u32) -> Self {
        let ticks = i128::from(seconds)
            .saturating_mul(10_000_000)
            .saturating_add(i128::from(nanoseconds / 100))
            .saturating_add(UNIX_EPOCH);
        Self(u64::try_from(ticks.max(0)).unwrap_or(u64::MAX))
    }

    /// Seconds and nanoseconds since 1970.
    #[must_use]
    pub fn to_unix(self) -> (i64, u32) {
        let ticks = i128::from(self.0).saturating_sub(UNIX_EPOCH);
        let seconds = ticks.div_euclid(10_000_000);
        let nanoseconds = ticks.rem_euclid(10_000_000).saturating_mul(100);
        (i64::try_from(seconds).unwrap_or(i64::MAX), u32::try_from(nanoseconds).unwrap_or(0))
    }

    /// From the time since 1970, which is what a clock gives.
    #[must_use]
    pub fn from_unix_duration(since: Duration) -> Self {
        Self::from_unix(i64::try_from(since.as_secs()).unwrap_or(i64::MAX), since.subsec_nanos())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_instants() {
        assert_eq!(FileTime::from_unix(0, 0), FileTime(116_444_736_000_000_000));
        assert_eq!(FileTime(0).to_unix(), (-11_644_473_600, 0));
        assert_eq!(FileTime::from_unix(i64::MIN, 0), FileTime(0));
        assert_eq!(FileTime::from_unix(-1, 999_999_900), FileTime(116_444_735_999_999_999));
    }

    proptest! {
        #[test]
        fn there_and_back(t: u64) {
            let (s, n) = FileTime(t).to_unix();
            prop_assert_eq!(FileTime::from_unix(s, n), FileTime(t));
        }
    }
}

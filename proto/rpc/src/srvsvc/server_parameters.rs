use crate::information::Members;
use crate::ndr::Ndr;
use lanward_nt::NtString;
use lanward_wire::DecodeError;
use std::ops::RangeInclusive;

/// What SERVER_INFO_502, 503 and 599 ([MS-SRVS] 2.2.4.44 to 2.2.4.46) and the structures of single parameters (2.2.4.53 to 2.2.4.90) have:
/// numbers, each named by the constant of 2.2.2.12 for it, from SV_SESSOPENS_PARMNUM (501) to SV_MAXWORKITEMIDLETIME_PARMNUM (556).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerParameters {
    /// sv599_domain
    pub domain: Option<NtString>,
    values: [u32; COUNT],
}

const FIRST: u32 = 501;
const COUNT: usize = 56;
/// SV_DOMAIN_PARMNUM, the only string.
const DOMAIN: u32 = 519;
/// sv599_reserved has no constant; this number is free for it.
const RESERVED: u32 = 551;

/// SV_MAXNONPAGEDMEMORYUSAGE_PARMNUM and SV_MAXPAGEDMEMORYUSAGE_PARMNUM: the structures have the second first.
const SWAPPED: (u32, u32) = (512, 513);

impl Default for ServerParameters {
    fn default() -> Self {
        Self { domain: None, values: [0; COUNT] }
    }
}

impl ServerParameters {
    /// The number with this constant; 0 for one there is not.
    #[must_use]
    pub fn value(&self, parameter: u32) -> u32 {
        place(parameter).and_then(|at| self.values.get(at)).copied().unwrap_or(0)
    }

    /// Sets the number with this constant, if there is one.
    pub fn set(&mut self, parameter: u32, value: u32) {
        if let Some(slot) = place(parameter).and_then(|at| self.values.get_mut(at)) {
            *slot = value;
        }
    }

    /// The constants of the members of a level's structure, in their order; none for a level without.
    pub fn of_level(level: u32) -> impl Iterator<Item = u32> {
        let range = match level {
            502 => 501..=518,
            503 => 501..=542,
            599 => 501..=556,
            _ if Self::is_single(level) => {
                let parameter = level.saturating_sub(1000);
                parameter..=parameter
            }
            _ => RangeInclusive::new(1, 0),
        };
        let whole = level < 1000;
        range.map(move |parameter| match parameter {
            first if first == SWAPPED.0 && whole => SWAPPED.1,
            second if second == SWAPPED.1 && whole => SWAPPED.0,
            other => other,
        })
    }

    /// Whether a level is one of those of a single parameter.
    #[must_use]
    pub const fn is_single(level: u32) -> bool {
        matches!(level, 1501..=1503 | 1506 | 1510..=1516 | 1518 | 1523 | 1528..=1530 | 1533..=1536)
            || matches!(level, 1538..=1550 | 1552..=1556)
    }

    pub(crate) fn members<N: Ndr>(&mut self, level: u32, m: &mut Members<'_, N>) -> Result<(), DecodeError> {
        for parameter in Self::of_level(level) {
            if parameter == DOMAIN {
                m.string("domain", &mut self.domain)?;
            } else if let Some(slot) = place(parameter).and_then(|at| self.values.get_mut(at)) {
                m.u32(if parameter == RESERVED { "reserved" } else { "parameter" }, slot)?;
            }
        }
        Ok(())
    }
}

fn place(parameter: u32) -> Option<usize> {
    usize::try_from(parameter.checked_sub(FIRST)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_have_the_members_of_their_structures() {
        let members = |level| ServerParameters::of_level(level).collect::<Vec<_>>();
        assert_eq!((members(502).len(), members(503).len(), members(599).len()), (18, 42, 56));
        assert_eq!(members(502)[10..14], [511, 513, 512, 514]);
        assert_eq!(members(503)[18], DOMAIN);
        assert_eq!((members(1512), members(1513), members(1556)), (vec![512], vec![513], vec![556]));
        for none in [100, 500, 1504, 1519, 1537, 1551, 1557, u32::MAX] {
            assert_eq!(members(none), [], "{none}");
        }
    }

    #[test]
    fn numbers_have_their_constants() {
        let mut parameters = ServerParameters::default();
        for parameter in [501, 556, 500, 557, 0, u32::MAX] {
            parameters.set(parameter, parameter);
            let there = (501..=556).contains(&parameter);
            assert_eq!(parameters.value(parameter), if there { parameter } else { 0 });
        }
    }
}

/// A dialect of SMB 1, the oldest first ([MS-CIFS] 1.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// Core: `PC NETWORK PROGRAM 1.0`, `PCLAN1.0`
    Core,
    /// Core Plus: `MICROSOFT NETWORKS 1.03`
    CorePlus,
    /// LAN Manager 1.0 for DOS and extended: `MICROSOFT NETWORKS 3.0`, `DOS LANMAN1.0`, `LANMAN1.0`
    LanMan1,
    /// LAN Manager 2.0: `LM1.2X002`, `DOS LM1.2X002`
    LanMan2,
    /// LAN Manager 2.1: `LANMAN2.1`, `DOS LANMAN2.1`, `Windows for Workgroups 3.1a`
    LanMan21,
    /// `NT LM 0.12`, `NT LANMAN 1.0`
    NtLm,
}

/// Every name a client gives one of them.
const NAMES: [(&str, Dialect); 13] = [
    ("PC NETWORK PROGRAM 1.0", Dialect::Core),
    ("PCLAN1.0", Dialect::Core),
    ("MICROSOFT NETWORKS 1.03", Dialect::CorePlus),
    ("MICROSOFT NETWORKS 3.0", Dialect::LanMan1),
    ("DOS LANMAN1.0", Dialect::LanMan1),
    ("LANMAN1.0", Dialect::LanMan1),
    ("LM1.2X002", Dialect::LanMan2),
    ("DOS LM1.2X002", Dialect::LanMan2),
    ("LANMAN2.1", Dialect::LanMan21),
    ("DOS LANMAN2.1", Dialect::LanMan21),
    ("Windows for Workgroups 3.1a", Dialect::LanMan21),
    ("NT LM 0.12", Dialect::NtLm),
    ("NT LANMAN 1.0", Dialect::NtLm),
];

impl Dialect {
    /// The dialect of a name in SMB_COM_NEGOTIATE; `None` for others, and for what leads to SMB 2.
    #[must_use]
    pub fn of_name(name: &[u8]) -> Option<Self> {
        NAMES.iter().find(|(known, _)| known.as_bytes() == name).map(|(_, dialect)| *dialect)
    }

    /// The newest dialect between two among the client's, and its index.
    #[must_use]
    pub fn choose(names: &[&[u8]], oldest: Self, newest: Self) -> Option<(u16, Self)> {
        let known = names.iter().enumerate().filter_map(|(i, name)| Some((i, Self::of_name(name)?)));
        let allowed = known.filter(|(_, dialect)| (oldest..=newest).contains(dialect));
        // The last of equals, as it is the one a client prefers.
        let (index, dialect) = allowed.max_by_key(|(_, dialect)| *dialect)?;
        Some((u16::try_from(index).ok()?, dialect))
    }

    /// All of them, the oldest first.
    pub const ALL: [Self; 6] =
        [Self::Core, Self::CorePlus, Self::LanMan1, Self::LanMan2, Self::LanMan21, Self::NtLm];

    /// A number by which it can stand beside the revisions of SMB 2 ([MS-SMB2] 2.2.3), below all of them. It goes over no wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Core => 0x0100,
            Self::CorePlus => 0x0103,
            Self::LanMan1 => 0x0110,
            Self::LanMan2 => 0x0120,
            Self::LanMan21 => 0x0121,
            Self::NtLm => 0x0130,
        }
    }

    /// The dialect of such a number.
    #[must_use]
    pub fn of_number(number: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.number() == number)
    }

    /// Its usual name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Core => "PC NETWORK PROGRAM 1.0",
            Self::CorePlus => "MICROSOFT NETWORKS 1.03",
            Self::LanMan1 => "LANMAN1.0",
            Self::LanMan2 => "LM1.2X002",
            Self::LanMan21 => "LANMAN2.1",
            Self::NtLm => "NT LM 0.12",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const XP: [&[u8]; 6] = [
        b"PC NETWORK PROGRAM 1.0",
        b"LANMAN1.0",
        b"Windows for Workgroups 3.1a",
        b"LM1.2X002",
        b"LANMAN2.1",
        b"NT LM 0.12",
    ];

    #[test]
    fn the_newest_that_is_allowed() {
        let choose = |oldest, newest| Dialect::choose(&XP, oldest, newest);
        assert_eq!(choose(Dialect::Core, Dialect::NtLm), Some((5, Dialect::NtLm)));
        assert_eq!(choose(Dialect::Core, Dialect::LanMan21), Some((4, Dialect::LanMan21)));
        assert_eq!(choose(Dialect::Core, Dialect::CorePlus), Some((0, Dialect::Core)));
        assert_eq!(choose(Dialect::CorePlus, Dialect::CorePlus), None);
        assert_eq!(Dialect::choose(&[b"SMB 2.002"], Dialect::Core, Dialect::NtLm), None);
    }

    #[test]
    fn numbers_rise_and_stay_below_smb_2() {
        assert!(Dialect::ALL.is_sorted_by_key(|dialect| dialect.number()));
        for dialect in Dialect::ALL {
            assert!(dialect.number() < 0x0202);
            assert_eq!(Dialect::of_number(dialect.number()), Some(dialect));
        }
    }

    #[test]
    fn every_name_is_found_again() {
        for (name, dialect) in NAMES {
            assert_eq!(Dialect::of_name(name.as_bytes()), Some(dialect));
            assert_eq!(Dialect::of_name(dialect.name().as_bytes()), Some(dialect));
        }
    }
}

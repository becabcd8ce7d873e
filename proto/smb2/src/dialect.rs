/// A dialect of the SMB 2 Protocol, in the order of their age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dialect {
    /// SMB 2.0.2
    V2_0_2,
    /// SMB 2.1
    V2_1,
    /// SMB 3.0
    V3_0,
    /// SMB 3.0.2
    V3_0_2,
    /// SMB 3.1.1
    V3_1_1,
}

impl Dialect {
    /// Every dialect, oldest first.
    pub const ALL: [Self; 5] = [Self::V2_0_2, Self::V2_1, Self::V3_0, Self::V3_0_2, Self::V3_1_1];

    /// The SMB2 wildcard revision number, which is no dialect: it answers "SMB 2.???" and asks for a second NEGOTIATE.
    pub const WILDCARD: u16 = 0x02ff;

    /// The dialect of a revision number; `None` for one that nobody specified, and for the wildcard.
    #[must_use]
    pub const fn from_revision(revision: u16) -> Option<Self> {
        match revision {
            0x0202 => Some(Self::V2_0_2),
            0x0210 => Some(Self::V2_1),
            0x0300 => Some(Self::V3_0),
            0x0302 => Some(Self::V3_0_2),
            0x0311 => Some(Self::V3_1_1),
            _ => None,
        }
    }

    /// The revision number on the wire.
    #[must_use]
    pub const fn revision(self) -> u16 {
        match self {
            Self::V2_0_2 => 0x0202,
            Self::V2_1 => 0x0210,
            Self::V3_0 => 0x0300,
            Self::V3_0_2 => 0x0302,
            Self::V3_1_1 => 0x0311,
        }
    }

    /// Whether this is of the SMB 3.x dialect family.
    #[must_use]
    pub fn is_smb3(self) -> bool {
        self >= Self::V3_0
    }

    /// As people write it: `3.1.1`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::V2_0_2 => "2.0.2",
            Self::V2_1 => "2.1",
            Self::V3_0 => "3.0",
            Self::V3_0_2 => "3.0.2",
            Self::V3_1_1 => "3.1.1",
        }
    }
}

impl core::fmt::Display for Dialect {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn revisions_both_ways_and_ordered() {
        for d in Dialect::ALL {
            assert_eq!(Dialect::from_revision(d.revision()), Some(d));
        }
        assert!(Dialect::ALL.is_sorted());
        assert_eq!(Dialect::from_revision(Dialect::WILDCARD), None);
        assert!(Dialect::V3_0.is_smb3() && !Dialect::V2_1.is_smb3());
    }
}

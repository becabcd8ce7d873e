use crate::SyntaxId;

/// How arguments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum TransferSyntax {
    /// NDR 2.0
    #[default]
    Ndr,
    /// NDR64: pointers and counts of 8 bytes, enumerations of 4.
    Ndr64,
}

impl TransferSyntax {
    /// The one of this name.
    #[must_use]
    pub fn of(id: &SyntaxId) -> Option<Self> {
        match *id {
            SyntaxId::NDR => Some(Self::Ndr),
            SyntaxId::NDR64 => Some(Self::Ndr64),
            _ => None,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn id(self) -> SyntaxId {
        match self {
            Self::Ndr => SyntaxId::NDR,
            Self::Ndr64 => SyntaxId::NDR64,
        }
    }

    pub(crate) const fn is_wide(self) -> bool {
        matches!(self, Self::Ndr64)
    }
}

/// The alignment of a structure or union: that of its most aligned member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Alignment {
    /// Bytes only.
    One,
    /// 16-bit integers.
    Two,
    /// Enumerations: 2, and 4 in NDR64.
    Enum,
    /// 32-bit integers.
    Four,
    /// Pointers and the counts of arrays: 4, and 8 in NDR64.
    Pointer,
    /// 64-bit integers.
    Eight,
}

impl Alignment {
    pub(crate) const fn bytes(self, syntax: TransferSyntax) -> usize {
        match (self, syntax) {
            (Self::One, _) => 1,
            (Self::Two, _) | (Self::Enum, TransferSyntax::Ndr) => 2,
            (Self::Four, _) | (Self::Enum, TransferSyntax::Ndr64) | (Self::Pointer, TransferSyntax::Ndr) => 4,
            (Self::Eight, _) | (Self::Pointer, TransferSyntax::Ndr64) => 8,
        }
    }
}

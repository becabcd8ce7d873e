use lanward_nt::{NtString, Sid};
use std::collections::BTreeSet;

/// A group of the account domain; its members are users of the same domain ([MS-SAMR] 3.1.1.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The relative identifier.
    pub rid: u32,
    /// Found without regard to case.
    pub name: NtString,
    /// AdminComment
    pub comment: NtString,
    /// Relative identifiers of users. Whoever has the group as its primary group is a member without being here.
    pub members: BTreeSet<u32>,
}

/// Where an alias belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AliasDomain {
    /// The server's own accounts.
    Account,
    /// S-1-5-32
    Builtin,
}

/// An alias, which people call a local group; anybody can be a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alias {
    /// Where it belongs.
    pub domain: AliasDomain,
    /// The relative identifier there.
    pub rid: u32,
    /// Found without regard to case.
    pub name: NtString,
    /// AdminComment
    pub comment: NtString,
    /// Who belongs to it.
    pub members: BTreeSet<Sid>,
}

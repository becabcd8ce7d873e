use super::{Alias, AliasDomain, DomainPolicy, Group, Rights, UserAccount};
use lanward_nt::{NtStatus, Sid};
use std::fmt::Debug;

/// Where the accounts are kept. What is in memory is the truth; a store is read once, and told of changes before they are made.
pub trait AccountStore: Debug + Send + Sync {
    /// Everything that is kept.
    ///
    /// # Errors
    /// The store's own; it has told them where errors are told.
    fn load(&self) -> Result<Kept, NtStatus>;

    /// Makes all of these changes or none. May wait for a disk.
    ///
    /// # Errors
    /// The store's own.
    fn write(&self, changes: &[AccountChange]) -> Result<(), NtStatus>;
}

/// What a store has kept.
#[derive(Debug, Default)]
pub struct Kept {
    /// Users.
    pub users: Vec<UserAccount>,
    /// Groups of the account domain.
    pub groups: Vec<Group>,
    /// Aliases of both domains.
    pub aliases: Vec<Alias>,
    /// What accounts may do.
    pub rights: Vec<(Sid, Rights)>,
    /// The policy, if somebody set one.
    pub policy: Option<DomainPolicy>,
    /// The next relative identifier, if any was ever given.
    pub next_rid: Option<u32>,
    /// Users that a store without aliases calls administrators.
    pub administrators: Vec<u32>,
}

/// One change of what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountChange {
    /// Keep a user, in the place of the one with its identifier.
    User(Box<UserAccount>),
    /// Forget one.
    NoUser(u32),
    /// Keep a group.
    Group(Group),
    /// Forget one.
    NoGroup(u32),
    /// Keep an alias.
    Alias(Alias),
    /// Forget one.
    NoAlias(AliasDomain, u32),
    /// Keep what an account may do.
    Rights(Sid, Rights),
    /// Forget it.
    NoRights(Sid),
    /// Keep the policy.
    Policy(DomainPolicy),
    /// The next relative identifier.
    NextRid(u32),
}

/// Keeps nothing: accounts of one run, and of tests.
#[derive(Debug, Clone, Copy, Default)]
pub struct NothingKept;

impl AccountStore for NothingKept {
    fn load(&self) -> Result<Kept, NtStatus> {
        Ok(Kept::default())
    }

    fn write(&self, _changes: &[AccountChange]) -> Result<(), NtStatus> {
        Ok(())
    }
}

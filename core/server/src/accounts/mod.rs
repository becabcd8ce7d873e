//! The one account store: users, groups, aliases, what accounts may do, and the policy of passwords. [MS-SAMR] and [MS-LSAD] show and change it,
//! signing in reads it, and the control socket speaks to it.

mod attempts;
mod book;
mod control;
mod dial_in;
mod directory;
mod draft;
mod group;
mod logon;
mod password;
mod policy;
mod rights;
mod seed;
mod store;
#[cfg(test)]
mod tests;
mod user;

pub use attempts::Attempt;
pub use book::AccountBook;
pub use control::AccountControl;
pub use dial_in::{DialIn, DialInProof, DialInRefusal};
pub use directory::{Directory, Principal};
pub use draft::Draft;
pub use group::{Alias, AliasDomain, Group};
pub use logon::LogonsFrom;
pub use password::{PasswordFault, check_complexity};
pub use policy::{DomainPolicy, PasswordProperties};
pub use rights::{PRIVILEGES, Privilege, Rights, SystemAccess, privilege_by_luid, privilege_by_name};
pub use store::{AccountChange, AccountStore, Kept, NothingKept};
pub use user::{LogonHours, UserAccount};

/// The relative identifier of the group every user is in ([MS-SAMR] 2.2.1.14 DOMAIN_GROUP_RID_USERS; "None" on a stand-alone server).
pub const RID_NONE: u32 = 513;

/// The relative identifier of the guest, who has no account of its own.
pub const RID_GUEST: u32 = 501;

/// The relative identifier of the first account that somebody made.
pub const FIRST_RID: u32 = 1000;

/// The relative identifier of BUILTIN\Administrators.
pub const RID_ADMINISTRATORS: u32 = 544;

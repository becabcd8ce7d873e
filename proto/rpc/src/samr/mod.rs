//! [MS-SAMR]: domains, users, groups and aliases.

mod aliases;
mod display;
mod domains;
mod groups;
mod passwords;
mod server;
mod users;
mod validate;

pub use aliases::*;
pub use display::*;
pub use domains::*;
pub use groups::*;
pub use passwords::*;
pub use server::*;
pub use users::*;
pub use validate::*;

use crate::SyntaxId;
use lanward_nt::Guid;

/// 12345778-1234-abcd-ef00-0123456789ac, version 1.0 ([MS-SAMR] 1.9).
pub const INTERFACE: SyntaxId = SyntaxId {
    uuid: Guid::from_fields(0x1234_5778, 0x1234, 0xabcd, [0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xac]),
    major: 1,
    minor: 0,
};

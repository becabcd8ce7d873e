//! [MS-LSAD] and [MS-LSAT]: policy, accounts with rights, secrets, and names and SIDs of each other.

mod accounts;
mod lookup;
mod policy;
mod privileges;
mod secrets;
mod trusts;

pub use accounts::*;
pub use lookup::*;
pub use policy::*;
pub use privileges::*;
pub use secrets::*;
pub use trusts::*;

use crate::SyntaxId;
use lanward_nt::Guid;

/// 12345778-1234-abcd-ef00-0123456789ab, version 0.0 ([MS-LSAD] 1.9).
pub const INTERFACE: SyntaxId = SyntaxId {
    uuid: Guid::from_fields(0x1234_5778, 0x1234, 0xabcd, [0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab]),
    major: 0,
    minor: 0,
};

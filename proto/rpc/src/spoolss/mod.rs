//! [MS-RPRN]: printers over the network.

mod data;
mod devmode;
mod documents;
mod forms;
mod info;
mod information;
mod jobs;
mod open;
pub(crate) mod oracle;
mod packages;
mod printers;
mod system_time;

pub use data::*;
pub use devmode::Devmode;
pub use documents::*;
pub use forms::*;
pub use info::*;
pub use information::*;
pub use jobs::*;
pub use open::*;
pub use packages::*;
pub use printers::*;
pub use system_time::SystemTime;

use crate::SyntaxId;
use lanward_nt::Guid;

/// 12345678-1234-abcd-ef00-0123456789ab, version 1.0 ([MS-RPRN] 1.9).
pub const INTERFACE: SyntaxId = SyntaxId {
    uuid: Guid::from_fields(0x1234_5678, 0x1234, 0xabcd, [0xef, 0x00, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab]),
    major: 1,
    minor: 0,
};

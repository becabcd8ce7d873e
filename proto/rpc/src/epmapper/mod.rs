//! [C706] appendix O, [MS-RPCE] 2.2.1.2: the endpoint mapper's operations and their arguments.

mod lookup;
mod map;
mod tower;

pub use lookup::{Entry, InterfaceId, LookupRequest, LookupResponse};
pub use map::{FreeHandleResponse, MapRequest, MapResponse};
pub use tower::{Tower, Transport};

use crate::SyntaxId;
use lanward_nt::Guid;

/// e1af8308-5d1f-11c9-91a4-08002b14a0fa, version 3.0.
pub const INTERFACE: SyntaxId = SyntaxId {
    uuid: Guid::from_fields(0xe1af_8308, 0x5d1f, 0x11c9, [0x91, 0xa4, 0x08, 0x00, 0x2b, 0x14, 0xa0, 0xfa]),
    major: 3,
    minor: 0,
};

/// Opnum of ept_lookup.
pub const LOOKUP: u16 = 2;
/// Opnum of ept_map.
pub const MAP: u16 = 3;
/// Opnum of ept_lookup_handle_free, which takes the handle.
pub const FREE_HANDLE: u16 = 4;

/// ept_s_not_registered: nothing more matches.
pub const NOT_REGISTERED: u32 = 0x16c9_a0d6;
/// ept_s_cant_perform_op
pub const CANNOT_PERFORM: u32 = 0x16c9_a0cd;

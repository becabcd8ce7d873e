//! What stands between TCP and SMB: the length in front of each message on port 445 ([MS-SMB2] 2.1), and the session
//! packets and names of NetBIOS over TCP on port 139 (RFC 1001, RFC 1002).
//!
//! Values and pure functions only: no clock, no I/O, no panic on input.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::as_conversions,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

mod frame;
mod name;
mod session;

pub use frame::FrameHeader;
pub use name::NetbiosName;
pub use session::{NegativeReason, SessionHeader, SessionPacket, SessionRequest};

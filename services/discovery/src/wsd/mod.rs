//! WS-Discovery of April 2005 and its version 1.1, with what computers say of themselves by the Devices Profile: messages, and the rules by which a
//! host answers. Values and pure functions only: no clock, no I/O, no panic on input.

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

mod allowance;
mod answer;
mod http;
mod recent;
mod request;
mod responder;
#[cfg(test)]
mod responder_tests;
#[cfg(test)]
mod vectors;
mod version;

pub(crate) use allowance::{Allowance, Rate};
pub use answer::Host;
pub(crate) use answer::metadata;
pub(crate) use http::{Reading, Refusal, read_head};
pub use request::{Nonsense, Probe, Request, Wanted};
pub use responder::{Outgoing, Recipient, Responder, Subnet};
pub(crate) use responder::{guid, random_guid};
pub use version::Version;

/// DPWS Appendix I MAX_ENVELOPE_SIZE, in bytes: what comes over HTTP.
pub(crate) const MAX_ENVELOPE: usize = 32_767;

/// DPWS Appendix I MAX_UDP_ENVELOPE_SIZE, in bytes.
pub(crate) const MAX_DATAGRAM: usize = 4_096;

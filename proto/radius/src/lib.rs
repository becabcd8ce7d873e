//! RADIUS, the client's side: somebody else says who may come in (RFC 2865), is told how long they stayed (RFC 2866), and may have them sent away
//! or change their terms (RFC 5176); with Microsoft's attributes for MS-CHAP and MPPE (RFC 2548).
//!
//! Values and state machines only: the time since any start and random bytes are arguments. Every request for access carries a
//! Message-Authenticator and so must every answer to one: without it, whoever stands between could make an answer up (CVE-2024-3596).

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

mod access;
mod access_answer;
mod accounting;
mod attribute;
mod client;
mod dynamic;
mod hidden;
mod microsoft;
pub mod oracle;
mod packet;
#[cfg(test)]
mod tests;

pub use access::{AccessRequest, Nas};
pub use access_answer::{AccessAccept, AccessAnswer};
pub use accounting::{AccountingRequest, AccountingStatus, TerminateCause, Usage};
pub use attribute::{Attribute, AttributeType, Attributes};
pub use client::{Answer, Client, ClientStep, Request, RetryPolicy, TooMany};
pub use dynamic::{DynamicAnswer, DynamicKind, DynamicRequest, DynamicServer, ErrorCause};
pub use packet::{Code, MAX_PACKET, Packet, Secret};

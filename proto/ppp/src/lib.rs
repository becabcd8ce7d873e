//! Dial-in: PPTP (RFC 2637) and what runs through it. Control connections and calls, enhanced GRE, PPP (RFC 1661) with
//! its control protocols, MS-CHAP (RFC 2433, RFC 2759) and MPPE (RFC 3078), as server and as client.
//!
//! Values and state machines only: the time since any start, random bytes, keys and verdicts are arguments; no I/O, no
//! panic on input.

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

pub mod authentication;
pub mod automaton;
mod bucket;
pub mod call;
mod ccp;
pub mod control;
pub mod control_connection;
pub mod frame;
pub mod gre;
mod ipcp;
mod ipv6cp;
mod lcp;
pub mod link;
pub mod mppe;
mod negotiation;
#[cfg(test)]
mod octets;
pub mod oracle;
pub mod packet;
pub mod tunnel;

//! Who is there: SPNEGO ([MS-SPNG], RFC 4178) and NTLM ([MS-NLMP]), both sides.
//!
//! Values and state machines only. The clock, the random numbers and the account store are arguments, so every exchange can
//! be replayed byte for byte. Nothing panics on input, and nothing of a token larger than [`MAX_TOKEN`] is looked at.
//!
//! A server makes one [`SpnegoAcceptor`] per authentication and hands it tokens until it is done; a client does the same with
//! a [`SpnegoInitiator`]. What they have agreed on is a [`SecurityContext`].

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

mod accounts;
mod context;
pub mod mschap;
pub mod ntlm;
pub mod oracle;
pub mod sam;
mod secret;
pub mod spnego;

pub use accounts::{Account, AccountLookup, Accounts};
pub use context::{Identity, ResponseVersion, SecurityContext, Step};
pub use ntlm::{
    AcceptorConfig, ChallengeResponse, Claim, Credentials, InitiatorConfig, InitiatorNonces, NegotiateFlags,
    NtlmAcceptor, NtlmInitiator, NtlmPolicy,
};
pub use secret::{LmHash, NtHash, SessionKey};
pub use spnego::{SpnegoAcceptor, SpnegoInitiator};

/// The largest token that is parsed, in bytes. A larger one is refused unread.
pub const MAX_TOKEN: usize = 8 * 1024;

//! NTLM, [MS-NLMP]: messages, keys, and the state machines of both sides.

mod acceptor;
mod authenticate;
mod challenge;
pub(crate) mod crypto;
mod fields;
mod flags;
mod initiator;
mod keys;
mod legacy;
mod lm;
mod negotiate;
mod response;
mod signature;
mod target_info;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod v1;
mod version;

pub use acceptor::{AcceptorConfig, Claim, NtlmAcceptor, NtlmPolicy};
pub use authenticate::{AuthenticateMessage, NtResponse};
pub use challenge::ChallengeMessage;
pub use flags::{AvFlags, NegotiateFlags};
pub use initiator::{Credentials, InitiatorConfig, InitiatorNonces, NtlmInitiator};
pub use keys::{exported_session_key, message_integrity, seal_key, sign_key};
pub use legacy::ChallengeResponse;
pub use lm::lm_response;
pub use negotiate::NegotiateMessage;
pub use response::{ClientChallenge, lmv2_response, nt_proof, ntowf_v2, session_base_key};
pub use signature::{MessageSecurity, Side};
pub use target_info::{AvPair, SingleHost, TargetInfo};
pub use v1::{key_exchange_key_v1, ntlm_response, session_base_key_v1};
pub use version::Version;

/// The first eight bytes of every NTLM message.
pub const SIGNATURE: [u8; 8] = *b"NTLMSSP\0";

/// The largest NEGOTIATE_MESSAGE an acceptor keeps for the MIC, in bytes; a real one has under 600.
pub(crate) const MAX_NEGOTIATE: usize = 1024;

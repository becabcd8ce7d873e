//! Who is at the other end: PAP (RFC 1334), CHAP (RFC 1994) with MS-CHAP in both versions (RFC 2433, RFC 2759), and EAP
//! (RFC 3748) with MS-CHAPv2 in it, each from both sides.
//!
//! A server makes an [`Authenticator`] with the method LCP settled on, a client an [`Authenticatee`]; both are handed the information of
//! frames of the method's protocol, no others, and answer with [`Step`]s.

mod authenticatee;
mod authenticator;
#[cfg(test)]
mod catalogue;
mod chap_authenticatee;
mod chap_authenticator;
mod credentials;
mod eap;
mod eap_authenticatee;
mod eap_authenticator;
mod exchange;
pub mod oracle;
mod pap;
mod prover;
mod request;
mod step;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod texts;

pub use authenticatee::Authenticatee;
pub use authenticator::{Authenticator, AuthenticatorConfig};
pub use credentials::Credentials;
pub use lanward_auth::mschap::MsChapV2Proof;
pub use request::{
    Acceptance, AuthenticationRequest, Grant, LONGEST_NAME, Method, MsChapError, Proof, Verdict,
};
pub use step::{AuthenticationFailure, Step, Success};
pub use texts::{read_failure, read_success};

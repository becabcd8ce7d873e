//! SPNEGO, RFC 4178 and [MS-SPNG]: tokens, and the state machines of both sides.

mod acceptor;
mod der;
mod initiator;
mod mech;
#[cfg(test)]
mod tests;
mod token;
#[cfg(test)]
mod vectors;

pub use acceptor::SpnegoAcceptor;
pub use initiator::SpnegoInitiator;
pub use mech::{Mech, mech_list_der};
pub use token::{NegState, NegToken, NegTokenInit, NegTokenResp};

use crate::SecurityContext;
use crate::ntlm::{MessageSecurity, NegotiateFlags, Side};

/// The acceptor's mechListMIC, which answers the initiator's. Both start from a fresh RC4 handle ([MS-SPNG] 3.2.5.1); without extended
/// session security the two directions share one sequence number all the same.
fn answering(context: &SecurityContext) -> MessageSecurity {
    let extended = context.flags.contains(NegotiateFlags::EXTENDED_SESSIONSECURITY);
    context.message_security(Side::Server).at(if extended { 0 } else { 1 })
}

/// Whether signatures mean anything in this context.
fn has_integrity(context: &SecurityContext) -> bool {
    context.flags.intersects(NegotiateFlags::SIGN | NegotiateFlags::SEAL)
}

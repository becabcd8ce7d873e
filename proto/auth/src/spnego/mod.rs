//! SPNEGO, RFC 4178 and [MS-SPNG]: tokens, and the state machines of both sides.

mod acceptor;
mod der;
mod initiator;
mod mech;
mod token;

pub use acceptor::SpnegoAcceptor;
pub use initiator::SpnegoInitiator;
pub use mech::{Mech, mech_list_der};
pub use token::{NegState, NegToken, NegTokenInit, NegTokenResp};

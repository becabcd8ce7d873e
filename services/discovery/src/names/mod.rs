//! The server's own name, for who asks for its addresses and for nothing else: LLMNR ([RFC 4795]), by which Windows finds computers where there is
//! neither NetBIOS nor DNS, and multicast DNS for resolvers that ask once and from any port ([RFC 6762] 6.7), as Android's.
//!
//! Both are DNS in one datagram. What asks from the port of multicast DNS itself is answered by [`crate::Mdns`].

mod dialect;
mod link;
mod message;
mod responder;

pub use dialect::Dialect;
pub(crate) use link::start;
pub use message::{Question, answer, query};
pub use responder::{NameResponder, Unanswered};

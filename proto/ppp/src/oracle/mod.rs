//! What must hold for any bytes whatever. Fuzz targets and tests call it.

mod accounts;
mod link;
mod network;
mod pair;
mod tunnel;
mod tunnels;

pub use link::{link, links};
#[cfg(test)]
pub(crate) use network::{Network, Sent};
pub(crate) use pair::{Pair, SERVER, echo_request};
pub use tunnel::{client_tunnel, server_tunnel};
pub use tunnels::tunnels;

//! What must hold for any bytes whatever. Fuzz targets and tests call it.

mod accounts;
mod link;
mod pair;

pub use link::{link, links};
pub(crate) use pair::{Pair, SERVER, echo_request};

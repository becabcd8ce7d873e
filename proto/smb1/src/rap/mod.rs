//! The Remote Administration Protocol ([MS-RAP]): calls whose parameters and structures are described by strings, which both ends know.

mod descriptor;
mod message;
pub mod opcode;
mod packing;
mod parameters;
pub mod structures;
#[cfg(test)]
mod vectors;

pub use descriptor::{Descriptor, Item};
pub use message::{RapRequest, RapResponse};
pub use packing::{Field, Packed, Packer, unpack};
pub use parameters::{Output, Parameter};

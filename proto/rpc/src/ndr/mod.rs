//! NDR, version 2.0 ([C706] chapter 14): aligned little-endian values, pointers as referent ids with their referents deferred.

mod reader;
mod writer;

pub use reader::NdrReader;
pub use writer::NdrWriter;

//! NDR, version 2.0 ([C706] chapter 14), and NDR64 ([MS-RPCE] 2.2.5): aligned values, pointers as referent ids with their referents
//! deferred. An argument type is written once, with the typed methods of reader and writer, and is right in both.

mod layout;
mod reader;
mod types;
mod value;
mod walk;
mod writer;

pub use layout::{Alignment, TransferSyntax};
pub use reader::NdrReader;
pub use types::{ContextHandle, UnicodeStringHeader};
pub use value::{
    ByteString, Counted, Enumeration, Halves, NarrowString, Operation, Results, Text, UlongPtr, Value,
    Varying, WideString,
};
pub(crate) use value::{most_aligned, operation, structure, union};
pub use walk::{Arguments, Ndr};
pub use writer::NdrWriter;

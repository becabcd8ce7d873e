//! Everything that takes more than one crate to show, in one binary.

mod smoke;

//! Everything that takes more than one crate to show, in one binary.

mod compounds;
mod dialects;
mod downgrade;
mod leaks;
mod logon;
mod signing;
mod smoke;
mod support;
mod waiting;

//! Everything that takes more than one crate to show, in one binary.

mod aapl;
mod binding;
mod channels;
mod compounds;
mod compression;
mod controls;
mod corpus;
mod dialects;
mod downgrade;
mod durable;
mod fuzzed;
mod hostile;
mod in_place;
mod leaks;
mod logon;
mod model;
mod notify;
mod pipes;
mod reparse;
mod security;
mod signing;
mod smoke;
mod snapshots;
mod streams;
mod support;
mod waiting;

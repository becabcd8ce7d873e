//! The built command, from the outside.

mod check;
mod examples;
mod serve;
mod share;
mod support;
mod user;

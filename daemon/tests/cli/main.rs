//! The built command, from the outside.

mod capture;
mod check;
mod crash;
mod events;
mod examples;
mod explain;
mod net;
mod probe;
mod selftest;
mod serve;
mod share;
mod support;
mod user;

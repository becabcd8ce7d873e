//! The server as numbers, in Prometheus' text format. All of them are read from the live lists when somebody asks, so that they cannot differ from
//! what is there, and nothing is kept for them.

mod answer;
mod text;

pub(crate) use answer::listen;
pub(crate) use text::text;

//! What the tests that cross crates share: [`Site`], a whole server on the loopback with accounts and shares of its own, and the oracles
//! that feed it what no client should send.

mod accounts;
mod site;

pub use accounts::{ALICE, BOB, MemAccounts, ROOT};
pub use site::{Counts, Plan, Site};

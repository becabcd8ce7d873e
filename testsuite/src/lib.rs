//! What the tests that cross crates share: [`Site`], a whole server on the loopback with accounts and shares of its own, [`Proxy`], the
//! attacker in the path, and the oracles that feed a server what no client should send.

mod accounts;
pub mod corpus;
pub mod model;
pub mod oracle;
mod proxy;
pub mod rap_oracle;
pub mod rpc_oracle;
mod site;
pub mod smb1_oracle;
mod spoolss_oracle;

pub use accounts::{ALICE, BOB, MemAccounts, ROOT};
pub use proxy::{Proxy, Toward};
pub use site::{Counts, Plan, Site};

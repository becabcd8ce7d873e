//! What clients may keep of a file in their own memory: oplocks and leases ([MS-FSA] 2.1.1.10, 2.1.4.12, 2.1.5.18, 2.1.5.19).
//!
//! [`CacheTable`] is the state machine of one stream: who holds what, what an act breaks it to, and who must be waited for. It is changed
//! under the file's lock only, knows no clock, and says whom to tell; [`BreakRoute`] and [`BreakQueue`] carry that to the client.

mod act;
mod check;
mod directory;
mod grant;
mod lease_table;
mod open_cache;
mod outside;
mod owner;
mod queue;
mod request;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod wait;

pub(crate) use act::Act;
pub(crate) use check::Opener;
pub(crate) use directory::DirectoryCaches;
pub(crate) use open_cache::OpenCache;
pub(crate) use outside::Seen;
pub(crate) use owner::Owner;
pub(crate) use table::CacheTable;
pub(crate) use wait::BreakWait;

pub use lease_table::LeaseTable;
pub use queue::{BreakNotice, BreakQueue, BreakRoute};
pub use request::{CacheRequest, HeldCache, LeaseGrant, LeaseRequest};
pub use state::{CacheState, OplockLevel};

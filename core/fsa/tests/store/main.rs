//! The object store as its callers see it, over a volume in memory.

mod backups;
mod caching;
mod controlling;
mod creating;
mod delaying;
mod deleting;
mod fixture;
mod information;
mod listing;
mod locking;
mod looking;
mod notifying;
mod quotas;
mod renaming;
mod securing;
mod sharing;
mod streams;
mod viewing;

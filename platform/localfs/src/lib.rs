//! A directory of this machine as a volume: resolved strictly beneath its root, found without regard to case in one step however large
//! a folder is, with what only Windows knows about a file in an extended attribute.
//!
//! Where a file system has no extended attributes READONLY is the owner's right to write and the creation time is the file system's, or the
//! earliest time it has; nothing else is kept.

mod acl;
mod bare;
mod beneath;
mod data;
mod depot;
mod directories;
mod dos;
mod ea;
mod events;
mod exact;
mod extents;
mod file;
mod index;
mod listing;
mod look;
mod metadata;
mod mode;
mod name;
mod naming;
mod object_id;
mod open;
mod orphans;
mod outside;
mod path;
mod quota;
mod reparse;
mod scan;
mod short_names;
mod snapshots;
mod status;
mod stored;
mod stream;
mod stream_name;
mod streams;
mod user;
mod volume;
mod watches;
mod xattr;

pub use snapshots::{PatternError, Snapshot, Snapshots};
pub use volume::{LocalVolume, Options};

//! The object store of [MS-FSA] over a [`lanward_vfs::Volume`]: what an open may do, who shares a file with whom, byte-range locks,
//! deletion, renaming and every information class. No dialect is known here.
//!
//! A verdict is a pure function over a file's state, taken under one short lock; there is no await between the grant and the
//! registration of the open. Whatever waits (a lock, a slow volume) is a future that leaves nothing behind when it is dropped.

mod apple;
mod audit;
mod authorize;
mod caching;
mod close;
mod copy;
mod create;
mod create_check;
mod descriptors;
mod disposition;
mod enumeration;
mod explain;
mod extended_attributes;
mod file_system;
mod fsctl;
mod lock;
mod lock_wait;
mod look;
mod name;
mod node;
mod notify;
mod object_id;
mod offload;
mod open;
mod posix;
mod query_directory;
mod query_information;
mod quota;
mod quota_index;
mod read_write;
mod rename;
mod rename_stream;
mod reopen;
mod reparse;
mod rules;
mod search;
mod security;
mod security_context;
mod set_information;
mod share_mode;
mod stream;
mod tunnel;
mod unix;
mod volume_information;
mod wildcard;
mod write_time;

pub use audit::{Audited, Auditor};
pub use caching::{
    BreakNotice, BreakQueue, BreakRoute, CacheRequest, CacheState, HeldCache, LeaseGrant, LeaseRequest,
    LeaseTable, OplockLevel,
};
pub use create::{CreateParams, Created};
pub use descriptors::Origin;
pub use explain::Explanation;
pub use file_system::FileSystem;
pub use lanward_nt::fscc::{FileInformationClass, FsInformationClass};
pub use lock::{LockElement, LockKind, LockOwner};
pub use look::Found;
pub use name::check_name;
pub use notify::{NotifyAction, NotifyFilter};
pub use offload::blocking;
pub use open::FileOpen;
pub use query_directory::DirectoryQuery;
pub use quota::QuotaScope;
pub use read_write::FileRange;
pub use reopen::{KeptCache, KeptFile, KeptLock};
pub use reparse::StoppedOnSymlink;
pub use rules::{FileRules, NamePatterns, RecycleBin, ShareView, TimeMachine};
pub use search::{Search, SearchEntry};
pub use security_context::SecurityContext;
pub use unix::{UnixIdentity, UnixNames};

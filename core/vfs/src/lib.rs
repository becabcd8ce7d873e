//! The door between the server's rules and whatever stores files: [`Volume`] and [`File`].
//!
//! A backend stores and finds; it knows no share modes, locks, sharing policy, dialects or users. Everything here is synchronous and
//! object-safe. A call that would have to wait for a disk or a network answers [`NtStatus::CANT_WAIT`] when it was asked with
//! [`Wait::Never`]; the caller repeats it with [`Wait::Allowed`] on a thread that may block. That keeps the hot path free of tasks and
//! allocation, and the choice of thread in one place.

mod change;
mod entry;
mod identity;
pub mod kit;
mod memory;
mod metadata;
mod quota;
mod traits;

pub use change::{ChangeKind, Listener, Subscription, VolumeChange};
pub use entry::{DirectoryEntry, ExtendedAttribute, StreamEntry, Wanted};
pub use identity::{Permitted, UnixUser};
pub use lanward_nt::NtStatus;
pub use memory::MemVolume;
pub use metadata::{
    AllocatedRange, BasicUpdate, FileKind, FileNumber, Metadata, PosixState, VolumeInformation,
};
pub use quota::{Quota, QuotaLimits};
pub use traits::{Capabilities, Data, File, Intent, OpenRequest, Opened, OpenedStream, Result, Volume, Wait};

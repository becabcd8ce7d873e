use crate::caching::OpenCache;
use crate::node::FileNode;
use crate::notify::OpenNotify;
use crate::query_directory::Scan;
use crate::quota::LastQuota;
use crate::{FileSystem, SecurityContext, name};
use lanward_nt::{AccessMask, CreateOptions, NtPath, NtStatus, NtString, ShareAccess};
use lanward_vfs::{File, FileNumber, Metadata};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// One open of a file or directory ([MS-FSA] 2.1.1.6 Per Open). Dropping it closes it.
pub struct FileOpen {
    pub(crate) file_system: Arc<FileSystem>,
    pub(crate) node: Arc<FileNode>,
    pub(crate) file: Arc<dyn File>,
    pub(crate) id: u64,
    pub(crate) link: u32,
    /// Which stream of the file it is ([`crate::node::StreamState`]).
    pub(crate) stream: u32,
    pub(crate) rights: Rights,
    pub(crate) cache: OpenCache,
    /// Whom it acts for.
    pub(crate) by: Arc<SecurityContext>,
    pub(crate) options: CreateOptions,
    /// Opened with the POSIX extensions.
    pub(crate) posix: bool,
    pub(crate) directory: bool,
    pub(crate) closed: AtomicBool,
    /// [MS-FSA] CurrentByteOffset.
    pub(crate) position: AtomicU64,
    /// [MS-FSA] Mode, as CreateOptions bits.
    pub(crate) mode: AtomicU32,
    /// The write time this open set and keeps whatever is written; 0 for none.
    pub(crate) sticky_write_time: AtomicU64,
    /// The same of the change time.
    pub(crate) sticky_change_time: AtomicU64,
    /// It wrote, and what others are told of that is held back until it closes.
    pub(crate) holds_time: AtomicBool,
    /// The file is marked as written since it was archived, as far as this open knows.
    pub(crate) archived: AtomicBool,
    pub(crate) notify: OpenNotify,
    /// How far quotas were told, for an open of their index.
    pub(crate) last_quota: Option<Box<LastQuota>>,
    pub(crate) scan: tokio::sync::Mutex<Option<Box<Scan>>>,
}

/// What an open may do and what it lets others do.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rights {
    pub(crate) granted: AccessMask,
    pub(crate) maximal: AccessMask,
    pub(crate) share: ShareAccess,
}

impl FileOpen {
    /// What this open may do.
    #[must_use]
    pub const fn granted_access(&self) -> AccessMask {
        self.rights.granted
    }

    /// What its user could have asked for.
    #[must_use]
    pub const fn maximal_access(&self) -> AccessMask {
        self.rights.maximal
    }

    /// What it lets others do meanwhile.
    #[must_use]
    pub const fn share_access(&self) -> ShareAccess {
        self.rights.share
    }

    /// The options it was opened with.
    #[must_use]
    pub const fn options(&self) -> CreateOptions {
        self.options
    }

    /// Whether it is a directory.
    #[must_use]
    pub const fn is_directory(&self) -> bool {
        self.directory
    }

    /// Which file it is.
    #[must_use]
    pub fn file_number(&self) -> FileNumber {
        self.node.number
    }

    /// The 64-bit file id clients see ([MS-FSCC] 2.1.9).
    #[must_use]
    pub fn file_id(&self) -> u64 {
        self.file_system.file_id(self.node.number)
    }

    /// The object store it was opened in.
    #[must_use]
    pub const fn file_system(&self) -> &Arc<FileSystem> {
        &self.file_system
    }

    /// Where the file is now: a rename through any open moves it. Empty once closed.
    #[must_use]
    pub fn path(&self) -> NtPath {
        self.shared_path().as_deref().cloned().unwrap_or_default()
    }

    /// Whether a name, as a client sends it, is the one of this file now. Case means nothing.
    #[must_use]
    pub fn is_named(&self, name: &NtString) -> bool {
        name::parse(name).is_ok_and(|n| n.path.as_string().eq_ignore_case(self.path().as_string()))
    }

    /// Whether the name, or the stream this is an open of, is to go with the last open.
    #[must_use]
    pub fn delete_pending(&self) -> bool {
        let state = self.node.state();
        state.link(self.link).is_some_and(|l| l.delete_pending)
            || (self.is_named_stream() && state.stream(self.stream).is_some_and(|s| s.delete_pending))
    }

    /// The file as it is now.
    ///
    /// # Errors
    /// An I/O error.
    pub fn metadata(&self) -> Result<Metadata, NtStatus> {
        let mut metadata = self.file.metadata()?;
        self.show_held_times(&mut metadata);
        if let Some(view) = &self.by.view
            && let Some(path) = self.shared_path()
        {
            view.show(path.file_name(), &mut metadata);
        }
        Ok(metadata)
    }

    pub(crate) fn shared_path(&self) -> Option<Arc<NtPath>> {
        self.node.state().link(self.link).map(|l| Arc::clone(&l.path))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// # Errors
    /// ACCESS_DENIED when the open has none of `any_of`, FILE_CLOSED.
    pub(crate) fn require(&self, any_of: AccessMask) -> Result<(), NtStatus> {
        if self.is_closed() {
            return Err(NtStatus::FILE_CLOSED);
        }
        if self.rights.granted.intersects(any_of) { Ok(()) } else { Err(NtStatus::ACCESS_DENIED) }
    }
}

impl fmt::Debug for FileOpen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileOpen")
            .field("id", &self.id)
            .field("number", &self.node.number)
            .finish_non_exhaustive()
    }
}

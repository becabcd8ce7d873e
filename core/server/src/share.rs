use crate::{DfsNamespace, Snapshots, User, UserKind};
use lanward_fsa::{FileRules, FileSystem, SecurityContext, ShareView};
use lanward_nt::{AccessMask, NtStatus, NtString, Sid};
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What nobody does to what is in a drop box.
const NOT_IN_DROP_BOX: AccessMask =
    AccessMask::DELETE_CHILD.union(AccessMask::WRITE_DAC).union(AccessMask::WRITE_OWNER);

/// What is behind a share.
#[derive(Debug, Clone)]
pub enum ShareKind {
    /// A tree of files.
    Disk(Arc<FileSystem>),
    /// The named pipes: `IPC$`.
    Ipc,
}

/// [MS-SRVS] 3.1.1.7 Per Share: a share as it is configured.
#[derive(Debug, Clone)]
pub struct ShareDefinition {
    /// Its name; found without regard to case.
    pub name: NtString,
    /// What people read beside the name.
    pub comment: NtString,
    /// What is behind it.
    pub kind: ShareKind,
    /// Where it is on this machine, for administrators' eyes only.
    pub path: NtString,
    /// Nothing can be changed through it.
    pub read_only: bool,
    /// Guests may come in, where their zone lets them.
    pub guest_ok: bool,
    /// Users and groups that may come in; `None` for every named user.
    pub allowed: Option<Vec<Sid>>,
    /// It takes encrypted requests only.
    pub encrypt: bool,
    /// Clients that can are asked to compress what they read and write ([MS-SMB2] 3.3.1.6 Share.CompressData).
    pub compress: bool,
    /// Directories are listed without what the user cannot read.
    pub hide_unreadable: bool,
    /// It is the root of a distributed file system.
    pub dfs: Option<Arc<DfsNamespace>>,
    /// What it was like before.
    pub snapshots: Option<Arc<dyn Snapshots>>,
    /// What it makes of its files besides.
    pub rules: Arc<FileRules>,
    /// How many tree connects it takes at once.
    pub max_uses: Option<u32>,
    /// Opens of clients that ask for it outlive the server ([MS-SMB2] 3.3.1.6 Share.IsCA).
    pub continuous: bool,
}

impl ShareDefinition {
    /// A writable disk share for every named user.
    #[must_use]
    pub fn disk(name: &str, file_system: Arc<FileSystem>, path: &str) -> Self {
        Self {
            name: name.into(),
            comment: NtString::default(),
            kind: ShareKind::Disk(file_system),
            path: path.into(),
            read_only: false,
            guest_ok: false,
            allowed: None,
            encrypt: false,
            compress: false,
            hide_unreadable: false,
            dfs: None,
            snapshots: None,
            rules: Arc::default(),
            max_uses: None,
            continuous: false,
        }
    }

    pub(crate) fn ipc() -> Self {
        Self {
            name: "IPC$".into(),
            comment: "IPC Service".into(),
            kind: ShareKind::Ipc,
            path: NtString::default(),
            read_only: false,
            guest_ok: true,
            allowed: None,
            encrypt: false,
            compress: false,
            hide_unreadable: false,
            dfs: None,
            snapshots: None,
            rules: Arc::default(),
            max_uses: None,
            continuous: false,
        }
    }
}

/// A share that is live. It reads like its [`ShareDefinition`].
#[derive(Debug)]
pub struct Share {
    definition: ShareDefinition,
    uses: AtomicU32,
}

impl Deref for Share {
    type Target = ShareDefinition;

    fn deref(&self) -> &ShareDefinition {
        &self.definition
    }
}

impl Share {
    pub(crate) const fn new(definition: ShareDefinition) -> Self {
        Self { definition, uses: AtomicU32::new(0) }
    }

    /// Tree connects it has now (Share.CurrentUses).
    #[must_use]
    pub fn current_uses(&self) -> u32 {
        self.uses.load(Ordering::Relaxed)
    }

    /// Whether it is `IPC$`.
    #[must_use]
    pub const fn is_ipc(&self) -> bool {
        matches!(self.definition.kind, ShareKind::Ipc)
    }

    /// The most this user may do through the share.
    ///
    /// # Errors
    /// ACCESS_DENIED: nothing at all.
    pub fn access_of(&self, user: &User) -> Result<AccessMask, NtStatus> {
        let admitted = match (user.kind, &self.definition.kind) {
            (_, ShareKind::Ipc) => true,
            (UserKind::Anonymous, ShareKind::Disk(_)) => false,
            (UserKind::Guest, ShareKind::Disk(_)) => self.guest_ok,
            (UserKind::Named, ShareKind::Disk(_)) => {
                self.allowed.as_ref().is_none_or(|allowed| allowed.iter().any(|sid| user.is_member(sid)))
            }
        };
        if !admitted {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let read = AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_EXECUTE;
        Ok(match self.definition.kind {
            ShareKind::Ipc => read | AccessMask::FILE_GENERIC_WRITE,
            ShareKind::Disk(_) if self.read_only => read,
            ShareKind::Disk(_) if self.rules.drop_box => {
                AccessMask::FILE_ALL_ACCESS.difference(NOT_IN_DROP_BOX)
            }
            ShareKind::Disk(_) => AccessMask::FILE_ALL_ACCESS,
        })
    }

    /// On whose behalf files are opened through the share.
    ///
    /// # Errors
    /// As for [`Share::access_of`].
    pub fn security_context(&self, user: &User) -> Result<SecurityContext, NtStatus> {
        let (token, limit) = (user.token(), self.access_of(user)?);
        let view = (*self.rules != FileRules::default()).then(|| ShareView {
            rules: Arc::clone(&self.rules),
            user: user.name.clone(),
            administrator: user.is_admin,
        });
        Ok(SecurityContext { token, limit, hide_unreadable: self.hide_unreadable, view })
    }

    /// Counts one more tree connect, unless the share is full.
    pub(crate) fn enter(self: &Arc<Self>) -> Result<ShareUse, NtStatus> {
        let limit = self.max_uses.unwrap_or(u32::MAX);
        let counted =
            self.uses.try_update(Ordering::Relaxed, Ordering::Relaxed, |n| (n < limit).then(|| n + 1));
        counted.map_err(|_| NtStatus::REQUEST_NOT_ACCEPTED)?;
        Ok(ShareUse(Arc::clone(self)))
    }
}

/// One counted use of a share.
#[derive(Debug)]
pub(crate) struct ShareUse(Arc<Share>);

impl ShareUse {
    pub(crate) const fn share(&self) -> &Arc<Share> {
        &self.0
    }
}

impl Drop for ShareUse {
    fn drop(&mut self) {
        self.0.uses.fetch_sub(1, Ordering::Relaxed);
    }
}

use crate::{Audit, CommDevice, DfsNamespace, Snapshots, UnixUsers, User, UserKind, Zone};
use crate::{NewShare, ShareChange};
use lanward_fsa::{FileRules, FileSystem, SecurityContext, ShareView, UnixIdentity};
use lanward_nt::security::SecurityDescriptor;
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
    /// A printer, by its name: whatever is made in it is a job.
    Printer(NtString),
    /// A serial line.
    Device(Arc<CommDevice>),
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
    /// Opens that are told.
    pub audit: Audit,
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
    /// It takes the SMB3 POSIX extensions: the permission bits that no file gets that is made with them.
    pub posix: Option<u16>,
    /// What clients may keep for when the server cannot be reached.
    pub caching: ShareCaching,
    /// Who may do what through it, as management set it (Share.FileSecurity); both this and the rest of the definition must allow.
    pub security: Option<Arc<SecurityDescriptor>>,
    /// Its files are opened as users of this machine; `None` for the server's own.
    pub unix: Option<Arc<dyn UnixUsers>>,
    /// Where it comes from.
    pub origin: ShareOrigin,
}

/// [MS-SRVS] 2.2.2.5 Client-Side Caching (CSC) States.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ShareCaching {
    /// What users choose (CSC_CACHE_MANUAL_REINT).
    #[default]
    Manual,
    /// All they open (CSC_CACHE_AUTO_REINT).
    Automatic,
    /// The same, and it may be used without asking (CSC_CACHE_VDO).
    Programs,
    /// Nothing (CSC_CACHE_NONE).
    Off,
}

impl ShareCaching {
    /// The bits that say so, in [MS-SRVS] 2.2.4.29 as in [MS-SMB2] 2.2.10.
    pub const MASK: u32 = 0x30;

    /// As those bits.
    #[must_use]
    pub const fn bits(self) -> u32 {
        match self {
            Self::Manual => 0x00,
            Self::Automatic => 0x10,
            Self::Programs => 0x20,
            Self::Off => 0x30,
        }
    }

    /// From those bits; all others are ignored.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Self {
        match bits & Self::MASK {
            0x10 => Self::Automatic,
            0x20 => Self::Programs,
            0x30 => Self::Off,
            _ => Self::Manual,
        }
    }
}

/// Who made a share what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ShareOrigin {
    /// The server itself: `IPC$`.
    BuiltIn,
    /// The configuration alone.
    #[default]
    Configuration,
    /// The configuration, with changes of management.
    Changed,
    /// Management.
    Management,
    /// Management, for as long as the server runs.
    Temporary,
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
            guest_ok: false,
            caching: ShareCaching::Manual,
            origin: ShareOrigin::Configuration,
            ..Self::ipc()
        }
    }

    /// With what management said of a new share.
    #[must_use]
    pub fn managed(self, new: NewShare) -> Self {
        let origin = if new.persistent { ShareOrigin::Management } else { ShareOrigin::Temporary };
        let NewShare { name, comment, max_uses, security, .. } = new;
        Self { name, comment, max_uses, security: security.map(Arc::new), origin, ..self }
    }

    /// With what management changed. Where it comes from stays.
    #[must_use]
    pub fn changed(self, change: &ShareChange) -> Self {
        Self {
            comment: change.comment.clone().unwrap_or(self.comment),
            max_uses: change.max_uses.unwrap_or(self.max_uses),
            security: change.security.clone().map(Arc::new).or(self.security),
            caching: change.caching.unwrap_or(self.caching),
            hide_unreadable: change.hide_unreadable.unwrap_or(self.hide_unreadable),
            encrypt: change.encrypt.unwrap_or(self.encrypt),
            compress: change.compress.unwrap_or(self.compress),
            ..self
        }
    }

    /// A share of a printer, for every named user whom the printer takes.
    #[must_use]
    pub fn printer(share: &NtString, printer: &NtString) -> Self {
        Self {
            name: share.clone(),
            comment: NtString::default(),
            path: printer.clone(),
            kind: ShareKind::Printer(printer.clone()),
            guest_ok: false,
            caching: ShareCaching::Off,
            origin: ShareOrigin::Configuration,
            ..Self::ipc()
        }
    }

    /// A serial line, for the users that are named and nobody else.
    #[must_use]
    pub fn device(name: &str, device: CommDevice, users: Vec<Sid>, path: &str) -> Self {
        Self {
            name: name.into(),
            comment: NtString::default(),
            kind: ShareKind::Device(Arc::new(device)),
            path: path.into(),
            guest_ok: false,
            allowed: Some(users),
            origin: ShareOrigin::Configuration,
            ..Self::ipc()
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
            audit: Audit::empty(),
            dfs: None,
            snapshots: None,
            rules: Arc::default(),
            max_uses: None,
            continuous: false,
            posix: None,
            caching: ShareCaching::Off,
            security: None,
            unix: None,
            origin: ShareOrigin::BuiltIn,
        }
    }
}

/// A share that is live. It reads like its [`ShareDefinition`].
#[derive(Debug)]
pub struct Share {
    definition: ShareDefinition,
    /// INVARIANT: one count, and by it one identity, for a share and all that replace it while it is there.
    uses: Arc<AtomicU32>,
    hardened: bool,
}

impl Deref for Share {
    type Target = ShareDefinition;

    fn deref(&self) -> &ShareDefinition {
        &self.definition
    }
}

/// Whether every domain controller has a share of this name ([MS-DFSC] 3.2.5.5).
pub(crate) fn is_of_domain(share: &NtString) -> bool {
    ["SYSVOL", "NETLOGON"].iter().any(|name| share.eq_ignore_case(&(*name).into()))
}

impl Share {
    pub(crate) fn new(definition: ShareDefinition) -> Self {
        let hardened = is_of_domain(&definition.name);
        Self { definition, uses: Arc::default(), hardened }
    }

    /// The share that takes this one's place and its users.
    pub(crate) fn successor(&self, definition: ShareDefinition) -> Self {
        Self { uses: Arc::clone(&self.uses), ..Self::new(definition) }
    }

    /// Whether both are one share, at different times.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.uses, &other.uses)
    }

    /// Whether it comes back when the server does (Share.IsPersistent).
    #[must_use]
    pub const fn is_persistent(&self) -> bool {
        !matches!(self.definition.origin, ShareOrigin::BuiltIn | ShareOrigin::Temporary)
    }

    /// Tree connects it has now (Share.CurrentUses).
    #[must_use]
    pub fn current_uses(&self) -> u32 {
        self.uses.load(Ordering::Relaxed)
    }

    /// SYSVOL and NETLOGON: computers take from there what they run and the policy they keep. Nothing that somebody on the way could have
    /// changed is taken or answered there, whatever else is configured (behaviour 3.9).
    #[must_use]
    pub const fn is_hardened(&self) -> bool {
        self.hardened
    }

    /// Whether it is `IPC$`.
    #[must_use]
    pub const fn is_ipc(&self) -> bool {
        matches!(self.definition.kind, ShareKind::Ipc)
    }

    /// Whether a printer is behind it.
    #[must_use]
    pub const fn is_printer(&self) -> bool {
        matches!(self.definition.kind, ShareKind::Printer(_))
    }

    /// The serial line, if it is one.
    #[must_use]
    pub const fn device(&self) -> Option<&Arc<CommDevice>> {
        match &self.definition.kind {
            ShareKind::Device(device) => Some(device),
            ShareKind::Disk(_) | ShareKind::Ipc | ShareKind::Printer(_) => None,
        }
    }

    /// Whether it can be seen from a zone; `IPC$` is everywhere.
    #[must_use]
    pub fn is_shown_in(&self, zone: &Zone) -> bool {
        self.is_ipc() || (zone.shows(&self.name) && self.device().is_none_or(|device| device.is_in(zone)))
    }

    /// The most this user may do through the share.
    ///
    /// # Errors
    /// ACCESS_DENIED: nothing at all.
    pub fn access_of(&self, user: &User) -> Result<AccessMask, NtStatus> {
        self.access(user, false)
    }

    fn access(&self, user: &User, open_to_nobody: bool) -> Result<AccessMask, NtStatus> {
        let admitted = match (user.kind, &self.definition.kind) {
            (_, ShareKind::Ipc) => true,
            (UserKind::Anonymous, ShareKind::Disk(_)) => open_to_nobody,
            (UserKind::Anonymous, ShareKind::Printer(_)) => false,
            (UserKind::Anonymous | UserKind::Guest, ShareKind::Device(_)) => false,
            (UserKind::Guest, _) => self.guest_ok,
            (UserKind::Named, _) => {
                self.allowed.as_ref().is_none_or(|allowed| allowed.iter().any(|sid| user.is_member(sid)))
            }
        };
        if !admitted {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let mut limit = self.limit() & self.granted(user);
        if user.kind == UserKind::Anonymous && !self.is_ipc() {
            limit &= AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_EXECUTE;
        }
        if limit.is_empty() { Err(NtStatus::ACCESS_DENIED) } else { Ok(limit) }
    }

    /// The most anybody may do.
    pub(crate) fn limit(&self) -> AccessMask {
        let read = AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_EXECUTE;
        match self.definition.kind {
            ShareKind::Ipc | ShareKind::Device(_) => read | AccessMask::FILE_GENERIC_WRITE,
            ShareKind::Disk(_) if self.read_only => read,
            ShareKind::Disk(_) if self.rules.drop_box => {
                AccessMask::FILE_ALL_ACCESS.difference(NOT_IN_DROP_BOX)
            }
            // Clients ask to read what they only write; a read itself is refused.
            ShareKind::Disk(_) | ShareKind::Printer(_) => AccessMask::FILE_ALL_ACCESS,
        }
    }

    /// On whose behalf files are opened through the share: of NULL sessions too where it is `open_to_nobody`, and only to read.
    ///
    /// # Errors
    /// As for [`Share::access_of`].
    pub fn security_context(&self, user: &User, open_to_nobody: bool) -> Result<SecurityContext, NtStatus> {
        let (mut token, limit) = (user.token(), self.access(user, open_to_nobody)?);
        let identity = match self.unix.as_ref().filter(|_| !self.is_ipc()) {
            Some(users) => Some(users.identity_of(user)?),
            None => None,
        };
        if let Some(UnixIdentity { user, names }) = &identity {
            token.primary_group = names.group(user.group);
            token.groups.extend([user.group].iter().chain(&user.groups).map(|group| names.group(*group)));
        }
        let view = (*self.rules != FileRules::default()).then(|| ShareView {
            rules: Arc::clone(&self.rules),
            user: user.name.clone(),
            administrator: user.is_admin,
        });
        Ok(SecurityContext {
            token,
            limit,
            hide_unreadable: self.hide_unreadable,
            identity,
            view,
            write_time_delay: None,
            auditor: None,
        })
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

//! A directory as a [`Volume`].

use crate::bare::Bare;
use crate::beneath;
use crate::depot::Depot;
use crate::directories::Directories;
use crate::dos;
use crate::extents;
use crate::metadata::{number, stat};
use crate::outside::Outside;
use crate::path::EncodedPath;
use crate::status::status;
use crate::user::UserVolume;
use crate::watches::Limits;
use lanward_nt::{FileTime, NtPath, ShortName, Sid};
use lanward_vfs::{
    Capabilities, Data, FileNumber, Intent, Listener, Metadata, NtStatus, OpenRequest, Opened, Quota,
    QuotaLimits, Result, Subscription, UnixUser, Volume, VolumeInformation, Wait,
};
use rustix::fd::OwnedFd;
use rustix::fs::{OFlags, StatVfsMountFlags, fgetxattr, fstatfs, fstatvfs};
use rustix::io::Errno;
use rustix::process::{Resource, getrlimit};
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a directory is served.
#[derive(Debug, Clone)]
pub struct Options {
    /// The volume's label.
    pub label: String,
    /// Refuse everything that would change something.
    pub read_only: bool,
    /// Modes and owners that are set are the file system's own, changed with the rights of whoever the thread acts as. Otherwise a mode is only
    /// kept and shown, for all files are the server's and it needs its rights on them, and owners stay.
    pub real_modes: bool,
    /// File names kept for finding them without regard to case; about 100 bytes each.
    pub indexed_names: usize,
    /// Directories watched at once, each with a descriptor; `None` for an eighth of the descriptors this process may have.
    pub watched_directories: Option<usize>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            label: String::new(),
            read_only: false,
            real_modes: false,
            indexed_names: 1_000_000,
            watched_directories: None,
        }
    }
}

/// A directory tree of this machine.
#[derive(Debug, Clone)]
pub struct LocalVolume {
    pub(crate) shared: Arc<Shared>,
}

/// What a volume and its handles share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) root: Arc<OwnedFd>,
    pub(crate) directories: Directories,
    pub(crate) capabilities: Capabilities,
    pub(crate) read_only: bool,
    pub(crate) real_modes: bool,
    /// Whether the file system can say that a read or write would wait.
    pub(crate) nowait_read: AtomicBool,
    pub(crate) nowait_write: AtomicBool,
    /// Whether the kernel reads an attribute of a name.
    pub(crate) getxattrat: AtomicBool,
    /// Changes that others make.
    pub(crate) outside: Outside,
    /// What is known to have nothing stored with it.
    pub(crate) bare: Bare,
    /// Where named streams are.
    pub(crate) depot: Depot,
    /// By folded name, held while a name is looked for and made: two clients must not make one name in two cases.
    pub(crate) making: [Mutex<()>; 16],
    /// By number, held while what is stored with an object is read and written again.
    storing: [Mutex<()>; 16],
    /// Whether a directory may have a security descriptor.
    pub(crate) secured: AtomicBool,
    label: String,
    made: FileTime,
    number: FileNumber,
}

impl LocalVolume {
    /// Serves the directory at `path`.
    ///
    /// # Errors
    /// It cannot be opened or is no directory.
    pub fn open(path: &Path, options: Options) -> io::Result<Arc<Self>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let root = rustix::fs::open(path, flags, rustix::fs::Mode::empty())?;
        let secured = crate::acl::may_be_secured(path, &root);
        Self::at(root, secured, options)
    }

    /// Serves the open directory `root`; `secured` if a directory in it may have a security descriptor.
    pub(crate) fn at(root: OwnedFd, secured: bool, options: Options) -> io::Result<Arc<Self>> {
        let stat = stat(&root)?;
        let magic = fstatfs(&root)?.f_type.cast_unsigned();
        let slow = lanward_sys::is_network(magic);
        let mut capabilities =
            Capabilities::HARD_LINKS | Capabilities::SPARSE_FILES | Capabilities::CASE_SENSITIVE;
        capabilities.set(Capabilities::SLOW, slow);
        let mounted_so = fstatvfs(&root)?.f_flag.contains(StatVfsMountFlags::RDONLY);
        capabilities.set(Capabilities::READ_ONLY, options.read_only || mounted_so);
        if fgetxattr(&root, dos::NAME, &mut [0; dos::LONGEST]) != Err(Errno::OPNOTSUPP) {
            capabilities |= Capabilities::EXTENDED_ATTRIBUTES | Capabilities::DOS_ATTRIBUTES;
            capabilities |= Capabilities::OBJECT_IDS | Capabilities::REPARSE_POINTS | Capabilities::SECURITY;
            capabilities |= Capabilities::NAMED_STREAMS;
        }
        if !slow && !capabilities.contains(Capabilities::READ_ONLY) && extents::can_share(&root) {
            capabilities |= Capabilities::BLOCK_REFCOUNTING;
        }
        capabilities |= crate::quota::capabilities(&root);
        let limits = Limits {
            directories: options.watched_directories.unwrap_or_else(descriptors_to_spare),
            names: options.indexed_names,
        };
        let root = Arc::new(root);
        let volume = Arc::new(Self {
            shared: Arc::new(Shared {
                directories: Directories::new(Arc::clone(&root), !slow, limits),
                outside: Outside::new(Arc::clone(&root), !slow),
                capabilities,
                read_only: options.read_only,
                real_modes: options.real_modes,
                nowait_read: AtomicBool::new(true),
                nowait_write: AtomicBool::new(true),
                getxattrat: AtomicBool::new(true),
                depot: Depot::new(Arc::clone(&root)),
                bare: Bare::new(&stat, lanward_sys::has_reliable_change_times(magic)),
                making: Default::default(),
                storing: Default::default(),
                secured: AtomicBool::new(secured),
                label: options.label,
                made: crate::metadata::metadata(&stat, crate::metadata::Stored::Nowhere).creation_time,
                number: number(&stat),
                root,
            }),
        });
        crate::orphans::look(&volume.shared);
        Ok(volume)
    }

    /// How many times a directory was read from end to end to find one name: what must not grow with use.
    #[must_use]
    pub fn scans(&self) -> u64 {
        self.shared.directories.scans()
    }
}

fn descriptors_to_spare() -> usize {
    let most = getrlimit(Resource::Nofile).current.unwrap_or(1 << 20);
    usize::try_from(most / 8).unwrap_or(usize::MAX).clamp(16, 4096)
}

impl Shared {
    /// # Errors
    /// MEDIA_WRITE_PROTECTED.
    pub(crate) fn check_writable(&self) -> Result<()> {
        if self.read_only { Err(NtStatus::MEDIA_WRITE_PROTECTED) } else { Ok(()) }
    }

    /// Keeps others from changing what is stored with the object of this number until the guard goes.
    pub(crate) fn lock_stored(&self, number: u64) -> MutexGuard<'_, ()> {
        let stripe = usize::try_from(number).unwrap_or_default() % self.storing.len();
        self.storing[stripe].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the volume says about itself to the user `user` of this machine.
    pub(crate) fn information(&self, user: u32) -> Result<VolumeInformation> {
        let vfs = fstatvfs(&self.root).map_err(status)?;
        let bytes = |blocks: u64| blocks.saturating_mul(vfs.f_frsize);
        let id = if vfs.f_fsid == 0 { self.number.device ^ self.number.inode } else { vfs.f_fsid };
        let folded = (id ^ id >> 32) & 0xffff_ffff;
        let unit = u32::try_from(vfs.f_bsize).unwrap_or(4096).clamp(512, 65536);
        let mut information = VolumeInformation {
            serial: u32::try_from(folded).unwrap_or_default(),
            label: self.label.clone(),
            creation_time: self.made,
            file_system: "NTFS".to_owned(),
            total_bytes: bytes(vfs.f_blocks),
            free_bytes: bytes(vfs.f_bfree),
            available_bytes: bytes(vfs.f_bavail),
            allocation_unit: if unit.is_power_of_two() { unit } else { 4096 },
            maximum_component: 255,
            files: (vfs.f_files != 0).then_some((vfs.f_files, vfs.f_favail)),
        };
        self.narrow_by_quota(user, &mut information);
        Ok(information)
    }

    /// Whether a call that may not wait must not even start.
    pub(crate) fn too_slow(&self, wait: Wait) -> bool {
        wait == Wait::Never && self.capabilities.contains(Capabilities::SLOW)
    }
}

impl Volume for LocalVolume {
    fn capabilities(&self) -> Capabilities {
        self.shared.capabilities
    }

    fn secured(&self) -> bool {
        self.shared.secured.load(Ordering::Relaxed)
    }

    fn acting_as(&self, who: &Arc<UnixUser>) -> Option<Arc<dyn Volume>> {
        // Modes that are only shown would be nobody's.
        self.shared.real_modes.then(|| Arc::new(UserVolume::new(self.clone(), who)) as Arc<dyn Volume>)
    }

    fn information(&self) -> Result<VolumeInformation> {
        self.shared.information(rustix::process::geteuid().as_raw())
    }

    fn open(&self, request: &OpenRequest<'_>) -> Result<Opened> {
        self.shared.open(request)
    }

    fn lookup(&self, path: &NtPath, wait: Wait) -> Result<(NtPath, Metadata)> {
        if let Some(looked) = self.shared.look(&EncodedPath::new(path)?) {
            return looked;
        }
        let request = OpenRequest {
            path,
            intent: Intent::Open,
            data: Data::empty(),
            make_directory: false,
            attributes: lanward_nt::FileAttributes::empty(),
            security: None,
            mode: None,
            no_follow: false,
            posix: None,
            wait,
        };
        self.shared.open(&request).map(|opened| (opened.path, opened.metadata))
    }

    fn short_name(&self, path: &NtPath, wait: Wait) -> Result<ShortName> {
        if self.shared.too_slow(wait) {
            return Err(NtStatus::CANT_WAIT);
        }
        let path = EncodedPath::new(path)?;
        let Some((above, name)) = path.split() else { return Ok(ShortName::default()) };
        let directory = self.shared.directories.find_directory(&above, wait)?;
        self.shared.directories.short_name(&directory, name, wait)
    }

    fn rename(&self, from: &NtPath, number: FileNumber, to: &NtPath, replace: bool) -> Result<NtPath> {
        self.shared.check_writable()?;
        self.shared.rename(&EncodedPath::new(from)?, number, &EncodedPath::new(to)?, replace)
    }

    fn link(&self, from: &NtPath, number: FileNumber, to: &NtPath, replace: bool) -> Result<()> {
        self.shared.check_writable()?;
        self.shared.link(&EncodedPath::new(from)?, number, &EncodedPath::new(to)?, replace)
    }

    fn rename_exactly(
        &self,
        from: &NtPath,
        number: FileNumber,
        to: &NtPath,
        replace: bool,
    ) -> Result<NtPath> {
        self.shared.check_writable()?;
        self.shared.rename_exactly(&EncodedPath::new(from)?, number, &EncodedPath::new(to)?, replace)
    }

    fn link_exactly(&self, from: &NtPath, number: FileNumber, to: &NtPath) -> Result<()> {
        self.shared.check_writable()?;
        self.shared.link_exactly(&EncodedPath::new(from)?, number, &EncodedPath::new(to)?)
    }

    fn remove(&self, path: &NtPath, number: FileNumber) -> Result<()> {
        self.shared.check_writable()?;
        self.shared.remove(&EncodedPath::new(path)?, number)
    }

    fn watch(&self, directory: &NtPath, tree: bool, listener: Listener) -> Result<Subscription> {
        self.shared.outside.subscribe(directory, tree, listener)
    }

    fn quota(&self, owner: &Sid) -> Result<Option<Quota>> {
        self.shared.quota_of(owner)
    }

    fn quotas(&self, after: Option<&Sid>, limit: usize) -> Result<Vec<Quota>> {
        self.shared.quotas_behind(after, limit)
    }

    fn set_quota(&self, owner: &Sid, limits: Option<QuotaLimits>) -> Result<()> {
        self.shared.set_quota_of(owner, limits)
    }
}

/// Opens `path` beneath the volume's root for its state only.
pub(crate) fn open_path(shared: &Shared, path: &[u8], more: OFlags) -> rustix::io::Result<OwnedFd> {
    beneath::open(&*shared.root, path, OFlags::PATH | more)
}

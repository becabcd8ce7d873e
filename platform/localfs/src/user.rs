//! A volume on behalf of a user of this machine.
//!
//! What the system checks by credentials is done with the user's: finding, opening, making, listing, moving and removing names, extended
//! attributes, mode and group. What it checks when a descriptor is made needs none afterwards (reading, writing, cutting). What is ours and
//! beside the file is done as ourselves, once it is clear that the user may: DOS attributes and times, descriptors, named streams, the index of
//! names and the watching of directories.

use crate::metadata::stat;
use crate::path::EncodedPath;
use crate::status::status;
use crate::volume::LocalVolume;
use lanward_nt::fscc::{FileObjectId, ReparsePoint};
use lanward_nt::{NtPath, NtString, ShortName, Sid};
use lanward_sys::Credentials;
use lanward_vfs::{
    AllocatedRange, BasicUpdate, Capabilities, Data, DirectoryEntry, ExtendedAttribute, File, FileNumber,
    Intent, Listener, Metadata, NtStatus, OpenRequest, Opened, OpenedStream, Permitted, Quota, QuotaLimits,
    Result, StreamEntry, Subscription, UnixUser, Volume, VolumeInformation, Wait, Wanted,
};
use rustix::fd::{AsFd, BorrowedFd};
use rustix::fs::{Access, Mode};
use rustix::io::Errno;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// What files are made with where nobody says.
const FILE_MODE: u16 = 0o666;
const DIRECTORY_MODE: u16 = 0o777;

/// A volume as one user has it.
#[derive(Debug)]
pub(crate) struct UserVolume {
    volume: LocalVolume,
    who: Arc<UnixUser>,
}

/// A handle of one user.
#[derive(Debug)]
struct UserFile {
    file: Arc<dyn File>,
    /// What it is a handle of, or of a stream of.
    object: Arc<dyn File>,
    who: Arc<UnixUser>,
}

/// Runs `call` with the credentials of `who`.
fn acting<T>(who: &UnixUser, call: impl FnOnce() -> Result<T>) -> Result<T> {
    let credentials = Credentials { user: who.user, group: who.group, groups: &who.groups };
    lanward_sys::act_as(credentials, call).map_err(|error| {
        tracing::error!(user = who.user, %error, "the server cannot act as this user");
        NtStatus::ACCESS_DENIED
    })?
}

impl UserVolume {
    pub(crate) fn new(volume: LocalVolume, who: &Arc<UnixUser>) -> Self {
        volume.shared.depot.shared.store(true, Ordering::Relaxed);
        Self { volume, who: Arc::clone(who) }
    }

    /// What may be done with the names in a directory; with the credentials of the user.
    fn permitted_on_names(&self, directory: impl AsFd, of: &Metadata) -> Result<Permitted> {
        let mut permitted = Permitted::empty();
        if lanward_sys::permits(&directory, Access::WRITE_OK | Access::EXEC_OK).map_err(status)? {
            let state = stat(&directory).map_err(status)?;
            let sticky = state.stx_mode & Mode::SVTX.as_raw_mode() as u16 != 0;
            let theirs = |owner: u32| self.who.user == 0 || self.who.user == owner;
            permitted.set(Permitted::REMOVE, !sticky || theirs(state.stx_uid) || theirs(of.posix.owner));
        }
        Ok(permitted)
    }
}

// What falls back to a default would be done by nobody, or as ourselves.
#[deny(clippy::missing_trait_methods)]
impl Volume for UserVolume {
    fn capabilities(&self) -> Capabilities {
        self.volume.capabilities()
    }

    fn secured(&self) -> bool {
        self.volume.secured()
    }

    fn acting_as(&self, who: &Arc<UnixUser>) -> Option<Arc<dyn Volume>> {
        self.volume.acting_as(who)
    }

    fn permits(&self, path: &NtPath, file: &dyn File) -> Result<Option<Permitted>> {
        acting(&self.who, || {
            let mut permitted = file.permitted()?.unwrap_or(Permitted::empty());
            let path = EncodedPath::new(path)?;
            if let Some((above, _)) = path.split() {
                let directory = self.volume.shared.directories.find_directory(&above, Wait::Allowed)?;
                permitted |= self.permitted_on_names(&*directory.fd, &file.metadata()?)?;
            }
            Ok(Some(permitted))
        })
    }

    fn information(&self) -> Result<VolumeInformation> {
        self.volume.shared.information(self.who.user)
    }

    fn quota(&self, owner: &Sid) -> Result<Option<Quota>> {
        // Who may know and set them is decided above: the system would tell a user of nobody but himself.
        self.volume.quota(owner)
    }

    fn quotas(&self, after: Option<&Sid>, limit: usize) -> Result<Vec<Quota>> {
        self.volume.quotas(after, limit)
    }

    fn set_quota(&self, owner: &Sid, limits: Option<QuotaLimits>) -> Result<()> {
        self.volume.set_quota(owner, limits)
    }

    fn open(&self, request: &OpenRequest<'_>) -> Result<Opened> {
        let (usual, mask) = match request.make_directory {
            true => (DIRECTORY_MODE, self.who.directory_mask),
            false => (FILE_MODE, self.who.file_mask),
        };
        let request = OpenRequest { mode: Some(request.mode.unwrap_or(usual) & mask), ..*request };
        let opened = acting(&self.who, || self.volume.open(&request))?;
        let object = Arc::clone(&opened.file);
        let file = Arc::new(UserFile { file: opened.file, object, who: Arc::clone(&self.who) });
        Ok(Opened { file, ..opened })
    }

    fn short_name(&self, path: &NtPath, wait: Wait) -> Result<ShortName> {
        acting(&self.who, || self.volume.short_name(path, wait))
    }

    fn lookup(&self, path: &NtPath, wait: Wait) -> Result<(NtPath, Metadata)> {
        acting(&self.who, || self.volume.lookup(path, wait))
    }

    fn rename(&self, from: &NtPath, number: FileNumber, to: &NtPath, replace: bool) -> Result<NtPath> {
        acting(&self.who, || self.volume.rename(from, number, to, replace))
    }

    fn link(&self, from: &NtPath, number: FileNumber, to: &NtPath, replace: bool) -> Result<()> {
        acting(&self.who, || self.volume.link(from, number, to, replace))
    }

    fn rename_exactly(
        &self,
        from: &NtPath,
        number: FileNumber,
        to: &NtPath,
        replace: bool,
    ) -> Result<NtPath> {
        acting(&self.who, || self.volume.rename_exactly(from, number, to, replace))
    }

    fn link_exactly(&self, from: &NtPath, number: FileNumber, to: &NtPath) -> Result<()> {
        acting(&self.who, || self.volume.link_exactly(from, number, to))
    }

    fn remove(&self, path: &NtPath, number: FileNumber) -> Result<()> {
        acting(&self.who, || self.volume.remove(path, number))
    }

    fn watch(&self, directory: &NtPath, tree: bool, listener: Listener) -> Result<Subscription> {
        // The watching itself is ours, on a thread of its own: it must not be the user's.
        self.volume.watch(directory, tree, listener)
    }
}

impl UserFile {
    fn acting<T>(&self, call: impl FnOnce() -> Result<T>) -> Result<T> {
        acting(&self.who, call)
    }

    /// # Errors
    /// ACCESS_DENIED: the user may not do this with the object, whose streams are no files of their own to the system.
    fn require(&self, needed: Permitted) -> Result<()> {
        let permitted = self.permitted()?.unwrap_or(Permitted::empty());
        if permitted.contains(needed) { Ok(()) } else { Err(NtStatus::ACCESS_DENIED) }
    }

    /// What lies beside the data where the system does not ask is told to whoever may read the data, and to whoever may write it: who
    /// overwrites a file takes away its streams.
    ///
    /// # Errors
    /// ACCESS_DENIED: the user may do neither.
    fn require_any(&self) -> Result<()> {
        let permitted = self.permitted()?.unwrap_or(Permitted::empty());
        if permitted.intersects(Permitted::READ | Permitted::WRITE) {
            Ok(())
        } else {
            Err(NtStatus::ACCESS_DENIED)
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl File for UserFile {
    fn metadata(&self) -> Result<Metadata> {
        self.file.metadata()
    }

    fn read(&self, offset: u64, buf: &mut [u8], wait: Wait) -> Result<usize> {
        self.file.read(offset, buf, wait)
    }

    fn read_into(&self, offset: u64, length: usize, buf: &mut Vec<u8>, wait: Wait) -> Result<usize> {
        self.file.read_into(offset, length, buf, wait)
    }

    fn in_memory(&self, offset: u64, length: usize) -> Option<usize> {
        self.file.in_memory(offset, length)
    }

    fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.file.descriptor()
    }

    fn write(&self, offset: u64, data: &[u8], wait: Wait) -> Result<()> {
        self.file.write(offset, data, wait)
    }

    fn flush(&self) -> Result<()> {
        self.file.flush()
    }

    fn set_end_of_file(&self, length: u64) -> Result<()> {
        self.file.set_end_of_file(length)
    }

    fn reserve(&self, length: u64) -> Result<()> {
        self.file.reserve(length)
    }

    fn set_basic(&self, update: &BasicUpdate) -> Result<()> {
        self.file.set_basic(update)
    }

    fn list(
        &self,
        wanted: &Wanted<'_>,
        limit: usize,
        entries: &mut Vec<DirectoryEntry>,
        wait: Wait,
    ) -> Result<bool> {
        self.acting(|| self.file.list(wanted, limit, entries, wait))
    }

    fn rewind(&self) -> Result<()> {
        self.file.rewind()
    }

    fn allocated_ranges(&self, offset: u64, length: u64, limit: usize) -> Result<Vec<AllocatedRange>> {
        self.file.allocated_ranges(offset, length, limit)
    }

    fn zero(&self, offset: u64, length: u64) -> Result<()> {
        self.file.zero(offset, length)
    }

    fn security(&self) -> Result<Option<Vec<u8>>> {
        self.file.security()
    }

    fn set_security(&self, descriptor: &[u8]) -> Result<()> {
        self.file.set_security(descriptor)
    }

    fn remove_security(&self) -> Result<()> {
        self.file.remove_security()
    }

    fn permitted(&self) -> Result<Option<Permitted>> {
        let object = self.object.descriptor().ok_or(NtStatus::ACCESS_DENIED)?;
        self.acting(|| {
            let may = |what| match lanward_sys::permits(object, what) {
                // A link that was not followed: there is nothing to permit.
                Err(Errno::LOOP) => Ok(false),
                outcome => outcome.map_err(status),
            };
            let mut permitted = Permitted::empty();
            permitted.set(Permitted::READ, may(Access::READ_OK)?);
            permitted.set(Permitted::WRITE, may(Access::WRITE_OK)?);
            permitted.set(Permitted::EXECUTE, may(Access::EXEC_OK)?);
            let state = stat(object).map_err(status)?;
            let owned = self.who.user == 0 || self.who.user == state.stx_uid;
            permitted.set(Permitted::OWNED, owned);
            let sticky = state.stx_mode & Mode::SVTX.as_raw_mode() as u16 != 0;
            let changes = permitted.contains(Permitted::WRITE | Permitted::EXECUTE);
            permitted.set(Permitted::REMOVE_BENEATH, changes && (!sticky || owned));
            Ok(Some(permitted))
        })
    }

    fn set_mode(&self, permissions: u16) -> Result<()> {
        self.acting(|| self.object.set_mode(permissions))
    }

    fn set_owner(&self, owner: Option<u32>, group: Option<u32>) -> Result<()> {
        self.acting(|| self.object.set_owner(owner, group))
    }

    fn extended_attributes(&self) -> Result<Vec<ExtendedAttribute>> {
        self.acting(|| self.file.extended_attributes())
    }

    fn set_extended_attribute(&self, attribute: &ExtendedAttribute) -> Result<()> {
        self.acting(|| self.file.set_extended_attribute(attribute))
    }

    fn copy_from(&self, source: &dyn File, source_offset: u64, offset: u64, length: u64) -> Result<u64> {
        self.file.copy_from(source, source_offset, offset, length)
    }

    fn share_extents(&self, source: &dyn File, source_offset: u64, offset: u64, length: u64) -> Result<()> {
        self.file.share_extents(source, source_offset, offset, length)
    }

    fn object_id(&self) -> Result<Option<FileObjectId>> {
        self.require_any()?;
        self.file.object_id()
    }

    fn set_object_id(&self, id: Option<&FileObjectId>) -> Result<()> {
        self.acting(|| self.file.set_object_id(id))
    }

    fn reparse_point(&self) -> Result<Option<ReparsePoint>> {
        self.file.reparse_point()
    }

    fn set_reparse_point(&self, point: Option<&ReparsePoint>) -> Result<()> {
        self.acting(|| self.file.set_reparse_point(point))
    }

    fn streams(&self) -> Result<Vec<StreamEntry>> {
        self.require_any()?;
        self.file.streams()
    }

    fn may_have_streams(&self) -> bool {
        self.file.may_have_streams()
    }

    fn open_stream(self: Arc<Self>, name: &NtString, intent: Intent, data: Data) -> Result<OpenedStream> {
        let mut needed = Permitted::empty();
        needed.set(Permitted::READ, data.contains(Data::READ));
        needed.set(Permitted::WRITE, data.contains(Data::WRITE) || intent != Intent::Open);
        self.require(needed)?;
        let opened = Arc::clone(&self.file).open_stream(name, intent, data)?;
        let (object, who) = (Arc::clone(&self.object), Arc::clone(&self.who));
        Ok(OpenedStream { file: Arc::new(Self { file: opened.file, object, who }), ..opened })
    }

    fn rename_stream(&self, from: &NtString, to: &NtString, replace: bool) -> Result<()> {
        self.require(Permitted::WRITE)?;
        self.file.rename_stream(from, to, replace)
    }

    fn remove_stream(&self, name: &NtString) -> Result<()> {
        self.require(Permitted::WRITE)?;
        self.file.remove_stream(name)
    }
}

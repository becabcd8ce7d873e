//! Opens, as every command that makes one asks for them.

use super::access_mode;
use super::context::{Context, Fault};
use super::paths;
use super::session::{OpenEntry, OpenMode};
use crate::{dfs, snapshots};
use lanward_fsa::{CacheRequest, CreateParams, FileInformationClass, FileSystem, HeldCache, OplockLevel};
use lanward_nt::fscc::FileLengthInformation;
use lanward_nt::{
    AccessMask, CreateAction, CreateDisposition, CreateOptions, FileAttributes, NtStatus, NtString,
    ShareAccess,
};
use lanward_server::{CreatedOpen, ShareKind};
use lanward_smb1::Flags2;
use lanward_vfs::{ExtendedAttribute, Metadata};
use lanward_wire::Encode;
use std::sync::Arc;
use std::time::Duration;

/// "The server delays and then tests again for a sharing violation" ([MS-CIFS] 3.3.5.5 and its note): these clients count on it that whoever closes a file
/// a moment later is not in their way.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// An open as it is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Opening<'a> {
    /// The name as the client sent it.
    pub(crate) name: NtString,
    pub(crate) desired_access: AccessMask,
    pub(crate) share_access: ShareAccess,
    pub(crate) disposition: CreateDisposition,
    pub(crate) options: CreateOptions,
    pub(crate) attributes: FileAttributes,
    pub(crate) allocation_size: Option<u64>,
    pub(crate) extended_attributes: Vec<ExtendedAttribute>,
    pub(crate) security_descriptor: Option<&'a [u8]>,
    pub(crate) oplock: OplockLevel,
    /// Of the older opens: how it is shared with what the same process has open.
    pub(crate) mode: Option<access_mode::Wanted>,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) fid: u16,
    pub(crate) created: CreatedOpen,
}

impl Opening<'_> {
    /// An open of what there is, for attributes and the like, that is in nobody's way.
    pub(crate) fn existing(name: NtString, access: AccessMask) -> Self {
        Self {
            name,
            desired_access: access,
            share_access: ShareAccess::READ | ShareAccess::WRITE | ShareAccess::DELETE,
            disposition: CreateDisposition::Open,
            options: CreateOptions::empty(),
            attributes: FileAttributes::empty(),
            allocation_size: None,
            extended_attributes: Vec::new(),
            security_descriptor: None,
            oplock: OplockLevel::None,
            mode: None,
        }
    }

    /// As an AccessMode says.
    pub(crate) fn by_mode(name: NtString, mode: access_mode::Wanted, disposition: CreateDisposition) -> Self {
        let mut options = CreateOptions::NON_DIRECTORY_FILE;
        options.set(CreateOptions::WRITE_THROUGH, mode.write_through);
        // Whoever joins it later may want more of it than the first does.
        let all = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
        Self {
            desired_access: if mode.shared_with_own { mode.access | all } else { mode.access },
            share_access: mode.share,
            disposition,
            options,
            attributes: FileAttributes::NORMAL,
            mode: Some(mode),
            ..Self::existing(name, mode.access)
        }
    }
}

impl Context<'_> {
    /// What a name means in the tree: a path and the previous version it is in, or a pipe.
    ///
    /// # Errors
    /// As [`paths::path_of`], [`dfs::name_in_share`] and [`snapshots::find`]; INVALID_DEVICE_REQUEST: a device has no names in it.
    pub(crate) async fn resolve(
        &self,
        name: &NtString,
    ) -> Result<(NtString, Option<Arc<FileSystem>>), NtStatus> {
        let tree = &self.tree()?.core;
        if tree.is_ipc() {
            return Ok((paths::pipe_name(name), None));
        }
        if tree.share().device().is_some() {
            return Err(NtStatus::INVALID_DEVICE_REQUEST);
        }
        let prefixed = self.header.flags2.contains(Flags2::DFS);
        let mut path = paths::path_of(name)?;
        if !self.header.flags2.contains(Flags2::LONG_NAMES) {
            path = paths::unpadded(&path);
        }
        let path = dfs::name_in_share(tree, prefixed, path)?;
        snapshots::find(tree, path, None).await
    }

    /// The path of what is to change.
    ///
    /// # Errors
    /// As [`Context::resolve`]; MEDIA_WRITE_PROTECTED: it is in a previous version.
    pub(crate) async fn resolve_to_change(&self, name: &NtString) -> Result<NtString, NtStatus> {
        let (path, snapshot) = self.resolve(name).await?;
        if snapshot.is_some() { Err(NtStatus::MEDIA_WRITE_PROTECTED) } else { Ok(path) }
    }

    /// Opens for the time of a command only: no FID stands for it, and whoever asked for it closes it.
    ///
    /// # Errors
    /// What the core says; CANCELLED.
    pub(crate) async fn open_for_now(&self, wanted: &Opening<'_>) -> Result<CreatedOpen, NtStatus> {
        let (path, snapshot) = self.resolve(&wanted.name).await?;
        self.create(wanted, &path, snapshot.as_ref()).await
    }

    /// What there is, by an open that nothing but its metadata is needed of and that is closed again, or without one where none is needed. A pipe has none.
    ///
    /// # Errors
    /// As [`Context::open_for_now`].
    pub(crate) async fn look_for_now(&self, wanted: &Opening<'_>) -> Result<Option<Metadata>, NtStatus> {
        let (path, snapshot) = self.resolve(&wanted.name).await?;
        let found = self
            .tree()?
            .core
            .look_within(snapshot.as_ref(), &self.params(wanted, &path, CacheRequest::None))
            .await?;
        if let Some(found) = found {
            return Ok(Some(found.metadata));
        }
        let created = self.create(wanted, &path, snapshot.as_ref()).await?;
        created.open.close(false).await?;
        Ok(created.metadata)
    }

    /// The same by a path that [`Context::resolve`] made of a name: it is no name any more, and would mean something else.
    ///
    /// # Errors
    /// As [`Context::open_for_now`].
    pub(crate) async fn open_resolved(
        &self,
        wanted: &Opening<'_>,
        snapshot: Option<&Arc<FileSystem>>,
    ) -> Result<CreatedOpen, NtStatus> {
        self.create(wanted, &wanted.name, snapshot).await
    }

    /// Opens, and gives the open its FID.
    ///
    /// # Errors
    /// What the core says; CANCELLED; TOO_MANY_OPENED_FILES; OBJECT_PATH_SYNTAX_BAD: a pipe's name without `\PIPE\`.
    pub(crate) async fn open_as(&mut self, wanted: &Opening<'_>) -> Result<Opened, Fault> {
        if wanted.mode.is_some() && self.tree()?.core.is_ipc() && !paths::is_beneath_pipe(&wanted.name) {
            // Only by `\PIPE\` in front do the older commands tell a pipe from a file.
            return Err(NtStatus::OBJECT_PATH_SYNTAX_BAD.into());
        }
        // A device is open by whatever name.
        let (path, snapshot) = match self.tree()?.core.share().device() {
            Some(_) => Default::default(),
            None => self.resolve(&wanted.name).await?,
        };
        let created = match self.create(wanted, &path, snapshot.as_ref()).await {
            Err(NtStatus::ACCESS_DENIED)
                if wanted.mode.is_some_and(|m| m.access != wanted.desired_access) =>
            {
                let least = wanted.mode.map_or(wanted.desired_access, |m| m.access);
                let wanted = Opening { desired_access: least, ..wanted.clone() };
                self.create(&wanted, &path, snapshot.as_ref()).await?
            }
            created => created?,
        };
        let mode = wanted.mode.map(|m| OpenMode {
            data: m.data(),
            compatible: m.compatible,
            shared_with_own: m.shared_with_own,
        });
        let open = Arc::clone(&created.open);
        match self.enter_open(open, mode.unwrap_or_default()) {
            Ok(fid) => Ok(Opened { fid, created }),
            Err(status) => {
                self.close_unless_shared(&created.open).await.ok();
                Err(status.into())
            }
        }
    }

    async fn create(
        &self,
        wanted: &Opening<'_>,
        path: &NtString,
        snapshot: Option<&Arc<FileSystem>>,
    ) -> Result<CreatedOpen, NtStatus> {
        let tree = Arc::clone(self.tree()?);
        let session = Arc::clone(self.session()?);
        let cache = match wanted.oplock {
            OplockLevel::None => CacheRequest::None,
            level => CacheRequest::Oplock { level, route: session.core.breaks() },
        };
        let params = self.params(wanted, path, cache);
        for _ in 0..TRIES {
            let created = tokio::select! {
                biased;
                () = self.unit.cancelled() => return Err(NtStatus::CANCELLED),
                created = tree.core.create_within(snapshot, params.clone()) => created,
            };
            // Who has a line has it for long: nobody waits for it, and it is told once that it was refused.
            let is_device = matches!(tree.core.share().kind, ShareKind::Device(_));
            if is_device || !matches!(created, Err(NtStatus::SHARING_VIOLATION)) {
                return created;
            }
            if let Some(joined) = self.join(wanted, path).await? {
                return Ok(joined);
            }
            // Whoever gives up waiting for others hears why it waited.
            tokio::select! {
                biased;
                () = self.unit.cancelled() => return Err(NtStatus::SHARING_VIOLATION),
                () = tokio::time::sleep(BETWEEN_TRIES) => {}
            }
        }
        Err(NtStatus::SHARING_VIOLATION)
    }

    fn params<'a>(
        &'a self,
        wanted: &Opening<'a>,
        path: &'a NtString,
        cache: CacheRequest<'a>,
    ) -> CreateParams<'a> {
        CreateParams {
            path,
            desired_access: wanted.desired_access,
            share_access: wanted.share_access,
            disposition: wanted.disposition,
            options: wanted.options,
            attributes: wanted.attributes,
            allocation_size: wanted.allocation_size,
            extended_attributes: wanted.extended_attributes.clone(),
            posix: None,
            security_descriptor: wanted.security_descriptor,
            cache,
            waits: Some(self.unit.waits()),
        }
    }

    /// An open that the same process has of the file, if both are as DOS opens files: the new FID stands for it, too ([MS-CIFS] 3.2.4.5.1).
    async fn join(&self, wanted: &Opening<'_>, path: &NtString) -> Result<Option<CreatedOpen>, NtStatus> {
        if !wanted.mode.is_some_and(|m| m.compatible) {
            return Ok(None);
        }
        let own_ids = (self.session()?.uid, self.tree()?.tid);
        let own = |e: &&Arc<OpenEntry>| {
            e.mode.shared_with_own
                && (e.uid, e.tid) == own_ids
                && e.process_id == self.process_id()
                && e.open.file().is_some_and(|f| f.is_named(path))
        };
        let found = self.connection.opens().values().find(own).map(|e| Arc::clone(&e.open));
        let Some(open) = found.filter(|open| !open.is_closed()) else { return Ok(None) };
        let Some(file) = open.file() else { return Ok(None) };
        if wanted.disposition == CreateDisposition::Create {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        let overwrites = wanted.disposition.overwrites();
        if overwrites {
            let end = FileLengthInformation { length: 0 }.to_bytes();
            file.set_information(FileInformationClass::END_OF_FILE, &end).await?;
        }
        let action = if overwrites { CreateAction::Overwritten } else { CreateAction::Opened };
        let metadata = Some(file.metadata()?);
        Ok(Some(CreatedOpen { open: Arc::clone(&open), action, metadata, cache: HeldCache::NONE }))
    }
}

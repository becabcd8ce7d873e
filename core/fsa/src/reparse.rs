use crate::offload::{blocking, short};
use crate::{CreateParams, FileOpen, FileSystem};
use lanward_nt::fscc::{ReparsePoint, ReparseTag, SymbolicLink};
use lanward_nt::{AccessMask, CreateOptions, FileAttributes, NtPath, NtStatus};
use lanward_vfs::{BasicUpdate, Capabilities, Data, FileKind, Intent, Metadata, OpenRequest, Volume, Wait};
use lanward_wire::{Decode, Reader};
use std::sync::Arc;

/// Changing what a file is.
const CHANGES: AccessMask = AccessMask::WRITE_DATA.union(AccessMask::WRITE_ATTRIBUTES);

/// A symbolic link that an open came upon, for the client to follow ([MS-SMB2] 2.2.2.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoppedOnSymlink {
    /// Where it leads.
    pub link: SymbolicLink,
    /// UTF-16 units at the end of the path that come after the link, a backslash first.
    pub unparsed: usize,
}

/// Whether what an open found is a reparse point that it does not ask for itself ([MS-FSA] 2.1.5.1). What the file system itself has of the
/// kind was followed, or is opened without its data, before it comes here.
///
/// # Errors
/// STOPPED_ON_SYMLINK, IO_REPARSE_TAG_NOT_HANDLED.
pub(crate) fn check(p: &CreateParams<'_>, found: &Metadata) -> Result<(), NtStatus> {
    match found.reparse_tag {
        None => Ok(()),
        Some(_) if p.options.contains(CreateOptions::OPEN_REPARSE_POINT) => Ok(()),
        Some(_) if found.kind == FileKind::Special => Ok(()),
        Some(ReparseTag::SYMLINK) => Err(NtStatus::STOPPED_ON_SYMLINK),
        Some(_) => Err(NtStatus::IO_REPARSE_TAG_NOT_HANDLED),
    }
}

impl FileSystem {
    /// What an open of `path` that failed came upon: the first reparse point on the way. With `posix` that is every link.
    ///
    /// # Errors
    /// `refused`, if there is none to be found; IO_REPARSE_TAG_NOT_HANDLED if it is no symbolic link.
    pub async fn stopped_on(
        &self,
        path: &NtPath,
        posix: bool,
        refused: NtStatus,
    ) -> Result<StoppedOnSymlink, NtStatus> {
        let (volume, path) = (Arc::clone(self.volume()), path.clone());
        blocking(move || walk(&*volume, &path, posix, refused)).await
    }
}

fn walk(
    volume: &dyn Volume,
    path: &NtPath,
    posix: bool,
    refused: NtStatus,
) -> Result<StoppedOnSymlink, NtStatus> {
    let mut at = NtPath::root();
    for component in path.components() {
        at = at.join(component).ok_or(refused)?;
        let request = OpenRequest {
            path: &at,
            intent: Intent::Open,
            data: Data::empty(),
            make_directory: false,
            attributes: FileAttributes::empty(),
            security: None,
            mode: None,
            no_follow: true,
            posix: posix.then_some(0),
            wait: Wait::Allowed,
        };
        let opened = volume.open(&request).map_err(|_| refused)?;
        // A link of the file system is followed for as long as that can be done.
        let is_link = opened.metadata.kind == FileKind::Symlink;
        let followed = is_link && !posix && volume.lookup(&at, Wait::Allowed).is_ok();
        if opened.metadata.reparse_tag.is_none() || opened.metadata.kind == FileKind::Special || followed {
            continue;
        }
        let point = opened.file.reparse_point()?.filter(|p| p.tag == ReparseTag::SYMLINK);
        let point = point.ok_or(NtStatus::IO_REPARSE_TAG_NOT_HANDLED)?;
        let link = SymbolicLink::decode(&mut Reader::new(&point.data))
            .map_err(|_| NtStatus::IO_REPARSE_TAG_NOT_HANDLED)?;
        let unparsed = path.as_string().units().len() - at.as_string().units().len();
        return Ok(StoppedOnSymlink { link, unparsed });
    }
    Err(refused)
}

impl FileOpen {
    /// The reparse point the file is ([MS-FSA] 2.1.5.10.14).
    ///
    /// # Errors
    /// VOLUME_NOT_UPGRADED: the volume keeps none; NOT_A_REPARSE_POINT.
    pub async fn reparse_point(&self) -> Result<ReparsePoint, NtStatus> {
        self.check_reparse_points()?;
        let file = Arc::clone(&self.file);
        let point = short(self.file_system.is_slow(), move || file.reparse_point()).await?;
        point.ok_or(NtStatus::NOT_A_REPARSE_POINT)
    }

    /// Makes the file a reparse point, or another of the same kind ([MS-FSA] 2.1.5.10.37). A file may have extended attributes as well, as those
    /// that clients make for special files do.
    ///
    /// # Errors
    /// ACCESS_DENIED, MEDIA_WRITE_PROTECTED, VOLUME_NOT_UPGRADED, IO_REPARSE_DATA_INVALID, IO_REPARSE_TAG_INVALID, NOT_A_DIRECTORY,
    /// DIRECTORY_NOT_EMPTY, IO_REPARSE_TAG_MISMATCH, REPARSE_ATTRIBUTE_CONFLICT, DISK_FULL.
    pub async fn set_reparse_point(&self, input: &[u8]) -> Result<(), NtStatus> {
        self.check_reparse_change()?;
        let point = parse(input)?;
        let metadata = self.metadata()?;
        if point.tag == ReparseTag::MOUNT_POINT && !self.is_directory() {
            return Err(NtStatus::NOT_A_DIRECTORY);
        }
        if self.is_directory() {
            let path = self.shared_path().ok_or(NtStatus::FILE_CLOSED)?;
            if path.is_root() {
                return Err(NtStatus::ACCESS_DENIED);
            }
            let volume = Arc::clone(self.file_system.volume());
            short(self.file_system.is_slow(), move || crate::disposition::check_empty(&*volume, &path))
                .await?;
        } else if point.tag == ReparseTag::SYMLINK && metadata.end_of_file != 0 {
            return Err(NtStatus::IO_REPARSE_DATA_INVALID);
        }
        if metadata.reparse_tag.is_some() {
            self.check_same_kind(point.tag, point.guid).await?;
        }
        self.store_reparse_point(Some(point)).await
    }

    /// Makes a reparse point an ordinary file again ([MS-FSA] 2.1.5.10.3).
    ///
    /// # Errors
    /// ACCESS_DENIED, MEDIA_WRITE_PROTECTED, VOLUME_NOT_UPGRADED, IO_REPARSE_DATA_INVALID, IO_REPARSE_TAG_INVALID, NOT_A_REPARSE_POINT,
    /// IO_REPARSE_TAG_MISMATCH, REPARSE_ATTRIBUTE_CONFLICT.
    pub async fn delete_reparse_point(&self, input: &[u8]) -> Result<(), NtStatus> {
        self.check_reparse_change()?;
        let wanted = parse(input)?;
        if !wanted.data.is_empty() {
            return Err(NtStatus::IO_REPARSE_DATA_INVALID);
        }
        self.check_same_kind(wanted.tag, wanted.guid).await?;
        self.store_reparse_point(None).await
    }

    async fn check_same_kind(&self, tag: ReparseTag, guid: Option<lanward_nt::Guid>) -> Result<(), NtStatus> {
        let old = self.reparse_point().await?;
        if old.tag != tag {
            return Err(NtStatus::IO_REPARSE_TAG_MISMATCH);
        }
        if old.guid != guid { Err(NtStatus::REPARSE_ATTRIBUTE_CONFLICT) } else { Ok(()) }
    }

    async fn store_reparse_point(&self, point: Option<ReparsePoint>) -> Result<(), NtStatus> {
        let (file, change_time) = (Arc::clone(&self.file), self.sticky_change_time());
        let directory = self.is_directory();
        short(self.file_system.is_slow(), move || {
            file.set_reparse_point(point.as_ref())?;
            let attributes = file.metadata()?.attributes | FileAttributes::ARCHIVE;
            let attributes = (!directory).then_some(attributes & FileAttributes::SETTABLE);
            file.set_basic(&BasicUpdate { attributes, change_time, ..BasicUpdate::default() })
        })
        .await
    }

    fn check_reparse_points(&self) -> Result<(), NtStatus> {
        if self.is_closed() {
            return Err(NtStatus::FILE_CLOSED);
        }
        let can = self.file_system.volume().capabilities().contains(Capabilities::REPARSE_POINTS);
        if can { Ok(()) } else { Err(NtStatus::VOLUME_NOT_UPGRADED) }
    }

    fn check_reparse_change(&self) -> Result<(), NtStatus> {
        self.require(CHANGES)?;
        // Who adds to the directories of a drop box does not change what they are.
        if self.is_directory() && self.by.view.as_ref().is_some_and(|view| view.rules.drop_box) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if self.file_system.is_read_only() {
            return Err(NtStatus::MEDIA_WRITE_PROTECTED);
        }
        self.check_reparse_points()
    }
}

/// # Errors
/// IO_REPARSE_DATA_INVALID, IO_REPARSE_TAG_INVALID.
fn parse(input: &[u8]) -> Result<ReparsePoint, NtStatus> {
    let length = ReparsePoint::HEADER..=ReparsePoint::MAX_LENGTH;
    let point = Some(input).filter(|i| length.contains(&i.len())).and_then(ReparsePoint::parse);
    let point = point.ok_or(NtStatus::IO_REPARSE_DATA_INVALID)?;
    if point.tag.is_reserved() {
        return Err(NtStatus::IO_REPARSE_TAG_INVALID);
    }
    // A link that nobody could follow would be one that nobody can open.
    if point.tag == ReparseTag::SYMLINK && !point.data.is_empty() {
        SymbolicLink::decode(&mut Reader::new(&point.data)).map_err(|_| NtStatus::IO_REPARSE_DATA_INVALID)?;
    }
    Ok(point)
}

//! What Macs keep in named streams, as their extensions of SMB ask for it: told in listings, and copied with a file in one request.

use crate::offload::short;
use crate::{CacheRequest, CreateParams, FileOpen, descriptors};
use lanward_nt::fscc::AppleEntry;
use lanward_nt::security::granted;
use lanward_nt::{
    AccessMask, CreateDisposition, CreateOptions, FileAttributes, NtPath, NtStatus, NtString, ShareAccess,
};
use lanward_vfs::{Data, DirectoryEntry, File, FileKind, Intent, Wait};
use std::sync::Arc;

/// Where Macs keep a resource fork, and what the Finder knows.
const RESOURCE_FORK: &str = "AFP_Resource";
const AFP_INFO: &str = "AFP_AfpInfo";
/// Bytes of AFP_AfpInfo: a signature, and 32 bytes of Finder info at 16.
const INFO_LENGTH: usize = 60;
const SIGNATURE: [u8; 8] = *b"AFP\0\0\x01\0\0";
const FINDER_INFO: usize = 16;
/// Bytes that are copied between two looks at whether somebody still waits for them.
const PIECE: u32 = 4 << 20;

impl FileOpen {
    /// What a Mac is told of an entry of this directory. What cannot be looked at has no streams.
    pub(crate) async fn apple_entry(&self, entry: &DirectoryEntry) -> Result<AppleEntry, NtStatus> {
        let Some(path) = self.entry_path(&entry.name) else { return Ok(AppleEntry::default()) };
        let (volume, by, metadata) =
            (Arc::clone(self.file_system.volume()), Arc::clone(&self.by), entry.metadata);
        short(self.file_system.is_slow(), move || {
            let Ok(opened) = descriptors::look(&*volume, &path, true) else {
                return Ok(AppleEntry::default());
            };
            let mut told = AppleEntry { maximal_access: by.most(), ..AppleEntry::default() };
            if metadata.secured || volume.secured() {
                let found = descriptors::of(&*volume, &opened.path, &*opened.file, &opened.metadata)?;
                told.maximal_access &= granted(&found.descriptor, &by.token);
            }
            if opened.file.may_have_streams() {
                let is_file = metadata.kind == FileKind::File;
                told.finder_info = finder_info(&opened.file, is_file).unwrap_or_default();
                let fork = opened.file.streams().unwrap_or_default().into_iter();
                let fork = fork.filter(|s| s.name.eq_ignore_case(&RESOURCE_FORK.into())).map(|s| s.size);
                told.resource_fork = fork.sum();
            }
            Ok(told)
        })
        .await
    }

    fn entry_path(&self, name: &NtString) -> Option<NtPath> {
        let path = self.shared_path()?;
        match name.units() {
            [0x2e] => Some((*path).clone()),
            [0x2e, 0x2e] => Some(path.parent()),
            name => path.join(name),
        }
    }

    /// Copies all of `source` to here, its named streams too, and answers how many bytes that were. What streams this file has stay.
    ///
    /// # Errors
    /// As for [`FileOpen::copy_range`] and [`crate::FileSystem::create`]; INVALID_PARAMETER for opens that are not of files' data.
    pub async fn copy_file(&self, source: &Self) -> Result<u64, NtStatus> {
        if self.is_named_stream() || source.is_named_stream() || self.is_directory() || source.is_directory()
        {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let mut copied = self.copy_all(source).await?;
        let file = Arc::clone(&source.file);
        let streams = short(source.file_system.is_slow(), move || match file.may_have_streams() {
            true => file.streams(),
            false => Ok(Vec::new()),
        });
        for stream in streams.await?.into_iter().filter(|s| !s.name.units().is_empty()) {
            let from = source.open_stream_of(&stream.name, CreateDisposition::Open).await?;
            let to = self.open_stream_of(&stream.name, CreateDisposition::OverwriteIf).await?;
            copied += to.copy_all(&from).await?;
            from.close(false).await?;
            to.close(false).await?;
        }
        Ok(copied)
    }

    /// Copies the data of `source`, and cuts what is longer here.
    async fn copy_all(&self, source: &Self) -> Result<u64, NtStatus> {
        let length = source.metadata()?.end_of_file;
        let mut done = 0;
        while done < length {
            let piece = u32::try_from(length - done).unwrap_or(PIECE).min(PIECE);
            let copied = self.copy_range(source, done, done, piece).await?;
            if copied == 0 {
                break;
            }
            done += u64::from(copied);
        }
        if self.metadata()?.end_of_file > length {
            self.set_information(crate::FileInformationClass::END_OF_FILE, &length.to_le_bytes()).await?;
        }
        Ok(done)
    }

    /// Opens a stream of this file by the rules for whoever opened this.
    async fn open_stream_of(
        &self,
        stream: &NtString,
        disposition: CreateDisposition,
    ) -> Result<Arc<Self>, NtStatus> {
        let mut name = self.path().as_string().units().to_vec();
        name.push(u16::from(b':'));
        name.extend_from_slice(stream.units());
        let reads = disposition == CreateDisposition::Open;
        let p = CreateParams {
            path: &NtString(name),
            desired_access: if reads { AccessMask::READ_DATA } else { AccessMask::WRITE_DATA },
            share_access: ShareAccess::READ | ShareAccess::WRITE | ShareAccess::DELETE,
            disposition,
            options: CreateOptions::NON_DIRECTORY_FILE,
            attributes: FileAttributes::empty(),
            allocation_size: None,
            extended_attributes: Vec::new(),
            posix: None,
            security_descriptor: None,
            cache: CacheRequest::None,
            waits: None,
        };
        // What is created calls this again for nothing else: the future needs a place of its own.
        let created = Box::pin(self.file_system.create(p, &self.by)).await?;
        if created.open.node.number != self.node.number {
            return Err(NtStatus::FILE_INVALID);
        }
        Ok(created.open)
    }
}

/// Of the Finder info in AFP_AfpInfo what a listing carries.
fn finder_info(file: &Arc<dyn File>, is_file: bool) -> Option<[u8; 16]> {
    let stream = Arc::clone(file).open_stream(&AFP_INFO.into(), Intent::Open, Data::READ).ok()?;
    let mut info = [0; INFO_LENGTH];
    let read = stream.file.read(0, &mut info, Wait::Allowed).ok()?;
    if read < FINDER_INFO + 32 || info[..8] != SIGNATURE {
        return None;
    }
    let info = &info[FINDER_INFO..];
    let mut told = [0; 16];
    // A folder has the place of its window where a file has type and creator.
    if is_file {
        told[..8].copy_from_slice(&info[..8]);
    }
    told[8..10].copy_from_slice(&info[8..10]);
    told[10..12].copy_from_slice(&info[24..26]);
    told[12..].copy_from_slice(&info[20..24]);
    Some(told)
}

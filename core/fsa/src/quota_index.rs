//! The file of NTFS through which quotas are asked for: it is there on every volume, has no data, and opens where the name says so.

use crate::name::{OpenName, StreamPart};
use crate::stream::Target;
use crate::{CreateParams, SecurityContext};
use lanward_nt::security::{Ace, Acl, SecurityDescriptor, granted};
use lanward_nt::{
    AccessMask, CreateDisposition, CreateOptions, FileAttributes, FileTime, NtStatus, NtString, Sid,
};
use lanward_vfs::{
    BasicUpdate, DirectoryEntry, File, FileKind, FileNumber, Metadata, Opened, PosixState, Result, Wait,
    Wanted,
};
use lanward_wire::Encode;
use std::sync::Arc;

/// A number no volume gives.
const NUMBER: FileNumber = FileNumber { device: u64::MAX, inode: u64::MAX };

/// The file.
#[derive(Debug)]
struct QuotaIndex;

/// Whether an open is of the index.
pub(crate) fn is_index(number: FileNumber) -> bool {
    number == NUMBER
}

/// What an open of the index finds, and the rights its user has on it: administrators all, everybody else reading.
///
/// # Errors
/// OBJECT_NAME_COLLISION, ACCESS_DENIED: it is there and stays.
pub(crate) fn open(p: &mut CreateParams<'_>, name: &OpenName) -> Result<Option<Target>> {
    if name.stream != StreamPart::Quota {
        return Ok(None);
    }
    match p.disposition {
        CreateDisposition::Open | CreateDisposition::OpenIf => p.disposition = CreateDisposition::Open,
        CreateDisposition::Create => return Err(NtStatus::OBJECT_NAME_COLLISION),
        _ => return Err(NtStatus::ACCESS_DENIED),
    }
    if p.options.contains(CreateOptions::DELETE_ON_CLOSE) {
        return Err(NtStatus::ACCESS_DENIED);
    }
    let opened = Opened {
        metadata: QuotaIndex.metadata()?,
        file: Arc::new(QuotaIndex),
        path: name.path.clone(),
        created: false,
    };
    Ok(Some(Target { opened, stream: NtString::default(), new_file: false }))
}

pub(crate) fn rights(by: &SecurityContext) -> AccessMask {
    granted(&descriptor(), &by.token) & by.most()
}

fn descriptor() -> SecurityDescriptor {
    let entries = vec![
        Ace::allow(Sid::administrators(), AccessMask::FILE_ALL_ACCESS, 0),
        Ace::allow(Sid::local_system(), AccessMask::FILE_ALL_ACCESS, 0),
        Ace::allow(Sid::authenticated_users(), AccessMask::FILE_GENERIC_READ, 0),
    ];
    SecurityDescriptor {
        owner: Some(Sid::administrators()),
        group: Some(Sid::local_system()),
        dacl: Some(Some(Acl::new(entries))),
        ..SecurityDescriptor::default()
    }
}

impl File for QuotaIndex {
    fn metadata(&self) -> Result<Metadata> {
        Ok(Metadata {
            number: NUMBER,
            kind: FileKind::Directory,
            attributes: FileAttributes::HIDDEN
                | FileAttributes::SYSTEM
                | FileAttributes::DIRECTORY
                | FileAttributes::ARCHIVE,
            creation_time: FileTime(0),
            last_access_time: FileTime(0),
            last_write_time: FileTime(0),
            change_time: FileTime(0),
            end_of_file: 0,
            allocation_size: 0,
            reparse_tag: None,
            link_count: 1,
            ea_size: 0,
            secured: true,
            posix: PosixState::default(),
        })
    }

    fn read(&self, _offset: u64, _buf: &mut [u8], _wait: Wait) -> Result<usize> {
        Err(NtStatus::FILE_IS_A_DIRECTORY)
    }

    fn write(&self, _offset: u64, _data: &[u8], _wait: Wait) -> Result<()> {
        Err(NtStatus::FILE_IS_A_DIRECTORY)
    }

    fn flush(&self) -> Result<()> {
        Ok(())
    }

    fn set_end_of_file(&self, _length: u64) -> Result<()> {
        Err(NtStatus::FILE_IS_A_DIRECTORY)
    }

    fn reserve(&self, _length: u64) -> Result<()> {
        Err(NtStatus::FILE_IS_A_DIRECTORY)
    }

    fn set_basic(&self, _update: &BasicUpdate) -> Result<()> {
        Err(NtStatus::ACCESS_DENIED)
    }

    fn list(
        &self,
        _wanted: &Wanted<'_>,
        _limit: usize,
        _entries: &mut Vec<DirectoryEntry>,
        _wait: Wait,
    ) -> Result<bool> {
        Ok(false)
    }

    fn rewind(&self) -> Result<()> {
        Ok(())
    }

    fn security(&self) -> Result<Option<Vec<u8>>> {
        Ok(Some(descriptor().to_bytes()))
    }

    fn set_security(&self, _descriptor: &[u8]) -> Result<()> {
        Err(NtStatus::ACCESS_DENIED)
    }
}

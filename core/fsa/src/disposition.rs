use crate::FileOpen;
use crate::caching::Act;
use crate::offload::short;
use lanward_nt::fscc::FileDispositionInformationEx as Ex;
use lanward_nt::{AccessMask, CreateOptions, FileAttributes, NtPath, NtStatus};
use lanward_vfs::{Data, Intent, OpenRequest, Volume, Wait, Wanted};
use std::sync::Arc;
use std::sync::atomic::Ordering;

const KNOWN: u32 = 0x1f;

impl FileOpen {
    /// [MS-FSA] 2.1.5.15.4
    pub(crate) async fn set_disposition_ex(&self, wanted: Ex) -> Result<(), NtStatus> {
        if wanted.flags & !KNOWN != 0 {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        self.set_disposition(wanted.flags).await
    }

    /// [MS-FSA] 2.1.5.15.3 and .4: marks the name as going with its last open, or takes the mark back.
    pub(crate) async fn set_disposition(&self, flags: u32) -> Result<(), NtStatus> {
        self.require(AccessMask::DELETE)?;
        let delete = flags & Ex::FLAG_DELETE != 0;
        if flags & Ex::FLAG_ON_CLOSE != 0 {
            return self.set_on_close(delete);
        }
        if delete {
            self.check_deletable(flags).await?;
            self.break_caches(Act::Rename).await?;
        }
        if self.is_named_stream() {
            return self.set_stream_disposition(delete, flags & Ex::FLAG_POSIX_SEMANTICS != 0);
        }
        let mut state = self.node.state();
        if self.is_closed() {
            return Err(NtStatus::FILE_CLOSED);
        }
        if delete {
            self.mark_deleted(&mut state);
            if let Some(link) = state.link_mut(self.link) {
                link.posix_delete = self.posix || flags & Ex::FLAG_POSIX_SEMANTICS != 0;
            }
            return Ok(());
        }
        let Some(link) = state.link_mut(self.link).filter(|l| l.delete_pending && !l.removed) else {
            return Ok(());
        };
        (link.delete_pending, link.posix_delete) = (false, false);
        if std::mem::take(&mut link.counted) {
            self.file_system.pending_directories.fetch_sub(1, Ordering::AcqRel);
        }
        Ok(())
    }

    /// Only an open that was made to delete on close may change its mind about that.
    fn set_on_close(&self, delete: bool) -> Result<(), NtStatus> {
        let bit = CreateOptions::DELETE_ON_CLOSE.bits();
        if self.mode.load(Ordering::Relaxed) & bit == 0 {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        if !delete {
            self.mode.fetch_and(!bit, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn check_deletable(&self, flags: u32) -> Result<(), NtStatus> {
        let ignores = flags & Ex::FLAG_IGNORE_READONLY_ATTRIBUTE != 0
            && self.rights.granted.contains(AccessMask::WRITE_ATTRIBUTES);
        if self.metadata()?.attributes.contains(FileAttributes::READONLY) && !ignores {
            return Err(NtStatus::CANNOT_DELETE);
        }
        if self.file_system.is_read_only() {
            return Err(NtStatus::MEDIA_WRITE_PROTECTED);
        }
        let path = self.shared_path().ok_or(NtStatus::FILE_CLOSED)?;
        if path.is_root() && !self.is_named_stream() {
            return Err(NtStatus::CANNOT_DELETE);
        }
        if !self.is_directory() {
            return Ok(());
        }
        // Whoever may remove a directory need not be able to list it.
        let volume = Arc::clone(self.file_system.own_volume());
        short(self.file_system.is_slow(), move || check_empty(volume.as_ref(), &path)).await
    }
}

/// # Errors
/// DIRECTORY_NOT_EMPTY.
pub(crate) fn check_empty(volume: &dyn Volume, path: &NtPath) -> Result<(), NtStatus> {
    // A handle of its own: the open's may not list, and its position is its own.
    let opened = volume.open(&OpenRequest {
        path,
        intent: Intent::Open,
        data: Data::READ,
        make_directory: false,
        attributes: FileAttributes::empty(),
        security: None,
        mode: None,
        no_follow: true,
        posix: None,
        wait: Wait::Allowed,
    })?;
    let mut entries = Vec::new();
    while opened.file.list(&Wanted::ALL, 1, &mut entries, Wait::Allowed)? && entries.is_empty() {}
    if entries.is_empty() { Ok(()) } else { Err(NtStatus::DIRECTORY_NOT_EMPTY) }
}

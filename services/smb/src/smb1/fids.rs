//! What FIDs stand for: rights, locks, and when what is open is closed.

use super::context::Context;
use super::session::OpenEntry;
use lanward_fsa::{FileInformationClass, FileOpen, LockOwner};
use lanward_nt::fscc::FileBasicInformation;
use lanward_nt::{AccessMask, FileTime, NtStatus};
use lanward_server::Open;
use lanward_smb1::{Flags2, UTime};
use lanward_wire::Encode;
use std::sync::Arc;

/// Seconds that the server's clock is east of Greenwich: NEGOTIATE says so.
pub(crate) const TIME_ZONE: i32 = 0;

impl OpenEntry {
    /// The file.
    ///
    /// # Errors
    /// INVALID_DEVICE_REQUEST: a pipe.
    pub(crate) fn file(&self) -> Result<&Arc<FileOpen>, NtStatus> {
        self.open.file().ok_or(NtStatus::INVALID_DEVICE_REQUEST)
    }

    /// The file, to be written.
    ///
    /// # Errors
    /// As [`OpenEntry::file`]; ACCESS_DENIED: it was opened for something else.
    pub(crate) fn writable(&self) -> Result<&Arc<FileOpen>, NtStatus> {
        let file = self.file()?;
        if self.mode.allows(AccessMask::WRITE_DATA) { Ok(file) } else { Err(NtStatus::ACCESS_DENIED) }
    }

    /// Whose locks a process of the client has through this FID (the LockKey of [MS-CIFS] 3.3.5.15 and its note).
    pub(crate) fn lock_owner(&self, process_id: u16) -> LockOwner {
        LockOwner(u32::from(self.fid) << 16 | u32::from(process_id))
    }

    /// Gives a time that the client says a file was written at; whoever may not set it is not told.
    pub(crate) async fn set_written(&self, time: UTime) {
        let (Some(time), Ok(file)) = (time.to_file_time(TIME_ZONE), self.writable()) else { return };
        if let Err(status) = set_times(file, [None, None, Some(time)]).await {
            tracing::debug!(%status, fid = self.fid, "setting the time of the last write");
        }
    }
}

/// Sets when a file was made, used last and written last, as far as that is given.
pub(crate) async fn set_times(file: &FileOpen, times: [Option<FileTime>; 3]) -> Result<(), NtStatus> {
    let [creation_time, last_access_time, last_write_time] = times.map(Option::unwrap_or_default);
    let basic =
        FileBasicInformation { creation_time, last_access_time, last_write_time, ..Default::default() };
    file.set_information(FileInformationClass::BASIC, &basic.to_bytes()).await
}

impl Context<'_> {
    /// The file of an open, to be read.
    ///
    /// # Errors
    /// INVALID_DEVICE_REQUEST: a pipe; ACCESS_DENIED: it was opened for something else.
    pub(crate) fn readable<'a>(&self, entry: &'a OpenEntry) -> Result<&'a Arc<FileOpen>, NtStatus> {
        let file = entry.file()?;
        if !entry.mode.allows(AccessMask::READ_DATA) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        // SMB_FLAGS2_READ_IF_EXECUTE: else who may execute may not read.
        let executes = self.header.flags2.contains(Flags2::PAGING_IO);
        let reads = executes || file.is_directory() || !file.granted_access().intersects(AccessMask::EXECUTE);
        if reads || file.granted_access().contains(AccessMask::READ_DATA) {
            Ok(file)
        } else {
            Err(NtStatus::ACCESS_DENIED)
        }
    }

    /// Whose locks the process of the request has through a FID.
    pub(crate) fn lock_owner(&self, entry: &OpenEntry) -> LockOwner {
        // PIDLow ([MS-CIFS] 3.3.5.15 and its note)
        entry.lock_owner((self.process_id() & 0xffff) as u16)
    }

    /// Closes what a FID stood for that is none any more, unless another stands for it, too.
    ///
    /// # Errors
    /// What the volume answers; it is closed all the same.
    pub(crate) async fn close_entry(&self, entry: &OpenEntry) -> Result<(), NtStatus> {
        if !entry.mode.compatible || !self.has_fid(&entry.open) {
            return entry.open.finish(false).await.map(drop);
        }
        if let Some(file) = entry.open.file() {
            entry.end_lock_waits();
            file.release_locks_of(|owner| owner.0 >> 16 == u32::from(entry.fid));
        }
        Ok(())
    }

    /// Closes an open that no FID stands for.
    ///
    /// # Errors
    /// What the volume answers; it is closed all the same.
    pub(crate) async fn close_unless_shared(&self, open: &Arc<Open>) -> Result<(), NtStatus> {
        if self.has_fid(open) { Ok(()) } else { open.close(false).await.map(drop) }
    }

    fn has_fid(&self, open: &Arc<Open>) -> bool {
        self.connection.opens().values().any(|e| Arc::ptr_eq(&e.open, open))
    }
}

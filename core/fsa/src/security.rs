use crate::authorize::check_owner;
use crate::caching::Act;
use crate::descriptors::{self, Origin, default_descriptor};
use crate::node::FileNode;
use crate::notify::NotifyFilter;
use crate::offload::short;
use crate::posix::PosixChange;
use crate::{FileOpen, FileSystem, SecurityContext, unix};
use lanward_nt::security::{SecurityDescriptor, SecurityInformation};
use lanward_nt::{AccessMask, FileAttributes, NtPath, NtStatus};
use lanward_vfs::{BasicUpdate, Capabilities, File};
use lanward_wire::{Decode, Encode, Reader};
use std::sync::Arc;

type Info = SecurityInformation;

/// Longest descriptor that is kept, in bytes: an access list may have 64 KiB, but no file system here has room for more than this.
const LONGEST: usize = 65_000;

impl FileOpen {
    /// The parts of the security descriptor that `info` ([MS-DTYP] 2.4.7 SECURITY_INFORMATION) names, self-relative ([MS-FSA] 2.1.5.14).
    /// An object without one of its own shows what it inherits from above, else that everyone may do everything; its owner is then who made
    /// it, as long as it stays open, and the administrators afterwards.
    ///
    /// # Errors
    /// ACCESS_DENIED, FILE_CLOSED, an I/O error.
    pub async fn query_security(&self, info: u32) -> Result<Vec<u8>, NtStatus> {
        let info = Info::from_bits_retain(info);
        self.check_security(info, [AccessMask::READ_CONTROL; 3])?;
        let of = Subject::of(self)?;
        short(self.file_system.is_slow(), move || Ok(of.current()?.parts(info).to_bytes())).await
    }

    /// Changes the parts of the security descriptor that `info` names to those of `descriptor` ([MS-FSA] 2.1.5.17). A volume that keeps none
    /// takes a good one and keeps nothing of it, as a FAT volume in Windows does, so that copying a file with its descriptor works.
    ///
    /// # Errors
    /// ACCESS_DENIED, INVALID_SECURITY_DESCR, INVALID_OWNER, MEDIA_WRITE_PROTECTED, FILE_CLOSED, DISK_FULL.
    pub async fn set_security(&self, info: u32, descriptor: &[u8]) -> Result<(), NtStatus> {
        let mut info = Info::from_bits_retain(info);
        self.check_security(info, [AccessMask::WRITE_OWNER, AccessMask::WRITE_OWNER, AccessMask::WRITE_DAC])?;
        let read = SecurityDescriptor::decode(&mut Reader::new(descriptor));
        let mut new = read.map_err(|_| NtStatus::INVALID_SECURITY_DESCR)?;
        if info.contains(Info::OWNER) && new.owner.is_none() {
            return Err(NtStatus::INVALID_OWNER);
        }
        // The right to the audit list is a privilege's and not the share's.
        if info.contains(Info::SACL) && !self.by.limit.contains(AccessMask::WRITE_DAC) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if self.file_system.is_read_only() {
            return Err(NtStatus::MEDIA_WRITE_PROTECTED);
        }
        self.break_caches(Act::Rename).await?;
        let (of, change_time) = (Subject::of(self)?, self.sticky_change_time());
        if self.posix {
            let slow = self.file_system.is_slow();
            (info, new) = short(slow, move || of.change_posix(info, new)).await?;
            self.tell_changed();
            if info.is_empty() {
                self.report_modified(NotifyFilter::ATTRIBUTES);
                return Ok(());
            }
        }
        if !self.file_system.volume().capabilities().contains(Capabilities::SECURITY) {
            return Ok(());
        }
        let of = Subject::of(self)?;
        short(self.file_system.is_slow(), move || of.change(info, &new, change_time)).await?;
        self.report_modified(NotifyFilter::SECURITY);
        Ok(())
    }

    /// [MS-FSA] 2.1.5.14 and 2.1.5.17: which right owner, group and list need; the label goes with the owner.
    fn check_security(&self, info: Info, [owner, group, dacl]: [AccessMask; 3]) -> Result<(), NtStatus> {
        if self.is_closed() {
            return Err(NtStatus::FILE_CLOSED);
        }
        let needed = [
            (Info::OWNER, owner),
            (Info::GROUP, group),
            (Info::DACL, dacl),
            (Info::LABEL, owner),
            (Info::SACL, AccessMask::ACCESS_SYSTEM_SECURITY),
        ];
        let missing = |(part, right): &(Info, AccessMask)| {
            info.contains(*part) && !self.rights.granted.contains(*right)
        };
        if needed.iter().any(missing) { Err(NtStatus::ACCESS_DENIED) } else { Ok(()) }
    }
}

/// The object an open is of, for a thread that may wait.
struct Subject {
    file_system: Arc<FileSystem>,
    node: Arc<FileNode>,
    file: Arc<dyn File>,
    path: Arc<NtPath>,
    by: Arc<SecurityContext>,
    is_directory: bool,
}

impl Subject {
    fn of(open: &FileOpen) -> Result<Self, NtStatus> {
        Ok(Self {
            file_system: Arc::clone(&open.file_system),
            node: Arc::clone(&open.node),
            file: Arc::clone(&open.file),
            path: open.shared_path().ok_or(NtStatus::FILE_CLOSED)?,
            by: Arc::clone(&open.by),
            is_directory: open.is_directory(),
        })
    }

    fn current(&self) -> Result<SecurityDescriptor, NtStatus> {
        let metadata = self.file.metadata()?;
        let found = descriptors::of(&**self.file_system.volume(), &self.path, &*self.file, &metadata)?;
        if let Some(identity) = &self.by.identity {
            return Ok(unix::shown(found, &metadata, identity));
        }
        Ok(match found.origin {
            Origin::Stored => found.descriptor,
            Origin::Inherited => SecurityDescriptor { owner: Some(self.node.owner()), ..found.descriptor },
            Origin::Default => default_descriptor(self.node.owner(), self.is_directory),
        })
    }

    /// Changes mode and owners as a POSIX client asks for it; answers what else is to be changed.
    fn change_posix(
        &self,
        mut info: Info,
        mut new: SecurityDescriptor,
    ) -> Result<(Info, SecurityDescriptor), NtStatus> {
        let change = PosixChange::take(&mut new, &mut info, &self.current()?);
        if change.owner.is_some() || change.group.is_some() {
            self.file.set_owner(change.owner, change.group)?;
        }
        if let Some(mode) = change.mode {
            self.file.set_mode(mode)?;
        }
        Ok((info, new))
    }

    fn change(
        &self,
        info: Info,
        new: &SecurityDescriptor,
        change_time: Option<lanward_nt::FileTime>,
    ) -> Result<(), NtStatus> {
        let _one_at_a_time = self.node.securing();
        let current = self.current()?;
        // Who writes back what he read changes nothing by that.
        if let Some(owner) =
            new.owner.as_ref().filter(|_| info.contains(Info::OWNER) && new.owner != current.owner)
        {
            check_owner(owner, &self.by)?;
        }
        let changed = current.with_parts(info, new, self.is_directory);
        let bytes = changed.to_bytes();
        if bytes.len() > LONGEST {
            return Err(NtStatus::INVALID_SECURITY_DESCR);
        }
        match &self.by.identity {
            None => self.file.set_security(&bytes)?,
            Some(identity) => {
                let object = (&**self.file_system.volume(), &*self.path, &*self.file);
                unix::change(object, identity, info, &changed)?;
            }
        }
        let mut update = BasicUpdate { change_time, ..BasicUpdate::default() };
        let attributes = self.file.metadata()?.attributes;
        if !self.is_directory && !attributes.contains(FileAttributes::ARCHIVE) {
            update.attributes = Some(attributes | FileAttributes::ARCHIVE);
        }
        self.file.set_basic(&update)
    }
}

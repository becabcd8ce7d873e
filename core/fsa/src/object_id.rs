use crate::FileOpen;
use crate::offload::short;
use lanward_nt::fscc::FileObjectId;
use lanward_nt::{AccessMask, Guid, NtStatus};
use lanward_vfs::{Capabilities, VolumeInformation};
use std::sync::Arc;

/// What an open must have to give a file the identity of another. [MS-FSA] asks for the privilege to restore, which allows as much.
const RESTORE: AccessMask =
    AccessMask::WRITE_DAC.union(AccessMask::WRITE_OWNER).union(AccessMask::WRITE_DATA);

impl FileOpen {
    /// The object id the file has ([MS-FSA] 2.1.5.10.13).
    ///
    /// # Errors
    /// VOLUME_NOT_UPGRADED: the volume keeps none; OBJECTID_NOT_FOUND.
    pub async fn object_id(&self) -> Result<FileObjectId, NtStatus> {
        self.stored_object_id().await?.ok_or(NtStatus::OBJECTID_NOT_FOUND)
    }

    /// The object id the file has; a new one if it has none ([MS-FSA] 2.1.5.10.1).
    ///
    /// # Errors
    /// VOLUME_NOT_UPGRADED: the volume keeps none; MEDIA_WRITE_PROTECTED, ACCESS_DENIED where it had to be made, DISK_FULL.
    pub async fn create_or_get_object_id(&self) -> Result<FileObjectId, NtStatus> {
        if let Some(id) = self.stored_object_id().await? {
            return Ok(id);
        }
        // Any open may ask for it ([MS-FSA] asks for no right), as long as its user may write to the share at all.
        if !self.by.limit.contains(AccessMask::WRITE_DATA) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let id = self.new_object_id()?;
        self.store_object_id(Some(id)).await?;
        Ok(id)
    }

    /// Gives the file an object id ([MS-FSA] 2.1.5.10.35). Whether another file has it is not looked at.
    ///
    /// # Errors
    /// VOLUME_NOT_UPGRADED, MEDIA_WRITE_PROTECTED, ACCESS_DENIED, OBJECT_NAME_COLLISION when it has one, DISK_FULL.
    pub async fn set_object_id(&self, id: FileObjectId) -> Result<(), NtStatus> {
        self.check_object_ids_change()?;
        if !self.granted_access().contains(RESTORE) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if self.stored_object_id().await?.is_some() {
            return Err(NtStatus::OBJECT_NAME_COLLISION);
        }
        self.store_object_id(Some(id)).await
    }

    /// Changes what stands behind the object's own id ([MS-FSA] 2.1.5.10.36): `change` makes the whole from that id.
    ///
    /// # Errors
    /// VOLUME_NOT_UPGRADED, MEDIA_WRITE_PROTECTED, ACCESS_DENIED, OBJECTID_NOT_FOUND, DISK_FULL.
    pub async fn extend_object_id(&self, change: impl FnOnce(Guid) -> FileObjectId) -> Result<(), NtStatus> {
        self.check_object_ids_change()?;
        self.require(AccessMask::WRITE_DATA | AccessMask::WRITE_ATTRIBUTES)?;
        let id = self.object_id().await?;
        self.store_object_id(Some(change(id.object_id))).await
    }

    /// Takes the object id away, if there is one ([MS-FSA] 2.1.5.10.2).
    ///
    /// # Errors
    /// VOLUME_NOT_UPGRADED, MEDIA_WRITE_PROTECTED, ACCESS_DENIED.
    pub async fn delete_object_id(&self) -> Result<(), NtStatus> {
        self.check_object_ids_change()?;
        self.require(AccessMask::WRITE_DATA | AccessMask::WRITE_ATTRIBUTES)?;
        if self.stored_object_id().await?.is_none() {
            return Ok(());
        }
        self.store_object_id(None).await
    }

    fn check_object_ids_change(&self) -> Result<(), NtStatus> {
        if self.file_system.is_read_only() {
            return Err(NtStatus::MEDIA_WRITE_PROTECTED);
        }
        self.check_object_ids()
    }

    fn check_object_ids(&self) -> Result<(), NtStatus> {
        if self.is_closed() {
            return Err(NtStatus::FILE_CLOSED);
        }
        let can = self.file_system.volume().capabilities().contains(Capabilities::OBJECT_IDS);
        if can { Ok(()) } else { Err(NtStatus::VOLUME_NOT_UPGRADED) }
    }

    async fn stored_object_id(&self) -> Result<Option<FileObjectId>, NtStatus> {
        self.check_object_ids()?;
        let file = Arc::clone(&self.file);
        short(self.file_system.is_slow(), move || file.object_id()).await
    }

    async fn store_object_id(&self, id: Option<FileObjectId>) -> Result<(), NtStatus> {
        self.check_object_ids_change()?;
        let file = Arc::clone(&self.file);
        short(self.file_system.is_slow(), move || file.set_object_id(id.as_ref())).await
    }

    /// No other file of the volume ever had this: a number is given again only to a file that was made later.
    fn new_object_id(&self) -> Result<FileObjectId, NtStatus> {
        let metadata = self.metadata()?;
        let volume = self.file_system.volume().information()?;
        let made = metadata.creation_time.0 ^ metadata.number.device.rotate_left(48);
        let object_id = guid(metadata.number.inode, made ^ u64::from(volume.serial).rotate_left(32));
        Ok(FileObjectId {
            object_id,
            birth_volume_id: volume_id(&volume),
            birth_object_id: object_id,
            domain_id: Guid::default(),
        })
    }
}

fn guid(low: u64, high: u64) -> Guid {
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&low.to_le_bytes());
    bytes[8..].copy_from_slice(&high.to_le_bytes());
    Guid(bytes)
}

/// Made from what identifies the volume, so that it stays.
pub(crate) fn volume_id(volume: &VolumeInformation) -> Guid {
    let mut bytes = [0; 16];
    bytes[..4].copy_from_slice(&volume.serial.to_le_bytes());
    bytes[4..12].copy_from_slice(&volume.creation_time.0.to_le_bytes());
    bytes[12..].copy_from_slice(b"LNWD");
    Guid(bytes)
}

use super::record::{Field, record};
use crate::{FileTime, Guid, NtString};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

record! {
    /// [MS-FSCC] 2.5.8 FileFsSizeInformation.
    FileFsSizeInformation {
        /// Size of the volume.
        total_allocation_units: u64,
        /// Free for the user.
        available_allocation_units: u64,
        /// Sectors in a unit.
        sectors_per_allocation_unit: u32,
        /// Bytes in a sector.
        bytes_per_sector: u32,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.5.4 FileFsFullSizeInformation.
    FileFsFullSizeInformation {
        /// Size of the volume.
        total_allocation_units: u64,
        /// Free for the user.
        caller_available_allocation_units: u64,
        /// Free altogether.
        actual_available_allocation_units: u64,
        /// Sectors in a unit.
        sectors_per_allocation_unit: u32,
        /// Bytes in a sector.
        bytes_per_sector: u32,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.5.10 FileFsDeviceInformation.
    FileFsDeviceInformation {
        /// 7 for a disk.
        device_type: u32,
        /// 0x20: mounted.
        characteristics: u32,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.5.7 FileFsSectorSizeInformation.
    FileFsSectorSizeInformation {
        /// Bytes in a logical sector.
        logical_bytes_per_sector: u32,
        /// Unit of atomic writes.
        physical_bytes_per_sector_for_atomicity: u32,
        /// Unit of fast writes.
        physical_bytes_per_sector_for_performance: u32,
        /// The file system's unit of atomic writes.
        effective_physical_bytes_per_sector: u32,
        /// 1: aligned device; 2: partition aligned on it; 4: no seek penalty; 8: trim.
        flags: u32,
        /// Bytes.
        byte_offset_for_sector_alignment: u32,
        /// Bytes.
        byte_offset_for_partition_alignment: u32,
    } padding 0
}

record! {
    /// [MS-FSCC] 2.5.2 FileFsControlInformation.
    FileFsControlInformation {
        /// 0
        free_space_start_filtering: u64,
        /// 0
        free_space_threshold: u64,
        /// 0
        free_space_stop_filtering: u64,
        /// All ones for none.
        default_quota_threshold: u64,
        /// All ones for none.
        default_quota_limit: u64,
        /// 0: no quotas.
        file_system_control_flags: u32,
    } padding 4
}

impl FileFsControlInformation {
    /// FILE_VC_QUOTA_TRACK: what users take is counted, and no limit holds.
    pub const QUOTA_TRACK: u32 = 1;
    /// FILE_VC_QUOTA_ENFORCE: limits hold.
    pub const QUOTA_ENFORCE: u32 = 2;
}

record! {
    /// [MS-FSCC] 2.5.6 FileFsObjectIdInformation; the 48 bytes of extended information are 0.
    FileFsObjectIdInformation {
        /// Of the volume.
        object_id: Guid,
    } padding 48
}

/// [MS-FSCC] 2.5.9 FileFsVolumeInformation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFsVolumeInformation {
    /// When the volume was made.
    pub volume_creation_time: FileTime,
    /// The same number for the same volume.
    pub volume_serial_number: u32,
    /// Its label.
    pub volume_label: NtString,
}

impl FileFsVolumeInformation {
    /// Bytes that must fit at least: those before the label and the structure's alignment.
    pub const FIXED_LENGTH: usize = 24;
}

impl Encode for FileFsVolumeInformation {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.volume_creation_time.0);
        w.u32(self.volume_serial_number);
        w.u32(byte_length(&self.volume_label));
        w.zeros(2);
        w.utf16(self.volume_label.units());
    }
}

impl Decode<'_> for FileFsVolumeInformation {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let volume_creation_time = FileTime(r.u64("VolumeCreationTime")?);
        let volume_serial_number = r.u32("VolumeSerialNumber")?;
        let length = usize::try_from(r.u32("VolumeLabelLength")?).unwrap_or(usize::MAX);
        r.skip(2, "SupportsObjects")?;
        let volume_label = NtString::from_utf16le(r.bytes(length, "VolumeLabel")?);
        Ok(Self { volume_creation_time, volume_serial_number, volume_label })
    }
}

/// [MS-FSCC] 2.5.1 FileFsAttributeInformation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFsAttributeInformation {
    /// The FileSystemAttributes bits.
    pub attributes: u32,
    /// UTF-16 units in the longest component.
    pub maximum_component_name_length: u32,
    /// `NTFS` and its like.
    pub file_system_name: NtString,
}

impl FileFsAttributeInformation {
    /// Bytes that must fit at least: those before the name and the structure's alignment.
    pub const FIXED_LENGTH: usize = 16;
    /// FILE_CASE_SENSITIVE_SEARCH
    pub const CASE_SENSITIVE_SEARCH: u32 = 0x0000_0001;
    /// FILE_CASE_PRESERVED_NAMES | FILE_UNICODE_ON_DISK
    pub const CASE_PRESERVED_UNICODE: u32 = 0x0000_0006;
    /// FILE_PERSISTENT_ACLS
    pub const PERSISTENT_ACLS: u32 = 0x0000_0008;
    /// FILE_VOLUME_QUOTAS
    pub const VOLUME_QUOTAS: u32 = 0x0000_0020;
    /// FILE_SUPPORTS_SPARSE_FILES
    pub const SPARSE_FILES: u32 = 0x0000_0040;
    /// FILE_SUPPORTS_POSIX_UNLINK_RENAME
    pub const POSIX_UNLINK_RENAME: u32 = 0x0000_0400;
    /// FILE_READ_ONLY_VOLUME
    pub const READ_ONLY_VOLUME: u32 = 0x0008_0000;
    /// FILE_SUPPORTS_HARD_LINKS
    pub const HARD_LINKS: u32 = 0x0040_0000;
    /// FILE_NAMED_STREAMS
    pub const NAMED_STREAMS: u32 = 0x0004_0000;
    /// FILE_SUPPORTS_EXTENDED_ATTRIBUTES
    pub const EXTENDED_ATTRIBUTES: u32 = 0x0080_0000;
    /// FILE_SUPPORTS_REPARSE_POINTS
    pub const REPARSE_POINTS: u32 = 0x0000_0080;
    /// FILE_SUPPORTS_OBJECT_IDS
    pub const OBJECT_IDS: u32 = 0x0001_0000;
    /// FILE_SUPPORTS_BLOCK_REFCOUNTING
    pub const BLOCK_REFCOUNTING: u32 = 0x0800_0000;
}

impl Encode for FileFsAttributeInformation {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.attributes);
        w.u32(self.maximum_component_name_length);
        w.u32(byte_length(&self.file_system_name));
        w.utf16(self.file_system_name.units());
    }
}

impl Decode<'_> for FileFsAttributeInformation {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let attributes = r.u32("FileSystemAttributes")?;
        let maximum_component_name_length = r.u32("MaximumComponentNameLength")?;
        let length = usize::try_from(r.u32("FileSystemNameLength")?).unwrap_or(usize::MAX);
        let file_system_name = NtString::from_utf16le(r.bytes(length, "FileSystemName")?);
        Ok(Self { attributes, maximum_component_name_length, file_system_name })
    }
}

fn byte_length(name: &NtString) -> u32 {
    u32::try_from(name.units().len().saturating_mul(2)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_those_of_the_specification() {
        assert_eq!(FileFsSizeInformation::LENGTH, 24);
        assert_eq!(FileFsFullSizeInformation::LENGTH, 32);
        assert_eq!(FileFsSectorSizeInformation::LENGTH, 28);
        assert_eq!(FileFsControlInformation::LENGTH, 48);
        assert_eq!(FileFsObjectIdInformation::LENGTH, 64);
    }

    #[test]
    fn volume_and_attributes_as_bytes() {
        let volume = FileFsVolumeInformation {
            volume_creation_time: FileTime(1),
            volume_serial_number: 0x0403_0201,
            volume_label: "X".into(),
        };
        let bytes = [1, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 2, 0, 0, 0, 0, 0, b'X', 0];
        assert_eq!(volume.to_bytes(), bytes);
        assert_eq!(FileFsVolumeInformation::decode(&mut Reader::new(&bytes)), Ok(volume));
        let attributes = FileFsAttributeInformation {
            attributes: 6,
            maximum_component_name_length: 255,
            file_system_name: "N".into(),
        };
        let bytes = [6, 0, 0, 0, 255, 0, 0, 0, 2, 0, 0, 0, b'N', 0];
        assert_eq!(attributes.to_bytes(), bytes);
        assert_eq!(FileFsAttributeInformation::decode(&mut Reader::new(&bytes)), Ok(attributes));
    }
}

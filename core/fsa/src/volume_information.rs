use crate::object_id::volume_id;
use crate::{FileSystem, FsInformationClass};
use lanward_nt::fscc::{
    FileFsAttributeInformation, FileFsControlInformation, FileFsDeviceInformation, FileFsFullSizeInformation,
    FileFsObjectIdInformation, FileFsSectorSizeInformation, FileFsSizeInformation, FileFsVolumeInformation,
};
use lanward_nt::{NtStatus, NtString};
use lanward_vfs::{Capabilities, VolumeInformation};
use lanward_wire::{BudgetedWriter, Encode};

pub(crate) const SECTOR: u32 = 512;
const PHYSICAL_SECTOR: u32 = 4096;
const DEVICE_DISK: u32 = 7;
const DEVICE_IS_MOUNTED: u32 = 0x20;
const READ_ONLY_DEVICE: u32 = 2;
/// SSINFO_FLAGS_ALIGNED_DEVICE | SSINFO_FLAGS_PARTITION_ALIGNED_ON_DEVICE
const ALIGNED: u32 = 3;
/// SSINFO_FLAGS_TRIM_ENABLED
const TRIM_ENABLED: u32 = 8;
/// Longest label that is told ([MS-FSCC] 2.5.9).
const MAX_LABEL: usize = 32;

impl FileSystem {
    /// Writes what the volume says about itself ([MS-FSA] 2.1.5.13).
    ///
    /// # Errors
    /// BUFFER_OVERFLOW: what was written is good but cut; INFO_LENGTH_MISMATCH, INVALID_INFO_CLASS, INVALID_PARAMETER for an unknown object id.
    pub fn query_volume_information(
        &self,
        class: FsInformationClass,
        out: &mut BudgetedWriter<'_>,
    ) -> Result<(), NtStatus> {
        self.write_volume_information(class, &self.volume().information()?, out)
    }

    pub(crate) fn write_volume_information(
        &self,
        class: FsInformationClass,
        volume: &VolumeInformation,
        out: &mut BudgetedWriter<'_>,
    ) -> Result<(), NtStatus> {
        let unit = volume.allocation_unit.max(SECTOR);
        let units = |bytes: u64| bytes / u64::from(unit);
        let trims = self.volume().capabilities().contains(Capabilities::SPARSE_FILES);
        match class {
            FsInformationClass::VOLUME => self.volume_class(volume, out),
            FsInformationClass::SIZE => whole(
                out,
                &FileFsSizeInformation {
                    total_allocation_units: units(volume.total_bytes),
                    available_allocation_units: units(volume.available_bytes),
                    sectors_per_allocation_unit: unit / SECTOR,
                    bytes_per_sector: SECTOR,
                },
            ),
            FsInformationClass::FULL_SIZE => whole(
                out,
                &FileFsFullSizeInformation {
                    total_allocation_units: units(volume.total_bytes),
                    caller_available_allocation_units: units(volume.available_bytes),
                    actual_available_allocation_units: units(volume.free_bytes),
                    sectors_per_allocation_unit: unit / SECTOR,
                    bytes_per_sector: SECTOR,
                },
            ),
            FsInformationClass::DEVICE => {
                let read_only = if self.is_read_only() { READ_ONLY_DEVICE } else { 0 };
                let characteristics = DEVICE_IS_MOUNTED | read_only;
                whole(out, &FileFsDeviceInformation { device_type: DEVICE_DISK, characteristics })
            }
            FsInformationClass::ATTRIBUTE => self.attribute_class(volume, out),
            FsInformationClass::CONTROL => whole(out, &control(self.volume().capabilities())),
            FsInformationClass::OBJECT_ID => {
                whole(out, &FileFsObjectIdInformation { object_id: volume_id(volume) })
            }
            FsInformationClass::POSIX => whole(out, &crate::posix::volume_information(volume)),
            FsInformationClass::SECTOR_SIZE => whole(
                out,
                &FileFsSectorSizeInformation {
                    logical_bytes_per_sector: SECTOR,
                    physical_bytes_per_sector_for_atomicity: PHYSICAL_SECTOR,
                    physical_bytes_per_sector_for_performance: PHYSICAL_SECTOR,
                    effective_physical_bytes_per_sector: PHYSICAL_SECTOR,
                    flags: ALIGNED | if trims { TRIM_ENABLED } else { 0 },
                    byte_offset_for_sector_alignment: 0,
                    byte_offset_for_partition_alignment: 0,
                },
            ),
            _ => Err(NtStatus::INVALID_INFO_CLASS),
        }
    }

    fn volume_class(&self, volume: &VolumeInformation, out: &mut BudgetedWriter<'_>) -> Result<(), NtStatus> {
        let label = NtString(volume.label.encode_utf16().take(MAX_LABEL).collect());
        cut(
            out,
            FileFsVolumeInformation::FIXED_LENGTH,
            &FileFsVolumeInformation {
                volume_creation_time: volume.creation_time,
                volume_serial_number: volume.serial,
                volume_label: label,
            },
        )
    }

    fn attribute_class(
        &self,
        volume: &VolumeInformation,
        out: &mut BudgetedWriter<'_>,
    ) -> Result<(), NtStatus> {
        type Class = FileFsAttributeInformation;
        let can = self.volume().capabilities();
        let attributes = [
            (Capabilities::SPARSE_FILES, Class::SPARSE_FILES),
            (Capabilities::READ_ONLY, Class::READ_ONLY_VOLUME),
            (Capabilities::HARD_LINKS, Class::HARD_LINKS),
            (Capabilities::EXTENDED_ATTRIBUTES, Class::EXTENDED_ATTRIBUTES),
            (Capabilities::OBJECT_IDS, Class::OBJECT_IDS),
            (Capabilities::REPARSE_POINTS, Class::REPARSE_POINTS),
            (Capabilities::BLOCK_REFCOUNTING, Class::BLOCK_REFCOUNTING),
            (Capabilities::SECURITY, Class::PERSISTENT_ACLS),
            (Capabilities::NAMED_STREAMS, Class::NAMED_STREAMS),
            (Capabilities::QUOTAS, Class::VOLUME_QUOTAS),
            (Capabilities::CASE_SENSITIVE, Class::CASE_SENSITIVE_SEARCH),
        ];
        let attributes = attributes
            .into_iter()
            .filter(|(c, _)| can.contains(*c))
            .fold(Class::CASE_PRESERVED_UNICODE | Class::POSIX_UNLINK_RENAME, |all, (_, bit)| all | bit);
        cut(
            out,
            Class::FIXED_LENGTH,
            &FileFsAttributeInformation {
                attributes,
                maximum_component_name_length: volume.maximum_component,
                file_system_name: volume.file_system.as_str().into(),
            },
        )
    }
}

/// A class of fixed length.
///
/// # Errors
/// INFO_LENGTH_MISMATCH: it does not fit, and nothing was written.
pub(crate) fn whole(out: &mut BudgetedWriter<'_>, value: &impl Encode) -> Result<(), NtStatus> {
    out.push(0, |w| value.encode(w)).map_err(|_| NtStatus::INFO_LENGTH_MISMATCH)
}

/// A class that ends in a name, which may be cut.
///
/// # Errors
/// INFO_LENGTH_MISMATCH: not even what is before the name fits; BUFFER_OVERFLOW: the name was cut.
pub(crate) fn cut(out: &mut BudgetedWriter<'_>, fixed: usize, value: &impl Encode) -> Result<(), NtStatus> {
    if out.remaining() < fixed {
        return Err(NtStatus::INFO_LENGTH_MISMATCH);
    }
    out.push_truncated(|w| value.encode(w)).map_err(|_| NtStatus::BUFFER_OVERFLOW)
}

/// [MS-FSA] 2.1.5.13.6. The file systems can count and may just not do it, so it is no error where they do not.
fn control(can: Capabilities) -> FileFsControlInformation {
    type Class = FileFsControlInformation;
    let state = match (can.contains(Capabilities::QUOTAS_ENFORCED), can.contains(Capabilities::QUOTAS)) {
        (true, _) => Class::QUOTA_ENFORCE,
        (false, true) => Class::QUOTA_TRACK,
        (false, false) => 0,
    };
    Class {
        default_quota_threshold: u64::MAX,
        default_quota_limit: u64::MAX,
        file_system_control_flags: state,
        ..Class::default()
    }
}

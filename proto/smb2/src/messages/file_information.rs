//! Times, sizes and attributes as CREATE and CLOSE answer them: [MS-FSCC] 2.4.34 FileNetworkOpenInformation without its reserved end.

use lanward_nt::fscc::FileNetworkOpenInformation;
use lanward_nt::{FileAttributes, FileTime};
use lanward_wire::{DecodeError, Reader, Writer};

pub(super) fn decode(r: &mut Reader<'_>) -> Result<FileNetworkOpenInformation, DecodeError> {
    Ok(FileNetworkOpenInformation {
        creation_time: FileTime(r.u64("CreationTime")?),
        last_access_time: FileTime(r.u64("LastAccessTime")?),
        last_write_time: FileTime(r.u64("LastWriteTime")?),
        change_time: FileTime(r.u64("ChangeTime")?),
        allocation_size: r.u64("AllocationSize")?,
        end_of_file: r.u64("EndofFile")?,
        attributes: FileAttributes::from_bits_retain(r.u32("FileAttributes")?),
    })
}

pub(super) fn encode(file: &FileNetworkOpenInformation, w: &mut Writer<'_>) {
    w.u64(file.creation_time.0);
    w.u64(file.last_access_time.0);
    w.u64(file.last_write_time.0);
    w.u64(file.change_time.0);
    w.u64(file.allocation_size);
    w.u64(file.end_of_file);
    w.u32(file.attributes.bits());
}

//! [MS-CIFS] 3.3.5.46 Receiving an SMB_COM_QUERY_INFORMATION_DISK Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::opening::Opening;
use crate::smb1::reply::Out;
use crate::smb1::status::SMB_BAD_TID;
use lanward_fsa::FsInformationClass;
use lanward_nt::fscc::FileFsSizeInformation;
use lanward_nt::{AccessMask, NtStatus, NtString};
use lanward_smb1::Dialect;
use lanward_smb1::messages::QueryInformationDiskResponse;
use lanward_wire::{Decode, Reader, ReplyBudget};

/// Bytes of a block.
const BLOCK: u16 = 512;
/// Most blocks of a unit: as clients from before NT can count them, and others.
const OLD_UNIT: u16 = 64;
const UNIT: u16 = 0x4000;

pub(in crate::smb1) async fn query_information_disk(context: &Context<'_>, out: &mut Out) -> Outcome {
    if context.tree()?.core.is_ipc() {
        return Err(SMB_BAD_TID.into());
    }
    let root = Opening::existing(NtString::default(), AccessMask::READ_ATTRIBUTES);
    let open = context.open_for_now(&root).await?.open;
    let mut bytes = Vec::new();
    let size = match open.file() {
        Some(file) => {
            let mut writer = ReplyBudget::new(64, 64).writer(&mut bytes);
            file.query_volume_information(FsInformationClass::SIZE, &mut writer).await
        }
        None => Err(NtStatus::INVALID_DEVICE_REQUEST),
    };
    open.close(false).await?;
    size?;
    let size = FileFsSizeInformation::decode(&mut Reader::new(&bytes))?;
    let unit = u64::from(size.sectors_per_allocation_unit) * u64::from(size.bytes_per_sector);
    let bytes_of = |units: u64| units.saturating_mul(unit);
    let most = if context.dialect() < Dialect::NtLm { OLD_UNIT } else { UNIT };
    let free = size.available_allocation_units;
    out.message(&told(bytes_of(size.total_allocation_units), bytes_of(free), most));
    Ok(NtStatus::SUCCESS)
}

/// A size as units of at most so many blocks tell it, which 16 bits count: of larger ones as much as they can.
fn told(total: u64, free: u64, most: u16) -> QueryInformationDiskResponse {
    let mut blocks = 1u16;
    let units = |bytes: u64, blocks: u16| bytes / (u64::from(BLOCK) * u64::from(blocks));
    while blocks < most && units(total, blocks) > u64::from(u16::MAX) {
        blocks *= 2;
    }
    let counted = |bytes| u16::try_from(units(bytes, blocks)).unwrap_or(u16::MAX);
    QueryInformationDiskResponse {
        total_units: counted(total),
        blocks_per_unit: blocks,
        block_size: BLOCK,
        free_units: counted(free),
        reserved: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_told_as_far_as_16_bits_count() {
        let all = |total, free, most| {
            let told = told(total, free, most);
            (told.total_units, told.blocks_per_unit, told.free_units)
        };
        assert_eq!(all(1 << 20, 1 << 19, UNIT), (2048, 1, 1024));
        assert_eq!(all(1 << 31, 1 << 30, OLD_UNIT), (u16::MAX, 64, 0x8000));
        assert_eq!(all(1 << 40, 1 << 39, OLD_UNIT), (u16::MAX, 64, u16::MAX));
        assert_eq!(all(1 << 38, 1 << 37, UNIT), (0x8000, 0x4000, 0x4000));
    }
}

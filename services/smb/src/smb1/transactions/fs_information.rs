//! TRANS2_QUERY_FS_INFORMATION and TRANS2_SET_FS_INFORMATION ([MS-CIFS] 3.3.5.58.5, [MS-SMB] 3.3.5.9.3): levels over the classes of [MS-FSCC].

use super::query_information::whole;
use super::reply::Reply;
use super::unix_volume;
use crate::smb1::context::{Context, Outcome};
use lanward_fsa::{FileSystem, FsInformationClass};
use lanward_nt::NtStatus;
use lanward_nt::fscc::{FileFsSizeInformation, FileFsVolumeInformation};
use lanward_server::ShareKind;
use lanward_smb1::Transaction;
use lanward_smb1::subcommands::{
    InfoAllocation, InfoVolume, Parameters, QueryFsLevel, QueryFsRequest, SetFsRequest,
};
use lanward_wire::{Decode, Reader, ReplyBudget};
use std::sync::Arc;

/// More than any of the structures comes to.
const LARGEST: u32 = 4096;

pub(super) async fn query(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let level = QueryFsRequest::decode(&transaction.parameters, context.text)?.information_level;
    if unix_volume::is_level(level) {
        return Ok(unix_volume::tell(context, level, reply)?);
    }
    let file_system = file_system(context)?;
    let status = match level {
        QueryFsLevel::ALLOCATION => {
            let text = reply.text();
            let info = allocation(&file_system)?;
            whole(reply, |w| info.encode(w, text))?
        }
        QueryFsLevel::INFO_VOLUME => {
            let text = reply.text();
            let volume = class_of::<FileFsVolumeInformation>(&file_system, FsInformationClass::VOLUME)?;
            let info = InfoVolume { serial_number: volume.volume_serial_number, label: volume.volume_label };
            whole(reply, |w| info.encode(w, text))?
        }
        level => {
            let class = level.class().ok_or(NtStatus::INVALID_LEVEL)?;
            match file_system.query_volume_information(class, &mut reply.data()) {
                Ok(()) => NtStatus::SUCCESS,
                Err(NtStatus::BUFFER_OVERFLOW) => NtStatus::BUFFER_OVERFLOW,
                Err(NtStatus::INVALID_INFO_CLASS) => return Err(NtStatus::INVALID_LEVEL.into()),
                Err(status) => return Err(status.into()),
            }
        }
    };
    Ok(status)
}

/// Labels and whether there are quotas belong to the volume, not to a share of it ([MS-SMB] 3.3.5.9.3).
pub(super) fn set(context: &mut Context<'_>, transaction: &Transaction) -> Outcome {
    let request = SetFsRequest::decode(&transaction.parameters, context.text)?;
    if unix_volume::is_set_level(request.information_level) {
        return Ok(unix_volume::agree(context, &transaction.data)?);
    }
    if request.information_level < PASS_THROUGH {
        return Err(NtStatus::INVALID_LEVEL.into());
    }
    context.file(request.fid)?;
    Err(NtStatus::ACCESS_DENIED.into())
}

/// [MS-SMB] 2.2.2.3.5: where the levels begin that are classes of [MS-FSCC].
const PASS_THROUGH: u16 = 1000;

/// The file system of the tree connect, as whoever connected has it.
///
/// # Errors
/// INVALID_DEVICE_REQUEST: this is `IPC$`, or a device.
pub(super) fn file_system(context: &Context<'_>) -> Result<Arc<FileSystem>, NtStatus> {
    let tree = &context.tree()?.core;
    match &tree.share().kind {
        ShareKind::Disk(file_system) => tree.acting(file_system),
        ShareKind::Ipc | ShareKind::Printer(_) | ShareKind::Device(_) => {
            Err(NtStatus::INVALID_DEVICE_REQUEST)
        }
    }
}

fn class_of<T: for<'a> Decode<'a>>(
    file_system: &FileSystem,
    class: FsInformationClass,
) -> Result<T, NtStatus> {
    let (mut bytes, budget) = (Vec::new(), ReplyBudget::new(LARGEST, LARGEST));
    file_system.query_volume_information(class, &mut budget.writer(&mut bytes))?;
    T::decode(&mut Reader::new(&bytes)).map_err(|_| NtStatus::INTERNAL_ERROR)
}

/// SMB_INFO_ALLOCATION counts units in 32 bits: where there are more, they are made larger.
fn allocation(file_system: &FileSystem) -> Result<InfoAllocation, NtStatus> {
    let size = class_of::<FileFsSizeInformation>(file_system, FsInformationClass::SIZE)?;
    let (mut units, mut available) = (size.total_allocation_units, size.available_allocation_units);
    let mut sectors = size.sectors_per_allocation_unit;
    while units > u64::from(u32::MAX) && sectors < 1 << 16 {
        (units, available, sectors) = (units / 2, available / 2, sectors * 2);
    }
    let short = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    Ok(InfoAllocation {
        file_system: 0,
        sectors_per_unit: sectors,
        units: short(units),
        units_available: short(available),
        bytes_per_sector: u16::try_from(size.bytes_per_sector).unwrap_or(u16::MAX),
    })
}

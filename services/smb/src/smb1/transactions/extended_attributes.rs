//! Extended attributes as SMB1 lists them ([MS-CIFS] 2.2.1.2), over those of [MS-FSCC].

use lanward_fsa::{FileInformationClass, FileOpen};
use lanward_nt::NtStatus;
use lanward_nt::fscc::{self, decode_full_ea, encode_full_ea, encode_get_ea};
use lanward_smb1::subcommands::{FindLevel, FullEa, decode_fea_list, decode_gea_list};
use lanward_vfs::ExtendedAttribute;
use lanward_wire::{ReplyBudget, Writer};

/// More bytes than the extended attributes of one file come to.
const LARGEST: u32 = 1 << 17;

/// STATUS_EA_LIST_INCONSISTENT in a list of the client's.
fn inconsistent<E>(_: E) -> NtStatus {
    NtStatus::EA_LIST_INCONSISTENT
}

/// The names that a search asks for, if its level does.
///
/// # Errors
/// EA_LIST_INCONSISTENT: the list is none.
pub(super) fn wanted(level: FindLevel, data: &[u8]) -> Result<Option<Vec<Vec<u8>>>, NtStatus> {
    let asks = level == FindLevel::QUERY_EAS_FROM_LIST;
    asks.then(|| decode_gea_list(data).map_err(inconsistent)).transpose()
}

/// All that a file has.
///
/// # Errors
/// ACCESS_DENIED and what the volume answers.
pub(super) async fn all(file: &FileOpen) -> Result<Vec<FullEa>, NtStatus> {
    query(file, &[]).await
}

/// Those of the names in a list, a missing one with an empty value.
///
/// # Errors
/// As [`all`].
pub(super) async fn chosen(file: &FileOpen, names: &[Vec<u8>]) -> Result<Vec<FullEa>, NtStatus> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let mut input = Vec::new();
    encode_get_ea(names, &mut Writer::new(&mut input));
    query(file, &input).await
}

async fn query(file: &FileOpen, input: &[u8]) -> Result<Vec<FullEa>, NtStatus> {
    let mut list = Vec::new();
    let budget = ReplyBudget::new(LARGEST, LARGEST);
    match file.query_information(FileInformationClass::FULL_EA, input, &mut budget.writer(&mut list)).await {
        Ok(()) => {}
        Err(NtStatus::NO_EAS_ON_FILE) => return Ok(Vec::new()),
        Err(status) => return Err(status),
    }
    let list = decode_full_ea(&list).map_err(|_| NtStatus::INTERNAL_ERROR)?;
    Ok(list.into_iter().map(|ea| FullEa { flag: ea.flags, name: ea.name, value: ea.value }).collect())
}

/// Sets those of a list, and takes away those without a value.
///
/// # Errors
/// EA_LIST_INCONSISTENT; INVALID_EA_NAME; ACCESS_DENIED and what the volume answers.
pub(super) async fn set(file: &FileOpen, data: &[u8]) -> Result<(), NtStatus> {
    let list: Vec<_> = decode_fea_list(data).map_err(inconsistent)?.into_iter().map(full).collect();
    if list.is_empty() {
        return Ok(());
    }
    let mut bytes = Vec::new();
    encode_full_ea(&list, &mut Writer::new(&mut bytes));
    file.set_information(FileInformationClass::FULL_EA, &bytes).await
}

/// Those of a file that is made.
///
/// # Errors
/// EA_LIST_INCONSISTENT.
pub(super) fn of_new_file(data: &[u8]) -> Result<Vec<ExtendedAttribute>, NtStatus> {
    if data.is_empty() {
        return Ok(Vec::new());
    }
    let list = decode_fea_list(data).map_err(inconsistent)?;
    let attribute = |ea: FullEa| ExtendedAttribute { flags: ea.flag, name: ea.name, value: ea.value };
    Ok(list.into_iter().map(attribute).collect())
}

fn full(ea: FullEa) -> fscc::FullEa {
    fscc::FullEa { flags: ea.flag, name: ea.name, value: ea.value }
}

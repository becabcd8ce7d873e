//! TRANS2_QUERY_PATH_INFORMATION and TRANS2_QUERY_FILE_INFORMATION ([MS-CIFS] 3.3.5.58.7, 3.3.5.58.9, [MS-SMB] 3.3.5.9.1): levels over the
//! classes of [MS-FSCC].

use super::find_levels::dos_time;
use super::paths::{self, Opening, file_of};
use super::reply::Reply;
use super::{extended_attributes, searches, unix};
use crate::smb1::attributes;
use crate::smb1::context::{Context, Outcome};
use crate::{pipe_info, print_info};
use lanward_fsa::{FileInformationClass, FileOpen, Found};
use lanward_nt::fscc::{FileNameInformation, FileStandardInformation};
use lanward_nt::{AccessMask, NtStatus, NtString};
use lanward_server::{CreatedOpen, OpenBody};
use lanward_smb1::Transaction;
use lanward_smb1::subcommands::{
    InfoStandard, Parameters, QueryFileRequest, QueryLevel, QueryPathRequest, decode_gea_list,
    encode_fea_list,
};
use lanward_vfs::Metadata;
use lanward_wire::{BudgetedWriter, Decode, Reader, ReplyBudget};
use std::sync::Arc;

/// More than FileAllInformation of any file comes to.
const LARGEST: u32 = 1 << 17;

pub(super) async fn query_path(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let request = QueryPathRequest::decode(&transaction.parameters, context.text)?;
    let level = request.information_level;
    if context.tree()?.core.is_ipc() {
        return Err(NtStatus::INVALID_DEVICE_REQUEST.into());
    }
    let named = paths::named(context, &request.file_name).await?;
    if level == QueryLevel::IS_NAME_VALID {
        // [MS-CIFS] 2.2.6.6.1: whether it could be a name, not whether there is such a file.
        lanward_fsa::check_name(&named.path)?;
        reply.set_no_ea_error();
        return Ok(NtStatus::SUCCESS);
    }
    check_level(context, level)?;
    let posix = unix::is_level(level.0);
    let opening = Opening { posix, ..Opening::existing(needed(level)) };
    if is_seen(level)
        && let Some(found) = paths::look(context, &named, opening).await?
    {
        return finish(tell_found(&found, level, reply)?, reply);
    }
    let CreatedOpen { open, metadata, .. } = paths::open_as(context, &named, opening).await?;
    let told = match file_of(&open) {
        Ok(file) => tell(file, metadata.as_ref(), level, &transaction.data, reply).await,
        Err(status) => Err(status),
    };
    searches::close(&open).await;
    finish(told?, reply)
}

pub(super) async fn query_file(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let request = QueryFileRequest::decode(&transaction.parameters, context.text)?;
    let level = request.information_level;
    let entry = context.open(request.fid)?;
    let told = match entry.open.body() {
        OpenBody::File(file) => {
            check_level(context, level)?;
            tell(file, None, level, &transaction.data, reply).await?
        }
        OpenBody::Pipe(pipe) => {
            let ask = |class, out: &mut BudgetedWriter<'_>| pipe_info::query(pipe, class, out);
            tell_other(pipe_info::standard_of(pipe)?, ask, level, reply)?
        }
        OpenBody::PrintJob(job) => {
            let ask = |class, out: &mut BudgetedWriter<'_>| print_info::query(job, class, out);
            tell_other(print_info::standard_of(job)?, ask, level, reply)?
        }
        OpenBody::Device(_) => return Err(NtStatus::INVALID_DEVICE_REQUEST.into()),
    };
    finish(told, reply)
}

/// What a level tells of a pipe or a print job: most of what it tells of a file. Neither has extended attributes, and nobody may look at them.
fn tell_other(
    info: FileStandardInformation,
    ask: impl Fn(FileInformationClass, &mut BudgetedWriter<'_>) -> Result<(), NtStatus>,
    level: QueryLevel,
    reply: &mut Reply,
) -> Result<NtStatus, NtStatus> {
    let text = reply.text();
    match level {
        QueryLevel::STANDARD | QueryLevel::QUERY_EA_SIZE => {
            let short = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
            let info = InfoStandard {
                file_data_size: short(info.end_of_file),
                allocation_size: short(info.allocation_size),
                ..InfoStandard::default()
            };
            whole(reply, |w| {
                info.encode(w, text);
                if level == QueryLevel::QUERY_EA_SIZE {
                    w.u32(0);
                }
            })
        }
        QueryLevel::QUERY_EAS_FROM_LIST | QueryLevel::QUERY_ALL_EAS => Err(NtStatus::ACCESS_DENIED),
        level => {
            let is_all = level == QueryLevel::ALL || level.class() == Some(FileInformationClass::ALL);
            if is_all {
                let (mut bytes, budget) = (Vec::new(), ReplyBudget::new(LARGEST, LARGEST));
                ask(FileInformationClass::ALL, &mut budget.writer(&mut bytes))?;
                return all(&bytes, reply);
            }
            let class = level.class().ok_or(NtStatus::INVALID_LEVEL)?;
            ask(class, &mut reply.data())?;
            Ok(NtStatus::SUCCESS)
        }
    }
}

fn finish(status: NtStatus, reply: &mut Reply) -> Outcome {
    reply.set_no_ea_error();
    Ok(status)
}

/// # Errors
/// INVALID_LEVEL: there is no such level, or not here; INVALID_PARAMETER: the answer has no room for its parameters.
fn check_level(context: &Context<'_>, level: QueryLevel) -> Result<(), NtStatus> {
    let own = [
        QueryLevel::STANDARD,
        QueryLevel::QUERY_EA_SIZE,
        QueryLevel::QUERY_EAS_FROM_LIST,
        QueryLevel::QUERY_ALL_EAS,
        QueryLevel::ALL,
    ];
    let unix = unix::is_level(level.0) && context.may_use_unix();
    if unix || own.contains(&level) || level.class().is_some() {
        Ok(())
    } else {
        Err(NtStatus::INVALID_LEVEL)
    }
}

/// What an open has to be allowed for a level.
fn needed(level: QueryLevel) -> AccessMask {
    match level {
        QueryLevel::QUERY_EAS_FROM_LIST | QueryLevel::QUERY_ALL_EAS => AccessMask::READ_EA,
        level if level.class() == Some(FileInformationClass::FULL_EA) => {
            AccessMask::READ_EA | AccessMask::READ_ATTRIBUTES
        }
        _ => AccessMask::READ_ATTRIBUTES,
    }
}

/// Writes what a level tells of a file: SUCCESS, or BUFFER_OVERFLOW for something that is cut. `known`: its metadata, if they were just told.
async fn tell(
    file: &Arc<FileOpen>,
    known: Option<&Metadata>,
    level: QueryLevel,
    input: &[u8],
    reply: &mut Reply,
) -> Result<NtStatus, NtStatus> {
    let text = reply.text();
    match level {
        QueryLevel::STANDARD | QueryLevel::QUERY_EA_SIZE => {
            let metadata = known.map_or_else(|| file.metadata(), |known| Ok(*known))?;
            short(&metadata, level, reply)
        }
        QueryLevel::QUERY_EAS_FROM_LIST => {
            let names = decode_gea_list(input).map_err(|_| NtStatus::EA_LIST_INCONSISTENT)?;
            let list = extended_attributes::chosen(file, &names).await?;
            whole(reply, |w| encode_fea_list(&list, w))
        }
        QueryLevel::QUERY_ALL_EAS => {
            let list = extended_attributes::all(file).await?;
            whole(reply, |w| encode_fea_list(&list, w))
        }
        QueryLevel::ALL => all(&class_of(file, known, FileInformationClass::ALL).await?, reply),
        // [MS-SMB] 2.2.2.3.5, 3.3.5.10.1 and its note: asked for as a class of [MS-FSCC], it is told in the same way.
        level if level.class() == Some(FileInformationClass::ALL) => {
            all(&class_of(file, known, FileInformationClass::ALL).await?, reply)
        }
        level if unix::is_level(level.0) => unix::tell(file, level, reply).await,
        level => {
            let class = level.class().ok_or(NtStatus::INVALID_LEVEL)?;
            let names = [FileInformationClass::NAME, FileInformationClass::ALTERNATE_NAME];
            if !text.unicode && names.contains(&class) {
                return name_in_code_page(file, class, reply).await;
            }
            outcome(file.query_information_of(known, class, input, &mut reply.data()).await)
        }
    }
}

/// Whether a level tells of a file what can be seen without opening it.
fn is_seen(level: QueryLevel) -> bool {
    type Class = FileInformationClass;
    let classes =
        [Class::BASIC, Class::STANDARD, Class::EA, Class::ALL, Class::NETWORK_OPEN, Class::ATTRIBUTE_TAG];
    [QueryLevel::STANDARD, QueryLevel::QUERY_EA_SIZE, QueryLevel::ALL].contains(&level)
        || level.class().is_some_and(|class| classes.contains(&class))
}

/// The same as [`tell`] tells through an open.
fn tell_found(found: &Found, level: QueryLevel, reply: &mut Reply) -> Result<NtStatus, NtStatus> {
    type Class = FileInformationClass;
    let class = match level {
        QueryLevel::STANDARD | QueryLevel::QUERY_EA_SIZE => return short(&found.metadata, level, reply),
        QueryLevel::ALL => Class::ALL,
        level => level.class().ok_or(NtStatus::INVALID_LEVEL)?,
    };
    if class != Class::ALL {
        let told = found.query_information(class, &mut reply.data())?;
        return if told { Ok(NtStatus::SUCCESS) } else { Err(NtStatus::INVALID_LEVEL) };
    }
    let (mut fixed, budget) = (Vec::new(), ReplyBudget::new(LARGEST, LARGEST));
    for class in [Class::BASIC, Class::STANDARD, Class::EA] {
        found.query_information(class, &mut budget.writer(&mut fixed))?;
    }
    let name = [&[0x5c], found.path.as_string().units()].concat();
    all_of(&fixed, &NtString(name), reply)
}

/// SMB_INFO_STANDARD, or SMB_INFO_QUERY_EA_SIZE.
fn short(metadata: &Metadata, level: QueryLevel, reply: &mut Reply) -> Result<NtStatus, NtStatus> {
    let text = reply.text();
    let short = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let info = InfoStandard {
        created: dos_time(metadata.creation_time),
        accessed: dos_time(metadata.last_access_time),
        written: dos_time(metadata.last_write_time),
        file_data_size: short(metadata.end_of_file),
        allocation_size: short(metadata.allocation_size),
        attributes: attributes::to_dos(metadata.attributes),
    };
    whole(reply, |w| {
        info.encode(w, text);
        if level == QueryLevel::QUERY_EA_SIZE {
            w.u32(metadata.ea_size);
        }
    })
}

fn outcome(outcome: Result<(), NtStatus>) -> Result<NtStatus, NtStatus> {
    match outcome {
        Ok(()) => Ok(NtStatus::SUCCESS),
        // What was written is good but cut.
        Err(NtStatus::BUFFER_OVERFLOW) => Ok(NtStatus::BUFFER_OVERFLOW),
        Err(NtStatus::INVALID_INFO_CLASS) => Err(NtStatus::INVALID_LEVEL),
        Err(status) => Err(status),
    }
}

/// Something that a client gets whole or not at all.
pub(super) fn whole(
    reply: &mut Reply,
    write: impl FnOnce(&mut lanward_wire::Writer<'_>),
) -> Result<NtStatus, NtStatus> {
    reply.data().push(1, write).map_err(|_| NtStatus::INFO_LENGTH_MISMATCH)?;
    Ok(NtStatus::SUCCESS)
}

/// What a class says, whole.
async fn class_of(
    file: &FileOpen,
    known: Option<&Metadata>,
    class: FileInformationClass,
) -> Result<Vec<u8>, NtStatus> {
    let (mut bytes, budget) = (Vec::new(), ReplyBudget::new(LARGEST, LARGEST));
    file.query_information_of(known, class, &[], &mut budget.writer(&mut bytes)).await?;
    Ok(bytes)
}

/// A length and a name in a code page.
async fn name_in_code_page(
    file: &FileOpen,
    class: FileInformationClass,
    reply: &mut Reply,
) -> Result<NtStatus, NtStatus> {
    let bytes = class_of(file, None, class).await?;
    let name = FileNameInformation::decode(&mut Reader::new(&bytes)).map_err(|_| NtStatus::INTERNAL_ERROR)?;
    let name = reply.text().bytes(&name.file_name);
    whole(reply, |w| {
        w.u32(u32::try_from(name.len()).unwrap_or(u32::MAX));
        w.bytes(&name);
    })
}

/// SMB_QUERY_FILE_ALL_INFO ([MS-CIFS] 2.2.8.3.10): FileAllInformation without what is about the open.
fn all(bytes: &[u8], reply: &mut Reply) -> Result<NtStatus, NtStatus> {
    /// FileBasicInformation and FileStandardInformation.
    const HEAD: usize = 64;
    /// FileEaInformation, behind FileInternalInformation.
    const EA: usize = 72;
    /// FileNameInformation.
    const NAME: usize = 96;
    let part = |from: usize, to: usize| bytes.get(from..to).ok_or(NtStatus::INTERNAL_ERROR);
    let name = FileNameInformation::decode(&mut Reader::new(part(NAME, bytes.len())?));
    let fixed = [part(0, HEAD)?, part(EA, EA + 4)?].concat();
    all_of(&fixed, &name.map_err(|_| NtStatus::INTERNAL_ERROR)?.file_name, reply)
}

/// SMB_QUERY_FILE_ALL_INFO of what of it is fixed and a name.
fn all_of(fixed: &[u8], name: &NtString, reply: &mut Reply) -> Result<NtStatus, NtStatus> {
    let name = reply.text().bytes(name);
    let mut out = reply.data();
    if out.remaining() < fixed.len() + 4 {
        return Err(NtStatus::INFO_LENGTH_MISMATCH);
    }
    let written = out.push_truncated(|w| {
        w.bytes(fixed);
        w.u32(u32::try_from(name.len()).unwrap_or(u32::MAX));
        w.bytes(&name);
    });
    Ok(if written.is_ok() { NtStatus::SUCCESS } else { NtStatus::BUFFER_OVERFLOW })
}

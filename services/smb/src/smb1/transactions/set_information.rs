//! TRANS2_SET_PATH_INFORMATION and TRANS2_SET_FILE_INFORMATION ([MS-CIFS] 3.3.5.58.8, 3.3.5.58.10, [MS-SMB] 3.3.5.9.2).

use super::paths::{self, Named, Opening, file_of};
use super::reply::Reply;
use super::{extended_attributes, searches, unix};
use crate::smb1::context::{Context, Outcome};
use crate::smb1::fids::TIME_ZONE;
use crate::{pipe_info, print_info};
use lanward_fsa::{FileInformationClass, FileOpen};
use lanward_nt::fscc::{FileBasicInformation, FileRenameInformation};
use lanward_nt::{AccessMask, NtStatus, NtString};
use lanward_server::OpenBody;
use lanward_smb1::subcommands::{Parameters, SetFileRequest, SetInfoStandard, SetLevel, SetPathRequest};
use lanward_smb1::{DosTime, Text, Transaction};
use lanward_wire::{Encode, Reader};

const BACKSLASH: u16 = 0x5c;

pub(super) async fn set_path(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let request = SetPathRequest::decode(&transaction.parameters, context.text)?;
    let level = request.information_level;
    check_level(context, level)?;
    let named = paths::named(context, &request.file_name).await?;
    if unix::makes(level) {
        return unix::make(context, &named, level, &transaction.data, reply).await;
    }
    if unix::is_level(level.0) {
        unix::change(context, &named, None, level, &transaction.data).await?;
        reply.set_no_ea_error();
        return Ok(NtStatus::SUCCESS);
    }
    let open = paths::open(context, &named, Opening::existing(needed(level))).await?;
    let set = match file_of(&open) {
        // A path has never been good enough for this one: clients have its class of [MS-FSCC] for that.
        Ok(_) if level == SetLevel::END_OF_FILE => Err(NtStatus::INVALID_LEVEL),
        Ok(file) => change(context, file, level, &transaction.data).await,
        Err(status) => Err(status),
    };
    searches::close(&open).await;
    set?;
    reply.set_no_ea_error();
    Ok(NtStatus::SUCCESS)
}

pub(super) async fn set_file(
    context: &mut Context<'_>,
    transaction: &Transaction,
    reply: &mut Reply,
) -> Outcome {
    let request = SetFileRequest::decode(&transaction.parameters, context.text)?;
    let level = request.information_level;
    let entry = context.open(request.fid)?;
    match entry.open.body() {
        OpenBody::File(file) => {
            check_level(context, level)?;
            change(context, file, level, &transaction.data).await?;
        }
        OpenBody::Pipe(pipe) => {
            let class = level.class().ok_or(NtStatus::INVALID_LEVEL)?;
            pipe_info::set(pipe, class, &transaction.data)?;
        }
        OpenBody::PrintJob(_) => {
            let class = level.class().ok_or(NtStatus::INVALID_LEVEL)?;
            print_info::set(class)?;
        }
        OpenBody::Device(_) => return Err(NtStatus::INVALID_DEVICE_REQUEST.into()),
    }
    reply.set_no_ea_error();
    Ok(NtStatus::SUCCESS)
}

/// # Errors
/// INVALID_LEVEL: there is no such level, or not here.
fn check_level(context: &Context<'_>, level: SetLevel) -> Result<(), NtStatus> {
    let own = [SetLevel::STANDARD, SetLevel::SET_EAS];
    if context.may_set_unix(level) || own.contains(&level) || level.class().is_some() {
        Ok(())
    } else {
        Err(NtStatus::INVALID_LEVEL)
    }
}

/// What an open has to be allowed for a level.
fn needed(level: SetLevel) -> AccessMask {
    type Class = FileInformationClass;
    if level == SetLevel::SET_EAS {
        return AccessMask::WRITE_EA;
    }
    match level.class() {
        Some(Class::END_OF_FILE | Class::ALLOCATION | Class::VALID_DATA_LENGTH) => AccessMask::WRITE_DATA,
        Some(Class::DISPOSITION | Class::DISPOSITION_EX | Class::RENAME | Class::RENAME_EX) => {
            AccessMask::DELETE
        }
        Some(Class::FULL_EA) => AccessMask::WRITE_EA,
        Some(Class::LINK | Class::POSITION | Class::MODE) => AccessMask::READ_ATTRIBUTES,
        _ => AccessMask::WRITE_ATTRIBUTES,
    }
}

async fn change(
    context: &Context<'_>,
    file: &FileOpen,
    level: SetLevel,
    data: &[u8],
) -> Result<(), NtStatus> {
    match level {
        SetLevel::STANDARD => {
            let bytes = standard(data, context.text)?.to_bytes();
            set(context, file, FileInformationClass::BASIC, &bytes).await
        }
        SetLevel::SET_EAS => extended_attributes::set(file, data).await,
        level if unix::is_level(level.0) => {
            // As with descriptors of POSIX, it does not matter what the file was opened for.
            let named = Named { path: file.path().as_string().clone(), snapshot: None };
            unix::change(context, &named, Some(file), level, data).await
        }
        level => match level.class().ok_or(NtStatus::INVALID_LEVEL)? {
            class @ (FileInformationClass::RENAME | FileInformationClass::LINK) => {
                let wanted = renamed(file, data, context.text)?.to_bytes();
                set(context, file, class, &wanted).await
            }
            class => set(context, file, class, data).await,
        },
    }
}

async fn set(
    context: &Context<'_>,
    file: &FileOpen,
    class: FileInformationClass,
    data: &[u8],
) -> Result<(), NtStatus> {
    file.set_information(class, data).await.map_err(|status| match status {
        NtStatus::INVALID_INFO_CLASS => NtStatus::INVALID_LEVEL,
        other => other,
    })?;
    context.connection.service.server.keep_changed(context.tree()?.core.share(), file).await
}

/// SMB_INFO_STANDARD ([MS-CIFS] 2.2.8.4.1): three times; one that is none is left as it is.
fn standard(data: &[u8], text: Text) -> Result<FileBasicInformation, NtStatus> {
    // What is reserved behind the times some clients leave out.
    let mut whole = data.to_vec();
    whole.resize(data.len().max(22), 0);
    if data.len() < 12 {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    let info = SetInfoStandard::decode(&whole, text).map_err(|_| NtStatus::INVALID_PARAMETER)?;
    let time = |time: DosTime| time.to_file_time(TIME_ZONE).unwrap_or_default();
    Ok(FileBasicInformation {
        creation_time: time(info.created),
        last_access_time: time(info.accessed),
        last_write_time: time(info.written),
        ..FileBasicInformation::default()
    })
}

/// [MS-FSCC] 2.4.42.1: as SMB1 has FileRenameInformation. The name is one in the directory of the file, or of a stream of it.
fn renamed(file: &FileOpen, data: &[u8], text: Text) -> Result<FileRenameInformation, NtStatus> {
    let mismatch = |_| NtStatus::INFO_LENGTH_MISMATCH;
    let r = &mut Reader::new(data);
    let replace = r.u8("ReplaceIfExists").map_err(mismatch)?;
    r.skip(3, "Reserved").map_err(mismatch)?;
    let root = r.u32("RootDirectory").map_err(mismatch)?;
    let length = r.u32("FileNameLength").map_err(mismatch)?;
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let text = Text { unicode: true, ..text };
    let name = text.read_counted(r, length, "FileName").map_err(|_| NtStatus::INVALID_PARAMETER)?;
    if root != 0 {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    Ok(FileRenameInformation {
        replace_if_exists: u32::from(replace != 0),
        root_directory: 0,
        file_name: beside(file, name)?,
    })
}

/// A name in the directory a file is in, as a path in the share.
fn beside(file: &FileOpen, name: NtString) -> Result<NtString, NtStatus> {
    const COLON: u16 = 0x3a;
    if name.units().first() == Some(&COLON) {
        return Ok(name);
    }
    if name.units().contains(&BACKSLASH) {
        return Err(NtStatus::NOT_SUPPORTED);
    }
    let above = file.path().parent();
    if above.is_root() {
        return Ok(name);
    }
    Ok(NtString([above.as_string().units(), &[BACKSLASH], name.units()].concat()))
}

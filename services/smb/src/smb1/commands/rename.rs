//! [MS-CIFS] 3.3.5.10 Receiving an SMB_COM_RENAME Request and 3.3.5.53 Receiving an SMB_COM_NT_RENAME Request

use super::copy_file;
use crate::smb1::context::{Context, Outcome};
use crate::smb1::opening::Opening;
use crate::smb1::reply::Out;
use crate::smb1::{attributes, matching, paths, wildcards};
use lanward_fsa::FileInformationClass;
use lanward_nt::fscc::FileRenameInformation;
use lanward_nt::{AccessMask, CreateOptions, FileAttributes, NtStatus, NtString, ShareAccess};
use lanward_server::CreatedOpen;
use lanward_smb1::messages::{Empty, NtRenameRequest, RenameRequest};
use lanward_smb1::{Body, Message, SmbFileAttributes};
use lanward_wire::Encode;

const COLON: u16 = 0x3a;
/// SMB_NT_RENAME_SET_LINK_INFO and SMB_NT_RENAME_RENAME_FILE
const SET_LINK_INFO: u16 = 0x103;
const RENAME_FILE: u16 = 0x104;
/// SMB_NT_RENAME_MOVE_CLUSTER_INFO and SMB_NT_RENAME_MOVE_FILE
const MOVE_CLUSTER_INFO: u16 = 0x102;
const MOVE_FILE: u16 = 0x105;

pub(in crate::smb1) async fn rename(context: &Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = RenameRequest::decode(body)?;
    let (old, new) = names(context, &request.old_file_name, &request.new_file_name).await?;
    let (directory, pattern) = paths::split(&old);
    let (new_directory, new_pattern) = paths::split(&new);
    let search = request.search_attributes;
    let found = matching::names(context, &directory, &pattern, search).await?;
    let pairs: Vec<(NtString, NtString)> = match found {
        Some(names) => names
            .into_iter()
            .map(|name| {
                let new = wildcards::renamed(&name, &new_pattern);
                (paths::join(&directory, &name), paths::join(&new_directory, &new))
            })
            .collect(),
        None if wildcards::has_wildcards(&new_pattern) => {
            let new = wildcards::renamed(&pattern, &new_pattern);
            vec![(old, paths::join(&new_directory, &new))]
        }
        None => vec![(old, new)],
    };
    for (old, new) in pairs {
        move_one(context, old, new, search, FileInformationClass::RENAME).await?;
    }
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

pub(in crate::smb1) async fn nt_rename(context: &Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = NtRenameRequest::decode(body)?;
    let class = match request.information_level {
        SET_LINK_INFO => FileInformationClass::LINK,
        RENAME_FILE => FileInformationClass::RENAME,
        MOVE_CLUSTER_INFO => return Err(NtStatus::INVALID_PARAMETER.into()),
        MOVE_FILE => {
            copy_file::copy(context, &request).await?;
            out.message(&Empty {});
            return Ok(NtStatus::SUCCESS);
        }
        _ => return Err(NtStatus::ACCESS_DENIED.into()),
    };
    let (old, new) = names(context, &request.old_file_name, &request.new_file_name).await?;
    let wild = |path: &NtString| wildcards::has_wildcards(&paths::split(path).1);
    if wild(&old) || wild(&new) {
        return Err(NtStatus::OBJECT_PATH_SYNTAX_BAD.into());
    }
    move_one(context, old, new, request.search_attributes, class).await?;
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

/// Both paths; nothing moves into a previous version or out of one.
async fn names(
    context: &Context<'_>,
    old: &NtString,
    new: &NtString,
) -> Result<(NtString, NtString), NtStatus> {
    let ((old, from), (new, to)) = (context.resolve(old).await?, context.resolve(new).await?);
    if from.is_some() || to.is_some() {
        return Err(NtStatus::MEDIA_WRITE_PROTECTED);
    }
    Ok((old, new))
}

/// Gives what has a path another one, or one more.
async fn move_one(
    context: &Context<'_>,
    old: NtString,
    new: NtString,
    search: SmbFileAttributes,
    class: FileInformationClass,
) -> Result<(), NtStatus> {
    context.end_searches_within(&old).await;
    let wanted = Opening {
        share_access: ShareAccess::READ | ShareAccess::WRITE,
        options: CreateOptions::OPEN_REPARSE_POINT,
        ..Opening::existing(old, AccessMask::DELETE | AccessMask::READ_ATTRIBUTES)
    };
    let created = context.open_resolved(&wanted, None).await?;
    let moved = give_name(&created, new, search, class).await;
    created.open.close(false).await?;
    moved
}

async fn give_name(
    created: &CreatedOpen,
    new: NtString,
    search: SmbFileAttributes,
    class: FileInformationClass,
) -> Result<(), NtStatus> {
    let found = created.metadata.map_or(FileAttributes::NORMAL, |m| m.attributes);
    // Directories are moved whether they are asked for or not.
    if !attributes::finds(search | SmbFileAttributes::DIRECTORY, found) {
        return Err(NtStatus::NO_SUCH_FILE);
    }
    let Some(file) = created.open.file() else { return Err(NtStatus::ACCESS_DENIED) };
    // A stream stays one of its file: its new name says no more than a colon and itself.
    if file.is_named_stream() && new.units().first() != Some(&COLON) {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    let name = FileRenameInformation { replace_if_exists: 0, root_directory: 0, file_name: new };
    file.set_information(class, &name.to_bytes()).await
}

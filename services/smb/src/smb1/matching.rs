//! Commands on all files that a pattern finds.

use super::attributes;
use super::context::Context;
use super::opening::Opening;
use super::wildcards;
use lanward_nt::{AccessMask, CreateOptions, NtStatus, NtString};
use lanward_smb1::{Dialect, SmbFileAttributes};

/// Most files that one command is about: they are known by name before the first of them changes.
const MOST: usize = 65_536;
/// Bytes of names that are looked up at once.
const ROOM: usize = 65_536;

/// The names in a directory that a pattern finds, of files with these attributes; `None` if it is no pattern, but a name.
///
/// # Errors
/// NO_SUCH_FILE: there are none; INSUFFICIENT_RESOURCES: too many; what opening and listing the directory comes to.
pub(super) async fn names(
    context: &Context<'_>,
    directory: &NtString,
    pattern: &NtString,
    search: SmbFileAttributes,
) -> Result<Option<Vec<NtString>>, NtStatus> {
    if !wildcards::has_wildcards(pattern) {
        return Ok(None);
    }
    let wanted = Opening {
        options: CreateOptions::DIRECTORY_FILE,
        ..Opening::existing(directory.clone(), AccessMask::READ_DATA)
    };
    let open = context.open_resolved(&wanted, None).await.map_err(missing_directory)?.open;
    let listed = match open.file() {
        Some(file) => list(context, file, pattern, search).await,
        None => Err(NtStatus::ACCESS_DENIED),
    };
    open.close(false).await?;
    let names = listed?;
    if names.is_empty() { Err(NtStatus::NO_SUCH_FILE) } else { Ok(Some(names)) }
}

/// What a directory that is not there is to a command that names something in it.
pub(super) const fn missing_directory(status: NtStatus) -> NtStatus {
    match status {
        NtStatus::OBJECT_NAME_NOT_FOUND | NtStatus::NOT_A_DIRECTORY => NtStatus::OBJECT_PATH_NOT_FOUND,
        other => other,
    }
}

async fn list(
    context: &Context<'_>,
    directory: &lanward_fsa::FileOpen,
    pattern: &NtString,
    search: SmbFileAttributes,
) -> Result<Vec<NtString>, NtStatus> {
    let translated = wildcards::from_dos(pattern);
    let pattern = if context.dialect() < Dialect::NtLm { &translated } else { pattern };
    let mut listing = directory.search(Some(pattern)).await?;
    let mut names = Vec::new();
    while let Some(entry) = listing.next(ROOM).await? {
        let dots = matches!(entry.name().units(), [0x2e] | [0x2e, 0x2e]);
        if dots || !attributes::finds(search, entry.information.attributes) {
            continue;
        }
        if names.len() >= MOST {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        names.push(entry.name().clone());
    }
    Ok(names)
}

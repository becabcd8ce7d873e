//! Deletion by name: an open that marks what it names as going, and closes.

use super::attributes;
use super::context::Context;
use super::opening::Opening;
use lanward_fsa::{FileInformationClass, FileOpen};
use lanward_nt::fscc::FileDispositionInformation;
use lanward_nt::{FileAttributes, NtStatus};
use lanward_server::CreatedOpen;
use lanward_smb1::SmbFileAttributes;
use lanward_wire::Encode;

/// Deletes what an opening for it names by its path in the share, if a search for these attributes finds it.
///
/// # Errors
/// What the core says to the open and to the mark; NO_SUCH_FILE: it has other attributes.
pub(super) async fn delete(
    context: &Context<'_>,
    wanted: &Opening<'_>,
    search: SmbFileAttributes,
) -> Result<(), NtStatus> {
    let created = context.open_resolved(wanted, None).await?;
    let marked = match created.open.file() {
        Some(file) => mark(file, &created, search).await,
        None => Err(NtStatus::ACCESS_DENIED),
    };
    created.open.close(false).await?;
    marked
}

async fn mark(file: &FileOpen, created: &CreatedOpen, search: SmbFileAttributes) -> Result<(), NtStatus> {
    let found = created.metadata.map_or(FileAttributes::NORMAL, |m| m.attributes);
    if !attributes::finds(search, found) {
        return Err(NtStatus::NO_SUCH_FILE);
    }
    let mark = FileDispositionInformation { delete_pending: true }.to_bytes();
    file.set_information(FileInformationClass::DISPOSITION, &mark).await
}

//! SMB_NT_RENAME_MOVE_FILE ([MS-CIFS] 2.2.4.66.1): a file is copied, and keeps its own name.

use crate::smb1::attributes;
use crate::smb1::context::Context;
use crate::smb1::opening::Opening;
use lanward_fsa::FileInformationClass;
use lanward_nt::fscc::FileBasicInformation;
use lanward_nt::{AccessMask, CreateDisposition, CreateOptions, FileAttributes, NtStatus, ShareAccess};
use lanward_server::{CreatedOpen, Open};
use lanward_smb1::messages::NtRenameRequest;
use lanward_wire::Encode;

/// Bytes copied at once, between which the request can be called off.
const PIECE: u32 = 1 << 24;

/// Copies the data and the attributes of a file to a new one.
///
/// # Errors
/// What opening both and copying comes to; OBJECT_NAME_COLLISION: the new one is there; CANCELLED.
pub(super) async fn copy(context: &Context<'_>, request: &NtRenameRequest) -> Result<(), NtStatus> {
    let wanted = Opening {
        share_access: ShareAccess::READ,
        options: CreateOptions::NON_DIRECTORY_FILE,
        ..Opening::existing(request.old_file_name.clone(), AccessMask::GENERIC_READ)
    };
    let source = context.open_for_now(&wanted).await?;
    let copied = from(context, &source, request).await;
    source.open.close(false).await?;
    copied
}

async fn from(
    context: &Context<'_>,
    source: &CreatedOpen,
    request: &NtRenameRequest,
) -> Result<(), NtStatus> {
    let found = source.metadata.ok_or(NtStatus::INVALID_DEVICE_REQUEST)?;
    if !attributes::finds(request.search_attributes, found.attributes) {
        return Err(NtStatus::NO_SUCH_FILE);
    }
    let wanted = Opening {
        share_access: ShareAccess::empty(),
        disposition: CreateDisposition::Create,
        options: CreateOptions::NON_DIRECTORY_FILE,
        ..Opening::existing(request.new_file_name.clone(), AccessMask::GENERIC_WRITE | AccessMask::DELETE)
    };
    let target = context.open_for_now(&wanted).await?;
    let copied = tokio::select! {
        biased;
        () = context.unit.cancelled() => Err(NtStatus::CANCELLED),
        copied = all(&source.open, &target.open, found.end_of_file, found.attributes) => copied,
    };
    if copied.is_err()
        && let Some(file) = target.open.file()
    {
        // Half a file is none.
        file.set_information(FileInformationClass::DISPOSITION, &[1]).await.ok();
    }
    target.open.close(false).await?;
    copied
}

async fn all(source: &Open, target: &Open, length: u64, attributes: FileAttributes) -> Result<(), NtStatus> {
    let (Some(source), Some(target)) = (source.file(), target.file()) else {
        return Err(NtStatus::INVALID_DEVICE_REQUEST);
    };
    let mut done = 0;
    while done < length {
        let piece = u32::try_from(length - done).unwrap_or(PIECE).min(PIECE);
        let copied = target.copy_range(source, done, done, piece).await?;
        if copied == 0 {
            return Err(NtStatus::INVALID_VIEW_SIZE);
        }
        done += u64::from(copied);
    }
    let settable = attributes.intersection(FileAttributes::SETTABLE);
    let attributes = if settable.is_empty() { FileAttributes::NORMAL } else { settable };
    let basic = FileBasicInformation { attributes, ..FileBasicInformation::default() };
    target.set_information(FileInformationClass::BASIC, &basic.to_bytes()).await
}

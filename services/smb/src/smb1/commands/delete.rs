//! [MS-CIFS] 3.3.5.9 Receiving an SMB_COM_DELETE Request

use crate::smb1::context::{Context, Outcome};
use crate::smb1::opening::Opening;
use crate::smb1::reply::Out;
use crate::smb1::{delete as deletion, matching, paths};
use lanward_nt::{AccessMask, CreateOptions, NtStatus, ShareAccess};
use lanward_smb1::messages::{DeleteRequest, Empty};
use lanward_smb1::{Body, Message, SmbFileAttributes};

/// Of several the first that cannot be deleted ends it, and is what the client hears of.
pub(in crate::smb1) async fn delete(context: &Context<'_>, body: &mut Body<'_>, out: &mut Out) -> Outcome {
    let request = DeleteRequest::decode(body)?;
    let search = request.search_attributes.difference(SmbFileAttributes::DIRECTORY);
    let path = context.resolve_to_change(&request.file_name).await?;
    let (directory, pattern) = paths::split(&path);
    let names = match matching::names(context, &directory, &pattern, search).await? {
        Some(names) => names.iter().map(|name| paths::join(&directory, name)).collect(),
        None => vec![path],
    };
    for name in names {
        let wanted = Opening {
            // Who has it open for anything but its attributes keeps it.
            share_access: ShareAccess::empty(),
            options: CreateOptions::NON_DIRECTORY_FILE | CreateOptions::OPEN_REPARSE_POINT,
            ..Opening::existing(name, AccessMask::DELETE)
        };
        deletion::delete(context, &wanted, search).await?;
    }
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}

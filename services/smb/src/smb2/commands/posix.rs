//! The SMB3 POSIX extensions of a create ([POSIX-SMB2] 2.2.13, 2.2.14).

use crate::smb2::context::Context;
use crate::smb2::session::Tree;
use lanward_nt::NtString;
use lanward_server::CreatedOpen;
use lanward_smb2::messages::{CreateResponseContext, PosixCreateResponse};

const PERMISSIONS: u32 = 0o7777;

/// The permission bits a file gets that such a create makes; nothing if the client did not ask, connection or zone has no such thing, or the share
/// does not take it. Then the context is passed over, and the client sees by the answer that it has an open like any other.
pub(super) fn mode(context: &Context<'_>, tree: &Tree, asked: Option<u32>) -> Option<u16> {
    let (asked, withheld) = asked.zip(tree.core.share().posix)?;
    let agreed = context.connection.negotiated().is_some_and(|n| n.posix) && context.connection.zone().posix;
    let mode = u16::try_from(asked & PERMISSIONS).unwrap_or_default();
    agreed.then_some(mode & !withheld)
}

/// The name of a create in the spelling names have here.
pub(super) fn name(name: NtString, mode: Option<u16>) -> NtString {
    if mode.is_some() { name.from_posix_path() } else { name }
}

/// What is told of an open with the extensions.
pub(super) fn answer(created: &CreatedOpen) -> Option<CreateResponseContext<'static>> {
    let (file, metadata) =
        created.open.file().filter(|file| file.is_posix()).zip(created.metadata.as_ref())?;
    let told = file.posix_information(metadata);
    Some(CreateResponseContext::Posix(PosixCreateResponse {
        link_count: told.link_count,
        reparse_tag: told.reparse_tag,
        mode: told.mode,
        owner: told.owner,
        group: told.group,
    }))
}

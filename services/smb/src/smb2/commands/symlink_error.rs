//! What an open is answered that came upon a symbolic link ([MS-SMB2] 2.2.2.2.1).

use crate::smb2::context::{Context, Fault};
use crate::smb2::session::Tree;
use lanward_fsa::{FileSystem, StoppedOnSymlink};
use lanward_nt::{NtPath, NtStatus, NtString};
use lanward_server::ShareKind;
use lanward_smb2::messages::{ErrorContext, ErrorId, SYMLINK_FLAG_RELATIVE, SymbolicLinkError};
use lanward_smb2::{Dialect, Utf16};
use lanward_wire::Encode;
use std::sync::Arc;

/// What an open is answered that was refused, if a symbolic link on its way may be the reason.
pub(super) async fn stopped(
    context: &Context<'_>,
    (tree, snapshot): (&Tree, Option<&Arc<FileSystem>>),
    (name, posix): (&NtString, bool),
    refused: NtStatus,
) -> Fault {
    // A link that cannot be shown to the client is a path that it may not go.
    let status = match refused {
        NtStatus::STOPPED_ON_SYMLINK => NtStatus::ACCESS_DENIED,
        NtStatus::OBJECT_PATH_NOT_FOUND => refused,
        _ => return refused.into(),
    };
    let (Some(path), ShareKind::Disk(file_system)) = (path_of(name), &tree.core.share().kind) else {
        return status.into();
    };
    let file_system = match tree.core.acting(snapshot.unwrap_or(file_system)) {
        Ok(file_system) => file_system,
        Err(status) => return status.into(),
    };
    match file_system.stopped_on(&path, posix, status).await {
        Ok(stopped) => {
            let behind = name.units().len() - path.as_string().units().len();
            let is_3_1_1 = context.dialect() == Some(Dialect::V3_1_1);
            Fault::Data(NtStatus::STOPPED_ON_SYMLINK, error_data(&stopped, behind, is_3_1_1))
        }
        Err(status) => status.into(),
    }
}

/// The path in a name that may end in a backslash or a stream.
fn path_of(name: &NtString) -> Option<NtPath> {
    let units = name.units();
    let last = units.iter().rposition(|u| *u == 0x5c).map_or(0, |at| at + 1);
    let end = match units[last..].iter().position(|u| *u == 0x3a) {
        Some(colon) => last + colon,
        None if last == units.len() => last.saturating_sub(1),
        None => units.len(),
    };
    NtPath::new(NtString(units[..end].to_vec()))
}

/// [MS-SMB2] 2.2.2.2.1, in an error context in 3.1.1; `behind`: units of the name that follow the path.
fn error_data(stopped: &StoppedOnSymlink, behind: usize, is_3_1_1: bool) -> Vec<u8> {
    let utf16 = |name: &NtString| -> Vec<u8> { name.units().iter().flat_map(|u| u.to_le_bytes()).collect() };
    let link = &stopped.link;
    let (substitute, print) = (utf16(&link.substitute_name), utf16(&link.print_name));
    let error = SymbolicLinkError {
        unparsed_path_length: u16::try_from(2 * (stopped.unparsed + behind)).unwrap_or(u16::MAX),
        flags: if link.relative { SYMLINK_FLAG_RELATIVE } else { 0 },
        substitute_name: Utf16(&substitute),
        print_name: Utf16(&print),
    };
    let data = error.to_bytes();
    if is_3_1_1 { ErrorContext { error_id: ErrorId::DEFAULT, data: &data }.to_bytes() } else { data }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_in_names() {
        for (name, path) in [("a\\b", "a\\b"), ("a\\b\\", "a\\b"), ("a\\b:s:$DATA", "a\\b"), ("", "")] {
            assert_eq!(path_of(&name.into()).unwrap().to_string(), path, "{name}");
        }
    }
}

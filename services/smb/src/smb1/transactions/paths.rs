//! Files that a subcommand names by their paths, and needs no longer than itself.

use crate::smb1::context::Context;
use lanward_fsa::{CacheRequest, CreateParams, FileOpen, FileSystem, Found};
use lanward_nt::{
    AccessMask, CreateDisposition, CreateOptions, FileAttributes, NtStatus, NtString, ShareAccess,
};
use lanward_server::{CreatedOpen, Open};
use std::sync::Arc;

/// A path in a share.
#[derive(Debug, Clone)]
pub(in crate::smb1) struct Named {
    /// Without a backslash in front.
    pub(in crate::smb1) path: NtString,
    /// What it is in, if that is not the share as it is now.
    pub(in crate::smb1) snapshot: Option<Arc<FileSystem>>,
}

/// Others may do whatever they want meanwhile.
pub(in crate::smb1) const SHARED: ShareAccess =
    ShareAccess::READ.union(ShareAccess::WRITE).union(ShareAccess::DELETE);

/// The path that a name in a request means.
///
/// # Errors
/// As [`Context::resolve`].
pub(in crate::smb1) async fn named(context: &Context<'_>, name: &NtString) -> Result<Named, NtStatus> {
    let (path, snapshot) = match context.speaks_posix() {
        true => context.resolve(&name.from_posix_path()).await?,
        false => context.resolve(name).await?,
    };
    Ok(Named { path, snapshot })
}

/// How a file is opened for one request.
#[derive(Debug, Clone, Copy)]
pub(in crate::smb1) struct Opening {
    pub(in crate::smb1) access: AccessMask,
    pub(in crate::smb1) disposition: CreateDisposition,
    pub(in crate::smb1) options: CreateOptions,
    /// It is found by its exact name, and a link is found itself.
    pub(in crate::smb1) posix: bool,
}

impl Opening {
    /// What is there, for some rights on it.
    pub(in crate::smb1) const fn existing(access: AccessMask) -> Self {
        Self { access, disposition: CreateDisposition::Open, options: CreateOptions::empty(), posix: false }
    }
}

/// Opens what a path names. Whoever does has to close it.
///
/// # Errors
/// What the core says; CANCELLED.
pub(in crate::smb1) async fn open(
    context: &Context<'_>,
    named: &Named,
    opening: Opening,
) -> Result<Arc<Open>, NtStatus> {
    open_as(context, named, opening).await.map(|created| created.open)
}

/// The same, with what the open tells of the file.
///
/// # Errors
/// As [`open`].
pub(in crate::smb1) async fn open_as(
    context: &Context<'_>,
    named: &Named,
    opening: Opening,
) -> Result<CreatedOpen, NtStatus> {
    create(context, named, params(context, named, opening)).await
}

/// What such an open would find, without it; `None`: only the open tells.
///
/// # Errors
/// As [`open`].
pub(in crate::smb1) async fn look(
    context: &Context<'_>,
    named: &Named,
    opening: Opening,
) -> Result<Option<Found>, NtStatus> {
    let tree = &context.tree()?.core;
    tree.look_within(named.snapshot.as_ref(), &params(context, named, opening)).await
}

fn params<'a>(context: &'a Context<'_>, named: &'a Named, opening: Opening) -> CreateParams<'a> {
    // A link that a client made is one of these, whatever the file system has for it.
    let itself = if opening.posix { CreateOptions::OPEN_REPARSE_POINT } else { CreateOptions::empty() };
    CreateParams {
        path: &named.path,
        desired_access: opening.access,
        share_access: SHARED,
        disposition: opening.disposition,
        options: opening.options | itself,
        attributes: FileAttributes::empty(),
        allocation_size: None,
        extended_attributes: Vec::new(),
        posix: opening.posix.then_some(0),
        security_descriptor: None,
        cache: CacheRequest::None,
        waits: Some(context.unit.waits()),
    }
}

/// Opens or makes something, as long as the client does not call it off.
///
/// # Errors
/// What the core says; CANCELLED.
pub(in crate::smb1) async fn create(
    context: &Context<'_>,
    named: &Named,
    params: CreateParams<'_>,
) -> Result<CreatedOpen, NtStatus> {
    let tree = context.tree()?.clone();
    tokio::select! {
        biased;
        created = tree.core.create_within(named.snapshot.as_ref(), params) => created,
        () = context.unit.cancelled() => Err(NtStatus::CANCELLED),
    }
}

/// The file of an open.
///
/// # Errors
/// INVALID_DEVICE_REQUEST: a pipe.
pub(in crate::smb1) fn file_of(open: &Open) -> Result<&Arc<FileOpen>, NtStatus> {
    open.file().ok_or(NtStatus::INVALID_DEVICE_REQUEST)
}

use crate::{FileOpen, FileSystem};
use lanward_nt::{
    AccessMask, CreateAction, CreateDisposition, CreateOptions, FileAttributes, NtStatus, NtString,
    ShareAccess,
};
use lanward_vfs::{ExtendedAttribute, Metadata};
use std::sync::Arc;

/// Who opens: ids that mean nothing here beyond being equal or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct OpenOwner {
    /// The session.
    pub session: u64,
    /// The client, whose leases do not break for its own opens.
    pub client: u64,
}

/// [MS-FSA] 2.1.5.1: an open as it was asked for.
#[derive(Debug, Clone)]
pub struct CreateParams<'a> {
    /// The name as the client sent it: `dir\file:stream:$DATA`, checked here.
    pub path: &'a NtString,
    /// What the open is for; generic rights and MAXIMUM_ALLOWED are understood.
    pub desired_access: AccessMask,
    /// What share and account allow at most.
    pub granted_limit: AccessMask,
    /// What others may do meanwhile.
    pub share_access: ShareAccess,
    /// What to do about an existing or missing name.
    pub disposition: CreateDisposition,
    /// How.
    pub options: CreateOptions,
    /// Attributes of a file that is made or overwritten.
    pub attributes: FileAttributes,
    /// Bytes to keep storage for.
    pub allocation_size: Option<u64>,
    /// Extended attributes of a file that is made or overwritten.
    pub extended_attributes: Vec<ExtendedAttribute>,
    /// A self-relative SECURITY_DESCRIPTOR for a file that is made.
    pub security_descriptor: Option<&'a [u8]>,
    /// Who opens.
    pub owner: OpenOwner,
}

/// What came of an open.
#[derive(Debug)]
pub struct Created {
    /// The open.
    pub open: Arc<FileOpen>,
    /// What was done.
    pub action: CreateAction,
    /// The file as it is now.
    pub metadata: Metadata,
}

impl FileSystem {
    /// Opens, makes or overwrites a file or directory ([MS-FSA] 2.1.5.1).
    ///
    /// # Errors
    /// The statuses of [MS-FSA] 2.1.5.1.
    pub async fn create(self: &Arc<Self>, p: CreateParams<'_>) -> Result<Created, NtStatus> {
        let _ = p;
        Err(NtStatus::NOT_IMPLEMENTED)
    }
}

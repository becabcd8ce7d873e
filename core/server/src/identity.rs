use lanward_nt::{Guid, Sid};

/// Who the server says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// NetBIOS name, at most 15 characters, upper case by custom.
    pub name: String,
    /// Workgroup or domain.
    pub workgroup: String,
    /// What people read beside the name.
    pub comment: String,
    /// [MS-SMB2] 3.3.1.5 ServerGuid.
    pub guid: Guid,
    /// The SID of the server's own account domain; local users are its children.
    pub sid: Sid,
}

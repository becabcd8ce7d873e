use lanward_auth::AcceptorConfig;
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

impl Identity {
    /// What it says of itself to those who prove who they are, and asks of them at least.
    #[must_use]
    pub fn acceptor(&self) -> AcceptorConfig {
        AcceptorConfig {
            nb_computer_name: self.name.as_str().into(),
            nb_domain_name: self.workgroup.as_str().into(),
            dns_computer_name: Some(self.name.to_lowercase().as_str().into()),
            ..AcceptorConfig::default()
        }
    }
}

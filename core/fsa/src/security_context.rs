use crate::Auditor;
use crate::{ShareView, UnixIdentity};
use lanward_nt::security::{Privileges, Token};
use lanward_nt::{AccessMask, CreateOptions};
use std::time::Duration;

/// [MS-FSA] 2.1.5.1 SecurityContext: on whose behalf files are opened, and what is beyond descriptors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityContext {
    /// Who it is.
    pub token: Token,
    /// The most that share and account allow, whatever a descriptor says.
    pub limit: AccessMask,
    /// Directories are listed without what cannot be read.
    pub hide_unreadable: bool,
    /// As which user of the machine files are opened; `None` for the server's own.
    pub identity: Option<UnixIdentity>,
    /// What else the share makes of its files; `None` for nothing.
    pub view: Option<ShareView>,
    /// How long after the first write through an open that is told as the time of the file's last write ([MS-FSA] 2.1.4.17, note 43); `None`: at once.
    pub write_time_delay: Option<Duration>,
    /// Who is told of opens that descriptors want told.
    pub auditor: Option<Auditor>,
}

/// [MS-FSA] 2.1.5.1 BackupAccess
const BACKUP: AccessMask = AccessMask::READ_CONTROL
    .union(AccessMask::ACCESS_SYSTEM_SECURITY)
    .union(AccessMask::FILE_GENERIC_READ)
    .union(AccessMask::EXECUTE);
/// [MS-FSA] 2.1.5.1 RestoreAccess
const RESTORE: AccessMask = AccessMask::WRITE_DAC
    .union(AccessMask::WRITE_OWNER)
    .union(AccessMask::ACCESS_SYSTEM_SECURITY)
    .union(AccessMask::FILE_GENERIC_WRITE)
    .union(AccessMask::DELETE);

impl SecurityContext {
    /// Somebody whom only `limit` limits: what is stored with files is not asked for the server's own token.
    #[must_use]
    pub fn system(limit: AccessMask) -> Self {
        Self {
            token: Token::system(),
            limit,
            hide_unreadable: false,
            identity: None,
            view: None,
            write_time_delay: None,
            auditor: None,
        }
    }

    /// The limit, with what a privilege adds to it.
    pub(crate) fn most(&self) -> AccessMask {
        let audits = self.token.privileges.contains(Privileges::SECURITY);
        if audits { self.limit.union(AccessMask::ACCESS_SYSTEM_SECURITY) } else { self.limit }
    }

    /// What backup operators may do on opens that say they are for that ([MS-FSA] 2.1.5.1 HasBackupAccess, HasRestoreAccess).
    pub(crate) fn for_backup(&self, options: CreateOptions) -> AccessMask {
        if !options.contains(CreateOptions::OPEN_FOR_BACKUP_INTENT) {
            return AccessMask::empty();
        }
        [(Privileges::BACKUP, BACKUP), (Privileges::RESTORE, RESTORE)]
            .into_iter()
            .filter(|(privilege, _)| self.token.privileges.contains(*privilege))
            .fold(AccessMask::empty(), |all, (_, rights)| all | rights)
    }
}

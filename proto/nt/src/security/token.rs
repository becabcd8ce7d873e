use crate::Sid;
use bitflags::bitflags;

bitflags! {
    /// What somebody may do whatever a descriptor says ([MS-LSAD] 3.1.1.2.1).
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct Privileges: u32 {
        /// SeSecurityPrivilege: read and change system lists (ACCESS_SYSTEM_SECURITY).
        const SECURITY = 1;
        /// SeTakeOwnershipPrivilege: become an object's owner (WRITE_OWNER).
        const TAKE_OWNERSHIP = 2;
        /// SeBackupPrivilege: read everything when an open says that it is for a backup.
        const BACKUP = 4;
        /// SeRestorePrivilege: write everything when an open says that it is for a restore, and make anybody an owner.
        const RESTORE = 8;
    }
}

/// [MS-DTYP] 2.5.2 Token: on whose behalf something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The user, who owns what is made.
    pub user: Sid,
    /// Every group that counts, the well-known ones among them.
    pub groups: Vec<Sid>,
    /// The group of what is made.
    pub primary_group: Sid,
    /// What descriptors do not decide.
    pub privileges: Privileges,
}

impl Token {
    /// The server itself: nothing is kept from it but by descriptors that deny it.
    #[must_use]
    pub fn system() -> Self {
        Self {
            user: Sid::local_system(),
            groups: vec![Sid::administrators(), Sid::everyone(), Sid::authenticated_users()],
            primary_group: Sid::local_system(),
            privileges: Privileges::all(),
        }
    }

    /// [MS-DTYP] 2.5.3.1.1 SidInToken.
    #[must_use]
    pub fn has(&self, sid: &Sid) -> bool {
        self.user == *sid || self.groups.contains(sid)
    }
}

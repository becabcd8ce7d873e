use bitflags::bitflags;
use lanward_nt::security::Privileges;
use std::collections::BTreeSet;

/// [MS-LSAD] 3.1.1.2.1: a privilege by its three names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Privilege {
    /// The locally unique identifier; its high part is 0.
    pub luid: u32,
    /// What programs call it.
    pub name: &'static str,
    /// What people read.
    pub display_name: &'static str,
}

const fn privilege(luid: u32, name: &'static str, display_name: &'static str) -> Privilege {
    Privilege { luid, name, display_name }
}

/// Every privilege that can be assigned ([MS-LSAD] 3.1.1.2.1), by identifier.
pub const PRIVILEGES: [Privilege; 34] = [
    privilege(2, "SeCreateTokenPrivilege", "Create a token object"),
    privilege(3, "SeAssignPrimaryTokenPrivilege", "Replace a process-level token"),
    privilege(4, "SeLockMemoryPrivilege", "Lock pages in memory"),
    privilege(5, "SeIncreaseQuotaPrivilege", "Adjust memory quotas for a process"),
    privilege(6, "SeMachineAccountPrivilege", "Add workstations to domain"),
    privilege(7, "SeTcbPrivilege", "Act as part of the operating system"),
    privilege(8, "SeSecurityPrivilege", "Manage auditing and security log"),
    privilege(9, "SeTakeOwnershipPrivilege", "Take ownership of files or other objects"),
    privilege(10, "SeLoadDriverPrivilege", "Load and unload device drivers"),
    privilege(11, "SeSystemProfilePrivilege", "Profile system performance"),
    privilege(12, "SeSystemtimePrivilege", "Change system time"),
    privilege(13, "SeProfileSingleProcessPrivilege", "Profile single process"),
    privilege(14, "SeIncreaseBasePriorityPrivilege", "Increase scheduling priority"),
    privilege(15, "SeCreatePagefilePrivilege", "Create a page file"),
    privilege(16, "SeCreatePermanentPrivilege", "Create permanent shared objects"),
    privilege(17, "SeBackupPrivilege", "Back up files and directories"),
    privilege(18, "SeRestorePrivilege", "Restore files and directories"),
    privilege(19, "SeShutdownPrivilege", "Shut down the system"),
    privilege(20, "SeDebugPrivilege", "Debug programs"),
    privilege(21, "SeAuditPrivilege", "Generate security audits"),
    privilege(22, "SeSystemEnvironmentPrivilege", "Modify firmware environment values"),
    privilege(23, "SeChangeNotifyPrivilege", "Bypass traverse checking"),
    privilege(24, "SeRemoteShutdownPrivilege", "Force shutdown from a remote system"),
    privilege(25, "SeUndockPrivilege", "Remove computer from docking station"),
    privilege(26, "SeSyncAgentPrivilege", "Synchronize directory service data"),
    privilege(
        27,
        "SeEnableDelegationPrivilege",
        "Enable computer and user accounts to be trusted for delegation",
    ),
    privilege(28, "SeManageVolumePrivilege", "Manage the files on a volume"),
    privilege(29, "SeImpersonatePrivilege", "Impersonate a client after authentication"),
    privilege(30, "SeCreateGlobalPrivilege", "Create global objects"),
    privilege(31, "SeTrustedCredManAccessPrivilege", "Access Credential Manager as a trusted caller"),
    privilege(32, "SeRelabelPrivilege", "Modify an object label"),
    privilege(33, "SeIncreaseWorkingSetPrivilege", "Increase a process working set"),
    privilege(34, "SeTimeZonePrivilege", "Change time zone"),
    privilege(35, "SeCreateSymbolicLinkPrivilege", "Create symbolic links"),
];

/// The privilege with this identifier.
#[must_use]
pub fn privilege_by_luid(luid: u32) -> Option<&'static Privilege> {
    PRIVILEGES.iter().find(|p| p.luid == luid)
}

/// The privilege of this name, whatever its case.
#[must_use]
pub fn privilege_by_name(name: &str) -> Option<&'static Privilege> {
    PRIVILEGES.iter().find(|p| p.name.eq_ignore_ascii_case(name))
}

bitflags! {
    /// [MS-LSAD] 3.1.1.2.2 System Access Rights: how an account may come in.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct SystemAccess: u32 {
        /// SeInteractiveLogonRight
        const INTERACTIVE = 0x001;
        /// SeNetworkLogonRight
        const NETWORK = 0x002;
        /// SeBatchLogonRight
        const BATCH = 0x004;
        /// SeServiceLogonRight
        const SERVICE = 0x010;
        /// SeDenyInteractiveLogonRight
        const DENY_INTERACTIVE = 0x040;
        /// SeDenyNetworkLogonRight
        const DENY_NETWORK = 0x080;
        /// SeDenyBatchLogonRight
        const DENY_BATCH = 0x100;
        /// SeDenyServiceLogonRight
        const DENY_SERVICE = 0x200;
        /// SeRemoteInteractiveLogonRight
        const REMOTE_INTERACTIVE = 0x400;
        /// SeDenyRemoteInteractiveLogonRight
        const DENY_REMOTE_INTERACTIVE = 0x800;
    }
}

const SYSTEM_ACCESS: [(SystemAccess, &str); 10] = [
    (SystemAccess::INTERACTIVE, "SeInteractiveLogonRight"),
    (SystemAccess::NETWORK, "SeNetworkLogonRight"),
    (SystemAccess::BATCH, "SeBatchLogonRight"),
    (SystemAccess::SERVICE, "SeServiceLogonRight"),
    (SystemAccess::DENY_INTERACTIVE, "SeDenyInteractiveLogonRight"),
    (SystemAccess::DENY_NETWORK, "SeDenyNetworkLogonRight"),
    (SystemAccess::DENY_BATCH, "SeDenyBatchLogonRight"),
    (SystemAccess::DENY_SERVICE, "SeDenyServiceLogonRight"),
    (SystemAccess::REMOTE_INTERACTIVE, "SeRemoteInteractiveLogonRight"),
    (SystemAccess::DENY_REMOTE_INTERACTIVE, "SeDenyRemoteInteractiveLogonRight"),
];

impl SystemAccess {
    /// The right of this name, whatever its case.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        SYSTEM_ACCESS.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(right, _)| *right)
    }

    /// The names of these rights.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        SYSTEM_ACCESS.iter().filter(move |(right, _)| self.contains(*right)).map(|(_, name)| *name)
    }
}

/// What an account may do beside what descriptors say: an account object of [MS-LSAD] 3.1.1.3.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rights {
    /// Identifiers of privileges.
    pub privileges: BTreeSet<u32>,
    /// How it may come in.
    pub system_access: SystemAccess,
}

impl Rights {
    /// The privileges and rights by name.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let privileges = self.privileges.iter().filter_map(|luid| privilege_by_luid(*luid));
        privileges.map(|p| p.name).chain(self.system_access.names()).collect()
    }

    /// Whether neither is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.privileges.is_empty() && self.system_access.is_empty()
    }

    /// Those privileges that decide about files.
    #[must_use]
    pub fn file_privileges(&self) -> Privileges {
        let meaning = [
            (8, Privileges::SECURITY),
            (9, Privileges::TAKE_OWNERSHIP),
            (17, Privileges::BACKUP),
            (18, Privileges::RESTORE),
        ];
        let held = meaning.into_iter().filter(|(luid, _)| self.privileges.contains(luid));
        held.map(|(_, privilege)| privilege).fold(Privileges::empty(), Privileges::union)
    }
}

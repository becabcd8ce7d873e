use bitflags::bitflags;

bitflags! {
    /// [MS-SAMR] 2.2.1.12 USER_ACCOUNT Codes: of what kind an account is. Unknown bits are not kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
    pub struct AccountControl: u32 {
        /// USER_ACCOUNT_DISABLED
        const DISABLED = 0x0000_0001;
        /// USER_HOME_DIRECTORY_REQUIRED
        const HOME_DIRECTORY_REQUIRED = 0x0000_0002;
        /// USER_PASSWORD_NOT_REQUIRED
        const PASSWORD_NOT_REQUIRED = 0x0000_0004;
        /// USER_TEMP_DUPLICATE_ACCOUNT
        const TEMP_DUPLICATE = 0x0000_0008;
        /// USER_NORMAL_ACCOUNT
        const NORMAL = 0x0000_0010;
        /// USER_WORKSTATION_TRUST_ACCOUNT
        const WORKSTATION_TRUST = 0x0000_0080;
        /// USER_SERVER_TRUST_ACCOUNT
        const SERVER_TRUST = 0x0000_0100;
        /// USER_DONT_EXPIRE_PASSWORD
        const DONT_EXPIRE_PASSWORD = 0x0000_0200;
        /// USER_ACCOUNT_AUTO_LOCKED: computed, never kept
        const AUTO_LOCKED = 0x0000_0400;
        /// USER_SMARTCARD_REQUIRED
        const SMARTCARD_REQUIRED = 0x0000_1000;
        /// USER_NOT_DELEGATED
        const NOT_DELEGATED = 0x0000_4000;
        /// USER_PASSWORD_EXPIRED: computed, never kept
        const PASSWORD_EXPIRED = 0x0002_0000;
    }
}

impl AccountControl {
    /// What can be computed only, so is not kept.
    pub const COMPUTED: Self = Self::AUTO_LOCKED.union(Self::PASSWORD_EXPIRED);
}

impl Default for AccountControl {
    fn default() -> Self {
        Self::NORMAL
    }
}

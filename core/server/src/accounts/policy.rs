use bitflags::bitflags;
use core::time::Duration;
use lanward_nt::NtString;

bitflags! {
    /// [MS-SAMR] 2.2.3.5 DOMAIN_PASSWORD_INFORMATION, PasswordProperties. Unknown bits are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct PasswordProperties: u32 {
        /// DOMAIN_PASSWORD_COMPLEX
        const COMPLEX = 0x01;
        /// DOMAIN_PASSWORD_NO_ANON_CHANGE: only who is signed in may change a password.
        const NO_ANON_CHANGE = 0x02;
        /// DOMAIN_PASSWORD_NO_CLEAR_CHANGE
        const NO_CLEAR_CHANGE = 0x04;
        /// DOMAIN_LOCKOUT_ADMINS
        const LOCKOUT_ADMINS = 0x08;
        /// DOMAIN_PASSWORD_STORE_CLEARTEXT: kept as it was given and never acted on.
        const STORE_CLEARTEXT = 0x10;
        /// DOMAIN_REFUSE_PASSWORD_CHANGE
        const REFUSE_CHANGE = 0x20;
        const _ = !0;
    }
}

/// What is asked of passwords, and what happens to those who guess them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainPolicy {
    /// Fewest characters of a password that is set over the network.
    pub min_password_length: u16,
    /// So many earlier passwords cannot be used again.
    pub password_history: u16,
    /// PasswordProperties
    pub properties: PasswordProperties,
    /// After how long a password must be changed; `None` for never.
    pub max_password_age: Option<Duration>,
    /// How long a password must be kept.
    pub min_password_age: Duration,
    /// So many wrong passwords lock an account; 0 for never.
    pub lockout_threshold: u16,
    /// How long it stays locked; `None` until somebody unlocks it.
    pub lockout_duration: Option<Duration>,
    /// After how long without wrong passwords counting begins anew.
    pub lockout_window: Duration,
    /// How long after the end of its hours a user is signed off; `None` for never.
    pub force_logoff: Option<Duration>,
    /// OemInformation: what people say of the domain.
    pub comment: NtString,
}

/// How long wrong passwords are remembered, and lock.
const LOCKOUT: Duration = Duration::from_secs(10 * 60);

impl Default for DomainPolicy {
    fn default() -> Self {
        Self {
            min_password_length: 8,
            password_history: 0,
            properties: PasswordProperties::default(),
            max_password_age: None,
            min_password_age: Duration::ZERO,
            lockout_threshold: 10,
            lockout_duration: Some(LOCKOUT),
            lockout_window: LOCKOUT,
            force_logoff: None,
            comment: NtString::default(),
        }
    }
}

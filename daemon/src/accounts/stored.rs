//! How accounts are written down, as JSON. What is left out has its default, so that older files can be read; secrets are elsewhere.

use lanward_nt::{FileTime, NtString, Sid};
use lanward_server::{
    AccountControl, Alias, AliasDomain, DomainPolicy, Group, LogonHours, PasswordProperties, RID_NONE,
    Rights, SystemAccess, UserAccount,
};
use serde::{Deserialize, Serialize};
use std::net::Ipv4Addr;
use std::time::Duration;

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct StoredUser {
    name: String,
    /// Of stores that have no aliases yet.
    #[serde(default, skip_serializing)]
    pub(super) admin: bool,
    /// Of stores that keep no control bits.
    #[serde(default, skip_serializing)]
    disabled: bool,
    control: Option<u32>,
    #[serde(default, skip_serializing_if = "is_default")]
    full_name: String,
    #[serde(default, skip_serializing_if = "is_default")]
    comment: String,
    #[serde(default, skip_serializing_if = "is_default")]
    user_comment: String,
    #[serde(default, skip_serializing_if = "is_default")]
    home_directory: String,
    #[serde(default, skip_serializing_if = "is_default")]
    home_drive: String,
    #[serde(default, skip_serializing_if = "is_default")]
    script_path: String,
    #[serde(default, skip_serializing_if = "is_default")]
    profile_path: String,
    #[serde(default, skip_serializing_if = "is_default")]
    workstations: String,
    /// UTF-16 code units: clients keep what is no text there.
    #[serde(default, skip_serializing_if = "is_default")]
    parameters: Vec<u16>,
    #[serde(default, skip_serializing_if = "is_default")]
    password_set: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    must_change: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    expires: Option<u64>,
    #[serde(default, skip_serializing_if = "is_default")]
    primary_group: Option<u32>,
    #[serde(default, skip_serializing_if = "is_default")]
    logon_hours: Option<[u8; 21]>,
    #[serde(default, skip_serializing_if = "is_default")]
    country: u16,
    #[serde(default, skip_serializing_if = "is_default")]
    code_page: u16,
    #[serde(default, skip_serializing_if = "is_default")]
    dial_in: bool,
    #[serde(default, skip_serializing_if = "is_default")]
    dial_in_address: Option<Ipv4Addr>,
}

impl StoredUser {
    pub(super) fn new(user: &UserAccount) -> Self {
        let text = NtString::to_string_lossy;
        Self {
            name: text(&user.name),
            admin: false,
            disabled: false,
            control: Some(user.control.difference(AccountControl::COMPUTED).bits()),
            full_name: text(&user.full_name),
            comment: text(&user.comment),
            user_comment: text(&user.user_comment),
            home_directory: text(&user.home_directory),
            home_drive: text(&user.home_drive),
            script_path: text(&user.script_path),
            profile_path: text(&user.profile_path),
            workstations: text(&user.workstations),
            parameters: user.parameters.0.clone(),
            password_set: user.password_set.0,
            must_change: user.must_change,
            expires: user.expires.map(|time| time.0),
            primary_group: (user.primary_group != RID_NONE).then_some(user.primary_group),
            logon_hours: (user.logon_hours != LogonHours::default()).then_some(user.logon_hours.0),
            country: user.country,
            code_page: user.code_page,
            dial_in: user.dial_in,
            dial_in_address: user.dial_in_address,
        }
    }

    /// The user, without its password.
    pub(super) fn user(self, rid: u32) -> UserAccount {
        let text = |s: String| NtString::from(s.as_str());
        let mut control = self.control.map_or(AccountControl::NORMAL, AccountControl::from_bits_truncate);
        control.set(AccountControl::DISABLED, self.disabled || control.contains(AccountControl::DISABLED));
        UserAccount {
            full_name: text(self.full_name),
            comment: text(self.comment),
            user_comment: text(self.user_comment),
            home_directory: text(self.home_directory),
            home_drive: text(self.home_drive),
            script_path: text(self.script_path),
            profile_path: text(self.profile_path),
            workstations: text(self.workstations),
            parameters: NtString(self.parameters),
            control,
            password_set: FileTime(self.password_set),
            must_change: self.must_change,
            expires: self.expires.map(FileTime),
            primary_group: self.primary_group.unwrap_or(RID_NONE),
            logon_hours: self.logon_hours.map_or_else(LogonHours::default, LogonHours),
            country: self.country,
            code_page: self.code_page,
            dial_in: self.dial_in,
            dial_in_address: self.dial_in_address,
            ..UserAccount::new(rid, text(self.name))
        }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredGroup {
    name: String,
    #[serde(default)]
    comment: String,
    members: Vec<u32>,
}

impl StoredGroup {
    pub(super) fn new(group: &Group) -> Self {
        Self {
            name: group.name.to_string_lossy(),
            comment: group.comment.to_string_lossy(),
            members: group.members.iter().copied().collect(),
        }
    }

    pub(super) fn group(self, rid: u32) -> Group {
        let (name, comment) = (self.name.as_str().into(), self.comment.as_str().into());
        Group { rid, name, comment, members: self.members.into_iter().collect() }
    }
}

#[derive(Serialize, Deserialize)]
pub(super) struct StoredAlias {
    builtin: bool,
    rid: u32,
    name: String,
    #[serde(default)]
    comment: String,
    members: Vec<String>,
}

impl StoredAlias {
    pub(super) fn new(alias: &Alias) -> Self {
        Self {
            builtin: alias.domain == AliasDomain::Builtin,
            rid: alias.rid,
            name: alias.name.to_string_lossy(),
            comment: alias.comment.to_string_lossy(),
            members: alias.members.iter().map(ToString::to_string).collect(),
        }
    }

    /// Members nobody can read are left out: they would have no rights anyway.
    pub(super) fn alias(self) -> Alias {
        Alias {
            domain: if self.builtin { AliasDomain::Builtin } else { AliasDomain::Account },
            rid: self.rid,
            name: self.name.as_str().into(),
            comment: self.comment.as_str().into(),
            members: self.members.iter().filter_map(|sid| sid.parse::<Sid>().ok()).collect(),
        }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct StoredRights {
    privileges: Vec<u32>,
    system_access: u32,
}

impl StoredRights {
    pub(super) fn new(rights: &Rights) -> Self {
        Self {
            privileges: rights.privileges.iter().copied().collect(),
            system_access: rights.system_access.bits(),
        }
    }

    pub(super) fn rights(self) -> Rights {
        Rights {
            privileges: self.privileges.into_iter().collect(),
            system_access: SystemAccess::from_bits_truncate(self.system_access),
        }
    }
}

/// Times are in seconds.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(super) struct StoredPolicy {
    min_password_length: u16,
    password_history: u16,
    properties: u32,
    max_password_age: Option<u64>,
    min_password_age: u64,
    lockout_threshold: u16,
    lockout_duration: Option<u64>,
    lockout_window: u64,
    force_logoff: Option<u64>,
    comment: String,
}

impl Default for StoredPolicy {
    fn default() -> Self {
        Self::new(&DomainPolicy::default())
    }
}

impl StoredPolicy {
    pub(super) fn new(policy: &DomainPolicy) -> Self {
        let seconds = |span: Option<Duration>| span.map(|span| span.as_secs());
        Self {
            min_password_length: policy.min_password_length,
            password_history: policy.password_history,
            properties: policy.properties.bits(),
            max_password_age: seconds(policy.max_password_age),
            min_password_age: policy.min_password_age.as_secs(),
            lockout_threshold: policy.lockout_threshold,
            lockout_duration: seconds(policy.lockout_duration),
            lockout_window: policy.lockout_window.as_secs(),
            force_logoff: seconds(policy.force_logoff),
            comment: policy.comment.to_string_lossy(),
        }
    }

    pub(super) fn policy(self) -> DomainPolicy {
        let span = Duration::from_secs;
        DomainPolicy {
            min_password_length: self.min_password_length,
            password_history: self.password_history,
            properties: PasswordProperties::from_bits_retain(self.properties),
            max_password_age: self.max_password_age.map(span),
            min_password_age: span(self.min_password_age),
            lockout_threshold: self.lockout_threshold,
            lockout_duration: self.lockout_duration.map(span),
            lockout_window: span(self.lockout_window),
            force_logoff: self.force_logoff.map(span),
            comment: self.comment.as_str().into(),
        }
    }
}

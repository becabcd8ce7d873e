//! [MS-SAMR] 3.1.5.5.5: a user at every level.

use super::objects::directory;
use super::users::find;
use crate::call::Call;
use crate::now;
use crate::operations::Refusal;
use lanward_nt::{FileTime, NtStatus, NtString};
use lanward_rpc::lsarpc::SecurityDescriptorBytes;
use lanward_rpc::samr::{
    LogonHours, QueryUser2Request, QueryUser2Response, QueryUserRequest, QueryUserResponse,
    UserAccountInformation, UserAllInformation, UserGeneralInformation, UserHomeInformation, UserInformation,
    UserLogonInformation, UserNameInformation, UserPreferencesInformation,
};
use lanward_rpc::{ContextHandle, Halves, Text, Varying};
use lanward_server::{AccountControl, Attempt, DomainPolicy, UserAccount};

/// USER_READ_GENERAL
const GENERAL: u32 = 0x001;
/// USER_READ_PREFERENCES
const PREFERENCES: u32 = 0x002;
/// USER_READ_LOGON
const LOGON: u32 = 0x008;
/// USER_READ_ACCOUNT
const ACCOUNT: u32 = 0x010;

/// A time that never comes.
const NEVER: u64 = 0x7fff_ffff_ffff_ffff;

/// WhichFields of everything that is returned: all but passwords, private data and the descriptor ([MS-SAMR] 2.2.1.8).
const ALL_FIELDS: u32 = 0x00ff_ffff;

/// Hours of a week.
const UNITS_PER_WEEK: u16 = 168;

/// [MS-SAMR] 3.1.5.5.6 SamrQueryInformationUser
pub(super) fn query(call: &Call<'_>, request: QueryUserRequest) -> Result<QueryUserResponse, Refusal> {
    let information = Some(information(call, &request.user, request.class.0)?);
    Ok(QueryUserResponse { information, status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.5.5 SamrQueryInformationUser2
pub(super) fn query2(call: &Call<'_>, request: QueryUser2Request) -> Result<QueryUser2Response, Refusal> {
    let information = Some(information(call, &request.user, request.class.0)?);
    Ok(QueryUser2Response { information, status: NtStatus::SUCCESS })
}

fn rights(class: u16) -> Option<u32> {
    Some(match class {
        1 | 6..=9 | 13 => GENERAL,
        2 => GENERAL | PREFERENCES,
        3 | 5 | 21 => GENERAL | PREFERENCES | LOGON | ACCOUNT,
        4 | 10..=12 | 14 => LOGON,
        16 | 17 | 20 => ACCOUNT,
        _ => return None,
    })
}

fn text(string: &NtString) -> Text {
    string.clone().into()
}

/// A user with what is known of it beside its account.
struct View<'a> {
    user: &'a UserAccount,
    attempts: Attempt,
    policy: &'a DomainPolicy,
    now: FileTime,
}

fn information(call: &Call<'_>, handle: &ContextHandle, class: u16) -> Result<UserInformation, Refusal> {
    let rights = rights(class).ok_or(NtStatus::INVALID_INFO_CLASS)?;
    let user = find(call, handle, rights)?;
    let directory = directory(call);
    let attempts = call.caller.server.accounts().attempts(&user);
    let view = View { user: &user, attempts, policy: directory.policy(), now: now() };
    Ok(match class {
        1 => UserInformation::General(Box::new(UserGeneralInformation {
            user_name: text(&user.name),
            full_name: text(&user.full_name),
            primary_group_id: user.primary_group,
            admin_comment: text(&user.comment),
            user_comment: text(&user.user_comment),
        })),
        2 => UserInformation::Preferences(Box::new(UserPreferencesInformation {
            user_comment: text(&user.user_comment),
            reserved: NtString::default().into(),
            country_code: user.country,
            code_page: user.code_page,
        })),
        3 => UserInformation::Logon(Box::new(view.logon())),
        4 => UserInformation::LogonHours(Box::new(view.hours())),
        5 => UserInformation::Account(Box::new(view.account())),
        6 => UserInformation::Name(Box::new(UserNameInformation {
            user_name: text(&user.name),
            full_name: text(&user.full_name),
        })),
        7 => UserInformation::AccountName(Box::new(text(&user.name))),
        8 => UserInformation::FullName(Box::new(text(&user.full_name))),
        9 => UserInformation::PrimaryGroup(Box::new(user.primary_group)),
        10 => UserInformation::Home(Box::new(UserHomeInformation {
            home_directory: text(&user.home_directory),
            home_drive: text(&user.home_drive),
        })),
        11 => UserInformation::Script(Box::new(text(&user.script_path))),
        12 => UserInformation::Profile(Box::new(text(&user.profile_path))),
        13 => UserInformation::AdminComment(Box::new(text(&user.comment))),
        14 => UserInformation::Workstations(Box::new(text(&user.workstations))),
        16 => UserInformation::Control(Box::new(view.control())),
        17 => UserInformation::Expires(Box::new(view.expires())),
        20 => UserInformation::Parameters(Box::new(text(&user.parameters))),
        _ => UserInformation::All(Box::new(view.all())),
    })
}

impl View<'_> {
    fn hours(&self) -> LogonHours {
        LogonHours { units_per_week: UNITS_PER_WEEK, hours: Some(Varying(self.user.logon_hours.0.to_vec())) }
    }

    fn control(&self) -> u32 {
        let mut control = self.user.control;
        control.set(AccountControl::AUTO_LOCKED, self.attempts.is_locked(self.policy, self.now));
        let expired = self.user.password_ends(self.policy).is_some_and(|end| end <= self.now);
        control.set(AccountControl::PASSWORD_EXPIRED, expired);
        control.bits()
    }

    fn expires(&self) -> Halves {
        Halves(self.user.expires.map_or(NEVER, |time| time.0))
    }

    fn can_change(&self) -> Halves {
        let earliest = u64::try_from(self.policy.min_password_age.as_nanos() / 100).unwrap_or(NEVER);
        Halves(self.user.password_set.0.saturating_add(earliest))
    }

    fn must_change(&self) -> Halves {
        Halves(self.user.password_ends(self.policy).map_or(NEVER, |time| time.0))
    }

    /// 0 where the password must be changed ([MS-SAMR] 3.1.5.14.7).
    fn password_set(&self) -> Halves {
        Halves(if self.user.must_change { 0 } else { self.user.password_set.0 })
    }

    fn logon(&self) -> UserLogonInformation {
        let user = self.user;
        UserLogonInformation {
            user_name: text(&user.name),
            full_name: text(&user.full_name),
            user_id: user.rid,
            primary_group_id: user.primary_group,
            home_directory: text(&user.home_directory),
            home_drive: text(&user.home_drive),
            script_path: text(&user.script_path),
            profile_path: text(&user.profile_path),
            workstations: text(&user.workstations),
            last_logon: Halves(self.attempts.last_logon.0),
            last_logoff: Halves(0),
            password_last_set: self.password_set(),
            password_can_change: self.can_change(),
            password_must_change: self.must_change(),
            logon_hours: self.hours(),
            bad_password_count: self.attempts.bad_passwords,
            logon_count: self.attempts.logons,
            control: self.control(),
        }
    }

    fn account(&self) -> UserAccountInformation {
        let user = self.user;
        UserAccountInformation {
            user_name: text(&user.name),
            full_name: text(&user.full_name),
            user_id: user.rid,
            primary_group_id: user.primary_group,
            home_directory: text(&user.home_directory),
            home_drive: text(&user.home_drive),
            script_path: text(&user.script_path),
            profile_path: text(&user.profile_path),
            admin_comment: text(&user.comment),
            workstations: text(&user.workstations),
            last_logon: Halves(self.attempts.last_logon.0),
            last_logoff: Halves(0),
            logon_hours: self.hours(),
            bad_password_count: self.attempts.bad_passwords,
            logon_count: self.attempts.logons,
            password_last_set: self.password_set(),
            account_expires: self.expires(),
            control: self.control(),
        }
    }

    fn all(&self) -> UserAllInformation {
        let user = self.user;
        let expired = self.user.password_ends(self.policy).is_some_and(|end| end <= self.now);
        UserAllInformation {
            last_logon: Halves(self.attempts.last_logon.0),
            last_logoff: Halves(0),
            password_last_set: self.password_set(),
            account_expires: self.expires(),
            password_can_change: self.can_change(),
            password_must_change: self.must_change(),
            user_name: text(&user.name),
            full_name: text(&user.full_name),
            home_directory: text(&user.home_directory),
            home_drive: text(&user.home_drive),
            script_path: text(&user.script_path),
            profile_path: text(&user.profile_path),
            admin_comment: text(&user.comment),
            workstations: text(&user.workstations),
            user_comment: text(&user.user_comment),
            parameters: text(&user.parameters),
            lm_owf_password: Text(None),
            nt_owf_password: Text(None),
            private_data: Text(None),
            security_descriptor: SecurityDescriptorBytes { length: 0, descriptor: None },
            user_id: user.rid,
            primary_group_id: user.primary_group,
            control: self.control(),
            fields: ALL_FIELDS,
            logon_hours: self.hours(),
            bad_password_count: self.attempts.bad_passwords,
            logon_count: self.attempts.logons,
            country_code: user.country,
            code_page: user.code_page,
            lm_password_present: 0,
            nt_password_present: 0,
            password_expired: u8::from(expired),
            private_data_sensitive: 0,
        }
    }
}

//! [MS-SAMR] 3.1.5.13.7: passwords of applications, judged by the policy of this server. Nothing is kept.

use super::objects::directory;
use crate::call::Call;
use crate::now;
use crate::operations::Refusal;
use lanward_nt::{FileTime, NtStatus};
use lanward_rpc::samr::{
    PersistedFields, ValidateAuthentication, ValidateChange, ValidateInput, ValidateOutput, ValidateOutputs,
    ValidatePasswordRequest, ValidatePasswordResponse, ValidateReset,
};
use lanward_rpc::{Counted, Enumeration};
use lanward_server::{Act, DomainPolicy, PasswordProperties, check_complexity};
use std::time::Duration;

/// SAM_VALIDATE_VALIDATION_STATUS ([MS-SAMR] 2.2.9.3)
const SUCCESS: u16 = 0;
const MUST_CHANGE: u16 = 1;
const LOCKED: u16 = 2;
const EXPIRED: u16 = 3;
const WRONG: u16 = 4;
const TOO_SHORT: u16 = 6;
const NOT_COMPLEX: u16 = 9;
const IN_HISTORY: u16 = 8;
const TOO_RECENT: u16 = 10;

/// PresentFields ([MS-SAMR] 2.2.9.2)
const PASSWORD_LAST_SET: u32 = 0x01;
const BAD_PASSWORD_TIME: u32 = 0x02;
const LOCKOUT_TIME: u32 = 0x04;
const BAD_PASSWORD_COUNT: u32 = 0x08;
const HISTORY: u32 = 0x20;

/// [MS-SAMR] 3.1.5.13.7 SamrValidatePassword
pub(super) fn validate(
    call: &Call<'_>,
    request: ValidatePasswordRequest,
) -> Result<ValidatePasswordResponse, Refusal> {
    call.caller.may(Act::ListAccounts)?;
    if request.kind.0 != request.input.level() {
        return Err(NtStatus::INVALID_PARAMETER.into());
    }
    let directory = directory(call);
    let judge = Judge { policy: directory.policy(), now: now() };
    let output = match request.input {
        ValidateInput::Authentication(input) => {
            ValidateOutputs::Authentication(Box::new(judge.authentication(&input)))
        }
        ValidateInput::Change(input) => ValidateOutputs::Change(Box::new(judge.change(&input))),
        ValidateInput::Reset(input) => ValidateOutputs::Reset(Box::new(judge.reset(&input))),
    };
    Ok(ValidatePasswordResponse { output: Some(output), status: NtStatus::SUCCESS })
}

struct Judge<'a> {
    policy: &'a DomainPolicy,
    now: FileTime,
}

/// Nothing that has to be kept.
const fn nothing() -> PersistedFields {
    PersistedFields {
        present: 0,
        password_last_set: 0,
        bad_password_time: 0,
        lockout_time: 0,
        bad_password_count: 0,
        history_length: 0,
        history: None,
    }
}

const fn output(validation: u16, changed: PersistedFields) -> ValidateOutput {
    ValidateOutput { changed, validation: Enumeration(validation) }
}

fn ticks(span: Duration) -> u64 {
    u64::try_from(span.as_nanos() / 100).unwrap_or(u64::MAX)
}

impl Judge<'_> {
    fn is_locked(&self, fields: &PersistedFields) -> bool {
        let until = self.policy.lockout_duration.map(|span| fields.lockout_time.saturating_add(ticks(span)));
        fields.lockout_time != 0 && until.is_none_or(|until| self.now.0 < until)
    }

    /// 3.1.5.13.7.1
    fn authentication(&self, input: &ValidateAuthentication) -> ValidateOutput {
        let fields = &input.fields;
        if self.is_locked(fields) {
            return output(LOCKED, nothing());
        }
        if input.password_matched == 0 {
            return output(WRONG, self.counted(fields));
        }
        if fields.password_last_set == 0 {
            return output(MUST_CHANGE, nothing());
        }
        let ends =
            self.policy.max_password_age.map(|age| fields.password_last_set.saturating_add(ticks(age)));
        if ends.is_some_and(|end| end <= self.now.0) {
            return output(EXPIRED, nothing());
        }
        let cleared = PersistedFields { present: BAD_PASSWORD_COUNT, ..nothing() };
        output(SUCCESS, if fields.bad_password_count > 0 { cleared } else { nothing() })
    }

    /// One more wrong password.
    fn counted(&self, fields: &PersistedFields) -> PersistedFields {
        let window = ticks(self.policy.lockout_window);
        // Without a window nothing is forgotten until a right one comes.
        let anew = window > 0 && fields.bad_password_time.saturating_add(window) <= self.now.0;
        let count = if anew { 1 } else { fields.bad_password_count.saturating_add(1) };
        let threshold = u32::from(self.policy.lockout_threshold);
        let locks = threshold > 0 && count >= threshold;
        let lockout = if locks { LOCKOUT_TIME } else { 0 };
        PersistedFields {
            present: BAD_PASSWORD_TIME | BAD_PASSWORD_COUNT | lockout,
            bad_password_time: self.now.0,
            bad_password_count: count,
            lockout_time: if locks { self.now.0 } else { 0 },
            ..nothing()
        }
    }

    /// 3.1.5.13.7.2
    fn change(&self, input: &ValidateChange) -> ValidateOutput {
        let fields = &input.fields;
        if self.is_locked(fields) {
            return output(LOCKED, nothing());
        }
        if input.password_matched == 0 {
            return output(WRONG, self.counted(fields));
        }
        let earliest = fields.password_last_set.saturating_add(ticks(self.policy.min_password_age));
        if fields.password_last_set != 0 && self.now.0 < earliest {
            return output(TOO_RECENT, nothing());
        }
        match self.password(&input.password, &input.account, &input.hashed_password, fields) {
            Some(fault) => output(fault, nothing()),
            None => output(SUCCESS, self.taken(&input.hashed_password, fields, 0)),
        }
    }

    /// 3.1.5.13.7.3
    fn reset(&self, input: &ValidateReset) -> ValidateOutput {
        match self.password(&input.password, &input.account, &input.hashed_password, &input.fields) {
            Some(fault) => output(fault, nothing()),
            None => {
                let unlocked = if input.clear_lockout != 0 { LOCKOUT_TIME } else { 0 };
                let mut changed = self.taken(&input.hashed_password, &input.fields, unlocked);
                if input.must_change != 0 {
                    changed.password_last_set = 0;
                }
                output(SUCCESS, changed)
            }
        }
    }

    /// What is wrong with a password.
    fn password(
        &self,
        password: &lanward_rpc::Text,
        account: &lanward_rpc::Text,
        hashed: &Counted<u8>,
        fields: &PersistedFields,
    ) -> Option<u16> {
        let password = password.string();
        if password.units().len() < usize::from(self.policy.min_password_length) {
            return Some(TOO_SHORT);
        }
        let complex = self.policy.properties.contains(PasswordProperties::COMPLEX);
        if complex && !check_complexity(&password, &account.string(), &"".into()) {
            return Some(NOT_COMPLEX);
        }
        let remembered = fields.history.iter().flatten().take(usize::from(self.policy.password_history));
        (!hashed.0.is_empty() && remembered.into_iter().any(|earlier| earlier == hashed))
            .then_some(IN_HISTORY)
    }

    /// What has to be kept when a password is taken.
    fn taken(&self, hashed: &Counted<u8>, fields: &PersistedFields, present: u32) -> PersistedFields {
        let remembered = usize::from(self.policy.password_history);
        let earlier = fields.history.iter().flatten();
        let history: Vec<_> = std::iter::once(hashed).chain(earlier).take(remembered).cloned().collect();
        let keeps = if history.is_empty() { 0 } else { HISTORY };
        PersistedFields {
            present: PASSWORD_LAST_SET | keeps | present,
            password_last_set: self.now.0,
            history_length: u32::try_from(history.len()).unwrap_or(0),
            history: (!history.is_empty()).then_some(history),
            ..nothing()
        }
    }
}

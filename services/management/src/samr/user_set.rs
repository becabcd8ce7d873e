//! [MS-SAMR] 3.1.5.6.4: changing a user at every level that can be changed.

use super::secret_buffers::{Password, with_aes, with_key, with_salted_key};
use super::users::find;
use crate::call::Call;
use crate::now;
use crate::operations::{Refusal, change};
use lanward_auth::{NtHash, sam};
use lanward_nt::{FileTime, NtStatus, NtString};
use lanward_rpc::ContextHandle;
use lanward_rpc::samr::{
    LogonHours, SetUser2Request, SetUser2Response, SetUserRequest, SetUserResponse, UserAllInformation,
    UserInformation,
};
use lanward_server::{AccountControl, UserAccount};

/// USER_WRITE_PREFERENCES
const WRITE_PREFERENCES: u32 = 0x004;
/// USER_WRITE_ACCOUNT
const WRITE_ACCOUNT: u32 = 0x020;
/// USER_FORCE_PASSWORD_CHANGE
const FORCE_PASSWORD_CHANGE: u32 = 0x080;

/// Times from here on mean never ([MS-SAMR] 3.1.1.8.4).
const NEVER: u64 = 0x7fff_ffff_ffff_ffff;

/// What becomes of a user.
type Edit = Box<dyn FnOnce(&mut UserAccount) -> Result<(), NtStatus> + Send>;

/// A new password, in the clear or as its hash.
enum NewPassword {
    Clear(Password),
    Hash(NtHash),
}

/// All that one call changes.
#[derive(Default)]
struct Wishes {
    edits: Vec<Edit>,
    password: Option<NewPassword>,
    must_change: Option<bool>,
    unlock: bool,
}

/// [MS-SAMR] 3.1.5.6.5 SamrSetInformationUser
pub(super) async fn set(call: &Call<'_>, request: SetUserRequest) -> Result<SetUserResponse, Refusal> {
    set_user(call, &request.user, request.class.0, request.information).await?;
    Ok(SetUserResponse { status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.6.4 SamrSetInformationUser2
pub(super) async fn set2(call: &Call<'_>, request: SetUser2Request) -> Result<SetUser2Response, Refusal> {
    set_user(call, &request.user, request.class.0, request.information).await?;
    Ok(SetUser2Response { status: NtStatus::SUCCESS })
}

async fn set_user(
    call: &Call<'_>,
    handle: &ContextHandle,
    class: u16,
    information: UserInformation,
) -> Result<(), Refusal> {
    if class != information.level() {
        return Err(NtStatus::INVALID_INFO_CLASS.into());
    }
    let user = find(call, handle, rights(&information)?)?;
    let wishes = wishes(call, information)?;
    let (rid, unlock) = (user.rid, wishes.unlock);
    let what = if wishes.password.is_some() { "password set" } else { "account changed" };
    let now = now();
    change(call, what, user.name.to_string_lossy(), move |draft| {
        // First: who is switched on by the same call has it then.
        if let Some(password) = wishes.password {
            let (text, hash) = match &password {
                NewPassword::Clear(password) => (Some(password.text()), password.hash()),
                NewPassword::Hash(hash) => (None, hash.clone()),
            };
            let directory = draft.directory();
            let account = directory.user(rid).ok_or(NtStatus::NO_SUCH_USER)?;
            directory.judge_password(account, text, &hash).map_err(|_| NtStatus::PASSWORD_RESTRICTION)?;
            draft.set_password(rid, hash, now)?;
        }
        let mut outcome = Ok(());
        draft.update_user(rid, |user| {
            outcome = wishes.edits.into_iter().try_for_each(|edit| edit(user));
        })?;
        outcome?;
        if let Some(must_change) = wishes.must_change {
            draft.update_user(rid, |user| user.must_change = must_change)?;
        }
        Ok(())
    })
    .await?;
    if unlock {
        call.caller.server.accounts().unlock(rid);
    }
    Ok(())
}

fn rights(information: &UserInformation) -> Result<u32, NtStatus> {
    Ok(match information {
        UserInformation::Preferences(_) => WRITE_PREFERENCES,
        UserInformation::LogonHours(_)
        | UserInformation::Name(_)
        | UserInformation::AccountName(_)
        | UserInformation::FullName(_)
        | UserInformation::PrimaryGroup(_)
        | UserInformation::Home(_)
        | UserInformation::Script(_)
        | UserInformation::Profile(_)
        | UserInformation::AdminComment(_)
        | UserInformation::Workstations(_)
        | UserInformation::Control(_)
        | UserInformation::Expires(_)
        | UserInformation::Parameters(_) => WRITE_ACCOUNT,
        UserInformation::Internal1(_)
        | UserInformation::Internal5(_)
        | UserInformation::Internal5New(_)
        | UserInformation::Internal7(_) => FORCE_PASSWORD_CHANGE,
        UserInformation::All(all) => fields::rights(all.fields)?,
        UserInformation::Internal4(new) => fields::rights(new.all.fields)?,
        UserInformation::Internal4New(new) => fields::rights(new.all.fields)?,
        UserInformation::Internal8(new) => fields::rights(new.all.fields)?,
        // 3.1.5.6.4: these are for looking only.
        UserInformation::General(_) | UserInformation::Logon(_) | UserInformation::Account(_) => {
            return Err(NtStatus::INVALID_INFO_CLASS);
        }
    })
}

fn edit(change: impl FnOnce(&mut UserAccount) + Send + 'static) -> Edit {
    Box::new(move |user| {
        change(user);
        Ok(())
    })
}

fn wishes(call: &Call<'_>, information: UserInformation) -> Result<Wishes, NtStatus> {
    let edits = |edits| Ok(Wishes { edits, ..Wishes::default() });
    let with_password = |password, expired: u8| {
        let password = Some(NewPassword::Clear(password));
        Ok(Wishes { password, must_change: Some(expired != 0), ..Wishes::default() })
    };
    match information {
        UserInformation::Preferences(new) => edits(vec![edit(move |user| {
            user.user_comment = new.user_comment.string();
            (user.country, user.code_page) = (new.country_code, new.code_page);
        })]),
        UserInformation::LogonHours(hours) => edits(vec![logon_hours(&hours)?]),
        UserInformation::Name(new) => edits(vec![edit(move |user| {
            (user.name, user.full_name) = (new.user_name.string(), new.full_name.string());
        })]),
        UserInformation::AccountName(new) => edits(vec![edit(move |user| user.name = new.string())]),
        UserInformation::FullName(new) => edits(vec![edit(move |user| user.full_name = new.string())]),
        UserInformation::PrimaryGroup(new) => edits(vec![edit(move |user| user.primary_group = *new)]),
        UserInformation::Home(new) => edits(vec![edit(move |user| {
            (user.home_directory, user.home_drive) = (new.home_directory.string(), new.home_drive.string());
        })]),
        UserInformation::Script(new) => edits(vec![edit(move |user| user.script_path = new.string())]),
        UserInformation::Profile(new) => edits(vec![edit(move |user| user.profile_path = new.string())]),
        UserInformation::AdminComment(new) => edits(vec![edit(move |user| user.comment = new.string())]),
        UserInformation::Workstations(new) => edits(vec![edit(move |user| user.workstations = new.string())]),
        UserInformation::Parameters(new) => edits(vec![edit(move |user| user.parameters = new.string())]),
        UserInformation::Control(bits) => {
            let (change, unlock) = control(*bits)?;
            Ok(Wishes { edits: vec![change], unlock, ..Wishes::default() })
        }
        UserInformation::Expires(time) => edits(vec![expires(time.0)]),
        UserInformation::Internal1(new) => {
            let key = call.session_key()?;
            let hash = sam::decrypt_hash(&new.nt_owf, key.expose());
            let password = (new.nt_present != 0).then_some(NewPassword::Hash(hash));
            Ok(Wishes { password, must_change: Some(new.password_expired != 0), ..Wishes::default() })
        }
        UserInformation::Internal5(new) => {
            with_password(with_key(&new.password, call.session_key()?.expose())?, new.password_expired)
        }
        UserInformation::Internal5New(new) => {
            with_password(with_salted_key(&new.password, &call.session_key()?)?, new.password_expired)
        }
        UserInformation::Internal7(new) => {
            with_password(with_aes(&new.password, call.session_key()?.expose())?, new.password_expired)
        }
        UserInformation::All(all) => fields::wishes(call, &all, None),
        UserInformation::Internal4(new) => {
            let open = |call: &Call<'_>| with_key(&new.password, call.session_key()?.expose());
            fields::wishes(call, &new.all, Some(&open))
        }
        UserInformation::Internal4New(new) => {
            let open = |call: &Call<'_>| with_salted_key(&new.password, &call.session_key()?);
            fields::wishes(call, &new.all, Some(&open))
        }
        UserInformation::Internal8(new) => {
            let open = |call: &Call<'_>| with_aes(&new.password, call.session_key()?.expose());
            fields::wishes(call, &new.all, Some(&open))
        }
        UserInformation::General(_) | UserInformation::Logon(_) | UserInformation::Account(_) => {
            Err(NtStatus::INVALID_INFO_CLASS)
        }
    }
}

fn expires(time: u64) -> Edit {
    let expires = (time != 0 && time < NEVER).then_some(FileTime(time));
    edit(move |user| user.expires = expires)
}

/// The hours of a week; no bits are all of them.
fn logon_hours(hours: &LogonHours) -> Result<Edit, NtStatus> {
    const WEEK: u16 = 168;
    let bytes = match &hours.hours {
        None => return Ok(edit(|user| user.logon_hours = lanward_server::LogonHours::default())),
        Some(hours) if hours.0.is_empty() => {
            return Ok(edit(|user| user.logon_hours = lanward_server::LogonHours::default()));
        }
        Some(hours) => &hours.0,
    };
    let bytes: [u8; 21] = bytes.as_slice().try_into().map_err(|_| NtStatus::INVALID_PARAMETER)?;
    if hours.units_per_week != WEEK {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    Ok(edit(move |user| user.logon_hours = lanward_server::LogonHours(bytes)))
}

/// New control bits, and whether they unlock. The kind of an account stays.
fn control(bits: u32) -> Result<(Edit, bool), NtStatus> {
    let control = AccountControl::from_bits_truncate(bits);
    let others =
        AccountControl::WORKSTATION_TRUST | AccountControl::SERVER_TRUST | AccountControl::TEMP_DUPLICATE;
    if !control.contains(AccountControl::NORMAL) || control.intersects(others) {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    let unlock = !control.contains(AccountControl::AUTO_LOCKED);
    let change: Edit = Box::new(move |user| {
        let enabling = user.is_disabled() && !control.contains(AccountControl::DISABLED);
        // 3.1.1.7: nobody signs in without a password where the policy asks for one.
        if enabling && user.hash.is_none() && !control.contains(AccountControl::PASSWORD_NOT_REQUIRED) {
            return Err(NtStatus::PASSWORD_RESTRICTION);
        }
        user.control = control.difference(AccountControl::COMPUTED);
        Ok(())
    });
    Ok((change, unlock))
}

/// [MS-SAMR] 2.2.1.8: the members of SAMPR_USER_ALL_INFORMATION that count.
mod fields {
    use super::{
        Call, Edit, FORCE_PASSWORD_CHANGE, NewPassword, NtStatus, NtString, Password, UserAllInformation,
        WRITE_ACCOUNT, WRITE_PREFERENCES, Wishes, control, edit, expires, logon_hours, sam,
    };
    use lanward_server::UserAccount;

    const PRIMARY_GROUP: u32 = 0x0000_0008;
    const LOGON_HOURS: u32 = 0x0000_2000;
    const ACCOUNT_EXPIRES: u32 = 0x0008_0000;
    const CONTROL: u32 = 0x0010_0000;
    const COUNTRY: u32 = 0x0040_0000;
    const CODE_PAGE: u32 = 0x0080_0000;
    const NT_PASSWORD: u32 = 0x0100_0000;
    const LM_PASSWORD: u32 = 0x0200_0000;
    const PASSWORD_EXPIRED: u32 = 0x0800_0000;
    const USER_COMMENT: u32 = 0x0000_0020;

    /// Those that cannot be set: identifier, logons, times of passwords, private data, descriptor and what is not defined.
    const NOT_SET: u32 = 0xd407_d804;

    const PREFERENCES: u32 = USER_COMMENT | COUNTRY | CODE_PAGE;
    const PASSWORDS: u32 = NT_PASSWORD | LM_PASSWORD | PASSWORD_EXPIRED;

    pub(super) fn rights(fields: u32) -> Result<u32, NtStatus> {
        if fields == 0 {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        if fields & NOT_SET != 0 {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let needs = [
            (PREFERENCES, WRITE_PREFERENCES),
            (PASSWORDS, FORCE_PASSWORD_CHANGE),
            (!(PREFERENCES | PASSWORDS), WRITE_ACCOUNT),
        ];
        Ok(needs.iter().filter(|(some, _)| fields & some != 0).map(|(_, right)| right).sum())
    }

    type Field = fn(&mut UserAccount) -> &mut NtString;

    /// What opens the password that comes with the members.
    type OpenPassword<'p> = &'p dyn Fn(&Call<'_>) -> Result<Password, NtStatus>;

    pub(super) fn wishes(
        call: &Call<'_>,
        all: &UserAllInformation,
        password: Option<OpenPassword<'_>>,
    ) -> Result<Wishes, NtStatus> {
        let asked = |field: u32| all.fields & field != 0;
        let texts: [(u32, &lanward_rpc::Text, Field); 10] = [
            (0x0001, &all.user_name, |user| &mut user.name),
            (0x0002, &all.full_name, |user| &mut user.full_name),
            (0x0010, &all.admin_comment, |user| &mut user.comment),
            (USER_COMMENT, &all.user_comment, |user| &mut user.user_comment),
            (0x0040, &all.home_directory, |user| &mut user.home_directory),
            (0x0080, &all.home_drive, |user| &mut user.home_drive),
            (0x0100, &all.script_path, |user| &mut user.script_path),
            (0x0200, &all.profile_path, |user| &mut user.profile_path),
            (0x0400, &all.workstations, |user| &mut user.workstations),
            (0x0020_0000, &all.parameters, |user| &mut user.parameters),
        ];
        let mut wishes = Wishes::default();
        for (_, text, field) in texts.into_iter().filter(|(field, ..)| asked(*field)) {
            let text = text.string();
            wishes.edits.push(edit(move |user| *field(user) = text));
        }
        wishes.edits.extend(numbers(all)?);
        if asked(CONTROL) {
            let (change, unlock) = control(all.control)?;
            wishes.edits.push(change);
            wishes.unlock = unlock;
        }
        wishes.password = match password {
            Some(open) if asked(NT_PASSWORD | LM_PASSWORD) => Some(NewPassword::Clear(open(call)?)),
            None if asked(NT_PASSWORD) => Some(hash(call, &all.nt_owf_password)?),
            _ => None,
        };
        wishes.must_change = asked(PASSWORD_EXPIRED).then_some(all.password_expired != 0);
        Ok(wishes)
    }

    fn numbers(all: &UserAllInformation) -> Result<Vec<Edit>, NtStatus> {
        let asked = |field: u32| all.fields & field != 0;
        let (group, country, code_page) = (all.primary_group_id, all.country_code, all.code_page);
        let mut edits = Vec::new();
        if asked(PRIMARY_GROUP) {
            edits.push(edit(move |user| user.primary_group = group));
        }
        if asked(COUNTRY) {
            edits.push(edit(move |user| user.country = country));
        }
        if asked(CODE_PAGE) {
            edits.push(edit(move |user| user.code_page = code_page));
        }
        if asked(ACCOUNT_EXPIRES) {
            edits.push(expires(all.account_expires.0));
        }
        if asked(LOGON_HOURS) {
            edits.push(logon_hours(&all.logon_hours)?);
        }
        Ok(edits)
    }

    /// A hash under the session key, as 8 characters.
    fn hash(call: &Call<'_>, encrypted: &lanward_rpc::Text) -> Result<NewPassword, NtStatus> {
        let bytes: Vec<u8> = encrypted.string().units().iter().flat_map(|unit| unit.to_le_bytes()).collect();
        let bytes: [u8; 16] = bytes.try_into().map_err(|_| NtStatus::INVALID_PARAMETER)?;
        Ok(NewPassword::Hash(sam::decrypt_hash(&bytes, call.session_key()?.expose())))
    }
}

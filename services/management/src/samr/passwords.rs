//! Changes of passwords by whoever knows the old one ([MS-SAMR] 3.1.5.10). Wrong guesses count like those at logon, and nobody learns from the
//! answer whether there is such an account.

use super::domains::password_information;
use super::objects::{USER, directory};
use super::secret_buffers::{Password, derived_key, with_aes, with_key};
use super::users::find;
use crate::call::Call;
use crate::oem_password_change;
use crate::operations::Refusal;
use crate::password_change::{NotChanged, PasswordChange};
use lanward_auth::{NtHash, sam};
use lanward_nt::{NtStatus, NtString};
use lanward_rpc::samr::{
    ChangePassword3Request, ChangePassword3Response, ChangePassword4Request, ChangePassword4Response,
    ChangePasswordRequest, ChangePasswordResponse, OemChangePasswordRequest, OemChangePasswordResponse,
    PasswordChangeFailure, PasswordInformationRequest, PasswordInformationResponse,
    UnicodeChangePasswordRequest, UnicodeChangePasswordResponse, UserPasswordInformation,
    UserPasswordInformationRequest, UserPasswordInformationResponse,
};
use lanward_server::{Act, PasswordFault, PasswordProperties};
use tokio::sync::Semaphore;

/// USER_CHANGE_PASSWORD
const CHANGE_PASSWORD: u32 = 0x040;

/// Whoever derives a key from a password's hash, as anybody may ask for.
static DERIVING: Semaphore = Semaphore::const_new(1);

/// Why a password was not taken, as operation 63 tells it.
const NO_REASON: u32 = 0;
const TOO_SHORT: u32 = 1;
const IN_HISTORY: u32 = 2;
const NOT_COMPLEX: u32 = 5;

/// What may be asked of new passwords where there is no user in question.
fn minimum(call: &Call<'_>) -> UserPasswordInformation {
    let directory = directory(call);
    let policy = directory.policy();
    UserPasswordInformation {
        minimum_length: policy.min_password_length,
        properties: policy.properties.bits(),
    }
}

/// [MS-SAMR] 3.1.5.13.3 SamrGetDomainPasswordInformation
pub(super) fn information(
    call: &Call<'_>,
    _request: PasswordInformationRequest,
) -> Result<PasswordInformationResponse, Refusal> {
    call.caller.may(Act::QueryServer)?;
    Ok(PasswordInformationResponse { information: minimum(call), status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.13.4 SamrGetUserDomainPasswordInformation
pub(super) fn user_information(
    call: &Call<'_>,
    request: UserPasswordInformationRequest,
) -> Result<UserPasswordInformationResponse, Refusal> {
    find(call, &request.user, 0)?;
    Ok(UserPasswordInformationResponse { information: minimum(call), status: NtStatus::SUCCESS })
}

/// Changes a password that comes under the old one's hash, with the old hash under the new one's ([MS-SAMR] 3.1.5.10.3).
async fn change_unicode_password<'c>(
    call: &'c Call<'c>,
    name: NtString,
    buffer: Option<&[u8; 516]>,
    verifier: Option<&[u8; 16]>,
) -> Result<(), NotChanged> {
    let (Some(buffer), Some(verifier)) = (buffer, verifier) else {
        return Err(NtStatus::INVALID_PARAMETER.into());
    };
    let attempt = PasswordChange::new(call.caller, name)?;
    let password = with_key(buffer, attempt.hash.expose()).ok();
    let hash = password.as_ref().map_or_else(|| NtHash::new([0; 16]), Password::hash);
    let old = sam::decrypt_hash(verifier, hash.expose());
    let right = password.is_some() & (old == attempt.hash);
    attempt.decide(right, password, hash).await
}

/// [MS-SAMR] 3.1.5.10.3 SamrUnicodeChangePasswordUser2
pub(super) async fn change_unicode(
    call: &Call<'_>,
    request: UnicodeChangePasswordRequest,
) -> Result<UnicodeChangePasswordResponse, Refusal> {
    let (buffer, verifier) = (request.new_password.as_ref(), request.old_nt_by_new_nt.as_ref());
    let changed = change_unicode_password(call, request.user_name.string(), buffer, verifier).await;
    changed.map_err(|not| not.status())?;
    Ok(UnicodeChangePasswordResponse { status: NtStatus::SUCCESS })
}

/// Operation 63: the same, and the reason if it is not taken.
pub(super) async fn change3(
    call: &Call<'_>,
    request: ChangePassword3Request,
) -> Result<ChangePassword3Response, Refusal> {
    let (buffer, verifier) = (request.new_password.as_ref(), request.old_nt_by_new_nt.as_ref());
    let changed = change_unicode_password(call, request.user_name.string(), buffer, verifier).await;
    let fault = match changed {
        Ok(()) => {
            return Ok(ChangePassword3Response { policy: None, failure: None, status: NtStatus::SUCCESS });
        }
        Err(NotChanged::Status(status)) => return Err(status.into()),
        Err(NotChanged::Fault(fault)) => fault,
    };
    let reason = match fault {
        PasswordFault::TooShort => TOO_SHORT,
        PasswordFault::InHistory => IN_HISTORY,
        PasswordFault::NotComplex => NOT_COMPLEX,
        PasswordFault::TooEarly => NO_REASON,
    };
    Ok(ChangePassword3Response {
        policy: Some(password_information(directory(call).policy())),
        failure: Some(PasswordChangeFailure { reason, filter_module: NtString::default().into() }),
        status: NtStatus::PASSWORD_RESTRICTION,
    })
}

/// [MS-SAMR] 3.1.5.10.4 SamrUnicodeChangePasswordUser4
pub(super) async fn change4(
    call: &Call<'_>,
    request: ChangePassword4Request,
) -> Result<ChangePassword4Response, Refusal> {
    let attempt = PasswordChange::new(call.caller, request.user_name.string())?;
    let (old, encrypted) = (attempt.hash.clone(), request.new_password);
    // So many rounds take longer than anybody else should wait, and threads that others need: one after the other, until the call's deadline.
    let turn = DERIVING.acquire().await.map_err(|_| NtStatus::INTERNAL_ERROR)?;
    let opening = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let key = derived_key(&old, &encrypted.salt, encrypted.iterations)?;
        Ok::<_, NtStatus>(with_aes(&encrypted, &key).ok())
    });
    let password = opening.await.map_err(|_| NtStatus::INTERNAL_ERROR)??;
    let hash = password.as_ref().map_or_else(|| NtHash::new([0; 16]), Password::hash);
    attempt.decide(password.is_some(), password, hash).await.map_err(|not| not.status())?;
    Ok(ChangePassword4Response { status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.10.1 SamrChangePasswordUser: hashes under each other; those of LAN Manager there are none of.
pub(super) async fn change_by_hashes(
    call: &Call<'_>,
    request: ChangePasswordRequest,
) -> Result<ChangePasswordResponse, Refusal> {
    let user = find(call, &request.user, USER.everyone & CHANGE_PASSWORD)?;
    let hashes = request.old_nt_by_new_nt.zip(request.new_nt_by_old_nt).filter(|_| request.nt_present != 0);
    let (old_by_new, new_by_old) = hashes.ok_or(NtStatus::INVALID_PARAMETER)?;
    let attempt = PasswordChange::new(call.caller, user.name.clone())?;
    let new = sam::decrypt_hash(&new_by_old, attempt.hash.expose());
    let right = sam::decrypt_hash(&old_by_new, new.expose()) == attempt.hash;
    // 3.1.5.10.1: where a length is asked for, or characters, they cannot be judged from a hash.
    let directory = directory(call);
    let judged = directory.policy().min_password_length > 0
        || directory.policy().properties.contains(PasswordProperties::COMPLEX);
    if right && judged {
        return Err(NtStatus::PASSWORD_RESTRICTION.into());
    }
    attempt.decide(right, None, new).await.map_err(|not| not.status())?;
    Ok(ChangePasswordResponse { status: NtStatus::SUCCESS })
}

/// [MS-SAMR] 3.1.5.10.2 SamrOemChangePasswordUser2
pub(super) async fn change_oem(
    call: &Call<'_>,
    request: OemChangePasswordRequest,
) -> Result<OemChangePasswordResponse, Refusal> {
    let parts = request.new_password.as_ref().zip(request.old_lm_by_new_lm.as_ref());
    let (buffer, verifier) = parts.ok_or(NtStatus::INVALID_PARAMETER)?;
    let code_page = call.caller.server.zone_of(call.caller.local, call.caller.peer).code_page;
    let name = NtString(code_page.decode(&request.user_name.0));
    let changed = oem_password_change::change(call.caller, name, buffer, verifier, code_page).await;
    changed.map_err(|not| not.status())?;
    Ok(OemChangePasswordResponse { status: NtStatus::SUCCESS })
}

//! Passwords as LAN Manager changes them.

use super::RapCall;
use super::answer::Answer;
use crate::oem_password_change;
use crate::password_change::PasswordChange;
use crate::samr::Password;
use crate::win32;
use lanward_nt::NtStatus;
use lanward_smb1::rap::{Parameter, opcode as op};

/// NERR_PasswordTooShort: policy is against it.
pub(super) const NOT_TAKEN: u32 = 2245;

pub(super) async fn dispatch(call: &RapCall<'_>) -> Result<Answer, u32> {
    match (call.opcode, call.parameters.as_slice()) {
        (
            op::USER_PASSWORD_SET2,
            [
                Parameter::Text(user),
                Parameter::Bytes(old),
                Parameter::Bytes(new),
                Parameter::Word(encrypted),
                Parameter::Word(_),
            ],
        ) => {
            // 2.4
            if user.units().len() > 20 {
                return Err(win32::INVALID_PARAMETER);
            }
            in_the_clear(call, *encrypted != 0)?;
            let (old, new) = (new_password(call, old), new_password(call, new));
            let change = PasswordChange::new(call.caller, user.clone()).map_err(status)?;
            let (right, hash) = (change.hash == old.hash(), new.hash());
            change.decide(right, Some(new), hash).await.map_err(|not| status(not.status()))?;
            Ok(Answer::status(win32::SUCCESS))
        }
        // As [MS-SAMR] 3.1.5.10.2 has it: the new password under the old one's hash, and that hash under the new one's.
        (op::OEM_CHANGE_PASSWORD, [Parameter::Text(user), ..]) => {
            let (buffer, verifier) = call.data.split_first_chunk().ok_or(win32::INVALID_PARAMETER)?;
            let verifier = verifier.first_chunk().ok_or(win32::INVALID_PARAMETER)?;
            let (caller, user) = (call.caller, user.clone());
            let changed = oem_password_change::change(caller, user, buffer, verifier, call.code_page).await;
            changed.map_err(|not| status(not.status()))?;
            Ok(Answer::status(win32::SUCCESS))
        }
        _ => Err(win32::INVALID_PARAMETER),
    }
}

/// Whether a password is taken that is not protected by anything.
///
/// # Errors
/// INVALID_PARAMETER: it says it is encrypted, which it cannot be ([MS-RAP] 3.2.5.14); ACCESS_DENIED: the zone takes no passwords in plain text.
pub(super) fn in_the_clear(call: &RapCall<'_>, encrypted: bool) -> Result<(), u32> {
    if encrypted {
        return Err(win32::INVALID_PARAMETER);
    }
    let caller = call.caller;
    let zone = caller.server.zone_of(caller.local, caller.peer);
    if zone.plaintext { Ok(()) } else { Err(win32::ACCESS_DENIED) }
}

/// A password in a field of 16 bytes.
pub(super) fn new_password(call: &RapCall<'_>, bytes: &[u8]) -> Password {
    Password::new(call.string(bytes))
}

/// [MS-RAP] 3.2.5.14: a wrong password is refused access.
const fn status(status: NtStatus) -> u32 {
    match status {
        NtStatus::WRONG_PASSWORD | NtStatus::NO_SUCH_USER => win32::ACCESS_DENIED,
        NtStatus::PASSWORD_RESTRICTION => NOT_TAKEN,
        // ERROR_ACCOUNT_LOCKED_OUT, ERROR_ACCOUNT_DISABLED
        NtStatus::ACCOUNT_LOCKED_OUT => 1909,
        NtStatus::ACCOUNT_DISABLED => 1331,
        status => win32::of_status(status),
    }
}

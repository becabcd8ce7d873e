//! Changes of passwords as clients make them that know LAN Manager's hashes alone: Windows 95, 98 and NT 4 ([MS-SAMR] 3.1.5.10.2, and the same by RAP).

use crate::password_change::{NotChanged, PasswordChange};
use crate::samr::Password;
use lanward_auth::{LmHash, NtHash, sam};
use lanward_nt::{NtStatus, NtString};
use lanward_server::Caller;
use lanward_wire::CodePage;

/// Changes a password that comes under the LM hash of the old one, with that hash under the new one's.
///
/// # Errors
/// NOT_SUPPORTED: the zone takes no LM hashes. WRONG_PASSWORD: the old one is another, there is no such account, or none that keeps an LM hash. Else
/// as [`PasswordChange::new`] and [`PasswordChange::decide`].
pub(crate) async fn change(
    caller: &Caller,
    name: NtString,
    buffer: &[u8; 516],
    verifier: &[u8; 16],
    code_page: CodePage,
) -> Result<(), NotChanged> {
    if !caller.server.zone_of(caller.local, caller.peer).lm {
        tracing::info!(client = %caller.peer, "A change of a password by its LM hash was refused: the zone's setting `lm` would allow it");
        return Err(NtStatus::NOT_SUPPORTED.into());
    }
    let change = PasswordChange::new(caller, name)?;
    let known = change.lm_hash().cloned();
    // Nobody's hash: the work is the same.
    let old = known.clone().unwrap_or_else(|| LmHash::new([0; 16]));
    let password = Password::in_code_page(buffer, old.expose(), code_page).ok();
    let new = password.as_ref().and_then(|password| LmHash::of_text(password.text(), code_page));
    let new = new.unwrap_or_else(|| LmHash::new([0; 16]));
    let proven = sam::decrypt_hash(verifier, new.expose()) == NtHash::new(*old.expose());
    let right = known.is_some() & password.is_some() & proven;
    let hash = password.as_ref().map_or_else(|| NtHash::new([0; 16]), Password::hash);
    change.decide(right, password, hash).await
}

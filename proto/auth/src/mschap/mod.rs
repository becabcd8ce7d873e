//! MS-CHAP, both versions and both sides: what is proved by a password's hash (RFC 2433, RFC 2759), a change of the
//! password on the way in, and the keys MPPE starts with (RFC 3079).
//!
//! "Client" is here who proves a name, "server" who asks for it, whoever of the two dialled.

mod change_password;
mod keys;
mod proof;
mod response;
#[cfg(test)]
mod tests;

pub use change_password::{ENCRYPTED_PASSWORD, NewPassword, encrypt_password};
pub use keys::{KeyStrength, MasterKey, MppeKeys, StartKey};
pub use proof::MsChapV2Proof;
pub use response::{
    AUTHENTICATOR_RESPONSE, authenticator_response, challenge_hash, chap_md5, is_right_v1, nt_response_v1,
    nt_response_v2, user_of,
};

use sha1::{Digest, Sha1};

fn sha1(parts: &[&[u8]]) -> [u8; 20] {
    let mut sha1 = Sha1::new();
    parts.iter().for_each(|part| sha1.update(part));
    sha1.finalize().into()
}

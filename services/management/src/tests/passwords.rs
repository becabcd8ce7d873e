//! Passwords as clients change them that know LAN Manager's hashes alone.

use super::*;
use lanward_auth::{LmHash, NtHash, sam};
use lanward_rpc::ByteString;
use lanward_rpc::samr::{self, OemChangePasswordRequest};
use lanward_server::{Settings, Zone};

/// A new password as it travels: under the old one's LM hash, with that hash under the new one's.
pub(crate) fn oem_change(old: &[u8], new: &[u8]) -> ([u8; 516], [u8; 16]) {
    let [old, key] = [old, new].map(|password| LmHash::of_password(&password.to_ascii_uppercase()));
    let mut buffer = [7; 516];
    buffer[512 - new.len()..512].copy_from_slice(new);
    buffer[512..].copy_from_slice(&u32::try_from(new.len()).unwrap().to_le_bytes());
    sam::rc4(old.expose(), &mut buffer);
    (buffer, sam::encrypt_hash(old.expose(), key.expose()))
}

/// Users with the password `old one`: carol, who keeps its LM hash too, and dave, who does not.
pub(crate) fn with_lm_hashes(server: &Server) {
    let added = server.accounts().change(|draft| {
        for name in ["carol", "dave"] {
            let rid = draft.add_user(name.into())?;
            draft.set_password(rid, NtHash::of_password(&"old one".into()), FileTime(1))?;
            if name == "carol" {
                draft.keep_lm_hash(rid, LmHash::of_password(b"OLD ONE"))?;
            }
        }
        Ok(())
    });
    added.unwrap();
}

pub(crate) fn let_lm_in(server: &Server) {
    let zone = Zone { lm: true, ..Zone::default() };
    server.replace_settings(Settings { default_zone: Arc::new(zone), ..Settings::default() });
}

/// [MS-SAMR] 3.1.5.10.2 SamrOemChangePasswordUser2
#[tokio::test]
async fn a_password_is_changed_by_its_lm_hash() {
    let server = server();
    with_lm_hashes(&server);
    let mut peer = Peer::bind(&session(&server, false), "samr", samr::INTERFACE).await;
    let mut change = async |name: &str, old: &[u8], new: &[u8]| {
        let (buffer, verifier) = oem_change(old, new);
        let request = OemChangePasswordRequest {
            server_name: None,
            user_name: ByteString(name.as_bytes().to_vec()),
            new_password: Some(buffer),
            old_lm_by_new_lm: Some(verifier),
        };
        perform(&mut peer, request).await.status
    };
    assert_eq!(change("carol", b"old one", b"New secret").await, NtStatus::NOT_SUPPORTED, "not in this zone");
    let_lm_in(&server);
    assert_eq!(change("carol", b"another", b"New secret").await, NtStatus::WRONG_PASSWORD);
    assert_eq!(change("nobody", b"old one", b"New secret").await, NtStatus::WRONG_PASSWORD);
    // Who keeps no such hash is not changed by it, nor by one of nothing.
    assert_eq!(change("dave", b"old one", b"New secret").await, NtStatus::WRONG_PASSWORD);
    let mut zeros = [0; 516];
    sam::rc4(&[0; 16], &mut zeros);
    let verifier = sam::encrypt_hash(&[0; 16], LmHash::of_password(b"").expose());
    let request = OemChangePasswordRequest {
        server_name: None,
        user_name: ByteString(b"dave".to_vec()),
        new_password: Some(zeros),
        old_lm_by_new_lm: Some(verifier),
    };
    let mut other = Peer::bind(&session(&server, false), "samr", samr::INTERFACE).await;
    assert_eq!(perform(&mut other, request).await.status, NtStatus::WRONG_PASSWORD);
    assert_eq!(change("carol", b"old one", b"New secret").await, NtStatus::SUCCESS);
    let directory = server.accounts().directory();
    let carol = directory.user_named(&"carol".into()).unwrap();
    assert_eq!(carol.hash, Some(NtHash::of_password(&"New secret".into())));
    assert_eq!(carol.lm_hash, Some(LmHash::of_password(b"NEW SECRET")), "she can still log on by it");
    assert_eq!(server.accounts().attempts(carol).bad_passwords, 1, "guesses count");
}

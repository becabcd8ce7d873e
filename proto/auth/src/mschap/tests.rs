use super::*;
use crate::ntlm::testing::hex;
use crate::ntlm::{Side, crypto, lm_response};
use crate::{LmHash, NtHash, sam};
use lanward_nt::NtString;
use proptest::prelude::*;

fn bytes<const N: usize>(text: &str) -> [u8; N] {
    hex(text).try_into().unwrap()
}

fn client_pass() -> NtHash {
    NtHash::of_password(&"clientPass".into())
}

const USER: &[u8] = b"User";

fn authenticator_challenge() -> [u8; 16] {
    bytes("5b5d7c7d7b3f2f3e3c2c602132262628")
}

fn peer_challenge() -> [u8; 16] {
    bytes("21402324255e262a28295f2b3a337c7e")
}

fn nt_response() -> [u8; 24] {
    bytes("82309ecd8d708b5ea08faa3981cd83544233114a3d85d6df")
}

#[test]
fn rfc_1320_md4_and_des_and_rc4() {
    assert_eq!(crypto::md4(b"").to_vec(), hex("31d6cfe0d16ae931b73c59d7e0c089c0"));
    assert_eq!(crypto::md4(b"abc").to_vec(), hex("a448017aaf21d8525fc10ae87aa6729d"));
    let long = b"1234567890".repeat(8);
    assert_eq!(crypto::md4(&long).to_vec(), hex("e33b4ddc9c38f2199c3e7b164fcc0536"));
    // The key 133457799bbcdff1 without its parity bits.
    let key = bytes("12695bc9b7b7f8");
    assert_eq!(crypto::des(key, bytes("0123456789abcdef")).to_vec(), hex("85e813540f0ab405"));
}

#[test]
fn rfc_2759_9_2_hashes_and_responses() {
    let hash = client_pass();
    assert_eq!(hash.expose().to_vec(), hex("44ebba8d5312b8d611474411f56989ae"));
    assert_eq!(response::hash_of_hash(&hash).to_vec(), hex("41c00c584bd2d91c4017a2a12fa59f3f"));
    let challenge = challenge_hash(&peer_challenge(), &authenticator_challenge(), USER);
    assert_eq!(challenge.to_vec(), hex("d02e4386bce91226"));
    for name in [USER, b"DOMAIN\\User", b"a\\b\\User"] {
        let response = nt_response_v2(&hash, &authenticator_challenge(), &peer_challenge(), name);
        assert_eq!(response, nt_response());
        let answer =
            authenticator_response(&hash, &response, &authenticator_challenge(), &peer_challenge(), name);
        assert_eq!(answer.to_vec(), hex("407a5589115fd0d6209f510fe9c04566932cda56"));
    }
    let other = nt_response_v2(&hash, &authenticator_challenge(), &peer_challenge(), b"user");
    assert_ne!(other, nt_response(), "the name counts as it was sent");
}

#[test]
fn rfc_2759_9_3_password_changes() {
    let of_password = |text: &str| NtHash::of_password(&text.into());
    assert_eq!(of_password("MyPw").expose().to_vec(), hex("fc156af7edcd6c0edde3337d427f4eac"));
    let (old, new) = (client_pass(), of_password("newClientPass"));
    assert_eq!(new.expose().to_vec(), hex("066d7b74e1553afca711605cdddce16e"));
    let (buffer, verifier) = encrypt_password(&"newClientPass".into(), &old, [0; 512]).unwrap();
    assert_eq!(verifier.to_vec(), hex("2ea77efcc3ec2f44ada7a333d752a1e7"));
    assert_eq!(buffer[..16].to_vec(), hex("92e2cbefb3f9f014280cfb88603137e0"));
    let end =
        "c17875a032b90a0efe71b375e51b9f9bf282eeebc0d8f73ae5ecaa2cac2277df34ec407f5918ae7ff2458858a8343a7c";
    assert_eq!(buffer[468..].to_vec(), hex(end));
    let read = NewPassword::open(&buffer, &verifier, &old).unwrap();
    assert_eq!((read.text(), read.hash()), (&"newClientPass".into(), &new));
    assert!(NewPassword::open(&buffer, &verifier, &new).is_none());
    assert!(NewPassword::open(&buffer, &[1; 16], &old).is_none());
}

#[test]
fn a14_lengths_of_passwords_that_make_no_sense() {
    let old = client_pass();
    for length in [1_u32, 3, 511, 513, 514, 0x1_0000, u32::MAX] {
        let mut buffer = [0; 516];
        buffer[512..].copy_from_slice(&length.to_le_bytes());
        sam::rc4(old.expose(), &mut buffer);
        let start = 512_usize.saturating_sub(usize::try_from(length).unwrap());
        let claimed = NtString::from_utf16le(&[0; 512][start..]);
        let verifier = sam::encrypt_hash(old.expose(), NtHash::of_password(&claimed).expose());
        assert!(NewPassword::open(&buffer, &verifier, &old).is_none(), "{length}");
    }
    assert!(encrypt_password(&"x".repeat(257).as_str().into(), &old, [0; 512]).is_none());
}

#[test]
fn ms_chap_v1_responses() {
    let hash = NtHash::of_password(&"MyPw".into());
    let challenge = bytes("102db5df085d3041");
    let expected = hex("4e9d3c8f9cfd385d5bf4d3246791956ca4c351ab409a3d61");
    assert_eq!(nt_response_v1(&hash, &challenge).to_vec(), expected);
    let lm = LmHash::of_password(b"MYPW");
    assert_eq!(lm.expose().to_vec(), hex("75ba30198e6d1975aad3b435b51404ee"));
    let expected = hex("91881d0152ab0c33c524135ec24a95ee64e23cdc2d33347d");
    assert_eq!(lm_response(&lm, &challenge).to_vec(), expected);
}

#[test]
fn rfc_3079_2_5_start_keys_of_v1() {
    let lm = LmHash::of_password(b"CLIENTPASS");
    assert_eq!(lm.expose().to_vec(), hex("76a152936096d7830e2390227404afd2"));
    let challenge = bytes("102db5df085d3041");
    let keys = MppeKeys::v1(&client_pass(), Some(&lm), &challenge);
    for from in [Side::Client, Side::Server] {
        for strength in [KeyStrength::Bits40, KeyStrength::Bits56] {
            let key = keys.start(from, strength).unwrap();
            assert_eq!(key.expose().to_vec(), hex("76a152936096d783"));
        }
        let key = keys.start(from, KeyStrength::Bits128).unwrap();
        assert_eq!(key.expose().to_vec(), hex("a8947850cfc0acc1d1789fb62ddcddb0"));
    }
    let without_lm = MppeKeys::v1(&client_pass(), None, &challenge);
    assert!(!without_lm.has(KeyStrength::Bits40) && !without_lm.has(KeyStrength::Bits56));
    assert!(without_lm.start(Side::Client, KeyStrength::Bits56).is_none());
    assert!(without_lm.has(KeyStrength::Bits128));
}

#[test]
fn rfc_3079_3_5_start_keys_of_v2() {
    let master = MasterKey::derive(&client_pass(), &nt_response());
    assert_eq!(master.expose().to_vec(), hex("fdece3717a8c838cb388e527ae3cdd31"));
    let keys = MppeKeys::v2(&master);
    let of_server = "8b7cdc149b993a1ba118cb153f56dccb";
    let of_client = "d5f0e9521e3ea9589645e86051c82226";
    for (from, expected) in [(Side::Server, of_server), (Side::Client, of_client)] {
        let key = keys.start(from, KeyStrength::Bits128).unwrap();
        assert_eq!(key.expose().to_vec(), hex(expected));
        for strength in [KeyStrength::Bits40, KeyStrength::Bits56] {
            let key = keys.start(from, strength).unwrap();
            assert_eq!(key.expose().to_vec(), hex(&expected[..16]));
        }
    }
    let client = keys.start(Side::Client, KeyStrength::Bits128).unwrap();
    let server = keys.start(Side::Server, KeyStrength::Bits128).unwrap();
    let told = MppeKeys::of_start_keys(client.expose(), server.expose()).unwrap();
    assert_eq!(told, keys);
    assert_eq!(format!("{master:?} {keys:?} {client:?}"), "MasterKey(..) MppeKeys(..) StartKey(Bits128, ..)");
}

#[test]
fn m12_keys_of_other_lengths_are_none() {
    for length in [0, 1, 7, 9, 15, 17, 31, 33, 64] {
        assert!(MppeKeys::of_start_keys(&vec![1; length], &[1; 16]).is_none(), "{length}");
        assert!(MppeKeys::of_start_keys(&[1; 16], &vec![1; length]).is_none(), "{length}");
    }
    let short = MppeKeys::of_start_keys(&[1; 8], &[2; 8]).unwrap();
    assert!(!short.has(KeyStrength::Bits128) && short.has(KeyStrength::Bits40));
    let mixed = MppeKeys::of_start_keys(&[1; 8], &[2; 16]).unwrap();
    assert!(!mixed.has(KeyStrength::Bits128) && mixed.has(KeyStrength::Bits56));
    assert!(MppeKeys::of_start_keys(&[1; 32], &[2; 32]).unwrap().has(KeyStrength::Bits128));
}

proptest! {
    #[test]
    fn keys_are_the_same_on_the_other_side_of_a_channel(bytes: [u8; MppeKeys::LENGTH]) {
        let keys = MppeKeys::from_bytes(&bytes);
        prop_assert_eq!(MppeKeys::from_bytes(&keys.to_bytes()), keys);
    }

    #[test]
    fn new_passwords_there_and_back(password in ".{0,128}", old: [u8; 16], seed: u8) {
        let (old, password) = (NtHash::new(old), NtString::from(password.as_str()));
        prop_assume!(password.units().len() <= 256);
        let (buffer, verifier) = encrypt_password(&password, &old, [seed; 512]).unwrap();
        let read = NewPassword::open(&buffer, &verifier, &old).unwrap();
        prop_assert_eq!(read.text(), &password);
    }
}

use super::*;
use crate::hex::hex;

/// Vectors Microsoft published for 3.0 and 3.1.1 (the derivation is [MS-SMB2] 3.1.4.2, which has none of its own).
#[test]
fn published_by_microsoft() {
    let key = signing_key(KeySchedule::Smb30, &hex("7CD451825D0450D235424E44BA6E78CC"));
    assert_eq!(key.to_vec(), hex("0B7E9C5CAC36C0F6EA9AB275298CEDCE"));

    let session_key = hex("B4546771B515F766A86735532DD6C4F0");
    let keys = SessionKeys::derive(Side::Client, KeySchedule::Smb30, &session_key, Some(Cipher::Aes128Ccm));
    assert_eq!(cipher_bytes(&keys.encryption), hex("261B72350558F2E9DCF613070383EDBF"));
    assert_eq!(cipher_bytes(&keys.decryption), hex("8FE2B57EC34D2DB5B1A9727F526BBDB5"));

    let hash = PreauthHash::from_bytes(
        hex("0DD13628CC3ED218EF9DF9772D436D0887AB9814BFAE63A80AA845F36909DB79
             28622DDDAD522D9751640A459762C5A9D6BB084CBB3CE6BDADEF5D5BCE3C6C01")
        .try_into()
        .unwrap(),
    );
    let key = signing_key(KeySchedule::Smb311(&hash), &hex("270E1BA896585EEB7AF3472D3B4C75A7"));
    assert_eq!(key.to_vec(), hex("73FE7A9A77BEF0BDE49C650D8CCB5F76"));
}

/// Computed with the KBKDFHMAC of Python's cryptography.
#[test]
fn every_label_of_3_0() {
    let keys = SessionKeys::derive(Side::Server, KeySchedule::Smb30, &gss_key(), Some(Cipher::Aes128Ccm));
    assert_eq!(keys.signing.to_vec(), hex("24f1f0fdb269db9836d70efbbb97413f"));
    assert_eq!(keys.application.to_vec(), hex("fcdcc2c713f38db23189c653589890c7"));
    assert_eq!(cipher_bytes(&keys.decryption), hex("fe85e20ea4633a2437828b14d1833584"));
    assert_eq!(cipher_bytes(&keys.encryption), hex("fa192f82747e0174f720cdaea0e2f537"));
}

/// Computed with the KBKDFHMAC of Python's cryptography.
#[test]
fn every_label_of_3_1_1() {
    let hash = hash();
    let keys =
        |cipher| SessionKeys::derive(Side::Server, KeySchedule::Smb311(&hash), &gss_key(), Some(cipher));
    for cipher in [Cipher::Aes128Ccm, Cipher::Aes128Gcm] {
        let keys = keys(cipher);
        assert_eq!(cipher_bytes(&keys.decryption), hex("38e072786896500bafe3ff3a9951d65e"));
        assert_eq!(cipher_bytes(&keys.encryption), hex("efbe0bb120308eeaee1a79d6cb00eab0"));
    }
    for cipher in [Cipher::Aes256Ccm, Cipher::Aes256Gcm] {
        let keys = keys(cipher);
        assert_eq!(
            cipher_bytes(&keys.decryption),
            hex("2e26fa12838c25e4d74bcec927f45f9269285f059ee65b2a30373ddb2f2f73d3")
        );
        assert_eq!(
            cipher_bytes(&keys.encryption),
            hex("c7a40e533158cc3f02b92867fb02a794543cda35a027926e3ce361de7e7bc4be")
        );
        // These two have 128 bits and come from the first 16 bytes, whatever the cipher.
        assert_eq!(keys.signing.to_vec(), hex("a3121cdda796d2a68c2fb753a0d2dc95"));
        assert_eq!(keys.application.to_vec(), hex("c8e257c7351db932b1910797234ec90d"));
    }
}

#[test]
fn short_keys_are_padded_with_zeros() {
    let padded = hex("73686f727400 00000000000000000000");
    assert_eq!(signing_key(KeySchedule::Smb2, b"short").to_vec(), padded);
    assert_eq!(signing_key(KeySchedule::Smb30, b"short").to_vec(), hex("a7b1ffb5ee9e366c9cd6a478ff172f1d"));
}

#[test]
fn before_3_0_nothing_is_derived() {
    let keys = SessionKeys::derive(Side::Server, KeySchedule::Smb2, &gss_key(), Some(Cipher::Aes128Ccm));
    assert_eq!(keys.signing, keys.application);
    assert_eq!(keys.signing.to_vec(), &gss_key()[..16]);
    assert!(keys.encryption.is_none() && keys.decryption.is_none());
}

#[test]
fn one_side_encrypts_with_what_the_other_decrypts_with() {
    let hash = hash();
    for schedule in [KeySchedule::Smb30, KeySchedule::Smb311(&hash)] {
        let of = |side| SessionKeys::derive(side, schedule, &gss_key(), Some(Cipher::Aes128Ccm));
        let (server, client) = (of(Side::Server), of(Side::Client));
        assert_eq!(cipher_bytes(&server.encryption), cipher_bytes(&client.decryption));
        assert_eq!(cipher_bytes(&server.decryption), cipher_bytes(&client.encryption));
        assert_ne!(cipher_bytes(&server.encryption), cipher_bytes(&server.decryption));
        assert_eq!(server.signing, client.signing);
    }
}

#[test]
fn no_key_is_printed() {
    let keys = SessionKeys::derive(Side::Server, KeySchedule::Smb30, &gss_key(), Some(Cipher::Aes128Ccm));
    assert_eq!(format!("{keys:?}"), "SessionKeys { .. }");
    assert_eq!(format!("{:?}", keys.encryption), "Some(CipherKey { cipher: Aes128Ccm, .. })");
}

fn cipher_bytes(key: &Option<CipherKey>) -> Vec<u8> {
    key.as_ref().unwrap().as_bytes().to_vec()
}

fn gss_key() -> Vec<u8> {
    (0x10..0x30).collect()
}

fn hash() -> PreauthHash {
    PreauthHash::from_bytes(core::array::from_fn(|i| i as u8))
}

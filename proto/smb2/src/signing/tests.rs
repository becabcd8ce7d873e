use super::*;
use crate::hex::hex;
use proptest::prelude::*;

const KEY: [u8; 16] = *b"\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f";
const ALL: [SigningAlgorithm; 3] =
    [SigningAlgorithm::HmacSha256, SigningAlgorithm::AesCmac, SigningAlgorithm::AesGmac];

/// Computed with Python's hmac and cryptography over the same 77 bytes.
#[test]
fn signatures_of_each_algorithm() {
    let (read, cancel) = (8, 12);
    let cases = [
        (SigningAlgorithm::HmacSha256, Side::Client, message(read, 8), "4681e3a666ec0b5e1b91444e5e83f78d"),
        (SigningAlgorithm::AesCmac, Side::Client, message(read, 8), "dcecd03bc6ad554108f99cbc68551091"),
        (SigningAlgorithm::AesGmac, Side::Client, message(read, 8), "0f40b609bdfd66ff862c0e00d36b679d"),
        (SigningAlgorithm::AesGmac, Side::Server, message(read, 9), "7655ec680000e9fb743ebe9c549581df"),
        (SigningAlgorithm::AesGmac, Side::Client, message(cancel, 8), "294c6a504ad84e7451fa36254add4d98"),
    ];
    for (algorithm, side, mut message, expected) in cases {
        message[48..64].fill(0xee); // whatever was there does not matter
        let key = SigningKey::new(algorithm, &KEY, side).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        key.sign(&mut message).unwrap();
        assert_eq!(message[48..64], hex(expected), "{algorithm:?} {side:?}");
    }
}

/// RFC 4493 section 4, examples 1 to 4: the primitive below the header's layout.
#[test]
fn rfc_4493() {
    let key = cmac::Key::new(cmac::AES_128, &hex("2b7e151628aed2a6abf7158809cf4f3c")).unwrap();
    let message = hex("6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51
         30c81c46a35ce411e5fbc1191a0a52ef f69f2445df4f9b17ad2b417be66c3710");
    let cases = [
        (0, "bb1d6929e95937287fa37d129b756746"),
        (16, "070a16b46b4d4144f79bdd9dd04a287c"),
        (40, "dfa66747de9ae63030ca32611497c827"),
        (64, "51f0bebf7e3b9d92fc49741779363cfe"),
    ];
    for (len, expected) in cases {
        assert_eq!(cmac::sign(&key, &message[..len]).unwrap().as_ref(), hex(expected));
    }
}

#[test]
fn a_message_sent_back_verifies_only_without_gmac() {
    for algorithm in ALL {
        let client = SigningKey::new(algorithm, &KEY, Side::Client).unwrap();
        let mut message = message(8, 8);
        client.sign(&mut message).unwrap();
        assert_eq!(client.verify(&mut message), algorithm != SigningAlgorithm::AesGmac);
    }
}

#[test]
fn too_short_is_an_error_and_not_a_panic() {
    for algorithm in ALL {
        let key = SigningKey::new(algorithm, &KEY, Side::Server).unwrap();
        for len in 0..64 {
            assert_eq!(key.sign(&mut vec![0; len]), Err(SigningFailed));
            assert!(!key.verify(&mut vec![0; len]));
        }
    }
}

#[test]
fn ids_both_ways() {
    assert_eq!(ALL.map(SigningAlgorithm::id), [0, 1, 2]);
    assert_eq!(ALL.map(|a| SigningAlgorithm::from_id(a.id())), ALL.map(Some));
    assert_eq!(SigningAlgorithm::from_id(3), None);
}

proptest! {
    #[test]
    fn one_side_signs_the_other_verifies(
        body in proptest::collection::vec(any::<u8>(), 64..400),
        which in 0..3usize,
        flip in any::<proptest::sample::Index>(),
        bit in 0..8u8,
    ) {
        let server = SigningKey::new(ALL[which], &KEY, Side::Server).unwrap();
        let client = SigningKey::new(ALL[which], &KEY, Side::Client).unwrap();
        let mut message = body;
        server.sign(&mut message).unwrap();
        let signed = message.clone();
        prop_assert!(client.verify(&mut message));
        prop_assert_eq!(&message, &signed);

        message[flip.index(signed.len())] ^= 1 << bit;
        let changed = message.clone();
        prop_assert!(!client.verify(&mut message));
        prop_assert_eq!(message, changed);
    }
}

fn message(command: u16, flags: u32) -> Vec<u8> {
    let mut message = vec![0; 64];
    message[..6].copy_from_slice(b"\xfeSMB\x40\0");
    message[12..14].copy_from_slice(&command.to_le_bytes());
    message[16..20].copy_from_slice(&flags.to_le_bytes());
    message[24..32].copy_from_slice(&0x0102_0304_0506_0708u64.to_le_bytes());
    message[40..48].copy_from_slice(&0x1122_3344_5566_7788u64.to_le_bytes());
    message.extend(0..13);
    message
}

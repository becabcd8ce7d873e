use super::*;
use crate::hex::hex;
use crate::{KeySchedule, PreauthHash, SessionKeys, Side};
use lanward_wire::{Decode, Encode, Reader};
use proptest::prelude::*;

const ALL: [Cipher; 4] = [Cipher::Aes128Ccm, Cipher::Aes128Gcm, Cipher::Aes256Ccm, Cipher::Aes256Gcm];
const SESSION: u64 = 0x0807_0605_0403_0201;

/// Computed with the AESCCM and AESGCM of Python's cryptography.
#[test]
fn frames_of_each_cipher() {
    let frames = [
        "fd534d42fbdd50e062bc7985cb84bac72ba7a28ea0a1a2a3a4a5a6a7a8a9aa000000000064000000
             0000010001020304050607086c491cf4181dd55d1fcd0318316a07ab1adcb41f212102242496cad7
             4735343c2397021c245a90762bbab8ebb6bd3035a73abfba0c468c952ffa097302c1aa889d12bd59
             f3644b6b97aa80678d503894ca795864cdfec96e2662f47de9f34bc5aca0630a",
        "fd534d4204bb7c575b0e83179c0ce097e297ecffa0a1a2a3a4a5a6a7a8a9aaab0000000064000000
             0000010001020304050607080788a27b6b9a74ca9b56bb4b857b35fc1cc60d426aac17404dad0731
             03c9a48ed0e9e0c9f67f9fcc57b7284fad203307bc6394c971efd40c7711bf33bdc386eed7c7f4ce
             bb8d8b20dcae83d8fe1b9c059cb02074521e048c30dbf444c3dcc1922481b552",
        "fd534d4288d43ad0d4adaf5a16fdec87e77b9d85a0a1a2a3a4a5a6a7a8a9aa000000000064000000
             00000100010203040506070862379bb54b370f5d1a0bcaf454a1f380b93cc8e370a87a0e7d87f1f1
             d484891a1384ec16aff16ee059311bd9587dcf6105b93d4097fb8aca3fc776565f30994b339ba608
             9761c98e359b7830e17568edabb7534ebdec0ffcfd0d023f590332c327daba89",
        "fd534d4292d1f782409ad48a82765fcdcbdea16ca0a1a2a3a4a5a6a7a8a9aaab0000000064000000
             000001000102030405060708a9ce3df57a2a1a14d40401dc86088db47c36f16f74c513976e45826c
             117119b00dd61c0b4c316b50fcf4b394b653c9e2dfbd7237921cfe577869a97b11c39748ff301a5a
             87e71d5f52138c16cd680f080ae11d4e2bac48dea67f2e84753fdcfdd8e9b265",
    ];
    for (cipher, frame) in ALL.into_iter().zip(frames) {
        let key = CipherKey::new(cipher, &(0x10..0x30).collect::<Vec<u8>>());
        let sealer = Sealer::new(&key).unwrap();
        let mut buf = vec![0xee; 52];
        buf.extend(0..100);
        // The nonce is a0 a1 a2...
        let nonces = NonceSequence::new(core::array::from_fn(|i| 0xa0 + i as u8));
        sealer.seal_in_place(&mut buf, SESSION, nonces.next().unwrap()).unwrap();
        assert_eq!(buf, hex(frame), "{cipher:?}");
        assert_eq!(sealer.open_in_place(&mut buf).unwrap(), (0..100).collect::<Vec<u8>>());
    }
}

/// SP800-38D test case 4 of the GCM specification, with its additional data: the primitive below the frame's layout.
#[test]
fn gcm_test_case_4() {
    let key =
        LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &hex("feffe9928665731c6d6a8f9467308308")).unwrap());
    let mut text = hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
         1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    let nonce = Nonce::assume_unique_for_key(hex("cafebabefacedbaddecaf888").try_into().unwrap());
    let aad = Aad::from(hex("feedfacedeadbeeffeedfacedeadbeefabaddad2"));
    let tag = key.seal_in_place_separate_tag(nonce, aad, &mut text).unwrap();
    assert_eq!(tag.as_ref(), hex("5bc94fbc3221a5db94fae95ae7121a47"));
    assert_eq!(
        text,
        hex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e
             21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091")
    );
}

#[test]
fn what_is_not_a_frame() {
    let sealer = sealer(Cipher::Aes128Gcm);
    let sealed = seal(&sealer, &[1, 2, 3]);
    for len in 0..sealed.len() {
        assert!(matches!(sealer.open_in_place(&mut sealed[..len].to_vec()), Err(OpenError::Malformed(_))));
    }
    for (at, value) in [(0, 0xfe), (36, 4), (42, 2), (43, 1)] {
        let mut frame = sealed.clone();
        frame[at] = value;
        assert!(matches!(sealer.open_in_place(&mut frame), Err(OpenError::Malformed(_))), "{at}");
    }
    assert_eq!(sealer.seal_in_place(&mut [0; 51], 1, nonce()), Err(SealFailed));
}

#[test]
fn header_both_ways() {
    let header = TransformHeader {
        signature: [1; 16],
        nonce: [2; 16],
        original_message_size: 0x0403_0201,
        reserved: 0x0605,
        session_id: SESSION,
    };
    let bytes = hex("fd534d42 01010101010101010101010101010101 02020202020202020202020202020202
         01020304 0506 0100 0102030405060708");
    assert_eq!(header.to_bytes(), bytes);
    assert_eq!(TransformHeader::decode(&mut Reader::new(&bytes)), Ok(header));
}

#[test]
fn each_direction_has_its_key() {
    let hash = PreauthHash::new();
    let of = |side| {
        let keys = SessionKeys::derive(side, KeySchedule::Smb311(&hash), &[7; 32], Some(Cipher::Aes256Gcm));
        (
            Sealer::new(&keys.encryption.clone().unwrap()).unwrap(),
            Sealer::new(&keys.decryption.clone().unwrap()).unwrap(),
        )
    };
    let ((server_seals, server_opens), (client_seals, client_opens)) = (of(Side::Server), of(Side::Client));
    assert_eq!(client_opens.open_in_place(&mut seal(&server_seals, b"reply")).unwrap(), b"reply");
    assert_eq!(server_opens.open_in_place(&mut seal(&client_seals, b"ask")).unwrap(), b"ask");
    assert_eq!(
        server_opens.open_in_place(&mut seal(&server_seals, b"sent back")),
        Err(OpenError::NotAuthentic)
    );
}

proptest! {
    #[test]
    fn sealed_opens_and_changed_does_not(
        text in proptest::collection::vec(any::<u8>(), 1..300),
        which in 0..4usize,
        flip in any::<proptest::sample::Index>(),
        bit in 0..8u8,
    ) {
        let sealer = sealer(ALL[which]);
        let sealed = seal(&sealer, &text);
        let mut opened = sealed.clone();
        prop_assert_eq!(&*sealer.open_in_place(&mut opened).unwrap(), &text[..]);

        let mut changed = sealed;
        let at = flip.index(changed.len());
        changed[at] ^= 1 << bit;
        prop_assert!(sealer.open_in_place(&mut changed).is_err());
    }

    #[test]
    fn no_bytes_panic(mut frame: Vec<u8>, which in 0..4usize) {
        prop_assert!(sealer(ALL[which]).open_in_place(&mut frame).is_err());
    }
}

fn sealer(cipher: Cipher) -> Sealer {
    Sealer::new(&CipherKey::new(cipher, &[0x42; 32])).unwrap()
}

fn seal(sealer: &Sealer, text: &[u8]) -> Vec<u8> {
    let mut frame = [&[0; TransformHeader::LEN], text].concat();
    sealer.seal_in_place(&mut frame, SESSION, nonce()).unwrap();
    frame
}

fn nonce() -> SealingNonce {
    NonceSequence::new([9; 12]).next().unwrap()
}

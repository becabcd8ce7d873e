//! The primitives of [MS-NLMP] 6, with keys of the only lengths NTLM uses so that none of them can fail.

use des::Des;
use des::cipher::{BlockCipherDecrypt, BlockCipherEncrypt};
use hmac::{Hmac, KeyInit, Mac};
use md4::Md4;
use md5::{Digest, Md5};
use rc4::{Rc4, StreamCipher};

pub(crate) fn md4(data: &[u8]) -> [u8; 16] {
    Md4::digest(data).into()
}

pub(crate) fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut md5 = Md5::new();
    parts.iter().for_each(|p| md5.update(p));
    md5.finalize().into()
}

pub(crate) fn hmac_md5(key: &[u8; 16], parts: &[&[u8]]) -> [u8; 16] {
    // HMAC pads a short key with zeros to the block, so the padded key is the same key.
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    let mut mac = Hmac::<Md5>::new(&block.into());
    parts.iter().for_each(|p| mac.update(p));
    mac.finalize().into_bytes().into()
}

/// An RC4 stream. The key schedule repeats its key anyway, so 16 bytes written twice are the 16-byte key.
pub(crate) fn rc4_stream(key: &[u8; 16]) -> Rc4 {
    let mut twice = [0; 32];
    twice.iter_mut().zip(key.iter().cycle()).for_each(|(to, from)| *to = *from);
    Rc4::new(&twice.into())
}

/// RC4K: one buffer under a fresh stream.
pub(crate) fn rc4k(key: &[u8; 16], data: &[u8; 16]) -> [u8; 16] {
    let mut out = *data;
    rc4_stream(key).apply_keystream(&mut out);
    out
}

/// DES of one block under a key of 56 bits, to which the parity bits are added here.
pub(crate) fn des(key: [u8; 7], block: [u8; 8]) -> [u8; 8] {
    let mut block = block.into();
    Des::new(&key_with_parity(key).into()).encrypt_block(&mut block);
    block.into()
}

/// What [`des`] was given.
pub(crate) fn des_back(key: [u8; 7], block: [u8; 8]) -> [u8; 8] {
    let mut block = block.into();
    Des::new(&key_with_parity(key).into()).decrypt_block(&mut block);
    block.into()
}

fn key_with_parity(key: [u8; 7]) -> [u8; 8] {
    let [a, b, c, d, e, f, g] = key;
    let bits = u64::from_be_bytes([0, a, b, c, d, e, f, g]);
    core::array::from_fn(|i| {
        let shift = 49_usize.saturating_sub(i.saturating_mul(7));
        let [.., seven] = (bits >> shift & 0x7f).to_be_bytes();
        seven << 1
    })
}

/// The reflected CRC-32 of [MS-NLMP] 6 CRC32(), bit by bit: it sees sixteen bytes once per logon at most.
pub(crate) fn crc32(data: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !data.iter().fold(u32::MAX, |crc, b| (0..8).fold(crc ^ u32::from(*b), step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ntlm::testing::hex;

    #[test]
    fn ms_nlmp_4_2_2_1_1_des() {
        let magic = *b"KGS!@#$%";
        assert_eq!(des(*b"PASSWOR", magic).to_vec(), hex("e52cac67419a9a22"));
        assert_eq!(des(*b"D\0\0\0\0\0\0", magic).to_vec(), hex("4a3b108f3fa6cb6d"));
    }

    #[test]
    fn crc_of_the_check_string() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn rfc_2202_hmac_md5() {
        assert_eq!(
            hmac_md5(&[0x0b; 16], &[b"Hi ", b"There"]).to_vec(),
            hex("9294727a3638bb1c13f48ef8158bfc9d")
        );
    }
}

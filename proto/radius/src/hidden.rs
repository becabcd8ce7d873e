//! Values that only those can read who know the secret.

use crate::packet::Secret;
use md5::{Digest, Md5};
use zeroize::Zeroizing;

pub(crate) fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut md5 = Md5::new();
    parts.iter().for_each(|part| md5.update(part));
    md5.finalize().into()
}

/// RFC 2865, 5.2: a password, padded to blocks of 16 bytes.
pub(crate) fn hide(clear: &[u8], secret: &Secret, authenticator: &[u8; 16]) -> Vec<u8> {
    let blocks = clear.len().div_ceil(16).max(1);
    let mut data = Zeroizing::new(clear.to_vec());
    data.resize(blocks.saturating_mul(16), 0);
    seal(&mut data, secret, authenticator);
    data.to_vec()
}

/// What [`hide`] was given, with its padding; `None` if it is not whole blocks.
pub(crate) fn reveal(hidden: &[u8], secret: &Secret, authenticator: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (blocks, rest) = hidden.as_chunks::<16>();
    if blocks.is_empty() || !rest.is_empty() {
        return None;
    }
    let mut clear = Zeroizing::new(Vec::with_capacity(hidden.len()));
    let mut pad = md5(&[secret.expose(), authenticator]);
    for block in blocks {
        clear.extend(block.iter().zip(pad).map(|(byte, pad)| byte ^ pad));
        pad = md5(&[secret.expose(), block]);
    }
    Some(clear)
}

fn seal(data: &mut [u8], secret: &Secret, authenticator: &[u8]) {
    let mut pad = md5(&[secret.expose(), authenticator]);
    for block in data.as_chunks_mut::<16>().0 {
        block.iter_mut().zip(pad).for_each(|(byte, pad)| *byte ^= pad);
        pad = md5(&[secret.expose(), block]);
    }
}

/// RFC 2548, 2.4.2: a key behind its salt; `None` if it makes no sense. It has 8, 16 or 32 bytes.
pub(crate) fn reveal_key(value: &[u8], secret: &Secret, request: &[u8; 16]) -> Option<Zeroizing<Vec<u8>>> {
    let (salt, hidden) = value.split_first_chunk::<2>()?;
    if salt.first()? & 0x80 == 0 {
        return None;
    }
    let clear = reveal(hidden, secret, &[&request[..], salt].concat())?;
    let (length, key) = clear.split_first()?;
    if !matches!(length, 8 | 16 | 32) {
        return None;
    }
    Some(Zeroizing::new(key.get(..usize::from(*length))?.to_vec()))
}

/// What [`reveal_key`] reads.
#[cfg(test)]
pub(crate) fn hide_key(key: &[u8], salt: [u8; 2], secret: &Secret, request: &[u8; 16]) -> Vec<u8> {
    let [high, low] = salt;
    let salt = [high | 0x80, low];
    let length = u8::try_from(key.len()).unwrap_or(u8::MAX);
    let mut data = Zeroizing::new([&[length], key].concat());
    let whole = data.len().next_multiple_of(16);
    data.resize(whole, 0);
    seal(&mut data, secret, &[&request[..], &salt].concat());
    [&salt[..], &data].concat()
}

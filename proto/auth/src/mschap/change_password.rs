use crate::{NtHash, sam};
use core::fmt;
use lanward_nt::NtString;
use lanward_wire::Writer;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// Length of an encrypted password: the longest one and its length, in bytes.
pub const ENCRYPTED_PASSWORD: usize = LONGEST + 4;

/// Longest password, in bytes.
const LONGEST: usize = 512;

/// A new password as RFC 2759, 8.9 carries it: read with the hash of the old one. Wiped when it is dropped.
pub struct NewPassword {
    text: NtString,
    hash: NtHash,
}

impl NewPassword {
    /// Reads what a client sent under the hash of its old password; `None` if that makes no sense, or if `encrypted_hash`, the old hash under the
    /// new one (RFC 2759, 8.12), is that of another password.
    #[must_use]
    pub fn open(
        encrypted_password: &[u8; ENCRYPTED_PASSWORD],
        encrypted_hash: &[u8; 16],
        old: &NtHash,
    ) -> Option<Self> {
        let mut clear = Zeroizing::new(*encrypted_password);
        sam::rc4(old.expose(), &mut *clear);
        let (buffer, length) = clear.split_last_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let start = LONGEST.checked_sub(length).filter(|_| length.is_multiple_of(2))?;
        let text = NtString::from_utf16le(buffer.get(start..)?);
        let new = Self { hash: NtHash::of_password(&text), text };
        let right: bool = sam::encrypt_hash(old.expose(), new.hash.expose()).ct_eq(encrypted_hash).into();
        right.then_some(new)
    }

    /// The password.
    #[must_use]
    pub const fn text(&self) -> &NtString {
        &self.text
    }

    /// Its hash.
    #[must_use]
    pub const fn hash(&self) -> &NtHash {
        &self.hash
    }
}

impl Drop for NewPassword {
    fn drop(&mut self) {
        self.text.0.zeroize();
    }
}

impl fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NewPassword(..)")
    }
}

/// RFC 2759, 8.9 and 8.12: a new password under the old one's hash, and the old hash under the new one. `fill` stands in front of the password and
/// must be random. A password of more than 256 UTF-16 code units cannot be sent (`None`).
#[must_use]
pub fn encrypt_password(
    new: &NtString,
    old: &NtHash,
    fill: [u8; LONGEST],
) -> Option<(Box<[u8; ENCRYPTED_PASSWORD]>, [u8; 16])> {
    let mut utf16 = Zeroizing::new(Vec::with_capacity(LONGEST));
    Writer::new(&mut utf16).utf16(new.units());
    let start = LONGEST.checked_sub(utf16.len())?;
    let length = u32::try_from(utf16.len()).ok()?.to_le_bytes();
    let mut buffer = Box::new([0; ENCRYPTED_PASSWORD]);
    let clear = fill.iter().take(start).chain(utf16.iter()).chain(&length);
    buffer.iter_mut().zip(clear).for_each(|(to, from)| *to = *from);
    sam::rc4(old.expose(), &mut *buffer);
    Some((buffer, sam::encrypt_hash(old.expose(), NtHash::of_password(new).expose())))
}

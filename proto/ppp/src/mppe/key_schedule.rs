use super::rc4::Rc4;
use core::fmt;
use lanward_auth::mschap::StartKey;
use sha1::{Digest, Sha1};
use zeroize::{Zeroize, Zeroizing};

/// The keys of one direction, one after the other (RFC 3079, 3; RFC 3078, 7). Wiped when it is dropped.
#[derive(Clone)]
pub struct KeySchedule {
    start: StartKey,
    session: [u8; 16],
}

impl KeySchedule {
    /// At the initial session key, which is not yet that of the first packet in [`super::Mode::Stateless`].
    #[must_use]
    pub fn new(start: StartKey) -> Self {
        let mut session = [0; 16];
        session.iter_mut().zip(start.expose()).for_each(|(to, from)| *to = *from);
        let mut schedule = Self { start, session };
        schedule.session = *schedule.interim();
        schedule.reduce();
        schedule
    }

    /// The present session key: 8 or 16 bytes.
    #[must_use]
    pub fn session_key(&self) -> &[u8] {
        self.session.get(..self.start.strength().key_length()).unwrap_or(&self.session)
    }

    /// On to the next session key (RFC 3078, 7.3).
    pub fn rekey(&mut self) {
        let length = self.start.strength().key_length();
        let mut key = self.interim();
        let mut cipher = Rc4::new(key.get(..length).unwrap_or_default());
        cipher.apply(key.get_mut(..length).unwrap_or_default());
        self.session = *key;
        self.reduce();
    }

    pub(super) fn cipher(&self) -> Rc4 {
        Rc4::new(self.session_key())
    }

    /// RFC 3078, 7.2 GetNewKeyFromSHA
    fn interim(&self) -> Zeroizing<[u8; 16]> {
        let mut sha1 = Sha1::new();
        let parts: [&[u8]; 4] = [self.start.expose(), &[0; 40], self.session_key(), &[0xf2; 40]];
        parts.iter().for_each(|part| sha1.update(part));
        let digest = Zeroizing::new(<[u8; 20]>::from(sha1.finalize()));
        let mut key = Zeroizing::new([0; 16]);
        let length = self.start.strength().key_length();
        key.iter_mut().zip(digest.iter()).take(length).for_each(|(to, from)| *to = *from);
        key
    }

    fn reduce(&mut self) {
        self.session.iter_mut().zip(self.start.strength().salt()).for_each(|(to, from)| *to = *from);
    }
}

impl Drop for KeySchedule {
    fn drop(&mut self) {
        self.session.zeroize();
    }
}

impl fmt::Debug for KeySchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeySchedule({:?}, ..)", self.start.strength())
    }
}

use crate::random::random;
use crate::request::Protection;
use crate::{Error, Result};
use lanward_smb2::messages::SessionFlags;
use lanward_smb2::{
    NonceSequence, Sealer, SessionId, SessionKeys, Side, SigningAlgorithm, SigningKey, TransformHeader,
};

/// A session of the connection: its keys and what it must protect.
#[derive(Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// What the server said it is: guest, anonymous, to be encrypted.
    pub flags: SessionFlags,
    /// Whether every request is signed.
    pub sign: bool,
    /// Whether every request is encrypted.
    pub seal: bool,
    /// The key that higher layers are told.
    pub application_key: [u8; 16],
    signing: SigningKey,
    sealing: Option<(Sealer, Sealer)>,
    nonces: NonceSequence,
}

impl Session {
    pub(crate) fn new(id: SessionId, keys: &SessionKeys, algorithm: SigningAlgorithm) -> Result<Self> {
        let bad = Error::Unable("the keys cannot be used");
        let Ok(signing) = SigningKey::new(algorithm, &keys.signing, Side::Client) else { return Err(bad) };
        let sealing = match (&keys.encryption, &keys.decryption) {
            (Some(to_server), Some(to_client)) => {
                let both = (Sealer::new(to_server), Sealer::new(to_client));
                let (Ok(to_server), Ok(to_client)) = both else { return Err(bad) };
                Some((to_server, to_client))
            }
            _ => None,
        };
        Ok(Self {
            id,
            flags: SessionFlags::empty(),
            sign: false,
            seal: false,
            application_key: keys.application,
            signing,
            sealing,
            nonces: NonceSequence::new(random()?),
        })
    }

    /// Whether the session has keys to encrypt with.
    #[must_use]
    pub const fn can_seal(&self) -> bool {
        self.sealing.is_some()
    }

    /// Whether the user is a guest or nobody: there is no key anyone could trust, so nothing is signed.
    #[must_use]
    pub const fn is_keyless(&self) -> bool {
        self.flags.intersects(SessionFlags::IS_GUEST.union(SessionFlags::IS_NULL))
    }

    /// What a request gets when nothing else is asked for; `seal` when the share demands encryption.
    pub(crate) const fn protection(&self, seal: bool) -> Protection {
        if (self.seal || seal) && self.sealing.is_some() {
            return Protection::Sealed;
        }
        if self.sign { Protection::Signed } else { Protection::Plain }
    }

    /// Signs one message in place; SIGNED must be set.
    pub(crate) fn sign(&self, message: &mut [u8]) -> Result<()> {
        self.signing.sign(message).map_err(|_| Error::Unable("the message is shorter than a header"))
    }

    pub(crate) fn verify(&self, message: &mut [u8]) -> bool {
        self.signing.verify(message)
    }

    /// Encrypts in place: `buf` begins with room for the transform header.
    pub(crate) fn seal(&self, buf: &mut [u8]) -> Result<()> {
        let Some((sealer, _)) = &self.sealing else {
            return Err(Error::Unable("the session cannot encrypt"));
        };
        let nonce = self.nonces.next().map_err(|_| Error::Unable("no nonces are left"))?;
        sealer.seal_in_place(buf, self.id.0, nonce).map_err(|_| Error::Unable("the message cannot be sealed"))
    }

    /// Decrypts a frame in place; the messages begin behind the transform header.
    pub(crate) fn open(&self, frame: &mut [u8]) -> Result<()> {
        let Some((_, opener)) = &self.sealing else {
            return Err(Error::Protocol("an encrypted reply on a session without encryption"));
        };
        match opener.open_in_place(frame) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Protocol("an encrypted reply that cannot be opened")),
        }
    }
}

/// Bytes in front of sealed messages.
pub(crate) const TRANSFORM: usize = TransformHeader::LEN;

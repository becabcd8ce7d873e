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
    keys: SessionKeys,
    signing: SigningKey,
    sealing: Option<(Sealer, Sealer)>,
    nonces: NonceSequence,
    /// Whether a binding is on its way: the keys are the session's, the channel has none yet.
    pub(crate) binding: bool,
}

/// A session to which another connection is to be bound as a channel: see [`Login::bind`](crate::Login::bind).
#[derive(Debug, Clone)]
pub struct Binding {
    pub(crate) id: SessionId,
    pub(crate) keys: SessionKeys,
    flags: SessionFlags,
    seal: bool,
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
            keys: keys.clone(),
            signing,
            sealing,
            nonces: NonceSequence::new(random()?),
            binding: false,
        })
    }

    /// What another connection needs to become a channel of this session.
    #[must_use]
    pub fn binding(&self) -> Binding {
        Binding { id: self.id, keys: self.keys.clone(), flags: self.flags, seal: self.seal }
    }

    /// The session on a connection that is being bound to it: it signs with Session.SigningKey.
    pub(crate) fn bound(binding: &Binding, algorithm: SigningAlgorithm) -> Result<Self> {
        let mut session = Self::new(binding.id, &binding.keys, algorithm)?;
        session.flags = binding.flags;
        session.sign = true;
        session.binding = true;
        Ok(session)
    }

    /// The binding is done: from now on this channel's own key signs.
    pub(crate) fn channel(binding: &Binding, signing: [u8; 16], algorithm: SigningAlgorithm) -> Result<Self> {
        let mut keys = binding.keys.clone();
        keys.signing = signing;
        let mut session = Self::new(binding.id, &keys, algorithm)?;
        // A third channel is bound with the session's key, not with this one's.
        session.keys = binding.keys.clone();
        (session.flags, session.seal) = (binding.flags, binding.seal);
        Ok(session)
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

//! A session as one connection uses it.

use super::Session;
use lanward_smb2::{SealFailed, SigningKey};
use std::sync::Arc;

/// [MS-SMB2] 3.3.1.14 Per Channel: what is the session's is shared, what is signed here is signed with a key of its own.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) session: Arc<Session>,
    /// Channel.SigningKey; on the connection the session was set up over it is the session's.
    signing: Option<SigningKey>,
}

impl Channel {
    /// The channel a session was set up over, or one whose binding is not done: both sign with Session.SigningKey.
    pub(crate) fn first(session: Arc<Session>) -> Arc<Self> {
        Arc::new(Self { session, signing: None })
    }

    /// A bound channel.
    pub(crate) fn bound(session: Arc<Session>, signing: SigningKey) -> Arc<Self> {
        Arc::new(Self { session, signing: Some(signing) })
    }

    /// Signs one whole response.
    pub(crate) fn sign(&self, message: &mut [u8]) -> Result<(), SealFailed> {
        self.key().ok_or(SealFailed)?.sign(message).map_err(|_| SealFailed)
    }

    /// Whether a request's signature is right.
    pub(crate) fn verify(&self, message: &mut [u8]) -> bool {
        self.key().is_some_and(|key| key.verify(message))
    }

    fn key(&self) -> Option<&SigningKey> {
        self.signing.as_ref().or(self.session.signing_key())
    }
}

//! A session as one connection uses it.

use super::Session;
use lanward_fsa::LeaseTable;
use lanward_smb2::{SealFailed, SigningKey};
use std::sync::{Arc, OnceLock};

/// [MS-SMB2] 3.3.1.14 Per Channel: what is the session's is shared, what is signed here is signed with a key of its own.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) session: Arc<Session>,
    /// Channel.SigningKey; on the connection the session was set up over it is the session's.
    signing: Option<SigningKey>,
    /// The leases of the session's user at the connection's client; SMB 2.0.2 has none.
    leases: OnceLock<Arc<LeaseTable>>,
}

impl Channel {
    /// The channel a session was set up over, or one whose binding is not done: both sign with Session.SigningKey.
    pub(crate) fn first(session: Arc<Session>) -> Arc<Self> {
        Arc::new(Self { session, signing: None, leases: OnceLock::new() })
    }

    /// A bound channel.
    pub(crate) fn bound(session: Arc<Session>, signing: SigningKey) -> Arc<Self> {
        Arc::new(Self { session, signing: Some(signing), leases: OnceLock::new() })
    }

    /// Signs one whole response.
    pub(crate) fn sign(&self, message: &mut [u8]) -> Result<(), SealFailed> {
        self.key().ok_or(SealFailed)?.sign(message).map_err(|_| SealFailed)
    }

    /// Whether a request's signature is right.
    pub(crate) fn verify(&self, message: &mut [u8]) -> bool {
        self.key().is_some_and(|key| key.verify(message))
    }

    pub(super) fn set_leases(&self, leases: Arc<LeaseTable>) {
        self.leases.set(leases).ok();
    }

    /// Connection.LeaseTable ([MS-SMB2] 3.3.1.11), as far as it is the user's; there is none before 2.1.
    pub(crate) fn leases(&self) -> Option<&Arc<LeaseTable>> {
        self.leases.get()
    }

    fn key(&self) -> Option<&SigningKey> {
        self.signing.as_ref().or(self.session.signing_key())
    }
}

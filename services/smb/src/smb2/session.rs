//! What SMB2 keeps beside the core's session: keys, and the ids a client uses for trees and opens.

use super::channel_sequence::ChannelSequence;
use super::connection::Negotiated;
use super::{Connection, Ids};
use lanward_nt::NtStatus;
use lanward_server::{CapturedKeys, Open, Share, TreeConnect};
use lanward_smb2::messages::AaplCapabilities;
use lanward_smb2::{
    Cipher, Dialect, NonceSequence, OpenError, SealFailed, Sealer, SessionId, SessionKeys, SigningKey, TreeId,
};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

/// [MS-SMB2] 3.3.1.8 Per Session.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) core: Arc<lanward_server::Session>,
    /// Session.Connection.Dialect and CipherId: every channel's are the same.
    pub(crate) dialect: Dialect,
    pub(crate) cipher: Option<Cipher>,
    /// Session.SigningRequired.
    pub(crate) signing_required: bool,
    /// Session.EncryptData: unencrypted requests are refused.
    pub(crate) encrypt_data: bool,
    /// Absent for guests and NULL sessions, which have no key anyone could trust.
    signing: Option<SigningKey>,
    keys: SessionKeys,
    sealer: OnceLock<Option<Sealer>>,
    opener: OnceLock<Option<Sealer>>,
    nonces: NonceSequence,
    /// The connections of Session.ChannelList, the oldest first.
    connections: Mutex<Vec<Weak<Connection>>>,
    pub(crate) trees: Mutex<Ids<u32, Arc<Tree>>>,
    pub(crate) opens: Mutex<Ids<u64, OpenEntry>>,
    /// What of Apple's extensions was agreed on, as [`AaplCapabilities`].
    apple: AtomicU64,
}

/// [MS-SMB2] 3.3.1.9 Per Tree Connect.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) id: TreeId,
    pub(crate) core: Arc<TreeConnect>,
}

/// An open and the tree connect it was made through.
#[derive(Debug, Clone)]
pub(crate) struct OpenEntry {
    pub(crate) open: Arc<Open>,
    pub(crate) tree: TreeId,
    pub(crate) sequence: Arc<ChannelSequence>,
}

impl OpenEntry {
    /// An open as a CREATE with this ChannelSequence made it or came back for it.
    pub(crate) fn new(open: Arc<Open>, tree: TreeId, sequence: u16) -> Self {
        Self { open, tree, sequence: ChannelSequence::starting_at(sequence) }
    }
}

impl Session {
    /// From here on client and server do these of Apple's extensions.
    pub(crate) fn agree_on(&self, apple: AaplCapabilities) {
        self.apple.fetch_or(apple.bits(), Ordering::Relaxed);
    }

    /// Whether this of Apple's extensions was agreed on.
    pub(crate) fn agreed_on(&self, apple: AaplCapabilities) -> bool {
        AaplCapabilities::from_bits_retain(self.apple.load(Ordering::Relaxed)).contains(apple)
    }

    pub(crate) fn new(
        core: Arc<lanward_server::Session>,
        negotiated: &Negotiated,
        keys: SessionKeys,
        signing: Option<SigningKey>,
        random: [u8; 12],
        signing_required: bool,
        encrypt_data: bool,
    ) -> Self {
        Self {
            id: SessionId(core.id()),
            core,
            dialect: negotiated.dialect,
            cipher: negotiated.cipher,
            signing_required: signing_required && signing.is_some(),
            encrypt_data: encrypt_data && signing.is_some(),
            signing,
            keys,
            sealer: OnceLock::new(),
            opener: OnceLock::new(),
            nonces: NonceSequence::new(random),
            connections: Mutex::default(),
            trees: Mutex::default(),
            opens: Mutex::default(),
            apple: AtomicU64::new(0),
        }
    }

    /// Whether the session has a key to sign with.
    pub(crate) fn can_sign(&self) -> bool {
        self.signing.is_some()
    }

    /// Whether the session has keys to seal with.
    pub(crate) fn can_seal(&self) -> bool {
        self.can_sign() && self.keys.encryption.is_some()
    }

    /// Whether requests to a share count only if they are sealed: it takes no others, or it is hardened and the client can.
    pub(crate) fn seals_for(&self, share: &Share) -> bool {
        share.encrypt || (share.is_hardened() && self.can_seal())
    }

    /// Whether a request counts only if it is signed or sealed.
    pub(crate) fn must_protect(&self) -> bool {
        self.signing_required || self.encrypt_data
    }

    /// Session.SigningKey
    pub(crate) fn signing_key(&self) -> Option<&SigningKey> {
        self.signing.as_ref()
    }

    pub(crate) fn add_connection(&self, connection: &Arc<Connection>) {
        self.connection_list().push(Arc::downgrade(connection));
    }

    pub(crate) fn remove_connection(&self, connection: &Arc<Connection>) {
        self.connection_list().retain(|c| !std::ptr::eq(c.as_ptr(), Arc::as_ptr(connection)));
    }

    fn connection_list(&self) -> MutexGuard<'_, Vec<Weak<Connection>>> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What opens the session's sealed frames, if it has such keys.
    pub(crate) fn captured_keys(&self) -> Option<CapturedKeys> {
        let (to_client, to_server) = (self.keys.encryption.as_ref()?, self.keys.decryption.as_ref()?);
        Some(CapturedKeys {
            session: self.id.0,
            to_server: to_server.as_bytes().to_vec(),
            to_client: to_client.as_bytes().to_vec(),
        })
    }

    /// Seals a frame in place; it begins with room for the transform header.
    pub(crate) fn seal(&self, frame: &mut [u8]) -> Result<(), SealFailed> {
        let make = || self.keys.encryption.as_ref().and_then(|key| Sealer::new(key).ok());
        let sealer = self.sealer.get_or_init(make).as_ref().ok_or(SealFailed)?;
        let nonce = self.nonces.next().map_err(|_| SealFailed)?;
        sealer.seal_in_place(frame, self.id.0, nonce)
    }

    /// Opens a sealed frame in place.
    pub(crate) fn open(&self, frame: &mut [u8]) -> Result<(), OpenError> {
        let make = || self.keys.decryption.as_ref().and_then(|key| Sealer::new(key).ok());
        let opener = self.opener.get_or_init(make).as_ref().ok_or(OpenError::NotAuthentic)?;
        opener.open_in_place(frame).map(drop)
    }

    pub(crate) fn tree(&self, id: TreeId) -> Result<Arc<Tree>, NtStatus> {
        let trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        trees.get(&id.0).cloned().ok_or(NtStatus::NETWORK_NAME_DELETED)
    }

    pub(crate) fn remove_tree(&self, id: TreeId) -> Option<Arc<Tree>> {
        self.trees.lock().unwrap_or_else(PoisonError::into_inner).remove(&id.0)
    }

    pub(crate) fn open_entry(&self, volatile: u64) -> Option<OpenEntry> {
        self.opens.lock().unwrap_or_else(PoisonError::into_inner).get(&volatile).cloned()
    }

    pub(crate) fn remove_open(&self, volatile: u64) -> Option<OpenEntry> {
        self.opens.lock().unwrap_or_else(PoisonError::into_inner).remove(&volatile)
    }

    /// Takes out every open made through a tree connect.
    pub(crate) fn take_opens_of(&self, tree: TreeId) -> Vec<Arc<Open>> {
        let mut opens = self.opens.lock().unwrap_or_else(PoisonError::into_inner);
        opens.extract_if(|_, entry| entry.tree == tree).map(|(_, entry)| entry.open).collect()
    }

    /// Gives back everything the session holds, but for opens that wait for their client.
    pub(crate) async fn leave(&self) {
        self.trees.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.opens.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.core.leave().await;
    }
}

use crate::{NETWORK_NAME_DELETED, Open, OpenId, Server, ShareKind, TreeConnect};
use lanward_nt::{AccessMask, CreateOptions, Guid, NtStatus, NtString, ShareAccess};
use std::sync::Arc;

/// A client that comes back for an open ([MS-SMB2] 2.2.13.2.4, 2.2.13.2.12).
#[derive(Debug, Clone, Copy)]
pub struct Reconnect<'a> {
    /// FileId.Persistent
    pub id: OpenId,
    /// CreateGuid and SMB2_DHANDLE_FLAG_PERSISTENT of the second version.
    pub v2: Option<(Guid, bool)>,
    /// Connection.ClientGuid
    pub client: Guid,
    /// The lease the client says the open belongs to.
    pub lease: Option<LeaseClaim>,
    /// The name it says it opened, which matters only with a lease.
    pub name: &'a NtString,
}

/// A create of a persistent open that is sent again by a client that lost its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PersistentReplay<'a> {
    /// CreateGuid
    pub create_guid: Guid,
    /// Connection.ClientGuid
    pub client: Guid,
    /// What it asks for.
    pub desired_access: AccessMask,
    /// What it lets others do.
    pub share_access: ShareAccess,
    /// The options of the open it would make.
    pub options: CreateOptions,
    /// The name it opens.
    pub name: &'a NtString,
}

/// The lease of a request: its key and the version of its context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeaseClaim {
    /// LeaseKey
    pub key: Guid,
    /// 1 or 2.
    pub version: u8,
}

impl TreeConnect {
    /// Takes over an open that waits for its client ([MS-SMB2] 3.3.5.9.7, 3.3.5.9.12). It has another volatile id from then on.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: no such open waits, or not for this client; INVALID_PARAMETER: the name or the persistent flag is wrong;
    /// ACCESS_DENIED: it is somebody else's, or more than the share now allows; TOO_MANY_OPENED_FILES; NETWORK_NAME_DELETED.
    pub fn reconnect(self: &Arc<Self>, claim: &Reconnect<'_>) -> Result<Arc<Open>, NtStatus> {
        let open = self.server.waiting(claim).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        if !self.is_origin_of(&open) || !matches(&open, claim) {
            return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
        }
        let (leased, promise) = (open.caching().lease.is_some(), open.promise());
        if leased && !open.is_named(claim.name) {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        if claim.v2.is_some_and(|(_, persistent)| persistent) && !promise.persistent {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        self.take_over_waiting(&open)?;
        Ok(open)
    }

    /// As [`TreeConnect::reconnect`], behind the connections that the client has closed.
    ///
    /// # Errors
    /// As for [`TreeConnect::reconnect`].
    pub async fn reconnect_behind(self: &Arc<Self>, claim: &Reconnect<'_>) -> Result<Arc<Open>, NtStatus> {
        let outcome = self.reconnect(claim);
        if outcome.as_ref().err() != Some(&NtStatus::OBJECT_NAME_NOT_FOUND) {
            return outcome;
        }
        if self.server.open(claim.id).is_none_or(|open| open.user.sid != self.user.sid) {
            return outcome;
        }
        self.see_off_others().await;
        self.reconnect(claim)
    }

    /// Takes over the persistent open that an earlier sending of the same create made, if that waits ([MS-SMB2] 3.3.5.9).
    ///
    /// # Errors
    /// ACCESS_DENIED: it is somebody else's, its lease is another client's, or it is more than the share now allows; CONTEXT_MISMATCH: it is
    /// not what is asked for; TOO_MANY_OPENED_FILES; NETWORK_NAME_DELETED.
    pub fn replay_persistent(
        self: &Arc<Self>,
        replay: &PersistentReplay<'_>,
    ) -> Result<Option<Arc<Open>>, NtStatus> {
        let found = self.server.disconnected.find(|open| {
            let origin = open.durability().map(super::Durability::origin);
            let same = origin.is_some_and(|o| o.create_guid == Some(replay.create_guid));
            same && open.promise().persistent && self.is_origin_of(open)
        });
        let Some(open) = found else { return Ok(None) };
        let (Some(file), Some(durability)) = (open.file(), open.durability()) else { return Ok(None) };
        if open.user.sid != self.user.sid || open.user.kind != self.user.kind {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if open.caching().lease.is_some() && durability.origin().client != replay.client {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if !open.is_named(replay.name)
            || durability.origin().desired_access != replay.desired_access
            || file.share_access() != replay.share_access
            || file.options() != replay.options
        {
            return Err(NtStatus::CONTEXT_MISMATCH);
        }
        self.take_over_waiting(&open)?;
        Ok(Some(open))
    }

    /// Makes an open that waits one of this tree's.
    ///
    /// # Errors
    /// As for [`TreeConnect::reconnect`].
    pub(crate) fn take_over_waiting(self: &Arc<Self>, open: &Arc<Open>) -> Result<(), NtStatus> {
        if open.user.sid != self.user.sid || open.user.kind != self.user.kind {
            return Err(NtStatus::ACCESS_DENIED);
        }
        // A policy that became stricter meanwhile holds for who comes back too.
        let needs = AccessMask::ACCESS_SYSTEM_SECURITY.union(AccessMask::SYNCHRONIZE);
        let granted = open.file().map_or(AccessMask::empty(), |f| f.granted_access()).difference(needs);
        if !self.maximal_access().contains(granted) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let slot = self.take_slot()?;
        let mut opens = self.lock();
        if self.is_closed() {
            return Err(NETWORK_NAME_DELETED);
        }
        // Whoever takes it out of the table has it: another reconnect, the scavenger, or this one.
        self.server.disconnected.take(open.id).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        open.attach(self, slot);
        opens.insert(open.id, Arc::clone(open));
        Ok(())
    }

    /// Whether an open was made through this share.
    fn is_origin_of(&self, open: &Open) -> bool {
        let ShareKind::Disk(file_system) = &self.share().kind else { return false };
        open.is_of(self.share()) && open.file().is_some_and(|f| f.file_system().is_same(file_system))
    }
}

impl Server {
    /// The open a reconnect means: by its id, or a persistent one by the name its create had.
    fn waiting(&self, claim: &Reconnect<'_>) -> Option<Arc<Open>> {
        if let Some(open) = self.open(claim.id) {
            return Some(open);
        }
        let (guid, persistent) = claim.v2?;
        let is_meant = |open: &Open| {
            let origin = open.durability().map(super::Durability::origin);
            open.promise().persistent && origin.is_some_and(|o| o.create_guid == Some(guid))
        };
        self.disconnected.find(is_meant).filter(|_| persistent)
    }
}

/// Everything that is answered with OBJECT_NAME_NOT_FOUND when it does not fit.
fn matches(open: &Open, claim: &Reconnect<'_>) -> bool {
    let Some(durability) = open.durability() else { return false };
    let (origin, promise, caching) = (durability.origin(), durability.promise(), open.caching());
    if !(promise.durable || promise.resilient || promise.persistent) || open.tree().is_some() {
        return false;
    }
    if let Some((create_guid, persistent)) = claim.v2 {
        let same = origin.create_guid.unwrap_or_default() == create_guid;
        if !same || (promise.persistent && !persistent) {
            return false;
        }
    }
    let lease = caching.lease.map(|l| LeaseClaim { key: l.key, version: l.version });
    if lease != claim.lease || (lease.is_some() && origin.client != claim.client) {
        return false;
    }
    !promise.durable || promise.persistent || caching.keeps_handle()
}

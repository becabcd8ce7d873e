use super::{KeptOpen, LockSequences};
use crate::open::Owner;
use crate::{Open, OpenBody, Server, ShareKind, User};
use lanward_fsa::{BreakRoute, KeptCache};
use lanward_nt::NtStatus;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, OnceLock};
use tokio::time::Instant;

impl Open {
    /// All that makes it what it is; `None` for what cannot outlive the server.
    pub(crate) fn kept(&self) -> Option<KeptOpen> {
        let durability = self.durability()?;
        if self.is_closed() {
            return None;
        }
        Some(KeptOpen {
            id: self.id,
            share: self.share.name.clone(),
            user: User::clone(&self.user),
            origin: *durability.origin(),
            promise: durability.promise(),
            file: self.file()?.kept()?,
            lock_sequences: self.lock_sequences.get().map(|s| s.valid()).unwrap_or_default(),
        })
    }
}

impl Server {
    /// Brings back an open of an earlier run: it has its file, share mode, locks and caches again, and waits for its client.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: its share or file is gone, or the name leads to another file now; ACCESS_DENIED: its user may not use the share
    /// any more; what the volume answers.
    pub async fn restore(self: &Arc<Self>, kept: KeptOpen) -> Result<(), NtStatus> {
        let share = self.find_share(&kept.share).filter(|s| s.continuous);
        let share = share.ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        let ShareKind::Disk(file_system) = &share.kind else { return Err(NtStatus::OBJECT_NAME_NOT_FOUND) };
        let leases = matches!(kept.file.cache, KeptCache::Lease { .. })
            .then(|| self.leases_of(kept.origin.client, &kept.user));
        let by = Arc::new(share.security_context(&kept.user, false)?);
        let route = Arc::new(BreakRoute::new(&self.orphans));
        let file = file_system.reopen(&kept.file, leases.as_ref(), &route, &by).await?;
        let global_id = (kept.id.0 & 0xffff_ffff) as u32;
        let open = Arc::new(Open {
            id: kept.id,
            server: Arc::clone(self),
            body: OpenBody::File(file),
            share,
            user: Arc::new(kept.user),
            closed: AtomicBool::new(false),
            volatile: AtomicU64::new(kept.id.0),
            owner: Mutex::new(Owner::default()),
            durability: OnceLock::new(),
            lock_sequences: OnceLock::new(),
        });
        open.set_origin(kept.origin).set_promise(kept.promise);
        if let Some(durability) = open.durability() {
            durability.kept.set_kept();
        }
        if !kept.lock_sequences.is_empty() {
            let sequences: &LockSequences = open.lock_sequences();
            kept.lock_sequences.iter().for_each(|(index, number)| sequences.done(*index, *number));
        }
        if let Some(file) = open.file() {
            file.set_name(open.volatile_id());
        }
        self.opens.insert(global_id, &open);
        let limit = self.settings().limits.disconnected_opens as usize;
        let gone = self.disconnected.insert(open, Instant::now() + kept.promise.timeout, limit);
        crate::tree_connect::close_all(gone).await;
        Ok(())
    }
}

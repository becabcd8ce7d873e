//! What each owner's files take of a [`super::MemVolume`], and may take.

use super::store::{Node, Store};
use crate::{Quota, QuotaLimits, Result};
use lanward_nt::security::SecurityDescriptor;
use lanward_nt::{FileTime, NtStatus, Sid};
use lanward_wire::{Decode, Reader};
use std::collections::BTreeMap;

/// The limits that were set, by owner.
#[derive(Debug, Default)]
pub(super) struct Limits(BTreeMap<Sid, (QuotaLimits, FileTime)>);

impl Limits {
    pub(super) fn set(&mut self, owner: &Sid, limits: Option<QuotaLimits>, now: FileTime) {
        match limits {
            Some(limits) => self.0.insert(owner.clone(), (limits, now)),
            None => self.0.remove(owner),
        };
    }

    /// Everybody who owns something or has a limit, in the order of SIDs.
    pub(super) fn all(&self, store: &Store) -> BTreeMap<Sid, Quota> {
        let mut all = BTreeMap::new();
        for (owner, (limits, change_time)) in &self.0 {
            let quota = Quota { owner: owner.clone(), change_time: *change_time, used: 0, limits: *limits };
            all.insert(owner.clone(), quota);
        }
        for node in store.named() {
            let owner = owner(node);
            let quota = all.entry(owner.clone()).or_insert_with(|| Quota {
                owner,
                change_time: FileTime(0),
                used: 0,
                limits: QuotaLimits::default(),
            });
            quota.used += store.allocated_with_streams(node);
        }
        all
    }

    /// Whether `more` bytes may be added to the files of whoever owns `node`.
    pub(super) fn check(&self, store: &Store, node: u64, more: u64) -> Result<()> {
        if self.0.is_empty() {
            return Ok(());
        }
        let owner = owner(store.node(node)?);
        let Some(limit) = self.0.get(&owner).and_then(|(limits, _)| limits.limit) else { return Ok(()) };
        let used = self.all(store).get(&owner).map_or(0, |q| q.used);
        if used + more > limit { Err(NtStatus::QUOTA_EXCEEDED) } else { Ok(()) }
    }
}

/// Whom an object's descriptor says it belongs to; the administrators own what has none.
fn owner(node: &Node) -> Sid {
    let descriptor =
        node.security.as_deref().map(|bytes| SecurityDescriptor::decode(&mut Reader::new(bytes)));
    descriptor.and_then(|d| d.ok()?.owner).unwrap_or_else(Sid::administrators)
}

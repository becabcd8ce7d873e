//! The kernel's quotas of users, where the file system has them. A user is S-1-22-1-UID; limits last and are kept by the kernel.

use crate::status::status;
use crate::volume::Shared;
use lanward_nt::{FileTime, Sid};
use lanward_sys::{UserQuota, next_user_quota, set_user_quota, user_quota, user_quotas};
use lanward_vfs::{Capabilities, NtStatus, Quota, QuotaLimits, Result, VolumeInformation};
use rustix::fd::OwnedFd;
use rustix::io::Errno;
use rustix::process::geteuid;

/// What the file system of `root` does about what users take.
pub(crate) fn capabilities(root: &OwnedFd) -> Capabilities {
    match user_quotas(root) {
        None => Capabilities::empty(),
        Some(false) => Capabilities::QUOTAS,
        Some(true) => Capabilities::QUOTAS | Capabilities::QUOTAS_ENFORCED,
    }
}

impl Shared {
    pub(crate) fn quota_of(&self, owner: &Sid) -> Result<Option<Quota>> {
        let Some(uid) = owner.as_unix_user() else { return Ok(None) };
        known(user_quota(&self.root, uid)).map(|found| found.map(told))
    }

    /// A server without privilege is told of its own user only.
    pub(crate) fn quotas_behind(&self, after: Option<&Sid>, limit: usize) -> Result<Vec<Quota>> {
        let mut from = match after.map(Sid::as_unix_user) {
            None => Some(0),
            Some(uid) => uid.and_then(|uid| uid.checked_add(1)),
        };
        let mut list = Vec::new();
        while let Some(uid) = from.filter(|_| list.len() < limit) {
            let found = match next_user_quota(&self.root, uid) {
                Err(Errno::PERM) => {
                    let own = geteuid().as_raw();
                    known(user_quota(&self.root, own))?.filter(|_| own >= uid && list.is_empty())
                }
                found => known(found)?,
            };
            let Some(found) = found else { break };
            from = found.uid.checked_add(1);
            list.push(told(found));
        }
        Ok(list)
    }

    pub(crate) fn set_quota_of(&self, owner: &Sid, limits: Option<QuotaLimits>) -> Result<()> {
        self.check_writable()?;
        let uid = owner.as_unix_user().ok_or(NtStatus::INVALID_PARAMETER)?;
        let limits = limits.unwrap_or_default();
        set_user_quota(&self.root, uid, limits.threshold, limits.limit).map_err(status)
    }

    /// No more room than the user `uid` may still take.
    pub(crate) fn narrow_by_quota(&self, uid: u32, volume: &mut VolumeInformation) {
        if !self.capabilities.contains(Capabilities::QUOTAS_ENFORCED) {
            return;
        }
        let Ok(UserQuota { used, hard_limit: Some(limit), .. }) = user_quota(&self.root, uid) else { return };
        let left = limit.saturating_sub(used);
        volume.total_bytes = volume.total_bytes.min(limit);
        volume.available_bytes = volume.available_bytes.min(left);
    }
}

/// Of whom the kernel knows nothing has taken nothing and is not limited.
fn known(found: rustix::io::Result<UserQuota>) -> Result<Option<UserQuota>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Errno::NOENT | Errno::SRCH) => Ok(None),
        Err(error) => Err(status(error)),
    }
}

fn told(found: UserQuota) -> Quota {
    Quota {
        owner: Sid::unix_user(found.uid),
        change_time: FileTime(0),
        used: found.used,
        limits: QuotaLimits { threshold: found.soft_limit, limit: found.hard_limit },
    }
}

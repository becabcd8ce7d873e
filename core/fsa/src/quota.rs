//! What users take of a volume and may take ([MS-FSA] 2.1.5.21, 2.1.5.22).

use crate::offload::blocking;
use crate::{FileOpen, FileSystem, SecurityContext};
use lanward_nt::fscc::{FileQuotaInformation, decode_get_quotas, decode_quotas};
use lanward_nt::{AccessMask, FileTime, NtStatus, Sid};
use lanward_vfs::{Capabilities, Quota, QuotaLimits, VolumeInformation};
use lanward_wire::{BudgetedWriter, Decode, Encode, Reader};
use std::sync::{Arc, Mutex, PoisonError};

/// Most entries of one request, as each may be a call to the system.
const MOST: usize = 4096;
/// Entries asked of the volume at once.
const AT_ONCE: usize = 64;
/// Entries begin at multiples of this.
const ALIGNMENT: usize = 8;

/// Whose quota is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QuotaScope<'a> {
    /// That of everybody, going on behind the last one told.
    Next,
    /// That of everybody from the first one on.
    First,
    /// That of everybody from this SID on.
    From(&'a [u8]),
    /// That of the SIDs in a list of FILE_GET_QUOTA_INFORMATION.
    Named(&'a [u8]),
}

/// [MS-FSA] 2.1.1.6 LastQuotaId: the last one told.
pub(crate) type LastQuota = Mutex<Option<Sid>>;

impl FileOpen {
    /// Whether the volume counts what users take.
    #[must_use]
    pub fn counts_quotas(&self) -> bool {
        self.file_system.volume().capabilities().contains(Capabilities::QUOTAS)
    }

    /// Writes what users take and may take, one entry or as many as fit. Who is no administrator is told of himself only.
    ///
    /// # Errors
    /// NOT_SUPPORTED without quotas; INVALID_PARAMETER for a list or SID that is none, or an open that is not of the quota index;
    /// BUFFER_TOO_SMALL; NO_MORE_ENTRIES; ACCESS_DENIED.
    pub async fn query_quota(
        &self,
        scope: QuotaScope<'_>,
        single: bool,
        out: &mut BudgetedWriter<'_>,
    ) -> Result<(), NtStatus> {
        let last = self.quota_index(AccessMask::READ_DATA | AccessMask::WRITE_DATA)?;
        if out.remaining() < FileQuotaInformation::SHORTEST {
            return Err(NtStatus::BUFFER_TOO_SMALL);
        }
        let most = if single { 1 } else { (out.remaining() / FileQuotaInformation::SHORTEST).min(MOST) };
        let mut told = Told { out, last: None, count: 0 };
        if let QuotaScope::Named(list) = scope {
            let mut sids = decode_get_quotas(list).map_err(|_| NtStatus::INVALID_PARAMETER)?;
            sids.truncate(most);
            let found = self.look_up(sids).await?;
            let _ = found.iter().all(|quota| told.push(quota));
            return told.outcome(!found.is_empty());
        }
        let mut page = Vec::new();
        if let QuotaScope::From(sid) = scope {
            let sid = Sid::decode(&mut Reader::new(sid)).map_err(|_| NtStatus::INVALID_PARAMETER)?;
            let found = self.quotas_of(vec![sid]).await?.pop().flatten();
            page.push(found.ok_or(NtStatus::INVALID_PARAMETER)?);
        }
        let known = last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut after = known.filter(|_| scope == QuotaScope::Next);
        let mut fits = true;
        while fits {
            if page.is_empty() {
                page = self.list_quotas(after.clone(), most.saturating_sub(told.count).min(AT_ONCE)).await?;
            }
            if page.is_empty() {
                break;
            }
            for quota in page.drain(..) {
                fits = fits && told.push(&quota);
                if fits {
                    after = Some(quota.owner);
                }
            }
        }
        told.outcome(!fits)?;
        *last.lock().unwrap_or_else(PoisonError::into_inner) = after;
        Ok(())
    }

    /// Sets what users may take, from a list of FILE_QUOTA_INFORMATION. An administrator may, through an open for writing.
    ///
    /// # Errors
    /// NOT_SUPPORTED, INVALID_PARAMETER, ACCESS_DENIED; NO_MATCH for an entry to take away that is not there; INSUFFICIENT_RESOURCES for more
    /// than 4,096 at once.
    pub async fn set_quota(&self, data: &[u8]) -> Result<(), NtStatus> {
        self.quota_index(AccessMask::WRITE_DATA)?;
        if !self.by.token.has(&Sid::administrators()) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let list = decode_quotas(data).map_err(|_| NtStatus::INVALID_PARAMETER)?;
        if list.is_empty() {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        if list.len() > MOST {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        let volume = Arc::clone(self.file_system.volume());
        blocking(move || {
            list.iter().try_for_each(|entry| {
                if entry.sid == Sid::administrators() && entry.quota_limit != FileQuotaInformation::NO_LIMIT {
                    return Err(NtStatus::ACCESS_DENIED);
                }
                if entry.quota_limit == FileQuotaInformation::DELETE {
                    volume.quota(&entry.sid)?.ok_or(NtStatus::NO_MATCH)?;
                    return volume.set_quota(&entry.sid, None);
                }
                let limits = QuotaLimits {
                    threshold: limit(entry.quota_threshold)?,
                    limit: limit(entry.quota_limit)?,
                };
                volume.set_quota(&entry.sid, Some(limits))
            })
        })
        .await
    }

    fn quota_index(&self, needed: AccessMask) -> Result<&LastQuota, NtStatus> {
        if !self.counts_quotas() {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        self.require(needed)?;
        self.last_quota.as_deref().ok_or(NtStatus::INVALID_PARAMETER)
    }

    /// What is told of each SID: nothing but zeros of one that is not known or not to be known ([MS-SMB2] 3.3.5.20.4).
    async fn look_up(&self, sids: Vec<Sid>) -> Result<Vec<Quota>, NtStatus> {
        let found = self.quotas_of(sids.clone()).await?;
        let unknown = |owner| Quota {
            owner,
            change_time: FileTime(0),
            used: 0,
            limits: QuotaLimits { threshold: Some(0), limit: Some(0) },
        };
        Ok(sids.into_iter().zip(found).map(|(sid, found)| found.unwrap_or_else(|| unknown(sid))).collect())
    }

    async fn quotas_of(&self, sids: Vec<Sid>) -> Result<Vec<Option<Quota>>, NtStatus> {
        let (volume, by) = (Arc::clone(self.file_system.volume()), Arc::clone(&self.by));
        blocking(move || {
            sids.iter().map(|sid| if may_know(&by, sid) { volume.quota(sid) } else { Ok(None) }).collect()
        })
        .await
    }

    async fn list_quotas(&self, after: Option<Sid>, most: usize) -> Result<Vec<Quota>, NtStatus> {
        let (volume, by) = (Arc::clone(self.file_system.volume()), Arc::clone(&self.by));
        blocking(move || {
            if by.token.has(&Sid::administrators()) {
                return volume.quotas(after.as_ref(), most);
            }
            let own = &by.token.user;
            if after.is_some() { Ok(Vec::new()) } else { Ok(volume.quota(own)?.into_iter().collect()) }
        })
        .await
    }
}

impl FileSystem {
    /// What a volume has for somebody who may not take all of it ([MS-FSA] 2.1.5.13.7, 2.1.5.13.8).
    pub(crate) fn narrow_to(&self, by: &SecurityContext, volume: &mut VolumeInformation) {
        let Ok(Some(Quota { used, limits: QuotaLimits { limit: Some(limit), .. }, .. })) =
            self.volume().quota(&by.token.user)
        else {
            return;
        };
        volume.total_bytes = volume.total_bytes.min(limit);
        volume.available_bytes = volume.available_bytes.min(limit.saturating_sub(used));
    }
}

fn may_know(by: &SecurityContext, owner: &Sid) -> bool {
    by.token.user == *owner || by.token.has(&Sid::administrators())
}

/// # Errors
/// INVALID_PARAMETER for a negative number that means nothing.
fn limit(bytes: i64) -> Result<Option<u64>, NtStatus> {
    match bytes {
        FileQuotaInformation::NO_LIMIT => Ok(None),
        bytes => u64::try_from(bytes).map(Some).map_err(|_| NtStatus::INVALID_PARAMETER),
    }
}

/// What has been told.
struct Told<'a, 'b> {
    out: &'a mut BudgetedWriter<'b>,
    /// Where the last entry begins.
    last: Option<usize>,
    count: usize,
}

impl Told<'_, '_> {
    /// Whether it fits.
    fn push(&mut self, quota: &Quota) -> bool {
        let signed = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        let limit = |bytes: Option<u64>| bytes.map_or(FileQuotaInformation::NO_LIMIT, signed);
        let entry = FileQuotaInformation {
            change_time: quota.change_time,
            quota_used: signed(quota.used),
            quota_threshold: limit(quota.limits.threshold),
            quota_limit: limit(quota.limits.limit),
            sid: quota.owner.clone(),
        };
        let start = self.out.position().next_multiple_of(ALIGNMENT);
        if self.out.push(ALIGNMENT, |w| entry.encode(w)).is_err() {
            return false;
        }
        if let Some(before) = self.last.replace(start) {
            self.out.patch(before, &u32::try_from(start - before).unwrap_or(0).to_le_bytes());
        }
        self.count += 1;
        true
    }

    /// # Errors
    /// NO_MORE_ENTRIES, or BUFFER_TOO_SMALL where there was one that did not fit.
    fn outcome(&self, more: bool) -> Result<(), NtStatus> {
        match (self.count, more) {
            (0, true) => Err(NtStatus::BUFFER_TOO_SMALL),
            (0, false) => Err(NtStatus::NO_MORE_ENTRIES),
            _ => Ok(()),
        }
    }
}

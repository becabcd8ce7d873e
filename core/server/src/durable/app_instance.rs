use crate::tree_connect::close_all;
use crate::{Open, OpenId, Share, ShareKind, TreeConnect};
use lanward_fsa::{CacheRequest, CreateParams};
use lanward_nt::{
    AccessMask, CreateDisposition, CreateOptions, FileAttributes, Guid, NtStatus, NtString, ShareAccess,
};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Which application an open belongs to ([MS-SMB2] 2.2.13.2.13, 2.2.13.2.15).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AppInstance {
    /// Open.AppInstanceId
    pub id: Guid,
    /// Open.ApplicationInstanceVersion
    pub version: Option<AppVersion>,
}

/// The two halves of a version, the more significant one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct AppVersion(pub u64, pub u64);

/// The opens of each application.
#[derive(Debug, Default)]
pub(crate) struct AppInstances(Mutex<BTreeMap<Guid, Vec<OpenId>>>);

impl AppInstances {
    pub(crate) fn enter(&self, app: Guid, open: OpenId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(app).or_default().push(open);
    }

    pub(crate) fn leave(&self, app: Guid, open: OpenId) {
        let mut apps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(opens) = apps.get_mut(&app) else { return };
        opens.retain(|id| *id != open);
        if opens.is_empty() {
            apps.remove(&app);
        }
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    fn of(&self, app: Guid) -> Vec<OpenId> {
        let apps = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        apps.get(&app).cloned().unwrap_or_default()
    }
}

impl TreeConnect {
    /// [MS-SMB2] 3.3.5.9.13: an application that now runs at another computer, `client`, opens the file `name` again; what it has open from the
    /// computer before is closed, if its user may read the file.
    ///
    /// # Errors
    /// FILE_FORCED_CLOSED: what is open belongs to a version that is no older.
    pub async fn take_over(&self, app: AppInstance, client: Guid, name: &NtString) -> Result<(), NtStatus> {
        let mut old = Vec::new();
        for id in self.server.app_instances.of(app.id) {
            let Some(open) = self.server.open(id) else { continue };
            let Some(origin) = open.durability().map(super::Durability::origin) else { continue };
            if origin.client == client || !open.is_of(self.share()) || !open.is_named(name) {
                continue;
            }
            let held = origin.app.and_then(|a| a.version);
            if held.is_some_and(|held| app.version.is_none_or(|new| held >= new)) {
                return Err(NtStatus::FILE_FORCED_CLOSED);
            }
            old.push(open);
        }
        if old.is_empty() || !self.may_read(name).await {
            return Ok(());
        }
        close_all(old).await;
        Ok(())
    }

    /// Whether the user could open an existing file to read it, whoever else has it open.
    async fn may_read(&self, name: &NtString) -> bool {
        let ShareKind::Disk(file_system) = &self.share().kind else { return false };
        let probe = CreateParams {
            path: name,
            desired_access: AccessMask::READ_ATTRIBUTES,
            share_access: ShareAccess::READ | ShareAccess::WRITE | ShareAccess::DELETE,
            disposition: CreateDisposition::Open,
            options: CreateOptions::empty(),
            attributes: FileAttributes::empty(),
            allocation_size: None,
            extended_attributes: Vec::new(),
            posix: None,
            security_descriptor: None,
            cache: CacheRequest::None,
            waits: None,
        };
        let Ok(created) = file_system.create(probe, &self.by).await else { return false };
        created.open.maximal_access().contains(AccessMask::FILE_GENERIC_READ)
    }
}

impl Open {
    /// Whether it was made through a share of this name over this object store.
    pub(crate) fn is_of(&self, share: &Share) -> bool {
        self.share.name.eq_ignore_case(&share.name)
    }

    /// Whether this is the name of what is open now, whatever its case and stream type.
    pub(crate) fn is_named(&self, name: &NtString) -> bool {
        self.file().is_some_and(|file| file.is_named(name))
    }
}

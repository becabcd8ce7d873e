//! Shares that are kept nowhere: a store for tests and for servers without a state directory.

use crate::share_store::StoreAnswer;
use crate::{
    NewShare, Server, ServerChange, Settings, ShareChange, ShareDefinition, ShareError, ShareOrigin,
    ShareStore,
};
use lanward_fsa::FileSystem;
use lanward_nt::{NtStatus, NtString};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

type Folders = dyn Fn(&Path) -> Option<Arc<FileSystem>> + Send + Sync;

/// Makes, changes and removes shares of a running server and forgets them with it.
pub struct MemoryShares {
    folders: Box<Folders>,
}

impl MemoryShares {
    /// A store; `folders` opens what is to be shared, or answers `None` where nothing is.
    #[must_use]
    pub fn new(folders: impl Fn(&Path) -> Option<Arc<FileSystem>> + Send + Sync + 'static) -> Self {
        Self { folders: Box::new(folders) }
    }
}

impl fmt::Debug for MemoryShares {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryShares").finish_non_exhaustive()
    }
}

impl ShareStore for MemoryShares {
    fn add<'a>(&'a self, server: &'a Arc<Server>, share: NewShare) -> StoreAnswer<'a> {
        Box::pin(async move {
            let file_system = (self.folders)(&share.path).ok_or(ShareError::NoDirectory)?;
            let name = share.name.to_string_lossy();
            let disk = ShareDefinition::disk(&name, file_system, &share.path.display().to_string());
            server.add_share(disk.managed(share)).map(drop).map_err(refused)
        })
    }

    fn change<'a>(
        &'a self,
        server: &'a Arc<Server>,
        name: &'a NtString,
        change: ShareChange,
    ) -> StoreAnswer<'a> {
        Box::pin(async move {
            let share = server.find_share(name).ok_or(ShareError::NotFound)?;
            if share.is_ipc() {
                return Err(ShareError::Special);
            }
            let definition = ShareDefinition::clone(&share).changed(&change);
            server.replace_share(definition).map(drop).map_err(refused)
        })
    }

    fn remove<'a>(&'a self, server: &'a Arc<Server>, name: &'a NtString) -> StoreAnswer<'a> {
        Box::pin(async move {
            if server.find_share(name).is_some_and(|share| share.is_ipc()) {
                return Err(ShareError::Special);
            }
            let share = server.remove_share(name).ok_or(ShareError::NotFound)?;
            server.disconnect_share(&share).await;
            Ok(())
        })
    }

    fn make_temporary<'a>(&'a self, server: &'a Arc<Server>, name: &'a NtString) -> StoreAnswer<'a> {
        Box::pin(async move {
            let share = server.find_share(name).filter(|s| s.is_persistent()).ok_or(ShareError::NotFound)?;
            let definition =
                ShareDefinition { origin: ShareOrigin::Temporary, ..ShareDefinition::clone(&share) };
            server.replace_share(definition).map(drop).map_err(refused)
        })
    }

    fn change_server<'a>(&'a self, server: &'a Arc<Server>, change: ServerChange) -> StoreAnswer<'a> {
        Box::pin(async move {
            let mut settings = Settings::clone(&server.settings());
            change.apply(&mut settings);
            server.replace_settings(settings);
            Ok(())
        })
    }
}

fn refused(status: NtStatus) -> ShareError {
    if status == NtStatus::OBJECT_NAME_COLLISION { ShareError::Exists } else { ShareError::InvalidName }
}

#[cfg(test)]
#[path = "memory_shares_tests.rs"]
mod tests;

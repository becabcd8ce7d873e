//! Shares that management makes, changes and removes: first on disk, then live.

use crate::config::ShareSection;
use crate::managed::{Managed, ManagedServer, ManagedShare};
use crate::shares::{Shares, State};
use lanward_nt::NtString;
use lanward_server::{
    NewShare, Server, ServerChange, Settings, ShareChange, ShareDefinition, ShareError, ShareStore,
    StoreAnswer,
};
use std::path::Path;
use std::sync::Arc;

impl Shares {
    /// Makes `next` what there is, and undoes it all if it cannot be written down or made live.
    async fn settle(
        &self,
        state: &mut State,
        next: Managed,
        temporary: Option<(NtString, Option<ManagedShare>)>,
    ) -> Result<(), ShareError> {
        let before = std::mem::replace(&mut state.managed, next);
        let temporary_before = state.temporary.clone();
        if let Some((key, share)) = temporary {
            match share {
                Some(share) => drop(state.temporary.insert(key, share)),
                None => drop(state.temporary.remove(&key)),
            }
        }
        if let Err(error) = self.keep(&before, &state.managed).await {
            tracing::error!("what management changed is not kept: {error:#}");
            (state.managed, state.temporary) = (before, temporary_before);
            return Err(ShareError::NotKept);
        }
        let Err(error) = self.replace(state).await else { return Ok(()) };
        tracing::warn!("management changed nothing: {error:#}");
        let after = std::mem::replace(&mut state.managed, before);
        state.temporary = temporary_before;
        if let Err(error) = self.keep(&after, &state.managed).await {
            tracing::error!("what management changed cannot be taken back: {error:#}");
        }
        Err(ShareError::NoDirectory)
    }

    /// Whether a folder is the state directory, holds it or lies in it: the hashes of passwords are there.
    fn is_private(&self, folder: &Path) -> bool {
        let Some(state) = self.file.as_deref().and_then(Path::parent) else { return false };
        match (folder.canonicalize(), state.canonicalize()) {
            (Ok(folder), Ok(state)) => state.starts_with(&folder) || folder.starts_with(&state),
            _ => true,
        }
    }

    /// Writes down what is different, where it is written down at all.
    async fn keep(&self, before: &Managed, after: &Managed) -> anyhow::Result<()> {
        let Some(file) = self.file.clone().filter(|_| before != after) else { return Ok(()) };
        let after = after.clone();
        tokio::task::spawn_blocking(move || after.write(&file)).await?
    }
}

/// Whether a change takes back what the configuration demands of a share.
fn weakens(section: &ShareSection, change: &ShareChange) -> bool {
    section.encrypt && change.encrypt == Some(false)
        || section.hide_unreadable && change.hide_unreadable == Some(false)
}

/// Its name in the file.
fn key(name: &NtString) -> (NtString, String) {
    let upper = name.to_uppercase();
    let text = upper.to_string_lossy();
    (upper, text)
}

/// Whether the server has a share of this name, and one that can be changed.
fn changeable(server: &Server, name: &NtString) -> Result<(), ShareError> {
    match server.find_share(name) {
        None => Err(ShareError::NotFound),
        Some(share) if share.is_ipc() => Err(ShareError::Special),
        Some(share) if share.device().is_some() => Err(ShareError::Demanded),
        Some(_) => Ok(()),
    }
}

/// Makes a change whether or not whoever asked still waits when it is made: cut in half, it would be on disk and not live.
async fn finish(
    change: impl Future<Output = Result<(), ShareError>> + Send + 'static,
) -> Result<(), ShareError> {
    match tokio::spawn(change).await {
        Ok(outcome) => outcome,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The server ends.
            Err(_) => Err(ShareError::NotKept),
        },
    }
}

/// What changes shares by order of somebody who may go away meanwhile.
#[derive(Debug, Clone)]
pub(crate) struct ShareChanges(pub(crate) Arc<Shares>);

impl ShareStore for ShareChanges {
    fn add<'a>(&'a self, server: &'a Arc<Server>, share: NewShare) -> StoreAnswer<'a> {
        let (shares, server) = (Arc::clone(&self.0), Arc::clone(server));
        Box::pin(finish(async move { shares.add_share(&server, share).await }))
    }

    fn change<'a>(
        &'a self,
        server: &'a Arc<Server>,
        name: &'a NtString,
        change: ShareChange,
    ) -> StoreAnswer<'a> {
        let (shares, server, name) = (Arc::clone(&self.0), Arc::clone(server), name.clone());
        Box::pin(finish(async move { shares.change_share(&server, &name, change).await }))
    }

    fn remove<'a>(&'a self, server: &'a Arc<Server>, name: &'a NtString) -> StoreAnswer<'a> {
        let (shares, server, name) = (Arc::clone(&self.0), Arc::clone(server), name.clone());
        Box::pin(finish(async move { shares.remove_share(&server, &name).await }))
    }

    fn make_temporary<'a>(&'a self, server: &'a Arc<Server>, name: &'a NtString) -> StoreAnswer<'a> {
        let (shares, server, name) = (Arc::clone(&self.0), Arc::clone(server), name.clone());
        Box::pin(finish(async move { shares.forget_at_the_end(&server, &name).await }))
    }

    fn change_server<'a>(&'a self, server: &'a Arc<Server>, change: ServerChange) -> StoreAnswer<'a> {
        let (shares, server) = (Arc::clone(&self.0), Arc::clone(server));
        Box::pin(finish(async move { shares.change_settings(&server, change).await }))
    }
}

impl Shares {
    async fn add_share(&self, server: &Server, share: NewShare) -> Result<(), ShareError> {
        let mut state = self.state.lock().await;
        if server.find_share(&share.name).is_some() {
            return Err(ShareError::Exists);
        }
        // What has no name on disk has none here.
        let readable = NtString::from(share.name.to_string_lossy().as_str()) == share.name;
        if !readable || !ShareDefinition::is_name(&share.name) {
            return Err(ShareError::InvalidName);
        }
        // A relative one would be beneath wherever the server happens to run, and elsewhere the next time.
        let absolute = share.path.is_absolute();
        if !absolute || !std::fs::metadata(&share.path).is_ok_and(|found| found.is_dir()) {
            return Err(ShareError::NoDirectory);
        }
        if self.is_private(&share.path) {
            return Err(ShareError::Private);
        }
        let (upper, text) = key(&share.name);
        let added = ManagedShare::added(&share);
        let mut next = state.managed.clone();
        let persistent = share.persistent && self.file.is_some();
        let temporary = if persistent {
            next.shares.insert(text, added);
            None
        } else {
            Some((upper.clone(), Some(added)))
        };
        self.settle(&mut state, next, temporary).await?;
        if server.find_share(&upper).is_some() {
            return Ok(());
        }
        // It cannot be served after all, as the log says.
        let mut next = state.managed.clone();
        next.shares.remove(&key(&upper).1);
        self.settle(&mut state, next, Some((upper, None))).await?;
        Err(ShareError::NoDirectory)
    }

    async fn change_share(
        &self,
        server: &Server,
        name: &NtString,
        change: ShareChange,
    ) -> Result<(), ShareError> {
        let mut state = self.state.lock().await;
        changeable(server, name)?;
        let (upper, text) = key(name);
        if state.configured.get(&upper).is_some_and(|(_, section)| weakens(section, &change)) {
            return Err(ShareError::Demanded);
        }
        let changed = |share: &ManagedShare| match share {
            ManagedShare::Added { name, path, look } => ManagedShare::Added {
                name: name.clone(),
                path: path.clone(),
                look: look.clone().and(&change),
            },
            other => ManagedShare::Changed(other.look().and(&change)),
        };
        let mut next = state.managed.clone();
        let temporary = match state.temporary.get(&upper) {
            Some(share) => Some((upper, Some(changed(share)))),
            None => {
                let share = next.shares.entry(text).or_insert(ManagedShare::Removed);
                *share = changed(share);
                None
            }
        };
        self.settle(&mut state, next, temporary).await
    }

    async fn remove_share(&self, server: &Server, name: &NtString) -> Result<(), ShareError> {
        let mut state = self.state.lock().await;
        changeable(server, name)?;
        let (upper, text) = key(name);
        let mut next = state.managed.clone();
        if state.configured.contains_key(&upper) {
            next.shares.insert(text, ManagedShare::Removed);
        } else {
            next.shares.remove(&text);
        }
        self.settle(&mut state, next, Some((upper, None))).await
    }

    async fn forget_at_the_end(&self, server: &Server, name: &NtString) -> Result<(), ShareError> {
        let mut state = self.state.lock().await;
        let (upper, text) = key(name);
        let live = server.find_share(name);
        if live.as_ref().is_some_and(|share| !share.is_persistent() || share.device().is_some()) {
            return Err(ShareError::NotFound);
        }
        let mut next = state.managed.clone();
        let kept = next.shares.remove(&text);
        let configured = state.configured.contains_key(&upper);
        if live.is_none() && !matches!(kept, Some(ManagedShare::Added { .. })) {
            return Err(ShareError::NotFound);
        }
        if configured {
            next.shares.insert(text, ManagedShare::Removed);
        }
        // One whose folder is gone is forgotten and nothing else.
        let temporary =
            live.map(|_| (upper, Some(kept.unwrap_or(ManagedShare::Changed(Default::default())))));
        self.settle(&mut state, next, temporary).await
    }

    async fn change_settings(&self, server: &Server, change: ServerChange) -> Result<(), ShareError> {
        let mut state = self.state.lock().await;
        if state.written.within(change.clone()) != change {
            return Err(ShareError::Demanded);
        }
        let mut next = state.managed.clone();
        next.server = ManagedServer::of(&next.server.change().and(change.clone()));
        self.settle(&mut state, next, None).await?;
        let mut settings = Settings::clone(&server.settings());
        change.apply(&mut settings);
        server.replace_settings(settings);
        Ok(())
    }
}

#[cfg(test)]
#[path = "share_store_tests.rs"]
mod tests;

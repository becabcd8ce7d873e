//! What others change on the volume.

use super::watch::Watch;
use super::{NotifyAction, NotifyFilter};
use crate::FileSystem;
use lanward_nt::NtPath;
use lanward_vfs::{ChangeKind, Volume, VolumeChange};
use std::sync::{Arc, PoisonError};

/// What a change of times, attributes, rights or extended attributes may be: those who make it do not say.
const ATTRIBUTES: NotifyFilter = NotifyFilter::ATTRIBUTES
    .union(NotifyFilter::LAST_WRITE)
    .union(NotifyFilter::EA)
    .union(NotifyFilter::SECURITY);

impl FileSystem {
    /// A directory has another name: what is watched in it is watched there.
    pub(crate) fn move_watches(&self, from: &NtPath, to: &NtPath) {
        for (watch, path) in self.watchers.moved(from, to) {
            watch.listen(self.volume(), &path);
        }
    }
}

impl Watch {
    /// Listens to the volume for changes in `directory`, which is what is watched. A volume that tells nothing is no error.
    pub(crate) fn listen(self: &Arc<Self>, volume: &Arc<dyn Volume>, directory: &NtPath) {
        let (weak, above) = (Arc::downgrade(self), directory.clone());
        let listener = Arc::new(move |change: &VolumeChange<'_>| {
            if let Some(watch) = weak.upgrade() {
                watch.tell_outside(&above, change);
            }
        });
        let subscription = volume.watch(directory, self.tree, listener).ok();
        *self.outside.lock().unwrap_or_else(PoisonError::into_inner) = subscription;
    }

    pub(crate) fn stop_listening(&self) {
        let subscription = self.outside.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(subscription);
    }

    fn tell_outside(&self, above: &NtPath, change: &VolumeChange<'_>) {
        if !self.shows(change.path.as_string().units()) {
            return;
        }
        let Some(name) = relative(above, change.path) else {
            if change.kind == ChangeKind::Lost {
                self.lose();
            }
            return;
        };
        let names = NotifyFilter::name(change.directory);
        let (action, filter) = match change.kind {
            ChangeKind::Added => (NotifyAction::Added, names),
            ChangeKind::Removed => (NotifyAction::Removed, names),
            ChangeKind::Data => (NotifyAction::Modified, NotifyFilter::WRITTEN),
            ChangeKind::Attributes => (NotifyAction::Modified, ATTRIBUTES),
            ChangeKind::Lost => return self.lose(),
            ChangeKind::Renamed { to } => {
                let Some(to_name) = relative(above, to).filter(|_| self.filter.intersects(names)) else {
                    return;
                };
                let same = change.path.parent() == to.parent();
                let pair = match same {
                    true => (NotifyAction::RenamedOldName, NotifyAction::RenamedNewName),
                    false => (NotifyAction::Removed, NotifyAction::Added),
                };
                return self.tell([(pair.0, &*name), (pair.1, &*to_name)]);
            }
        };
        if self.filter.intersects(filter) {
            self.tell([(action, &*name)]);
        }
    }
}

/// What of `path` follows `directory` and a backslash.
fn relative(directory: &NtPath, path: &NtPath) -> Option<Vec<u16>> {
    if directory.is_root() {
        return (!path.is_root()).then(|| path.as_string().units().to_vec());
    }
    let rest = path.as_string().units().strip_prefix(directory.as_string().units())?;
    rest.strip_prefix(&[0x5c]).map(<[u16]>::to_vec)
}

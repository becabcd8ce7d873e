//! The folders that are served: one object store for each, whatever shares lead to it, so that all see one another's locks.

use anyhow::{Context as _, Result};
use lanward_fsa::FileSystem;
use lanward_localfs::{LocalVolume, Options};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The folders in use, by where they really are.
#[derive(Debug)]
pub(crate) struct FileSystems {
    open: Mutex<HashMap<PathBuf, Weak<FileSystem>>>,
    /// Files are users' of this machine: their modes are real.
    unix: bool,
}

impl FileSystems {
    /// None yet; `unix` if files are opened as users of this machine.
    pub(crate) fn new(unix: bool) -> Self {
        Self { open: Mutex::default(), unix }
    }

    /// The object store of a folder; `label` is the name clients see for a volume that is opened now.
    ///
    /// # Errors
    /// The folder cannot be opened.
    pub(crate) fn of(&self, path: &Path, label: &str) -> Result<Arc<FileSystem>> {
        let named = || path.display().to_string();
        let real = std::fs::canonicalize(path).with_context(named)?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, file_system| file_system.strong_count() > 0);
        if let Some(file_system) = open.get(&real).and_then(Weak::upgrade) {
            return Ok(file_system);
        }
        let options = Options { label: label.to_owned(), real_modes: self.unix, ..Options::default() };
        let file_system = FileSystem::new(LocalVolume::open(&real, options).with_context(named)?);
        open.insert(real, Arc::downgrade(&file_system));
        Ok(file_system)
    }
}
